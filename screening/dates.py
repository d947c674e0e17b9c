"""Dates as resumes write them, and the union of the periods they name. Pure; called by `entries`, `parse`, `layout`.

A month is counted as year * 12 + month - 1. A period is half-open in months, so neighbours join without a gap. A bare
year stands for its middle: "2015 - 2018" is three years, the most likely reading, and three such jobs in a row add up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    1: "january jan januar jänner janvier janv enero ene styczeń stycznia sty januari",
    2: "february feb februar février févr fév febrero luty lutego lut februari",
    3: "march mar märz mrz mars marzo marzec marca maart",
    4: "april apr avril avr abril abr kwiecień kwietnia kwi",
    5: "may mai mayo maj maja mei",
    6: "june jun juni juin junio czerwiec czerwca cze",
    7: "july jul juli juillet juil julio lipiec lipca lip",
    8: "august aug août aout agosto ago sierpień sierpnia sie augustus",
    9: "september sept sep septembre septiembre wrzesień września wrz",
    10: "october oct oktober okt octobre octubre październik października paź",
    11: "november nov novembre noviembre listopad listopada lis",
    12: "december dec dezember dez décembre déc diciembre dic grudzień grudnia gru",
}
_MONTH_OF = {name: number for number, names in _MONTHS.items() for name in names.split()}
_SEASONS = {"winter": 1, "spring": 4, "summer": 7, "fall": 10, "autumn": 10}
_PRESENT = (
    "present|presently|current|currently|now|today|(?:till?|until|to)\\s+(?:date|now|present|today)|date|onwards?|ongoing|heute|aktuell|jetzt|laufend|présent|"
    "aujourd['’]hui|actuel|en\\s+cours|actualidad|presente|actualmente|hoy|obecnie|teraz|nadal|do\\s+dziś|do\\s+teraz"
)
_NAME = "|".join(sorted(map(re.escape, [*_MONTH_OF, *_SEASONS]), key=len, reverse=True))
_YEAR = r"(?:19[4-9]\d|20[0-4]\d)"


def _point(tag: str) -> str:
    """A date with named groups that end in `tag`; the alternatives run from the most to the least precise."""
    return (
        rf"(?:(?P<iso{tag}>{_YEAR}[-/.](?:0[1-9]|1[0-2])(?:[-/.]\d\d)?)(?!\d)"
        rf"|(?P<day{tag}>\d{{1,2}}[./]\d{{1,2}}[./](?:{_YEAR}|\d\d))(?!\d)"
        rf"|(?P<num{tag}>(?:0?[1-9]|1[0-2])\s?[/.\-]\s?(?:{_YEAR}|\d\d))(?![\d/])"
        rf"|(?:\d{{1,2}}(?:st|nd|rd|th|\.)?\s+)?(?P<name{tag}>{_NAME})\.?(?:\s+\d{{1,2}}(?:st|nd|rd|th)?,)?,?"
        rf"\s*(?:de\s+|of\s+)?(?P<year{tag}>{_YEAR}|['’‘]\s?\d\d|\d\d(?!\d))(?!\d)"
        rf"|(?P<bare{tag}>{_YEAR})(?!\d))"
    )


_DASH = r"\s*(?:[-–—‒―−~→]+|->|\b(?:to|until|till|through|thru|bis|au?|à|al|hasta|do)\b)\s*"
_START = r"(?<![\w/.\-–@+])"
_RANGE = re.compile(
    rf"{_START}(?:{_point('_a')}|(?P<loose>{_NAME})\.?)(?:{_DASH}|\s{{2,}}(?={_NAME}|\d\d)|\s*(?={_PRESENT}))"
    rf"(?:{_point('_b')}|(?P<present>{_PRESENT})\b|(?P<short>\d\d)(?![\d/.:%]))",
    re.IGNORECASE,
)
_SLASHED = re.compile(rf"{_START}(?P<from>{_YEAR})\s?/\s?(?P<to>\d\d|{_YEAR})(?![\d/])")
_OPEN = re.compile(
    rf"\b(?:since|from|seit|ab|depuis|desde|od)\s+{_point('_a')}|{_START}{_point('_c')}\s*[-–—]\s*(?=$|[\t|)])",
    re.IGNORECASE,
)
_SINGLE = re.compile(rf"{_START}{_point('_a')}", re.IGNORECASE)
_LATER = date(2049, 12, 31)
_ENDS_IN_DATE = re.compile(rf"{_START}{_point('_a')}\s*$", re.IGNORECASE)
_ONLY_AN_END = re.compile(rf"\s*(?:{_point('_b')}|(?P<present>{_PRESENT}))\s*[)\].,]?\s*", re.IGNORECASE)
_HAS_YEAR = re.compile(rf"(?<!\d){_YEAR}(?!\d)|['’‘]\d\d\b|\b\d{{1,2}}/\d\d\b")
# What every date has: a year in full or after an apostrophe, digits parted by a mark, or a month before digits.
_MAY_DATE = re.compile(
    rf"(?<!\d){_YEAR}|['’‘]\s?\d\d|\d\s?[/.\-]\s?\d\d|(?<!\w)(?:{_NAME})[.,]?\s*(?:\d|,|de\b|of\b)", re.IGNORECASE
)
_FILLER = re.compile(r"(?i)\b(?:to|since|until|bis|seit|yrs?|years?|months?|mos)\b")
_DATE_WORDS = re.compile(rf"\b(?:{_PRESENT}|{_NAME})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Point:
    """A month of a year, or a year alone."""

    year: int
    month: int | None = None

    @property
    def iso(self) -> str:
        return f"{self.year:04d}" if self.month is None else f"{self.year:04d}-{self.month:02d}"

    @property
    def starts(self) -> int:
        return self.year * 12 + (6 if self.month is None else self.month - 1)

    @property
    def ends(self) -> int:
        return self.year * 12 + 6 if self.month is None else self.year * 12 + self.month


@dataclass(frozen=True, slots=True)
class Period:
    """`end` None: still going on. `where` is the slice of the text it was read from. `single`: one date, no range."""

    start: Point
    end: Point | None
    where: tuple[int, int]
    single: bool = False


def periods(text: str, *, now: date) -> list[Period]:
    """Every period in a text, in order; ranges before single dates, which never lie inside a range."""
    found: list[Period] = []
    if not _MAY_DATE.search(text):
        return found
    for match in _RANGE.finditer(text):
        period = _range(match, now)
        if period is not None:
            found.append(period)
    for reader, pattern in ((_slashed, _SLASHED), (_since, _OPEN), (_one, _SINGLE)):
        for match in pattern.finditer(text):
            if any(match.start() < p.where[1] and match.end() > p.where[0] for p in found):
                continue
            period = reader(match, now)
            if period is not None:
                found.append(period)
    return sorted(found, key=lambda p: p.where)


def looks_like_dates(text: str) -> bool:
    """Whether a short text is nothing but dates: "Jan 2019 - Present", "2015", "(3 years)"."""
    if len(text) > 45 or not _HAS_YEAR.search(text):
        return False
    rest = _FILLER.sub("", _DATE_WORDS.sub("", text))
    return not re.search(r"[^\W\d_]{3,}", rest)


def goes_on(before: str, line: str) -> bool:
    """Does a range that lost its dash run over a line's end: "Paralegal (2006" / "2013)", "June 2010" / "Present"?"""
    if not before.rstrip()[-1:].isdigit():
        return False
    end = _ONLY_AN_END.fullmatch(line)
    start = _ENDS_IN_DATE.search(before) if end else None
    if not start or not end or any(not one.single for one in periods(before, now=_LATER)):
        return False
    first, last = _from_groups(start, "_a", _LATER), None if end["present"] else _from_groups(end, "_b", _LATER)
    if first is None or (last is None and not end["present"]):
        return False
    return last is None or first.starts < last.ends


def parse_iso(text: str) -> Point | None:
    """The dates of `models.values.Work`: YYYY, YYYY-MM or YYYY-MM-DD."""
    match = re.fullmatch(r"(\d{4})(?:-(\d\d)(?:-\d\d)?)?", text.strip())
    if match is None:
        return None
    month = int(match[2]) if match[2] else None
    if month is not None and not 1 <= month <= 12:
        return None
    return Point(int(match[1]), month)


def interval(start: Point, end: Point | None, *, now: date) -> tuple[int, int] | None:
    """Half-open months, at least one long, nothing after `now`; None where the dates make no period."""
    today = now.year * 12 + now.month
    first = start.starts
    last = today if end is None else end.ends
    if start.month is None and end is not None and end.year == start.year and end.month is None:
        first, last = start.year * 12 + 3, start.year * 12 + 9  # somewhere within the year: half of it
    if start.month is None and end is not None and end.year == start.year and end.month is not None:
        first = start.year * 12
    if end is not None and end.month is None and end.year == start.year and start.month is not None:
        last = start.year * 12 + 12
    if end is None and start.month is None and start.year == now.year:
        first = min(first, today - 1)
    last = min(last, today)
    return (first, last) if first < last else None


def union(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping and touching intervals merged; sorted, disjoint."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(intervals):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def months(intervals: Iterable[tuple[int, int]]) -> int:
    """Months covered, each counted once however many intervals cover it."""
    return sum(last - first for first, last in union(intervals))


def _range(match: re.Match[str], now: date) -> Period | None:
    end = None if match["present"] else _end(match, now)
    start = _loose_start(match["loose"], end) if match["loose"] else _from_groups(match, "_a", now)
    if start is None or (end is None and not match["present"]):
        return None
    if end is not None and (end.year, end.month or 12) < (start.year, start.month or 1):
        return None
    return Period(start, end, match.span())


def _end(match: re.Match[str], now: date) -> Point | None:
    if not match["short"]:
        return _from_groups(match, "_b", now)
    start = _from_groups(match, "_a", now) if not match["loose"] else None
    if start is None or start.month is not None:
        return None
    year = start.year // 100 * 100 + int(match["short"])
    return Point(year) if start.year <= year <= now.year + 8 else None


def _loose_start(name: str, end: Point | None) -> Point | None:
    """ "Jan - Mar 2020": the first month borrows the year; "Nov - Feb 2020" began the year before."""
    if end is None or end.month is None:
        return None
    month = _month(name)
    return Point(end.year - (month > end.month), month)


def _slashed(match: re.Match[str], now: date) -> Period | None:
    start = int(match["from"])
    end = int(match["to"])
    end = end if end > 100 else start // 100 * 100 + end
    return Period(Point(start), Point(end), match.span()) if start <= end <= now.year + 8 else None


def _since(match: re.Match[str], now: date) -> Period | None:
    start = _from_groups(match, "_a", now) or _from_groups(match, "_c", now)
    return Period(start, None, match.span()) if start else None


def _one(match: re.Match[str], now: date) -> Period | None:
    point = _from_groups(match, "_a", now)
    two_digits = re.search(r"(?<![\d'’‘])(?<!['’‘]\s)\d\d$", match[0]) and not re.search(_YEAR, match[0])
    if point is None or two_digits:  # "may 24 hours", "shift 8/12": too little to be a date by itself
        return None
    iso = match["iso_a"]
    if iso and len(iso) == 7 and iso[4] == "-" and int(iso[5:]) > point.year % 100:
        # "2005-09" alone is more often two years than September; "2019-09" cannot be.
        return Period(Point(point.year), Point(point.year // 100 * 100 + int(iso[5:])), match.span())
    return Period(point, point, match.span(), single=True)


def _from_groups(match: re.Match[str], tag: str, now: date) -> Point | None:
    groups = match.groupdict()
    if iso := groups.get("iso" + tag):
        return Point(int(iso[:4]), int(iso[5:7]))
    if day := groups.get("day" + tag):
        first, second, year = re.split(r"[./]", day)
        month = int(second) if "." in day or int(second) <= 12 else int(first)
        if "/" in day and int(first) <= 12 and int(second) > 12:
            month = int(first)
        return Point(_year(year, now), month) if 1 <= month <= 12 else None
    if number := groups.get("num" + tag):
        month_text, year = re.split(r"\s?[/.\-]\s?", number)
        return Point(_year(year, now), int(month_text))
    if name := groups.get("name" + tag):
        return Point(_year(groups["year" + tag], now), _month(name))
    if bare := groups.get("bare" + tag):
        return Point(int(bare))
    return None


def _month(name: str) -> int:
    name = name.lower()
    return _MONTH_OF.get(name) or _SEASONS[name]


def _year(text: str, now: date) -> int:
    digits = re.sub(r"\D", "", text)
    if len(digits) == 4:
        return int(digits)
    # Two digits up to next year belong to this century: resumes look back.
    century = now.year // 100 * 100
    return century + int(digits) - (100 if int(digits) > (now.year + 1) % 100 else 0)
