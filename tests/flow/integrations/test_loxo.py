"""Loxo: people of a list are screened and interviewed, results arrive as activities; candidates of a job come with
their stages, which can mean an outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.loxo import ADDED, HOOK, PASSED, Loxo


@pytest.fixture
def loxo() -> Iterator[Loxo]:
    with Loxo() as running:
        yield running
        assert running.violations == []


def read(world: World, connection: dict[str, Any]) -> None:
    path = f"/api/connections/{connection['id']}"
    world.post(f"{path}/read")
    wait_for(lambda: world.get(path)["progress"], lambda progress: progress.get("done") == 1, "the reading")


@pytest.mark.long
def test_somebody_on_a_list_is_interviewed_and_loxo_gets_an_activity(world: World, loxo: Loxo) -> None:
    job, email = world.job(), fresh()
    loxo.lists[7] = "Backend people"
    connection = world.connect("loxo", loxo.settings)
    loxo.person(70, "Ada Byron", email, 7, resume=resume_of("Ada Byron", email))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "list-7", job)
    found = world.application(job, email)
    world.interviewed(found["id"])
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    [event] = loxo.events
    assert (event["person_id"], event["activity_type_id"]) == (70, 901)
    assert "job_id" not in event, "a list is no job"
    assert f"{world.base}/" in event["notes"]
    assert "<br>" in event["notes"]


@pytest.mark.long
def test_candidates_of_a_job_are_read_to_the_last_and_a_stage_means_hired(world: World, loxo: Loxo) -> None:
    job = world.job()
    connection = world.connect("loxo", loxo.settings)
    for number in range(3):
        loxo.opening(300 + number, "Backend Engineer", POSTING)
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(5)]
    for number, (name, email) in enumerate(people):
        loxo.person(400 + number, name, email, resume=resume_of(name, email))
        loxo.candidate(400 + number, 302)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "302", job)
    found = [world.application(job, email) for _, email in people]
    assert len({each["id"] for each in found}) == 5

    loxo.candidates[0].update(workflow_stage_id=32, updated_at="2099-01-01T00:00:00Z")
    read(world, connection)
    path = f"/api/applications/{found[0]['id']}"
    wait_for(lambda: [one["kind"] for one in world.get(path)["outcomes"]], lambda kinds: kinds == ["hired"], "the hire")
    assert world.get(f"/api/applications/{found[1]['id']}")["outcomes"] == []


@pytest.mark.long
def test_who_joins_a_list_later_is_read_and_nobody_is_fetched_twice(world: World, loxo: Loxo) -> None:
    job, connection = world.job(), world.connect("loxo", loxo.settings)
    loxo.lists[8] = "Backend people"
    first, second = fresh("first"), fresh("second")
    loxo.person(80, "Ada First", first, 8, resume=resume_of("Ada First", first))
    loxo.person(81, "Ada Second", second, resume=resume_of("Ada Second", second))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "list-8", job)
    world.application(job, first)
    loxo.people[81]["list_ids"].append(8)
    read(world, connection)
    world.application(job, second)
    read(world, connection)
    assert len(loxo.made("GET", "/people/80/resumes/[0-9]+/download")) == 1
    assert len(loxo.made("GET", "/people/81/resumes/[0-9]+/download")) == 1


@pytest.mark.long
def test_a_webhook_is_a_hint_and_a_forged_one_nothing(world: World, loxo: Loxo) -> None:
    job, email = world.job(), fresh()
    loxo.lists[9] = "Backend people"
    connection = world.connect("loxo", loxo.settings)
    loxo.person(90, "Ada Byron", email, 9, resume=resume_of("Ada Byron", email))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "list-9", job)
    path = f"/api/applications/{world.application(job, email)['id']}"
    inbox = f"/api/connections/{connection['id']}/inbox"
    for key in ("wrong", "", HOOK[:-1]):
        assert loxo.webhook(connection["address"], "people", "destroy", key, item_id=90).status_code == 401
    assert world.get(inbox) == []
    loxo.webhook(connection["address"], "people", "destroy", item_id=90).raise_for_status()
    wait_for(lambda: [one["state"] for one in world.get(inbox)], lambda states: states == ["read"], "the message")
    assert world.api.get(path).status_code == 200, "they are there still, whatever the message says"
    del loxo.people[90]
    loxo.webhook(connection["address"], "person", "destroy", item={"id": 90}).raise_for_status()
    wait_for(lambda: world.api.get(path).status_code, lambda status: status == 404, "the erasure")


@pytest.mark.long
def test_somebody_is_handed_over_to_a_job_and_advanced_there(world: World, loxo: Loxo) -> None:
    job, email = world.job(), fresh()
    loxo.opening(305, "Backend Engineer", POSTING)
    mapping = {"activity.added": ADDED, "activity.advance": PASSED}
    connection = world.connect("loxo", loxo.settings, mapping=mapping, may_decide=True)
    files = [("files", ("ada.txt", resume_of("Ada Byron", email)))]
    world.api.post(f"/api/jobs/{job}/batches", files=files).raise_for_status()
    found = world.application(job, email)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "305", job)
    world.post(f"/api/applications/{found['id']}/hand-over", {"connection_id": connection["id"]})
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    [person], [candidate] = loxo.people.values(), loxo.candidates
    assert (person["name"], candidate["person_id"], candidate["job_id"]) == ("Ada Byron", person["id"], 305)
    assert [one["name"] for one in loxo.resumes[person["id"]]] == ["ada.txt"]

    read(world, connection)

    def known() -> list[Any]:
        with world.app.database.reading() as store:
            return store.remotes_of(world.org, "application", found["id"])

    wait_for(known, bool, "Loxo's candidate is known to be theirs")
    body = {"connection_id": connection["id"], "kind": "advance", "reason": "Clear answers."}
    world.post(f"/api/applications/{found['id']}/decide-there", body, **{"Foyer-Person": "Maria Lopez"})
    world.settled(found["id"], 2)
    assert [event["activity_type_id"] for event in loxo.events] == [int(ADDED), int(PASSED)]
    assert "Maria Lopez" in loxo.events[-1]["notes"]
