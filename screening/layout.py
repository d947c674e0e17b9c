"""Words with boxes to rows in the order a person reads them, columns one after the other. Pure; called by `pdf`.

A gap that runs down several lines may be the gutter between two columns (read left, then right) or the gap of a table
such as title and dates (read row by row). `_is_gutter` tells them apart.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from screening.dates import looks_like_dates
from screening.sections import heading_of

_CELL_GAP = 1.3  # in sizes of the type: wider than any justified word space
_MIN_GUTTER = 8.0  # points
_MIN_ROWS = 4  # a column has at least so many lines
_MOST_PIECES = 1500  # a page with more is no resume; looking for its columns would take seconds
_BULLET_GAP = 40.0  # points from a bullet to its text, at most


class Word(NamedTuple):
    """Points, origin top left. `order` in the stream is the order of the list that holds it."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool


class _Piece:
    """Neighbouring words on one line without a wide gap: a cell."""

    __slots__ = ("line", "middle", "order", "words", "x0", "x1", "y0", "y1")

    def __init__(self, word: Word, order: int) -> None:
        self.words = [word]
        self.order = order
        self.line = 0
        """Number of its row on the page."""
        _, _, self.x0, self.y0, self.x1, self.y1, _, _ = word
        self.middle = (self.y0 + self.y1) / 2

    def add(self, word: Word) -> None:
        self.words.append(word)
        self.x0, self.x1 = min(self.x0, word.x0), max(self.x1, word.x1)
        self.y0, self.y1 = min(self.y0, word.y0), max(self.y1, word.y1)
        self.middle = (self.y0 + self.y1) / 2

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


def reading_order(words: list[Word]) -> list[list[list[Word]]]:
    """Rows of cells of words of one page."""
    rows = _rows([_Piece(word, order) for order, word in enumerate(words)])
    pieces = []
    for number, row in enumerate(rows):
        for piece in _joined(row):
            piece.line = number
            pieces.append(piece)
    return [[piece.words for piece in row] for row in _ordered(pieces, 0)]


def _rows(pieces: list[_Piece]) -> list[list[_Piece]]:
    """Grouped by height, top to bottom, each from left to right."""
    rows: list[list[_Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.middle, p.x0)):
        for row in reversed(rows[-4:]):
            # Against the row's first member, not its last: a chain of small steps must not join two lines.
            if _same_line(row[0], piece):
                row.append(piece)
                break
        else:
            rows.append([piece])
    for row in rows:
        row.sort(key=lambda p: p.x0)
    return rows


def _same_line(a: _Piece, b: _Piece) -> bool:
    # By the middles: a name in large type shares height with two lines of small type beside it, and must join neither.
    return abs(a.middle - b.middle) < 0.5 * min(a.y1 - a.y0, b.y1 - b.y0)


def _joined(row: list[_Piece]) -> list[_Piece]:
    cells: list[_Piece] = []
    for piece in row:
        last = cells[-1] if cells else None
        if last is not None:
            gap = piece.x0 - last.x1
            sign = last.words[0].text
            bullet = gap < _BULLET_GAP and len(last.words) == 1 and len(sign) == 1 and not sign.isalnum()
            if gap < _CELL_GAP * max(piece.words[0].size, last.words[-1].size, 1.0) or bullet:
                last.add(piece.words[0])
                last.order = min(last.order, piece.order)
                continue
        cells.append(piece)
    return cells


def _ordered(pieces: list[_Piece], depth: int) -> list[list[_Piece]]:
    cut = _best_gutter(pieces) if depth < 6 and len(pieces) <= _MOST_PIECES else None
    if cut is None:
        return _rows(pieces)
    x, top, bottom = cut
    above = [p for p in pieces if p.middle <= top]
    below = [p for p in pieces if p.middle >= bottom]
    inside = [p for p in pieces if top < p.middle < bottom]
    left, right = [p for p in inside if p.x0 < x], [p for p in inside if p.x0 >= x]
    deeper = depth + 1
    return _ordered(above, deeper) + _ordered(left, deeper) + _ordered(right, deeper) + _ordered(below, deeper)


def _best_gutter(pieces: list[_Piece]) -> tuple[float, float, float] | None:
    """(x, top, bottom) of the tallest gutter: `x` is the left edge of the right column."""
    edges: dict[int, int] = {}
    for piece in pieces:
        key = round(piece.x0 / 2)
        edges[key] = edges.get(key, 0) + 1
    best: tuple[int, tuple[float, float, float]] | None = None
    for key, count in edges.items():
        if count + edges.get(key + 1, 0) < 3:
            continue
        x = key * 2 - 1.5
        for top, bottom in _free_runs(pieces, x):
            inside = [p for p in pieces if top < p.middle < bottom]
            left, right = [p for p in inside if p.x0 < x], [p for p in inside if p.x0 >= x]
            lines = min(len({p.line for p in left}), len({p.line for p in right}))
            if lines >= _MIN_ROWS and (best is None or lines > best[0]) and _is_gutter(left, right):
                best = (lines, (x, top, bottom))
    return best[1] if best else None


def _free_runs(pieces: list[_Piece], x: float) -> list[tuple[float, float]]:
    """The stretches of the page in which nothing crosses the gutter left of `x`."""
    stops = sorted(p.middle for p in pieces if p.x0 < x and p.x1 > x - _MIN_GUTTER)
    ends = [float("-inf"), *stops, float("inf")]
    return [(a, b) for a, b in pairwise(ends) if b - a > 20]


def _is_gutter(left: list[_Piece], right: list[_Piece]) -> bool:
    """Columns, or a table to be read row by row? Dates on one side mean a table, section titles on both sides columns;
    else the stream decides, because programs write a column to its end but a table row by row."""
    for side in (left, right):
        texts = [piece.text for piece in side]
        if sum(looks_like_dates(text) for text in texts) >= 0.5 * len(texts):
            return False
        if sum(len(text) <= 2 for text in texts) > 0.5 * len(texts):
            return False
    if all(any(heading_of(piece.text) for piece in side) for side in (left, right)):
        return True
    sides = [side for _, side in sorted([(p.order, 0) for p in left] + [(p.order, 1) for p in right])]
    switches = sum(a != b for a, b in pairwise(sides))
    return switches <= max(3, 0.25 * min(len(left), len(right)))
