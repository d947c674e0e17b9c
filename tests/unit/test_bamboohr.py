"""BambooHR without BambooHR: what its answers become, what is written there, who may call. Every request against the
published document: tests/contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.bamboohr import BambooHR
from integrations.bamboohr_values import employees_of, intake_of
from integrations.http import Refusal
from integrations.posting import posting_text
from integrations.signatures import hex_hmac
from models.errors import PushRejected, Unauthorized
from models.exchange import (
    CandidateIntake,
    Cursor,
    Decision,
    Handover,
    Inbound,
    JobIntake,
    Outcome,
    Outgoing,
    Request,
    Response,
    Target,
    Write,
)
from models.values import AssessmentResult, Scorecard

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
SETTINGS = {"company": "example", "api_key": "key", "private_key": "bhr-private-key"}
MAPPING = {
    "status.rejected": "5, 8",
    "status.withdrew": "6",
    "status.result": "2",
    "status.advance": "3",
    "status.reject": "5",
}
ONE = "/api/v1/applicant_tracking/applications/10"
RESULT = AssessmentResult(
    id="result_0190aaaa_1",
    created_at=NOW,
    organisation_id="org",
    job={"id": "j", "title": "Nurse"},
    candidate={"name": "Ada"},
    application_id="app",
    scorecard=Scorecard(id="s", recommendation="yes", reason="r", overall=70),
    report_url="https://foyer.example/r/1",
)


class Theirs:
    """A Service that answers from a table and keeps what was asked."""

    def __init__(self, answers: Mapping[str, Callable[[Request], Any]]) -> None:
        self.answers = answers
        self.asked: list[Request] = []

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        found = self.answers[request.path](request)
        return found if isinstance(found, Response) else Response(200, {}, json.dumps(found).encode())


class Kept:
    """As much of a Desk as BambooHR uses."""

    def __init__(self) -> None:
        self.events: dict[str, Any] = {}

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.events
        self.events[key] = event
        return new


def bamboo(**mapping: str) -> BambooHR:
    return BambooHR(SETTINGS, {key.replace("_", "."): said for key, said in mapping.items()} or MAPPING)


def row(id: int = 10, status: int = 1, label: str = "New") -> dict[str, Any]:
    return {
        "id": id,
        "status": {"id": status, "label": label, "dateChanged": "2026-11-21T08:00:00+00:00"},
        "appliedDate": "2026-11-20T08:00:00+00:00",
        "commentCount": 3,
        "applicant": {"id": 20, "firstName": "Ada", "lastName": "Byron", "email": "ada@mail.example", "source": "Site"},
        "job": {"id": 7, "title": {"label": "Nurse"}},
    }


def system(groups: Mapping[str, list[Any]], details: Mapping[int, Any] | None = None, **jobs: str | None) -> Theirs:
    """`jobs`: title -> address of the posting."""
    prefix = "/api/v1/applicant_tracking"

    def listed(request: Request) -> Any:
        query = dict(request.query)
        rows = groups.get(query["applicationStatus"], [])
        page = int(query.get("page", "1"))
        following = f"https://elsewhere.example/x?{'&'.join(f'{k}={v}' for k, v in query.items() if k != 'page')}"
        more = page < len(rows)
        return {
            "applications": rows[page - 1 : page],
            "nextPageUrl": f"{following}&page={page + 1}" if more else None,
        }

    openings = [
        {"id": n, "title": {"label": title}, "status": {"label": "Open"}, "postingUrl": url}
        for n, (title, url) in enumerate(jobs.items(), start=7)
    ]
    known, more = {each["id"]: each for rows in groups.values() for each in rows}, details or {}
    return Theirs(
        {
            f"{prefix}/jobs": lambda _: openings,
            f"{prefix}/applications": listed,
            **{f"{prefix}/applications/{id}": lambda _, id=id: {**known[id], **more.get(id, {})} for id in known},
        }
    )


def polled(service: Theirs, since: Cursor | None = None, connector: BambooHR | None = None) -> tuple[list[Any], Cursor]:
    found = list((connector or bamboo()).poll(since, service, ["7"]))
    assert isinstance(found[-1], Cursor)
    return [one for one in found if not isinstance(one, Cursor)], found[-1]


# ---------------------------------------------------------------- reading


def test_people_are_read_over_pages_whose_address_is_not_followed_elsewhere() -> None:
    service = system({"ALL_ACTIVE": [row(10), row(11)]}, Nurse=None)
    items, _ = polled(service)
    assert [type(one) for one in items] == [JobIntake, CandidateIntake, CandidateIntake]
    assert {one.path for one in service.asked if "elsewhere" in one.path} == set()
    person = items[1]
    assert (person.name, person.email, person.external_id, person.remote_candidate_id, person.remote_job_id) == (
        "Ada Byron",
        "ada@mail.example",
        "10",
        "20",
        "7",
    )


def test_nothing_new_is_nothing() -> None:
    groups = {"ALL_ACTIVE": [row()]}
    _, cursor = polled(system(groups, Nurse=None))
    service = system(groups, Nurse=None)
    assert polled(service, cursor)[0] == []
    assert ONE not in [one.path for one in service.asked], "nobody is looked up again"


@pytest.mark.parametrize(
    ("group", "status", "kind"),
    [
        ("INACTIVE", 5, "rejected"),
        ("INACTIVE", 8, "rejected"),
        ("INACTIVE", 6, "withdrew"),
        ("INACTIVE", 9, "stage"),
        ("HIRED", 4, "hired"),
        ("ALL_ACTIVE", 3, "stage"),
    ],
)
def test_a_status_means_what_the_mapping_says_and_beyond_it_hired(group: str, status: int, kind: str) -> None:
    _, cursor = polled(system({"ALL_ACTIVE": [row()]}, Nurse=None))
    [outcome], _ = polled(system({group: [row(10, status, "There")]}, Nurse=None), cursor)
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.stage, outcome.at.isoformat()) == (kind, "There", "2026-11-21T08:00:00+00:00")
    assert outcome.remote_application_id == "10"


def test_who_comes_back_is_undone() -> None:
    _, cursor = polled(system({"ALL_ACTIVE": [row()]}, Nurse=None))
    _, cursor = polled(system({"INACTIVE": [row(10, 5)]}, Nurse=None), cursor)
    [outcome], _ = polled(system({"ALL_ACTIVE": [row(10, 3)]}, Nurse=None), cursor)
    assert outcome.kind == "undone"


def test_who_was_out_before_we_came_is_taken_in_only_when_they_are_back() -> None:
    service = system({"INACTIVE": [row(10, 9)]}, Nurse=None)
    items, cursor = polled(service)
    assert [type(one) for one in items] == [JobIntake]
    assert ONE not in [one.path for one in service.asked]
    [person], _ = polled(system({"ALL_ACTIVE": [row()]}, Nurse=None), cursor)
    assert isinstance(person, CandidateIntake)


def test_a_posting_is_read_where_its_page_has_it_and_asked_for_once() -> None:
    page = (
        '<html><script type="application/ld+json">{"@graph": [{"@type": "Organization"}, {"@type": ["JobPosting"],'
        '"title": "Nurse", "description": "<p>Night shifts.</p><ul><li>A licence</li></ul>"}]}</script></html>'
    )
    address = "https://example.bamboohr.com/careers/7"
    service = system({}, Nurse=address)
    service.answers = {**service.answers, address: lambda _: Response(200, {}, page.encode())}
    [opening], cursor = polled(service)
    assert opening.text == "Nurse\nNight shifts.\nA licence"
    assert next(one for one in service.asked if one.path == address).bare
    assert polled(system({}, Nurse=address), cursor)[0] == [], "an opening that has not changed is not told again"


@pytest.mark.parametrize("page", ["", "<html>no data</html>", '<script type="application/ld+json">{</script>', "\x00"])
def test_a_page_without_a_posting_is_no_text(page: str) -> None:
    assert posting_text(page) == ""


def test_a_page_that_does_not_answer_is_no_text() -> None:
    def gone(_: Request) -> Any:
        raise PushRejected("404")

    service = system({}, Nurse="https://gone.example/7")
    service.answers = {**service.answers, "https://gone.example/7": gone}
    [opening], _ = polled(service)
    assert opening.text == ""


def test_answers_are_taken_in_but_for_what_nobody_is_judged_by() -> None:
    asked = [("Licence number?", "A1"), ("Gender", "F"), ("Old question", "x")]
    said = [
        {"question": {"label": question}, "answer": {"label": answer}, "isArchived": question.startswith("Old")}
        for question, answer in asked
    ]
    person = intake_of({**row(), "questionsAndAnswers": said, "referredBy": "Bob"}, "", b"")
    assert [(one.question, one.answer) for one in person.answers] == [("Licence number?", "A1")]
    assert person.origin == "referral"


@pytest.mark.parametrize(
    ("detail", "path", "bare"),
    [
        ({"resumeFileId": 5}, "/api/v1/files/5", False),
        (
            {"resumeFileId": 5, "attachments": [{"id": 5, "name": "a.pdf", "fileUrl": "https://cdn.example/f"}]},
            "https://cdn.example/f",
            True,
        ),
        (
            {"resumeFileId": 5, "attachments": [{"id": 5, "name": "a", "fileUrl": "https://example.bamboohr.com/f"}]},
            "https://example.bamboohr.com/f",
            False,
        ),
    ],
)
def test_a_resume_is_fetched_with_the_key_only_from_bamboohr(detail: Any, path: str, bare: bool) -> None:
    service = system({"ALL_ACTIVE": [row()]}, {10: detail}, Nurse=None)
    service.answers = {
        **service.answers,
        path: lambda _: Response(200, {"content-disposition": 'x; filename="r.pdf"'}, b"%"),
    }
    items, _ = polled(service)
    assert items[1].content == b"%"
    assert items[1].filename in ("r.pdf", "a.pdf", "a")
    assert next(one for one in service.asked if one.path == path).bare is bare


def test_without_the_file_the_person_is_there_all_the_same() -> None:
    def forbidden(_: Request) -> Any:
        raise PushRejected("403", scope=True)

    service = system({"ALL_ACTIVE": [row()]}, {10: {"resumeFileId": 5}}, Nurse=None)
    service.answers = {**service.answers, "/api/v1/files/5": forbidden}
    items, _ = polled(service)
    assert items[1].content == b""


# ---------------------------------------------------------------- the webhook


def hook(body: bytes, *, moment: str = str(round(NOW.timestamp())), key: str = "bhr-private-key") -> Inbound:
    headers = {"x-bamboohr-signature": hex_hmac(key, body + moment.encode()), "x-bamboohr-timestamp": moment}
    return Inbound("POST", "webhook", headers, {}, body, NOW)


def test_the_signature_covers_body_and_time_without_anything_between() -> None:
    expected = "48d3377751d2b99cedaa8711a51c50864c3199d98e84a74d30182d9a97ec3a24"
    assert hex_hmac("bhr-private-key", b'{"employees":[]}1700000000') == expected


def test_a_message_is_kept_once() -> None:
    desk = Kept()
    for _ in range(2):
        assert bamboo().serve(hook(b'{"type":"employee.created"}'), desk).status == 200  # type: ignore[arg-type]
    assert len(desk.events) == 1


@pytest.mark.parametrize(
    "inbound",
    [
        hook(b"{}", key="wrong"),
        hook(b"{}", moment=str(round(NOW.timestamp()) - 4000)),
        hook(b"{}", moment="yesterday"),
        Inbound("POST", "webhook", {}, {}, b"{}", NOW),
    ],
)
def test_a_forged_old_or_bare_message_is_refused(inbound: Inbound) -> None:
    desk = Kept()
    with pytest.raises(Unauthorized):
        bamboo().serve(inbound, desk)  # type: ignore[arg-type]
    assert desk.events == {}


def test_both_forms_of_the_message_name_new_employees_alone() -> None:
    assert employees_of({"type": "employee.created", "data": {"employeeId": "7"}}) == ["7"]
    assert employees_of({"type": "employee.updated", "data": {"employeeId": "7"}}) == []
    old = {"employees": [{"id": "7", "action": "Created"}, {"id": "8", "action": "Updated"}]}
    assert employees_of(old) == ["7"]
    assert employees_of({"employees": None}) == []


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ({"HIRED": [row(10, 4, "Hired")], "ALL": [row(10, 4), row(11)]}, ["10"]),
        ({"ALL": [row(11)]}, ["11"]),
        ({"ALL": [row(10), row(11)]}, []),
        ({}, []),
    ],
)
def test_a_new_employee_confirms_the_one_application_it_can_be(groups: Any, told: list[str]) -> None:
    service = system(groups)
    service.answers = {**service.answers, "/api/v1/employees/7": lambda _: {"id": "7", "homeEmail": "Ada@mail.example"}}
    event = {"type": "employee.created", "data": {"employeeId": "7"}, "timestamp": "2026-11-26T10:00:00Z"}
    found = list(bamboo().read(event, service))
    assert [one.remote_application_id for one in found if isinstance(one, Outcome)] == told
    assert {one.kind for one in found if isinstance(one, Outcome)} <= {"hired"}


# ---------------------------------------------------------------- writing


def written(result: AssessmentResult = RESULT, **mapping: str) -> dict[str, Write]:
    connector = bamboo(**mapping)
    made = connector.writes(Outgoing(result, Target(application="10", candidate="20"), connector.mapping))
    return {one.name: one for one in made}


def answer(body: Any) -> Response:
    return Response(200, {}, json.dumps(body).encode())


def test_a_result_is_a_comment_with_the_link_and_then_a_status() -> None:
    writes = written()
    assert list(writes) == ["comments before", "comment", "status"]
    said = writes["comment"].request({}).json
    assert said["type"] == "comment"
    assert RESULT.report_url in said["comment"]
    assert RESULT.id in said["comment"]
    assert writes["status"].request({}).json == {"status": 2}


def test_a_comment_is_taken_as_written_when_there_is_one_more() -> None:
    writes = written()
    before = writes["comments before"].reference(answer(row()))
    found = writes["comment"].found
    assert found is not None
    found.request({"comments before": before})
    assert found.pick(answer(row())) is None
    assert found.pick(answer({**row(), "commentCount": 4})) is not None


@pytest.mark.parametrize(("status", "left"), [(1, False), (2, True), (3, True), (5, True), (8, True)])
def test_nobody_is_moved_back_by_a_result(status: int, left: bool) -> None:
    write = written()["status"]
    assert write.look_first
    assert write.found is not None
    assert (write.found.pick(answer(row(10, status))) is not None) is left


def test_who_withdrew_and_what_was_reviewed_set_no_status() -> None:
    assert "status" not in written(RESULT.model_copy(update={"type": "assessment.withdrawn", "scorecard": None}))
    assert "status" not in written(RESULT.model_copy(update={"type": "assessment.reviewed"}))
    assert "status" not in written(status_rejected="5")


def test_a_decision_is_a_status_and_needs_one() -> None:
    [advance] = bamboo().decide(Decision("advance", Target(application="10"), MAPPING, "Maria Lopez"))
    assert (advance.request({}).path, advance.request({}).json) == (f"{ONE}/status", {"status": 3})
    with pytest.raises(PushRejected):
        bamboo().decide(Decision("reject", Target(application="10"), {}, "Maria Lopez"))


def handed(**more: Any) -> dict[str, Write]:
    said = {"name": "Ada Byron", "email": "ada@mail.example", "filename": "ada.pdf", "content": b"%PDF", **more}
    made = bamboo().create(Handover(CandidateIntake(**said), "7", {}, "k", "https://foyer.example/a"))
    return {one.name: one for one in made}


def test_somebody_new_is_one_call_and_their_number_is_asked_for() -> None:
    writes = handed()
    create = writes["candidate"].request({})
    assert create.form is not None
    assert (create.form["firstName"], create.form["lastName"], create.form["jobId"]) == ("Ada", "Byron", "7")
    assert create.files is not None
    assert create.files["resume"].content == b"%PDF"
    listed = answer({"applications": [{**row(9), "applicant": {"email": "else"}}, row()], "nextPageUrl": None})
    assert writes["application"].reference(listed) == "10"
    assert writes["candidate"].found is not None
    assert writes["candidate"].found.pick(listed) == "20"
    nobody = answer({"applications": [], "nextPageUrl": "https://x.example/y?jobId=7&page=2"})
    following = writes["candidate"].found.following(nobody)
    assert following is not None
    assert dict(following.query) == {"jobId": "7", "page": "2"}
    with pytest.raises(PushRejected) as early:
        writes["application"].reference(nobody)
    assert early.value.retry


def test_a_file_that_bamboohr_takes_not_goes_as_a_link() -> None:
    files = handed(filename="ada.odt")["candidate"].request({}).files
    assert files is not None
    assert files["resume"].content == b"https://foyer.example/a"


def test_a_namesake_without_an_address_is_somebody_else_unless_the_whole_name_fits() -> None:
    found = handed(email=None)["candidate"].found
    assert found is not None
    other = {**row(), "applicant": {**row()["applicant"], "firstName": "Allegra"}}
    assert found.pick(answer({"applications": [other]})) is None
    assert found.pick(answer({"applications": [row()]})) == "20"


# ---------------------------------------------------------------- refusals


def test_a_refusal_speaks_through_its_header() -> None:
    said = bamboo().judge(Response(400, {"x-bamboohr-error-message": "Invalid status"}, b""))
    assert said == "Invalid status"


def test_a_limit_that_says_200_is_tried_again() -> None:
    found = bamboo().judge(Response(200, {}, b'{"error":{"code":429,"message":"Over rate limit"}}'))
    assert isinstance(found, Refusal)
    assert (found.retry, found.words) == (True, "Over rate limit")
    assert bamboo().judge(Response(200, {}, b"[]")) is None


@pytest.mark.parametrize(
    "typed", ["acme", "acme.bamboohr.com", "https://acme.bamboohr.com/", "http://acme.bamboohr.com"]
)
def test_the_company_may_be_the_address_as_it_is_copied(typed: str) -> None:
    assert BambooHR({"company": typed}).base_url == "https://acme.bamboohr.com"
