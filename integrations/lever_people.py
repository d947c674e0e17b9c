"""What Lever holds -> openings, people and what became of them. Called by `integrations.lever`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from integrations.vendor import plain, text_of
from integrations.withheld import withheld
from models.exchange import Answer, CandidateIntake, JobIntake, Outcome

SOURCED = ("sourced", "agency", "university")
OPEN = ("published", "internal")


def posting_intake(posting: Mapping[str, Any]) -> JobIntake:
    content = posting.get("content") or {}
    parts = [text_of(content, "descriptionHtml") or text_of(content, "description")]
    for each in content.get("lists") or ():
        parts += [text_of(each, "text"), text_of(each, "content")]
    parts.append(text_of(content, "closingHtml") or text_of(content, "closing"))
    return JobIntake(
        remote_id=str(posting["id"]),
        title=text_of(posting, "text"),
        text="\n".join(plain(each) for each in parts if each),
        url=text_of(posting, "urls", "show"),
        open=posting.get("state") in OPEN,
    )


def intake_of(found: Mapping[str, Any], filename: str, content: bytes, *, ordered: bool = False) -> CandidateIntake:
    application, came = _application(found), text_of(found, "origin")
    phones = found.get("phones") or []
    return CandidateIntake(
        filename=filename,
        content=content,
        name=text_of(found, "name") or None,
        email=next((str(one) for one in found.get("emails") or ()), None),
        phone=(text_of(phones[0], "value") or None) if phones and isinstance(phones[0], Mapping) else None,
        external_id=str(found["id"]),
        source=next((str(one) for one in found.get("sources") or ()), "Lever"),
        origin="referral" if came == "referred" else "sourced" if came in SOURCED else "application",
        remote_candidate_id=_id(found.get("contact")) or None,
        remote_job_id=posting_of(found) or None,
        applied_at=moment(application.get("createdAt") or found.get("createdAt")),
        profile_url=text_of(found, "urls", "show"),
        stage=stage_of(found),
        answers=tuple(_answers(application)),
        ordered=ordered,
    )


def archived(found: Mapping[str, Any], reasons: Mapping[str, tuple[str, str]]) -> Outcome | None:
    """Hired and rejected are one thing there: archived, with a reason of one kind or the other. None: it is open."""
    state = found.get("archived")
    if not isinstance(state, Mapping):
        return None
    text, kind = reasons.get(_id(state.get("reason")), ("", ""))
    left = "withdr" in text.lower()
    return Outcome(
        kind="hired" if kind == "hired" else "withdrew" if left else "rejected",
        at=moment(state.get("archivedAt")),
        reason="" if kind == "hired" else text,
        **whose(found),
    )


def staged(found: Mapping[str, Any], stages: Mapping[str, str]) -> Iterator[Outcome]:
    """The last move, if there was one."""
    moves = sorted(found.get("stageChanges") or (), key=lambda one: int(one.get("updatedAt") or 0))
    if moves:
        stage = _id(moves[-1].get("toStageId"))
        yield Outcome(
            kind="stage", at=moment(moves[-1].get("updatedAt")), stage=stages.get(stage, stage), **whose(found)
        )


def posting_of(found: Mapping[str, Any]) -> str:
    return _id(_application(found).get("posting"))


def moment(milliseconds: object) -> datetime:
    """Now, where there is none."""
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)


def stage_of(found: Mapping[str, Any]) -> str:
    return _id(found.get("stage"))


def _application(found: Mapping[str, Any]) -> Mapping[str, Any]:
    rows = [one for one in found.get("applications") or () if isinstance(one, Mapping)]
    return rows[0] if rows else {}


def _answers(application: Mapping[str, Any]) -> Iterator[Answer]:
    forms = [one for one in application.get("customQuestions") or () if isinstance(one, Mapping)]
    for field in (each for one in forms for each in one.get("fields") or ()):
        question, value = text_of(field, "text"), field.get("value")
        said = ", ".join(map(str, value)) if isinstance(value, list) else text_of(field, "value")
        if question and said and text_of(field, "type") != "file-upload" and not withheld(question):
            yield Answer(question=question, answer=said)


def whose(found: Mapping[str, Any]) -> dict[str, Any]:
    """Whom and what an Outcome is about."""
    return {
        "remote_application_id": str(found["id"]),
        "remote_candidate_id": _id(found.get("contact")) or None,
        "remote_job_id": posting_of(found) or None,
    }


def _id(value: object) -> str:
    """Of something that may be there as an id or, expanded, as a whole."""
    return text_of(value, "id") if isinstance(value, Mapping) else str(value or "")
