"""Gem's values into ours and back, without a server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.crm import pool_for
from integrations.gem import Gem, erased, following, member, next_page, with_email
from models.exchange import CandidateIntake, Handover, Outcome, OutcomeKind, Outgoing, Response, Target
from models.values import AssessmentResult, Scorecard

AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
GEM = Gem({"api_key": "k", "user_id": "U="})
PERSON: dict[str, Any] = {
    "id": "C=",
    "first_name": "Ada",
    "last_name": "Byron",
    "emails": [
        {"email_address": "old@x.example", "is_primary": False},
        {"email_address": "ada@x.example", "is_primary": True},
    ],
    "phone_number": "+44 20",
    "weblink": "https://www.gem.com/candidate/C=",
    "created_at": 1_700_000_000,
    "gender": "female",
    "custom_fields": [{"name": "Ethnicity", "value": "x"}],
}
RESULT = AssessmentResult(
    id="result_i_1",
    created_at=AT,
    organisation_id="o",
    job={"id": "j", "title": "Backend Engineer"},
    candidate={"id": "c"},
    application_id="a",
    scorecard=Scorecard(id="s", recommendation="yes", reason="Good.", overall=70),
    report_url="https://foyer.example/reports/1",
)


def answer(json: str, **headers: str) -> Response:
    return Response(200, headers, json.encode())


def test_a_member_is_somebody_out_of_a_pool() -> None:
    found = member(PERSON, "P=", "ada.pdf", b"x")
    assert (found.origin, found.remote_job_id, found.remote_candidate_id) == ("pool", "P=", "C=")
    assert (found.name, found.email, found.phone) == ("Ada Byron", "ada@x.example", "+44 20")
    assert found.applied_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert "female" not in found.model_dump_json()
    assert "Ethnicity" not in found.model_dump_json()


def test_a_member_with_hardly_anything_is_still_one() -> None:
    found = member({"id": 7, "emails": None}, "P=", "", b"x")
    assert (found.name, found.email, found.filename, found.remote_candidate_id) == (None, None, "resume", "7")


@pytest.mark.parametrize("said", ["2026-11-26T10:00:00Z", int(AT.timestamp())])
def test_who_is_deleted_is_erased(said: object) -> None:
    found = erased({"id": "C=", "deleted_at": said})
    assert (found.kind, found.at, found.remote_candidate_id) == ("erased", AT, "C=")


def test_only_the_same_address_is_the_same_person() -> None:
    listed = answer('[{"id": "1", "emails": [{"email_address": "ada@x.example.org"}]}]')
    assert with_email(listed, "ada@x.example") is None
    assert with_email(listed, "ADA@x.example.org") == "1"
    assert with_email(answer("[]"), "ada@x.example") is None


def test_pages_end_where_the_header_says_or_are_asked_for_until_one_is_empty() -> None:
    assert next_page(answer("[]", **{"x-pagination": '{"page": 2, "total_pages": 2}'}), 2) is None
    assert next_page(answer("[]", **{"x-pagination": '{"page": 1, "total_pages": 2}'}), 1) == 2
    assert next_page(answer("[]"), 1) == 2
    assert following(answer("[]"), "v0/notes") is None
    after = following(answer("[]", **{"x-pagination": '{"page": 1, "total_pages": 2}'}), "v0/notes")
    assert after is not None
    assert dict(after.query)["page"] == "2"


def test_the_result_is_a_note_that_is_found_again() -> None:
    [note] = GEM.writes(Outgoing(RESULT, Target(candidate="C="), {}))
    body = note.request({}).json
    assert (body["candidate_id"], body["user_id"], body["is_private"]) == ("C=", "U=", False)
    assert "[result_i_1]" in body["body"]
    assert "yes (not reviewed" in body["body"]
    assert note.found is not None
    assert note.found.request({}).path == "v0/candidates/C%3D/notes"
    assert note.found.pick(answer("[{}]")) is None
    assert note.found.pick(answer('[{"body": "x [result_i_1]"}]')) == "found"


def test_the_field_says_no_decision_in_words_and_nothing_of_who_withdrew() -> None:
    undecided = RESULT.model_copy(update={"scorecard": None})
    _, field = GEM.writes(Outgoing(undecided, Target(candidate="C="), {"field.result": "F="}))
    assert field.request({}).json["custom_fields"][0]["value"] == "no decision"
    withdrew = undecided.model_copy(update={"type": "assessment.withdrawn"})
    assert [each.name for each in GEM.writes(Outgoing(withdrew, Target(candidate="C="), {"field.result": "F="}))] == [
        "note"
    ]
    assert GEM.writes(Outgoing(RESULT, Target(), {})) == ()


POOLS = {"pool.hired": "H", "pool.not_selected": "N"}
OWN = Target(candidate="C=", job="P", extra={"pool": "P"})


@pytest.mark.parametrize(
    ("kind", "target", "mapping", "pool"),
    [
        ("hired", OWN, POOLS, "H"),
        ("hired", OWN, {}, ""),
        ("hired", Target(candidate="C="), POOLS, "H"),
        ("rejected", OWN, POOLS, "N"),
        ("rejected", OWN, {}, "P"),
        ("rejected", Target(candidate="C=", job="P"), POOLS, ""),
        ("withdrew", OWN, POOLS, ""),
        ("undone", OWN, POOLS, ""),
    ],
)
def test_where_somebody_goes_afterwards(kind: OutcomeKind, target: Target, mapping: dict[str, str], pool: str) -> None:
    outcome = Outcome(kind=kind, at=AT, title="Backend Engineer", said_by="Greenhouse")
    assert pool_for(outcome, target, mapping) == pool
    writes = GEM.tell(outcome, target, mapping)
    assert [each.name for each in writes] == (["note", "pool"] if pool else ["note"])
    assert "Backend Engineer, Greenhouse says (2026-11-26)" in writes[0].request({}).json["body"]
    if pool:
        assert writes[1].request({}).path == f"v0/projects/{pool}/candidates"
        assert writes[1].look_first


def test_the_same_outcome_has_the_same_mark_and_another_has_another() -> None:
    hired = Outcome(kind="hired", at=AT, title="Engineer")
    first, again = (GEM.tell(hired, OWN, {})[0].request({}).json["body"] for _ in range(2))
    other = GEM.tell(hired.model_copy(update={"title": "Nurse"}), OWN, {})[0].request({}).json["body"]
    assert first == again
    assert first.splitlines()[-1] != other.splitlines()[-1]


def test_who_is_handed_over_to_gem_is_looked_for_and_brings_a_file_that_gem_takes() -> None:
    person = CandidateIntake(name="Ada Byron", email="ada@x.example", filename="ada.pdf", content=b"%PDF")
    handover = Handover(person, "P=", {}, "k")
    candidate, application, resume = GEM.create(handover)
    assert candidate.request({}).json == {
        "created_by": "U=",
        "first_name": "Ada",
        "last_name": "Byron",
        "emails": [{"email_address": "ada@x.example", "is_primary": True}],
    }
    assert application.request({"candidate": "C="}).json["candidate_ids"] == ["C="]
    assert resume.request({"candidate": "C="}).path == "v0/candidates/C%3D/uploaded_resumes/U="
    assert all(each.look_first for each in (candidate, application, resume))
    text = person.model_copy(update={"filename": "ada.txt"})
    assert len(GEM.create(Handover(text, "P=", {}, "k"))) == 2


def test_a_refusal_is_in_gems_words() -> None:
    said = Response(400, {}, b'{"code": 400, "message": "Duplicate", "errors": {"duplicate_candidate": {"id": "C="}}}')
    assert GEM.judge(said) == 'Duplicate {"duplicate_candidate": {"id": "C="}}'
    assert GEM.judge(Response(502, {}, b"<html>bad gateway</html>")) == "<html>bad gateway</html>"
    assert GEM.judge(Response(200, {}, b"[]")) is None
