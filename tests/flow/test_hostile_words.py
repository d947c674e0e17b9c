"""Words that were chosen to do harm, in every place that somebody else fills, on every page and in every export: made
from `api.access.NEEDS`, so that a page added later is looked at without anybody thinking of it. Single words and mails:
`tests/unit/test_visible`."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import pytest
from icalendar import Calendar

from tests.console_world import GETS, World, filled
from tests.hostile_words import HEBREW, UNSEEN, said, wrong_in

pytestmark = pytest.mark.long

FORMULA = re.compile("[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")
NUMBER = re.compile(r"[+-]?[\d.,]+")
BOTH = ("/interviews", "/i/")
"""Whoever has rated nothing yet, or entered no code, sees another page."""
SLOW = ("/openapi.json", ".pdf")
"""Without words of anybody's; printed from pages that are looked at."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with filled(tmp_path_factory.mktemp("hostile") / "home", said) as world:
        yield world


def test_no_page_becomes_what_somebody_wrote(world: World) -> None:
    wrong, seen, known, unknown = [], 0, world.client(), world.another()
    for door in GETS:
        if door.path.endswith(SLOW):
            continue
        for path in world.addresses(door):
            for client in (known, unknown) if path.startswith(BOTH) else (known,):
                answer = client.get(path)
                kind = answer.headers.get("content-type", "")
                if answer.status_code >= 500 and "ready" not in path:
                    wrong.append(f"{door}: {answer.status_code}")
                if kind.startswith("text/html") and answer.status_code < 400:
                    seen += HEBREW in answer.text
                    wrong += [f"{path}: {each}" for each in wrong_in(answer.text)]
                elif kind == "application/json":
                    answer.json()  # or it raises
    assert wrong == []
    assert seen > 70


def test_no_cell_is_a_formula(world: World) -> None:
    client, cells = world.client(), 0
    for path in (
        "/jobs/{job_id}/candidates.csv",
        "/api/batches/{batch_id}/problems.csv",
        "/v1/impact/applicants?format=csv",
        "/v1/impact?format=csv",
        "/v1/insight?chart=sources&format=csv",
        "/v1/usage?format=csv",
    ):
        answer = client.get(path.format_map(world.ids))
        assert answer.status_code == 200, path
        rows = list(csv.reader(io.StringIO(answer.text)))
        assert len({len(row) for row in rows}) <= 1, f"{path}: a cell broke out of its row"
        for cell in (cell for row in rows for cell in row):
            assert not FORMULA.match(cell) or NUMBER.fullmatch(cell), f"{path}: {cell!r}"
            assert not UNSEEN.search(cell), f"{path}: {cell!r}"
            cells += HEBREW in cell
    assert cells > 10


def test_the_shortlist_s_feed_and_a_calendar_hide_nothing(world: World) -> None:
    client = world.client()
    feed = client.get(f"/api/jobs/{world.ids['job_id']}/shortlist/feed").text
    parts = [json.loads(line) for line in feed.splitlines()]
    assert HEBREW in feed
    assert not UNSEEN.search(
        "".join("".join(part.get("names", [])) + "".join(part.get("quotes", [])) for part in parts)
    )
    written = client.get(f"/i/{world.open_token}/interview.ics")
    [event] = Calendar.from_ical(written.content).walk("VEVENT")
    assert HEBREW in event["summary"]
    assert not UNSEEN.search(str(event["summary"]) + str(event["description"]).replace("\n", ""))
    assert set(event) >= {"SUMMARY", "UID"}
    assert "BCC" not in event
