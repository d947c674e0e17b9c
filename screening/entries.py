"""The experience section as entries. Called by `parse`; marks each unit with the entry it belongs to.

An entry begins at a line with dates, together with the short lines around it that carry title, employer and place;
what follows (bullets, sentences) belongs to it until the next such block.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from models.values import DocumentText, Flag, Work
from screening.dates import Period, looks_like_dates
from screening.job_likeness import LEAST, likeness
from screening.places import is_city, is_place
from screening.rows import Row, bare, read_rows
from screening.sections import Unit
from screening.titles import degree_in, has_company_word, has_school_word, has_title_word

_SEPARATORS = re.compile(
    r"\s*[\t|•·@]\s*|\s+[–—―-]\s+|\s{3,}|\s+at\s+(?=[A-Z])|\s+bei\s+(?=[A-Z])|\s+chez\s+(?=[A-Z])|\s*//\s*"
)
# Time spent on something else than work is not asked about, nor counted.
_BREAK = re.compile(
    r"(?i)^\W*(?:career break|family care|family leave|parental leave|maternity leave|paternity leave|"
    r"carer|full-time parent|sabbatical|travel(?:ling|ing)?|gap year|elternzeit|"
    r"auszeit|congé parental|urlop \w+|excedencia)\b"
)
_LABELS = re.compile(
    r"(?i)^\s*(?P<key>position|title|job title|role|designation|employer|company|client|organization|organisation|"
    r"location|duration|period|dates?|firma|stanowisko|arbeitgeber)\s*:\s*"
)
_TOWN_AFTER = re.compile(r"^(?P<name>[^,]{3,60}),\s*(?P<town>[^\W\d_a-z][\w'’.-]+(?:\s[^\W\d_][\w'’.-]+)?)$")
_ANNOUNCES = re.compile(
    r"(?i)\W*(?:(?:job |project |work |key |main |core |primary )?(?:description|tasks?|industry|technologies used|"
    r"duration|responsibilities|duties|synopsis|environment|tools|"
    r"technologies|summary|projects?|clients?|roles?|position|team size|from|since|to|key|period|details|"
    r"dates?|achievements|"
    r"accomplishments|profile|overview|present|current|name|location|and|at|the|full[- ]time|part[- ]time)\b\W*$|\W*$|"
    r"(?:environment|tools|technologies|responsibilities|duties|description|duration|synopsis)\s*[:–-])"
)
_MAY_HOLD_JOBS = frozenset({"summary", "skills", "contact"})
_HOLD_JOBS_IF_NOTHING_DOES = frozenset({"education", "certificates", "other"})
_HEADERS_BEFORE, _HEADERS_AFTER = 3, 3
MOST_ENTRIES = 60


@dataclass(slots=True)
class Entry:
    header: list[Row] = field(default_factory=list)
    body: list[Row] = field(default_factory=list)
    heading: str = ""
    """The section title it stands under, where one does."""

    @property
    def dates(self) -> tuple[Row, Period] | None:
        """The row that dates the entry and its period there: a range before a single date."""
        found = [(row, period) for row in self.header for period in row.periods]
        return next((one for one in found if not one[1].single), found[0] if found else None)

    @property
    def period(self) -> Period | None:
        dates = self.dates
        return dates[1] if dates else None


def read_work(
    document: DocumentText, units: Sequence[Unit], *, now: date
) -> tuple[list[Work], list[Entry], list[Flag]]:
    """Work entries in the order of the file, beside the rows each was read from; `Unit.entry` of their units is set
    to their index."""
    work: list[Work] = []
    entries: list[Entry] = []
    flags: list[Flag] = []
    for entry, item, flag in candidate_jobs(document, units, now=now):
        if likeness(item, entry.header, entry.body, entry.heading) < LEAST:
            continue
        if flag is not None:
            flags.append(flag)
        for row in (*entry.header, *entry.body):
            row.unit.entry = len(work)
        work.append(item)
        entries.append(entry)
    return work[:MOST_ENTRIES], entries[:MOST_ENTRIES], flags


def candidate_jobs(
    document: DocumentText, units: Sequence[Unit], *, now: date
) -> list[tuple[Entry, Work, Flag | None]]:
    """Whatever may be a job by its dates and lines, likely or not."""
    found = []
    headings: dict[int, str] = {}
    heading = ""
    for unit in units:
        heading = document.text[unit.start : unit.end] if unit.title else heading
        headings[id(unit)] = heading
    for entry in _entries(read_rows(document, _of_work(document, units, now), now)):
        entry.heading = headings[id(entry.header[0].unit)]
        item, flag = _work(entry, now)
        if item is not None:
            found.append((entry, item, flag))
    return found


def _of_work(document: DocumentText, units: Sequence[Unit], now: date) -> list[Unit]:
    """The experience section, and stretches of other sections that turn into jobs without a title that says so: their
    units are given to experience from the first job on."""
    titled = any(unit.section == "experience" for unit in units)
    stretch: list[Unit] = []
    for unit in [*units, None]:
        if unit is not None and not unit.title:
            stretch.append(unit)
            continue
        section = stretch[0].section if stretch else ""
        if section in _MAY_HOLD_JOBS or (section in _HOLD_JOBS_IF_NOTHING_DOES and not titled):
            rows = read_rows(document, stretch, now)
            first = _first_job(rows, schooling=section == "education")
            for row in rows[first:] if first is not None else ():
                row.unit.section = "experience"
        stretch = []
    return [unit for unit in units if unit.section == "experience" and not unit.title]


def _first_job(rows: list[Row], *, schooling: bool) -> int | None:
    """Where a stretch begins to tell of jobs: a dated range with a job's title beside it, and no degree."""
    for index, row in enumerate(rows):
        if not (row.header and row.ranged and row.dated):
            continue
        first = max(0, index - 2)
        near = [other for other in rows[first : index + 3] if other.header]
        if any(degree_in(other.text) or (schooling and has_school_word(other.text)) for other in near):
            continue
        titles = [other for other in near if len(other.rest.split()) <= 10 and has_title_word(other.rest)]
        if titles:
            begun = rows.index(titles[0])
            while (
                begun > first
                and index - begun < 2
                and rows[begun - 1].header
                and has_company_word(rows[begun - 1].rest)
            ):
                begun -= 1
            return min(begun, index)
    return None


def _entries(rows: list[Row]) -> list[Entry]:
    anchors = [i for i, row in enumerate(rows) if row.header and row.dated and (row.ranged or _job_beside(rows, i))]
    if not anchors:  # no dates: bold lines, or the lines that name a job, begin the entries
        anchors = [i for i, row in enumerate(rows) if row.header and has_title_word(row.text) and len(row.text) < 80]
    entries: list[Entry] = []
    used = 0
    # Where the section opens with nothing but dates, each entry does.
    dates_lead = bool(anchors) and anchors[0] == 0 and not rows[0].rest
    for n, anchor in enumerate(anchors):
        if anchor < used:  # a second date in the block of the entry before
            continue
        first = anchor if dates_lead and not rows[anchor].rest else _first_header(rows, anchor, used)
        if entries:
            entries[-1].body.extend(rows[used:first])
        last = _last_header(rows, anchor, anchors[n + 1] if n + 1 < len(anchors) else len(rows), anchor - first)
        entries.append(Entry(header=rows[first : last + 1]))
        used = last + 1
    if entries:
        entries[-1].body.extend(rows[used:])
    return entries


def _job_beside(rows: list[Row], index: int) -> bool:
    """A single date dates many things; it dates a job where a job's title stands beside it."""
    near = rows[max(0, index - 1) : index + 2]
    return any(row.header and len(row.rest.split()) <= 10 and has_title_word(row.rest) for row in near)


def _first_header(rows: list[Row], anchor: int, used: int) -> int:
    """How far up the block reaches: not at all where the dated line itself names job and employer."""
    if _complete(rows[anchor].rest):
        return anchor
    first = anchor
    while first > used and anchor - first < _HEADERS_BEFORE and rows[first - 1].header and _follows(rows, first):
        first -= 1
        if _complete("\t".join(row.rest for row in rows[first : anchor + 1])):
            break
    return first


def _follows(rows: list[Row], index: int) -> bool:
    """A loose line of the entry before (its last, undashed sentence) must not be taken for a header."""
    row = rows[index - 1]
    return row.emphasis or has_title_word(row.text) or has_company_word(row.text) or len(row.text) <= 60


def _last_header(rows: list[Row], anchor: int, end: int, above: int) -> int:
    last = anchor
    while last + 1 < end and last - anchor < _HEADERS_AFTER and rows[last + 1].header:
        block = "\t".join(row.rest for row in rows[anchor - above : last + 1])
        following = rows[last + 1]
        telling = has_title_word(following.text) or has_company_word(following.text) or is_place(following.text)
        if _complete(block, commas=not telling) and not is_place(following.text):
            break
        if not telling and not following.emphasis and len(following.text) > 60:
            break
        # Where the job stands above the dates, the line above the next dates begins the next block.
        if above and last + 1 == end - 1 and end < len(rows) and not _complete(rows[end].rest):
            break
        last += 1
    return last


def _complete(text: str, *, commas: bool = True) -> bool:
    """Names a job and something besides it; with `commas` also when only a comma parts the two."""
    parts = _parts(text) if commas else split_parts(text)
    return (
        any(has_title_word(part) and not has_company_word(part) for part in parts)
        and sum(not is_place(part) for part in parts) >= 2
    )


def split_parts(text: str) -> list[str]:
    """The parts of a header between its strong separators; dates and words that only announce something left out."""
    parts = [bare(part) for part in _SEPARATORS.split(text)]
    return [part for part in parts if part and not looks_like_dates(part) and not _ANNOUNCES.match(part)]


def _parts(text: str) -> list[str]:
    parts = split_parts(text)
    split: list[str] = []
    for part in parts:
        others = [other for other in parts if other != part and not is_place(other)]
        employer = any(
            has_company_word(other) or _TOWN_AFTER.match(other) or is_place(other.rpartition(",")[2])
            for other in others
        )
        split.extend(_commas(part, alone=not others or (has_company_word(part) and not employer)))
    return split


def _commas(part: str, *, alone: bool) -> list[str]:
    """ "Engineer, Acme GmbH, Berlin" into its parts; "Registered Nurse, Intensive Care" stays whole when an employer is
    named elsewhere in the block."""
    if is_place(part):
        return [part]
    pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
    place: list[str] = []
    while len(pieces) > 1 and is_place(", ".join(pieces[-1:])) and len(place) < 3:
        place.insert(0, pieces.pop())
    # Before a state or a country stands a town; "Engineer, Acme, Ohio" has none.
    town = place and place[0].lower() != "remote" and len(pieces) > 1 + has_title_word(pieces[0])
    if town and not is_city(place[0]) and not has_title_word(pieces[-1]) and not has_company_word(pieces[-1]):
        place.insert(0, pieces.pop())
    if not alone and len(pieces) > 1:
        pieces = [", ".join(pieces)]
    elif len(pieces) > 1:
        titled = max((i for i, piece in enumerate(pieces) if has_title_word(piece)), default=None)
        if titled is None:
            pieces = [", ".join(pieces)]
        elif titled == len(pieces) - 1 and not has_title_word(pieces[0]):
            pieces = [", ".join(pieces[:-1]), pieces[-1]]
        else:
            first = 0 if has_title_word(pieces[0]) else titled
            pieces = [", ".join(pieces[: first + 1]), ", ".join(pieces[first + 1 :])]
    return [piece for piece in (*pieces, ", ".join(place)) if piece]


def _work(entry: Entry, now: date) -> tuple[Work | None, Flag | None]:
    labelled: dict[str, str] = {}
    texts = []
    for row in entry.header:
        label = _LABELS.match(row.rest)
        if label:
            labelled[label["key"].lower()] = row.rest[label.end() :].strip()
        elif row.rest:
            texts.append(row.rest)
    position, name, place = _roles(_parts("\t".join(texts)))
    if texts and not labelled and _BREAK.match(texts[0]):
        return None, None
    position = next(
        (labelled[k] for k in ("position", "title", "job title", "role", "designation", "stanowisko") if k in labelled),
        position,
    )
    name = next(
        (
            labelled[k]
            for k in ("employer", "company", "organization", "organisation", "client", "firma", "arbeitgeber")
            if k in labelled
        ),
        name,
    )
    period = entry.period
    if position is None and name is None and period is None:
        return None, None
    if name is not None and place is None and (town := _TOWN_AFTER.match(name)) and not has_company_word(town["town"]):
        name, place = town["name"], town["town"]
    flag = _odd(period, position or name or "An entry", now)
    highlights = tuple(row.text for row in entry.body if row.unit.bullet)
    prose = " ".join(row.text for row in entry.body if not row.unit.bullet)
    work = Work(
        name=name,
        position=position,
        location=labelled.get("location", place),
        start_date=period.start.iso if period else None,
        end_date=period.end.iso if period and period.end else None,
        summary=prose[:2000] or None,
        highlights=highlights,
    )
    return work, flag


def _roles(parts: list[str]) -> tuple[str | None, str | None, str | None]:
    """(position, employer, place) among the parts of a header."""
    place = next((part for part in parts if is_place(part) and not has_title_word(part)), None)
    rest = [part for part in parts if part != place and not is_place(part)]
    if not rest:
        return None, None, place
    rated = [(2 * has_title_word(part) - 1.5 * has_company_word(part), -i, part) for i, part in enumerate(rest)]
    best = max(rated)
    if best[0] <= 0:
        # Nothing that we know as a job: with two parts the first is more often the employer, the second the job.
        if len(rest) == 1:
            return (None, rest[0], place) if has_company_word(rest[0]) else (rest[0], None, place)
        town = next((part for part in rest if _TOWN_AFTER.match(part)), rest[0])
        first = next((part for part in rest if has_company_word(part)), town)
        return next((part for part in rest if part != first), None), first, place
    others = [part for part in rest if part != best[2]]
    employer = next((part for part in others if has_company_word(part)), others[0] if others else None)
    return best[2], employer, place


def _odd(period: Period | None, what: str, now: date) -> Flag | None:
    if period is not None and (period.start.year, period.start.month or 1) > (now.year, now.month):
        return Flag(code="future_dates", detail=f"{what} begins in the future ({period.start.iso}); it is not counted.")
    return None
