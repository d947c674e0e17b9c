"""BambooHR's objects -> our values. Pure; called by `integrations.bamboohr`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.vendor import instant, text_of
from integrations.withheld import withheld
from models.exchange import Answer, CandidateIntake, Outcome, OutcomeKind


def intake_of(detail: Mapping[str, Any], filename: str, content: bytes) -> CandidateIntake:
    person = detail["applicant"]
    answers = [
        Answer(question=text_of(one, "question", "label"), answer=text_of(one, "answer", "label"))
        for one in detail.get("questionsAndAnswers") or ()
        if not one.get("isArchived")
    ]
    return CandidateIntake(
        filename=filename,
        content=content,
        name=f"{text_of(person, 'firstName')} {text_of(person, 'lastName')}".strip() or None,
        email=text_of(person, "email") or None,
        phone=text_of(person, "phoneNumber") or None,
        external_id=str(detail["id"]),
        source=text_of(person, "source") or "BambooHR",
        origin="referral" if detail.get("referredBy") else "application",
        remote_candidate_id=str(person["id"]),
        remote_job_id=str(detail["job"]["id"]),
        applied_at=instant(text_of(detail, "appliedDate")),
        stage=text_of(detail, "status", "id"),
        answers=tuple(one for one in answers if one.question and one.answer and not withheld(one.question)),
    )


def outcome_of(detail: Mapping[str, Any], kind: OutcomeKind, otherwise: str = "") -> Outcome:
    """The moment is the one at which the status was set: whoever tells of it tells of the same."""
    status = detail.get("status") or {}
    at = instant(text_of(status, "dateChanged")) or instant(otherwise) or instant(text_of(detail, "appliedDate"))
    return Outcome(
        kind=kind,
        at=at or datetime.fromtimestamp(0, UTC),
        remote_application_id=str(detail["id"]),
        remote_candidate_id=text_of(detail, "applicant", "id") or None,
        remote_job_id=text_of(detail, "job", "id") or None,
        stage=text_of(status, "label"),
        reason=text_of(status, "label") if kind in ("rejected", "withdrew") else "",
    )


def employees_of(event: Mapping[str, object]) -> list[str]:
    """Ids of new employees, in the present form of the message and in the older one."""
    if event.get("type") == "employee.created":
        return list(filter(None, [text_of(event, "data", "employeeId")]))
    listed = event.get("employees")
    rows = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return [text_of(one, "id") for one in rows if text_of(one, "action").lower() == "created" and text_of(one, "id")]
