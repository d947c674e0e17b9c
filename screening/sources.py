"""Where each field of a resume stands in its document, and what it says of its own years. Called by `parse`.

Fields are verbatim or joined from verbatim pieces, so they are looked up again between the characters their entry was
read from; a field that only a link carries (an address behind "E-mail me") has no place and gets none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from models.values import Claim, DocumentText, Education, Resume, Source, Span, Work
from screening.entries import Entry
from screening.sections import Unit

_Ranges = Sequence[tuple[int, int]]
_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_STATED = re.compile(
    rf"(?<![\w.$€£-])(?P<n>\d{{1,2}}(?:[.,]\d)?|{'|'.join(_NUMBERS)})\s*(?:\+|plus)?\s*"
    r"(?:years?|yrs?|jahren?|ans|années|años|lat)\b(?P<after>[^.;\n]{0,60})",
    re.IGNORECASE,
)
_OF_WORK = re.compile(
    r"(?i)\b(?:experience|experienced|erfahrung|expérience|experiencia|doświadczeni\w+|practice|professional|background|"
    r"career|(?:working|worked|spent|served)\b|as an?\b|in (?:the )?\w+)"
)
_NOT_WORK = re.compile(r"(?i)^\s*(?:old|ago|of age|degree|program(?:me)?\b|course|warranty|contract|plan\b)")
_MOST_CLAIMS = 20


class Places:
    """Characters of a document to its lines and pages."""

    def __init__(self, document: DocumentText) -> None:
        self._lines = document.lines
        self._starts = [line.start for line in document.lines]
        self.text = document.text

    def source(self, start: int, end: int) -> Source:
        line = self._lines[max(0, bisect_right(self._starts, start) - 1)]
        return Source.model_construct(start=start, end=end, line=line.number, page=line.page)

    def find(self, value: str | None, ranges: Iterable[tuple[int, int]]) -> Source | None:
        """Where a value stands: as it is, else its words in order with little between them."""
        if not value:
            return None
        for start, end in ranges:
            found = self._exact(value, start, end) or self._words(value, start, end)
            if found is not None:
                return self.source(*found)
        return None

    def _exact(self, value: str, start: int, end: int) -> tuple[int, int] | None:
        at = self.text.find(value, start, end)
        return (at, at + len(value)) if at >= 0 else None

    def _words(self, value: str, start: int, end: int) -> tuple[int, int] | None:
        words = re.findall(r"[^\s,;|()]+", value)
        if not words:
            return None
        first = at = self.text.find(words[0], start, end)
        for word in words:
            found = self.text.find(word, at, end)
            if found < 0:
                return None
            at = found + len(word)
        return (first, at) if at - first <= 2 * len(value) + 40 else None


def read_sources(
    document: DocumentText,
    units: Sequence[Unit],
    resume: Resume,
    *,
    phone: tuple[int, int] | None,
    work: Sequence[Entry],
    education: Sequence[Entry],
) -> dict[str, Source]:
    """Source of each field by its path in JSON Resume ("basics.email", "work.0.startDate")."""
    places = Places(document)
    found = dict(_basics(places, resume, phone))
    found |= _entries(places, "work", resume.work, work)
    found |= _entries(places, "education", resume.education, education)
    scopes: dict[str, list[tuple[int, int]]] = {}
    for unit in units:
        if not unit.title:
            scopes.setdefault(unit.section, []).append((unit.start, unit.end))
    everywhere = [(0, len(document.text))]
    for kind, names in (
        ("skills", [(f"{i}.name", skill.name) for i, skill in enumerate(resume.skills)]),
        ("certificates", [(f"{i}.name", one.name) for i, one in enumerate(resume.certificates)]),
    ):
        for path, name in names:
            if (source := places.find(name, [*scopes.get(kind, []), *everywhere])) is not None:
                found[f"{kind}.{path}"] = source
    found |= _languages(places, resume, [*scopes.get("languages", []), *everywhere])
    return found


def read_claims(document: DocumentText, spans: Sequence[Span]) -> list[Claim]:
    """Years of experience as a resume states them, each with the sentence that says so, in the order of the file."""
    places, claims = Places(document), []
    for span in spans:
        if span.section in ("education", "references", "interests"):
            continue
        for match in _STATED.finditer(span.text):
            around = span.text[max(0, match.start() - 40) : match.end()]
            if _NOT_WORK.match(match["after"]) or not _OF_WORK.search(around):
                continue
            number = match["n"].lower()
            years = float(_NUMBERS[number]) if number in _NUMBERS else float(number.replace(",", "."))
            claims.append(Claim(years=years, quote=span.text, source=places.source(span.start, span.end)))
            break
    return claims[:_MOST_CLAIMS]


def _basics(places: Places, resume: Resume, phone: tuple[int, int] | None) -> Iterator[tuple[str, Source]]:
    basics, everywhere = resume.basics, [(0, len(places.text))]
    if (name := places.find(basics.name, everywhere) or _loosely(places, basics.name)) is not None:
        yield "basics.name", name
    if (label := places.find(basics.label, everywhere)) is not None:
        yield "basics.label", label
    if basics.email and (at := places.text.lower().find(basics.email)) >= 0:
        yield "basics.email", places.source(at, at + len(basics.email))
    if phone is not None:
        yield "basics.phone", places.source(*phone)
    if basics.url and (url := places.find(re.sub(r"^https?://", "", basics.url), everywhere)) is not None:
        yield "basics.url", url
    for index, profile in enumerate(basics.profiles):
        address = re.sub(r"^https?://", "", profile.url or "")
        if (found := places.find(address, everywhere) or places.find(profile.username, everywhere)) is not None:
            yield f"basics.profiles.{index}.url", found
    if basics.location is not None:
        home = basics.location
        pieces = [piece for piece in (home.address, home.postal_code, home.city, home.region) if piece]
        shown = [source for piece in pieces if (source := places.find(piece, everywhere)) is not None]
        if shown:
            yield "basics.location", places.source(shown[0].start, max(shown[0].end, shown[-1].end))


def _loosely(places: Places, name: str | None) -> Source | None:
    """The line of a name that is printed otherwise: "DOE, Jane", "J A N E   D O E"."""
    wanted = sorted(re.sub(r"\W", "", (name or "").lower()))
    if not wanted:
        return None
    for line in places._lines:
        if len(line.text) < 80 and sorted(re.sub(r"\W", "", line.text.lower())) == wanted:
            return places.source(line.start, line.end)
    return None


def _entries(
    places: Places, kind: str, items: Sequence[Work | Education], entries: Sequence[Entry]
) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for index, (item, entry) in enumerate(zip(items, entries, strict=False)):
        header = [(row.unit.start, row.unit.end) for row in entry.header]
        if header:
            header.append((header[0][0], header[-1][1]))  # a value may run over two lines
        for key, value in _values(item):
            if (source := places.find(value, header)) is not None:
                found[f"{kind}.{index}.{key}"] = source
        if (dates := entry.dates) is not None:
            row, period = dates
            source = places.source(row.unit.start + period.where[0], row.unit.start + period.where[1])
            if item.start_date:
                found[f"{kind}.{index}.startDate"] = source
            if item.end_date or item.start_date:  # "Present" is where no end date comes from
                found[f"{kind}.{index}.endDate"] = source
    return found


def _values(item: Work | Education) -> tuple[tuple[str, str | None], ...]:
    if isinstance(item, Work):
        return (("name", item.name), ("position", item.position), ("location", item.location))
    return (("institution", item.institution), ("studyType", item.study_type), ("area", item.area))


def _languages(places: Places, resume: Resume, ranges: _Ranges) -> dict[str, Source]:
    """By the word the resume uses: a language is named in English whatever its resume is written in."""
    from screening.languages import languages_in

    found: dict[str, Source] = {}
    index_of = {one.language: index for index, one in enumerate(resume.languages)}
    for start, end in ranges if index_of else ():
        for name, first, last in languages_in(places.text[start:end]):
            path = f"languages.{index_of.get(name)}.language"
            if name in index_of and path not in found:
                found[path] = places.source(start + first, start + last)
    return found
