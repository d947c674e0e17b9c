"""Uploads: many files, folders or archives in one request or in several, each stored before the answer; progress by
server-sent events; batches that are paused, gone on with, cancelled and tried again. And their pages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Form, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api import batches
from api.audits import check_use
from api.deps import App, Foyer, Signed, page
from api.schemas import (
    LARGEST,
    Accepted,
    BatchIn,
    BatchOut,
    BatchProblemOut,
    CopyOut,
    FilesIn,
    Line,
    MissingOut,
    Progress,
    TakenFiles,
)
from api.security import Recruiter
from api.uploads import Upload
from models.errors import BadRequest, Conflict
from models.records import Batch
from models.store import BatchProgress

router = APIRouter(prefix="/api", tags=["uploads"])
pages = APIRouter(include_in_schema=False)

SHOWN = 50
"""Rows on a page."""
Offset = Annotated[int, Query(ge=0, le=LARGEST)]
Limit = Annotated[int, Query(ge=1, le=1000)]

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
async def upload(job_id: Annotated[str, Path()], request: Request, app: Foyer, who: Signed) -> Accepted:
    """Resumes (PDF, DOCX, ODT, RTF, HTML, TXT) and zip archives of them. Every file becomes an application; what
    cannot be read is listed with its reason, never dropped."""
    await run_in_threadpool(_check_job, app, who.organisation_id, job_id)
    upload = Upload(app, who.organisation_id, job_id)
    await upload.receive(request)  # should the line break half-way, the sweep finds what arrived
    app.pipeline.received()
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


@router.get("/jobs/{job_id}/batches")
def batches_of(job_id: str, app: Foyer, who: Signed, limit: Limit = 100, offset: Offset = 0) -> list[BatchOut]:
    """Newest first."""
    with app.database.reading() as store:
        found = store.batch_counts(who.organisation_id, job_id, limit=limit, offset=offset)
    return [batches.shown(each) for each in found]


@router.post("/jobs/{job_id}/batches/start", status_code=201)
def start(job_id: str, body: BatchIn, app: Foyer, who: Signed) -> BatchOut:
    """A batch that files are sent to in parts (`POST /api/batches/ID/files`), until `complete` is said."""
    return batches.one(app, who.organisation_id, batches.start(app, who.organisation_id, job_id, body).id)


@router.post("/batches/{batch_id}/files", status_code=202, openapi_extra=UPLOAD_FORM)
async def more(batch_id: Annotated[str, Path()], request: Request, app: Foyer, who: Signed) -> TakenFiles:
    """More files of this batch. One that it has already, by name and content, changes nothing: whatever was cut off can
    be sent again."""
    batch = await run_in_threadpool(_check_batch, app, who.organisation_id, batch_id)
    upload = Upload(app, who.organisation_id, batch.job_id, into=batch)
    await upload.receive(request)
    app.pipeline.received()
    return TakenFiles(
        batch_id=batch_id,
        taken=len(upload.ids),
        known=upload.known,
        total=upload.total,
        applications=upload.ids,
    )


def _check_batch(app: App, organisation_id: str, batch_id: str) -> Batch:
    with app.database.reading() as store:
        batch = store.batch(organisation_id, batch_id)
        check_use(store, organisation_id, app.now)
    if batch.state == "cancelled":
        raise Conflict("This batch was cancelled, so nothing more is taken into it. Start another one.")
    return batch


@router.post("/batches/{batch_id}/missing")
def missing(batch_id: str, body: FilesIn, app: Foyer, who: Signed) -> MissingOut:
    """Which of these files the batch does not have, so that only they are sent."""
    found = batches.missing(app, who.organisation_id, batch_id, body.files, expected=body.expected)
    return MissingOut(missing=found)


@router.post("/batches/{batch_id}/complete")
def complete(batch_id: str, app: Foyer, who: Signed) -> BatchOut:
    """All files were sent; the batch is done when they are read."""
    batches.complete(app, who.organisation_id, batch_id)
    return batches.one(app, who.organisation_id, batch_id)


@router.post("/batches/{batch_id}/pause")
def pause(batch_id: str, app: Foyer, who: Signed) -> BatchOut:
    """No further file is read until somebody resumes it; files are still taken in. Also after a restart."""
    return _changed(app, who, batch_id, "paused")


@router.post("/batches/{batch_id}/resume")
def resume(batch_id: str, app: Foyer, who: Signed) -> BatchOut:
    return _changed(app, who, batch_id, "running")


@router.post("/batches/{batch_id}/cancel")
def cancel(batch_id: str, app: Foyer, who: Signed) -> BatchOut:
    """Files that nobody has read are deleted; whoever was screened stays. For good."""
    return _changed(app, who, batch_id, "cancelled")


def _changed(app: App, who: Recruiter, batch_id: str, state: batches.Act) -> BatchOut:
    batches.change(app, who, batch_id, state)
    return batches.one(app, who.organisation_id, batch_id)


@router.post("/batches/{batch_id}/retry", status_code=202)
def retry(batch_id: str, after: BackgroundTasks, app: Foyer, who: Signed, reason: Line = "") -> BatchOut:
    """The files that could not be read are tried again, all or those of one reason."""
    ids = batches.retry(app, who.organisation_id, batch_id, reason)
    after.add_task(batches.try_again, app, who.organisation_id, ids)
    return batches.one(app, who.organisation_id, batch_id)


@router.get("/batches/{batch_id}/problems")
def problems(batch_id: str, app: Foyer, who: Signed, limit: Limit = 100, offset: Offset = 0) -> list[BatchProblemOut]:
    """What could not be read, why, and what helps; in the order the files came."""
    with app.database.reading() as store:
        found = store.problem_page(who.organisation_id, batch_id, limit=limit, offset=offset)
    return [batches.problem(each) for each in found]


@router.get("/batches/{batch_id}/problems.csv", response_class=Response)
def problems_csv(batch_id: str, app: Foyer, who: Signed) -> StreamingResponse:
    """The same, all of it, for a spreadsheet."""
    with app.database.reading() as store:
        store.batch(who.organisation_id, batch_id)
    lines = batches.problems_csv(app, who.organisation_id, batch_id)
    kept = {"Content-Disposition": 'attachment; filename="not-read.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=kept)


@router.get("/batches/{batch_id}/copies")
def copies(batch_id: str, app: Foyer, who: Signed, limit: Limit = 100, offset: Offset = 0) -> list[CopyOut]:
    """Files whose very bytes an earlier application of the same job has."""
    with app.database.reading() as store:
        found = store.copies_page(who.organisation_id, batch_id, limit=limit, offset=offset)
    return [CopyOut(application_id=each.id, file=each.document.filename, same_as=first) for each, first in found]


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


def _progress(app: App, organisation_id: str, batch_id: str) -> Progress:
    with app.database.reading() as store:
        counted: BatchProgress = store.batch_progress(organisation_id, batch_id)
    return Progress(
        batch_id=batch_id,
        total=counted.total,
        waiting=counted.waiting,
        screened=counted.screened,
        unreadable=counted.unreadable,
        done=counted.waiting == 0 and counted.complete,
        state=counted.state,
        expected=counted.expected,
        complete=counted.complete,
    )


# ---------------------------------------------------------------- the pages


@pages.get("/jobs/{job_id}/batches")
def batches_page(job_id: str, request: Request, app: Foyer, who: Signed, offset: Offset = 0) -> HTMLResponse:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        counts = store.batch_counts(who.organisation_id, job_id, limit=SHOWN + 1, offset=offset)
    found = [batches.shown(each) for each in counts]
    context: dict[str, Any] = {
        "job": job,
        "batches": found[:SHOWN],
        "more": offset + SHOWN if len(found) > SHOWN else 0,
        "moving": any(_moves(each) for each in found[:SHOWN]),
        "may": "candidates:write" in who.rights,
    }
    return page(request, "batches.html", recruiter=who, section="jobs", **context)


@pages.get("/batches/{batch_id}")
def batch_page(batch_id: str, request: Request, app: Foyer, who: Signed, offset: Offset = 0) -> HTMLResponse:
    return _batch_page(request, app, who, batch_id, offset=offset)


@pages.get("/batches/{batch_id}/copies")
def copies_shown(batch_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Of `copies`, what the batch's page shows of them; nothing where there are none."""
    with app.database.reading() as store:
        same = store.copies_page(who.organisation_id, batch_id, limit=SHOWN)
        count = len(same) if len(same) < SHOWN else store.copies_count(who.organisation_id, batch_id)
    if not count:
        return Response(status_code=204)
    return page(request, "batch_copies.html", batch_id=batch_id, copies=count, same=same)


@pages.post("/batches/{batch_id}")
def act(
    batch_id: str,
    request: Request,
    after: BackgroundTasks,
    app: Foyer,
    who: Signed,
    action: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """What the buttons do: pause, resume, cancel, complete, retry."""
    states: dict[str, batches.Act] = {"pause": "paused", "resume": "running", "cancel": "cancelled"}
    try:
        if action in states:
            batches.change(app, who, batch_id, states[action])
        elif action == "complete":
            batches.complete(app, who.organisation_id, batch_id)
        elif action == "retry":
            ids = batches.retry(app, who.organisation_id, batch_id, reason)
            after.add_task(batches.try_again, app, who.organisation_id, ids)
        else:
            raise BadRequest("This form is not from this page. Load the batch again.")
    except (BadRequest, Conflict) as error:
        return _batch_page(request, app, who, batch_id, problem=error.detail, status=error.status)
    return RedirectResponse(f"/batches/{batch_id}", status_code=303)


def _batch_page(
    request: Request, app: App, who: Recruiter, batch_id: str, *, offset: int = 0, status: int = 200, problem: str = ""
) -> HTMLResponse:
    own = who.organisation_id
    with app.database.reading() as store:
        row = store.batch(own, batch_id)
        failed = store.problem_page(own, batch_id, limit=SHOWN + 1, offset=offset)
        context: dict[str, Any] = {
            "job": store.job(own, row.job_id),
            "reasons": store.problem_counts(own, batch_id),
        }
    found = batches.one(app, own, batch_id)
    context |= {
        "batch": found,
        "failed": [batches.problem(each) for each in failed[:SHOWN]],
        "more": offset + SHOWN if len(failed) > SHOWN else 0,
        "fixes": batches.FIXES,
        "moving": _moves(found),
        "may": "candidates:write" in who.rights,
        "problem": problem,
    }
    return page(request, "batch.html", status=status, recruiter=who, section="jobs", **context)


def _moves(batch: BatchOut) -> bool:
    """Something about it changes by itself."""
    return batch.waiting > 0 and batch.state != "paused"
