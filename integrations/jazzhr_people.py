"""What JazzHR says of people and openings, in an export or by its API -> ours. Called by `integrations.jazzhr`.

Nothing here looks at gender, citizenship, race, disability, veteran status, convictions or whether somebody is over
eighteen, all of which JazzHR sends along.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from integrations.vendor import instant, plain, text_of
from integrations.withheld import withheld
from models.exchange import Answer, CandidateIntake, JobIntake, Outcome, OutcomeKind, Response

PERSON = "prospect_"
"""How the API's ids of people begin; the export's are numbers."""
CATEGORIES: Mapping[str, OutcomeKind] = {"active": "stage", "hired": "hired", "not hired": "rejected"}


@dataclass(frozen=True)
class Seen:
    """One application, wherever it was seen. `application`: its id, by `key_of` where the API's names are known."""

    person: str = ""
    application: str = ""
    job: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    title: str = ""
    text: str = ""
    step: str = ""
    category: str = ""
    at: str = ""
    applied: str = ""
    url: str = ""
    files: tuple[str, ...] = ()
    answers: tuple[Answer, ...] = ()

    def called(self, person: str, job: str, application: str, found: Mapping[str, Any]) -> Seen:
        """The same by the API's names, with what the API knows besides."""
        return replace(self, person=person, job=job, application=application, answers=tuple(_answers(found)))

    @classmethod
    def of_api(cls, found: Mapping[str, Any], job: str) -> Seen:
        here = next((one for one in rows_of(found.get("jobs")) if text_of(one, "job_id") == job), {})
        return cls(
            person=str(found["id"]),
            application=key_of(str(found["id"]), job),
            job=job,
            name=f"{text_of(found, 'first_name')} {text_of(found, 'last_name')}".strip(),
            email=text_of(found, "email"),
            phone=text_of(found, "phone") or text_of(found, "prospect_phone"),
            step=text_of(here, "applicant_progress"),
            applied=text_of(found, "apply_date"),
            answers=tuple(_answers(found)),
        )


def export_of(body: Mapping[str, Any], url: str) -> dict[str, Any]:
    """Of an export only what is used: this is all that is ever kept of it."""
    candidate = body["candidate"]
    person = candidate.get("person") or {}
    contact = person.get("communication") or {}
    name = person.get("name") or {}
    full = f"{text_of(name, 'given')} {text_of(name, 'family')}".strip() or text_of(name, "formattedName")
    return {
        "person": text_of(person, "id", "value"),
        "name": full,
        "email": next((text_of(one, "address") for one in contact.get("email") or ()), ""),
        "phone": next((text_of(one, "formattedNumber") for one in contact.get("phone") or ()), ""),
        "applied": text_of(person, "applyDate"),
        "url": url,
        "cases": [case for one in candidate.get("profiles") or () for case in _cases(one, body)],
    }


def _cases(profile: Mapping[str, Any], body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    files = [one for one in profile.get("attachments") or () if text_of(one, "url")]
    files.sort(key=lambda one: "resume" not in str(one.get("descriptions") or "").lower())
    for opening in profile.get("associatedPositionOpenings") or ():
        job, status = text_of(opening, "positionOpeningId", "value"), opening.get("candidateStatus") or {}
        yield {
            "application": text_of(profile, "profileId", "value"),
            "job": job,
            "title": text_of(opening, "positionTitle"),
            "text": _advertised(body, job),
            "step": text_of(status, "name"),
            "category": text_of(status, "category"),
            "at": text_of(status, "transitionDateTime"),
            "files": [text_of(one, "url") for one in files],
        }


def _advertised(body: Mapping[str, Any], job: str) -> str:
    for position in body.get("positionOpenings") or ():
        for profile in position.get("positionProfiles") or ():
            if text_of(profile, "positionId", "value") == job:
                parts = profile.get("positionFormattedDescriptions") or ()
                return "\n".join(plain(text_of(one, "content")) for one in parts)
    return ""


def case_of(event: Mapping[str, object]) -> Iterator[Seen]:
    """Each application of an export that was kept."""
    cases = event.get("cases")
    shared = {key: str(event.get(key) or "") for key in ("person", "name", "email", "phone", "applied", "url")}
    for case in cases if isinstance(cases, Sequence) else ():
        yield Seen(**{**shared, **{**case, "files": tuple(case["files"])}})


def intake_of(seen: Seen, filename: str, content: bytes, *, ordered: bool) -> CandidateIntake:
    return CandidateIntake(
        filename=filename,
        content=content,
        name=seen.name or None,
        email=seen.email or None,
        phone=seen.phone or None,
        external_id=seen.application or None,
        source="JazzHR",
        remote_candidate_id=seen.person or None,
        remote_job_id=seen.job or None,
        applied_at=instant(seen.applied),
        profile_url=seen.url,
        stage=seen.step,
        answers=seen.answers,
        ordered=ordered,
    )


def outcome_of(seen: Seen) -> Outcome | None:
    """None for somebody new. "Not hired" is the employer's no unless the step's name says who left."""
    kind = CATEGORIES.get(seen.category.lower())
    if kind is None:
        return None
    if kind == "rejected" and any(word in seen.step.lower() for word in ("withdr", "declined by candidate")):
        kind = "withdrew"
    return Outcome(
        kind=kind,
        at=instant(seen.at) or datetime.now(UTC),
        remote_application_id=seen.application or None,
        remote_candidate_id=seen.person or None,
        remote_job_id=seen.job or None,
        stage=seen.step,
        reason=seen.step if kind == "rejected" else "",
    )


def opening_of(job: Mapping[str, Any]) -> JobIntake:
    return JobIntake(
        remote_id=str(job["id"]),
        title=text_of(job, "title"),
        text=plain(text_of(job, "description")),
        open=text_of(job, "status").lower() in ("", "open"),
    )


def file_in(answer: Response) -> tuple[str, bytes]:
    """An attachment is JSON with base64 in it. Raises ValueError for anything else."""
    said = answer.json
    if not isinstance(said, Mapping) or not text_of(said, "content"):
        raise ValueError("no content")
    try:
        return text_of(said, "fileName") or "resume", b64decode(text_of(said, "content"), validate=True)
    except binascii.Error as broken:
        raise ValueError(str(broken)) from broken


def rows_of(found: object) -> list[dict[str, Any]]:
    """A list; one row comes as itself, none as null or an empty list."""
    rows = found.json if isinstance(found, Response) else found
    if isinstance(rows, Mapping):
        return [dict(rows)] if rows else []
    return [one for one in rows if isinstance(one, dict)] if isinstance(rows, list) else []


def key_of(person: str, job: str) -> str:
    """Of an application: the API's own id of one is not in all its answers, person and opening are."""
    return f"{person}/{job}"


def hired(hire: Mapping[str, Any]) -> Iterator[Outcome]:
    """All are told with every reading, so one without a date, which would be new each time, is none. Date and time
    come apart; their zone is not said."""
    day, hour = text_of(hire, "hired_date"), text_of(hire, "hired_time")
    at = instant(f"{day} {hour}".strip()) or instant(day)
    person, job = text_of(hire, "applicant_id"), text_of(hire, "job_id")
    if at is not None and person and job:
        yield Outcome(
            kind="hired",
            at=at,
            remote_application_id=key_of(person, job),
            remote_candidate_id=person,
            remote_job_id=job,
            stage=text_of(hire, "workflow_step_name"),
        )


def _answers(found: Mapping[str, Any]) -> Iterator[Answer]:
    for one in rows_of(found.get("questionnaire")):
        question, answer = text_of(one, "question"), text_of(one, "answer")
        if question and answer and not withheld(question):
            yield Answer(question=question, answer=answer)
