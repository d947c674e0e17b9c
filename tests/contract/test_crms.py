"""Readings of CRMs over real HTTP, without the rest of Foyer: to the last page, on from a cursor, refusals in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from integrations.http import Caller
from integrations.vendor import Vendor
from integrations.vendors import vendor
from models.errors import PushRejected
from models.exchange import CandidateIntake, Cursor, Item, JobIntake, Outcome
from tests.simulators.base import Fault, Simulator
from tests.simulators.beamery import Beamery
from tests.simulators.gem import Gem
from tests.simulators.loxo import Loxo
from tests.simulators.phenom import Phenom


class Held:
    """Tokens in memory."""

    def __init__(self) -> None:
        self._kept: Mapping[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return self._kept

    def write(self, tokens: Mapping[str, str]) -> None:
        self._kept = tokens

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield


class Connected:
    def __init__(self, name: str, simulator: Any, **settings: str) -> None:
        self.connector: Vendor = vendor(name)({**simulator.settings, **settings})
        made = self.connector
        auth = made.auth()
        self.service = Caller(name, made.base_url, auth, Held(), allow_private=True, judge=made.judge)

    def read(self, jobs: Sequence[str], since: str | None = None) -> tuple[list[Item], str]:
        """What came, and where to go on."""
        found = list(self.connector.poll(Cursor(token=since) if since else None, self.service, jobs))
        cursors = [each.token for each in found if isinstance(each, Cursor)]
        return [each for each in found if not isinstance(each, Cursor)], cursors[-1]


@contextmanager
def strict(simulator: Simulator) -> Iterator[Any]:
    with simulator:
        yield simulator
        assert simulator.violations == []


def people(items: Sequence[Item]) -> list[str | None]:
    return [each.remote_candidate_id for each in items if isinstance(each, CandidateIntake)]


@pytest.mark.parametrize(
    ("pagination", "count"),
    [(True, 5), pytest.param(True, 25, marks=pytest.mark.long), pytest.param(False, 25, marks=pytest.mark.long)],
)
def test_gem_is_read_to_the_last_page_and_on_from_there(*, pagination: bool, count: int) -> None:
    """More members than ids fit into one filter, where `count` is larger than that."""
    with strict(Gem(pagination=pagination)) as gem:
        projects = [gem.project(n, f"Project {n}") for n in range(3)]
        ids = [gem.person(n, f"Person {n}", f"p{n}@x.example", projects[0], b"resume") for n in range(count)]
        gem.person(99, "No Resume", "none@x.example", projects[0])
        connected = Connected("gem", gem)
        items, cursor = connected.read([projects[0]])
        assert [each.title for each in items if isinstance(each, JobIntake)] == ["Project 0", "Project 1", "Project 2"]
        assert people(items) == ids
        for member in gem.members[projects[0]]:
            member["added_at"] -= 1000
        for candidate in gem.candidates.values():
            candidate["updated_at"] -= 1000
        gem.candidates[ids[3]]["updated_at"] += 1000
        gem.delete(ids[4])
        later = gem.person(200, "Late Comer", "late@x.example", projects[0], b"resume")
        again, _ = connected.read([projects[0]], cursor)
        assert people(again) == [later, ids[3]]
        assert [each.remote_candidate_id for each in again if isinstance(each, Outcome)] == [ids[4]]


@pytest.mark.long
def test_a_reading_of_gem_that_broke_off_goes_on_with_the_next_project() -> None:
    with strict(Gem()) as gem:
        first, second = gem.project(1, "First"), gem.project(2, "Second")
        gem.person(1, "Ada Byron", "ada@x.example", first, b"resume")
        gem.person(2, "Bea Byron", "bea@x.example", second, b"resume")
        connected, cursor = Connected("gem", gem), ""
        gem.faults.append(Fault("GET", f"/v0/projects/{second.replace('=', '%3D')}/candidates", status=503))
        reading = connected.connector.poll(None, connected.service, [first, second])
        while not cursor:
            item = next(reading)
            cursor = item.token if isinstance(item, Cursor) else ""
        with pytest.raises(PushRejected):
            next(reading)
        items, end = connected.read([first, second], cursor)
        assert people(items) == [next(one["candidate_id"] for one in gem.members[second])]
        assert "read" not in end


@pytest.mark.long
def test_gems_test_says_which_key_and_user_are_wrong() -> None:
    with strict(Gem()) as gem:
        connected = Connected("gem", gem, api_key="wrong")
        assert [each.ok for each in connected.connector.check(connected.service)] == [False] * 5
        fine = Connected("gem", gem)
        assert all(each.ok for each in fine.connector.check(fine.service))
        assert {name: len(each) for name, each in fine.connector.choices(fine.service).items()} == {
            "projects": 0,
            "fields": 1,
        }


def test_loxo_lists_and_jobs_are_read_to_the_last_page() -> None:
    with strict(Loxo()) as loxo:
        loxo.lists.update({7: "Backend", 8: "Other"})
        for number in range(3):
            loxo.opening(300 + number, f"Job {number}", "Text")
            loxo.person(400 + number, "Ada Byron", f"p{number}@x.example", 7, resume=b"resume")
            loxo.candidate(400 + number, 302, stage=33 if number == 2 else 31)
        connected = Connected("loxo", loxo)
        items, cursor = connected.read(["list-7", "302"])
        openings = [(each.kind, each.remote_id) for each in items if isinstance(each, JobIntake)]
        assert openings == [("pool", "list-7"), ("pool", "list-8"), *(("job", str(300 + n)) for n in range(3))]
        assert people(items) == [str(400 + n) for n in range(3)] * 2
        assert [(each.kind, each.stage) for each in items if isinstance(each, Outcome)] == [
            ("rejected", "Not selected")
        ]
        again, _ = connected.read(["list-7", "302"], cursor)
        assert people(again) == []


@pytest.mark.long
def test_loxos_test_lists_the_activity_types() -> None:
    with strict(Loxo()) as loxo:
        connected = Connected("loxo", loxo, activity_type="7")
        *lists, last = connected.connector.check(connected.service)
        assert all(each.ok for each in lists)
        assert (last.ok, "901 (Note)" in last.cure) == (False, True)


def test_beamery_signs_in_once_and_again_when_its_token_is_refused() -> None:
    with strict(Beamery()) as beamery:
        beamery.pools.update({"p1": "Backend", "p2": "Other"})
        for number in range(5):
            at = f"2026-11-2{number}T08:00:00Z"
            beamery.person(f"c{number}", "Ada Byron", f"p{number}@x.example", "p1", b"resume", at)
        beamery.person("x", "Else Where", "else@x.example", "p2", b"resume")
        connected = Connected("beamery", beamery)
        items, cursor = connected.read(["p1"])
        assert sorted(filter(None, people(items))) == [f"c{n}" for n in range(5)]
        assert cursor == "2026-11-24T08:00:00Z"
        assert len(beamery.made("GET", "/v1/auth")) == 1
        beamery.tokens.clear()
        again, _ = connected.read(["p1"], cursor)
        assert people(again) == ["c4"]
        assert len(beamery.made("GET", "/v1/auth")) == 2
        assert all(each.ok for each in connected.connector.check(connected.service))


def test_phenom_is_read_to_the_last_page_and_tells_a_status_once() -> None:
    with strict(Phenom()) as phenom:
        for number in range(3):
            phenom.opening(f"R-{number}", f"Job {number}", "Text")
        rows = [phenom.applies("R-0", f"c{n}", "Ada Byron", f"p{n}@x.example") for n in range(5)]
        connected = Connected("phenom", phenom)
        items, cursor = connected.read(["R-0"])
        assert [each.text for each in items if isinstance(each, JobIntake)] == ["Text"] * 3
        assert people(items) == [f"c{n}" for n in range(5)]
        rows[1]["hiringStatus"], rows[2]["hiringStatus"] = "not selected", "Phone screen"
        again, after = connected.read(["R-0"], cursor)
        assert people(again) == ["c1", "c2"]
        assert [(each.kind, each.remote_candidate_id) for each in again if isinstance(each, Outcome)] == [
            ("rejected", "c1")
        ]
        assert people(connected.read(["R-0"], after)[0]) == []
