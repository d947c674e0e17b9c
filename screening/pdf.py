"""PDF to lines, through pypdfium2: reading order from geometry, hidden text set apart. Called by `extract.read`.

PDFium is not thread-safe, so this runs in a child process (`extract.Reader`) and in single-threaded tests.
"""

from __future__ import annotations

import ctypes
import statistics
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as c
from numpy.typing import NDArray

from models.values import Box, Flag
from screening.layout import Word, reading_order
from screening.raw import TINY_POINTS, Raw, RawLine, corrupt, encrypted, hidden_flags

_INVISIBLE_MODES = (3, 7)  # neither filled nor stroked; clip only
_SCAN_SHARE = 0.6  # an image over this much of the page is a scan, and invisible text over it its OCR layer
_RENDER_SCALE = 1.5
_SAME_COLOUR = 20  # of 255: closer than this, nobody reads text against its ground
_PAGE_CHARACTERS = 60_000
_LINKS = 100
_BOLD = ("bold", "black", "heavy", "semibold", "demi")


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    mode: int
    fill: tuple[int, int, int, int]


def read_pdf(content: bytes, name: str, max_pages: int) -> Raw:
    """Raises UnreadableDocument: encrypted or corrupt. A file without text gives no lines, which `extract` judges."""
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as failed:
        if getattr(failed, "err_code", None) in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise encrypted(name) from failed
        raise corrupt(name, "it does not open as a PDF") from failed
    with closing(document):
        count = len(document)
        raw = Raw(pages=count)
        if count > max_pages:
            raw.flags.append(
                Flag(code="pages_cut", detail=f"Only the first {max_pages} of {count} pages of {name} were read.")
            )
        words, unreadable = [], 0
        for index in range(min(count, max_pages)):
            try:
                words.append(_read_page(document, index, raw))
            except pdfium.PdfiumError:
                unreadable += 1
        if count == 0 or (unreadable and not any(words)):
            raise corrupt(name, "none of its pages opens")
        if unreadable:
            raw.flags.append(Flag(code="pages_lost", detail=f"{unreadable} damaged page(s) of {name} were skipped."))
    raw.lines.extend(_lines([word for page in words for word in page]))
    return raw


def _read_page(document: Any, index: int, raw: Raw) -> list[Word]:
    with closing(document[index]) as page, closing(page.get_textpage()) as text:
        view = _View(page)
        visible: list[Word] = []
        hidden: list[tuple[str, str]] = []
        judge = _Judge(page, view)
        for word, style in _words(text, view, index + 1):
            why = judge.hidden(word, style)
            if why:
                hidden.append((why, word.text))
            else:
                visible.append(word)
        if hidden:
            raw.hidden.append(" ".join(word for _, word in hidden))
            raw.flags.extend(hidden_flags(hidden))
        if len(raw.links) < _LINKS:
            raw.links.extend(_links(document, page))
        return visible


class _View:
    """Page coordinates (origin below left, unrotated) to what the eye sees (origin top left, y downwards)."""

    def __init__(self, page: Any) -> None:
        left, bottom, right, top = page.get_cropbox()
        self._left, self._bottom = min(left, right), min(bottom, top)
        self._w, self._h = abs(right - left), abs(top - bottom)
        self._rotation = page.get_rotation()
        sideways = self._rotation in (90, 270)
        self.width, self.height = (self._h, self._w) if sideways else (self._w, self._h)

    def box(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = self._point(left, bottom), self._point(right, top)
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        x, y = x - self._left, y - self._bottom
        match self._rotation:
            case 90:
                return y, x
            case 180:
                return self._w - x, y
            case 270:
                return self._h - y, self._w - x
            case _:
                return x, self._h - y


def _words(text: Any, view: _View, page: int) -> Iterator[tuple[Word, _Style]]:
    """Runs between white space, in the order of the content stream, cut where the style changes visibly."""
    count = min(c.FPDFText_CountChars(text.raw), _PAGE_CHARACTERS)
    codes = [c.FPDFText_GetUnicode(text.raw, i) for i in range(count)]
    styles = _Styles(text.raw)
    start = 0
    for i in range(count + 1):
        if i < count and codes[i] > 32 and codes[i] not in (0xA0, 0x3000):
            continue
        if i > start:
            yield from _cut(text.raw, codes, start, i, styles, view, page)
        start = i + 1


def _cut(
    text: Any, codes: list[int], start: int, end: int, styles: _Styles, view: _View, page: int
) -> Iterator[tuple[Word, _Style]]:
    first = styles.at(start)
    if first == styles.at(end - 1):
        yield _word(text, codes, start, end, view, page, first), first
        return
    for i in range(start + 1, end + 1):
        style = styles.at(i) if i < end else None
        if style != first:
            yield _word(text, codes, start, i, view, page, first), first
            if style is not None:
                start, first = i, style


def _word(text: Any, codes: list[int], start: int, end: int, view: _View, page: int, style: _Style) -> Word:
    box = c.FS_RECTF()
    edges = []
    for i in (start, end - 1):
        c.FPDFText_GetLooseCharBox(text, i, box)
        edges.append(view.box(box.left, box.bottom, box.right, box.top))
    (ax0, ay0, ax1, ay1), (bx0, by0, bx1, by1) = edges
    return Word(
        text=_string(codes[start:end]),
        page=page,
        x0=min(ax0, bx0),
        y0=min(ay0, by0),
        x1=max(ax1, bx1),
        y1=max(ay1, by1),
        size=style.size,
        bold=style.bold,
    )


def _string(codes: list[int]) -> str:
    # PDFium marks a hyphen at the end of a line as U+0002 or U+FFFE; characters beyond the BMP may come as surrogates.
    text = "".join(chr(0x2D if code in (2, 0xFFFE) else code) for code in codes if code < 0x110000)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Styles:
    """The style of a character: read once per text object, because each call into PDFium costs a microsecond."""

    def __init__(self, text: Any) -> None:
        self._text = text
        self._by_object: dict[int, _Style] = {}
        self._bold_fonts: dict[int, bool] = {}

    def at(self, index: int) -> _Style:
        item = c.FPDFText_GetTextObject(self._text, index)
        key = ctypes.cast(item, ctypes.c_void_p).value or 0
        style = self._by_object.get(key)
        if style is None:
            style = self._by_object[key] = self._read(index, item)
        return style

    def _read(self, index: int, item: Any) -> _Style:
        matrix = c.FS_MATRIX()
        scale = 1.0
        if c.FPDFText_GetMatrix(self._text, index, matrix):
            scale = (matrix.c**2 + matrix.d**2) ** 0.5
        rgba = [ctypes.c_uint(0), ctypes.c_uint(0), ctypes.c_uint(0), ctypes.c_uint(255)]
        mode = 0
        if item:
            c.FPDFPageObj_GetFillColor(item, *rgba)
            mode = c.FPDFTextObj_GetTextRenderMode(item)
        red, green, blue, alpha = (value.value for value in rgba)
        size = c.FPDFText_GetFontSize(self._text, index) * scale
        return _Style(round(size, 2), bool(item) and self._bold(item), mode, (red, green, blue, alpha))

    def _bold(self, item: Any) -> bool:
        font = c.FPDFTextObj_GetFont(item)
        key = ctypes.cast(font, ctypes.c_void_p).value or 0
        if key not in self._bold_fonts:
            buffer = ctypes.create_string_buffer(128)
            c.FPDFFont_GetBaseFontName(font, buffer, 128)
            name = buffer.value.decode("latin-1").lower()
            self._bold_fonts[key] = any(word in name for word in _BOLD)
        return self._bold_fonts[key]


class _Judge:
    """Says why a word cannot be seen. The page is rendered only when some word gives reason to look."""

    def __init__(self, page: Any, view: _View) -> None:
        self._page, self._view = page, view
        self._images: list[tuple[float, float, float, float]] = []
        self._fills: set[tuple[int, int, int]] = set()
        self._survey()
        self._pixels: NDArray[np.uint8] | None = None

    def hidden(self, word: Word, style: _Style) -> str:
        if style.size and style.size < TINY_POINTS and word.y1 - word.y0 < 2 * TINY_POINTS:
            return f"smaller than {TINY_POINTS:g} points"
        if word.x1 <= 0 or word.y1 <= 0 or word.x0 >= self._view.width or word.y0 >= self._view.height:
            return "outside the page"
        if style.mode in _INVISIBLE_MODES:
            return "" if self._scanned and self._contrast(word) > _SAME_COLOUR else "drawn invisibly"
        if style.fill[3] < 16:
            return "fully transparent"
        if self._suspicious(style.fill) and self._like_its_ground(word, style.fill):
            return "in the colour of its background"
        if self._under_image(word) and self._contrast(word) <= _SAME_COLOUR:
            return "covered by an image"
        return ""

    def _survey(self) -> None:
        kinds = [c.FPDF_PAGEOBJ_IMAGE, c.FPDF_PAGEOBJ_PATH]
        for seen, item in enumerate(self._page.get_objects(filter=kinds, max_depth=3)):
            if seen > 3000:
                break
            bounds = item.get_bounds()
            x0, y0, x1, y1 = self._view.box(*bounds)
            if x1 - x0 < 6 or y1 - y0 < 6:
                continue
            if item.type == c.FPDF_PAGEOBJ_IMAGE:
                self._images.append((x0, y0, x1, y1))
            else:
                rgba = [ctypes.c_uint(0) for _ in range(4)]
                c.FPDFPageObj_GetFillColor(item.raw, *rgba)
                self._fills.add((rgba[0].value, rgba[1].value, rgba[2].value))

    @property
    def _scanned(self) -> bool:
        page = self._view.width * self._view.height
        return any((x1 - x0) * (y1 - y0) >= _SCAN_SHARE * page for x0, y0, x1, y1 in self._images)

    def _suspicious(self, fill: tuple[int, int, int, int]) -> bool:
        rgb = fill[:3]
        if min(rgb) > 200:
            return True
        return any(max(abs(a - b) for a, b in zip(rgb, other, strict=True)) < _SAME_COLOUR for other in self._fills)

    def _under_image(self, word: Word) -> bool:
        x, y = (word.x0 + word.x1) / 2, (word.y0 + word.y1) / 2
        return any(x0 <= x <= x1 and y0 <= y <= y1 for x0, y0, x1, y1 in self._images)

    def _like_its_ground(self, word: Word, fill: tuple[int, int, int, int]) -> bool:
        area = self._area(word)
        if area.size == 0:
            return False
        # The ground is what most of the box shows: glyphs cover less than half of it, even when text lies over text.
        ground = np.median(area.reshape(-1, 3), axis=0)
        return bool(np.max(np.abs(ground - np.array(fill[:3]))) < _SAME_COLOUR)

    def _contrast(self, word: Word) -> float:
        area = self._area(word)
        if area.size == 0:
            return 255.0
        light = area.reshape(-1, 3).mean(axis=1)
        return float(light.max() - light.min())

    def _area(self, word: Word) -> NDArray[np.uint8]:
        if self._pixels is None:
            scale = min(_RENDER_SCALE, 2000 / max(self._view.width, self._view.height, 1))
            bitmap = self._page.render(scale=scale, rev_byteorder=True)
            self._pixels = np.array(bitmap.to_numpy()[:, :, :3])
            self._scale = scale
        s = self._scale
        rows = slice(max(0, int(word.y0 * s)), max(0, int(word.y1 * s) + 1))
        columns = slice(max(0, int(word.x0 * s)), max(0, int(word.x1 * s) + 1))
        return self._pixels[rows, columns]


def _links(document: Any, page: Any) -> Iterator[str]:
    position, link = ctypes.c_int(0), c.FPDF_LINK()
    while c.FPDFLink_Enumerate(page.raw, position, link):
        action = c.FPDFLink_GetAction(link)
        if not action:
            continue
        buffer = ctypes.create_string_buffer(1024)
        size = c.FPDFAction_GetURIPath(document.raw, action, buffer, 1024)
        if 0 < size <= 1024:
            yield buffer.value.decode("utf-8", "replace")


def _lines(words: list[Word]) -> list[RawLine]:
    """Lines of all pages in reading order. Emphasis is judged against the body text of the whole document."""
    if not words:
        return []
    body = statistics.median(word.size for word in words)
    # Where most of the text is bold, bold says nothing.
    plain = sum(word.bold for word in words) > 0.6 * len(words)
    if plain:
        words = [replace(word, bold=False) for word in words]
    by_page: dict[int, list[Word]] = {}
    for word in words:
        by_page.setdefault(word.page, []).append(word)
    return [_line(row, body) for page in sorted(by_page) for row in reading_order(by_page[page])]


def _line(row: list[list[Word]], body: float) -> RawLine:
    words = [word for cell in row for word in cell]
    box = Box(
        x0=round(min(w.x0 for w in words), 1),
        y0=round(min(w.y0 for w in words), 1),
        x1=round(max(w.x1 for w in words), 1),
        y1=round(max(w.y1 for w in words), 1),
    )
    lead = row[0]
    emphasis = all(w.bold or w.size >= 1.15 * body for w in lead if any(map(str.isalnum, w.text)))
    return RawLine("\t".join(joined(cell) for cell in row), words[0].page, box, emphasis)


def joined(cell: list[Word]) -> str:
    """The words of a cell; without a space where the second begins right where the first ends (a change of style)."""
    text = cell[0].text
    for before, word in pairwise(cell):
        glued = word.x0 - before.x1 < 0.08 * max(word.size, 1)
        text += word.text if glued and word.x0 >= before.x0 else " " + word.text
    return text
