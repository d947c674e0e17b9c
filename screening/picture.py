"""A page of a resume as a picture, with the quoted lines marked: what a reader checks a quote against.

Called by the application's page and its API. PDFium parses hostile files here too, so the work is done in a killable
child; `page_picture` is the same in the calling process, for the child itself and for tests.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from contextlib import closing

import numpy as np

from models.child import Child
from models.errors import EngineError, NotFound
from models.settings import Screening
from models.values import Area

SCALE = 1.5
"""Pixels a point: 108 dots an inch, readable on a screen."""
MOST_PIXELS = 2400
"""Of the longer side; a poster is made smaller."""
_MARKER = (255, 226, 92)
_MARGIN = 1.0
"""Points around a marked line, so that its letters do not touch the border."""

_Request = tuple[bytes, int, tuple[Area, ...]]


def page_picture(content: bytes, page: int, areas: Sequence[Area] = ()) -> bytes:
    """PNG of `page` (from 1) of a PDF, the areas that lie on it marked as by a text marker: ink stays black.

    Raises NotFound for a page that the file does not have, EngineError for a file that cannot be drawn."""
    import pypdfium2 as pdfium
    from PIL import Image

    try:
        with closing(pdfium.PdfDocument(content)) as document:
            if not 1 <= page <= len(document):
                raise NotFound(f"This file has {len(document)} pages; there is no page {page}.")
            with closing(document[page - 1]) as drawn:
                scale = min(SCALE, MOST_PIXELS / max(drawn.get_size()))
                picture = np.array(drawn.render(scale=scale).to_pil().convert("RGB"))
    except pdfium.PdfiumError as broken:
        raise EngineError("This page cannot be drawn; open the file itself.") from broken
    for area in areas:
        if area.page == page:
            _mark(picture, area, scale)
    written = io.BytesIO()
    Image.fromarray(picture).save(written, "PNG", compress_level=3)
    return written.getvalue()


def _mark(picture: np.ndarray, area: Area, scale: float) -> None:
    height, width = picture.shape[:2]
    left, right = _pixels(area.x0, area.x1, scale, width)
    top, bottom = _pixels(area.y0, area.y1, scale, height)
    under = picture[top:bottom, left:right].astype(np.uint16)
    picture[top:bottom, left:right] = (under * np.array(_MARKER, np.uint16) // 255).astype(np.uint8)


def _pixels(low: float, high: float, scale: float, most: int) -> tuple[int, int]:
    begin = round((low - _MARGIN) * scale)
    end = round((high + _MARGIN) * scale)
    return max(0, min(begin, most)), max(0, min(end, most))


class Pictures:
    """`page_picture` in a child that can be killed; started with the first picture. Safe to share between threads."""

    def __init__(self, settings: Screening) -> None:
        self._seconds = settings.file_seconds
        self._child = Child(_child, memory=settings.file_memory)

    def page(self, content: bytes, page: int, areas: Sequence[Area] = ()) -> bytes:
        picture: bytes = self._child.ask((content, page, tuple(areas)), timeout=self._seconds)
        return picture

    def close(self) -> None:
        self._child.close()


def _child() -> Callable[[_Request], bytes]:
    import pypdfium2  # noqa: F401 - loaded before the first picture's clock starts

    def answer(request: _Request) -> bytes:
        content, page, areas = request
        return page_picture(content, page, areas)

    return answer
