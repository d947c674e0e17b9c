"""What is written to Ashby, as it goes out: typed values, note, file, decisions, new people."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from api.carrying import Unknown
from integrations import ashby_values as theirs
from integrations.ashby import Ashby
from models.errors import PushRejected
from models.exchange import CandidateIntake, Decision, Handover, Outgoing, Response, Target
from models.values import AssessmentResult, Scorecard

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
JOB = "01900000-0000-7000-8000-000000000001"
SETTINGS = {"api_key": "api", "partner_key": "ours", "webhook_secret": "ashby-secret", "partner_id": "p-1"}
RESULT = AssessmentResult(
    id="result_0190aaaa_1",
    created_at=NOW,
    organisation_id="org",
    job={"id": JOB, "title": "Backend Engineer"},
    candidate={"name": "Ada"},
    application_id="app",
    scorecard=Scorecard(id="s", recommendation="yes", reason="r", overall=70),
    report_url="https://foyer.example/r/1",
)
UNDECIDED = RESULT.model_copy(
    update={"scorecard": Scorecard(id="s", recommendation="no_decision", reason="silence", overall=None)}
)
WITHDRAWN = RESULT.model_copy(update={"type": "assessment.withdrawn", "scorecard": None})


def wrote(result: AssessmentResult, **target: str) -> dict[str, Any]:
    writes = Ashby(SETTINGS).writes(Outgoing(result, Target(candidate="c-1", **target), {}, b"%PDF"))
    place = json.dumps({"url": "https://up.example", "fields": {"key": "k"}, "handle": "h"})
    done = {"pdf place": place, "pdf upload": ""}
    return {write.name: write.request(done) for write in writes}


def values(body: Any) -> list[Any]:
    found = [value for key, value in body.items() if isinstance(value, dict) and "identifier" in value]
    return [*found, *body.get("metadata", [])]


TYPES = {"numeric_score": (int, float), "url": str, "string": str, "boolean_success": bool}


@pytest.mark.parametrize("result", [RESULT, UNDECIDED])
def test_every_value_has_the_documented_form_and_an_identifier_of_its_own(result: AssessmentResult) -> None:
    body = wrote(result, ours="0190")["assessment"].json
    for value in values(body):
        assert isinstance(value["value"], TYPES[value["type"]])
        assert value["label"]
    identifiers = [value["identifier"] for value in values(body)]
    assert len(set(identifiers)) == len(identifiers)
    assert body["assessment_profile_url"]["type"] == "url"


def test_an_ordered_result_completes_its_assessment() -> None:
    writes = wrote(RESULT, ours="0190-order")
    update = writes["assessment"]
    assert update.path == "assessment.update"
    assert update.json["assessment_id"] == "0190-order"
    assert update.json["assessment_result"] == theirs.value("overall", "Overall, of 100", "numeric_score", 70)
    assert list(writes) == ["assessment", "note", "pdf place", "pdf upload", "pdf"]
    assert RESULT.id in writes["note"].json["note"]["value"]
    assert writes["pdf"].json == {"candidateId": "c-1", "fileHandle": "h"}
    assert writes["pdf upload"].bare


def test_what_would_be_written_can_be_shown_before_ashby_is_asked_anything() -> None:
    writes = Ashby(SETTINGS).writes(Outgoing(RESULT, Target(candidate="c-1", ours="0190"), {}, b"%PDF"))
    shown = {write.name: write.request(Unknown()) for write in writes}
    assert shown["pdf"].json["fileHandle"] == "<pdf place>"


def test_no_decision_is_no_number_and_no_failure() -> None:
    body = wrote(UNDECIDED, ours="0190")["assessment"].json
    assert body["assessment_result"]["type"] == "string"
    assert not [value for value in values(body) if value["type"] in ("numeric_score", "boolean_success")]


def test_who_withdrew_is_cancelled_and_nothing_else_is_said() -> None:
    body = wrote(WITHDRAWN, ours="0190")["assessment"].json
    assert sorted(body) == ["assessment_id", "cancelled_reason", "timestamp"]


def test_a_result_that_nobody_ordered_is_added_to_the_candidate() -> None:
    added = wrote(RESULT)["assessment"]
    assert added.path == "assessment.addCompletedToCandidate"
    assert added.json["candidateId"] == "c-1"
    assert added.json["partnerId"] == "p-1"
    assert UUID(added.json["assessment"]["assessmentId"])
    assert added.json["assessment"]["assessmentTypeId"] == JOB
    assert wrote(RESULT)["assessment"].json == added.json, "the same result has the same id"


def test_without_a_partner_id_it_is_a_note_alone() -> None:
    ashby = Ashby({**SETTINGS, "partner_id": ""})
    assert [write.name for write in ashby.writes(Outgoing(RESULT, Target(candidate="c-1"), {}))] == ["note"]


def test_a_note_is_looked_for_on_every_page() -> None:
    [note] = Ashby({**SETTINGS, "partner_id": ""}).writes(Outgoing(RESULT, Target(candidate="c-1"), {}))
    assert note.found is not None
    first = Response(200, {}, json.dumps({"results": [], "moreDataAvailable": True, "nextCursor": "n"}).encode())
    assert note.found.pick(first) is None
    following = note.found.following(first)
    assert following is not None
    assert following.json["cursor"] == "n"
    last = {"results": [{"id": "x", "content": f"... [{RESULT.id}]"}], "moreDataAvailable": False}
    found = Response(200, {}, json.dumps(last).encode())
    assert note.found.pick(found) == "x"
    assert note.found.following(found) is None


# ---------------------------------------------------------------- decisions, new people


def decided(kind: Any, mapping: dict[str, str]) -> dict[str, Any]:
    writes = Ashby(SETTINGS).decide(Decision(kind, Target(application="a-1"), mapping, "Maria Lopez"))
    stages = [{"id": "s1", "title": "Onsite", "type": "Active"}, {"id": "s9", "title": "Archived", "type": "Archived"}]
    plan = Response(200, {}, json.dumps({"results": {"currentInterviewStage": {"interviewPlanId": "plan"}}}).encode())
    listed = Response(200, {}, json.dumps({"results": stages}).encode())
    done: dict[str, str] = {}
    for write, answer in zip(writes, (plan, listed, None), strict=True):
        request = write.request(done)
        if answer is not None:
            done[write.name] = write.reference(answer)
            assert write.prepares == "move"
    return {**request.json, "path": request.path}


def test_a_decision_finds_the_stage_in_the_applications_own_plan() -> None:
    assert decided("advance", {"stage.advance": "Onsite"})["interviewStageId"] == "s1"
    rejected = decided("reject", {"reason.reject": "r-1"})
    assert (rejected["interviewStageId"], rejected["archiveReasonId"]) == ("s9", "r-1")
    assert "archiveEmail" not in rejected


@pytest.mark.parametrize(("kind", "mapping"), [("advance", {}), ("reject", {}), ("advance", {"stage.advance": "Moon"})])
def test_a_decision_that_cannot_be_placed_says_why(kind: str, mapping: dict[str, str]) -> None:
    with pytest.raises(PushRejected):
        decided(kind, mapping)


def test_somebody_new_is_looked_for_first_and_their_resume_goes_along() -> None:
    person = CandidateIntake(name="Ada Byron", email="a@b.example", filename="ada.pdf", content=b"%PDF")
    writes = {one.name: one for one in Ashby(SETTINGS).create(Handover(person, "j-1", {"source.create": "s"}, "k"))}
    assert writes["candidate"].request({}).json == {"name": "Ada Byron", "email": "a@b.example", "sourceId": "s"}
    assert all(writes[name].look_first for name in ("candidate", "application", "resume"))
    applied = writes["application"].found
    assert applied is not None
    first = Response(200, {}, json.dumps({"results": {"id": "c", "applicationIds": ["a-0", "a-1"]}}).encode())
    other = Response(200, {}, json.dumps({"results": {"id": "a-0", "job": {"id": "j-0"}}}).encode())
    same = Response(200, {}, json.dumps({"results": {"id": "a-1", "job": {"id": "j-1"}}}).encode())
    assert [applied.pick(one) for one in (first, other, same)] == [None, None, "a-1"]
    asked = [applied.following(one) for one in (first, other, other)]
    assert [one.json["applicationId"] if one is not None else None for one in asked] == ["a-0", "a-1", None]
    assert writes["resume"].found is not None
    has = Response(200, {}, json.dumps({"results": {"resumeFileHandle": {"id": "r"}}}).encode())
    assert writes["resume"].found.pick(has), "a resume that is there is not displaced"
