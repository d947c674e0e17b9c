"""Everything that BambooHR is asked, over real HTTP, held against its published document: requests and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.bamboohr import BambooHR as Connector
from integrations.http import Caller
from models.engines import Service
from models.errors import PushRejected
from models.exchange import CandidateIntake, Cursor, Decision, Handover, JobIntake, Outcome, Outgoing, Target, Write
from models.values import AssessmentResult, Scorecard
from tests.bench.figures import DATA
from tests.simulators.bamboohr import BambooHR
from tests.simulators.base import Answer, Call
from tests.simulators.openapi import OpenApi, published

MAPPING = {
    "status.rejected": "5",
    "status.withdrew": "6",
    "status.result": "2",
    "status.advance": "3",
    "status.reject": "5",
}
TRACKING = "/api/v1/applicant_tracking"
JSON = {"content-type": "application/json"}


class NoTokens:
    def read(self) -> Mapping[str, str]:
        return {}

    def write(self, tokens: Mapping[str, str]) -> None:
        raise NotImplementedError

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()


@pytest.fixture(scope="module")
def document() -> OpenApi:
    found = published("bamboohr/public.yaml")
    if found is None:
        pytest.skip(f"BambooHR's document is not at {DATA}/ats/bamboohr/public.yaml: set FOYER_BENCH_DATA")
    return found


@pytest.fixture
def bamboo(document: OpenApi) -> Iterator[BambooHR]:
    with BambooHR() as running:
        yield running
        assert running.violations == []


def connected(simulator: BambooHR) -> tuple[Connector, Service]:
    made = Connector(simulator.settings, MAPPING)
    auth = made.auth()
    return made, Caller("BambooHR", made.base_url, auth, NoTokens(), allow_private=True, judge=made.judge)


def make(writes: Any, service: Service) -> dict[str, str]:
    """Each as the carrier makes it, with the look beforehand."""
    done: dict[str, str] = {}
    write: Write
    for write in writes:
        if write.found is not None and write.look_first:
            there = write.found.pick(service.send(write.found.request(done)))
            if there is not None:
                done[write.name] = there
                continue
        done[write.name] = write.reference(service.send(write.request(done)))
    return done


def test_all_that_is_read_is_as_published(bamboo: BambooHR) -> None:
    connector, service = connected(bamboo)
    job = bamboo.opening("Nurse", "<p>Night shifts</p>")
    rows = [bamboo.applies(job, f"Person {n}", f"p{n}@mail.example", b"A resume") for n in range(3)]
    found = list(connector.poll(None, service, [str(job)]))
    people = [one for one in found if isinstance(one, CandidateIntake)]
    assert [one.content for one in people] == [b"A resume"] * 3
    assert [one.text for one in found if isinstance(one, JobIntake)] == ["Nurse\nNight shifts"]

    bamboo.moves_to(rows[0]["id"], "4", "2026-11-26T10:00:00Z")
    bamboo.moves_to(rows[1]["id"], "5", "2026-11-26T10:00:00Z")
    cursor = found[-1]
    assert isinstance(cursor, Cursor)
    told = [one for one in connector.poll(cursor, service, [str(job)]) if isinstance(one, Outcome)]
    assert sorted(one.kind for one in told) == ["hired", "rejected"]

    bamboo.employees["9"] = {"id": "9", "homeEmail": "p0@mail.example"}
    event = {"type": "employee.created", "timestamp": "2026-11-26T11:00:00Z", "data": {"employeeId": "9"}}
    [hired] = connector.read(event, service)
    assert hired in told, "the message and the reading tell of one hire"

    assert [one.ok for one in connector.check(service)] == [True] * 6
    assert [one.label for one in connector.choices(service)["statuses"]][:2] == ["New", "Interviewed by Foyer"]


def test_all_that_is_written_is_as_published(bamboo: BambooHR) -> None:
    connector, service = connected(bamboo)
    job = bamboo.opening("Nurse")
    first, second = (bamboo.applies(job, f"Person {n}", f"p{n}@mail.example", b"A resume") for n in range(2))
    result = AssessmentResult(
        id="result_1",
        created_at=datetime(2026, 11, 27, tzinfo=UTC),
        organisation_id="o",
        job={"title": "Nurse"},
        candidate={},
        application_id="a",
        scorecard=Scorecard(id="s", recommendation="yes", reason="r", overall=70),
        report_url="https://foyer.example/r",
    )
    make(connector.writes(Outgoing(result, Target(application=str(first["id"])), MAPPING)), service)
    assert [one["application"] for one in bamboo.comments] == [first["id"]]
    make(connector.decide(Decision("reject", Target(application=str(second["id"])), MAPPING, "M")), service)
    assert bamboo.moves == [(first["id"], 2), (second["id"], 5)]

    person = CandidateIntake(
        name="Ada Byron", email="ada@mail.example", filename="a.pdf", content=b"%PDF", source="Fair"
    )
    for _ in range(2):
        done = make(connector.create(Handover(person, str(job), {}, "k", "https://foyer.example/a")), service)
    [made] = [one for one in bamboo.applications.values() if one["applicant"]["email"] == "ada@mail.example"]
    assert done == {"candidate": str(made["applicant"]["id"]), "application": str(made["id"])}


def test_refusals_are_said_and_a_limit_is_tried_again(bamboo: BambooHR) -> None:
    connector, service = connected(bamboo)
    row = bamboo.applies(bamboo.opening("Nurse"), "Ada Byron", "a@mail.example", b"x")
    target = Target(application=str(row["id"]))
    with pytest.raises(PushRejected, match="Invalid status") as refused:
        make(connector.decide(Decision("advance", target, {"status.advance": "99"}, "M")), service)
    assert not refused.value.retry
    bamboo.limited = 1
    with pytest.raises(PushRejected, match="Over rate limit") as limited:
        list(connector.poll(None, service, []))
    assert limited.value.retry


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (Call("GET", f"{TRACKING}/applications", {"job": "7"}, {}, b""), "no query parameter job"),
        (Call("GET", f"{TRACKING}/applications", {"jobId": "x"}, {}, b""), "not of type"),
        (Call("GET", f"{TRACKING}/applications", {"sortBy": "age"}, {}, b""), "not one of"),
        (Call("GET", f"{TRACKING}/aplications", {}, {}, b""), "no document"),
        (Call("POST", f"{TRACKING}/applications/1/status", {}, JSON, b'{"status": "x"}'), "not of type"),
        (Call("POST", f"{TRACKING}/applications/1/comments", {}, JSON, b'{"note": "x"}'), "comment"),
        (Call("POST", f"{TRACKING}/application", {}, {"content-type": "text/plain"}, b"x"), "not taken"),
    ],
)
def test_the_document_finds_what_is_wrong_with_a_request(document: OpenApi, call: Call, said: str) -> None:
    assert any(said in wrong for wrong in document.request(call)), document.request(call)


def test_the_document_finds_what_is_wrong_with_an_answer(document: OpenApi) -> None:
    call = Call("GET", f"{TRACKING}/statuses", {}, {}, b"")
    assert document.answer(call, Answer(json=[{"id": "1"}])) == []
    assert document.answer(call, Answer(json=[{"id": 1}]))
