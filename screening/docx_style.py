"""How a Word file shows a run of text, as far as it decides whether a person can see it. Called by `docx`.

Run properties, styles and what they inherit; colours behind the text; places beyond the paper; shapes without size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from screening.styles import BLACK, WHITE, Rgb, declarations, parse_colour

_OFF_PAGE = 5_000  # twips (1/1440 inch) beyond the margin
_WIDEST = 30_000
FLAT = 60
"""Twips: a row or a line of less than three points."""
_EMU = 635  # to a twip


@dataclass(frozen=True, slots=True)
class Look:
    """Run properties as far as they matter: None means not said here. `ground` "picture": anything may be readable."""

    vanish: bool | None = None
    bold: bool | None = None
    half_points: int | None = None
    colour: Rgb | None = None
    ground: Rgb | str | None = None
    why: str | None = None
    """Why nothing in it can be seen, whatever its runs say."""

    def under(self, above: Look) -> Look:
        return Look(
            *(
                getattr(above, key) if getattr(self, key) is None else getattr(self, key)
                for key in ("vanish", "bold", "half_points", "colour", "ground", "why")
            )
        )


def look_of(properties: Element) -> Look:
    colour, why = _run_colour(properties)
    size = number_of(properties.find(w("sz")))
    ground = shading_of(properties.find(w("shd")))
    marked = value_of(properties, "highlight")
    if marked and marked != "none":
        ground = parse_colour(marked)[0] or (0, 0, 0)
    width, spacing = properties.find(w("w")), properties.find(w("spacing"))
    if width is not None and 0 < twips(width, "val") < 20:
        why = "squeezed until it cannot be read"
    if spacing is not None and twips(spacing, "val") < -4 * (size or 20):
        why = "squeezed until it cannot be read"
    return Look(
        vanish=_switch(properties.find(w("vanish"))),
        bold=_switch(properties.find(w("b"))),
        half_points=size,
        colour=colour,
        ground=ground,
        why=why,
    )


def _run_colour(properties: Element) -> tuple[Rgb | None, str | None]:
    """The colour of the letters, and why they cannot be seen when they have none."""
    for node in properties:
        if tag_of(node) == "textFill":
            inner = {tag_of(one): one for one in node.iter()}
            if "noFill" in inner:
                return None, "fully transparent"
            if "srgbClr" in inner:
                return _hex(next((v for k, v in inner["srgbClr"].attrib.items() if k.endswith("val")), "")), None
    colour = properties.find(w("color"))
    if colour is None:
        return None, None
    if (written := _hex(colour.get(w("val")) or "")) is not None:
        return written, None
    return (WHITE if colour.get(w("themeColor")) in ("background1", "light1") else BLACK), None


def _hex(written: str) -> Rgb | None:
    return parse_colour(f"#{written}")[0] if re.fullmatch(r"[0-9a-fA-F]{6}", written) else None


def shading_of(shading: Element | None) -> Rgb | str | None:
    """The colour painted behind; "picture" where a pattern or a theme's colour is not known."""
    if shading is None or shading.get(w("val")) == "nil":
        return None
    if (fill := _hex(shading.get(w("fill")) or "")) is not None:
        return fill
    return "picture" if shading.get(w("themeFill")) not in (None, "background1", "light1") else None


def painted(drawing: Element) -> Rgb | str | None:
    """A shape's own ground, so that white text on it can be read."""
    for node in _shape_nodes(drawing):
        tag = tag_of(node)
        if tag in ("gradFill", "blipFill", "pattFill", "grpFill"):
            return "picture"
        if tag == "solidFill":
            return _hex(next((child.get("val", "") for child in node), "")) or "picture"
        if tag in ("shape", "rect", "roundrect") and node.get("fillcolor") and node.get("filled") not in ("f", "false"):
            return parse_colour(str(node.get("fillcolor")))[0] or "picture"
    return None


def _shape_nodes(drawing: Element) -> Iterator[Element]:
    """All of a drawing but its text and the lines around it, which have fills of their own."""
    stack = [drawing]
    while stack:
        node = stack.pop()
        yield node
        if tag_of(node) not in ("txbxContent", "ln"):
            stack += reversed([child for child in node if tag_of(child) not in ("txbxContent", "ln")])


def misplaced(properties: Element) -> str | None:
    """A paragraph set beyond the paper, or in lines without height."""
    indent, frame, spacing = (properties.find(w(name)) for name in ("ind", "framePr", "spacing"))
    if indent is not None:
        at = [twips(indent, name) for name in ("left", "start", "firstLine")]
        at.append(-twips(indent, "hanging") + max(0, at[0]))
        if min(at) < -_OFF_PAGE or max(at) > _WIDEST:
            return "outside the page"
    if frame is not None:
        at = [twips(frame, "x"), twips(frame, "y")]
        if min(at) < -_OFF_PAGE or max(at) > _WIDEST:
            return "outside the page"
    if spacing is not None and spacing.get(w("lineRule")) == "exact" and 0 < twips(spacing, "line") < FLAT:
        return "clipped away"
    return None


def off_page(drawing: Element) -> str | None:
    """A text box beyond the paper, without size, or marked as hidden."""
    sizes = [_integer(node.get(key)) for node in drawing.iter() if tag_of(node) == "extent" for key in ("cx", "cy")]
    if any(size < 40 * _EMU for size in sizes):
        return "clipped away"
    for node in drawing.iter():
        if tag_of(node) == "docPr" and node.get("hidden") in ("1", "true"):
            return "marked as hidden"
        if tag_of(node) == "posOffset":
            at = _integer(node.text) / _EMU
            if at + max(sizes, default=0) / _EMU < -1_440 or at > _WIDEST:
                return "outside the page"
        if tag_of(node) == "shape" and (style := declarations(node.get("style") or "")):
            places = [_points(style.get(name, "")) for name in ("margin-left", "margin-top", "left", "top")]
            if min(places) < -_OFF_PAGE / 20 or max(places) > _WIDEST / 20:
                return "outside the page"
            if style.get("visibility") == "hidden":
                return "marked as hidden"
    return None


def _points(written: str) -> float:
    number = re.match(r"(-?\d*\.?\d+)(in|pt|px)?", written)
    return float(number[1]) * {"in": 72.0, "px": 0.75}.get(number[2] or "", 1.0) if number else 0.0


def twips(node: Element, name: str) -> int:
    return _integer(node.get(w(name)))


def _integer(written: str | None) -> int:
    return int(written) if written and re.fullmatch(r"-?\d{1,9}", written) else 0


_W = (
    "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}",
    "{http://purl.oclc.org/ooxml/wordprocessingml/main}",
)


def w(name: str) -> str:
    return _W[0] + name


def tag_of(node: Element) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def children_of(parent: Element, tag: str) -> Iterator[Element]:
    """Children of that name, also inside content controls and tracked insertions."""
    for node in parent:
        if tag_of(node) == tag:
            yield node
        elif tag_of(node) in ("sdt", "sdtContent", "customXml", "ins"):
            yield from children_of(node, tag)


def value_of(parent: Element | None, name: str) -> str | None:
    node = parent.find(w(name)) if parent is not None else None
    return None if node is None else node.get(w("val"))


def _switch(node: Element | None) -> bool | None:
    return None if node is None else (node.get(w("val")) or "1").lower() not in ("0", "false", "off", "none")


def number_of(node: Element | None) -> int | None:
    value = "" if node is None else node.get(w("val")) or ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 6 else None
