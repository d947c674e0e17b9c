"""Questions of application forms whose answers are not taken in: sex, age, origin, health, family, faith. Called by the
connectors for every answer; what they leave out is kept nowhere here."""

from __future__ import annotations

import re

_PRIVATE = re.compile(
    r"\b(?:gender|sex|pronouns?|sexual orientation|transgender|lgbt\w*|"
    r"age|how old|(?:date|year|place) of birth|birth ?(?:date|day|place)|"
    r"race|racial|ethnic\w*|hispanic|latin[oax]|national(?:ity| origin)|citizen\w*|mother tongue|"
    r"religio\w*|faith|disab\w*|handicap\w*|pregnan\w*|health|medical|veteran|military status|"
    r"marital|married|family status|children|dependants?|dependents?|union member\w*|eeoc?|diversity|"
    r"geschlecht|geburts\w+|alter|staatsangehörigkeit|behinderung|religion|familienstand)\b",
    re.IGNORECASE,
)
_WORK = re.compile(
    r"\b(?:over|at least) (?:the age of )?\d\d(?: years?(?: of age| old)?)?\b|\bhealth ?care\b|\bmedical (?!condition)",
    re.IGNORECASE,
)
"""Of the trade rather than of the person: the legal age for a machine, experience in health care."""


def withheld(question: str) -> bool:
    """Whether the answer to it says what no application is judged by."""
    return _PRIVATE.search(_WORK.sub(" ", question)) is not None
