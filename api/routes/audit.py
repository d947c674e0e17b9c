"""The audit log, for programs: entries by what they are about, and all of them to take away. `docs/audit.md` says how
an outsider verifies them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api import auditing
from api.deps import App, Foyer, Signed
from api.schemas import AuditEventOut, AuditOut, Instant
from api.security import Recruiter
from compliance.audit import public_hex

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get("")
def entries(
    app: Foyer,
    who: Signed,
    action: Annotated[str, Query(max_length=40, description="one deed, or all that begin so: `decision.`")] = "",
    object: Annotated[str, Query(max_length=64, description="the id of an application, a job ...")] = "",
    actor: Annotated[str, Query(max_length=100)] = "",
    candidate: Annotated[str, Query(max_length=64, description="the id of a candidate")] = "",
    after: Instant | None = None,
    before: Instant | None = None,
    behind: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditOut:
    """Newest first. `names` says whom the pseudonyms of the employer's people mean."""
    with app.database.reading() as store:
        subject = store.audit_subject(who.organisation_id, candidate) if candidate else ""
        found = store.audit(
            who.organisation_id,
            action=action,
            of=object,
            actor=actor,
            subject=subject,
            after=after,
            before=before,
            behind=behind,
            limit=limit,
        )
        found = [] if candidate and not subject else found
        people = store.audit_people(who.organisation_id)
    return AuditOut(
        entries=[AuditEventOut.model_validate(event.as_json()) for event in found],
        names={event.actor: people[event.actor] for event in found if event.actor in people},
        next=found[-1].seq if len(found) == limit else None,
        key=_key(app),
    )


class JsonLines(StreamingResponse):
    media_type = "application/jsonl"


@router.get("/export", response_class=JsonLines)
def export(app: Foyer, who: Signed) -> JsonLines:
    """The whole log as JSON Lines, for `foyer audit verify --export`."""
    lines = auditing.exported(app.database, who.organisation_id)
    return JsonLines(lines, headers=_attached(who))


def _attached(who: Recruiter) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="audit-{who.organisation_id}.jsonl"'}


def _key(app: App) -> str:
    return public_hex(auditing.signing_key(app.signer))
