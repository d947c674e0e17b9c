"""Units to spans: the bullets and sentences that are matched and quoted. Called by `parse`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from models.values import Area, DocumentText, Line, Span
from screening.sections import Unit

_LONGEST = 300
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)]?\s+(?=[\"“(]?[^\W\d_a-zà-ÿ]|\d|[•–-]\s)")
_NOT_AN_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|approx|ca|inc|ltd|co|corp|dr|mr|mrs|ms|prof|no|nr|st|z\.b|bzw|ggf|dipl|ing|sp|m\.in|np|"
    r"b|m|ph|s)|\b[A-Z]|\b\d{1,2})\.[\"”’)]?$",
    re.IGNORECASE,
)
_SOFT_BREAKS = (re.compile(r"[;:]\s+"), re.compile(r",\s+"), re.compile(r"\s+"))


def read_spans(document: DocumentText, units: Sequence[Unit]) -> list[Span]:
    """Every unit that is no section title, in order: bullets whole, paragraphs by sentence, none far above 300
    characters. `text` is `document.text[start:end]` with white space runs as one space."""
    spans: list[Span] = []
    for unit in units:
        if unit.title:
            continue
        for start, end in _pieces(document.text, unit):
            text = " ".join(document.text[start:end].split())
            if not any(ch.isalnum() for ch in text):
                continue
            line = next((line for line in unit.lines if line.start <= start < line.end), unit.lines[0])
            spans.append(
                Span.model_construct(  # our own values: nothing to validate
                    id=len(spans),
                    text=text,
                    page=line.page,
                    line=line.number,
                    start=start,
                    end=end,
                    section=unit.section,
                    entry=unit.entry,
                    box=line.box,
                    areas=_areas(unit.lines, start, end),
                )
            )
    return spans


def _areas(lines: Sequence[Line], start: int, end: int) -> tuple[Area, ...]:
    """The printed lines that a piece touches. A line's box is cut to the piece by its share of the characters: near
    enough to highlight, and never less than the whole words."""
    areas = []
    for line in lines:
        if line.box is None or line.page is None or line.end <= start or line.start >= end:
            continue
        box, length = line.box, max(1, line.end - line.start)
        width = (box.x1 - box.x0) / length
        slack = 4 * width  # letters differ in width
        left = box.x0 if start <= line.start else max(box.x0, box.x0 + (start - line.start) * width - slack)
        right = box.x1 if end >= line.end else min(box.x1, box.x0 + (end - line.start) * width + slack)
        areas.append(Area.model_construct(page=line.page, x0=left, y0=box.y0, x1=right, y1=box.y1))
    return tuple(areas)


def _pieces(text: str, unit: Unit) -> Iterator[tuple[int, int]]:
    start, end = _trim(text, unit.start, unit.end)
    if start >= end:
        return
    if unit.bullet and end - start <= _LONGEST:
        yield start, end
        return
    for first, last in _sentences(text, start, end):
        yield from _short(text, first, last)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for match in _SENTENCE_END.finditer(text, start, end):
        if _NOT_AN_END.search(text, max(first, match.start() - 12), match.start()):
            continue
        yield _trim(text, first, match.start())
        first = match.end()
    yield _trim(text, first, end)


def _short(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut at the last good place before the limit: a semicolon, else a comma, else a space."""
    while end - start > _LONGEST:
        limit = start + _LONGEST
        cut = next(
            (
                found[-1].end()
                for found in ([m for m in p.finditer(text, start, limit) if m.end() > start + 80] for p in _SOFT_BREAKS)
                if found
            ),
            limit,
        )
        yield _trim(text, start, cut)
        start = cut
    start, end = _trim(text, start, end)
    if start < end:
        yield start, end


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
