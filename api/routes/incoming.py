"""The one address for people from any system that has no connector: POST /v1/candidates; and the way out of Foyer,
DELETE /v1/candidates/ID."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.deps import App, Foyer, Signed
from api.erasing import Because, erase_for, erased
from api.incoming import Incoming
from api.reviewing import person_of
from api.schemas import AllTaken, ErasedOut, Text
from api.security import Recruiter
from integrations.candidate_formats import rows
from models.errors import TooLarge

router = APIRouter(tags=["candidates"])

ASKED: Because = "they asked"

BODY_BYTES = 32_000_000
"""One file of the largest size, in base64, and what stands around it."""
EXAMPLE = {
    "external_id": "A-1042",
    "name": "Ada Byron",
    "email": "ada@example.org",
    "phone": "+44 20 7946 0018",
    "source": "Career site",
    "applied_at": "2026-11-20T09:30:00Z",
    "job_id": "0193...",
    "answers": [{"question": "Do you hold a driving licence?", "answer": "Yes"}],
    "resume": {"filename": "ada.pdf", "content": "JVBERi0xLjcK..."},
}
FORMS = {
    "requestBody": {
        "required": True,
        "content": {
            # one, or many; each is judged by itself, so that one that is no candidate holds up nobody
            "application/json": {"schema": {"type": ["object", "array"]}, "example": EXAMPLE},
            "text/csv": {"schema": {"type": "string"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "candidate": {"type": "string", "description": "one candidate as JSON; or its fields singly"},
                        "resume": {"type": "string", "format": "binary"},
                    },
                }
            },
        },
    }
}


@router.post("/v1/candidates", openapi_extra=FORMS, responses={201: {"model": AllTaken}, 207: {"model": AllTaken}})
async def candidates(
    request: Request,
    answer: Response,
    app: Foyer,
    who: Signed,
    job_id: Annotated[Text, Query(description="for candidates that name no job themselves")] = "",
    idempotency_key: Annotated[str, Header(max_length=100)] = "",
) -> AllTaken:
    """One candidate or many: our own fields, JSON Resume, an HR Open candidate, CSV, or a form with a file. Each is
    answered by itself: 201 when somebody is new, 207 when one of them could not be taken. Sending the same again
    changes nothing: it is known by `external_id`, else by the header Idempotency-Key."""
    body = await _body(request)
    kind = request.headers.get("content-type", "")
    found = await run_in_threadpool(_taken, app, who, body, kind, job_id, idempotency_key)
    answer.status_code = 207 if found.failed else 201 if found.created else 200
    return found


async def _body(request: Request) -> bytes:
    taken = bytearray()
    async for chunk in request.stream():
        taken += chunk
        if len(taken) > BODY_BYTES:
            raise TooLarge(f"This request is larger than {BODY_BYTES // 1_000_000} MB. Send fewer at once.")
    return bytes(taken)


def _taken(app: App, who: Recruiter, body: bytes, kind: str, job_id: str, idempotency_key: str) -> AllTaken:
    found = Incoming(app, who, job_id=job_id, idempotency_key=idempotency_key).take(rows(body, kind))
    counts = {name: sum(one.status == name for one in found) for name in ("created", "known", "joined", "failed")}
    return AllTaken(candidates=found, **counts)


@router.delete("/v1/candidates/{candidate_id}")
def erase_candidate(candidate_id: str, app: Foyer, who: Signed, because: Because = ASKED) -> ErasedOut:
    """Everything that is known of a person, for good, ordered by the person whom the header Foyer-Person names. Again
    gives the same record."""
    erased(app, who.organisation_id, candidate_id)  # whom another organisation knows is not there, whoever asks
    record = erase_for(app, who.organisation_id, candidate_id, because=because, person=person_of(who).signature)
    return ErasedOut.model_validate(record, from_attributes=True)
