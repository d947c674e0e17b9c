"""JazzHR, from an export to what became of somebody; its check on saving, its dead files, its key in the address."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.jazzhr import KEY, JazzHR

VERIFY = b'{"data": "JazzHR Verify Event"}'


@pytest.fixture
def jazz() -> Iterator[JazzHR]:
    with JazzHR() as running:
        yield running
        assert running.violations == []


def linked(world: World, jazz: JazzHR, connection: dict[str, Any], opening: str = "job_1") -> str:
    """An opening there and its job here."""
    job = world.job()
    jazz.opening(opening, f"Backend Engineer {opening}", POSTING)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, opening, job)
    return job


def outcomes(world: World, application_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/api/applications/{application_id}")["outcomes"]
    return found


def test_saving_is_answered_forgery_is_not_and_the_key_is_seen_nowhere(
    world: World, jazz: JazzHR, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    connection = world.connect("jazzhr", jazz.settings)
    path, address = f"/api/connections/{connection['id']}", connection["address"]
    assert jazz.send(address, VERIFY, event="VERIFY").status_code == 200
    jazz.opening("job_0", "Backend Engineer", POSTING)
    body = jazz.exported(jazz.applies("job_0", "Ada Byron", fresh(), b"cv"), "job_0", "New", "New")
    assert jazz.send(address, VERIFY, event="VERIFY", secret="wrong").status_code == 401
    assert jazz.send(address, body, secret="wrong").status_code == 401
    assert world.get(f"{path}/inbox") == []
    assert jazz.send(address, b"[]").status_code == 400

    jazz.repeats_key = True
    shown = [world.post(f"{path}/test"), world.post(f"{path}/read")]
    wait_for(lambda: world.get(path)["problem"], bool, "the problem")
    assert "[hidden]" in world.get(path)["problem"]
    shown += [world.get(path), world.get(f"{path}/inbox"), world.api.get(f"{path}/choices").text]
    with world.app.database.engine.begin() as raw:
        kept = [[str(cell) for cell in row] for row in raw.execute(text("SELECT problem, progress FROM connections"))]
    written = capfd.readouterr()
    for seen in (json.dumps(shown), str(kept), caplog.text, written.out, written.err):
        assert KEY not in seen
    assert any(call.query.get("apikey") == KEY for call in jazz.calls)


@pytest.mark.long
def test_an_export_becomes_a_note_and_what_became_of_them_comes_back(world: World, jazz: JazzHR) -> None:
    settings = {**jazz.settings, "order_step": "foyer interview"}
    connection = world.connect("jazzhr", settings, mapping={"category.done": "cat_1"})
    job, email = linked(world, jazz, connection), fresh()
    id = jazz.applies("job_1", "Ada Byron", email, resume_of("Ada Byron", email))
    body = jazz.exported(id, "job_1", "Foyer interview", "Active")
    assert jazz.send(connection["address"], body).status_code == 200
    found = world.application(job, email)
    wait_for(lambda: world.get(f"/api/applications/{found['id']}")["interviews"], bool, "the invitation")
    world.interviewed(found["id"], invited=True)
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]
    [note] = jazz.rows["notes"]
    assert (note["applicant_id"], note["user_id"], note["security"]) == (id, "usr_1", "1")
    assert world.base in note["contents"]
    assert jazz.rows["applicants"][0]["categories"] == [{"id": "cat_1"}]
    for step, category, at in (("Hired", "Hired", "26"), ("Left us", "Not Hired", "27")):
        said = jazz.exported(id, "job_1", step, category, at=f"2026-11-{at}T10:00:00Z")
        assert [jazz.send(connection["address"], said).status_code for _ in range(2)] == [200, 200]
    wait_for(lambda: len(outcomes(world, found["id"])), lambda n: n == 3, "the outcomes")
    assert [each["kind"] for each in outcomes(world, found["id"])] == ["stage", "hired", "rejected"]


@pytest.mark.long
def test_who_was_exported_before_the_link_is_read_after_it_with_the_file_of_the_api(world: World, jazz: JazzHR) -> None:
    connection = world.connect("jazzhr", jazz.settings)
    job, email = world.job(), fresh()
    jazz.opening("job_2", "Backend Engineer two", POSTING)
    id = jazz.applies("job_2", "Grace Hopper", email, resume_of("Grace Hopper", email))
    jazz.send(connection["address"], jazz.exported(id, "job_2", "New", "New"))
    path = f"/api/connections/{connection['id']}/inbox"
    wait_for(lambda: [row["state"] for row in world.get(path)], lambda states: states == ["dead"], "nobody's opening")
    assert "linked to no job" in world.get(path)[0]["problem"]
    jazz.dead.add(id)
    world.link(connection, "job_2", job)
    found = world.application(job, email)
    with world.app.database.reading() as store:
        document = store.application(world.org, found["id"]).document
    assert b"Grace Hopper" in world.app.files.get(document.sha256, subject=document.candidate_id)
    assert document.filename == "Grace Hopper.txt"
    wait_for(lambda: [row["state"] for row in world.get(path)], lambda states: states == ["read"], "the message")


@pytest.mark.long
def test_everybody_is_read_page_by_page_and_hires_come_with_them(world: World, jazz: JazzHR) -> None:
    connection = world.connect("jazzhr", jazz.settings)
    job = linked(world, jazz, connection, "job_3")
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(3)]
    ids = [jazz.applies("job_3", name, email, resume_of(name, email)) for name, email in people]
    day = {"hired_date": "2026-11-26", "hired_time": "10:00:00", "workflow_step_name": "Hired"}
    jazz.rows["hires"].append({"id": "hire_1", "applicant_id": ids[2], "job_id": "job_3", **day})
    world.post(f"/api/connections/{connection['id']}/read?anew=true")
    found = [world.application(job, email)["id"] for _, email in people]
    assert len(set(found)) == 3
    wait_for(lambda: outcomes(world, found[2]), bool, "the hire")
    world.post(f"/api/connections/{connection['id']}/read?anew=true")
    wait_for(lambda: world.get(f"/api/connections/{connection['id']}")["progress"].get("done"), bool, "the reading")
    assert [each["kind"] for each in outcomes(world, found[2])] == ["hired"]
    with world.app.database.reading() as store:
        answers = store.application(world.org, found[0]).answers
    assert answers == {"answers": [{"question": "Why here?", "answer": "Because."}]}


@pytest.mark.long
def test_somebody_who_came_another_way_is_created_once(world: World, jazz: JazzHR) -> None:
    connection = world.connect("jazzhr", jazz.settings)
    job, email = linked(world, jazz, connection, "job_4"), fresh("Grace")
    resume = resume_of("Grace Hopper", email)
    world.api.post(f"/api/jobs/{job}/batches", files={"files": ("grace.txt", resume, "text/plain")})
    known = world.application(job, email)["id"]
    world.post(f"/api/applications/{known}/hand-over", {"connection_id": connection["id"]})
    [delivery] = world.settled(known)
    assert delivery["state"] == "delivered", delivery["last_error"]
    [made] = jazz.rows["applicants"]
    assert made["email"] == email
    assert jazz.contents[made["id"]] == resume
    assert [(row["applicant_id"], row["job_id"]) for row in jazz.rows["applicants2jobs"]] == [(made["id"], "job_4")]
    with world.app.database.reading() as store:
        [remote] = store.remotes_of(world.org, "application", known)
    assert remote.remote_id == f"{made['id']}/job_4"
