"""Ashby, from an order to the outcome: it orders, Foyer interviews, the result lands in its form, one hire comes back
three times and is one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flow.integrations.played.ashby import Play
from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.ashby import Ashby, listed
from tests.simulators.base import Fault


@pytest.fixture
def ashby() -> Iterator[Ashby]:
    with Ashby() as running:
        yield running
        assert running.violations == []


def outcomes(world: World, application_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(f"/api/applications/{application_id}")["outcomes"]
    return found


def read_all(world: World, connection: dict[str, Any]) -> None:
    """Every message that was kept is read, none of them in vain."""
    path = f"/api/connections/{connection['id']}/inbox"
    rows = wait_for(
        lambda: world.get(path), lambda rows: all(one["state"] != "waiting" for one in rows), "the messages"
    )
    assert {one["state"] for one in rows} <= {"read"}, rows


def test_an_order_is_one_a_forged_call_is_none_and_a_cancelled_one_invites_nobody(world: World, ashby: Ashby) -> None:
    job = world.job()
    connection = world.connect("ashby", ashby.settings)
    address = connection["address"]
    assert ashby.call(address, "assessment.list", {}, key="wrong").status_code == 401
    [test] = [
        one for one in ashby.call(address, "assessment.list", {}).json()["results"] if one["assessment_type_id"] == job
    ]
    assert test["name"]
    email = fresh()
    applied = ashby.applies(ashby.opening("Backend", POSTING), "Ada Byron", email, resume_of("Ada Byron", email))
    started = ashby.orders(address, job, applied)
    assert started.status_code == 200, started.text
    assert ashby.orders(address, job, applied).status_code == 409
    assert ashby.orders(address, "00000000-0000-4000-8000-000000000000", applied).status_code == 422
    found = world.application(job, email)
    assert found["name"] == "Ada Byron"
    wait_for(lambda: world.get(f"/api/applications/{found['id']}")["interviews"], bool, "the invitation")

    id = started.json()["results"]["assessment_id"]
    assert ashby.call(address, "assessment.cancel", {"assessment_id": id}).json()["success"] is True
    [interview] = world.get(f"/api/applications/{found['id']}")["interviews"]
    assert world.get(f"/api/interviews/{interview}")["state"] == "withdrawn"
    assert "cancelled" in ashby.orders(address, job, applied).json()["message"]

    forged = ashby.webhook(address, "candidateDelete", {"candidate": applied["candidate"]}, secret="wrong")
    assert forged.status_code == 401
    assert {one["state"] for one in world.get(f"/api/connections/{connection['id']}/inbox")} == {"read"}
    assert world.api.get(f"/api/applications/{found['id']}").status_code == 200
    ashby.webhook(address, "candidateDelete", {"candidate": {"id": applied["candidate"]["id"]}})
    wait_for(lambda: world.api.get(f"/api/applications/{found['id']}").status_code, lambda is_: is_ == 404, "gone")


@pytest.mark.long
def test_a_result_lands_as_values_note_and_file_and_a_hire_is_one_outcome(world: World, ashby: Ashby) -> None:
    job = world.job()
    connection = world.connect("ashby", ashby.settings)
    address, play = connection["address"], Play(ashby)
    application = play.arrange(world, connection, job, fresh())
    ashby.faults.append(Fault(path="/candidate.createNote", cut=True))
    ashby.faults.append(Fault(path="/storage/", status=503))
    ashby.refusals.append(("assessment.update", "rate_limit_exceeded"))
    world.interviewed(application, invited=True)
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]

    assert [fault.times for fault in ashby.faults] == [0, 0]
    assert ashby.refusals == []
    [update] = ashby.updates
    assert update["assessment_status"]["value"] == "Completed"
    assert update["assessment_profile_url"]["value"].startswith(world.base)
    assert update["assessment_result"]["type"] in ("numeric_score", "string")
    assert len(play.landed()) == 1, "a note that arrived before the line broke is not written again"
    person = ashby.people[play._applied["candidate"]["id"]]
    [report] = person["fileHandles"]
    assert report["name"].startswith("Foyer report")
    assert ashby.files[report["handle"]].startswith(b"%PDF")
    assert len(ashby.made("POST", "/file.createFileUploadHandle")) >= 2, "a place to upload lasts for one attempt"

    applied = play._applied
    ashby.moves_to(applied, 1, "2026-11-25T10:00:00.000Z")
    ashby.webhook(address, "candidateStageChange", {"application": listed(applied)})
    read_all(world, connection)
    ashby.moves_to(applied, 2, "2026-11-26T10:00:00.000Z")
    for action in ("candidateHire", "candidateStageChange", "applicationUpdate"):
        data = {"application": {**listed(applied), "updatedAt": f"2026-11-26T10:00:0{len(action) % 10}.000Z"}}
        assert ashby.webhook(address, action, data).status_code == 200
    read_all(world, connection)
    assert [one["kind"] for one in outcomes(world, application)] == ["stage", "hired"]


@pytest.mark.long
def test_people_are_read_over_pages_and_what_changes_after_them(world: World, ashby: Ashby) -> None:
    job = world.job()
    connection = world.connect("ashby", ashby.settings)
    there = ashby.opening("Backend Engineer", POSTING)
    ashby.opening("Another", "text")
    ashby.opening("A third", "text")
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(5)]
    rows = [ashby.applies(there, name, email, resume_of(name, email)) for name, email in people]
    rows[4]["status"] = "Lead"
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, there, job)
    found = [world.application(job, email) for _, email in people[:4]]
    assert len({one["id"] for one in found}) == 4
    titles = {one["title"] for one in world.get(f"/api/connections/{connection['id']}/jobs")}
    assert titles == {"Backend Engineer", "Another", "A third"}

    ashby.moves_to(rows[0], 3, "2026-11-26T10:00:00.000Z")
    ashby.expired |= set(ashby.tokens)
    world.post(f"/api/connections/{connection['id']}/read")
    wait_for(lambda: outcomes(world, found[0]["id"]), bool, "the outcome")
    assert [(one["kind"], one["reason"]) for one in outcomes(world, found[0]["id"])] == [("rejected", "Not this time")]
    listed_ = world.get(f"/api/jobs/{job}/applications")
    assert len(listed_["applications"] if isinstance(listed_, dict) else listed_) == 4, "a lead has not applied"


@pytest.mark.long
def test_somebody_from_elsewhere_is_created_once_and_a_decision_is_carried_out(world: World, ashby: Ashby) -> None:
    job = world.job()
    connection = world.connect("ashby", ashby.settings)
    there = ashby.opening("Backend Engineer", POSTING)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, there, job)
    lists = world.get(f"/api/connections/{connection['id']}/choices")
    assert [one["label"] for one in lists["stages"]] == ["Application Review", "Interview", "Hired"]
    mapping = {
        "stage.advance": "Interview",
        "reason.reject": lists["reasons"][0]["id"],
        "source.create": lists["sources"][0]["id"],
    }
    world.patch(f"/api/connections/{connection['id']}", {"mapping": mapping, "may_decide": True})
    findings = world.post(f"/api/connections/{connection['id']}/test")
    assert all(one["ok"] for one in findings if not one["what"].startswith("Our address")), findings
    ashby.forbidden.add("interviewPlan.list")
    findings = world.post(f"/api/connections/{connection['id']}/test")
    assert [one["cure"] for one in findings if "permission" in one["cure"]] == [
        "Give the API key the permission interviewsRead."
    ]

    email = fresh("zoe")
    files = {"files": ("zoe.txt", resume_of("Zoe Elder", email), "text/plain")}
    uploaded = world.api.post(f"/api/jobs/{job}/batches", files=files)
    assert uploaded.status_code < 300, uploaded.text
    application = world.application(job, email)["id"]
    ashby.faults.append(Fault(path="/candidate.create$", cut=True))
    world.post(f"/api/applications/{application}/hand-over", {"connection_id": connection["id"]})
    [delivery] = world.settled(application)
    assert delivery["state"] == "delivered", delivery["last_error"]
    [person] = ashby.people.values()
    [row] = ashby.applications
    assert (row["candidate"]["id"], row["job"]["id"]) == (person["id"], there)
    assert person["resumeFileHandle"]["name"] == "zoe.txt"

    decision = {"connection_id": connection["id"], "kind": "reject", "reason": "Not now"}
    world.post(f"/api/applications/{application}/decide-there", decision, **{"Foyer-Person": "Maria Lopez"})
    world.settled(application, 2)
    assert ashby.moves == [
        {
            "applicationId": row["id"],
            "interviewStageId": ashby.stages[3]["id"],
            "archiveReasonId": ashby.reason["id"],
        }
    ]

    world.interviewed(application)
    world.settled(application, 3)
    [added] = ashby.completed
    assert added["candidateId"] == person["id"]
    assert added["assessment"]["assessmentTypeId"] == job
