"""A page as a picture: what is quoted is marked, its ink stays, and what cannot be drawn is said."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from models.errors import EngineError, NotFound
from models.settings import ROOT, Screening
from models.values import Area
from screening.picture import SCALE, Pictures, page_picture

RESUME = (ROOT / "samples" / "resumes" / "amara-okafor.pdf").read_bytes()
QUOTED = Area(page=1, x0=0, y0=0, x1=300, y1=200)


def pixels(png: bytes) -> NDArray[np.uint8]:
    return np.array(Image.open(io.BytesIO(png)).convert("RGB"))


@pytest.fixture(scope="module")
def pictures() -> Iterator[Pictures]:
    with closing(Pictures(Screening())) as running:
        yield running


def test_only_the_quoted_area_is_marked_and_its_ink_stays() -> None:
    plain, marked = pixels(page_picture(RESUME, 1)), pixels(page_picture(RESUME, 1, [QUOTED]))
    changed = (plain != marked).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert changed.any()
    assert rows.max() <= (QUOTED.y1 + 2) * SCALE
    assert columns.max() <= (QUOTED.x1 + 2) * SCALE
    ink = plain.max(axis=2) < 60
    assert ink[: int(QUOTED.y1 * SCALE)].any()
    assert (marked[ink].max(axis=1) < 60).all()


def test_an_area_of_another_page_or_off_the_page_marks_nothing() -> None:
    far = [QUOTED.model_copy(update={"page": 2}), Area(page=1, x0=9000, y0=9000, x1=9100, y1=9100)]
    assert page_picture(RESUME, 1, far) == page_picture(RESUME, 1)


def test_the_child_draws_the_same(pictures: Pictures) -> None:
    assert pictures.page(RESUME, 1, [QUOTED]) == page_picture(RESUME, 1, [QUOTED])


def test_what_cannot_be_drawn_is_said_and_the_next_one_is_drawn(pictures: Pictures) -> None:
    with pytest.raises(NotFound, match="no page 40"):
        pictures.page(RESUME, 40)
    with pytest.raises(EngineError, match="cannot be drawn"):
        pictures.page(b"%PDF-1.7 and then nothing", 1)
    assert pictures.page(RESUME, 1)
