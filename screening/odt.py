"""ODT to lines, from its XML parts: header, body, frames, tables, notes, footer; hidden text apart. Called by
`extract.read`.

After OpenDocument 1.3. Deleted revisions and comments are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from screening.cargo import office_flags
from screening.docx_style import tag_of
from screening.parts import Parts, opened
from screening.raw import TINY_POINTS, Raw, RawLine, encrypted, hidden_flags
from screening.styles import BLACK, WHITE, Rgb, alike, parse_colour

_UNREAD = frozenset({"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "variable-decls",
                     "note-citation", "ruby-text", "hidden-text", "meta", "script", "math"})  # fmt: skip
_PARAGRAPHS = ("p", "h")


@dataclass(frozen=True, slots=True)
class _Look:
    """None: not said here."""

    hidden: bool | None = None
    bold: bool | None = None
    points: float | None = None
    colour: Rgb | None = None
    ground: Rgb | None = None

    def under(self, above: _Look) -> _Look:
        keys = ("hidden", "bold", "points", "colour", "ground")
        return _Look(*(getattr(above, key) if getattr(self, key) is None else getattr(self, key) for key in keys))


def read_odt(content: bytes, name: str, max_pages: int) -> Raw:  # noqa: ARG001 - one signature for all readers
    """Raises UnreadableDocument: corrupt, encrypted or too_big."""
    with opened(content, name) as parts:
        manifest = parts.root("META-INF/manifest.xml")
        if manifest is not None and any(tag_of(node) == "encryption-data" for node in manifest.iter()):
            raise encrypted(name)
        raw = _Reader(parts).read()
        raw.flags += office_flags(parts.names, ())
        return raw


class _Reader:
    def __init__(self, parts: Parts) -> None:
        self._roots = [root for root in (parts.root("styles.xml"), parts.root("content.xml")) if root is not None]
        self._styles: dict[str, tuple[_Look, str]] = {}
        self._base = _Look()
        for root in self._roots:
            self._learn(root)
        self._raw = Raw()
        self._hidden: list[tuple[str, str]] = []
        self._notes: list[Element] = []
        self._text: list[str] = []
        self._weights: list[bool] = []

    def read(self) -> Raw:
        ends = [node for root in self._roots for node in root.iter() if tag_of(node) in ("header", "footer")]
        bodies = [node for root in self._roots for node in root.iter() if tag_of(node) == "body"]
        for node in [one for one in ends if tag_of(one) == "header"] + bodies:
            self._blocks(node, self._base)
        for note in self._notes:
            self._blocks(note, self._base)
        for node in (one for one in ends if tag_of(one) == "footer"):
            self._blocks(node, self._base)
        if self._hidden:
            self._raw.hidden = [text for _, text in self._hidden]
            self._raw.flags = hidden_flags(self._hidden)
        return self._raw

    def _learn(self, root: Element) -> None:
        for node in root.iter():
            if tag_of(node) not in ("style", "default-style"):
                continue
            look = _Look()
            for properties in node:
                look = _look_of(properties).under(look)
            if tag_of(node) == "default-style" and _attribute(node, "family") == "paragraph":
                self._base = look
            self._styles[_attribute(node, "name")] = (look, _attribute(node, "parent-style-name"))

    def _style(self, name: str) -> _Look:
        look = _Look()
        for _ in range(20):  # styles based on each other in a ring must end
            if name not in self._styles:
                break
            own, name = self._styles[name]
            look = look.under(own)
        return look

    def _blocks(self, parent: Element, look: _Look, *, bullet: bool = False) -> None:
        for node in parent:
            tag = tag_of(node)
            if tag in _UNREAD:
                continue
            if tag in _PARAGRAPHS:
                self._paragraph(node, look, bullet=bullet)
            elif tag == "table-row":
                self._row(node, look)
            elif tag == "frame":
                self._blocks(node, look)
            else:
                within = self._style(_attribute(node, "style-name")).under(look)
                if tag in ("section", "table") and _attribute(node, "display") in ("none", "condition"):
                    within = _Look(hidden=True).under(within)
                self._blocks(node, within, bullet=bullet or tag == "list-item")

    def _row(self, row: Element, look: _Look) -> None:
        """A row of short cells is one line; cells with several paragraphs are columns, read one after the other."""
        cells: list[list[RawLine]] = []
        for cell in row:
            kept, self._raw.lines = self._raw.lines, []
            self._blocks(cell, self._style(_attribute(cell, "style-name")).under(look))
            cells.append(self._raw.lines)
            self._raw.lines = kept
        filled = [cell for cell in cells if cell]
        if filled and all(len(cell) == 1 for cell in filled):
            text = "\t".join(cell[0].text for cell in filled)
            self._raw.lines.append(RawLine(text, emphasis=filled[0][0].emphasis))
        else:
            self._raw.lines.extend(line for cell in filled for line in cell)

    def _paragraph(self, node: Element, look: _Look, *, bullet: bool) -> None:
        outer = self._text, self._weights
        self._text, self._weights = [], []
        frames: list[tuple[Element, _Look]] = []
        self._inline(node, self._style(_attribute(node, "style-name")).under(look), frames)
        emphasis = tag_of(node) == "h" or (bool(self._weights) and all(self._weights))
        for text in "".join(self._text).split("\n"):
            cells = [" ".join(cell.split()) for cell in text.split("\t")]
            line = "\t".join(cell for cell in cells if cell)
            if line:
                self._raw.lines.append(RawLine(line, emphasis=emphasis, bullet=bullet))
        self._text, self._weights = outer
        for frame, within in frames:
            self._blocks(frame, within)

    def _inline(self, parent: Element, look: _Look, frames: list[tuple[Element, _Look]]) -> None:
        self._say(parent.text, look)
        for node in parent:
            match tag_of(node):
                case "tab":
                    self._text.append("\t")
                case "line-break":
                    self._text.append("\n")
                case "s":
                    self._text.append(" ")
                case "note":
                    self._notes.append(node)
                case "frame" | "text-box" | "custom-shape":
                    frames.append((node, self._style(_attribute(node, "style-name")).under(self._base)))
                case tag if tag in _UNREAD:
                    pass
                case "hidden-paragraph":
                    self._inline(node, _Look(hidden=True).under(look), frames)
                case tag:
                    if tag == "a" and (href := _attribute(node, "href")).startswith(("http", "mailto:", "tel:")):
                        self._raw.links.append(href)
                    self._inline(node, self._style(_attribute(node, "style-name")).under(look), frames)
            self._say(node.tail, look)

    def _say(self, text: str | None, look: _Look) -> None:
        if not text:
            return
        text = re.sub(r"\s+", " ", text)
        if text.strip() and (why := _why_hidden(look)):
            self._hidden.append((why, text.strip()))
            return
        self._text.append(text)
        if text.strip():
            self._weights.append(bool(look.bold))


def _why_hidden(look: _Look) -> str:
    if look.hidden:
        return "marked as hidden"
    if look.points is not None and look.points < TINY_POINTS:
        return f"smaller than {TINY_POINTS:g} points"
    return "in the colour of its background" if alike(look.colour or BLACK, look.ground or WHITE) else ""


def _look_of(properties: Element) -> _Look:
    found = {key.rpartition("}")[2]: value for key, value in properties.attrib.items()}
    size = re.fullmatch(r"(\d*\.?\d+)pt", found.get("font-size", ""))
    ground = found.get("background-color", "transparent")
    weight = found.get("font-weight")
    return _Look(
        hidden=found["display"] == "none" if tag_of(properties) == "text-properties" and "display" in found else None,
        bold=None if weight is None else weight == "bold" or (weight.isdigit() and int(weight) >= 600),
        points=float(size[1]) if size else None,
        colour=parse_colour(found["color"])[0] if "color" in found else None,
        ground=None if ground == "transparent" else parse_colour(ground)[0],
    )


def _attribute(node: Element, name: str) -> str:
    """By its local name: the name spaces differ between versions."""
    return next(_named(node, name), "")


def _named(node: Element, name: str) -> Iterator[str]:
    return (value for key, value in node.attrib.items() if key.rpartition("}")[2] == name)
