"""Which words of a PDF page a person looking at it cannot see, and why. Called by `pdf` for each page.

Most words are judged by what the file says of them: size, place, mode, colour, opacity. Where that gives reason to
look, the page is rendered twice, with its text and without: a word is seen when taking the text away changes the pixels
where it stands, whatever the trick (covered, clipped, blended, a layer switched off).
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2.raw as c
from numpy.typing import NDArray

from screening.layout import Word
from screening.raw import TINY_POINTS

_INVISIBLE_MODES = (3, 7)  # neither filled nor stroked; clip only
_SCAN_SHARE = 0.6  # an image over this much of the page is a scan, and invisible text over it its OCR layer
_SCAN_VISIBLE = 0.2  # more visible words than this share, and the page is no scan
_RENDER_SCALE = 1.5
_SAME_COLOUR = 30  # of 255: closer than this, nobody reads text against its ground
_SQUEEZED = 0.1  # of the size a letter: the narrowest honest letters are twice as wide
_MOST_OBJECTS = 3_000
_SMALL = 6.0  # points: shapes smaller than this cover no word
_MOST_DEPTH = 4

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Style:
    """What a text object says of its letters. `item` is its address in PDFium, 0 where there is none; `fill` is the
    colour that shows (the line's where only lines are drawn)."""

    item: int
    size: float
    bold: bool
    mode: int
    fill: tuple[int, int, int, int]
    odd: bool = False
    """Clipped, blended or on a layer: reason to look."""


class View:
    """Page coordinates (origin below left, unrotated) to what the eye sees (origin top left, y downwards)."""

    def __init__(self, page: Any) -> None:
        left, bottom, right, top = page.get_cropbox()
        self._left, self._bottom = min(left, right), min(bottom, top)
        self._w, self._h = abs(right - left), abs(top - bottom)
        self._rotation = page.get_rotation()
        sideways = self._rotation in (90, 270)
        self.width, self.height = (self._h, self._w) if sideways else (self._w, self._h)

    def box(self, left: float, bottom: float, right: float, top: float) -> Bounds:
        left, right, bottom, top = left - self._left, right - self._left, bottom - self._bottom, top - self._bottom
        match self._rotation:
            case 90:
                left, top, right, bottom = bottom, left, top, right
            case 180:
                left, top, right, bottom = self._w - right, bottom, self._w - left, top
            case 270:
                left, top, right, bottom = self._h - top, self._w - right, self._h - bottom, self._w - left
            case _:
                top, bottom = self._h - top, self._h - bottom
        return (
            left if left < right else right,
            top if top < bottom else bottom,
            right if right > left else left,
            bottom if bottom > top else top,
        )


class Survey:
    """The page's objects in the order they are painted: what may lie over or under a word."""

    def __init__(self, page: Any, view: View) -> None:
        self._view = view
        self.order: dict[int, int] = {}
        self.images: list[Bounds] = []
        self.grounds: list[tuple[int, Bounds]] = []
        """(place in the order, bounds) of all that is painted over an area."""
        self.fills: set[tuple[int, int, int]] = set()
        self.complete = True
        count = c.FPDFPage_CountObjects(page.raw)
        self.complete = count <= _MOST_OBJECTS
        for index in range(min(count, _MOST_OBJECTS)):
            self._note(c.FPDFPage_GetObject(page.raw, index), index)

    def _note(self, item: Any, index: int) -> None:
        kind = c.FPDFPageObj_GetType(item)
        if kind == c.FPDF_PAGEOBJ_TEXT:
            self.order[address(item)] = index
            return
        if kind == c.FPDF_PAGEOBJ_PATH and not _filled(item):
            return
        bounds = self._bounds(item)
        if bounds[2] - bounds[0] < _SMALL or bounds[3] - bounds[1] < _SMALL:
            return
        self.grounds.append((index, bounds))
        if kind == c.FPDF_PAGEOBJ_IMAGE:
            self.images.append(bounds)
        elif kind == c.FPDF_PAGEOBJ_FORM:
            self._inside(item, 1)
        elif kind == c.FPDF_PAGEOBJ_PATH:
            self.fills.add(colour(item, c.FPDFPageObj_GetFillColor)[:3])

    def _inside(self, form: Any, depth: int) -> None:
        """Colours and images in a form; where they stand is taken to be the whole form."""
        for index in range(min(c.FPDFFormObj_CountObjects(form), _MOST_OBJECTS)):
            item = c.FPDFFormObj_GetObject(form, index)
            kind = c.FPDFPageObj_GetType(item)
            if kind == c.FPDF_PAGEOBJ_PATH and _filled(item):
                self.fills.add(colour(item, c.FPDFPageObj_GetFillColor)[:3])
            elif kind == c.FPDF_PAGEOBJ_IMAGE:
                self.images.append(self.grounds[-1][1])
            elif kind == c.FPDF_PAGEOBJ_FORM and depth < _MOST_DEPTH:
                self._inside(item, depth + 1)

    def _bounds(self, item: Any) -> Bounds:
        edges = [ctypes.c_float() for _ in range(4)]
        if not c.FPDFPageObj_GetBounds(item, *edges):
            return (0.0, 0.0, 0.0, 0.0)
        return self._view.box(*(edge.value for edge in edges))

    @property
    def scan(self) -> bool:
        page = self._view.width * self._view.height
        return any((x1 - x0) * (y1 - y0) >= _SCAN_SHARE * page for x0, y0, x1, y1 in self.images)


class Judge:
    """Says why a word cannot be seen. The page is rendered only when some word gives reason to look."""

    def __init__(self, page: Any, view: View, words: Sequence[tuple[Word, Style]]) -> None:
        self._page, self._view = page, view
        self._survey = Survey(page, view)
        invisible = sum(style.mode in _INVISIBLE_MODES for _, style in words)
        self.scan = self._survey.scan and len(words) - invisible <= _SCAN_VISIBLE * len(words)
        """Whether the page is a picture, with or without an invisible layer of its words."""
        self._squeezed = {style.item for word, style in words if _squeezed(word, style.size)}
        self._looks: _Looks | None = None
        self._layer: dict[int, list[Word]] = {}
        self.scanned = False
        """Whether some word was taken from the invisible layer over a scan."""

    def hidden(self, word: Word, style: Style) -> str:
        why = self._said_so(word, style)
        if why or style.mode in _INVISIBLE_MODES or not any(map(str.isalnum, word.text)):
            return why
        near_white = min(style.fill[:3]) > 255 - 2 * _SAME_COLOUR
        if (near_white or self._like_a_fill(style.fill)) and self._look.like_its_ground(word, style.fill):
            return "in the colour of its background"
        if (style.odd or self._beside_order(word, style)) and not self._look.inked(word):
            return "covered, clipped or on a layer that is switched off"
        return ""

    def _said_so(self, word: Word, style: Style) -> str:
        """By what the file says alone."""
        if style.size and style.size < TINY_POINTS and word.y1 - word.y0 < 2 * TINY_POINTS:
            return f"smaller than {TINY_POINTS:g} points"
        if style.item and style.item in self._squeezed:
            return "squeezed until it cannot be read"
        if word.x1 <= 0 or word.y1 <= 0 or word.x0 >= self._view.width or word.y0 >= self._view.height:
            return "outside the page"
        if style.mode in _INVISIBLE_MODES:
            return "" if self.scan and self._in_scan(word) else "drawn invisibly"
        return "fully transparent" if style.fill[3] < 16 else ""

    def _in_scan(self, word: Word) -> bool:
        """A word of the OCR layer stands where the scan shows something, and where no other word stands."""
        row = self._layer.setdefault(int((word.y0 + word.y1) / 24), [])
        if any(_overlap(word, other) > 0.5 for other in row) or not self._look.textured(word):
            return False
        row.append(word)
        self.scanned = True
        return True

    @property
    def _look(self) -> _Looks:
        if self._looks is None:
            self._looks = _Looks(self._page, self._view)
        return self._looks

    def _like_a_fill(self, fill: tuple[int, int, int, int]) -> bool:
        return any(
            max(abs(a - b) for a, b in zip(fill[:3], other, strict=True)) < _SAME_COLOUR for other in self._survey.fills
        )

    def _beside_order(self, word: Word, style: Style) -> bool:
        """Painted over later, or over a picture, whose colours nobody knows without looking."""
        survey = self._survey
        if not survey.grounds and survey.complete:
            return style.item not in survey.order
        place = survey.order.get(style.item, -1)
        if place < 0:
            return True
        x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        if any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in survey.images):
            return True
        return any(at > place and x0 <= x <= x1 and y0 <= y <= y1 for at, (x0, y0, x1, y1) in survey.grounds)


class _Looks:
    """The page as pixels, with its text and without."""

    def __init__(self, page: Any, view: View) -> None:
        self._page = page
        self._scale = min(_RENDER_SCALE, 2000 / max(view.width, view.height, 1))
        self._seen = self._render()
        self._ink: NDArray[np.int16] | None = None

    def like_its_ground(self, word: Word, fill: tuple[int, int, int, int]) -> bool:
        area = self._seen[self._slice(word)]
        if area.size == 0:
            return False
        # The ground is what most of the box shows: glyphs cover less than half of it, even when text lies over text.
        ground = np.median(area.reshape(-1, 3), axis=0)
        return bool(np.max(np.abs(ground - np.array(fill[:3]))) < _SAME_COLOUR)

    def inked(self, word: Word) -> bool:
        """Whether the text makes a difference where the word stands."""
        if self._ink is None:
            self._ink = np.abs(self._seen.astype(np.int16) - self._without_text()).max(axis=2)
        area = self._ink[self._slice(word, inner=True)]
        return area.size == 0 or bool((area > _SAME_COLOUR).mean() > 0.01)

    def textured(self, word: Word) -> bool:
        area = self._seen[self._slice(word)]
        if area.size == 0:
            return True
        light = area.reshape(-1, 3).mean(axis=1)
        return float(light.max() - light.min()) > _SAME_COLOUR

    def _render(self) -> NDArray[np.uint8]:
        bitmap = self._page.render(scale=self._scale, rev_byteorder=True)
        return np.array(bitmap.to_numpy()[:, :, :3])

    def _without_text(self) -> NDArray[np.uint8]:
        switched: list[Any] = []
        top = [
            c.FPDFPage_GetObject(self._page.raw, index)
            for index in range(min(c.FPDFPage_CountObjects(self._page.raw), 10 * _MOST_OBJECTS))
        ]
        _switch_off(top, switched, 0)
        try:
            return self._render()
        finally:
            for item in switched:
                c.FPDFPageObj_SetIsActive(item, True)  # noqa: FBT003 - PDFium's signature

    def _slice(self, word: Word, *, inner: bool = False) -> tuple[slice, slice]:
        """The word's pixels; `inner` leaves out what may belong to the lines above and below."""
        s, high = self._scale, word.y1 - word.y0
        top, bottom = (word.y0 + 0.2 * high, word.y1 - 0.2 * high) if inner else (word.y0, word.y1)
        rows = slice(max(0, int(top * s)), max(0, int(bottom * s) + 1))
        return rows, slice(max(0, int(word.x0 * s)), max(0, int(word.x1 * s) + 1))


def _switch_off(items: list[Any], switched: list[Any], depth: int) -> None:
    for item in items:
        kind = c.FPDFPageObj_GetType(item)
        if kind == c.FPDF_PAGEOBJ_TEXT and c.FPDFPageObj_SetIsActive(item, False):  # noqa: FBT003 - PDFium's signature
            switched.append(item)
        elif kind == c.FPDF_PAGEOBJ_FORM and depth < _MOST_DEPTH:
            inside = min(c.FPDFFormObj_CountObjects(item), _MOST_OBJECTS)
            _switch_off([c.FPDFFormObj_GetObject(item, index) for index in range(inside)], switched, depth + 1)


def address(item: Any) -> int:
    return ctypes.cast(item, ctypes.c_void_p).value or 0


def colour(item: Any, get: Any) -> tuple[int, int, int, int]:
    """Red, green, blue, opacity of 255; white where it is a pattern, which is reason to look."""
    rgba = [ctypes.c_uint(255) for _ in range(4)]
    get(item, *rgba)
    red, green, blue, alpha = (value.value for value in rgba)
    return red, green, blue, alpha


def odd(item: Any, bounds_of: Bounds | None = None) -> bool:
    """Clipped so that it does not lie within, half transparent, or marked as optional content."""
    if c.FPDFPageObj_HasTransparency(item) or _on_layer(item):
        return True
    path = c.FPDFPageObj_GetClipPath(item)
    paths = c.FPDFClipPath_CountPaths(path) if path else 0
    if paths <= 0:
        return False
    edges = [ctypes.c_float() for _ in range(4)]
    c.FPDFPageObj_GetBounds(item, *edges)
    left, bottom, right, top = bounds_of or tuple(edge.value for edge in edges)
    return any(not _holds(path, index, left, bottom, right, top) for index in range(min(paths, 8)))


def _holds(path: Any, index: int, left: float, bottom: float, right: float, top: float) -> bool:
    xs, ys = [], []
    x, y = ctypes.c_float(), ctypes.c_float()
    for segment in range(min(c.FPDFClipPath_CountPathSegments(path, index), 12)):
        c.FPDFPathSegment_GetPoint(c.FPDFClipPath_GetPathSegment(path, index, segment), x, y)
        xs.append(x.value)
        ys.append(y.value)
    slack = 2.0
    return (
        bool(xs)
        and min(xs) - slack <= left
        and max(xs) + slack >= right
        and min(ys) - slack <= bottom
        and max(ys) + slack >= top
    )


def _on_layer(item: Any) -> bool:
    name, length = ctypes.create_string_buffer(8), ctypes.c_ulong()
    for index in range(min(c.FPDFPageObj_CountMarks(item), 8)):
        mark = c.FPDFPageObj_GetMark(item, index)
        c.FPDFPageObjMark_GetName(mark, ctypes.cast(name, ctypes.POINTER(c.FPDF_WCHAR)), 8, length)
        if name.raw[:4] == b"O\x00C\x00":
            return True
    return False


def _filled(path: Any) -> bool:
    mode, stroke = ctypes.c_int(), c.FPDF_BOOL()
    return bool(c.FPDFPath_GetDrawMode(path, mode, stroke)) and mode.value != 0


def _squeezed(word: Word, size: float) -> bool:
    """Whether a word is no longer than a line is high, and far too short for its letters."""
    if len(word.text) < 4:
        return False
    wide, high = word.x1 - word.x0, word.y1 - word.y0
    return max(wide, high) < 1.6 * size and min(wide, high) < _SQUEEZED * size * len(word.text)


def _overlap(a: Word, b: Word) -> float:
    """The shared area over the smaller one's."""
    wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    if wide <= 0 or high <= 0:
        return 0.0
    smaller = min((a.x1 - a.x0) * (a.y1 - a.y0), (b.x1 - b.x0) * (b.y1 - b.y0))
    return wide * high / max(smaller, 1e-6)
