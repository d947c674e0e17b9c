"""How likely an entry with dates is a job, and no course, club, talk or line of a list. Called by `entries`.

Rules find where an entry could begin; whether it tells of work shows in many small signs at once, so their weights
were learnt (logistic regression; `job_likeness.json`, made by `tests.bench.job_training`, described there).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from models.values import Work
from screening.places import is_place
from screening.rows import Row
from screening.titles import degree_in, has_company_word, has_school_word, has_title_word, tells_deed

WEIGHTS = Path(__file__).with_name("job_likeness.json")
LEAST = 0.2
"""Below it an entry is taken for no job: its lines stay to be quoted, but it gives no employer and no years. Low, since
a job overlooked harms a person more than a club that is counted."""
USUAL = "work experience"
"""What a title in words that were not learnt (another language, say) is taken for: it must not count against anyone."""

_MARKS = re.compile(r"[;:\"!?]")


def likeness(work: Work, header: Sequence[Row], body: Sequence[Row], heading: str) -> float:
    """In 0..1. `heading`: the section title that the entry stands under."""
    weights = _weights()
    if heading and not any(f"under {word}" in weights for word in _words(heading)):
        heading = USUAL
    total = weights["bias"] + sum(weights.get(name, 0.0) * value for name, value in signs(work, header, body, heading))
    return 1 / (1 + math.exp(-total))


@cache
def _weights() -> dict[str, float]:
    found: dict[str, float] = json.loads(WEIGHTS.read_text())
    return found


def signs(work: Work, header: Sequence[Row], body: Sequence[Row], heading: str) -> list[tuple[str, float]]:
    """Named signs with their values, each in 0..1."""
    title, employer = work.position or "", work.name or ""
    found = [
        *((f"title {name}", value) for name, value in _of_name(title)),
        *((f"employer {name}", value) for name, value in _of_name(employer)),
        ("starts", float(work.start_date is not None)),
        ("ends", float(work.end_date is not None)),
        ("ranged", float(any(row.ranged for row in header))),
        ("placed", float(bool(work.location))),
        ("header lines", min(len(header), 6) / 6),
        ("header letters", min(sum(len(row.rest) for row in header), 200) / 200),
        ("header is bullet", float(any(row.unit.bullet for row in header))),
        ("degree", float(any(degree_in(row.text) for row in header))),
        ("no body", float(not body)),
        ("body lines", min(len(body), 10) / 10),
        ("body bullets", sum(row.unit.bullet for row in body) / max(1, len(body))),
        ("body deeds", sum(tells_deed(row.text) for row in body) / max(1, len(body))),
    ]
    return found + [(f"under {word}", 1.0) for word in sorted(set(_words(heading)))]


def _words(heading: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", heading.lower())


def _of_name(text: str) -> list[tuple[str, float]]:
    words = text.split()
    return [
        ("missing", float(not words)),
        ("job word", float(has_title_word(text))),
        ("company word", float(has_company_word(text))),
        ("school word", float(has_school_word(text))),
        ("place", float(is_place(text))),
        ("words", min(len(words), 10) / 10),
        ("long", float(len(words) > 6)),
        ("small", float(text[:1].islower())),
        ("capitals", sum(word[:1].isupper() for word in words) / max(1, len(words))),
        ("marks", float(_MARKS.search(text) is not None)),
        ("digits", float(any(letter.isdigit() for letter in text))),
    ]
