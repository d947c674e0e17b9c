"""Uploads: many files, folders or archives in one request, each stored before the answer; progress by server-sent
events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Annotated, Any

import uuid_utils
from fastapi import APIRouter, Path, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.deps import App, Foyer, Signed
from api.schemas import Accepted, Progress
from integrations.folder import Entry, Limits, iter_zip
from models.errors import BadRequest, FoyerError, UnreadableDocument
from models.store import BatchProgress

router = APIRouter(prefix="/api", tags=["uploads"])

PROGRESS_SECONDS = 0.5
ROWS_A_TRANSACTION = 50
UPLOAD_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["files"],
                    "properties": {
                        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        "name": {"type": "string", "description": "what to call this batch"},
                    },
                }
            }
        },
    }
}


@router.post("/jobs/{job_id}/batches", status_code=202, openapi_extra=UPLOAD_FORM)
async def upload(job_id: Annotated[str, Path()], request: Request, app: Foyer, who: Signed) -> Accepted:
    """Resumes (PDF, DOCX, HTML, TXT) and zip archives of them. Every file becomes an application; what cannot be read
    is listed with its reason, never dropped."""
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
    limits = app.settings.screening
    form = await request.form(max_files=limits.batch_files, max_fields=100)
    try:
        uploads = [part for part in form.getlist("files") if isinstance(part, UploadFile)]
        if not uploads:
            raise BadRequest("No file arrived. Send the resumes in the multipart field `files`.")
        name = form.get("name")
        label = name if isinstance(name, str) and name else f"{len(uploads)} files"
        batch_id, ids = await run_in_threadpool(_take, app, who.organisation_id, job_id, label, uploads)
    finally:
        await form.close()
    await run_in_threadpool(_submit, app, who.organisation_id, ids)
    return Accepted(batch_id=batch_id, total=len(ids), applications=ids, events_url=f"/api/batches/{batch_id}/events")


@router.get("/batches/{batch_id}")
def batch(batch_id: str, app: Foyer, who: Signed) -> Progress:
    return _progress(app, who.organisation_id, batch_id)


@router.get("/batches/{batch_id}/events")
async def events(batch_id: str, app: Foyer, who: Signed) -> EventSourceResponse:
    """`progress` events until the batch is done."""
    first = await run_in_threadpool(_progress, app, who.organisation_id, batch_id)

    async def stream() -> AsyncIterator[ServerSentEvent]:
        shown = first
        yield ServerSentEvent(shown.model_dump_json(), event="progress")
        while not shown.done:
            await asyncio.sleep(PROGRESS_SECONDS)
            now = await run_in_threadpool(_progress, app, who.organisation_id, batch_id)
            if now != shown:
                shown = now
                yield ServerSentEvent(shown.model_dump_json(), event="progress")

    return EventSourceResponse(stream())


def _take(app: App, organisation_id: str, job_id: str, name: str, uploads: list[UploadFile]) -> tuple[str, list[str]]:
    """Store every file, then its rows. An archive that cannot be opened is one unreadable application."""
    with app.database.store() as store:
        batch_id = store.add_batch(organisation_id, job_id=job_id, name=name, now=app.now).id
    ids: list[str] = []
    pending: Rows = []
    for upload in uploads:
        for entry in _entries(app, upload):
            candidate_id = str(uuid_utils.uuid7())
            sha = app.files.put(entry.content, subject=candidate_id)
            pending.append((entry, candidate_id, sha))
            if len(pending) == ROWS_A_TRANSACTION:
                ids += _add_rows(app, organisation_id, job_id, batch_id, pending)
                pending = []
    return batch_id, ids + _add_rows(app, organisation_id, job_id, batch_id, pending)


Rows = list[tuple[Entry, str, str]]
"""Entry, candidate id, sha256 of its stored content."""


def _add_rows(app: App, organisation_id: str, job_id: str, batch_id: str, rows: Rows) -> list[str]:
    ids = []
    with app.database.store() as store:
        for entry, candidate_id, sha in rows:
            application = store.add_application(
                organisation_id,
                job_id,
                filename=entry.name,
                sha256=sha,
                size=len(entry.content),
                media_type="application/octet-stream",
                batch_id=batch_id,
                source="upload",
                external_id=None,
                candidate_id=candidate_id,
                now=app.now,
            )
            if entry.problem is not None:
                reason, detail = entry.problem.reason, entry.problem.detail
                store.record_problem(organisation_id, application.id, reason=reason, detail=detail, now=app.now)
            ids.append(application.id)
    return ids


def _entries(app: App, upload: UploadFile) -> Iterator[Entry]:
    """The files of one upload part: itself, or an archive's entries. An archive that cannot be opened is listed."""
    limits = Limits.of(app.settings.screening)
    name = upload.filename or "unnamed"
    if not _is_zip(upload.file, name):
        yield Entry(name, upload.file.read(limits.file_bytes + 1))
        return
    try:
        for entry in iter_zip(upload.file, limits):
            yield replace(entry, name=f"{name}/{entry.name}")
    except FoyerError as error:
        yield Entry(name, problem=UnreadableDocument(error.detail, reason="corrupt"))


def _is_zip(file: Any, name: str) -> bool:
    """A zip by content; DOCX are zips too, so the name decides between the two."""
    magic = file.read(4)
    file.seek(0)
    return bool(magic == b"PK\x03\x04" and name.lower().endswith(".zip"))


def _submit(app: App, organisation_id: str, ids: list[str]) -> None:
    for application_id in ids:
        app.pipeline.submit(organisation_id, application_id)


def _progress(app: App, organisation_id: str, batch_id: str) -> Progress:
    with app.database.reading() as store:
        counted: BatchProgress = store.batch_progress(organisation_id, batch_id)
    return Progress(
        batch_id=batch_id,
        total=counted.total,
        waiting=counted.waiting,
        screened=counted.screened,
        unreadable=counted.unreadable,
        done=counted.waiting == 0,
    )
