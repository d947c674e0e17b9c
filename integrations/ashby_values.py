"""Ashby's objects <-> our values: its typed result values, its applications, postings and webhooks. Pure; called by
`integrations.ashby`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from integrations import summary
from integrations.vendor import instant, plain, text_of
from integrations.withheld import withheld
from models.exchange import Answer, CandidateIntake, JobIntake, Outcome, OutcomeKind
from models.values import AssessmentResult

CLOSED = frozenset({"archived", "hired"})
"""Titles of stages that an application comes back from. The history has titles only: a customer who has renamed these
stages sees "stage" where it should be "undone"."""
FILES = frozenset({"File", "Resume"})

# ---------------------------------------------------------------- ours -> theirs


def value(identifier: str, label: str, type: str, said: Any) -> dict[str, Any]:
    """One of Ashby's value objects. Identifiers are unique among ours, and of one type each."""
    return {"identifier": f"foyer_{identifier}", "label": label, "type": type, "value": said}


def status_value(words: str) -> dict[str, Any]:
    return value("status", "Status", "string", words)


def result_value(result: AssessmentResult) -> dict[str, Any]:
    """Where there is no decision there is no number either: a value of another kind says so."""
    number = summary.overall(result)
    if number is None:
        return value("no_decision", "Result", "string", "No decision: the interview could not be judged")
    return value("overall", "Overall, of 100", "numeric_score", number)


def metadata(result: AssessmentResult) -> list[dict[str, Any]]:
    """Everything beside the result: the proposal, each competency, each must-have check, the report's address."""
    found = {"report": value("report", "Report", "url", result.report_url)}
    passed = summary.passed(result)
    if passed is not None:
        found["proposed"] = value("proposed", "Proposed to go on", "boolean_success", passed)
    for label, said in summary.fields(result).items():
        if label == "Overall, of 100":
            continue
        stem = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "field"
        name, number = stem, 2
        while name in found:
            name, number = f"{stem}_{number}", number + 1
        found[name] = value(name, label, "string", str(said))
    by = "A person has reviewed it" if result.human is not None else "Not reviewed by a person yet"
    found["review"] = value("review", "Review", "string", by)
    return list(found.values())


def millis(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def update_of(assessment: str, result: AssessmentResult) -> dict[str, Any]:
    """The body of assessment.update."""
    head = {"assessment_id": assessment, "timestamp": millis(result.created_at)}
    if result.type == "assessment.withdrawn":
        said = "The candidate withdrew from the interview."
        return {**head, "cancelled_reason": value("cancelled", "Cancelled", "string", said)}
    return {
        **head,
        "assessment_status": status_value("Reviewed" if result.human is not None else "Completed"),
        "assessment_profile_url": value("profile", "Report in Foyer", "url", result.report_url),
        "assessment_result": result_value(result),
        "metadata": metadata(result),
    }


def completed_of(candidate: str, partner: str, result: AssessmentResult) -> dict[str, Any]:
    """The body of assessment.addCompletedToCandidate: a result that Ashby has not ordered."""
    after = ", after a person's review" if result.human is not None else ""
    return {
        "candidateId": candidate,
        "partnerId": partner,
        "timestamp": millis(result.created_at),
        "assessment": {
            "assessmentTypeId": str(result.job.get("id", "")),
            "assessmentId": str(uuid5(NAMESPACE_URL, result.id)),
            "assessmentName": f"Foyer interview: {result.job.get('title', 'a job')}{after}",
            "result": result_value(result),
            "metadata": metadata(result),
        },
    }


# ---------------------------------------------------------------- theirs -> ours


def intake_of(application: Mapping[str, Any], filename: str, content: bytes) -> CandidateIntake:
    """Of application.info with its form and referrals."""
    person, source = application["candidate"], application.get("source") or {}
    return CandidateIntake(
        filename=filename,
        content=content,
        name=text_of(person, "name") or None,
        email=text_of(person, "primaryEmailAddress", "value") or None,
        phone=text_of(person, "primaryPhoneNumber", "value") or None,
        external_id=str(application["id"]),
        source=text_of(source, "title") or "Ashby",
        origin=_origin(application, text_of(source, "sourceType", "title")),
        remote_candidate_id=str(person["id"]),
        remote_job_id=str(application["job"]["id"]),
        applied_at=instant(text_of(application, "createdAt")),
        stage=text_of(application, "currentInterviewStage", "id"),
        answers=tuple(answers_of(application.get("applicationFormSubmissions") or ())),
    )


def _origin(application: Mapping[str, Any], kind: str) -> Any:
    if application.get("referrals") or "referral" in kind.lower():
        return "referral"
    return "sourced" if "sourced" in kind.lower() else "application"


def answers_of(forms: Sequence[Mapping[str, Any]]) -> list[Answer]:
    """What somebody wrote into the form beyond name, address and files."""
    found: list[Answer] = []
    for form in forms:
        sections = (form.get("formDefinition") or {}).get("sections") or ()
        fields = [each.get("field") or {} for section in sections for each in section.get("fields") or ()]
        said = form.get("submittedValues") or {}
        for field in fields:
            path, question = text_of(field, "path"), text_of(field, "title")
            answer = _words(said.get(path))
            if not question or not answer or field.get("type") in FILES or path.startswith("_systemfield_"):
                continue
            if not withheld(question):
                found.append(Answer(question=question, answer=answer))
    return found


def _words(said: Any) -> str:
    """An answer of any of Ashby's field types as text."""
    if isinstance(said, bool):
        return "Yes" if said else "No"
    if isinstance(said, list):
        return ", ".join(filter(None, map(_words, said)))
    if isinstance(said, Mapping):
        return text_of(said, "value") or ", ".join(_words(each) for each in said.values() if each not in (None, ""))
    return str(said).strip() if said is not None else ""


def job_of(job: Mapping[str, Any], posting: Mapping[str, Any]) -> JobIntake:
    text = text_of(posting, "descriptionPlain").strip() or plain(text_of(posting, "descriptionHtml"))
    return JobIntake(
        remote_id=str(job["id"]),
        title=text_of(posting, "title") or text_of(job, "title"),
        text=text,
        url=text_of(posting, "externalLink") or text_of(posting, "applyLink"),
        open=job.get("status") == "Open",
    )


def outcome_of(application: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> Outcome | None:
    """What has become of an application that is at its present stage since the history says so: whichever of Ashby's
    messages tells of it, the moment is the same, and so it is one outcome. None: it has not moved since it came."""
    stage = application.get("currentInterviewStage") or {}
    steps = sorted(history, key=lambda step: int(step.get("stageNumber") or 0))
    place = max((n for n, step in enumerate(steps) if step.get("stageId") == stage.get("id")), default=None)
    entered = text_of(steps[place], "enteredStageAt") if place is not None else ""
    before = text_of(steps[place - 1], "title").strip().lower() if place else ""
    reason = application.get("archiveReason") or {}
    kind: OutcomeKind
    match application.get("status"):
        case "Hired":
            kind = "hired"
        case "Archived":
            kind = "withdrew" if reason.get("reasonType") == "RejectedByCandidate" else "rejected"
        case "Active" if place:
            kind = "undone" if before in CLOSED else "stage"
        case _:
            return None
    at = instant(entered) or instant(text_of(application, "archivedAt")) or instant(text_of(application, "updatedAt"))
    if at is None:
        return None
    return Outcome(
        kind=kind,
        at=at,
        remote_application_id=str(application["id"]),
        remote_candidate_id=text_of(application, "candidate", "id") or None,
        remote_job_id=text_of(application, "job", "id") or None,
        stage=text_of(stage, "title"),
        reason=text_of(reason, "text"),
    )
