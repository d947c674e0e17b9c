"""Small statistics over counts, and charts made of them."""

from __future__ import annotations

import io
import random
from xml.etree import ElementTree

import pytest
from PIL import Image

from api.charts import Bar, bars, course, png, svg
from api.insight import cohort_of
from compliance.foresight import foresight, quantile
from models.errors import BadRequest
from tests.store_world import NOW


def test_a_score_that_tells_everybody_apart_a_coin_and_too_few() -> None:
    apart = foresight([(80, 6, 0), (20, 0, 7)])
    assert apart.better == 1.0
    assert apart.interval is not None
    assert (0.6 < apart.interval.low < 1.0, apart.interval.high) == (True, 1.0)
    coin = foresight([(50, 10, 10), (60, 10, 10)])
    assert coin.better == pytest.approx(0.5)
    assert coin.interval is not None
    assert coin.interval.low < 0.5 < coin.interval.high
    few = foresight([(80, 4, 0), (20, 0, 70)])
    assert (few.better, few.interval, few.hired) == (None, None, 4)
    assert [band.share for band in few.bands] == [0.0, None, None, None, None]


def test_the_interval_of_a_score_holds_what_is_so_in_nineteen_of_twenty_draws() -> None:
    """Hired score from 45 up, rejected from 30 up, both over 50 levels: the share is known, the draws are few."""
    chance = random.Random(4)
    truth = sum((a > b) + (a == b) / 2 for a in range(45, 95) for b in range(30, 80)) / 2500
    held = 0
    for _ in range(300):
        scores = [(chance.randrange(45, 95), 1, 0) for _ in range(25)]
        scores += [(chance.randrange(30, 80), 0, 1) for _ in range(40)]
        found = foresight(scores).interval
        assert found is not None
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 300 <= 0.99


def test_quantiles_are_of_people_and_not_told_of_few() -> None:
    assert quantile([(10, 5), (20, 4), (900, 1)], 0.5) == 10
    assert quantile([(10, 5), (20, 4), (900, 1)], 0.9) == 20
    assert quantile([(1, 4)], 0.5) is None


def test_a_time_is_read_and_a_wrong_one_is_named() -> None:
    cohort = cohort_of(NOW, period="dates", since="2026-01-01", until="2026-01-31", job_id="")
    assert [each.isoformat()[:10] for each in (cohort.since, cohort.until) if each] == ["2026-01-01", "2026-02-01"]
    for since, until, period in (("2026-02-30", "", "dates"), ("2026-2-3", "", "30"), ("", "", "7")):
        with pytest.raises(BadRequest):
            cohort_of(NOW, period=period, since=since, until=until, job_id="")
    with pytest.raises(BadRequest, match="after the last"):
        cohort_of(NOW, period="dates", since="2026-02-02", until="2026-02-01", job_id="")


def test_a_chart_is_sound_xml_without_styles_and_a_picture_of_the_same() -> None:
    rows = [Bar("A <b>long</b> name of a source & more", "7 of 9", 0.7, 0.5, 0.8), Bar("few", "too few", None)]
    for drawing in (bars("How <far>", "7 of 9", rows), course("Over time", "says", rows)):
        text = svg(drawing, "one")
        tree = ElementTree.fromstring(text)
        assert tree.attrib["aria-labelledby"] == "one-title one-says"
        assert "style" not in text
        assert "<b>" not in text
        image = Image.open(io.BytesIO(png(drawing, "All jobs")))
        assert image.size[0] == 1552
        assert len(image.convert("RGB").getcolors(1_000_000) or ()) > 20
