"""Lines of a section as entries are looked for: their text, the dates in it, and whether they could head an entry.
Called by `entries`, `education`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise

from models.values import DocumentText
from screening.dates import Period, goes_on, periods
from screening.sections import Unit
from screening.titles import has_title_word, tells_deed

_IN = re.compile(r"(?i)\b(?:in|of|by|during|since|en|im|from|for|w|roku)\s+$")
_EMPTY = re.compile(r"[(\[{]\s*[,;–—-]*\s*[)\]}]")
_DURATION = re.compile(
    r"(?i)\(?\b\d{1,2}\s*(?:yrs?|years?|jahre?|ans?|mos?|months?|monate)\b(?:\s*,?\s*\d{1,2}\s*(?:mos?|months?))?\)?"
)
# Publications, talks and the like are dated too.
_CITED = re.compile(
    r"(?i)\bet al\b|\bpp?\.\s?\d|\bvol(?:ume|\.)\s?\d|\d\s?\(\d{1,3}\)|\((?:19|20)\d\d[a-z]?\)[.,;:]|"
    r"\bin press\b|\bdoi\b|\b[A-Z]\.(?:\s?[A-Z]\.)?,?\s?(?:&|and)\s+[A-Z]|\bproceedings\b|\bjournal of\b|"
    r"\bisbn\b|\bV\.?\s?\d+,?\s?N"
)
_SUM = re.compile(r"[$€£]\s?\d")
_SINCE = re.compile(r"\bsince\b", re.IGNORECASE)
_LONGEST_HEADER = 110


@dataclass
class Row:
    """A unit as entries are looked for."""

    unit: Unit
    text: str
    emphasis: bool
    periods: list[Period]

    @cached_property
    def rest(self) -> str:
        """The text without its dates."""
        text = self.text
        for period in reversed(self.periods):
            text = text[: period.where[0]] + "\t" + text[period.where[1] :]
        text = _DURATION.sub("\t", text)
        return bare(_EMPTY.sub("\t", text))

    @cached_property
    def header(self) -> bool:
        """Short enough and not a sentence: may carry title, employer, place or dates."""
        if len(self.text) > _LONGEST_HEADER or len(self.unit.lines) > 2:
            return False
        if self.unit.bullet and _SINCE.search(self.text):
            return False  # "Relief charge nurse since 2022" is a task of the job above
        if self.unit.bullet and not (self.ranged and has_title_word(self.rest) and len(self.rest.split()) <= 12):
            return False
        if tells_deed(self.text) or _SUM.search(self.text):
            return False
        sentence = self.text.endswith((".", ";")) and len(self.rest.split()) > 7
        return not sentence and not (self.text[:1].islower() and not self.periods)

    @cached_property
    def ranged(self) -> bool:
        return any(not p.single for p in self.periods)

    @cached_property
    def dated(self) -> bool:
        if not self.periods or _CITED.search(self.text):
            return False
        if self.ranged:
            return True
        # One date alone dates an entry unless it is part of a sentence: "won a prize in 2023".
        return len(self.rest) < 70 and any(not _IN.search(self.text[: p.where[0]]) for p in self.periods)


def read_rows(document: DocumentText, units: Sequence[Unit], now: date) -> list[Row]:
    """Units with their text on one line and the periods it names."""
    rows = []
    for unit in units:
        text = _one_line(document, unit)
        rows.append(Row(unit, text, unit.lines[0].emphasis, periods(text, now=now)))
    return rows


def _one_line(document: DocumentText, unit: Unit) -> str:
    """The unit's text, as long as it was; where a range lost its dash at the end of a line, it has one again."""
    text = document.text[unit.start : unit.end]
    for before, line in pairwise(unit.lines):
        at = before.end - unit.start
        if goes_on(before.text, line.text) and text[at : at + 1] == "\n":
            text = f"{text[:at]}–{text[at + 1 :]}"
    return text.replace("\n", " ").rstrip()


def bare(text: str) -> str:
    text = text.strip(" \t,;|–—-•·[]:")
    if text.count("(") != text.count(")"):
        text = text.strip("() ")
    return text
