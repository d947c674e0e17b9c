"""Uploads: many files, folders or archives in one request, each stored before the answer; progress by server-sent
events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Request
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.audits import check_use
from api.deps import App, Foyer, Signed
from api.schemas import Accepted, Progress
from api.uploads import Upload
from models.errors import Conflict
from models.store import BatchProgress

router = APIRouter(prefix="/api", tags=["uploads"])

PROGRESS_SECONDS = 0.5
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
async def upload(
    job_id: Annotated[str, Path()], request: Request, after: BackgroundTasks, app: Foyer, who: Signed
) -> Accepted:
    """Resumes (PDF, DOCX, ODT, RTF, HTML, TXT) and zip archives of them. Every file becomes an application; what
    cannot be read is listed with its reason, never dropped."""
    await run_in_threadpool(_check_job, app, who.organisation_id, job_id)
    upload = Upload(app, who.organisation_id, job_id)
    await upload.receive(request)  # should the line break half-way, the sweep finds what arrived
    after.add_task(_submit, app, who.organisation_id, upload.ids)
    return Accepted(
        batch_id=upload.batch_id,
        total=len(upload.ids),
        applications=upload.ids,
        events_url=f"/api/batches/{upload.batch_id}/events",
    )


def _check_job(app: App, organisation_id: str, job_id: str) -> None:
    with app.database.reading() as store:
        if store.job(organisation_id, job_id).is_sample:
            raise Conflict("This is the sample, of invented people. Create a job of your own for real ones.")
        check_use(store, organisation_id, app.now)


@router.get("/batches/{batch_id}")
def batch(batch_id: str, app: Foyer, who: Signed) -> Progress:
    return _progress(app, who.organisation_id, batch_id)


@router.get(
    "/batches/{batch_id}/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {}}}},
)
async def events(batch_id: str, app: Foyer, who: Signed) -> EventSourceResponse:
    """`progress` events until the batch is done, with the rate and the seconds left as soon as some are."""
    began = time.monotonic()
    first = await run_in_threadpool(_progress, app, who.organisation_id, batch_id)

    async def stream() -> AsyncIterator[ServerSentEvent]:
        shown = first
        yield ServerSentEvent(shown.model_dump_json(), event="progress")
        while not shown.done:
            await asyncio.sleep(PROGRESS_SECONDS)
            now = await run_in_threadpool(_progress, app, who.organisation_id, batch_id)
            if now != shown:
                shown = now
                yield ServerSentEvent(timed(first, now, time.monotonic() - began).model_dump_json(), event="progress")

    return EventSourceResponse(stream())


def timed(first: Progress, now: Progress, seconds: float) -> Progress:
    """`now` with the rate since `first`, `seconds` ago, and the time left at that rate."""
    finished = first.waiting - now.waiting
    if finished <= 0 or seconds <= 0:
        return now
    rate = finished / seconds
    return now.model_copy(update={"rate": round(rate, 2), "seconds_left": round(now.waiting / rate, 1)})


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
