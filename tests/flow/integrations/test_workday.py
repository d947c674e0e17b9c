"""Workday, from an order to the outcome: its integration orders, Foyer asks which test that is and interviews, the
result lands as rows of an assessment, what became of the person is seen at the next reading."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from integrations import workday as connector
from integrations.http import Caller
from models.errors import PushRejected
from models.exchange import Decision, Target
from tests.flow.integrations.played.workday import Play
from tests.flow.integrations.world import POSTING, World, fresh, resume_of
from tests.flow.running import wait_for
from tests.simulators.base import Fault
from tests.simulators.workday import PASSWORD, Workday, fault, invalid


@pytest.fixture
def workday() -> Iterator[Workday]:
    with Workday() as running:
        yield running
        assert running.violations == []


def connected(world: World, workday: Workday, **changes: Any) -> dict[str, Any]:
    return world.connect("workday", workday.settings, mapping=workday.mapping, **changes)


def outcomes(world: World, application_id: str) -> list[str]:
    return [each["kind"] for each in world.get(f"/api/applications/{application_id}")["outcomes"]]


def read(world: World, connection: dict[str, Any]) -> None:
    """Once more, to its end."""
    path = f"/api/connections/{connection['id']}"
    before = world.get(path)["polled_at"]
    world.post(f"{path}/read")
    wait_for(lambda: world.get(path)["polled_at"], lambda at: at not in (None, before), "the reading")


@pytest.mark.long
def test_an_order_becomes_rows_of_an_assessment_and_the_outcome_is_seen(world: World, workday: Workday) -> None:
    job = world.job()
    connection = connected(world, workday)
    workday.opening("R1", "Backend Engineer", POSTING)
    email = fresh()
    person = workday.applies("R1", "Ada Byron", email, resume_of("Ada Byron", email))
    assessment = workday.assigns(person, "TYPING", job)
    for _ in range(2):
        answer = workday.order(connection["address"], person, assessment)
        assert (answer.status_code, answer.json()["Assessment_ID"]) == (200, assessment)
    found = world.application(job, email)
    world.interviewed(found["id"], invited=True)
    [delivery] = world.settled(found["id"])
    assert delivery["state"] == "delivered", delivery["last_error"]

    [made] = workday.assessments.values()
    [row] = made.rows
    assert (row["test"], row["date"]) == (job, row["date"])
    assert made.status in ("DONE", "UNDECIDED")
    assert (row["score"] == "") == (made.status == "UNDECIDED")
    assert row["url"].startswith(world.base)
    assert row["url"] in made.comment
    [report] = workday.attachments
    assert (report["candidate"], report["category"]) == (person.id, "REPORTS")
    assert report["content"].startswith(b"%PDF")

    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "R1", job)
    person.stage, person.moment = "Hired", "2026-11-26T10:00:00.000Z"
    read(world, connection)
    wait_for(lambda: outcomes(world, found["id"]), lambda kinds: "hired" in kinds, "the outcome")


@pytest.mark.long
def test_people_are_read_page_by_page_with_their_files(world: World, workday: Workday) -> None:
    job = world.job()
    connection = connected(world, workday)
    for n in range(3):
        workday.opening(f"R{n}", f"Opening {n}", POSTING)
    people = [(f"Person {n}", fresh(f"p{n}")) for n in range(5)]
    made = [workday.applies("R2", name, email, resume_of(name, email)) for name, email in people]
    other = fresh("other")
    workday.applies("R1", "Somebody Else", other, resume_of("Somebody Else", other))
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "R2", job)
    found = [world.application(job, email) for _, email in people]
    assert len({each["id"] for each in found}) == 5
    listed = world.get(f"/api/jobs/{job}/applications")
    rows = listed["applications"] if isinstance(listed, dict) else listed
    assert len(rows) == 5, "who applied elsewhere is not taken"

    made[0].disposition, made[0].moment = "Candidate Withdrew", "2026-11-26T10:00:00.000Z"
    made[1].disposition, made[1].moment = "Not qualified", "2026-11-26T11:00:00.000Z"
    read(world, connection)
    read(world, connection)
    wait_for(lambda: outcomes(world, found[0]["id"]), lambda kinds: "withdrew" in kinds, "the withdrawal")
    assert outcomes(world, found[1]["id"]).count("rejected") == 1, "the same news is no news"


@pytest.mark.long
def test_a_validation_is_final_and_the_servers_trouble_is_not(world: World, workday: Workday) -> None:
    job, play = world.job(), Play(workday)
    connection = connected(world, workday)
    late = play.arrange(world, connection, job, fresh("late"))
    [person] = workday.people.values()
    person.stage = "Review"
    world.interviewed(late, invited=True)
    [delivery] = world.settled(late)
    assert delivery["state"] == "dead"
    assert "not at the Assess Candidate step" in delivery["last_error"]
    assert len(workday.made("POST", "/Assess_Candidate$")) == 1, "a refusal is not sent again"

    ill = play.arrange(world, connection, world.job(), fresh("ill"))
    workday.faults.append(Fault(path="/Assess_Candidate$", status=503, times=2))
    world.interviewed(ill, invited=True)
    [delivery] = world.settled(ill)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 3)


@pytest.mark.long
def test_an_answer_that_got_lost_makes_no_second_assessment_and_no_second_file(world: World, workday: Workday) -> None:
    play = Play(workday)
    connection = connected(world, workday)
    found = play.arrange(world, connection, world.job(), fresh())
    workday.faults += [Fault(path="/Assess_Candidate$", cut=True), Fault(path="/Put_Candidate_Attachment$", cut=True)]
    world.interviewed(found, invited=True)
    [delivery] = world.settled(found)
    assert delivery["state"] == "delivered", delivery["last_error"]
    assert len(play.landed()) == 1
    assert len(workday.attachments) == 1


class NoTokens:
    def read(self) -> dict[str, str]:
        return {}

    def write(self, tokens: Mapping[str, str]) -> None:
        raise AssertionError(tokens)

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()


def test_a_fault_says_whether_another_try_makes_sense(workday: Workday) -> None:
    """Without Foyer around it: the caller, the connector and the service."""
    made = connector.Workday(workday.settings)
    caller = Caller("Workday", made.base_url, made.auth(), NoTokens(), allow_private=True, judge=made.judge)
    person = workday.applies("R1", "Ada Byron", "ada@mail.example", b"")
    decision = Decision("advance", Target(application=person.application), workday.mapping, "Maria")
    [move] = made.decide(decision)

    def refused() -> tuple[bool, bool, bool, int | None]:
        with pytest.raises(PushRejected) as found:
            caller.send(move.request({}))
        return found.value.retry, found.value.unsure, found.value.scope, found.value.answered

    workday.next_faults += [invalid("Not at this step."), fault("Server.internalError", "Try again later.")]
    assert refused() == (False, False, False, 500)
    assert refused() == (True, True, False, 500)
    workday.faults.append(Fault(status=503))
    assert refused() == (True, True, False, 503), "without a fault the status says it"
    workday.password = "changed"
    assert refused() == (False, False, True, 500)
    workday.password = PASSWORD
    assert caller.send(move.request({})).status == 200
    assert len(workday.moved) == 1


def test_a_test_that_is_no_job_here_waits_for_a_person(world: World, workday: Workday) -> None:
    connection = connected(world, workday)
    email = fresh()
    person = workday.applies("R1", "Ada Byron", email, resume_of("Ada Byron", email))
    workday.order(connection["address"], person, workday.assigns(person, "TYPING"))
    path = f"/api/connections/{connection['id']}/inbox"
    [event] = wait_for(lambda: world.get(path), lambda rows: [each["state"] for each in rows] == ["dead"], "the event")
    assert "TYPING" in event["problem"]

    job = world.job()
    world.patch(f"/api/connections/{connection['id']}", {"settings": {"packages": f"TYPING={job}"}})
    world.post(f"{path}/{event['id']}/read")
    assert world.application(job, email)["id"]


@pytest.mark.long
def test_somebody_is_created_there_and_decided_on(world: World, workday: Workday) -> None:
    job = world.job()
    connection = connected(world, workday, may_decide=True)
    workday.opening("R1", "Backend Engineer", POSTING)
    world.post(f"/api/connections/{connection['id']}/read")
    world.link(connection, "R1", job)
    email = fresh("sourced")
    files = [("files", ("ada.txt", resume_of("Ada Byron", email)))]
    world.api.post(f"/api/jobs/{job}/batches", files=files).raise_for_status()
    found = world.application(job, email)
    for _ in range(2):
        world.api.post(f"/api/applications/{found['id']}/hand-over", json={"connection_id": connection["id"]})
    world.settled(found["id"])
    [made] = workday.people.values()
    assert (made.email, made.job) == (email, "R1")
    assert made.file
    world.post(
        f"/api/applications/{found['id']}/decide-there",
        {"connection_id": connection["id"], "kind": "advance", "reason": "Strong."},
        **{"Foyer-Person": "Maria Lopez"},
    )
    world.settled(found["id"], 2)
    assert workday.moved == [{"application": made.application, "Next_Step_Reference": "INTERVIEW_STEP"}]


@pytest.mark.long
def test_the_connection_test_says_what_is_wrong(world: World, workday: Workday) -> None:
    connection = connected(world, workday)
    path = f"/api/connections/{connection['id']}/test"
    assert [each["ok"] for each in world.post(path)][:5] == [True] * 5
    workday.password = "changed"
    found = world.post(path)
    assert [each["ok"] for each in found][:2] == [True, False]
    assert "invalid username or password" in found[1]["what"]


@pytest.mark.long
def test_a_wrong_key_changes_nothing(world: World, workday: Workday) -> None:
    connection = connected(world, workday)
    person = workday.applies("R1", "Ada Byron", fresh(), b"resume")
    assert workday.order(connection["address"], person, "A1", key="wrong").status_code == 401
    assert world.get(f"/api/connections/{connection['id']}/inbox") == []
    assert workday.calls == []
