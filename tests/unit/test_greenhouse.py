"""Greenhouse without a server: what its documented messages become, and what results become for it. The examples of the
vendor's own documentation are read from `FOYER_BENCH_DATA`."""

from __future__ import annotations

import json
import os
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from integrations.auth import basic_value
from integrations.greenhouse import OUTCOMES, Greenhouse, status_of
from integrations.greenhouse_harvest import next_page
from integrations.signatures import hex_hmac
from integrations.vendors import vendor
from models.errors import BadRequest, NotFound, PushRejected, Unauthorized
from models.exchange import (
    AssessmentOrder,
    AssessmentPackage,
    CandidateIntake,
    Cursor,
    Decision,
    Handover,
    Inbound,
    Item,
    JobIntake,
    OrderState,
    Outcome,
    Outgoing,
    Request,
    Response,
    Target,
)
from models.settings import ROOT
from models.values import AssessmentResult, MustHave, Rating, Scorecard

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
EXAMPLES = Path(os.environ.get("FOYER_BENCH_DATA") or ROOT.parent / "shared" / "data") / "ats" / "greenhouse_examples"
SETTINGS = {
    "assessment_key": "our-key",
    "webhook_secret": "gh-secret",
    "client_id": "client",
    "client_secret": "hush",
    "user_id": "4080",
}
GREENHOUSE = Greenhouse(SETTINGS)
BARE = Greenhouse({"assessment_key": "our-key"})
KEY = basic_value("our-key")
RESUME = b"%PDF-1.7 somebody's"
WHERE = Target(candidate="17681532", application="26234709", job="5", extra={"reply_to": "https://gh.example/tests/1"})


def result(recommendation: str = "yes", **changes: Any) -> AssessmentResult:
    rating = Rating(competency_id="own", name="Ownership", rating=4, confidence="high", reason="Says what they did.")
    unrated = Rating(competency_id="team", name="Team", rating=None, confidence="low", reason="Nothing was said.")
    check = MustHave(question_id="c1", status="not_met", quote="No, it ran out.", reason="Said so.")
    card = Scorecard(
        id="s",
        recommendation=recommendation,  # type: ignore[arg-type]
        reason="Good answers.",
        overall=None if recommendation == "no_decision" else 71.5,
        competencies=(rating, unrated),
        must_haves=(check,),
    )
    fields: dict[str, Any] = {
        "id": "result_7_1",
        "created_at": NOW,
        "organisation_id": "org",
        "job": {"id": "j", "title": "Nurse"},
        "candidate": {"name": "Zoë 王"},
        "application_id": "app",
        "scorecard": card,
        "report_url": "https://foyer.example/r/1",
    }
    return AssessmentResult(**(fields | changes))


class Served:
    """Greenhouse's lists, by path; whatever is asked for is kept in `asked`."""

    def __init__(self, lists: Mapping[str, list[dict[str, Any]]] | None = None) -> None:
        self.lists, self.asked = lists or {}, []  # type: ignore[var-annotated]

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        if request.bare:
            return Response(200, {}, RESUME)
        if request.path not in self.lists:
            raise PushRejected(f"403: no access to {request.path}", scope=True)
        return Response(200, {}, json.dumps(self.lists[request.path]).encode())


class Desk:
    """Our side, with one package and one finished order."""

    def __init__(self) -> None:
        self.ordered: list[AssessmentOrder] = []
        self.kept: dict[str, Mapping[str, object]] = {}
        self.errors: list[tuple[str, str]] = []

    def packages(self) -> list[AssessmentPackage]:
        return [AssessmentPackage(id="12345", name="My First Test")]

    def order(self, order: AssessmentOrder) -> OrderState:
        self.ordered.append(order)
        return OrderState(id="98765", state="open")

    def status(self, order_id: str) -> OrderState:
        if order_id != "98765":
            raise NotFound("no such order")
        return OrderState(id=order_id, state="completed", result=result())

    def cancel(self, order_id: str, reason: str) -> OrderState:
        return OrderState(id=order_id, state="cancelled")

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.kept
        self.kept.setdefault(key, event)
        return new

    def report_error(self, what: str, detail: str) -> None:
        self.errors.append((what, detail))


def call(method: str, path: str, body: object = None, *, key: str = KEY, **query: str) -> Inbound:
    raw = b"" if body is None else json.dumps(body).encode()
    return Inbound(method, path, {"authorization": key}, query, raw, NOW)


def hook(body: bytes, *, secret: str = "gh-secret", scheme: str = "sha256", id: str = "") -> Inbound:
    headers = {"signature": f"{scheme} {hex_hmac(secret, body)}"}
    if id:
        headers["greenhouse-event-id"] = id
    return Inbound("POST", "webhook", headers, {}, body, NOW)


def read(event: Mapping[str, object], service: Served | None = None) -> list[Item]:
    return list(GREENHOUSE.read(event, service or Served()))


# ---------------------------------------------------------------- the vendor's own examples


def example(path: str) -> Any:
    if not EXAMPLES.is_dir():
        pytest.skip(f"Greenhouse's own examples were NOT read: {EXAMPLES} is missing (set FOYER_BENCH_DATA)")
    return json.loads((EXAMPLES / path).read_text())


def webhooks() -> list[str]:
    found = sorted(str(path.relative_to(EXAMPLES)) for path in (EXAMPLES / "webhooks").rglob("*.json"))
    return found or ["webhooks"]


SHOWN: dict[str, tuple[str, str | None, str | None]] = {
    "candidate_anonymized": ("erased", None, "37031511"),
    "candidate_deleted": ("erased", None, "37031511"),
    "candidate_hired": ("hired", "46194062", "35897443"),
    "candidate_merged": ("merged", None, "37031511"),
    "candidate_prospect_rejected": ("rejected", "265293", "265788"),
    "candidate_prospect_unrejected": ("undone", "265293", "265788"),
    "candidate_stage_change": ("stage", "265277", "265772"),
    "candidate_unhired": ("undone", "265293", "265788"),
}
"""Example -> kind, application and person of the outcome that it tells of; the others tell of none."""


@pytest.mark.parametrize("path", webhooks())
def test_every_documented_webhook_is_read(path: str) -> None:
    event = example(path)
    found = read(event)
    name = Path(path).stem
    if name == "application_created":
        [person] = found
        assert isinstance(person, CandidateIntake)
        said = event["payload"]["application"]
        assert (person.external_id, person.remote_candidate_id) == (str(said["id"]), str(said["candidate"]["id"]))
        assert person.remote_job_id == str(said["jobs"][0]["id"])
        assert person.email == said["candidate"]["email_addresses"][0]["value"]
        assert person.applied_at == datetime(2017, 10, 27, 14, 44, 43, tzinfo=UTC)
        assert person.stage == str(said["current_stage"]["id"])
        assert person.content == RESUME
        return
    if name not in SHOWN:
        assert found == []
        return
    [outcome] = found
    assert isinstance(outcome, Outcome)
    assert (outcome.kind, outcome.remote_application_id, outcome.remote_candidate_id) == SHOWN[name]
    if name == "candidate_merged":
        assert outcome.into == "457456"
    if name == "candidate_prospect_rejected":
        assert outcome.reason == event["payload"]["application"]["rejection_reason"]["name"]
        assert outcome.at == datetime(2015, 2, 11, 15, 50, 41, tzinfo=UTC)


@pytest.mark.parametrize("path", webhooks())
def test_every_documented_webhook_is_kept_once_under_its_signature(path: str) -> None:
    event, desk = example(path), Desk()
    body = json.dumps(event).replace("<", "\\u003c").encode()
    for _ in range(2):
        assert GREENHOUSE.serve(hook(body, id="delivery-1"), desk).status == 200
    assert desk.kept == {"delivery-1": event}


def test_no_field_that_may_not_count_is_handed_on() -> None:
    """Custom fields and what the form asked about the person themselves stay where they are."""
    [person] = read(example("webhooks/_application_events/application_created.json"))
    kept = json.dumps(person.model_dump(mode="json", exclude={"content"}))
    assert "custom" not in kept
    assert "educations" not in kept


def test_the_documented_order_becomes_an_order() -> None:
    desk = Desk()
    answer = GREENHOUSE.serve(call("POST", "send_test", example("assessment/_send_test/request.json")), desk)
    assert answer.json == example("assessment/_send_test/response.json")
    [order] = desk.ordered
    assert order.package_id == "12345"
    assert (
        order.key == order.reply_to == "https://app.greenhouse.io/integrations/testing_partners/take_home_tests/12345"
    )
    assert order.resume_url == "https://hogwarts.com/resume"
    person = order.candidate
    assert (person.name, person.email, person.phone) == (
        "The Chosen One Potter",
        "hpotter@hogwarts.edu",
        "123-456-7890",
    )
    assert (person.remote_candidate_id, person.external_id) == ("17681532", "26234709")


def test_tests_are_listed_in_the_documented_shape() -> None:
    shown = example("assessment/_list_tests/response.json")
    answer = GREENHOUSE.serve(call("GET", "list_tests"), Desk()).json
    assert answer == shown[:1]


def test_a_status_has_the_documented_shape() -> None:
    shown = example("assessment/_test_status/response.json")
    answer = GREENHOUSE.serve(call("GET", "test_status", partner_interview_id="98765"), Desk()).json
    assert answer.keys() == shown.keys()
    assert {key: type(answer[key]) for key in ("partner_status", "partner_profile_url", "metadata")} == {
        key: type(shown[key]) for key in ("partner_status", "partner_profile_url", "metadata")
    }
    assert answer["partner_status"] == shown["partner_status"]
    assert isinstance(answer["partner_score"], float)
    assert all(isinstance(value, str | int | float | bool) for value in answer["metadata"].values())


def test_what_greenhouse_could_not_use_is_reported() -> None:
    desk, said = Desk(), example("assessment/_response_error/request.json")
    answer = GREENHOUSE.serve(call("POST", "response_error", said), desk)
    assert answer.json == example("assessment/_response_error/response.json")
    assert desk.errors == [("test_status", said["errors"][0])]


# ---------------------------------------------------------------- who may call


@pytest.mark.parametrize("path", ["list_tests", "send_test", "test_status", "response_error", "nonsense"])
@pytest.mark.parametrize("key", ["", "Basic", "Bearer our-key", basic_value("our-key", "x"), basic_value("other"), "é"])
def test_without_our_key_nothing_is_answered(path: str, key: str) -> None:
    desk = Desk()
    with pytest.raises(Unauthorized):
        GREENHOUSE.serve(call("POST", path, {"partner_test_id": "12345"}, key=key), desk)
    assert desk.ordered == []


def test_a_webhook_with_another_signature_is_kept_by_nobody() -> None:
    desk, body = Desk(), b'{"action":"hire_candidate","payload":{}}'
    forged = (hook(body, secret="other"), hook(body, scheme="sha1"), hook(body, scheme=""))
    for inbound in (*forged, Inbound("POST", "webhook", {}, {}, body, NOW)):
        with pytest.raises(Unauthorized):
            GREENHOUSE.serve(inbound, desk)
    with pytest.raises(Unauthorized):
        BARE.serve(hook(body, secret=""), desk)
    assert desk.kept == {}


def test_a_ping_is_answered_and_not_kept_and_a_message_without_an_id_is_told_by_its_body() -> None:
    desk = Desk()
    assert GREENHOUSE.serve(hook(b'{"action":"ping","payload":{}}'), desk).status == 200
    assert desk.kept == {}
    for body in (b'{"action":"job_created","payload":{"n":1}}', b'{"action":"job_created","payload":{"n":2}}'):
        GREENHOUSE.serve(hook(body), desk)
        GREENHOUSE.serve(hook(body), desk)
    assert len(desk.kept) == 2


@pytest.mark.parametrize("body", [{}, {"partner_test_id": "1"}, {"partner_test_id": "1", "candidate": "Ada"}, [1]])
def test_an_order_that_lacks_something_is_refused(body: object) -> None:
    with pytest.raises(BadRequest):
        GREENHOUSE.serve(call("POST", "send_test", body), Desk())


@pytest.mark.parametrize(("method", "path"), [("GET", "send_test"), ("DELETE", "list_tests"), ("GET", "list_tests/1")])
def test_what_is_not_documented_is_not_served(method: str, path: str) -> None:
    with pytest.raises(NotFound):
        GREENHOUSE.serve(call(method, path), Desk())


# ---------------------------------------------------------------- results


def test_an_open_order_leaves_no_field_out() -> None:
    """Greenhouse wants null for what there is not."""
    for state in ("open", "started", "cancelled"):
        answer = status_of(OrderState(id="1", state=state))  # type: ignore[arg-type]
        assert answer["partner_status"] != "complete"
        assert answer["partner_profile_url"] is answer["partner_score"] is None


def test_no_decision_is_no_number() -> None:
    answer = status_of(OrderState(id="1", state="completed", result=result("no_decision")))
    assert answer["partner_score"] is None
    assert answer["metadata"]["Recommendation"] == "no decision"
    assert "Overall, of 100" not in answer["metadata"]


def test_an_unrated_competency_and_an_answer_of_no_are_said_as_they_are() -> None:
    fields = status_of(OrderState(id="1", state="completed", result=result()))["metadata"]
    assert fields["Ownership"] == "4 of 5 (high confidence)"
    assert fields["Team"] == "not assessed"
    assert fields["Must-have check 1"] == 'not met ("No, it ran out.")'


def test_a_result_is_told_noted_and_filed() -> None:
    writes = {one.name: one for one in GREENHOUSE.writes(Outgoing(result(), WHERE, {}, b"%PDF-1"))}
    assert list(writes) == ["completion", "note", "pdf"]
    told = writes["completion"].request({})
    assert (told.method, told.path, told.bare) == ("PATCH", "https://gh.example/tests/1", True)
    assert told.headers == {"authorization": KEY}
    note = writes["note"].request({}).json
    assert (note["candidate_id"], note["application_id"], note["user_id"]) == (17681532, 26234709, 4080)
    assert (note["visibility"], note["note_type"]) == ("private", "NOTE")
    assert "[result_7_1]" in note["body"]
    assert "https://foyer.example/r/1" in note["body"]
    file = writes["pdf"].request({}).json
    assert (file["application_id"], file["type"], b64decode(file["content"])) == (26234709, "other", b"%PDF-1")


@pytest.mark.parametrize("name", ["note", "pdf"])
def test_what_would_be_doubled_is_looked_for(name: str) -> None:
    [write] = [one for one in GREENHOUSE.writes(Outgoing(result(), WHERE, {}, b"%PDF-1")) if one.name == name]
    assert write.found is not None
    assert write.found.request({}).method == "GET"
    made = json.dumps([write.request({}).json]).encode()
    assert write.found.pick(Response(200, {}, made)) is not None
    other = made.replace(b"result_7_1", b"result_7_2")
    assert write.found.pick(Response(200, {}, other)) is None


def test_without_harvest_greenhouse_is_told_and_nothing_else() -> None:
    assert [one.name for one in BARE.writes(Outgoing(result(), WHERE, {}, b"%PDF-1"))] == ["completion"]
    assert list(BARE.poll(None, Served(), ["5"])) == []
    assert BARE.choices(Served()) == {}


def test_without_an_order_there_is_nobody_to_tell() -> None:
    where = Target(candidate="1", application="2")
    assert [one.name for one in GREENHOUSE.writes(Outgoing(result(), where, {}))] == ["note"]


def test_who_withdrew_is_said_to_have_withdrawn_and_no_more() -> None:
    gone = result(type="assessment.withdrawn", scorecard=None)
    [note] = [one for one in GREENHOUSE.writes(Outgoing(gone, WHERE, {})) if one.name == "note"]
    text = note.request({}).json["body"]
    assert "withdrew" in text
    assert "decision" not in text


# ---------------------------------------------------------------- decisions, and people whom we create


def test_a_decision_is_carried_out_without_asking_for_mail() -> None:
    chosen = {"reason.reject": "81", "stage.advance": "72"}
    where = Target(application="26", extra={"stage": "71"})
    [no] = GREENHOUSE.decide(Decision("reject", where, chosen, "Kim", "Another was closer."))
    assert no.request({}) == Request(
        "POST", "applications/26/reject", json={"rejection_reason_id": 81, "notes": "Another was closer."}
    )
    [yes] = GREENHOUSE.decide(Decision("advance", where, chosen, "Kim"))
    assert yes.request({}).json == {"from_stage_id": 71, "to_stage_id": 72}


def test_somebody_is_created_with_their_application_and_both_are_looked_for_first() -> None:
    person = CandidateIntake(name="Ada King Lovelace", email="ada@mail.example")
    person_, application = GREENHOUSE.create(Handover(person, "500", {}, "key"))
    assert (person_.name, application.name) == ("candidate", "application")
    assert person_.look_first
    assert application.look_first
    body = person_.request({}).json
    assert (body["first_name"], body["last_name"]) == ("Ada King", "Lovelace")
    assert person_.found is not None
    assert application.found is not None
    rows = [{"id": 8}, {"id": 9, "email_addresses": [{"value": "Ada@mail.example"}]}]
    assert person_.found.pick(Response(200, {}, json.dumps(rows).encode())) == "9"
    assert person_.found.pick(Response(200, {}, b'[{"id": 8}]')) is None, "somebody else"
    assert person_.found.pick(Response(200, {}, b"[]")) is None
    assert person_.reference(Response(201, {}, b'{"candidate": {"id": 9}, "application": {"id": 8}}')) == "9"
    assert application.request({"candidate": "9"}).json == {"candidate_id": 9, "job_id": 500}
    assert dict(application.found.request({"candidate": "9"}).query) == {"candidate_ids": "9", "job_ids": "500"}


@pytest.mark.parametrize("name", ["ashby", "greenhouse", "workday"])
def test_somebody_without_an_address_is_taken_for_nobody_who_is_there(name: str) -> None:
    """An empty filter finds everybody, and a name is not a person's own."""
    mapping = {"candidate.source": "S", "stage.create": "R", "source.create": "1"}
    person = vendor(name)({"api_key": "k"}).create(Handover(CandidateIntake(name="Ada"), "500", mapping, "key"))[0]
    assert person.name == "candidate"
    assert person.found is None


# ---------------------------------------------------------------- reading Harvest


def harvested(**application: Any) -> list[Item | Cursor]:
    kept = {
        "id": 26,
        "candidate_id": 9,
        "job_id": 500,
        "status": "in_process",
        "applied_at": "2026-11-20T08:00:00Z",
        "updated_at": "2026-11-21T08:00:00Z",
    } | application
    service = Served(
        {
            "jobs": [{"id": 500, "name": "Nurse", "status": "open"}, {"id": 501, "name": "Cook", "status": "closed"}],
            "job_posts": [{"id": 1, "job_id": 500, "content": "<p>A ward</p><ul><li>Nights</li></ul>"}],
            "applications": [kept],
            "candidates": [{"id": 9, "first_name": "Ada", "last_name": "Byron", "email_addresses": []}],
            "attachments": [
                {"application_id": 26, "type": "resume", "filename": "a.pdf", "url": "https://f.example/a"}
            ],
        }
    )
    return list(GREENHOUSE.poll(None, service, ["500"]))


def test_a_reading_tells_openings_people_and_where_to_go_on() -> None:
    nurse, cook, person, cursor = harvested()
    assert nurse == JobIntake(remote_id="500", title="Nurse", text="A ward\nNights")
    assert isinstance(cook, JobIntake)
    assert not cook.open
    assert isinstance(person, CandidateIntake)
    assert (person.name, person.filename, person.content, person.email) == ("Ada Byron", "a.pdf", RESUME, None)
    assert isinstance(cursor, Cursor)
    service = Served({key: [] for key in ("jobs", "job_posts", "applications")})
    list(GREENHOUSE.poll(cursor, service, ["500"]))
    [asked] = [one for one in service.asked if one.path == "applications"]
    assert dict(asked.query)["updated_at[gte]"] == cursor.token


def test_the_same_hire_read_twice_is_the_same_outcome() -> None:
    """Harvest has no moment of its own for it; without one each reading would tell of another."""
    [first], [second] = ([one for one in harvested(status="hired") if isinstance(one, Outcome)] for _ in range(2))
    assert first == second
    assert (first.kind, first.at) == ("hired", datetime(2026, 11, 21, 8, 0, tzinfo=UTC))


def test_a_withdrawal_is_no_rejection() -> None:
    reason = {"id": 1, "name": "Took another job", "type": {"id": 2, "name": "They withdrew"}}
    event = {"action": "reject_candidate", "payload": {"application": {"id": 3, "rejection_reason": reason}}}
    [outcome] = read(event)
    assert isinstance(outcome, Outcome)
    assert outcome.kind == "withdrew"
    assert outcome.remote_application_id == "3"


def test_fields_that_nobody_documented_do_no_harm() -> None:
    for action in OUTCOMES:
        assert len(read({"action": action, "payload": {"application": {"id": 1, "new": [1]}, "new": {}}})) == 1
    assert read({"action": "hire_candidate"}) == read({"action": "hire_candidate", "payload": []}) == read({}) == []


@pytest.mark.parametrize(
    ("link", "following"),
    [
        ("", None),
        ('<https://h.example/v3/jobs?cursor=a%3D>; rel="next"', "https://h.example/v3/jobs?cursor=a%3D"),
        ('<https://h.example/1>; rel="prev", <https://h.example/3>; rel="next"', "https://h.example/3"),
        ('<https://h.example/1>; rel="prev"', None),
    ],
)
def test_paging_follows_the_link_alone(link: str, following: str | None) -> None:
    found = next_page(Response(200, {"link": link}, b""))
    assert (found.path if found else None) == following
    assert found is None or found.query == ()


# ---------------------------------------------------------------- setting up


def test_a_test_names_each_scope_that_is_missing() -> None:
    lists: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("jobs", "applications", "candidates", "attachments")
    }
    findings = list(GREENHOUSE.check(Served(lists)))
    assert [one.cure for one in findings if not one.ok] == ["Give the client the scope harvest:notes:list."]
    bare = [one for one in BARE.check(Served()) if not one.ok]
    assert len(bare) == 2
    assert all(one.cure for one in bare)
    too_long = Greenhouse(SETTINGS | {"assessment_key": "k" * 171})
    assert not next(one.ok for one in too_long.check(Served(lists)))


def test_choices_are_read_by_name() -> None:
    lists = {name: [{"id": 7, "name": "One"}] for name in ("job_interview_stages", "rejection_reasons", "sources")}
    found = GREENHOUSE.choices(Served(lists))
    assert {each.choices for each in Greenhouse.about.mapped} == set(found)
    assert [(one.id, one.label) for one in found["stages"]] == [("7", "One")]
