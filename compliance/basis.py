"""On what ground somebody's data are used, by the way in which they came (GDPR Art. 6), and what they must be told of
it (Art. 14). Pure; called by `api.notices`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Basis:
    """`article` of the GDPR. `to_tell`: they did not hand in their data themselves."""

    article: str
    words: str
    to_tell: bool


APPLIED = Basis("6(1)(b)", "you applied, and this is a step towards a contract that you asked for", to_tell=False)
FOUND = Basis("6(1)(f)", "we have a legitimate interest in filling a position that may suit you", to_tell=True)
BY_ORIGIN = {"application": APPLIED, "upload": APPLIED, "referral": FOUND, "sourced": FOUND, "pool": FOUND}
"""By `CandidateSource.origin`. What is not known counts as found: then they are told."""


def of(origin: str) -> Basis:
    return BY_ORIGIN.get(origin, FOUND)


def source_notice(source: str, since: date, basis: Basis) -> str:
    """For the first message to somebody whose data came from elsewhere."""
    return (
        f"You did not give us your data yourself. We have them from: {source or 'another system'}, since {since}. We "
        f"use them because {basis.words} (GDPR Art. {basis.article}). You may object to that, have a copy, have them "
        "erased, or say that you want to hear nothing more: on the page that this message leads to, under Your data."
    )
