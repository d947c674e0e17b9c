"""From a document's lines to a ParsedResume: JSON Resume fields, quotable spans, years of work. Called by
`screening.screen`, `foyer parse` and the pipeline.

Read in this order: `sections` puts lines into units under section titles; `contacts`, `entries`, `education` and
`facts` read fields from units; `spans` cuts units into what is matched and quoted. Nothing here raises on odd input: an
odd resume has fewer fields and more flags.
"""

from __future__ import annotations

from datetime import date

from models.values import DocumentText, Flag, ParsedResume, Resume
from screening.contacts import read_basics
from screening.dates import interval, months, parse_iso
from screening.education import read_education
from screening.entries import read_work
from screening.facts import read_certificates, read_languages, read_skills
from screening.sections import SECTIONS, Unit, units
from screening.spans import read_spans

__all__ = ["SECTIONS", "parse", "worked_years"]


def parse(document: DocumentText, *, now: date) -> ParsedResume:
    """The resume in a document, as of `now` (open periods end there). Never raises; what is missing is flagged:
    no_name, no_contact, no_sections, no_dates, future_dates, and the document's own flags."""
    found = units(document)
    work, odd = read_work(document, found, now=now)
    resume = Resume(
        basics=read_basics(document, found),
        work=tuple(work),
        education=tuple(read_education(document, found, now=now)),
        skills=tuple(read_skills(document, found)),
        certificates=tuple(read_certificates(document, found, now=now)),
        languages=tuple(read_languages(document, found)),
    )
    return ParsedResume(
        resume=resume,
        spans=tuple(read_spans(document, found)),
        years=worked_years(resume, now=now),
        flags=(*document.flags, *odd, *_missing(resume, found)),
    )


def worked_years(resume: Resume, *, now: date) -> float | None:
    """Years covered by work entries, each month counted once however many jobs cover it, to one decimal; education
    does not count. None when no entry has a readable start."""
    intervals = []
    for entry in resume.work:
        start = parse_iso(entry.start_date or "")
        if start is None:
            continue
        end = parse_iso(entry.end_date) if entry.end_date else None
        period = interval(start, end, now=now)
        if period is not None:
            intervals.append(period)
    return round(months(intervals) / 12, 1) if intervals else None


def _missing(resume: Resume, found: list[Unit]) -> list[Flag]:
    flags = []
    if resume.basics.name is None:
        flags.append(Flag(code="no_name", detail="No name was found in the file."))
    if resume.basics.email is None and resume.basics.phone is None:
        flags.append(Flag(code="no_contact", detail="Neither an e-mail address nor a phone number was found."))
    if not any(unit.title for unit in found):
        flags.append(Flag(code="no_sections", detail="No section titles were recognised; the text was read as one."))
    if not any(entry.start_date for entry in resume.work):
        flags.append(Flag(code="no_dates", detail="No dates of employment could be read; years of work are unknown."))
    return flags
