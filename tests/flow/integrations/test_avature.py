"""Exchange of files: people come as lines, results go out as files and lines, outcomes come and go as lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.integrations.played.avature import Play
from tests.flow.integrations.world import World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.avature import Avature
from tests.simulators.greenhouse import Greenhouse


@pytest.fixture
def avature() -> Iterator[Avature]:
    with Avature() as running:
        yield running
        assert running.violations == []


def read(world: World, connection: dict[str, Any]) -> None:
    """Once more, to its end."""
    path = f"/api/connections/{connection['id']}"
    before = world.get(path)["polled_at"]
    world.post(f"{path}/read")
    wait_for(lambda: world.get(path)["polled_at"], lambda at: at not in (None, before), "the reading")


def outcomes(world: World, application_id: str) -> list[str]:
    return [each["kind"] for each in world.get(f"/api/applications/{application_id}")["outcomes"]]


@pytest.mark.long
def test_lines_become_people_and_a_broken_one_is_listed(world: World, avature: Avature) -> None:
    job = world.job()
    connection = world.connect("avature", avature.settings)
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(3)]
    rows = [avature.person("500", name, email, resume_of(name, email)) for name, email in people]
    rows[1:1] = [{**rows[0], "application_id": "A0", "email": "nobody", "name": "Broken"}]
    avature.export("candidates", rows)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "500", job)
    found = [world.application(job, email) for _, email in people]
    assert len({each["id"] for each in found}) == 3
    path = f"/api/connections/{connection['id']}/inbox"
    [event] = wait_for(lambda: world.get(path), lambda rows: [each["state"] for each in rows] == ["dead"], "the list")
    assert event["state"] == "dead"
    assert "line 3: 'nobody' is no e-mail address" in event["problem"]
    wait_for(lambda: list((avature.root / "in").glob("*.csv")), lambda left: left == [], "the archive")
    assert len(list((avature.root / "archive").iterdir())) == 1


@pytest.mark.long
def test_a_result_lands_once_and_an_outcome_comes_back(world: World, avature: Avature) -> None:
    job, play = world.job(), Play(avature)
    connection = world.connect("avature", avature.settings)
    found = play.arrange(world, connection, job, fresh())
    world.interviewed(found)
    [delivery] = world.settled(found)
    assert delivery["state"] == "delivered", delivery["last_error"]
    [(row, told)] = avature.results()
    assert (row["application_id"], row["job_id"]) == (play.arranged["application_id"], "500")
    assert row["report_url"].startswith(world.base)
    assert row["pdf"]
    assert told["data"]["application_id"] == found
    world.post(f"/api/deliveries/{delivery['id']}/replay")
    world.settled(found)
    assert len(play.landed()) == 1

    avature.outcome(play.arranged["application_id"], "hired", "2026-11-26T10:00:00Z")
    read(world, connection)
    wait_for(lambda: outcomes(world, found), lambda kinds: kinds == ["hired"], "the outcome")


@pytest.mark.long
def test_a_line_is_interviewed_here_lands_in_an_ats_and_its_outcome_is_told_back(
    world: World, avature: Avature
) -> None:
    """CSV in a folder -> Foyer -> Greenhouse -> Foyer -> CSV."""
    job = world.job()
    folder = world.connect("files", avature.settings)
    email = fresh("chained")
    row = avature.person("500", "Ada Byron", email, resume_of("Ada Byron", email))
    avature.export("candidates", [row])
    world.post(f"/api/connections/{folder['id']}/read")
    world.link(folder, "500", job)
    found = world.application(job, email)
    with Greenhouse() as greenhouse:
        ats = world.connect("greenhouse", greenhouse.settings)
        greenhouse.opening(700, "Backend Engineer", "Build.")
        world.post(f"/api/connections/{ats['id']}/read")
        world.link(ats, "700", job)
        world.post(f"/api/applications/{found['id']}/hand-over", {"connection_id": ats["id"]})
        world.settled(found["id"])
        [applied] = [each for each in greenhouse.rows["applications"] if each["job_id"] == 700]
        hired = {"application": {**applied, "status": "hired", "last_activity_at": "2026-11-26T10:00:00Z"}}
        greenhouse.webhook(ats["address"], "hire_candidate", hired)
        told = wait_for(lambda: avature.rows("outcomes.csv"), bool, "the outcome")
        assert [(each["application_id"], each["kind"]) for each in told] == [(row["application_id"], "hired")]
        assert greenhouse.violations == []


@pytest.mark.long
def test_the_connection_test_says_what_is_wrong(world: World, avature: Avature) -> None:
    connection = world.connect("avature", avature.settings)
    path = f"/api/connections/{connection['id']}"
    assert [each["ok"] for each in world.post(f"{path}/test")] == [True, True, True]
    world.patch(path, {"settings": {"address": "memory://x"}})
    [found] = world.post(f"{path}/test")
    assert not found["ok"]
    assert "memory" in found["what"]
    world.patch(path, {"settings": {"address": "a-new-folder"}})
    assert [each["ok"] for each in world.post(f"{path}/test")] == [True, True, True]
    assert (world.home / "exchange" / world.org / "a-new-folder" / "out").is_dir()
