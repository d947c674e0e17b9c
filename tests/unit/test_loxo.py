"""Loxo's values into ours and back, without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.loxo import Loxo
from integrations.loxo_rows import changed, emails, following, hint, intake, phones, refusal, rows, stage_of
from models.exchange import CandidateIntake, Decision, Handover, Outcome, Outgoing, Request, Response, Target
from models.values import AssessmentResult, Scorecard

AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
LOXO = Loxo({"api_key": "k", "slug": "acme", "activity_type": "901", "hook_key": "h"})
RESULT = AssessmentResult(
    id="result_i_1",
    created_at=AT,
    organisation_id="o",
    job={"id": "j", "title": "Engineer <R&D>"},
    candidate={"id": "c"},
    application_id="a",
    scorecard=Scorecard(id="s", recommendation="yes", reason="Good.", overall=70),
    report_url="https://foyer.example/reports/1",
)
PERSON: dict[str, Any] = {
    "id": 5,
    "name": "Ada Byron",
    "emails": [{"id": 1, "value": "Ada@X.example"}],
    "phones": [{"value": "+44 20"}],
    "gender": {"name": "Female"},
    "veteran_status": {"name": "No"},
}


def answer(json: str, status: int = 200) -> Response:
    return Response(status, {}, json.encode())


def test_somebody_on_a_list_and_a_candidate_of_a_job() -> None:
    pooled = intake(PERSON, "a.pdf", b"x", "list-7")
    assert (pooled.origin, pooled.external_id, pooled.remote_job_id) == ("pool", "5", "list-7")
    assert (pooled.name, pooled.email, pooled.phone) == ("Ada Byron", "ada@x.example", "+44 20")
    own = {"id": 90, "person_id": 5, "created_at": "2026-11-26T10:00:00Z"}
    applied = intake(PERSON, "a.pdf", b"x", "3", own, "Sourced")
    assert (applied.origin, applied.external_id, applied.remote_candidate_id) == ("sourced", "90", "5")
    assert (applied.applied_at, applied.stage) == (AT, "Sourced")
    assert "Female" not in applied.model_dump_json()
    assert "veteran" not in applied.model_dump_json()


def test_addresses_in_every_form_they_come_in() -> None:
    assert emails({"email": "A@x.example", "emails": [{"value": "a@x.example"}, "b@x.example", None, {}]}) == [
        "a@x.example",
        "b@x.example",
    ]
    assert phones({"phone": None, "phones": [{"phone": "1"}, "2"]}) == ["1", "2"]


@pytest.mark.parametrize(
    "said", ['[{"id": 1}]', '{"people": [{"id": 1}]}', '{"results": [{"id": 1}], "pagination": {}}']
)
def test_lists_in_every_envelope(said: str) -> None:
    assert rows(answer(said), "people") == [{"id": 1}]
    assert rows(answer("null"), "people") == []


def test_a_scroll_id_leads_on_and_null_ends() -> None:
    first = Request("GET", "people", query=(("list_id", "7"), ("scroll_id", "a")))
    after = following(first)(answer('{"people": [], "scroll_id": "b"}'))
    assert after is not None
    assert after.query == (("list_id", "7"), ("scroll_id", "b"))
    assert following(first)(answer('{"people": [], "scroll_id": null}')) is None
    assert following(first)(answer("[]")) is None


def test_stages_by_name_or_by_id() -> None:
    assert stage_of({"workflow_stage": {"name": "Placed"}}, {}) == "Placed"
    assert stage_of({"workflow_stage_id": 32}, {"32": "Placed"}) == "Placed"
    assert stage_of({}, {}) == ""


def test_what_was_changed_since_and_what_nobody_knows_of() -> None:
    assert changed({"updated_at": "2026-11-26T10:00:00Z"}, "2026-11-26T09:00:00+00:00")
    assert not changed({"updated_at": "2026-11-26T08:00:00Z"}, "2026-11-26T09:00:00+00:00")
    assert changed({}, "2026-11-26T09:00:00+00:00")


def test_a_refusal_in_the_clothes_of_a_success_is_one() -> None:
    assert refusal(answer('{"error": "Invalid parameters"}', 422)) == "Invalid parameters"
    assert "nothing was saved" in (refusal(answer('{"id": null, "title": "x"}')) or "")
    for fine in ('{"id": 5}', "null", "[]", '{"person_lists": []}'):
        assert refusal(answer(fine)) is None


def test_the_result_is_an_activity_with_the_job_but_not_with_a_list() -> None:
    [note] = LOXO.writes(Outgoing(RESULT, Target(candidate="5", job="3"), {}))
    said = note.request({}).json["person_event"]
    assert (said["activity_type_id"], said["person_id"], said["job_id"]) == (901, 5, 3)
    assert "Engineer ‹R&amp;D›" in said["notes"]
    assert "[result_i_1]" in said["notes"]
    assert note.found is not None
    assert note.found.pick(answer('{"person_events": [{"notes": "a [result_i_1]"}]}')) == "found"
    listed = LOXO.writes(Outgoing(RESULT, Target(candidate="5", job="list-7"), {}, b"%PDF"))
    assert [each.name for each in listed] == ["note", "pdf"]
    assert "job_id" not in listed[0].request({}).json["person_event"]
    assert LOXO.writes(Outgoing(RESULT, Target(), {})) == ()


@pytest.mark.parametrize(
    ("kind", "own", "mapping", "into"),
    [
        ("hired", "list-7", {"pool.hired": "8"}, 8),
        ("rejected", "list-7", {}, 7),
        ("rejected", "list-7", {"pool.not_selected": "9"}, 9),
        ("rejected", "3", {}, None),
        ("rejected", "3", {"pool.not_selected": "9"}, 9),
        ("withdrew", "list-7", {}, None),
    ],
)
def test_where_somebody_goes_afterwards(kind: Any, own: str, mapping: dict[str, str], into: int | None) -> None:
    outcome = Outcome(kind=kind, at=AT, title="Engineer", said_by="Lever")
    target = Target(candidate="5", job=own, extra={"pool": own})
    writes = LOXO.tell(outcome, target, mapping)
    assert "Engineer, Lever says" in writes[0].request({}).json["person_event"]["notes"]
    lists = [each.request({}).json["list_item"]["person_list_id"] for each in writes[1:]]
    assert lists == ([into] if into else [])


def test_a_decision_is_the_activity_that_was_chosen_and_is_found_again() -> None:
    mapping = {"activity.advance": "904", "activity.reject": "903"}
    decision = Decision("reject", Target(candidate="5", job="3"), mapping, "Maria Lopez", "Too far away.", "key-1")
    [write] = LOXO.decide(decision)
    said = write.request({}).json["person_event"]
    assert (said["activity_type_id"], said["job_id"]) == (903, 3)
    assert "Maria Lopez" in said["notes"]
    assert write.found is not None
    assert write.found.pick(answer('{"person_events": []}')) is None


def test_creating_looks_first_and_gives_the_place_no_id_of_an_activity() -> None:
    person = CandidateIntake(name="Ada Byron", email="ada@x.example", filename="a.pdf", content=b"x", source="Gem")
    made = LOXO.create(Handover(person, "3", {"activity.added": "902"}, "k", "https://foyer.example/applications/1"))
    assert [each.name for each in made] == ["candidate", "application", "resume"]
    assert all(each.look_first for each in made)
    candidate, application, _ = made
    assert candidate.found is not None
    assert candidate.found.pick(answer('{"people": [{"id": 5, "emails": [{"value": "ADA@x.example"}]}]}')) == "5"
    assert candidate.found.pick(answer('{"people": [{"id": 5, "emails": [{"value": "ada@x.example.org"}]}]}')) is None
    assert candidate.reference(answer('{"person": {"id": 5}}')) == "5"
    said = application.request({"candidate": "5"}).json["person_event"]
    assert (said["activity_type_id"], said["person_id"], said["job_id"]) == (902, 5, 3)
    assert application.reference(answer('{"id": 77}')) == ""
    _, place, _ = LOXO.create(Handover(person, "list-7", {}, "k"))
    assert place.request({"candidate": "5"}).path == "people/5/list_items"


@pytest.mark.parametrize(
    ("body", "event"),
    [
        (b'{"item_type":"people","action":"destroy","item_id":5}', ("person", "destroy", "5", "")),
        (b'{"item_type":"candidate","action":"update","item":{"id":9,"job_id":3}}', ("candidate", "update", "9", "3")),
        (b'{"item_type":"candidates","action":"create","id":9,"job_id":3}', ("candidate", "create", "9", "3")),
    ],
)
def test_messages_in_every_form_that_can_be_thought_of(body: bytes, event: tuple[str, ...]) -> None:
    assert tuple(hint(json.loads(body)).values()) == event
