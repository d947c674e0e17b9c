"""Lever's words and ours, without a server: signatures, what opportunities become, how a form is filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from integrations import lever_form
from integrations.auth import Headers, OAuth2
from integrations.lever import SCOPES, Lever
from models.errors import NotFound, PushRejected, Unauthorized
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
from models.values import AssessmentResult, Rating, Recommendation, Scorecard

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
TOKEN, AT = "a" * 48, 1700000000000
SIGNED = "8493cddccfaabf04e4d863b8af0885c22b0796312930b21cabfe849a41103a2f"
KEY = "lever-signing-token"


class Desk:
    """Keeps what it is handed."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, object]] = {}

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.kept
        self.kept.setdefault(key, event)
        return new


class There:
    """Lever, as the answers it gives by path."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {
            "stages": [{"id": "st-1", "text": "New applicant"}, {"id": "st-2", "text": "Foyer interview"}],
            "archive_reasons": [
                {"id": "r-1", "text": "Underqualified", "type": "non-hired"},
                {"id": "r-2", "text": "Hired", "type": "hired"},
                {"id": "r-3", "text": "Candidate withdrew", "type": "non-hired"},
            ],
            "opportunities/op-1/resumes": [],
            **answers,
        }
        self.asked: list[Request] = []

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        found = self.answers.get(request.path)
        if isinstance(found, PushRejected):
            raise found
        if found is None:
            raise PushRejected("Lever answered 404", answered=404)
        if isinstance(found, bytes):
            return Response(200, {}, found)
        return Response(200, {}, json.dumps({"data": found, "hasNext": False}).encode())


def lever(**settings: str) -> Lever:
    return Lever({"api_key": "key", "signing_token": KEY, "perform_as": "user-1", **settings})


def inbound(body: bytes | Mapping[str, Any], path: str = "webhook", method: str = "POST") -> Inbound:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Inbound(method=method, path=path, headers={}, query={}, body=sent, now=NOW)


def message(**more: Any) -> dict[str, Any]:
    data = {"opportunityId": "op-1", "contactId": "c-1", "toStageId": "st-2"}
    said = {"event": "candidateStageChange", "triggeredAt": AT, "token": TOKEN, "signature": SIGNED, "data": data}
    return {**said, **more}


def opportunity(**more: Any) -> dict[str, Any]:
    field = {"type": "text", "text": "Why here?", "value": "Because."}
    chosen = {"type": "multiple-select", "text": "Languages", "value": ["Go", "C"]}
    gender = {"type": "dropdown", "text": "Gender", "value": "Female"}
    file = {"type": "file-upload", "text": "Cover letter", "value": {"id": "f"}}
    applied = {
        "id": "ap-1",
        "posting": "p-1",
        "createdAt": 1795000000000,
        "customQuestions": [{"fields": [field, chosen, gender, file]}],
    }
    found = {
        "id": "op-1",
        "name": "Ada Byron",
        "contact": "c-1",
        "emails": ["ada@mail.example", "other@mail.example"],
        "phones": [{"type": "mobile", "value": "+49 1"}],
        "stage": "st-1",
        "stageChanges": [
            {"toStageId": "st-2", "updatedAt": 1795000300000},
            {"toStageId": "st-1", "updatedAt": 1795000200000},
        ],
        "archived": None,
        "applications": [applied],
        "sources": ["LinkedIn"],
        "origin": "applied",
        "urls": {"show": "https://hire.lever.co/candidates/op-1"},
    }
    return {**found, **more}


def result(word: Recommendation = "yes", **more: Any) -> AssessmentResult:
    ratings = (
        Rating(competency_id="a", name="Debugging", rating=5, score=95, confidence="high", reason="Found the cause."),
        Rating(competency_id="b", name="Teamwork", rating=3, score=50, confidence="medium"),
        Rating(competency_id="c", name="Writing"),
    )
    overall = None if word == "no_decision" else 70
    card = Scorecard(id="s", recommendation=word, reason="Two of three.", overall=overall, competencies=ratings)
    known = {
        "id": "result_1_1",
        "created_at": NOW,
        "organisation_id": "org",
        "job": {"title": "Engineer"},
        "candidate": {"name": "Ada"},
        "application_id": "app",
        "scorecard": card,
        "report_url": "https://foyer.example/reports/1",
    }
    return AssessmentResult(**{**known, **more})


def written(connector: Lever, made: AssessmentResult, **mapping: str) -> dict[str, Write]:
    target = Target(candidate="c-1", application="op-1", job="p-1")
    return {each.name: each for each in connector.writes(Outgoing(made, target, mapping, b"%PDF"))}


# ---------------------------------------------------------------- webhooks


def test_the_signature_of_the_documented_formula_is_taken_once() -> None:
    desk, connector = Desk(), lever()
    assert connector.serve(inbound(message()), desk).status == 200  # type: ignore[arg-type]
    connector.serve(inbound(message(data={"opportunityId": "op-2"})), desk)  # type: ignore[arg-type]
    assert desk.kept == {TOKEN: {"event": "candidateStageChange", "at": str(AT), "id": "op-1"}}


def test_one_of_several_signing_tokens_fits() -> None:
    desk = Desk()
    lever(signing_token=f"another, {KEY}").serve(inbound(message()), desk)  # type: ignore[arg-type]
    assert len(desk.kept) == 1


@pytest.mark.parametrize(
    "forged",
    [
        message(signature="0" * 64),
        message(signature=""),
        message(signature=None),
        message(token="b" * 48),
        message(triggeredAt=AT + 1),
        b"no JSON",
        b"[]",
    ],
)
def test_what_is_not_signed_is_refused_before_anything_else(forged: Any) -> None:
    desk = Desk()
    with pytest.raises(Unauthorized):
        lever().serve(inbound(forged), desk)  # type: ignore[arg-type]
    assert desk.kept == {}


def test_without_a_signing_token_nothing_is_taken() -> None:
    with pytest.raises(Unauthorized):
        lever(signing_token="").serve(inbound(message()), Desk())  # type: ignore[arg-type]


@pytest.mark.parametrize("data", [{}, {"opportunityId": "../users"}, {"opportunityId": ""}, None])
def test_a_test_message_and_an_id_that_is_none_are_answered_and_not_kept(data: Any) -> None:
    desk = Desk()
    assert lever().serve(inbound(message(data=data)), desk).status == 200  # type: ignore[arg-type]
    assert desk.kept == {}


def test_nothing_else_is_served() -> None:
    for call in (inbound(message(), method="GET"), inbound(message(), path="list_tests")):
        with pytest.raises(NotFound):
            lever().serve(call, Desk())  # type: ignore[arg-type]


# ---------------------------------------------------------------- events: only what Lever says now is told


def read(there: There, event: str, **settings: str) -> list[Any]:
    return list(lever(**settings).read({"event": event, "at": str(AT), "id": "op-1"}, there))


def test_an_application_is_fetched_with_its_newest_resume() -> None:
    resumes = [
        {"id": "r-new", "createdAt": 2, "file": {"name": "Ada.pdf"}},
        {"id": "r-old", "createdAt": 1, "file": {"name": "Old.pdf"}},
        {"id": "r-none", "createdAt": 3, "file": None},
    ]
    answers = {"opportunities/op-1": opportunity(), "opportunities/op-1/resumes": resumes}
    there = There(**answers, **{"opportunities/op-1/resumes/r-new/download": b"her resume"})
    [person] = read(there, "applicationCreated")
    assert isinstance(person, CandidateIntake)
    assert (person.filename, person.content, person.name) == ("Ada.pdf", b"her resume", "Ada Byron")
    assert (person.external_id, person.remote_candidate_id, person.remote_job_id) == ("op-1", "c-1", "p-1")
    assert (person.email, person.phone, person.source, person.origin) == (
        *("ada@mail.example", "+49 1", "LinkedIn"),
        "application",
    )
    assert [(each.question, each.answer) for each in person.answers] == [
        ("Why here?", "Because."),
        ("Languages", "Go, C"),
    ]
    assert not person.ordered
    assert ("expand", "applications") in there.asked[0].query


@pytest.mark.parametrize("refused", [404, 422])
def test_a_resume_that_lever_cannot_hand_out_is_none(refused: int) -> None:
    resumes = [{"id": "r", "createdAt": 2, "file": {"name": "Ada.pdf"}}]
    broken = PushRejected("x", answered=refused)
    there = There(
        **{
            "opportunities/op-1": opportunity(),
            "opportunities/op-1/resumes": resumes,
            "opportunities/op-1/resumes/r/download": broken,
        }
    )
    [person] = read(there, "applicationCreated")
    assert (person.filename, person.content) == ("", b"")


@pytest.mark.parametrize("stage", ["Foyer Interview", "st-2"])
def test_the_stage_that_orders_is_known_by_name_or_id(stage: str) -> None:
    there = There(**{"opportunities/op-1": opportunity(stage="st-2")})
    person, moved = read(there, "candidateStageChange", order_stage=stage)
    assert (person.ordered, moved.kind, moved.stage) == (True, "stage", "Foyer interview")
    assert moved.at == datetime.fromtimestamp(1795000300, UTC)
    [only] = read(There(**{"opportunities/op-1": opportunity(stage="st-1")}), "candidateStageChange", order_stage=stage)
    assert only.kind == "stage"


def test_who_is_in_no_stage_that_orders_is_not_ordered_where_none_is_set() -> None:
    [moved] = read(There(**{"opportunities/op-1": opportunity(stage="")}), "candidateStageChange")
    assert isinstance(moved, Outcome)


@pytest.mark.parametrize(
    ("reason", "kind", "words"),
    [
        ("r-1", "rejected", "Underqualified"),
        ("r-2", "hired", ""),
        ("r-3", "withdrew", "Candidate withdrew"),
        ("gone", "rejected", ""),
    ],
)
def test_archived_is_hired_rejected_or_withdrew_by_its_reason(reason: str, kind: str, words: str) -> None:
    there = There(**{"opportunities/op-1": opportunity(archived={"archivedAt": 1795000400000, "reason": reason})})
    for event in ("candidateHired", "candidateArchiveChange"):
        [outcome] = read(there, event)
        assert (outcome.kind, outcome.reason, outcome.remote_application_id) == (kind, words, "op-1")
        assert outcome.at == datetime.fromtimestamp(1795000400, UTC)


def test_taken_out_of_the_archive_is_undone() -> None:
    [outcome] = read(There(**{"opportunities/op-1": opportunity()}), "candidateArchiveChange")
    assert (outcome.kind, outcome.at) == ("undone", datetime.fromtimestamp(AT / 1000, UTC))


def test_a_hire_that_lever_does_not_know_of_is_none() -> None:
    assert read(There(**{"opportunities/op-1": opportunity()}), "candidateHired") == []


def test_deleted_is_believed_only_of_what_is_gone() -> None:
    [outcome] = read(There(), "candidateDeleted")
    assert (outcome.kind, outcome.remote_application_id) == ("erased", "op-1")
    assert read(There(**{"opportunities/op-1": opportunity()}), "candidateDeleted") == []
    assert read(There(), "candidateHired") == []
    forbidden = There(**{"opportunities/op-1": PushRejected("confidential", answered=403)})
    with pytest.raises(PushRejected):
        read(forbidden, "candidateDeleted")


def test_people_of_the_pool_alone_are_no_candidates() -> None:
    assert read(There(**{"opportunities/op-1": opportunity(applications=[])}), "applicationCreated") == []


# ---------------------------------------------------------------- reading


def test_a_posting_is_its_text_in_lines() -> None:
    content = {
        "descriptionHtml": "<div>We build.</div>",
        "lists": [{"text": "You bring", "content": "<li>Go</li><li>Care</li>"}],
        "closingHtml": "<p>Bye</p>",
    }
    posting = {"id": "p-1", "text": "Engineer", "state": "published", "content": content}
    there = There(postings=[posting, {"id": "p-2", "text": "Draft", "state": "draft"}])
    job, cursor = lever().poll(None, there, [])
    assert isinstance(job, JobIntake)
    assert (job.title, job.text, job.open) == ("Engineer", "We build.\nYou bring\nGo\nCare\nBye", True)
    assert isinstance(cursor, Cursor)


def test_a_later_reading_hears_of_ends_moves_and_deletions() -> None:
    closed = {"id": "p-1", "text": "Engineer", "state": "closed", "content": None}
    ended = opportunity(id="op-2", archived={"archivedAt": 1, "reason": "r-1"})
    there = There(
        postings=[closed],
        opportunities=[opportunity(), ended],
        **{"opportunities/deleted": [{"id": "op-3", "deletedAt": 5}]},
    )
    job, person, moved, rejected, erased, _ = lever().poll(Cursor(token="123"), there, ["p-1"])
    assert isinstance(job, JobIntake)
    assert not job.open
    assert isinstance(person, CandidateIntake)
    kinds = [(each.kind, each.remote_application_id) for each in (moved, rejected, erased) if isinstance(each, Outcome)]
    assert kinds == [("stage", "op-1"), ("rejected", "op-2"), ("erased", "op-3")]
    asked = {request.path: dict(request.query) for request in there.asked}
    assert asked["opportunities"]["updated_at_start"] == asked["postings"]["updated_at_start"] == "123"
    assert asked["opportunities/deleted"]["deleted_at_start"] == "123"
    assert "archived" not in asked["opportunities"]


# ---------------------------------------------------------------- results


def test_without_a_form_there_are_note_link_and_file() -> None:
    made = written(lever(), result())
    assert list(made) == ["note", "link", "pdf"]
    note = made["note"].request({})
    assert (note.method, note.path, note.query) == ("POST", "opportunities/op-1/notes", (("perform_as", "user-1"),))
    assert "[result_1_1]" in note.json["value"]
    assert made["link"].request({}).json == {"links": ["https://foyer.example/reports/1"]}
    files = made["pdf"].request({}).files
    assert files is not None
    assert files["file"].filename == "Foyer report result_1_1.pdf"
    assert all(each.found is not None for each in made.values())


def test_without_a_user_there_are_note_and_link() -> None:
    made = written(lever(perform_as=""), result(), template="t-1")
    assert list(made) == ["note", "link"]
    assert made["note"].request({}).query == ()


def test_who_withdrew_is_told_of_in_a_note_alone() -> None:
    made = written(lever(), result(type="assessment.withdrawn", scorecard=None), template="t-1")
    assert list(made) == ["note"]
    assert "withdrew" in made["note"].request({}).json["value"]


@pytest.mark.parametrize("word", ["no_decision", "mixed"])
def test_what_has_no_place_on_the_scale_fills_in_no_form(word: Recommendation) -> None:
    assert "feedback" not in written(lever(), result(word), template="t-1")
    assert "note" in written(lever(), result(word), template="t-1")


def test_the_customer_may_give_mixed_a_number_but_never_no_decision() -> None:
    assert "feedback" in written(lever(), result("mixed"), **{"template": "t-1", "score.mixed": "2"})
    assert "feedback" not in written(lever(), result("no_decision"), **{"template": "t-1", "score.mixed": "2"})
    assert lever_form.step_of(result("mixed"), "2") == 2
    assert lever_form.step_of(result("mixed"), "5") is None


FIELDS: list[dict[str, Any]] = [
    {
        "id": "f1",
        "type": "score-system",
        "text": "Rating",
        "required": True,
        "options": [{"text": f"{n} - {word}"} for n, word in ((4, "Strong"), (3, "Hire"), (2, "No"), (1, "Strong no"))],
    },
    {"id": "f2", "type": "textarea", "text": "Summary", "required": True},
    {"id": "f3", "type": "text", "text": "Link to the report"},
    {"id": "f4", "type": "yes-no", "text": "Recommended?"},
    {"id": "f5", "type": "score", "text": "debugging"},
    {"id": "f6", "type": "scorecard", "text": "Skills", "scores": [{"text": "Debugging"}, {"text": "Teamwork"}]},
    {"id": "f7", "type": "dropdown", "text": "Recommendation", "options": [{"text": "Yes"}, {"text": "No"}]},
    {"id": "f8", "type": "code", "text": "Code"},
    {"id": "f9", "type": "textarea", "text": "Teamwork"},
    {"id": "f10", "type": "text", "text": "Overall score"},
    {"id": "f11", "type": "yes-no", "text": "Would you like to meet them?"},
]


def kept(fields: list[dict[str, Any]]) -> str:
    return lever_form.skeleton(Response(200, {}, json.dumps({"data": {"id": "t-1", "fields": fields}}).encode()))


def filled(fields: list[dict[str, Any]], made: AssessmentResult, step: int = 3) -> dict[str, Any]:
    values = lever_form.values(kept(fields), made, step)
    assert isinstance(values, list)
    return {each["id"]: each["value"] for each in values}


def test_fields_are_filled_in_by_their_text() -> None:
    found = filled(FIELDS, result())
    assert found["f1"] == "3 - Hire"
    assert "[result_1_1]" in found["f2"]
    assert found["f3"] == "https://foyer.example/reports/1"
    assert (found["f4"], found["f5"], found["f7"], found["f10"]) == ("yes", 4, "Yes", "70 of 100")
    assert found["f6"] == [
        {"score": 4, "comment": "5 of 5 (high confidence). Found the cause."},
        {"score": None, "comment": "3 of 5 (medium confidence)."},
    ]
    assert found["f9"].startswith("3 of 5")
    assert "f8" not in found
    assert "f11" not in found


def test_where_nothing_asks_for_words_the_first_free_field_has_them() -> None:
    fields = [
        FIELDS[0],
        {"id": "x", "type": "text", "text": "Strengths"},
        {"id": "y", "type": "textarea", "text": "Why"},
    ]
    found = filled(fields, result())
    assert "[result_1_1]" in found["y"]
    assert "x" not in found
    [line] = filled([FIELDS[0], {"id": "x", "type": "text", "text": "Strengths"}], result())["x"].splitlines()
    assert "[result_1_1]" in line


def test_a_form_that_asks_for_what_nobody_knows_here_is_not_sent() -> None:
    with pytest.raises(PushRejected, match="'Code'"):
        filled([*FIELDS[:2], {"id": "z", "type": "code", "text": "Code", "required": True}], result())
    with pytest.raises(PushRejected, match="'Rating'"):
        filled([{**FIELDS[0], "options": [{"text": "Great"}]}], result())


def test_a_form_names_the_template_and_is_known_by_mark_or_moment() -> None:
    made = written(lever(), result(), template="t-1")
    assert list(made) == ["template", "feedback", "link", "pdf"]
    assert made["template"].request({}).path == "feedback_templates/t-1"
    call = made["feedback"].request({"template": kept(FIELDS)})
    assert (call.path, call.query) == ("opportunities/op-1/feedback", (("perform_as", "user-1"),))
    assert (call.json["baseTemplateId"], call.json["completedAt"]) == ("t-1", int(NOW.timestamp() * 1000))
    lookup = made["feedback"].found
    assert lookup is not None

    def pick(**form: Any) -> str | None:
        return lookup.pick(Response(200, {}, json.dumps({"data": [{"id": "fb", **form}]}).encode()))

    assert pick(fields=[{"value": "so [result_1_1]"}]) == "fb"
    assert pick(baseTemplateId="t-1", createdAt=call.json["createdAt"], fields=[]) == "fb"
    assert pick(baseTemplateId="t-1", createdAt=1, fields=[{"value": "[result_1_2]"}]) is None


def test_a_rehearsal_shows_the_form_without_reading_it() -> None:
    call = written(lever(), result(), template="t-1")["feedback"].request({"template": "<template>"})
    assert call.json["fieldValues"] == lever_form.UNREADABLE


def test_with_no_template_read_there_is_no_form() -> None:
    with pytest.raises(KeyError):
        written(lever(), result(), template="t-1")["feedback"].request({})


# ---------------------------------------------------------------- decisions and people


@pytest.mark.parametrize(
    ("kind", "path", "body"), [("advance", "stage", {"stage": "st-2"}), ("reject", "archived", {"reason": "r-1"})]
)
def test_decisions_are_a_stage_and_an_archive_reason(kind: Any, path: str, body: dict[str, str]) -> None:
    mapping = {"stage.advance": "st-2", "reason.reject": "r-1"}
    [write] = lever().decide(Decision(kind, Target(application="op-1"), mapping, "Ann", "because"))
    call = write.request({})
    assert (call.method, call.path, call.json) == ("PUT", f"opportunities/op-1/{path}", body)
    with pytest.raises(PushRejected, match="Choose"):
        lever().decide(Decision(kind, Target(application="op-1"), {}, "Ann"))


def test_a_person_is_created_with_their_posting_and_their_file() -> None:
    person = CandidateIntake(name="Ada", email="ada@mail.example", phone="1", filename="ada.pdf", content=b"x")
    made = lever().create(Handover(person, "p-1", {}, "key", "https://foyer.example/applications/1"))
    application, candidate, file = made
    assert (application.name, candidate.name, application.look_first) == ("application", "candidate", True)
    call = application.request({})
    assert call.query == (("perform_as", "user-1"),)
    assert (call.json["postings"], call.json["emails"], call.json["sources"]) == (
        ["p-1"],
        ["ada@mail.example"],
        ["Foyer"],
    )
    assert candidate.request({"application": "op-9"}).path == "opportunities/op-9"
    assert candidate.reference(Response(200, {}, b'{"data": {"id": "op-9", "contact": "c-9"}}')) == "c-9"
    assert file.request({"application": "op-9"}).path == "opportunities/op-9/files"
    assert file.found is not None
    assert file.found.request({"application": "op-9"}).path == "opportunities/op-9/files"
    with pytest.raises(PushRejected, match="user id"):
        lever(perform_as="").create(Handover(person, "p-1", {}, "key"))


# ---------------------------------------------------------------- signing in, and what is said of it


def test_two_ways_of_signing_in() -> None:
    by_key = lever().auth()
    assert isinstance(by_key, Headers)
    assert by_key.headers["authorization"] == "Basic a2V5Og=="
    assert lever().authorise_url("s", "https://foyer.example/connect-callback/1") is None
    other = lever(client_id="client", client_secret="secret")
    auth = other.auth()
    assert isinstance(auth, OAuth2)
    assert (auth.grant, auth.in_body) == ("refresh_token", True)
    address = other.authorise_url("s", "https://foyer.example/connect-callback/1")
    assert address is not None
    query = parse_qs(urlsplit(address).query)
    assert address.startswith("https://auth.lever.co/authorize?")
    assert query["audience"] == ["https://api.lever.co/v1/"]
    assert query["scope"] == [" ".join(SCOPES)]
    assert query["redirect_uri"] == ["https://foyer.example/connect-callback/1"]
    assert (query["state"], query["response_type"], query["client_id"]) == (["s"], ["code"], ["client"])
    assert "client_secret" not in query


def test_refusals_are_in_levers_words() -> None:
    said = b'{"code": "ResourceNotFound", "message": "stages 1 was not found"}'
    assert lever().judge(Response(404, {}, said)) == "stages 1 was not found (ResourceNotFound)"
    assert lever().judge(Response(502, {}, b"<html>Bad gateway")) == "<html>Bad gateway"
    assert lever().judge(Response(502, {}, b"[]")) == "[]"
    assert lever().judge(Response(200, {}, b"{}")) is None


def test_a_check_names_what_is_missing() -> None:
    [nothing] = lever(api_key="").check(There())
    assert "API key" in nothing.cure
    forbidden = PushRejected("Lever answered 403: no", scope=True, answered=403)
    there = There(postings=[], opportunities=[], feedback_templates=forbidden)
    findings = list(lever(signing_token="").check(there))
    assert [each.ok for each in findings] == [False, True, True, True, True, False, False]
    assert "feedback_templates:read:admin" in findings[5].cure
    assert "nothing of this id" in findings[6].cure
    early = There(postings=PushRejected("Not authorised yet", scope=True))
    assert [each.ok for each in lever().check(early)] == [True, False]


def test_choices_leave_out_the_reasons_of_hires() -> None:
    found = lever().choices(There(feedback_templates=[{"id": "t-1", "text": "Interview"}]))
    assert [each.id for each in found["reasons"]] == ["r-1", "r-3"]
    assert [each.label for each in found["templates"]] == ["Interview"]
    assert {each.choices for each in Lever.about.mapped if each.choices} == set(found)
