"""From a document's lines to a ParsedResume: JSON Resume fields, quotable spans, years of work. Called by
`screening.screen`, `foyer parse` and the pipeline.

Read in this order: `sections` puts lines into units under section titles; `contacts`, `entries`, `education` and
`facts` read fields from units; `spans` cuts units into what is matched and quoted. Nothing here raises on odd input: an
odd resume has fewer fields and more flags.
"""

from __future__ import annotations

import re
from datetime import date

from models.values import DocumentText, Flag, ParsedResume, Resume
from screening.contacts import read_basics
from screening.education import read_education
from screening.entries import read_work
from screening.experience import worked_years
from screening.facts import read_certificates, read_languages, read_skills
from screening.languages import TONGUES, language_of
from screening.sections import SECTIONS, Unit, units
from screening.sources import read_claims, read_sources
from screening.spans import read_spans
from screening.stuffing import text_flags

__all__ = ["SECTIONS", "parse", "worked_years"]

_INTERNSHIP = re.compile(
    r"(?i)\b(?:intern|internship|trainee|praktikant(?:in)?|praktikum|stagiaire|becari[oa]|stażyst\w+)\b"
)


def parse(document: DocumentText, *, now: date) -> ParsedResume:
    """The resume in a document, as of `now` (open periods end there). Never raises; what is missing is flagged:
    no_name, no_contact, no_sections, no_dates, future_dates, internships, resume_language, instructions, stuffing,
    and the document's own."""
    found = units(document)
    work, entries, odd = read_work(document, found, now=now)
    education, studies = read_education(document, found, now=now)
    basics, phone = read_basics(document, found)
    resume = Resume(
        basics=basics,
        work=tuple(work),
        education=tuple(education),
        skills=tuple(read_skills(document, found)),
        certificates=tuple(read_certificates(document, found, now=now)),
        languages=tuple(read_languages(document, found)),
    )
    spans = read_spans(document, found)
    language = language_of(document.text)
    return ParsedResume.model_construct(  # our own values: nothing to validate
        resume=resume,
        spans=tuple(spans),
        years=worked_years(resume, now=now),
        flags=(*document.flags, *odd, *_notes(resume, found, language), *text_flags(spans)),
        document=document.sha256,
        language=language,
        sources=read_sources(document, found, resume, phone=phone, work=entries, education=studies),
        claims=tuple(read_claims(document, spans)),
    )


def _notes(resume: Resume, found: list[Unit], language: str) -> list[Flag]:
    flags = []
    if resume.basics.name is None:
        flags.append(Flag(code="no_name", detail="No name was found in the file."))
    if resume.basics.email is None and resume.basics.phone is None:
        flags.append(Flag(code="no_contact", detail="Neither an e-mail address nor a phone number was found."))
    if not any(unit.title for unit in found):
        flags.append(Flag(code="no_sections", detail="No section titles were recognised; the text was read as one."))
    if not any(entry.start_date for entry in resume.work):
        flags.append(Flag(code="no_dates", detail="No dates of employment could be read; years of work are unknown."))
    interned = [work.position for work in resume.work if work.position and _INTERNSHIP.search(work.position)]
    if interned:
        detail = f"Internships are counted among the years of work: {len(interned)} of {len(resume.work)} entries."
        flags.append(Flag(code="internships", detail=detail, quote=interned[0]))
    if language != "en":
        detail = (
            f"This resume is in {TONGUES[language]}, which is read with less understanding than English: skills are "
            "matched by name and meaning, and facts may be missed. Look at the file itself."
        )
        flags.append(Flag(code="resume_language", detail=detail))
    return flags
