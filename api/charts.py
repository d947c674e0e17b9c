"""Charts as a drawing in plain marks: `svg` writes it for a page, `png` paints it for a file. Called by
`api.routes.insight` and `api.insight_charts`.

Across, places are shares of the width (0 to 1), so that a chart is as wide as its page and its words stay as large as
they are; down, they are pixels. Colours are roles, which the stylesheet gives light and dark."""

from __future__ import annotations

import io
from dataclasses import dataclass
from html import escape
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

from models.visible import visible

Role = Literal["ink", "muted", "line", "bar", "second", "track", "range"]
COLOURS: dict[Role, str] = {
    "ink": "#17212b",
    "muted": "#566371",
    "line": "#d9dfe4",
    "bar": "#0f5f5c",
    "second": "#a9c6c4",
    "track": "#eceff1",
    "range": "#17212b",
}
"""As on a light page; also what a picture is painted with."""
TEXT = 14
LETTERS = 26
"""Of a label; longer ones end in dots."""
PAGE = "#ffffff"
WIDE, MARGIN, SCALE = 720, 28, 2


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    role: Role


@dataclass(frozen=True, slots=True)
class Line:
    x: float
    y: float
    to_x: float
    to_y: float
    role: Role
    wide: float = 2.0


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    role: Role
    size: float = 4.5


@dataclass(frozen=True, slots=True)
class Text:
    """`y` is the line's foot; `end`: the text ends at `x`."""

    x: float
    y: float
    text: str
    role: Role = "ink"
    anchor: Literal["start", "middle", "end"] = "start"


Mark = Rect | Line | Dot | Text


@dataclass(frozen=True, slots=True)
class Drawing:
    """`title` and `says`: what it shows, for whoever does not see it."""

    title: str
    says: str
    height: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """`share` of the width; `told`: its figure in words. `low`, `high`: an interval. `second`: a paler bar behind
    it, to the same scale. None: too few to tell, and no bar."""

    label: str
    told: str
    share: float | None
    low: float | None = None
    high: float | None = None
    second: float | None = None


# ---------------------------------------------------------------- two kinds of charts

ROW, THICK = 46, 12


def bars(title: str, says: str, rows: list[Bar]) -> Drawing:
    """One below the other: label and figure above, the bar on its track below."""
    marks: list[Mark] = []
    for place, row in enumerate(rows):
        top = place * ROW
        marks.append(Text(0, top + TEXT, _short(row.label)))
        marks.append(Text(1, top + TEXT, row.told, "muted" if row.share is None else "ink", "end"))
        marks.append(Rect(0, top + 22, 1, THICK, "track"))
        if row.second is not None:
            marks.append(Rect(0, top + 22, _inside(row.second), THICK, "second"))
        if row.share is not None:
            marks.append(Rect(0, top + 22, _inside(row.share), THICK, "bar"))
        if row.low is not None and row.high is not None:
            middle = top + 22 + THICK / 2
            low, high = _inside(row.low), _inside(row.high)
            marks.append(Line(low, middle, high, middle, "range"))
            marks += [Line(end, middle - 6, end, middle + 6, "range") for end in (low, high)]
    return Drawing(title, says, max(1, len(rows)) * ROW - 6, tuple(marks))


FRAME, FOOT, LEFT = 180, 22, 0.09


def course(title: str, says: str, points: list[Bar]) -> Drawing:
    """Shares over time, left to right, with their intervals: `label` is the time. Points of which there is nothing to
    tell are left out, and no line runs across them."""
    marks: list[Mark] = []
    for level in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _down(level)
        marks.append(Line(LEFT, y, 1, y, "line", 1))
        marks.append(Text(LEFT - 0.015, y + 5, f"{level * 100:.0f} %", "muted", "end"))
    step = (1 - LEFT) / max(1, len(points))
    every = max(1, -(-len(points) // 4))
    before: tuple[float, float] | None = None
    for place, point in enumerate(points):
        x = LEFT + step * (place + 0.5)
        if place % every == 0:
            marks.append(Text(x, FRAME + FOOT + 10, point.label, "muted", "middle"))
        if point.share is None:
            before = None
            continue
        y = _down(point.share)
        if point.low is not None and point.high is not None:
            marks.append(Line(x, _down(point.low), x, _down(point.high), "range", 1.5))
        if before is not None:
            marks.append(Line(*before, x, y, "bar", 2.5))
        marks.append(Dot(x, y, "bar"))
        before = (x, y)
    return Drawing(title, says, FRAME + FOOT + 16, tuple(marks))


def _down(share: float) -> float:
    return 10 + (FRAME - 10) * (1 - _inside(share))


def _inside(share: float) -> float:
    return min(1.0, max(0.0, share))


def _short(label: str) -> str:
    return label if len(label) <= LETTERS else label[: LETTERS - 1].rstrip() + "\u2026"


# ---------------------------------------------------------------- as SVG


def svg(drawing: Drawing, id: str) -> str:
    """Of presentation attributes and classes alone: the pages allow no styles. `id`: of the element, unique on its
    page."""
    inside = "".join(_mark(mark) for mark in drawing.marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" width="100%" height="{drawing.height}" '
        f'aria-labelledby="{id}-title {id}-says"><title id="{id}-title">{escape(visible(drawing.title))}</title>'
        f'<desc id="{id}-says">{escape(visible(drawing.says))}</desc>{inside}</svg>'
    )


def _mark(mark: Mark) -> str:
    colour = f'class="{mark.role}"'
    paint = COLOURS[mark.role]
    match mark:
        case Rect():
            size = f'width="{_share(mark.width)}" height="{mark.height:g}"'
            return f'<rect {colour} fill="{paint}" rx="3" x="{_share(mark.x)}" y="{mark.y:g}" {size}/>'
        case Line():
            ends = f'x1="{_share(mark.x)}" y1="{mark.y:g}" x2="{_share(mark.to_x)}" y2="{mark.to_y:g}"'
            return f'<line {colour} stroke="{paint}" stroke-width="{mark.wide:g}" {ends}/>'
        case Dot():
            return f'<circle {colour} fill="{paint}" r="{mark.size:g}" cx="{_share(mark.x)}" cy="{mark.y:g}"/>'
        case Text():
            place = f'x="{_share(mark.x)}" y="{mark.y:g}" font-size="{TEXT}" text-anchor="{mark.anchor}"'
            return f'<text {colour} fill="{paint}" {place}>{escape(visible(mark.text))}</text>'


def _share(value: float) -> str:
    return f"{value * 100:.3f}".rstrip("0").rstrip(".") + "%"


# ---------------------------------------------------------------- as PNG


def png(drawing: Drawing, under: str = "") -> bytes:
    """Twice as large as a page shows it, on white, with its title above and `under` (what it is of) below."""
    head, foot = 44, 34 if under else 10
    size = ((WIDE + 2 * MARGIN) * SCALE, (drawing.height + head + foot + 2 * MARGIN) * SCALE)
    image = Image.new("RGB", size, PAGE)
    brush, left, top = ImageDraw.Draw(image), MARGIN, MARGIN + head
    brush.text(_at(MARGIN, MARGIN + 18), drawing.title, COLOURS["ink"], ImageFont.load_default(19 * SCALE), anchor="ls")
    for mark in drawing.marks:
        _paint(brush, mark, left, top)
    if under:
        place = _at(MARGIN, top + drawing.height + 26)
        brush.text(place, under, COLOURS["muted"], ImageFont.load_default(12 * SCALE), anchor="ls")
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _paint(brush: ImageDraw.ImageDraw, mark: Mark, left: int, top: int) -> None:
    paint = COLOURS[mark.role]
    x, y = left + mark.x * WIDE, top + mark.y
    match mark:
        case Rect():
            if mark.width > 0:
                corner = (max(x + mark.width * WIDE, x + 1), y + mark.height)
                brush.rounded_rectangle((*_at(x, y), *_at(*corner)), 3 * SCALE, fill=paint)
        case Line():
            ends = (*_at(x, y), *_at(left + mark.to_x * WIDE, top + mark.to_y))
            brush.line(ends, paint, max(1, round(mark.wide * SCALE)))
        case Dot():
            size = mark.size
            brush.ellipse((*_at(x - size, y - size), *_at(x + size, y + size)), fill=paint)
        case Text():
            anchor = {"start": "ls", "middle": "ms", "end": "rs"}[mark.anchor]
            brush.text(_at(x, y), mark.text, paint, ImageFont.load_default(TEXT * SCALE), anchor=anchor)


def _at(x: float, y: float) -> tuple[float, float]:
    return x * SCALE, y * SCALE
