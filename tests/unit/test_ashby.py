"""Ashby without Ashby: what its messages become, what a result becomes there, who may call."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from integrations import ashby_values as theirs
from integrations.ashby import Ashby, order_of
from integrations.auth import basic_value
from integrations.http import Refusal
from integrations.signatures import check_hex
from models.errors import BadRequest, Conflict, NotFound, PushRejected, Unauthorized
from models.exchange import (
    AssessmentOrder,
    AssessmentPackage,
    CandidateIntake,
    Cursor,
    Inbound,
    JobIntake,
    OrderState,
    Outcome,
    Request,
    Response,
)

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
JOB = "01900000-0000-7000-8000-000000000001"
SETTINGS = {"api_key": "api", "partner_key": "ours", "webhook_secret": "ashby-secret", "partner_id": "p-1"}
STAGES = [
    {"stageId": "s0", "title": "Application Review", "enteredStageAt": "2026-11-20T08:00:00.000Z", "stageNumber": 0},
    {"stageId": "s1", "title": "Interview", "enteredStageAt": "2026-11-21T08:00:00.000Z", "stageNumber": 1},
    {"stageId": "s2", "title": "Hired", "enteredStageAt": "2026-11-22T08:00:00.000Z", "stageNumber": 2},
]
START = {
    "assessment_type_id": JOB,
    "candidate": {
        "ashby_id": "c-1",
        "first_name": "Ada",
        "last_name": "Byron",
        "email": "ada@mail.example",
        "ashby_profile_url": "https://app.ashbyhq.com/c-1",
    },
    "application": {"ashby_id": "a-1", "status": "Active"},
    "job": {"ashby_id": "j-1", "name": "Backend Engineer", "ashby_job_url": "https://app.ashbyhq.com/j-1"},
}


class Theirs:
    """A Service that answers each call from a table and keeps what was asked."""

    def __init__(self, answers: Mapping[str, Callable[[Any], Any]]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, Any]] = []

    def send(self, request: Request) -> Response:
        self.asked.append((request.path, request.json))
        found = self.answers[request.path](request.json)
        return Response(200, {}, found if isinstance(found, bytes) else json.dumps(found).encode())


class Counter:
    """A Desk that keeps what it gets."""

    def __init__(self) -> None:
        self.orders: dict[str, OrderState] = {}
        self.events: dict[str, Any] = {}
        self.closed = False

    def packages(self) -> list[AssessmentPackage]:
        return [AssessmentPackage(id=JOB, name="Backend Engineer", description="30 minutes")]

    def order(self, order: AssessmentOrder) -> OrderState:
        if order.package_id != JOB:
            raise NotFound("There is no open job.")
        known = self.orders.get(order.key)
        self.orders.setdefault(order.key, OrderState(id=f"0190-{len(self.orders)}", state="open"))
        return self.orders[order.key].model_copy(update={"again": known is not None})

    def status(self, order_id: str) -> OrderState:
        raise NotFound(order_id)

    def cancel(self, order_id: str, reason: str) -> OrderState:
        if self.closed:
            raise Conflict("The interview has begun or is over; it cannot be cancelled any more.")
        return OrderState(id=order_id, state="cancelled")

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.events
        self.events.setdefault(key, event)
        return new

    def settle(self, settings: Mapping[str, str]) -> None:
        raise NotImplementedError

    def report_error(self, what: str, detail: str) -> None:
        raise NotImplementedError


def inbound(path: str, body: Any, **headers: str) -> Inbound:
    return Inbound("POST", path, headers, {}, body if isinstance(body, bytes) else json.dumps(body).encode(), NOW)


def called(path: str, body: Any, desk: Counter, key: str = "ours") -> Any:
    return Ashby(SETTINGS).serve(inbound(path, body, authorization=basic_value(key)), desk)


def application(status: str = "Active", stage: int = 0, **more: Any) -> dict[str, Any]:
    return {
        "id": "a-1",
        "createdAt": "2026-11-20T08:00:00.000Z",
        "updatedAt": "2026-11-23T08:00:00.000Z",
        "status": status,
        "candidate": {
            "id": "c-1",
            "name": "Ada Byron",
            "primaryEmailAddress": {"value": "ada@mail.example", "type": "Personal", "isPrimary": True},
        },
        "currentInterviewStage": {"id": STAGES[stage]["stageId"], "title": STAGES[stage]["title"]},
        "job": {"id": "j-1", "title": "Backend Engineer"},
        "applicationHistory": STAGES[: stage + 1],
        **more,
    }


# ---------------------------------------------------------------- who calls


def test_the_webhook_signature_is_the_documented_formula() -> None:
    check_hex("fa86cdc0b43da82775e35321472a04c5a144b28acb3c4f0fb9f14141326c9a96", "ashby-secret", b'{"action":"ping"}')


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=00", "fa86", "sha1=fa86"])
def test_a_wrong_signature_is_refused_before_the_body_is_read(signature: str) -> None:
    desk = Counter()
    with pytest.raises(Unauthorized):
        Ashby(SETTINGS).serve(inbound("webhook", b"not json", **{"ashby-signature": signature}), desk)
    assert desk.events == {}


def test_a_webhook_is_kept_once_by_its_body_and_a_ping_not_at_all() -> None:
    desk = Counter()
    for body in (
        b'{"action":"ping"}',
        b'{"action":"candidateHire","data":{}}',
        b'{"action":"candidateHire","data":{}}',
    ):
        signed = "sha256=" + hmac.new(b"ashby-secret", body, hashlib.sha256).hexdigest()
        assert Ashby(SETTINGS).serve(inbound("webhook", body, **{"ashby-signature": signed}), desk).status == 200
    assert [event["action"] for event in desk.events.values()] == ["candidateHire"]


@pytest.mark.parametrize("key", ["", "theirs"])
def test_a_wrong_key_orders_nothing(key: str) -> None:
    desk = Counter()
    with pytest.raises(Unauthorized):
        called("assessment.start", START, desk, key)
    assert desk.orders == {}


def test_without_a_key_nobody_can_call() -> None:
    with pytest.raises(Unauthorized):
        Ashby({"api_key": "api"}).serve(inbound("assessment.list", {}, authorization=basic_value("")), Counter())


# ---------------------------------------------------------------- orders


def test_interviews_are_listed_with_uuids() -> None:
    [test] = called("assessment.list", {}, Counter()).json["results"]
    assert UUID(test["assessment_type_id"])
    assert test["name"] == "Backend Engineer"


def test_an_order_answers_with_its_id_and_a_first_status() -> None:
    reply = called("assessment.start", START, Counter())
    results = reply.json["results"]
    assert reply.status == 200
    assert results["update_request"]["assessment_id"] == results["assessment_id"] == "0190-0"
    assert results["update_request"]["timestamp"] == 1795770000000
    assert results["update_request"]["assessment_status"]["type"] == "string"


def test_who_is_assessed_already_is_a_409_and_the_order_stays_one() -> None:
    desk = Counter()
    called("assessment.start", START, desk)
    assert called("assessment.start", START, desk).status == 409
    assert len(desk.orders) == 1


@pytest.mark.parametrize(("state", "said"), [("completed", "has been held"), ("cancelled", "cancelled")])
def test_what_is_over_is_a_422_with_words_for_the_user(state: Any, said: str) -> None:
    desk = Counter()
    called("assessment.start", START, desk)
    [key] = desk.orders
    desk.orders[key] = OrderState(id="x", state=state)
    reply = called("assessment.start", START, desk)
    assert reply.status == 422
    assert said in reply.json["message"]


@pytest.mark.parametrize(
    "body", [{**START, "assessment_type_id": "gone"}, {**START, "candidate": {"ashby_id": "c"}}, {"job": {}}]
)
def test_an_order_that_cannot_be_taken_is_a_422_with_words(body: Any) -> None:
    reply = called("assessment.start", body, Counter())
    assert reply.status == 422
    assert reply.json["message"]


def test_a_body_that_is_no_object_is_refused() -> None:
    with pytest.raises(BadRequest):
        called("assessment.start", b"[]", Counter())


def test_cancelling_says_so_and_says_when_it_cannot() -> None:
    desk = Counter()
    done = called("assessment.cancel", {"assessment_id": "0190-0"}, desk).json
    assert done["results"]["update_request"]["cancelled_reason"]["value"]
    desk.closed = True
    refused = called("assessment.cancel", {"assessment_id": "0190-0"}, desk).json
    assert refused["success"] is False
    assert "begun" in refused["errorInfo"]["message"]


def test_an_order_fetches_resume_and_answers_and_goes_on_without_the_right_to() -> None:
    form = {
        "formDefinition": {
            "sections": [
                {
                    "fields": [
                        {"field": {"path": "q1", "title": "Years with Python?", "type": "Number"}},
                        {"field": {"path": "q2", "title": "Gender", "type": "ValueSelect"}},
                        {"field": {"path": "q3", "title": "Remote?", "type": "Boolean"}},
                        {"field": {"path": "q4", "title": "Portfolio", "type": "File"}},
                        {"field": {"path": "_systemfield_email", "title": "Email", "type": "Email"}},
                        {"field": {"path": "q5", "title": "Tools", "type": "MultiValueSelect"}},
                    ]
                }
            ]
        },
        "submittedValues": {
            "q1": 7,
            "q2": "F",
            "q3": False,
            "q4": "f.pdf",
            "_systemfield_email": "a@b.c",
            "q5": ["Git", "Make"],
        },
    }
    handle = {"id": "f", "name": "ada.pdf", "handle": "h"}
    service = Theirs(
        {
            "application.info": lambda _: {
                "results": application(resumeFileHandle=handle, applicationFormSubmissions=[form])
            },
            "file.info": lambda body: {"results": {"url": f"https://files.example/{body['fileHandle']}"}},
            "https://files.example/h": lambda _: b"%PDF",
        }
    )
    desk = Counter()
    called("assessment.start", START, desk)
    order = order_of(START)
    person = Ashby(SETTINGS).person(order, service)
    assert (person.filename, person.content) == ("ada.pdf", b"%PDF")
    assert [(each.question, each.answer) for each in person.answers] == [
        ("Years with Python?", "7"),
        ("Remote?", "No"),
        ("Tools", "Git, Make"),
    ]
    assert person.profile_url == "https://app.ashbyhq.com/c-1"

    def forbidden(_: Any) -> Any:
        raise PushRejected("missing_endpoint_permission", scope=True)

    assert Ashby(SETTINGS).person(order, Theirs({"application.info": forbidden})) == order.candidate

    def busy(_: Any) -> Any:
        raise PushRejected("rate_limit_exceeded", retry=True)

    with pytest.raises(PushRejected):
        Ashby(SETTINGS).person(order, Theirs({"application.info": busy}))


# ---------------------------------------------------------------- events


def read(action: str, data: Any, known: dict[str, Any] | None = None) -> list[Any]:
    service = Theirs(
        {
            "application.info": lambda _: {"results": known or application()},
            "candidate.info": lambda _: {"results": {"id": "c-1"}},
        }
    )
    return list(Ashby(SETTINGS).read({"action": action, "data": data, "heard": NOW.isoformat()}, service))


def test_the_three_messages_of_one_hire_say_the_same() -> None:
    hired = application("Hired", 2)
    told = [
        read(action, {"application": {**hired, "updatedAt": f"2026-11-22T08:00:0{n}.000Z"}}, hired)
        for n, action in enumerate(("candidateHire", "candidateStageChange", "applicationUpdate"))
    ]
    [first] = told[0]
    assert first.kind == "hired"
    assert first.at == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert told == [[first]] * 3


@pytest.mark.parametrize(("reason", "kind"), [("RejectedByOrg", "rejected"), ("RejectedByCandidate", "withdrew")])
def test_an_archived_application_says_who_ended_it(reason: str, kind: str) -> None:
    gone = application("Archived", 1, archiveReason={"id": "r", "text": "Salary", "reasonType": reason})
    [found] = read("candidateStageChange", {"application": gone}, gone)
    assert (found.kind, found.reason, found.remote_application_id) == (kind, "Salary", "a-1")


def test_a_stage_that_was_left_meanwhile_keeps_its_own_moment() -> None:
    [found] = read("candidateStageChange", {"application": application("Active", 1)}, application("Hired", 2))
    assert (found.kind, found.stage, found.at.day) == ("stage", "Interview", 21)


def test_an_update_that_moves_nobody_is_no_outcome() -> None:
    assert read("applicationUpdate", {"application": application()}) == []


def test_who_comes_back_from_the_archive_is_undone() -> None:
    back = application("Active", 1)
    back["applicationHistory"] = [{**STAGES[0], "title": "Archived"}, STAGES[1]]
    [found] = read("candidateStageChange", {"application": back}, back)
    assert found.kind == "undone"


def test_people_who_have_not_applied_are_not_taken_in() -> None:
    assert read("applicationSubmit", {"application": {"id": "a-1"}}, application("Lead")) == []
    [person] = read("applicationSubmit", {"application": {"id": "a-1"}})
    assert (person.name, person.email, person.remote_job_id) == ("Ada Byron", "ada@mail.example", "j-1")


def test_deleted_and_merged_people() -> None:
    [gone] = read("candidateDelete", {"candidate": {"id": "c-1"}})
    assert (gone.kind, gone.remote_candidate_id, gone.at) == ("erased", "c-1", NOW)
    [merged] = read("candidateMerge", {"deletedCandidate": {"id": "c-1"}, "mergedCandidate": {"id": "c-2"}})
    assert (merged.kind, merged.remote_candidate_id, merged.into) == ("merged", "c-1", "c-2")


def test_an_origin_is_what_ashby_says() -> None:
    def origin(**more: Any) -> str:
        return theirs.intake_of(application(**more), "", b"").origin

    assert origin() == "application"
    assert origin(source={"id": "s", "title": "Employee", "sourceType": {"title": "Referral"}}) == "referral"
    assert origin(referrals=[{"referredAt": "2026"}]) == "referral"
    assert origin(source={"id": "s", "title": "LinkedIn", "sourceType": {"title": "Sourced"}}) == "sourced"


# ---------------------------------------------------------------- reading all


def listing(rows: list[Any], token: str, size: int = 1) -> Callable[[Any], Any]:
    def answer(body: Any) -> Any:
        start = int(body.get("cursor", 0))
        more = start + size < len(rows)
        page = {"success": True, "results": rows[start : start + size], "moreDataAvailable": more}
        return {**page, "nextCursor": str(start + size)} if more else {**page, "syncToken": token}

    return answer


def system(**answers: Callable[[Any], Any]) -> Theirs:
    jobs = [{"id": f"j-{n}", "title": f"Job {n}", "status": "Open", "updatedAt": f"2026-11-2{n}"} for n in (1, 2)]
    posting = {"id": "p-1", "jobId": "j-1", "title": "Engineer", "isListed": True, "updatedAt": "2026-11-21"}
    return Theirs(
        {
            "jobPosting.list": lambda _: {"results": [posting]},
            "jobPosting.info": lambda _: {"results": {**posting, "descriptionPlain": "Wanted: Python"}},
            "job.list": listing(jobs, ""),
            "application.list": listing([application(), application("Lead")], "t-1"),
            "application.info": lambda _: {"results": application()},
            "candidate.info": lambda _: {"results": {}},
            **{name.replace("_", "."): answer for name, answer in answers.items()},
        }
    )


def test_a_reading_follows_every_page_and_goes_on_from_a_token() -> None:
    service = system()
    items = list(Ashby(SETTINGS).poll(None, service, ["j-1"]))
    openings = [one for one in items if isinstance(one, JobIntake)]
    assert [(one.remote_id, one.title, one.text) for one in openings] == [
        ("j-1", "Engineer", "Wanted: Python"),
        ("j-2", "Job 2", ""),
    ]
    assert len([one for one in items if isinstance(one, CandidateIntake)]) == 1, "a lead has not applied"
    cursor = items[-1]
    assert isinstance(cursor, Cursor)
    service = system(application_list=listing([], "t-2"))
    later = list(Ashby(SETTINGS).poll(cursor, service, ["j-1"]))
    assert all(isinstance(one, Cursor) for one in later), "nothing has changed"
    assert ("application.list", {"jobId": "j-1", "syncToken": "t-1", "limit": 100}) in service.asked


@pytest.mark.parametrize("code", ["sync_token_expired", "incremental_sync_too_large"])
def test_a_token_that_is_gone_means_reading_all(code: str) -> None:
    def listed(body: Any) -> Any:
        if "syncToken" in body:
            raise PushRejected(f"Ashby answered: ({code})")
        return listing([application()], "t-9")(body)

    since = Cursor(token=json.dumps({"seen": "2027", "tokens": {"j-1": "old"}}))
    items = list(Ashby(SETTINGS).poll(since, system(application_list=listed), ["j-1"]))
    assert [type(one) for one in items] == [Cursor, CandidateIntake, Cursor]
    assert json.loads(items[-1].token)["tokens"] == {"j-1": "t-9"}  # type: ignore[union-attr]


def test_any_other_refusal_is_not_read_over() -> None:
    def refused(_: Any) -> Any:
        raise PushRejected("Ashby answered: (invalid_input)")

    since = Cursor(token=json.dumps({"seen": "2027", "tokens": {"j-1": "old"}}))
    with pytest.raises(PushRejected):
        list(Ashby(SETTINGS).poll(since, system(application_list=refused), ["j-1"]))


def test_who_was_out_before_we_came_is_an_outcome_and_not_taken_in() -> None:
    gone = application("Archived", 1, archiveReason={"text": "No", "reasonType": "RejectedByOrg"})
    service = system(application_list=listing([gone], "t"), application_info=lambda _: {"results": gone})
    items = list(Ashby(SETTINGS).poll(None, service, ["j-1"]))
    assert [one.kind for one in items if isinstance(one, Outcome)] == ["rejected"]
    assert not [one for one in items if isinstance(one, CandidateIntake)]


# ---------------------------------------------------------------- refusals


def judged(body: Any, status: int = 200) -> Any:
    return Ashby(SETTINGS).judge(Response(status, {"content-type": "application/json"}, json.dumps(body).encode()))


def refusal(code: str) -> Any:
    return judged({"success": False, "errors": [code], "errorInfo": {"code": code, "message": "Sorry"}})


@pytest.mark.parametrize(
    ("code", "retry", "scope"),
    [
        ("rate_limit_exceeded", True, False),
        ("concurrent_limit_exceeded", True, False),
        ("internal_error", True, False),
        ("service_unavailable", True, False),
        ("missing_endpoint_permission", False, True),
        ("invalid_input", False, False),
        ("application_not_found", False, False),
        ("sync_token_expired", False, False),
    ],
)
def test_a_refusal_that_says_200_means_what_its_code_says(code: str, retry: bool, scope: bool) -> None:
    found = refusal(code)
    assert isinstance(found, Refusal)
    assert (found.retry, found.scope) == (retry, scope)
    assert code in found.words


def test_success_and_files_are_not_judged() -> None:
    assert judged({"success": True, "results": []}) is None
    assert judged([1]) is None
    assert Ashby(SETTINGS).judge(Response(200, {"content-type": "application/pdf"}, b"%PDF")) is None
    assert Ashby(SETTINGS).judge(Response(200, {"content-type": "application/json"}, b"{")) is None
    assert judged({"success": False, "errors": ["rate_limit_exceeded"]}, 429) == "(rate_limit_exceeded)"
