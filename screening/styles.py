"""How a web page's styles show a piece of text, as far as it decides whether a person can see it. Called by `html`.

A cascade in small: the page's own rules by specificity and order, inline styles last; colour, size and visibility are
inherited as browsers do. Colours are parsed here for DOCX too.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import soupsieve
from bs4 import BeautifulSoup
from bs4.element import Tag

Rgb = tuple[int, int, int]

SAME_COLOUR = 30
"""Of 255: closer than this, nobody reads text against its ground."""
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (0, 0, 0)

_TINY_PIXELS = 16 / 3  # four points
_FAR = 500.0  # pixels outside the window
_MOST_RULES = 1_500
_MOST_CSS = 200_000
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NOT_SHOWN = re.compile(r"/\*.*?\*/|@media\s+print[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.DOTALL)
_TELLING = re.compile(
    r"display|visibility|opacity|font|color|colour|background|indent|left|top|right|bottom|clip|height|width|transform|"
    r"overflow|margin|letter-spacing",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(-?\d*\.?\d+)\s*(px|pt|em|rem|%|vw|vh|ex|ch|in|cm|mm)?", re.IGNORECASE)
_PIXELS = {"px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "vw": 12.0, "vh": 8.0, "ex": 8.0, "ch": 8.0, "in": 96.0,
           "cm": 37.8, "mm": 3.78, "%": 8.0, "": 1.0}  # fmt: skip
_NAMED: Mapping[str, Rgb] = {
    "white": WHITE, "black": (0, 0, 0), "snow": (255, 250, 250), "ivory": (255, 255, 240),
    "whitesmoke": (245, 245, 245),
    "ghostwhite": (248, 248, 255), "azure": (240, 255, 255), "mintcream": (245, 255, 250),
    "floralwhite": (255, 250, 240), "aliceblue": (240, 248, 255), "seashell": (255, 245, 238),
    "honeydew": (240, 255, 240),
    "linen": (250, 240, 230),
    "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192), "gainsboro": (220, 220, 220),
    "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "darkgray": (169, 169, 169), "navy": (0, 0, 128),
    "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "teal": (0, 128, 128), "yellow": (255, 255, 0),
    "maroon": (128, 0, 0), "purple": (128, 0, 128), "olive": (128, 128, 0), "orange": (255, 165, 0),
    "beige": (245, 245, 220), "darkblue": (0, 0, 139), "dimgray": (105, 105, 105), "lime": (0, 255, 0),
}  # fmt: skip
_SIZES = {"xx-small": 9.0, "x-small": 10.0, "small": 13.0, "medium": 16.0, "large": 18.0, "x-large": 24.0}


@dataclass(frozen=True, slots=True)
class Look:
    """How text is shown. `ground` None: a picture or a gradient, against which anything may be readable."""

    colour: Rgb = (0, 0, 0)
    ground: Rgb | None = WHITE
    pixels: float = 16.0
    clear: bool = False
    unseen: bool = False
    why: str = ""

    def hidden(self) -> str:
        """Why text with this look cannot be seen; empty where it can."""
        if self.why or self.unseen:
            return self.why or "hidden by the page's styles"
        if self.pixels < _TINY_PIXELS:
            return "smaller than 4 points"
        if self.clear:
            return "fully transparent"
        if self.ground is not None and alike(self.colour, self.ground):
            return "in the colour of its background"
        return ""

    def inside(self, style: Mapping[str, str]) -> Look:
        """The look of what stands in an element with these declarations."""
        if not style:
            return self
        look = replace(self, pixels=_size(style.get("font-size") or _of_font(style.get("font", "")), self.pixels))
        if ground := (style.get("background-color") or style.get("background") or style.get("background-image")):
            look = replace(look, ground=_ground(ground, self.ground))
        if (picture := style.get("background-image")) and "none" not in picture:
            look = replace(look, ground=None)
        if written := (style.get("-webkit-text-fill-color") or style.get("color")):
            colour, opaque = parse_colour(written)
            if colour is not None:
                look = replace(look, colour=colour, clear=not opaque)
        match style.get("visibility", ""):
            case "hidden" | "collapse":
                look = replace(look, unseen=True)
            case "visible":
                look = replace(look, unseen=False)
        return replace(look, why=self.why or _why(style, look.pixels))


def alike(one: Rgb, other: Rgb) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < SAME_COLOUR


def parse_colour(written: str) -> tuple[Rgb | None, bool]:
    """(red, green, blue), whether it is opaque enough to be seen. None for what is inherited or not understood."""
    text = written.replace("!important", "").strip().lower()
    if text == "transparent":
        return (255, 255, 255), False
    if hexed := re.match(r"#([0-9a-f]{3,8})\b", text):
        digits = hexed[1] if len(hexed[1]) >= 6 else "".join(2 * digit for digit in hexed[1])
        values = [int(digits[at : at + 2], 16) for at in range(0, len(digits) - 1, 2)]
        return (values[0], values[1], values[2]), len(values) < 4 or values[3] >= 16
    if call := re.match(r"(rgb|hsl)a?\(([^)]*)\)", text):
        return _called(call[1], [_NUMBER.search(part) for part in re.split(r"[\s,/]+", call[2].strip())])
    return _NAMED.get(text.split(" ")[0]), True


def _called(space: str, parts: list[re.Match[str] | None]) -> tuple[Rgb | None, bool]:
    numbers = [(float(part[1]), part[2] or "") for part in parts if part]
    if len(numbers) < 3:
        return None, True
    alpha = numbers[3][0] / (100 if numbers[3][1] == "%" else 1) if len(numbers) > 3 else 1.0
    (a, unit), (b, _), (d, _) = numbers[:3]
    if space == "hsl":
        shares = colorsys.hls_to_rgb(a / 360, d / 100, b / 100)
        return (round(255 * shares[0]), round(255 * shares[1]), round(255 * shares[2])), alpha > 0.06
    scale = 2.55 if unit == "%" else 1.0
    return (round(a * scale), round(b * scale), round(d * scale)), alpha > 0.06


def _ground(written: str, below: Rgb | None) -> Rgb | None:
    if re.search(r"url\(|gradient\(", written, re.IGNORECASE):
        return None
    for part in re.findall(r"#[0-9a-fA-F]{3,8}|(?:rgb|hsl)a?\([^)]*\)|[a-z]+", written.lower()):
        colour, opaque = parse_colour(part)
        if colour is not None:
            return colour if opaque else below
    return below


def _size(written: str, above: float) -> float:
    text = written.strip().lower()
    if text in _SIZES:
        return _SIZES[text]
    number = _NUMBER.match(text)
    if number is None:
        return above
    unit = (number[2] or "px").lower()
    return float(number[1]) * (above / 100 if unit == "%" else above if unit == "em" else _PIXELS[unit])


def _of_font(written: str) -> str:
    """The size in the shorthand `font: bold 10px/1.2 Arial`."""
    found = re.search(r"(?<![\w#])-?\d*\.?\d+(?:px|pt|em|rem|%)", written)
    return found[0] if found else ""


def _why(style: Mapping[str, str], pixels: float) -> str:
    """What the declarations of one element do to all within it."""

    def length(name: str) -> float | None:
        number = _NUMBER.match(style.get(name, "").strip())
        return float(number[1]) * _PIXELS[(number[2] or "").lower()] if number else None

    if style.get("display", "").startswith("none") or style.get("content-visibility") == "hidden":
        return "hidden by the page's styles"
    opacity = re.match(r"\s*(\d*\.?\d+)(%?)", style.get("opacity", ""))
    if (opacity and float(opacity[1]) / (100 if opacity[2] else 1) <= 0.06) or "opacity(0" in style.get("filter", ""):
        return "fully transparent"
    placed = style.get("position", "static") not in ("static", "sticky")
    away = [length(name) or 0.0 for name in ("text-indent", "margin-left", "margin-top")]
    away += [length(name) or 0.0 for name in ("left", "top", "right", "bottom")] if placed else []
    if min(away) <= -_FAR or max(away) >= 10 * _FAR:
        return "outside the page"
    if re.search(r"scale(?:3d|x|y)?\(\s*0?\.?0*\d?\s*[,)]|translate\w*\([^)]*-\d{3,}", style.get("transform", "")):
        return "outside the page" if "translate" in style["transform"] else "smaller than 4 points"
    clip = style.get("clip-path", "") + style.get("clip", "")
    if re.search(r"inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0|rect\((?:\s*[01](?:px)?[\s,]*){4}\)", clip):
        return "clipped away"
    cut = re.search(
        r"hidden|clip", style.get("overflow", "") + style.get("overflow-x", "") + style.get("overflow-y", "")
    )
    sides = [length(name) for name in ("height", "max-height", "width", "max-width")]
    if cut and any(side is not None and side < 3 for side in sides):
        return "clipped away"
    spacing = _NUMBER.match(style.get("letter-spacing", ""))
    if spacing and float(spacing[1]) * (pixels if spacing[2] == "em" else 1) < -0.4 * pixels:
        return "squeezed until it cannot be read"
    return ""


def declarations(css: str) -> dict[str, str]:
    """Names and values, lower case; of several the last."""
    found = {}
    for one in css.split(";"):
        name, colon, value = one.partition(":")
        if colon:
            found[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return found


def sheet_styles(soup: BeautifulSoup) -> dict[int, dict[str, str]]:
    """Declarations of the page's own style sheets by the identity of the elements they apply to."""
    css = " ".join(sheet.get_text() for sheet in soup.find_all("style"))[:_MOST_CSS]
    rules: list[tuple[tuple[int, int, int], str, dict[str, str]]] = []
    for selectors, body in _RULE.findall(_NOT_SHOWN.sub(" ", css))[:_MOST_RULES]:
        if _TELLING.search(body):
            declared = declarations(body)
            rules += [(_specificity(one), one.strip(), declared) for one in selectors.split(",")]
    found: dict[int, dict[str, str]] = {}
    for _, selector, declared in sorted(rules, key=lambda rule: rule[0]):
        try:
            chosen = soupsieve.select(selector, soup, limit=5_000)
        except (soupsieve.SelectorSyntaxError, ValueError, RecursionError):
            continue
        for node in chosen:
            found.setdefault(id(node), {}).update(declared)
    return found


def _specificity(selector: str) -> tuple[int, int, int]:
    return (
        selector.count("#"),
        len(re.findall(r"[.\[]|(?<!:):(?!:)", selector)),
        len(re.findall(r"(?<![.#\w-])\w", selector)),
    )


def style_of(node: Tag, sheets: Mapping[int, Mapping[str, str]]) -> dict[str, str]:
    """What applies to one element: old attributes, the sheets, its own `style`."""
    found: dict[str, str] = {}
    for attribute, name in (("color", "color"), ("bgcolor", "background-color")):
        if node.has_attr(attribute):
            found[name] = str(node[attribute])
    if node.has_attr("hidden"):
        found["display"] = "none"
    found.update(sheets.get(id(node), {}))
    if node.has_attr("style"):
        found.update(declarations(str(node["style"])))
    return found
