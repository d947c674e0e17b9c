"""The education section as entries. Called by `parse`; marks each unit with the entry it belongs to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from models.values import DocumentText, Education
from screening.entries import MOST_ENTRIES, Entry, split_parts
from screening.places import is_place
from screening.rows import Row, read_rows
from screening.sections import Unit
from screening.titles import degree_in, has_school_word

_GPA = re.compile(
    r"(?i)\b(?:c?gpa|grade|note|abschlussnote|score|mention|ocena)\s*[:=]?\s*"
    r"([\d.,]+(?:\s*/\s*[\d.,]+)?|first class(?: honou?rs)?)|\(?\b(2:[12])\b\)?"
)
# "Master thesis on ...": told of a degree that stands elsewhere.
_ABOUT_DEGREE = re.compile(r"(?i)['’]?s?\s+(?:thesis|dissertation)\b")


def read_education(document: DocumentText, units: Sequence[Unit], *, now: date) -> tuple[list[Education], list[Entry]]:
    """Education entries in the order of the file, beside their rows; `Unit.entry` is set as for work."""
    rows = read_rows(document, [u for u in units if u.section == "education" and not u.title], now)
    found: list[Education] = []
    entries: list[Entry] = []
    for entry in _schools(rows):
        item = _education(entry)
        if item is None:
            continue
        for row in (*entry.header, *entry.body):
            row.unit.entry = len(found)
        items = [item, *_beside(entry, item)]
        found += items
        entries += [entry] * len(items)
    return found[:MOST_ENTRIES], entries[:MOST_ENTRIES]


def _schools(rows: list[Row]) -> list[Entry]:
    """Education blocks are loose: a new one begins where a degree, a school or dates come a second time."""
    entries: list[Entry] = []
    have: set[str] = set()
    for row in rows:
        tells = _tells(row) if not row.unit.bullet or degree_in(row.text) else set()
        again = bool(tells & have) and row.header
        begun = bool(entries) and any(header.rest for header in entries[-1].header)
        titled = row.emphasis and not row.periods and "dates" in have and not row.unit.bullet and begun
        if not entries or again or titled:
            entries.append(Entry())
            have = set()
        if (tells or not entries[-1].header) and len(row.text) <= 200:
            entries[-1].header.append(row)
        else:
            entries[-1].body.append(row)
        have |= tells
    return entries


def _tells(row: Row) -> set[str]:
    found = set()
    if degree_in(row.text):
        found.add("degree")
    if has_school_word(row.text) and not (degree_in(row.text) and "school" in row.text.lower()):
        found.add("school")
    if row.periods:
        found.add("dates")
    return found


def _education(entry: Entry) -> Education | None:
    text = "\t".join(row.rest for row in entry.header)
    score = _GPA.search("\t".join(row.text for row in (*entry.header, *entry.body)))
    parts = split_parts(_GPA.sub("\t", text))
    study, area, institution = _studies(parts)
    if study is None and institution is None and (entry.period is None or not parts):
        return None
    period = entry.period
    # One date alone is when the degree was given.
    start = period.start.iso if period and not period.single else None
    end = period.end.iso if period and period.end else None
    courses = tuple(row.text for row in entry.body if row.unit.bullet)
    if study is None and institution is None and len(parts) > 1 and not is_place(parts[1]):
        study = parts[0]
    if institution is None:
        others = [p for p in parts if p != study and not is_place(p) and not (study and p.startswith(study))]
        institution = others[0] if others else None
    return Education(
        institution=institution,
        area=area,
        study_type=study,
        start_date=start,
        end_date=end,
        score=(score[1] or score[2]) if score else None,
        courses=courses,
    )


def _beside(entry: Entry, item: Education) -> list[Education]:
    """Further degrees of one block: "B.Sc. in Physics, M.Sc. in Optics"."""
    found = []
    for part in split_parts("\t".join(row.rest for row in entry.header)):
        pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
        if item.study_type is None or not pieces or not pieces[0].startswith(item.study_type):
            continue
        for piece in pieces[1:]:
            degree = degree_in(piece)
            if degree is not None and degree.start() == 0 and not has_school_word(piece):
                study, area = _degree_and_field([piece], degree[0])
                found.append(item.model_copy(update={"study_type": study, "area": area}))
    return found


def _studies(parts: list[str]) -> tuple[str | None, str | None, str | None]:
    """(degree, field, school) among the parts of an education block."""
    study = area = institution = None
    for part in parts:
        pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
        school = next((piece for piece in pieces if has_school_word(piece) and not _degree_first(piece)), None)
        degree = degree_in(part)
        if degree and (_ABOUT_DEGREE.match(part, degree.end()) or len(part[: degree.start()].split()) > 6):
            degree = None
        if school and institution is None:
            institution = re.split(r"(?i)\s+(?:from|at)\s+", school)[-1]
        if degree and study is None and not (school and degree.start() >= part.find(school) and len(pieces) == 1):
            # What follows the school is its town, not the field of study.
            after_school = school in pieces and degree.start() < part.find(school or "")
            study, area = _degree_and_field(
                pieces[: pieces.index(school)] if after_school and school else pieces, degree[0]
            )
    return study, area, institution


def _degree_first(piece: str) -> bool:
    """ "High School Diploma" is a degree though it says school."""
    match = degree_in(piece)
    return match is not None and match.start() == 0


def _degree_and_field(pieces: list[str], degree: str) -> tuple[str, str | None]:
    text = next((piece for piece in pieces if degree in piece), degree)
    match = re.match(
        r"(?P<study>.*?)\s*(?:\s(?:in|of science in|en|im fach|w zakresie)\s+|:\s*|\()(?P<area>[^()]+)", text
    )
    if match and degree in match["study"]:
        return match["study"].strip(" ."), _plain_field(match["area"])
    after = text[text.find(degree) + len(degree) :].strip(" .,-–()")
    if after and degree_in(after) is None and not after.lower().startswith(("of ", "degree")):
        return text[: text.find(degree) + len(degree)].strip(), _plain_field(after)
    later = [piece for piece in pieces[pieces.index(text) + 1 :] if not is_place(piece)] if text in pieces else []
    return text, later[0] if later and len(later[0]) < 60 else None


def _plain_field(text: str) -> str | None:
    return re.split(r"(?i)\s+(?:from|at)\s+", text.strip(" .,;"))[0][:80] or None
