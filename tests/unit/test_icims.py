"""iCIMS: its events and how they are answered, what is read and written; the simulator answers over real HTTP, no Foyer
runs. A result's whole way is in tests/flow/integrations."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.icims import Icims
from integrations.icims_values import NOTES, row_of, unpacked
from models.errors import BadRequest, PushRejected, Unauthorized
from models.exchange import (
    AssessmentOrder,
    CandidateIntake,
    Cursor,
    Decision,
    Handover,
    JobIntake,
    Outcome,
    Outgoing,
    Response,
    Target,
)
from models.values import Scorecard
from tests.simulators.direct import NOW, Counter, inbound, made, result, service
from tests.simulators.icims import CUSTOMER, PASSWORD, USER, assessment, status_change
from tests.simulators.icims import Icims as Simulated

MAPPING = {
    "assessment.name": "D55",
    "result.passed": "D61",
    "result.failed": "D62",
    "result.no_decision": "D63",
    "status.order": "C900",
    "status.completed": "C901",
    "status.hired": "C1",
    "status.rejected": "C2, C3",
    "status.withdrew": "C4",
}


@pytest.fixture
def vendor() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running
        assert running.violations == []


def connected(vendor: Simulated, **changes: str) -> Icims:
    return Icims(vendor.settings | changes, MAPPING)


def alone() -> Icims:
    return Icims({"customer_id": CUSTOMER, "event_password": PASSWORD}, MAPPING)


def event(body: dict[str, Any], password: str = PASSWORD) -> Any:
    basic = "Basic " + b64encode(f"{USER}:{password}".encode()).decode()
    packed = gzip.compress(json.dumps({"customerId": CUSTOMER, **body}).encode())
    return inbound("POST", "events", packed, authorization=basic)


# ---------------------------------------------------------------- what it calls


def test_who_applies_is_ordered_and_sent_on_to_our_page() -> None:
    desk = Counter()
    reply = alone().serve(event(assessment("4711")), desk)
    assert (reply.status, reply.headers["Location"]) == (303, "https://foyer.example/orders/order-1")
    [order] = desk.orders
    assert (order.key, order.package_id, order.candidate.external_id) == ("4711", "", "4711")
    assert order.extra == {"return_url": "https://careers.example.org/return?id=9"}
    assert desk.kept == {}


def test_a_status_that_orders_orders_and_every_status_is_kept() -> None:
    desk, connector = Counter(), alone()
    assert connector.serve(event(status_change("4711", "C5")), desk).status == 200
    assert desk.orders == []
    assert connector.serve(event(status_change("4711", "C900")), desk).status == 200
    assert [each.key for each in desk.orders] == ["4711"]
    connector.serve(event(status_change("4711", "C900")), desk)
    assert [each["newStatus"] for each in desk.kept.values()] == ["C5", "C900"]


def test_it_proves_itself_by_password_or_by_a_token_of_ours() -> None:
    desk, connector, body = Counter(), alone(), assessment("1")
    token = connector.serve(
        inbound("POST", "token", b"grant_type=client_credentials", authorization=event(body).headers["authorization"]),
        desk,
    ).json["access_token"]
    signed_in = replace(event(body), headers={"authorization": f"Bearer {token}"})
    assert connector.serve(signed_in, desk).status == 303
    for wrong in (event(body, "wrong"), replace(event(body), headers={}), event(body, "")):
        with pytest.raises(Unauthorized):
            connector.serve(wrong, desk)
    with pytest.raises(Unauthorized):
        Icims({"customer_id": CUSTOMER}).serve(event(body, ""), desk)
    assert len(desk.orders) == 1


def test_events_that_cannot_be_used_are_refused() -> None:
    desk, connector = Counter(), alone()
    for wrong in (
        event({**assessment("1"), "customerId": "1"}),
        event({**assessment("")}),
        replace(event({}), body=b"\x1f\x8bnot gzip"),
        replace(event({}), body=gzip.compress(b"[1]")),
    ):
        with pytest.raises(BadRequest):
            connector.serve(wrong, desk)
    assert connector.serve(event({"eventType": "OnboardingTask"}), desk).status == 200
    assert (desk.orders, desk.kept) == ([], {})
    for broken in (gzip.compress(b'{"a": 1}')[:-4], gzip.compress(b'{"a": 1}' + b" " * 3_000_000)):
        with pytest.raises(BadRequest, match="cut off"):
            unpacked(broken)
    assert unpacked(b'{"a": 1}') == unpacked(gzip.compress(b'{"a": 1}')) == {"a": 1}


# ---------------------------------------------------------------- reading


def test_whom_an_order_is_about_is_fetched_without_what_is_nobodys_business(vendor: Simulated) -> None:
    connector, job = connected(vendor), vendor.opening("Backend Engineer", "We build.")
    workflow = vendor.applies(job, "Ada Byron", "ada@mail.example", b"resume")
    person = connector.person(ordered(workflow), service(connector))
    assert (person.name, person.email) == ("Ada Byron", "ada@mail.example")
    assert (person.phone or "").startswith("+49 30 ")
    assert (person.content, person.filename) == (b"resume", "resume.txt")
    assert (person.external_id, person.remote_job_id) == (workflow, job)
    assert person.remote_candidate_id == vendor.profiles["applicantworkflows"][workflow]["associatedprofile"]["id"]
    asked = ",".join(call.query.get("fields", "") for call in vendor.calls)
    assert not {"gender", "birthdate", "ethnicity"} & set(asked.split(","))


def test_somebody_without_a_resume_comes_without_one(vendor: Simulated) -> None:
    connector = connected(vendor)
    workflow = vendor.applies("1", "Ada Byron", "ada@mail.example", b"")
    vendor.files.clear()
    items = list(connector.poll(None, service(connector), ["1"]))
    assert [(one.external_id, one.content, one.filename) for one in items if isinstance(one, CandidateIntake)] == [
        (workflow, b"", "")
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [("C1", "hired"), ("C2", "rejected"), ("C3", "rejected"), ("C4", "withdrew"), ("C5", "stage")],
)
def test_what_a_status_means_is_the_customers_choice(vendor: Simulated, status: str, kind: str) -> None:
    connector = connected(vendor)
    workflow = vendor.applies("1", "Ada Byron", "ada@mail.example", b"resume")
    vendor.becomes(workflow, status, "2026-11-25 10:00 AM")
    kept = {"eventType": "WorkFlowStatusChangeEvent", "systemId": workflow, "newStatus": status, "at": NOW.isoformat()}
    [told] = connector.read(kept, service(connector))
    assert isinstance(told, Outcome)
    assert (told.kind, told.at, told.stage) == (kind, datetime(2026, 11, 25, 10, tzinfo=UTC), f"Status {status}")
    assert told.remote_application_id == workflow
    vendor.logs[workflow] = [{"no": "moments"}]
    [told] = connector.read(kept, service(connector))
    assert (told.at, told.stage) == (NOW, status)  # type: ignore[union-attr]


def test_searches_give_ids_alone_and_go_on_until_there_are_no_more(vendor: Simulated) -> None:
    connector = connected(vendor)
    calls = service(connector)
    jobs = [vendor.opening(f"Job {n}", "Text.") for n in range(3)]
    people = [vendor.applies(jobs[0], f"P {n}", f"p{n}@mail.example", b"resume") for n in range(3)]
    other = vendor.applies(jobs[1], "Someone Else", "else@mail.example", b"resume")
    vendor.becomes(people[2], "C1", "2026-11-25 10:00 AM")
    items = list(connector.poll(None, calls, [jobs[0]]))
    assert [one.remote_id for one in items if isinstance(one, JobIntake)] == jobs
    assert [one.external_id for one in items if isinstance(one, CandidateIntake)] == people
    assert [one.kind for one in items if isinstance(one, Outcome)] == ["hired"]
    cursors = [one for one in items if isinstance(one, Cursor)]
    for row in (*vendor.profiles["applicantworkflows"].values(), *vendor.profiles["jobs"].values()):
        row["updateddate"] = "2026-11-20 08:00 AM"
    vendor.profiles["applicantworkflows"][people[1]]["updateddate"] = "2099-01-01 08:00 AM"
    again = list(connector.poll(cursors[-1], calls, [jobs[0]]))
    assert [one.external_id for one in again if isinstance(one, CandidateIntake)] == [people[1]]
    resumed = list(connector.poll(cursors[0], calls, [jobs[0], jobs[1]]))
    assert [one.external_id for one in resumed if isinstance(one, CandidateIntake)] == [other]


def test_a_reading_that_broke_off_within_a_job_goes_on_behind_the_last_one(vendor: Simulated) -> None:
    connector = connected(vendor)
    people = [vendor.applies("1", f"P {n}", f"p{n}@mail.example", b"resume") for n in range(3)]
    token = json.dumps({"began": "2026-11-20 08:00 AM", "done": [], "after": people[1]})
    items = list(connector.poll(Cursor(token=token), service(connector), ["1"]))
    assert [one.external_id for one in items if isinstance(one, CandidateIntake)] == [people[2]]


# ---------------------------------------------------------------- writing


def test_a_result_is_a_row_with_the_report_in_it_and_moves_the_status_that_was_chosen(vendor: Simulated) -> None:
    connector = connected(vendor)
    workflow = vendor.applies("1", "Ada Byron", "ada@mail.example", b"resume")
    writes = connector.writes(Outgoing(result(), Target(application=workflow, order=workflow), MAPPING, b"%PDF"))
    assert [each.name for each in writes] == ["row", "pdf", "status"]
    calls = service(connector)
    done = made(writes, calls)
    [row] = vendor.rows[workflow]
    assert row == {
        "id": done["row"],
        "assessmentdate": "2026-11-27",
        "assessmentname": {"id": "D55"},
        "assessmentstatus": {"id": "D61"},
        "assessmentscore": 72.5,
        "assessmentresult": "yes (not reviewed by a person yet)",
        "assessmentnotes": "Foyer proposes, a person decides. [result_iv-1_1]",
        "rcf100": "https://foyer.example/reports/1",
    }
    assert vendor.files[f"row {done['row']}"] == b"%PDF"
    assert vendor.profiles["applicantworkflows"][workflow]["status"]["id"] == "C901"
    assert writes[0].found is not None
    assert writes[0].found.pick(calls.send(writes[0].found.request({}))) == done["row"]
    made(writes, calls)
    assert len(vendor.rows[workflow]) == 1, "the same row again is ignored there"


def test_whoever_has_been_decided_on_is_not_moved_back(vendor: Simulated) -> None:
    connector = connected(vendor)
    workflow = vendor.applies("1", "Ada Byron", "ada@mail.example", b"resume")
    vendor.becomes(workflow, "C3", "2026-11-26 12:00 PM")
    made(connector.writes(Outgoing(result(), Target(application=workflow), MAPPING, b"%PDF")), service(connector))
    assert vendor.profiles["applicantworkflows"][workflow]["status"]["id"] == "C3"
    assert len(vendor.rows[workflow]) == 1
    reviewed = result(type="assessment.reviewed")
    writes = connector.writes(Outgoing(reviewed, Target(application=workflow), MAPPING, b"%PDF"))
    assert "status" not in [each.name for each in writes], "a review comes when they may be elsewhere"


def test_no_decision_is_no_number_and_no_fail_and_a_withdrawal_says_only_that() -> None:
    undecided = result(scorecard=Scorecard(id="s", recommendation="no_decision", reason="Too little was said."))
    row = row_of(undecided, MAPPING, "")
    assert (row["assessmentstatus"], "assessmentscore" in row) == ({"id": "D63"}, False)
    assert row_of(undecided, {}, "").keys() == {"assessmentdate", "assessmentresult", "assessmentnotes"}
    no = result(scorecard=Scorecard(id="s", recommendation="no", reason="r", overall=30))
    assert row_of(no, MAPPING, "")["assessmentstatus"] == {"id": "D62"}
    left = row_of(result(type="assessment.withdrawn", scorecard=None), MAPPING, "rcf100")
    assert left.keys() == {"assessmentdate", "assessmentname", "assessmentresult", "assessmentnotes"}
    writes = alone().writes(
        Outgoing(result(type="assessment.withdrawn", scorecard=None), Target(order="1"), MAPPING, b"%PDF")
    )
    assert [each.name for each in writes] == ["row"]


@pytest.mark.parametrize("length", [20, 100, 140, 200])
def test_notes_keep_the_mark_whatever_the_addresss_length(length: int) -> None:
    address = "https://foyer.example/" + "r" * length
    notes = row_of(result(report_url=address), {}, "")["assessmentnotes"]
    assert notes.endswith("[result_iv-1_1]")
    assert len(notes) <= NOTES
    assert (address in notes) == (length < 150)


def test_somebody_is_created_once_and_with_their_resume(vendor: Simulated) -> None:
    connector = connected(vendor)
    calls = service(connector)
    person = CandidateIntake(name="Ada Byron", email="ada@mail.example", filename="ada.pdf", content=b"%PDF")
    handover = Handover(person, "5", {"status.create": "D10100"}, "key")
    first = made(connector.create(handover), calls)
    again = made(connector.create(handover), calls)
    assert again == first
    assert len(vendor.profiles["people"]) == len(vendor.profiles["applicantworkflows"]) == 1
    assert vendor.files[f"person {first['candidate']}"] == b"%PDF"


def test_decisions_need_a_status(vendor: Simulated) -> None:
    connector = connected(vendor)
    workflow = vendor.applies("1", "Ada Byron", "ada@mail.example", b"resume")
    target = Target(application=workflow)
    made(connector.decide(Decision("reject", target, {"status.reject": "C2"}, "Maria Lopez")), service(connector))
    assert vendor.profiles["applicantworkflows"][workflow]["status"]["id"] == "C2"
    with pytest.raises(BadRequest):
        connector.decide(Decision("advance", target, {}, "Maria Lopez"))


# ---------------------------------------------------------------- refusals, setting up


def test_refusals_are_in_its_own_words_also_those_of_a_200(vendor: Simulated) -> None:
    connector = connected(vendor)
    with pytest.raises(PushRejected, match="No such profile"):
        connector.person(ordered("999999"), service(connector))
    said = {status: connector.judge(Response(status, {"x-error": "1;Field required"}, b"")) for status in (200, 400)}
    assert said == {200: "Field required", 400: "Field required"}
    body = json.dumps({"errors": [{"errorMessage": "Access denied", "errorCode": 3}]}).encode()
    assert connector.judge(Response(403, {}, body)) == "Access denied"
    assert connector.judge(Response(502, {}, b"<html>Bad gateway")) == "<html>Bad gateway"
    assert connector.judge(Response(200, {"x-warning": "9;slow"}, b"{}")) is None


def ordered(workflow: str) -> AssessmentOrder:
    desk = Counter()
    alone().serve(event(assessment(workflow)), desk)
    return desk.orders[0]


def test_the_connection_test_names_what_is_missing(vendor: Simulated) -> None:
    connector = connected(vendor)
    assert all(each.ok for each in connector.check(service(connector)))
    bare = Icims(vendor.settings)
    assert ["mean hired" in each.what for each in bare.check(service(bare)) if not each.ok] == [False, True, False]
    wrong = Icims(vendor.settings | {"customer_id": "1"}, MAPPING)
    findings = [each for each in wrong.check(service(wrong)) if not each.ok]
    assert [kind for kind in ("jobs", "people", "applicantworkflows") if any(kind in each.cure for each in findings)]
    vendor.violations.clear()  # another customer's addresses are not there
