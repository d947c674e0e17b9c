"""DOCX to lines, from its XML parts: headers, body, text boxes, tables, notes, footers. Called by `extract.read`.

Why not docx2txt: docs/decisions/0004-docx-by-parts.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from screening.cargo import office_flags
from screening.docx_style import (
    FLAT,
    Look,
    children_of,
    look_of,
    misplaced,
    number_of,
    off_page,
    painted,
    shading_of,
    tag_of,
    twips,
    value_of,
    w,
)
from screening.parts import Parts, opened
from screening.raw import TINY_POINTS, Raw, RawLine, corrupt, hidden_flags
from screening.styles import BLACK, WHITE, alike

_OFFICE_DOCUMENT = "/officeDocument"


@dataclass(slots=True)
class _Paragraph:
    text: list[str] = field(default_factory=list)
    bold: int = 0
    plain: int = 0
    heading: bool = False
    bullet: bool = False
    boxes: list[Element] = field(default_factory=list)


def read_docx(content: bytes, name: str, max_pages: int) -> Raw:  # noqa: ARG001 - one signature for all readers
    """Raises UnreadableDocument: corrupt, encrypted or too_big."""
    with opened(content, name) as parts:
        return _Reader(parts, name).read()


def _main(parts: Parts, name: str) -> str:
    """The main part, by its relation."""
    for kind, _, target in parts.related(""):
        if kind.endswith(_OFFICE_DOCUMENT) and target in parts:
            return target
    if "word/document.xml" in parts:
        return "word/document.xml"
    raise corrupt(name, "its main part is missing")


class _Reader:
    def __init__(self, parts: Parts, name: str) -> None:
        self._parts = parts
        self._main = _main(parts, name)
        self._raw = Raw()
        self._hidden: list[tuple[str, str]] = []
        self._relations = parts.related(self._main)
        self._grounds: set[str] = set()
        """Table styles that paint cells: white text in such a table is read."""
        self._base, self._standard = Look(), ""
        self._styles, self._default = self._read_styles()

    def read(self) -> Raw:
        seen: set[str] = set()
        for part in self._of_kind("/header"):
            self._add_part(part, seen)
        body = self._parts.root(self._main)
        if body is not None:
            self._blocks(body, self._base)
        for kind in ("/footnotes", "/endnotes", "/footer"):
            for part in self._of_kind(kind):
                self._add_part(part, seen)
        self._raw.links = [target for kind, _, target in self._relations if kind.endswith("/hyperlink")]
        self._raw.flags += office_flags(self._parts.names, self._parts.outside(self._main))
        if self._hidden:
            self._raw.hidden = [text for _, text in self._hidden]
            self._raw.flags += hidden_flags(self._hidden)
        return self._raw

    def _of_kind(self, kind: str) -> list[str]:
        return [target for type_, _, target in self._relations if type_.endswith(kind)]

    def _add_part(self, part: str, seen: set[str]) -> None:
        """A header or the like; what several of them repeat (first page, even pages) is read once."""
        root = self._parts.root(part)
        if root is None:
            return
        before = len(self._raw.lines)
        self._blocks(root, self._base)
        fresh = [line for line in self._raw.lines[before:] if line.text not in seen]
        seen.update(line.text for line in fresh)
        self._raw.lines[before:] = fresh

    def _blocks(self, parent: Element, look: Look) -> None:
        for node in parent:
            match tag_of(node):
                case "p":
                    self._lines(self._paragraph(node, look))
                case "tbl":
                    self._table(node, look)
                case "body" | "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "footnote" | "endnote":
                    if node.get(w("type")) not in ("separator", "continuationSeparator"):
                        self._blocks(node, look)
                case "AlternateContent":
                    self._blocks(_chosen(node), look)

    def _table(self, table: Element, look: Look) -> None:
        """A row of short cells is one line; cells with several paragraphs are columns, read one after the other."""
        style = value_of(table.find(w("tblPr")), "tblStyle") or ""
        look = self._styles.get(style, Look()).under(look)
        if style in self._grounds:
            look = replace(look, ground="picture")
        for row in children_of(table, "tr"):
            height = row.find(f"{w('trPr')}/{w('trHeight')}")
            if height is not None and height.get(w("hRule")) == "exact" and twips(height, "val") < FLAT:
                look = replace(look, why="clipped away")
            cells: list[list[RawLine]] = []
            for cell in children_of(row, "tc"):
                kept, self._raw.lines = self._raw.lines, []
                self._blocks(cell, Look(ground=shading_of(cell.find(f"{w('tcPr')}/{w('shd')}"))).under(look))
                cells.append(self._raw.lines)
                self._raw.lines = kept
            filled = [cell for cell in cells if cell]
            if filled and all(len(cell) == 1 for cell in filled):
                text = "\t".join(cell[0].text for cell in filled)
                self._raw.lines.append(RawLine(text, emphasis=filled[0][0].emphasis))
            else:
                self._raw.lines.extend(line for cell in filled for line in cell)

    def _paragraph(self, node: Element, look: Look) -> _Paragraph:
        paragraph = _Paragraph()
        properties = node.find(w("pPr"))
        style = value_of(properties, "pStyle") or self._standard
        look = self._styles.get(style, Look()).under(look)
        if properties is not None:
            look = Look(ground=shading_of(properties.find(w("shd"))), why=misplaced(properties)).under(look)
            level = value_of(properties, "outlineLvl")
            paragraph.heading = level is not None and level != "9"
            numbering = value_of(properties.find(w("numPr")), "numId")
            paragraph.bullet = numbering is not None and numbering != "0"
        paragraph.heading |= re.match(r"(?i)heading|title|überschrift|titre|titulo", style) is not None
        paragraph.bullet |= re.match(r"(?i)list|aufzählung|punktor", style) is not None
        self._inline(node, look, paragraph)
        return paragraph

    def _inline(self, parent: Element, look: Look, into: _Paragraph) -> None:
        for node in parent:
            match tag_of(node):
                case "r":
                    self._run(node, look, into)
                case "AlternateContent":
                    self._inline(_chosen(node), look, into)
                case "hyperlink" | "ins" | "moveTo" | "sdt" | "sdtContent" | "smartTag" | "fldSimple" | "customXml":
                    self._inline(node, look, into)
                case "drawing" | "pict" | "object":
                    into.boxes.append(node)

    def _run(self, node: Element, look: Look, into: _Paragraph) -> None:
        properties = node.find(w("rPr"))
        if properties is not None:
            look = look_of(properties).under(self._styles.get(value_of(properties, "rStyle") or "", Look())).under(look)
        text = ""
        for child in node:
            match tag_of(child):
                case "t":
                    text += child.text or ""
                case "tab" | "ptab":
                    text += "\t"
                case "br" | "cr":
                    text += "\n"
                case "noBreakHyphen":
                    text += "-"
                case "AlternateContent":
                    self._inline(_chosen(child), look, into)
                case "drawing" | "pict" | "object":
                    into.boxes.append(child)
        why = self._why_hidden(look)
        if why and text.strip():
            self._hidden.append((why, text))
        elif text:
            into.text.append(text)
            weight = len(text.strip())
            size = look.half_points or self._default
            if look.bold or size >= 1.15 * self._default:
                into.bold += weight
            else:
                into.plain += weight

    def _why_hidden(self, look: Look) -> str:
        if look.why:
            return look.why
        if look.vanish:
            return "marked as hidden"
        if look.half_points is not None and look.half_points < 2 * TINY_POINTS:
            return f"smaller than {TINY_POINTS:g} points"
        if not isinstance(look.ground, str) and alike(look.colour or BLACK, look.ground or WHITE):
            return "in the colour of its background"
        return ""

    def _lines(self, paragraph: _Paragraph) -> None:
        emphasis = paragraph.heading or (paragraph.bold > 0 and paragraph.plain == 0)
        for text in "".join(paragraph.text).split("\n"):
            cells = [" ".join(cell.split()) for cell in text.split("\t")]
            line = "\t".join(cell for cell in cells if cell)
            if line:
                self._raw.lines.append(RawLine(line, emphasis=emphasis, bullet=paragraph.bullet))
        for drawing in paragraph.boxes:
            look = Look(ground=painted(drawing), why=off_page(drawing)).under(self._base)
            for box in _text_boxes(drawing):
                self._blocks(box, look)

    def _read_styles(self) -> tuple[dict[str, Look], int]:
        """Looks by style id with what they inherit, and the default size in half points."""
        default = 22
        found: dict[str, tuple[Look, str]] = {}
        for part in self._of_kind("/styles")[:1]:
            root = self._parts.root(part)
            if root is None:
                continue
            size = root.find(f"{w('docDefaults')}/{w('rPrDefault')}/{w('rPr')}/{w('sz')}")
            default = number_of(size) or default
            basics = root.find(f"{w('docDefaults')}/{w('rPrDefault')}/{w('rPr')}")
            self._base = look_of(basics) if basics is not None else Look()
            for style in children_of(root, "style"):
                properties = style.find(w("rPr"))
                look = look_of(properties) if properties is not None else Look()
                name = style.get(w("styleId"), "")
                found[name] = (look, value_of(style, "basedOn") or "")
                if style.get(w("type")) == "paragraph" and style.get(w("default")) in ("1", "true"):
                    self._standard = name
                if style.get(w("type")) == "table" and any(shading_of(one) for one in style.iter(w("shd"))):
                    self._grounds.add(name)
        return {name: _inherited(name, found) for name in found}, default


def _inherited(name: str, styles: dict[str, tuple[Look, str]]) -> Look:
    look = Look()
    for _ in range(20):  # styles based on each other in a ring must end
        if name not in styles:
            break
        own, name = styles[name]
        look = look.under(own)
    return look


def _text_boxes(drawing: Element) -> Iterator[Element]:
    """The outermost text boxes; a box inside a box is reached through its paragraphs."""
    stack = [drawing]
    while stack:
        node = stack.pop(0)
        if tag_of(node) == "txbxContent":
            yield node
        elif tag_of(node) == "AlternateContent":
            stack.insert(0, _chosen(node))
        else:
            stack[:0] = list(node)


def _chosen(alternatives: Element) -> Element:
    """Word writes a text box twice, for new and for old readers: the first that has content is read."""
    for choice in alternatives:
        if tag_of(choice) == "Choice" and len(choice):
            return choice
    return next((node for node in alternatives if tag_of(node) == "Fallback"), Element("none"))
