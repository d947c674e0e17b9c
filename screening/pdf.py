"""PDF to lines, through pypdfium2: reading order from geometry, hidden text set apart. Called by `extract.read`.

PDFium is not thread-safe, so this runs in a child process (`extract.Reader`) and in single-threaded tests.
"""

from __future__ import annotations

import ctypes
import re
import statistics
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as c

from models.values import Box, Flag
from screening.cargo import pdf_flags
from screening.hidden import Judge, Style, View, address, colour, odd
from screening.layout import Word, reading_order
from screening.raw import Raw, RawLine, corrupt, encrypted, hidden_flags, ocr_flag

_PAGE_CHARACTERS = 60_000
_LINKS = 100
_BOLD = ("bold", "black", "heavy", "semibold", "demi")
# U+FFFE is PDFium's mark for a hyphen at the end of a line.
_WORD = re.compile("[^\x00-\x20\xa0\u3000\ufffe]+\ufffe?|\ufffe")
_STROKED_ONLY = (1, 5)

# The two calls made for each word, with plain integers for pointers: ctypes makes an object of every typed pointer.
_TEXT_OBJECT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
    ctypes.cast(c.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
)
_LOOSE_BOX = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    ctypes.cast(c.FPDFText_GetLooseCharBox, ctypes.c_void_p).value or 0
)


def read_pdf(content: bytes, name: str, max_pages: int) -> Raw:
    """Raises UnreadableDocument: encrypted or corrupt. A file without text gives no lines, which `extract` judges."""
    # PDFium keeps the last error of any document, and a file without pages sets none: without this its reason would be
    # that of the file read before it.
    c.FPDF_LoadMemDocument64(b"", 0, None)
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as failed:
        if getattr(failed, "err_code", None) in (c.FPDF_ERR_PASSWORD, c.FPDF_ERR_SECURITY):
            raise encrypted(name) from failed
        raise corrupt(name, "it does not open as a PDF") from failed
    with closing(document):
        count = len(document)
        raw = Raw(pages=count)
        raw.flags.extend(pdf_flags(content, c.FPDFDoc_GetAttachmentCount(document.raw)))
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
    raw.lines.extend(lines_of([word for page in words for word in page]))
    return raw


def _read_page(document: Any, index: int, raw: Raw) -> list[Word]:
    with closing(document[index]) as page, closing(page.get_textpage()) as text:
        view = View(page)
        visible: list[Word] = []
        hidden: list[tuple[str, str]] = []
        words = _Words(text.raw, view, index + 1).read()
        judge = Judge(page, view, words)
        for word, style in words:
            why = judge.hidden(word, style)
            if why:
                hidden.append((why, word.text))
            else:
                visible.append(word)
        if hidden:
            raw.hidden.append(" ".join(word for _, word in hidden))
            raw.flags.extend(hidden_flags(hidden))
        if judge.scanned:
            raw.flags.append(ocr_flag())
        raw.scan = raw.scan or judge.scan
        if len(raw.links) < _LINKS:
            raw.links.extend(_links(document, page))
        return visible


class _Words:
    """A page's runs between white space, in the order of the content stream, cut where the style changes visibly.

    The style is read once per text object, the box from a word's first and last character: each call into PDFium costs
    a microsecond, and a page has thousands of characters."""

    def __init__(self, text: Any, view: View, page: int) -> None:
        self._text, self._view, self._page = text, view, page
        self._handle = address(text)
        self._styles: dict[int, Style] = {}
        self._bold_fonts: dict[int, bool] = {}
        self._box = c.FS_RECTF()
        self._to_box = ctypes.addressof(self._box)

    def read(self) -> list[tuple[Word, Style]]:
        text = _characters(self._text)
        words: list[tuple[Word, Style]] = []
        for match in _WORD.finditer(text):
            start, end = match.span()
            first = self._style(start)
            if first is self._style(end - 1):
                words.append((self._word(text, start, end, first), first))
                continue
            for at in range(start + 1, end + 1):
                style = self._style(at) if at < end else None
                if style is None or not _alike(style, first):
                    words.append((self._word(text, start, at, first), first))
                    if style is not None:
                        start, first = at, style
        return words

    def _word(self, text: str, start: int, end: int, style: Style) -> Word:
        box, view = self._box, self._view
        _LOOSE_BOX(self._handle, start, self._to_box)
        x0, y0, x1, y1 = view.box(box.left, box.bottom, box.right, box.top)
        if end - start > 1:
            _LOOSE_BOX(self._handle, end - 1, self._to_box)
            left, top, right, bottom = view.box(box.left, box.bottom, box.right, box.top)
            x0, y0 = (left if left < x0 else x0), (top if top < y0 else y0)
            x1, y1 = (right if right > x1 else x1), (bottom if bottom > y1 else y1)
        return Word(_whole(text[start:end]), self._page, x0, y0, x1, y1, style.size, style.bold)

    def _style(self, index: int) -> Style:
        key = _TEXT_OBJECT(self._handle, index) or 0
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._read_style(index, key)
        return style

    def _read_style(self, index: int, key: int) -> Style:
        matrix = c.FS_MATRIX()
        scale = 1.0
        if c.FPDFText_GetMatrix(self._text, index, matrix):
            scale = (matrix.c**2 + matrix.d**2) ** 0.5
        size = round(c.FPDFText_GetFontSize(self._text, index) * scale, 2)
        if not key:
            return Style(0, size, bold=False, mode=0, fill=(0, 0, 0, 255))
        item = c.FPDFText_GetTextObject(self._text, index)
        mode = c.FPDFTextObj_GetTextRenderMode(item)
        paint = c.FPDFPageObj_GetStrokeColor if mode in _STROKED_ONLY else c.FPDFPageObj_GetFillColor
        return Style(key, size, self._bold(item), mode, colour(item, paint), odd(item))

    def _bold(self, item: Any) -> bool:
        font = c.FPDFTextObj_GetFont(item)
        key = address(font)
        if key not in self._bold_fonts:
            buffer = ctypes.create_string_buffer(128)
            c.FPDFFont_GetBaseFontName(font, buffer, 128)
            name = buffer.value.decode("latin-1").lower()
            self._bold_fonts[key] = any(word in name for word in _BOLD)
        return self._bold_fonts[key]


def _alike(a: Style, b: Style) -> bool:
    return (a.size, a.bold, a.mode, a.fill) == (b.size, b.bold, b.mode, b.fill)


def _characters(text: Any) -> str:
    """One letter a character of PDFium's, so that an index means the same on both sides."""
    count = min(c.FPDFText_CountChars(text), _PAGE_CHARACTERS)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = c.FPDFText_GetText(text, 0, count, buffer)
    if written == count + 1:
        whole = bytes(buffer)[: 2 * count].decode("utf-16-le", "surrogatepass")
        if len(whole) == count:
            return whole
    # Characters that the fast call leaves out or writes as pairs.
    codes = (c.FPDFText_GetUnicode(text, index) for index in range(count))
    return "".join("\ufffe" if code == 2 else chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _whole(word: str) -> str:
    """With its hyphen, and with letters beyond the basic plane, which PDFium gives in halves."""
    if word.isascii():
        return word
    return word.replace("\ufffe", "-").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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


def lines_of(words: list[Word]) -> list[RawLine]:
    """Lines of all pages in reading order. Emphasis is judged against the body text of the whole document."""
    if not words:
        return []
    body = statistics.median(word.size for word in words)
    # Where most of the text is bold, bold says nothing.
    plain = sum(word.bold for word in words) > 0.6 * len(words)
    if plain:
        words = [word._replace(bold=False) for word in words]
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
