"""BambooHR, which sends next to nothing: people are read, the result lands as a comment and a status, what became of
them is seen by their status or when they become employees."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.integrations.played.bamboohr import Play
from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.bamboohr import BambooHR
from tests.simulators.base import Fault

MAPPING = {
    "status.rejected": "5",
    "status.withdrew": "6",
    "status.result": "2",
    "status.advance": "3",
    "status.reject": "5",
}


@pytest.fixture
def bamboo() -> Iterator[BambooHR]:
    with BambooHR() as running:
        yield running
        assert running.violations == []


def outcomes(world: World, application_id: str) -> list[str]:
    return [each["kind"] for each in world.get(f"/api/applications/{application_id}")["outcomes"]]


def seen(world: World, connection: Any, application_id: str, kind: str) -> None:
    """Once the next reading has told of it, and is over: it is compared with in the one after."""
    path = f"/api/connections/{connection['id']}"
    world.post(f"{path}/read")
    wait_for(lambda: outcomes(world, application_id), lambda kinds: kinds[-1:] == [kind], kind)
    wait_for(lambda: world.get(path)["polled_at"], bool, "the end of the reading")


@pytest.mark.long
def test_people_are_read_their_status_is_followed_and_an_employee_is_a_hire(world: World, bamboo: BambooHR) -> None:
    job = world.job()
    connection = world.connect("bamboohr", bamboo.settings, mapping=MAPPING)
    there, bare = bamboo.opening("Backend Engineer", POSTING), bamboo.opening("Nurse")
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(2)]
    rows = [bamboo.applies(there, name, email, resume_of(name, email)) for name, email in people]
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, str(there), job)
    found = [world.application(job, email)["id"] for _, email in people]
    refused = world.api.put(f"/api/connections/{connection['id']}/jobs/{bare}", json={"new": True})
    assert refused.status_code == 400, "an opening without a text needs one"
    assert "Paste" in refused.json()["detail"]

    address = connection["address"]
    assert bamboo.employs(address, people[0][1], secret="forged").status_code == 401
    assert bamboo.employs(address, people[0][1], at=time.time() - 4000).status_code == 401
    assert world.get(f"/api/connections/{connection['id']}/inbox") == []
    bamboo.moves_to(rows[0]["id"], "4", "2026-11-26T10:00:00Z")
    assert bamboo.employs(address, people[0][1]).status_code == 200
    wait_for(lambda: outcomes(world, found[0]), bool, "the hire")
    bamboo.moves_to(rows[1]["id"], "5", "2026-11-26T10:00:00Z")
    seen(world, connection, found[1], "rejected")
    assert outcomes(world, found[0]) == ["hired"], "the message and the reading tell of one hire"


@pytest.mark.long
def test_a_result_lands_once_as_a_comment_and_moves_nobody_back(world: World, bamboo: BambooHR) -> None:
    job = world.job()
    connection = world.connect("bamboohr", bamboo.settings, mapping=MAPPING)
    play = Play(bamboo)
    application = play.arrange(world, connection, job, fresh())
    bamboo.faults.append(Fault(path="/comments$", cut=True))
    bamboo.faults.append(Fault(path="/status$", status=503))
    world.interviewed(application)
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert [fault.times for fault in bamboo.faults] == [0, 0]
    assert len(play.landed()) == 1, "a comment that arrived before the line broke is not written again"
    assert f"{world.base}/" in bamboo.comments[0]["comment"]
    assert bamboo.moves == [(play.applied["id"], 2)]
    seen(world, connection, application, "stage")
    bamboo.moves_to(play.applied["id"], "4", "2026-11-26T10:00:00Z")
    seen(world, connection, application, "hired")
    bamboo.moves_to(play.applied["id"], "3", "2026-11-27T10:00:00Z")
    seen(world, connection, application, "undone")
    bamboo.moves_to(play.applied["id"], "6", "2026-11-28T10:00:00Z")
    seen(world, connection, application, "withdrew")


@pytest.mark.long
def test_somebody_from_elsewhere_is_created_once_and_a_refusal_speaks(world: World, bamboo: BambooHR) -> None:
    job = world.job()
    connection = world.connect("bamboohr", bamboo.settings)
    there = bamboo.opening("Backend Engineer", POSTING)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, str(there), job)
    lists = world.get(f"/api/connections/{connection['id']}/choices")
    assert {"id": "5", "label": "Not a fit"} in lists["statuses"]
    findings = world.post(f"/api/connections/{connection['id']}/test")
    assert [one["ok"] for one in findings[:-1]] == [True, True, True, True, False, False]

    email = fresh("zoe")
    files = {"files": ("zoe.txt", resume_of("Zoe Elder", email), "text/plain")}
    world.api.post(f"/api/jobs/{job}/batches", files=files).raise_for_status()
    application = world.application(job, email)["id"]
    bamboo.faults.append(Fault(path="/application$", cut=True))
    world.post(f"/api/applications/{application}/hand-over", {"connection_id": connection["id"]})
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    [row] = bamboo.applications.values()
    assert (row["applicant"]["email"], row["job"]["id"]) == (email, there)
    assert bamboo.files[row["resumeFileId"]] == resume_of("Zoe Elder", email)

    maria = {"Foyer-Person": "Maria Lopez"}
    mapping = {"status.advance": "99", "status.reject": "5"}
    world.patch(f"/api/connections/{connection['id']}", {"mapping": mapping, "may_decide": True})
    for count, kind in ((2, "advance"), (3, "reject")):
        decision = {"connection_id": connection["id"], "kind": kind, "reason": "Decided"}
        world.post(f"/api/applications/{application}/decide-there", decision, **maria)
        world.settled(application, count)
    states = [(one["state"], "Invalid status" in (one["last_error"] or "")) for one in world.deliveries(application)]
    assert states == [("delivered", False), ("dead", True), ("delivered", False)]
    assert bamboo.moves == [(row["id"], 5)]
