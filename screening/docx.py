"""DOCX to lines, from its XML parts: headers, body, text boxes, tables, notes, footers. Called by `extract.read`.

Why not docx2txt: docs/decisions/0004-docx-by-parts.md. The archive is unpacked under limits, and a part with a document
type is refused, so neither zip bombs nor entity bombs nor external entities reach the parser.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from screening.raw import TINY_POINTS, Raw, RawLine, corrupt, encrypted, hidden_flags, too_big

_MOST_ENTRIES = 5_000
_MOST_PART = 60_000_000  # bytes of one part, unpacked
_MOST_TOTAL = 150_000_000
_MOST_RATIO = 200  # unpacked over packed; the XML of honest documents reaches some 30
_MOST_DEPTH = 200

_OFFICE_DOCUMENT = "/officeDocument"
_WHITE = ("FFFFFF", "FEFEFE", "FDFDFD")

Element = ElementTree.Element


@dataclass(frozen=True, slots=True)
class _Look:
    """Run properties as far as they matter: None means not said here."""

    vanish: bool | None = None
    bold: bool | None = None
    half_points: int | None = None
    white: bool | None = None
    shaded: bool | None = None

    def under(self, above: _Look) -> _Look:
        return _Look(
            *(
                getattr(above, key) if getattr(self, key) is None else getattr(self, key)
                for key in ("vanish", "bold", "half_points", "white", "shaded")
            )
        )


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
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Reader(_Parts(archive, name)).read()
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, OSError, ValueError) as broken:
        raise corrupt(name, "its parts cannot be unpacked") from broken
    except RuntimeError as locked:  # zipfile's way of asking for a password
        raise encrypted(name) from locked
    except ElementTree.ParseError as broken:
        raise corrupt(name, "its XML is broken") from broken


class _Parts:
    """The archive's XML parts, each unpacked under limits; `document` is the main one by its relation."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive, self._name = archive, name
        self._left = _MOST_TOTAL
        entries = archive.infolist()
        if len(entries) > _MOST_ENTRIES:
            raise too_big(name, f"the file holds {len(entries):,} parts")
        self._sizes = {entry.filename: (entry.file_size, entry.compress_size) for entry in entries}
        self.document = self._main()

    def root(self, path: str) -> Element | None:
        """A part's root element; None where there is no such part."""
        if path not in self._sizes:
            return None
        declared, packed = self._sizes[path]
        if declared > _MOST_PART or (declared > 1_000_000 and declared > _MOST_RATIO * max(packed, 1)):
            raise too_big(self._name, "one of its parts unpacks to far more than a document needs")
        with self._archive.open(path) as part:
            data = part.read(_MOST_PART + 1)  # the declared size may lie
        self._left -= len(data)
        if len(data) > _MOST_PART or self._left < 0:
            raise too_big(self._name, "one of its parts unpacks to far more than a document needs")
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", data.replace(b"\x00", b""), re.IGNORECASE):
            raise corrupt(self._name, "a part declares entities, which no word processor writes")
        root = ElementTree.fromstring(data)  # noqa: S314 - size-limited, and no DOCTYPE gets here
        if _depth(root) > _MOST_DEPTH:
            raise corrupt(self._name, "its XML is nested too deeply")
        return root

    def related(self, path: str) -> list[tuple[str, str, str]]:
        """(type, id, target) of a part's relations; targets as paths in the archive, or addresses when external."""
        folder, file = posixpath.split(path)
        root = self.root(posixpath.join(folder, "_rels", file + ".rels"))
        found = []
        for relation in root if root is not None else ():
            target = relation.get("Target", "")
            if relation.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/" + folder, target)).lstrip("/")
            found.append((relation.get("Type", ""), relation.get("Id", ""), target))
        return found

    def _main(self) -> str:
        for kind, _, target in self.related(""):
            if kind.endswith(_OFFICE_DOCUMENT) and target in self._sizes:
                return target
        if "word/document.xml" in self._sizes:
            return "word/document.xml"
        raise corrupt(self._name, "its main part is missing")


class _Reader:
    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._raw = Raw()
        self._hidden: list[tuple[str, str]] = []
        self._relations = parts.related(parts.document)
        self._styles, self._default = self._read_styles()

    def read(self) -> Raw:
        seen: set[str] = set()
        for part in self._of_kind("/header"):
            self._add_part(part, seen)
        body = self._parts.root(self._parts.document)
        if body is not None:
            self._blocks(body, _Look())
        for kind in ("/footnotes", "/endnotes", "/footer"):
            for part in self._of_kind(kind):
                self._add_part(part, seen)
        self._raw.links = [target for kind, _, target in self._relations if kind.endswith("/hyperlink")]
        if self._hidden:
            self._raw.hidden = [text for _, text in self._hidden]
            self._raw.flags = hidden_flags(self._hidden)
        return self._raw

    def _of_kind(self, kind: str) -> list[str]:
        return [target for type_, _, target in self._relations if type_.endswith(kind)]

    def _add_part(self, part: str, seen: set[str]) -> None:
        """A header or the like; what several of them repeat (first page, even pages) is read once."""
        root = self._parts.root(part)
        if root is None:
            return
        before = len(self._raw.lines)
        self._blocks(root, _Look())
        fresh = [line for line in self._raw.lines[before:] if line.text not in seen]
        seen.update(line.text for line in fresh)
        self._raw.lines[before:] = fresh

    def _blocks(self, parent: Element, look: _Look) -> None:
        for node in parent:
            match _tag(node):
                case "p":
                    self._lines(self._paragraph(node, look))
                case "tbl":
                    self._table(node, look)
                case "body" | "sdt" | "sdtContent" | "customXml" | "ins" | "moveTo" | "footnote" | "endnote":
                    if node.get(_w("type")) not in ("separator", "continuationSeparator"):
                        self._blocks(node, look)
                case "AlternateContent":
                    self._blocks(_chosen(node), look)

    def _table(self, table: Element, look: _Look) -> None:
        """A row of short cells is one line; cells with several paragraphs are columns, read one after the other."""
        for row in _children(table, "tr"):
            cells: list[list[RawLine]] = []
            for cell in _children(row, "tc"):
                kept, self._raw.lines = self._raw.lines, []
                self._blocks(cell, _Look(shaded=_shaded(cell.find(f".//{_w('tcPr')}/{_w('shd')}"))).under(look))
                cells.append(self._raw.lines)
                self._raw.lines = kept
            filled = [cell for cell in cells if cell]
            if filled and all(len(cell) == 1 for cell in filled):
                text = "\t".join(cell[0].text for cell in filled)
                self._raw.lines.append(RawLine(text, emphasis=filled[0][0].emphasis))
            else:
                self._raw.lines.extend(line for cell in filled for line in cell)

    def _paragraph(self, node: Element, look: _Look) -> _Paragraph:
        paragraph = _Paragraph()
        properties = node.find(_w("pPr"))
        style = _value(properties, "pStyle") or ""
        look = self._styles.get(style, _Look()).under(look)
        if properties is not None:
            look = _Look(shaded=_shaded(properties.find(_w("shd")))).under(look)
            level = _value(properties, "outlineLvl")
            paragraph.heading = level is not None and level != "9"
            numbering = _value(properties.find(_w("numPr")), "numId")
            paragraph.bullet = numbering is not None and numbering != "0"
        paragraph.heading |= re.match(r"(?i)heading|title|überschrift|titre|titulo", style) is not None
        paragraph.bullet |= re.match(r"(?i)list|aufzählung|punktor", style) is not None
        self._inline(node, look, paragraph)
        return paragraph

    def _inline(self, parent: Element, look: _Look, into: _Paragraph) -> None:
        for node in parent:
            match _tag(node):
                case "r":
                    self._run(node, look, into)
                case "AlternateContent":
                    self._inline(_chosen(node), look, into)
                case "hyperlink" | "ins" | "moveTo" | "sdt" | "sdtContent" | "smartTag" | "fldSimple" | "customXml":
                    self._inline(node, look, into)
                case "drawing" | "pict" | "object":
                    into.boxes.append(node)

    def _run(self, node: Element, look: _Look, into: _Paragraph) -> None:
        properties = node.find(_w("rPr"))
        if properties is not None:
            look = _look(properties).under(self._styles.get(_value(properties, "rStyle") or "", _Look())).under(look)
        text = ""
        for child in node:
            match _tag(child):
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

    def _why_hidden(self, look: _Look) -> str:
        if look.vanish:
            return "marked as hidden"
        if look.half_points is not None and look.half_points < 2 * TINY_POINTS:
            return f"smaller than {TINY_POINTS:g} points"
        if look.white and not look.shaded:
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
            look = _Look(shaded=_filled(drawing))
            for box in _text_boxes(drawing):
                self._blocks(box, look)

    def _read_styles(self) -> tuple[dict[str, _Look], int]:
        """Looks by style id with what they inherit, and the default size in half points."""
        default = 22
        found: dict[str, tuple[_Look, str]] = {}
        for part in self._of_kind("/styles")[:1]:
            root = self._parts.root(part)
            if root is None:
                continue
            size = root.find(f"{_w('docDefaults')}/{_w('rPrDefault')}/{_w('rPr')}/{_w('sz')}")
            default = _number(size) or default
            for style in _children(root, "style"):
                properties = style.find(_w("rPr"))
                look = _look(properties) if properties is not None else _Look()
                found[style.get(_w("styleId"), "")] = (look, _value(style, "basedOn") or "")
        return {name: _inherited(name, found) for name in found}, default


def _inherited(name: str, styles: dict[str, tuple[_Look, str]]) -> _Look:
    look = _Look()
    for _ in range(20):  # styles based on each other in a ring must end
        if name not in styles:
            break
        own, name = styles[name]
        look = look.under(own)
    return look


def _look(properties: Element) -> _Look:
    colour = properties.find(_w("color"))
    size = _number(properties.find(_w("sz")))
    return _Look(
        vanish=_switch(properties.find(_w("vanish"))),
        bold=_switch(properties.find(_w("b"))),
        half_points=size,
        white=None if colour is None else (colour.get(_w("val")) or "").upper() in _WHITE,
        shaded=_shaded(properties.find(_w("shd"))) or (True if properties.find(_w("highlight")) is not None else None),
    )


def _shaded(shading: Element | None) -> bool | None:
    if shading is None:
        return None
    fill = (shading.get(_w("fill")) or "auto").upper()
    return fill not in ("AUTO", *_WHITE)


def _filled(drawing: Element) -> bool:
    """Whether a shape has a ground of its own, so that white text on it can be read."""
    for node in drawing.iter():
        tag = _tag(node)
        if tag in ("solidFill", "gradFill", "blipFill", "pattFill") and "FFFFFF" not in {
            child.get("val", "").upper() for child in node
        }:
            return True
        if tag in ("shape", "rect", "roundrect") and node.get("fillcolor", "white").lower() not in ("white", "#ffffff"):
            return True
    return False


def _text_boxes(drawing: Element) -> Iterator[Element]:
    """The outermost text boxes; a box inside a box is reached through its paragraphs."""
    stack = [drawing]
    while stack:
        node = stack.pop(0)
        if _tag(node) == "txbxContent":
            yield node
        elif _tag(node) == "AlternateContent":
            stack.insert(0, _chosen(node))
        else:
            stack[:0] = list(node)


def _chosen(alternatives: Element) -> Element:
    """Word writes a text box twice, for new and for old readers: the first that has content is read."""
    for choice in alternatives:
        if _tag(choice) == "Choice" and len(choice):
            return choice
    return next((node for node in alternatives if _tag(node) == "Fallback"), Element("none"))


def _depth(root: Element) -> int:
    depth, level = 0, [root]
    while level and depth <= _MOST_DEPTH:
        depth, level = depth + 1, [child for node in level for child in node]
    return depth


_W = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)


def _w(name: str) -> str:
    return _W[0] + name


def _tag(node: Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _children(parent: Element, tag: str) -> Iterator[Element]:
    """Children of that name, also inside content controls and tracked insertions."""
    for node in parent:
        if _tag(node) == tag:
            yield node
        elif _tag(node) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from _children(node, tag)


def _value(parent: Element | None, name: str) -> str | None:
    node = parent.find(_w(name)) if parent is not None else None
    return None if node is None else node.get(_w("val"))


def _switch(node: Element | None) -> bool | None:
    return None if node is None else (node.get(_w("val")) or "1").lower() not in ("0", "false", "off", "none")


def _number(node: Element | None) -> int | None:
    value = "" if node is None else node.get(_w("val")) or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None
