"""Years of work, in all and with each skill: unions of intervals, so that no month counts twice. Pure; called by
`parse`, `screening.rules` and the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from models.values import ParsedResume, Resume, Work
from screening.dates import interval, months, parse_iso


def worked_years(resume: Resume, *, now: date) -> float | None:
    """Years covered by work entries, each month counted once however many jobs cover it, to one decimal; education
    does not count. None when no entry has a readable start."""
    return _years(resume.work, now)


def skill_years(parsed: ParsedResume, shown: Sequence[Collection[str]], *, now: date) -> dict[str, float]:
    """Years of work with each skill: the union of the intervals of the work entries that have a span which shows it.

    `shown`: the skills of each of `parsed.spans`, in their order (`Prepared.shown`). A skill that only a list names,
    or only undated work shows, is not in the answer: its years are unknown, not nought."""
    entries: dict[str, set[int]] = {}
    for span, skills in zip(parsed.spans, shown, strict=True):
        if span.section == "experience" and span.entry is not None:
            for skill in skills:
                entries.setdefault(skill, set()).add(span.entry)
    work = parsed.resume.work
    found = {
        skill: _years((work[index] for index in sorted(indices) if index < len(work)), now)
        for skill, indices in sorted(entries.items())
    }
    return {skill: years for skill, years in found.items() if years is not None}


def _years(work: Iterable[Work], now: date) -> float | None:
    intervals = []
    for entry in work:
        start = parse_iso(entry.start_date or "")
        if start is None:
            continue
        end = parse_iso(entry.end_date) if entry.end_date else None
        period = interval(start, end, now=now)
        if period is not None:
            intervals.append(period)
    return round(months(intervals) / 12, 1) if intervals else None
