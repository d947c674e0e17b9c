"""A labelled resume as a file: eight layouts, each as PDF, DOCX, HTML and TXT. Called by `tests.bench.fields`.

A layout turns blocks into rows, each with its place on the page and its type; a writer sets rows in one format. The
words are the text's own in all of them; what changes is how an entry's parts are put together, and what stands where.
"""

from __future__ import annotations

import html
import io
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen import canvas

from tests.bench.labelled import Block, Entry

FORMATS = ("pdf", "docx", "html", "txt")


@dataclass(frozen=True, slots=True)
class Row:
    """kind: name, contact, heading, strong, plain or bullet. `left`: a cell before it (a table's); `right`: text at
    the right edge. `place`: main, side or head."""

    kind: str
    text: str
    place: str = "main"
    left: str | None = None
    right: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    name: str
    entry: Callable[[Entry], list[Row]]
    side: str = ""
    """left or right: where contact, skills and languages stand beside the rest."""
    head: str = "flow"
    """flow, page_header or box: where name and contact stand."""
    capitals: bool = False
    plain: bool = False
    """No type sizes, no bold, no bullets: a letter."""


def rows(blocks: Sequence[Block], layout: Layout) -> list[Row]:
    """The resume's rows in the order a person reads them."""
    found: list[Row] = []
    for block in blocks:
        place = "main"
        if block.kind in ("name", "contact"):
            place = "head" if layout.head != "flow" or block.kind == "name" else "side" if layout.side else "main"
        elif block.side and layout.side:
            place = "side"
        if block.kind == "entry" and block.entry is not None:
            found += [Row(r.kind, r.text, place, r.left, r.right) for r in _entry_rows(block.entry, layout)]
        elif block.kind == "heading":
            found.append(Row("heading", block.text.upper() if layout.capitals else block.text, place))
        else:
            found.append(Row("plain" if block.kind == "text" else block.kind, block.text, place))
    return found


def _entry_rows(entry: Entry, layout: Layout) -> list[Row]:
    """As the layout puts parts together; lines as they stand where they say more than their labels."""
    told = bool(entry.titles or entry.degrees) and bool(entry.companies or entry.schools)
    if entry.loose > 12 or not told or len(entry.dates) > 1 or len(entry.titles) > 2:
        return [Row("plain", line) for line in entry.lines]
    return layout.entry(entry)


def _what(entry: Entry) -> str:
    return " / ".join(entry.titles) or ", ".join(entry.degrees)


def _where(entry: Entry) -> str:
    return ", ".join([*entry.companies, *entry.schools])


def _when(entry: Entry) -> str:
    return entry.dates[0] if entry.dates else ""


def _place(entry: Entry) -> str:
    return entry.places[0] if entry.places else ""


def _some(*parts: str, by: str) -> str:
    return by.join(part for part in parts if part)


def _stacked(e: Entry) -> list[Row]:
    lines = [Row("strong", _what(e)), Row("plain", _some(_where(e), _place(e), by=", ")), Row("plain", _when(e))]
    return [row for row in lines if row.text]


def _barred(e: Entry) -> list[Row]:
    return [row for row in (Row("strong", _some(_what(e), _where(e), by=" | ")), Row("plain", _when(e))) if row.text]


def _employer_first(e: Entry) -> list[Row]:
    dates = f"({_when(e)})" if e.dates else ""
    return [Row("strong", _some(_where(e), _place(e), by=", ")), Row("plain", _some(_what(e), dates, by=" "))]


def _table(e: Entry) -> list[Row]:
    return [Row("strong", _some(_what(e), _where(e), by=", "), left=_when(e))]


def _one_line(e: Entry) -> list[Row]:
    return [Row("strong", _some(_where(e), _what(e), _when(e), by=" – "))]


def _dates_last(e: Entry) -> list[Row]:
    lines = [Row("strong", _where(e)), Row("plain", _what(e)), Row("plain", _some(_place(e), _when(e), by=" · "))]
    return [row for row in lines if row.text]


def _timeline(e: Entry) -> list[Row]:
    second = _some(_where(e), _place(e), by=", ")
    return [Row("strong", _what(e), right=_when(e)), *([Row("plain", second)] if second else [])]


def _verbatim(e: Entry) -> list[Row]:
    return [Row("plain", line) for line in e.lines]


LAYOUTS = (
    Layout("single", _stacked, capitals=True),
    Layout("sidebar_left", _barred, side="left"),
    Layout("sidebar_right", _employer_first, side="right"),
    Layout("table", _table),
    Layout("page_header", _one_line, head="page_header", capitals=True),
    Layout("text_boxes", _dates_last, head="box"),
    Layout("timeline", _timeline, capitals=True),
    Layout("letter", _verbatim, plain=True),
)


def render(blocks: Sequence[Block], layout: Layout, form: str) -> bytes:
    """The file's bytes. `form` is one of FORMATS."""
    writer = {"pdf": _pdf, "docx": _docx, "html": _html, "txt": _txt}[form]
    return writer(rows(blocks, layout), layout)


def _parted(found: Iterable[Row]) -> dict[str, list[Row]]:
    parts: dict[str, list[Row]] = {"head": [], "side": [], "main": []}
    for row in found:
        parts[row.place].append(row)
    return parts


# ------------------------------------------------------------ PDF

_SIZES = {"name": 19.0, "heading": 12.0, "strong": 10.0}


class _Page:
    """Columns that run over pages on their own; drawn at the end, page by page."""

    def __init__(self, layout: Layout) -> None:
        self._plain = layout.plain
        self._drawn: list[list[tuple[float, float, str, float, str]]] = []

    def _draw(self, page: int, x: float, y: float, font: str, size: float, text: str) -> None:
        while len(self._drawn) <= page:
            self._drawn.append([])
        self._drawn[page].append((x, y, font, size, text))

    def column(
        self, found: Sequence[Row], x: float, right: float, *, page: int = 0, y: float = 790.0
    ) -> tuple[int, float]:
        for row in found:
            size = 10.0 if self._plain else _SIZES.get(row.kind, 10.0)
            bold = row.kind in ("name", "heading", "strong") and not self._plain
            font = "Helvetica-Bold" if bold else "Helvetica"
            y -= 8 if row.kind in ("heading", "name") else 4 if row.kind == "strong" or row.left else 0
            indent = 110.0 if row.left is not None else 12.0 if row.kind == "bullet" and not self._plain else 0.0
            reserved = stringWidth(row.right, "Helvetica", size) + 20 if row.right else 0.0
            for number, text in enumerate(_wrapped(row.text, font, size, right - x - indent - reserved) or [""]):
                if y < 50:
                    page, y = page + 1, 790.0
                if number == 0 and row.left:
                    self._draw(page, x, y, "Helvetica", size, row.left)
                if number == 0 and indent == 12.0:
                    self._draw(page, x, y, "Helvetica", size, "•")
                self._draw(page, x + indent, y, font, size, text)
                if number == 0 and row.right:
                    self._draw(page, right - reserved + 20, y, "Helvetica", size, row.right)
                y -= 1.35 * size
        return page, y

    def bytes(self, head: Sequence[Row], *, repeated: bool) -> bytes:
        target = io.BytesIO()
        paper = canvas.Canvas(target, pagesize=A4, pageCompression=0, invariant=1)
        for number, page in enumerate(self._drawn or [[]]):
            for index, row in enumerate(head if repeated else ()):
                paper.setFont("Helvetica-Bold" if row.kind == "name" else "Helvetica", 12 if row.kind == "name" else 8)
                paper.drawString(50, 828 - 11 * index, row.text[:110])
            for x, y, font, size, text in page:
                paper.setFont(font, size)
                paper.drawString(x, y, text)
            if number < len(self._drawn):
                paper.showPage()
        paper.save()
        return target.getvalue()


def _wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and stringWidth(longer, font, size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line] if line else lines


def _pdf(found: list[Row], layout: Layout) -> bytes:
    parts, page = _parted(found), _Page(layout)
    head = parts["head"]
    repeated = layout.head == "page_header"
    y = 790.0
    if repeated:
        y = min(790.0, 820 - 11 * len(head))
    elif layout.head == "box":
        names = [row for row in head if row.kind == "name"]
        others = [row for row in head if row.kind != "name"]
        page.column(names, 50, 330)
        _, y = page.column(others, 380, 560)
        y = min(y, 760.0) - 10
    else:
        _, y = page.column(head, 50, 545)
    if layout.side == "left":
        page.column(parts["side"], 40, 190, y=y)
        page.column(parts["main"], 215, 560, y=y)
    elif layout.side == "right":
        page.column(parts["main"], 40, 385, y=y)
        page.column(parts["side"], 410, 560, y=y)
    else:
        page.column(parts["side"] + parts["main"], 50, 545, y=y)
    return page.bytes(head, repeated=repeated)


# ------------------------------------------------------------ DOCX


def _docx(found: list[Row], layout: Layout) -> bytes:
    document = Document()
    parts = _parted(found)
    body = document
    if layout.head == "page_header":
        header = document.sections[0].header
        for row in parts["head"]:
            header.add_paragraph(row.text)
    elif layout.head == "box":
        _text_box(document, parts["head"])
    else:
        _docx_rows(body, parts["head"], layout)
    if layout.side:
        order = ["side", "main"] if layout.side == "left" else ["main", "side"]
        cells = document.add_table(rows=1, cols=2).rows[0].cells
        for cell, place in zip(cells, order, strict=True):
            _docx_rows(cell, parts[place], layout)
    else:
        _docx_rows(body, parts["main"], layout)
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def _docx_rows(body: object, found: Sequence[Row], layout: Layout) -> None:
    for row in found:
        if row.left is not None:
            cells = body.add_table(rows=1, cols=2).rows[0].cells  # type: ignore[attr-defined]
            cells[0].text = row.left
            cells[1].text = row.text
            continue
        bulleted = row.kind == "bullet" and not layout.plain
        paragraph = body.add_paragraph(style="List Bullet" if bulleted else None)  # type: ignore[attr-defined]
        run = paragraph.add_run(row.text)
        run.bold = (row.kind in ("name", "heading", "strong") and not layout.plain) or None
        if row.right:
            paragraph.add_run(f"\t{row.right}")


def _text_box(document: object, found: Sequence[Row]) -> None:
    paragraphs = "".join(
        f"<w:p><w:r><w:t xml:space='preserve'>{html.escape(row.text)}</w:t></w:r></w:p>" for row in found
    )
    shape = (
        f'<w:r {nsdecls("w")} xmlns:v="urn:schemas-microsoft-com:vml"><w:pict><v:shape style="width:200pt;height:90pt">'
        f"<v:textbox><w:txbxContent>{paragraphs}</w:txbxContent></v:textbox></v:shape></w:pict></w:r>"
    )
    document.add_paragraph()._p.append(parse_xml(shape))  # type: ignore[attr-defined]


# ------------------------------------------------------------ HTML and TXT


def _html(found: list[Row], layout: Layout) -> bytes:
    parts = _parted(found)
    order = ["head", "main", "side"] if layout.side == "right" else ["head", "side", "main"]
    tags = {"head": "header", "side": "aside", "main": "main"}
    body = "".join(
        f"<{tags[p]}>{''.join(_html_row(r, layout) for r in parts[p])}</{tags[p]}>" for p in order if parts[p]
    )
    wrapped = f'<div style="display:flex;flex-wrap:wrap">{body}</div>' if layout.side else body
    return f"<!doctype html><html><head><meta charset='utf-8'></head><body>{wrapped}</body></html>".encode()


def _html_row(row: Row, layout: Layout) -> str:
    text = html.escape(row.text)
    if row.left is not None:
        return f"<table><tr><td>{html.escape(row.left)}</td><td>{text}</td></tr></table>"
    if layout.plain:
        return f"<p>{text}</p>"
    if row.kind == "bullet":
        return f"<ul><li>{text}</li></ul>"
    right = f'<span style="float:right">{html.escape(row.right)}</span>' if row.right else ""
    tag = {"name": "h1", "heading": "h2", "strong": "h3"}.get(row.kind, "p")
    return f"<{tag}>{text}{right}</{tag}>"


def _txt(found: list[Row], layout: Layout) -> bytes:
    parts = _parted(found)
    order = ["head", "main", "side"] if layout.side == "right" else ["head", "side", "main"]
    lines: list[str] = []
    for row in (row for place in order for row in parts[place]):
        if row.kind == "heading" and not layout.plain:
            lines.append("")
        text = f"- {row.text}" if row.kind == "bullet" and not layout.plain else row.text
        if row.left is not None:
            lines.append(f"{row.left:<24}{text}")
        elif row.right:
            lines.append(f"{text}{row.right:>{max(len(row.right) + 4, 90 - len(text))}}")
        else:
            lines += textwrap.wrap(text, 95, subsequent_indent="  " if row.kind == "bullet" else "") or [""]
    return "\n".join(lines).encode()
