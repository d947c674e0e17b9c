"""Is this the same person, or the same text, as one we have? Called by the pipeline after parsing.

A contact key names a person and may merge; a near-equal text only suggests, since templates make strangers alike.
Deterministic, and the same whatever the order of the files.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations

from models.values import Resume

SAME = 0.7
"""Share of five-word runs in common (Jaccard) from which two texts are suggested as the same."""

_RUN = 5
_CROWD = 50
"""A run of words that more texts than this share is a template's, and suggests nothing."""

_NO_DOTS = frozenset({"gmail.com", "googlemail.com"})


def same_person_key(resume: Resume) -> list[str]:
    """Keys such as "email:ann@example.org" and "phone:442079460958"; two resumes that share one are one person's.

    E-mail without case, "+tag" and gmail's dots; phone as digits, a leading 00 or + alike, from 9 digits on, since
    shorter ones are local and shared."""
    keys = []
    if resume.basics.email and "@" in resume.basics.email:
        keys.append(f"email:{_plain_email(resume.basics.email)}")
    if resume.basics.phone:
        digits = re.sub(r"\(0\)|\D", "", resume.basics.phone)
        digits = digits[2:] if digits.startswith("00") else digits
        if len(digits) >= 9:
            keys.append(f"phone:{digits}")
    return keys


def near_duplicates(texts: Mapping[str, str]) -> list[tuple[str, str, float]]:
    """Pairs (name, name, likeness from SAME to 1) of texts that share most of their five-word runs, most alike first.

    Names within a pair and equal pairs are in alphabetical order. Texts of fewer than 20 words are left out."""
    runs = {name: frozenset(_runs(texts[name])) for name in sorted(texts)}
    holders: dict[bytes, list[str]] = defaultdict(list)
    for name, own in runs.items():
        for run in own:
            holders[run].append(name)
    pairs = {pair for names in holders.values() if 1 < len(names) <= _CROWD for pair in combinations(names, 2)}
    found = []
    for one, other in sorted(pairs):
        likeness = len(runs[one] & runs[other]) / len(runs[one] | runs[other])
        if likeness >= SAME:
            found.append((one, other, round(likeness, 4)))
    return sorted(found, key=lambda pair: (-pair[2], pair[0], pair[1]))


def _runs(text: str) -> Iterator[bytes]:
    words = re.findall(r"\w+", text.lower())
    if len(words) < 20:
        return
    for at in range(len(words) - _RUN + 1):
        yield hashlib.blake2b(" ".join(words[at : at + _RUN]).encode(), digest_size=8).digest()


def _plain_email(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.split("+")[0]
    if domain in _NO_DOTS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
