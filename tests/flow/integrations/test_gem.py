"""Gem: the people of a project are screened and interviewed, results arrive as notes on the person, who has no
application there; who is deleted there is erased here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.flow.integrations.world import World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.base import Fault
from tests.simulators.gem import Gem


@pytest.fixture(params=[True], ids=["paged"])
def gem(request: pytest.FixtureRequest) -> Iterator[Gem]:
    with Gem(pagination=request.param) as running:
        yield running
        assert running.violations == []


def read(world: World, connection: dict[str, object]) -> None:
    world.post(f"/api/connections/{connection['id']}/read")
    path = f"/api/connections/{connection['id']}"
    wait_for(lambda: world.get(path)["progress"], lambda progress: progress.get("done") == 1, "the reading")


@pytest.mark.long
def test_a_member_of_a_project_is_interviewed_and_gem_gets_a_note(world: World, gem: Gem) -> None:
    job, email = world.job(), fresh()
    connection = world.connect("gem", gem.settings, mapping={"field.result": gem.fields[0]["id"]})
    project = gem.project(1, "Backend people")
    id = gem.person(1, "Ada Byron", email, project, resume_of("Ada Byron", email))
    read(world, connection)
    [pool] = world.get(f"/api/connections/{connection['id']}/jobs")
    assert (pool["remote_id"], pool["kind"], pool["title"]) == (project, "pool", "Backend people")
    world.link(connection, project, job)
    found = world.application(job, email)

    world.interviewed(found["id"])
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    [note] = gem.notes
    assert (note["candidate_id"], note["user_id"], note["is_private"]) == (id, gem.settings["user_id"], False)
    assert f"{world.base}/" in note["body"]
    assert "Foyer proposes, a person decides." in note["body"]
    [field] = gem.candidates[id]["custom_fields"]
    assert field["id"] == gem.fields[0]["id"]
    assert field["value"] in note["body"]
    rehearsed = world.get(f"/api/connections/{connection['id']}/rehearsal/{found['id']}")
    assert [one["name"] for one in rehearsed] == ["note", "field"]


@pytest.mark.long
@pytest.mark.parametrize("gem", [True, False], indirect=True, ids=["paged", "unpaged"])
def test_every_member_is_read_once_and_who_is_deleted_is_erased(world: World, gem: Gem) -> None:
    job, connection = world.job(), world.connect("gem", gem.settings)
    project = gem.project(7, "Many people")
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(5)]
    ids = [gem.person(700 + n, name, email, project, resume_of(name, email)) for n, (name, email) in enumerate(people)]
    waits = gem.person(790, "No Resume", fresh("none"), project)
    read(world, connection)
    world.link(connection, project, job)
    found = [world.application(job, email) for _, email in people]
    assert len({each["id"] for each in found}) == 5

    gem.resume(waits, "now.txt", resume_of("No Resume", fresh("now")))
    gem.delete(ids[0])
    gone = f"/api/applications/{found[0]['id']}"
    read(world, connection)
    wait_for(lambda: world.api.get(gone).status_code, lambda status: status == 404, "the erasure")
    assert world.api.get(f"/api/applications/{found[1]['id']}").status_code == 200
    listed = world.get(f"/api/jobs/{job}/applications")
    assert len(listed["applications"] if isinstance(listed, dict) else listed) == 5, (
        "four who stay, one with a resume now"
    )


@pytest.mark.long
def test_a_note_that_arrived_without_an_answer_is_not_written_twice(world: World, gem: Gem) -> None:
    job, email = world.job(), fresh()
    connection = world.connect("gem", gem.settings)
    project = gem.project(2, "Backend people")
    gem.person(2, "Ada Byron", email, project, resume_of("Ada Byron", email))
    read(world, connection)
    world.link(connection, project, job)
    found = world.application(job, email)
    gem.faults.append(Fault("POST", "/v0/notes", cut=True))
    world.interviewed(found["id"])
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert len(gem.notes) == 1


@pytest.mark.long
def test_who_is_rejected_here_goes_back_to_the_project(world: World, gem: Gem) -> None:
    job, email = world.job(), fresh()
    project, later = gem.project(3, "Backend people"), gem.project(4, "Talk to them again")
    connection = world.connect("gem", gem.settings, mapping={"pool.not_selected": later})
    id = gem.person(3, "Ada Byron", email, project, resume_of("Ada Byron", email))
    read(world, connection)
    world.link(connection, project, job)
    found = world.application(job, email)
    person = {"Foyer-Person": "Maria Lopez"}
    world.api.get(f"/api/applications/{found['id']}", headers=person)
    world.post(f"/api/applications/{found['id']}/reject", {"reason": "Somebody else fits."}, **person)
    world.due()
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    [note] = gem.notes
    assert "was not selected" in note["body"]
    assert "Somebody else" not in note["body"]
    assert gem.candidates[id]["project_ids"] == [project, later]


@pytest.mark.long
def test_the_test_names_what_is_missing(world: World, gem: Gem) -> None:
    connection = world.connect("gem", {**gem.settings, "user_id": "VXNlcjo5", "deletions": "no"})
    found = world.post(f"/api/connections/{connection['id']}/test")
    wrong = [one for one in found if not one["ok"]]
    assert ["VXNlcjo5" in one["what"] for one in wrong] == [True, False]
    assert gem.users[0]["id"] in wrong[0]["cure"]


@pytest.mark.long
def test_another_case_of_the_same_person_is_none_of_gems(world: World, gem: Gem) -> None:
    job, other, email = world.job(), world.job(), fresh()
    connection = world.connect("gem", gem.settings)
    project = gem.project(5, "Backend people")
    gem.person(5, "Ada Byron", email, project, resume_of("Ada Byron", email))
    read(world, connection)
    world.link(connection, project, job)
    pooled = world.application(job, email)
    files = [("files", ("ada.txt", resume_of("Ada Byron", email)))]
    world.api.post(f"/api/jobs/{other}/batches", files=files).raise_for_status()
    own = world.application(other, email)
    world.interviewed(own["id"])
    assert world.deliveries(own["id"]) == []
    world.interviewed(pooled["id"])
    [delivery] = world.settled(pooled["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert len(gem.notes) == 1
