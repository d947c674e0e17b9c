"""The audit log, for programs: entries by what they are about, and all of them to take away. `docs/audit.md` says how
an outsider verifies them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api import auditing
from api.deps import App, Foyer, Signed
from api.schemas import AuditEventOut, AuditOut
from api.security import Recruiter
from compliance.audit import public_hex
from models.errors import BadRequest

router = APIRouter(prefix="/v1/audit", tags=["audit"])


@router.get("")
def entries(
    app: Foyer,
    who: Signed,
    action: Annotated[str, Query(max_length=40, description="one deed, or all that begin so: `decision.`")] = "",
    object: Annotated[str, Query(max_length=64, description="the id of an application, a job ...")] = "",
    actor: Annotated[str, Query(max_length=100)] = "",
    candidate: Annotated[str, Query(max_length=64, description="the id of a candidate")] = "",
    after: datetime | None = None,
    before: datetime | None = None,
    behind: Annotated[int | None, Query(ge=1, le=2**31 - 1, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditOut:
    """Newest first. `names` says whom the pseudonyms of the employer's people mean."""
    for instant in (after, before):
        if instant is not None and instant.tzinfo is None:
            raise BadRequest("Give times with their zone, such as 2027-01-31T12:00:00Z.")
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


@router.get("/export")
def export(app: Foyer, who: Signed) -> StreamingResponse:
    """The whole log as JSON Lines, for `foyer audit verify --export`."""
    lines = auditing.exported(app.database, who.organisation_id)
    return StreamingResponse(lines, media_type="application/jsonl", headers=_attached(who))


def _attached(who: Recruiter) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="audit-{who.organisation_id}.jsonl"'}


def _key(app: App) -> str:
    return public_hex(auditing.signing_key(app.signer))
