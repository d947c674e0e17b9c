"""The queue of those below the line, and the line itself: as JSON, and as pages."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field

from api import reviewing, waiting
from api.deps import App, Foyer, Signed, page
from api.routes.applications import advance
from api.routes.console import in_hundreds
from api.schemas import LARGEST, DecisionIn
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden, FoyerError
from models.sentences import N_
from models.store import Store
from models.values import Evidence

router = APIRouter(prefix="/api", tags=["applications"])
pages = APIRouter(include_in_schema=False)

Kept = Literal["new", "kept"]
SAID = {
    "advanced": N_("Invited."),
    "rejected": N_("Rejected. It can be undone on the application's page."),
    "kept": N_("Kept waiting."),
    "moved": N_("Saved. Everyone who is not invited yet is judged by the new line now."),
}


class QueuedOut(BaseModel):
    id: str
    name: str
    score: float | None
    decision: str | None = Field(description="review: a must-have is not known, or nearly at the line; or below")
    reason: str
    unknown: tuple[str, ...] = Field(description="must-haves that nothing was found of")
    missing: tuple[str, ...] = Field(description="must-haves that are not met")
    quotes: tuple[Evidence, ...]
    waits: str = Field(description="who keeps them waiting, and why; empty: nobody has said anything")


class QueueOut(BaseModel):
    """Counts of all who wait, and a page of them."""

    review: int
    below: int
    kept: int
    people: list[QueuedOut]


class LineOut(BaseModel):
    """Of those screened and not invited. Nobody who is invited loses it: `beneath` of them lie below the new line."""

    threshold: float
    screened: int
    passing_now: int
    passing: int
    invited: int = Field(description="would be invited at once, by the job's policy")
    held: int = Field(description="pass too, and the job's most interviews leave no place for them")
    beneath: int


@router.get("/jobs/{job_id}/queue")
def queue(
    job_id: str,
    app: Foyer,
    who: Signed,
    kept: Kept = "new",
    limit: Annotated[int, Query(ge=1, le=200)] = waiting.AT_ONCE,
    offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> QueueOut:
    """Who lies below the line and waits for a person: first those of whom a must-have is unclear or who are nearly
    there, then by nearness to the line."""
    with app.database.reading() as store:
        counts = store.queue_counts(who.organisation_id, job_id)
        found = waiting.queued(store, who, job_id, kept=kept, limit=limit, offset=offset)
    return QueueOut(**counts, people=[_out(one) for one in found])


@router.post("/applications/{application_id}/wait", status_code=204)
def keep_waiting(application_id: str, body: DecisionIn, app: Foyer, who: Signed) -> None:
    """Somebody in the queue is kept waiting, by a person, named in `Foyer-Person`."""
    waiting.keep_waiting(app, who, application_id, body.reason)


@router.get("/jobs/{job_id}/line")
def line(job_id: str, app: Foyer, who: Signed, threshold: Annotated[float, Query(ge=0, le=1)]) -> LineOut:
    """What another threshold would do. Nothing is saved: PATCH the job for that."""
    found = waiting.effect(app, who.organisation_id, job_id, threshold)
    return LineOut.model_validate(found, from_attributes=True)


def _out(one: waiting.Waiting) -> QueuedOut:
    return QueuedOut(
        id=one.application.id,
        name=one.name,
        score=one.application.score,
        decision=one.application.decision,
        reason=one.reason,
        unknown=one.unknown,
        missing=one.missing,
        quotes=one.quotes,
        waits=one.waits,
    )


# ---------------------------------------------------------------- the queue, as a page


@pages.get("/jobs/{job_id}/queue")
def queue_page(
    job_id: str, request: Request, app: Foyer, who: Signed, kept: Kept = "new", offset: int = 0, done: str = ""
) -> HTMLResponse:
    return _page(request, app, who, job_id, kept=kept, offset=offset, message=SAID.get(done, ""))


@pages.post("/jobs/{job_id}/queue/{application_id}/advance")
def advance_page(
    job_id: str, application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    with app.database.reading() as store:
        _of(store, who, job_id, application_id)
    try:
        reviewing.person_of(who)
        advance(app, who, application_id, reason.strip()[:2000])
    except (BadRequest, Conflict, Forbidden) as error:
        return _page(request, app, who, job_id, problem=error)
    return RedirectResponse(f"/jobs/{job_id}/queue?done=advanced", status_code=303)


@pages.post("/jobs/{job_id}/queue/{application_id}/reject")
def reject_page(
    job_id: str, application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    """Only by who has opened the application, and with a reason."""
    with app.database.reading() as store:
        _of(store, who, job_id, application_id)
    try:
        if len(reason.strip()) < reviewing.SHORTEST_REASON:
            raise BadRequest("Rejecting needs a reason. It is kept with the decision.")
        reviewing.reject(app, who, application_id, reason.strip()[:2000])
    except (BadRequest, Conflict, Forbidden) as error:
        return _page(request, app, who, job_id, problem=error)
    return RedirectResponse(f"/jobs/{job_id}/queue?done=rejected", status_code=303)


@pages.post("/jobs/{job_id}/queue/{application_id}/wait")
def wait_page(
    job_id: str, application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    with app.database.reading() as store:
        _of(store, who, job_id, application_id)
    try:
        waiting.keep_waiting(app, who, application_id, reason[:2000])
    except (Conflict, Forbidden) as error:
        return _page(request, app, who, job_id, problem=error)
    return RedirectResponse(f"/jobs/{job_id}/queue?done=kept", status_code=303)


def _of(store: Store, who: Recruiter, job_id: str, application_id: str) -> None:
    job, found = store.job(who.organisation_id, job_id), store.application(who.organisation_id, application_id)
    if found.job_id != job.id:
        raise BadRequest("This application is of another job; decide on it there.")


def _page(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    *,
    kept: Kept = "new",
    offset: int = 0,
    message: str = "",
    problem: FoyerError | None = None,
) -> HTMLResponse:
    start = min(max(0, offset), LARGEST)
    with app.database.reading() as store:
        job, counts = store.job(who.organisation_id, job_id), store.queue_counts(who.organisation_id, job_id)
        found = waiting.queued(store, who, job_id, kept=kept, limit=waiting.AT_ONCE + 1, offset=start)
        passing = store.passing_count(who.organisation_id, job_id)
    return page(
        request,
        "queue.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        message=message,
        job=job,
        counts=counts,
        people=[replace(one, reason=in_hundreds(one.reason)) for one in found[: waiting.AT_ONCE]],
        kept=kept,
        offset=start,
        step=waiting.AT_ONCE,
        further=len(found) > waiting.AT_ONCE,
        passing=passing,
    )


# ---------------------------------------------------------------- the line, as a page


@pages.get("/jobs/{job_id}/line")
def line_page(job_id: str, request: Request, app: Foyer, who: Signed, threshold: str = "") -> HTMLResponse:
    """The form; with a threshold what it would do, before anything is saved."""
    return _line(request, app, who, job_id, threshold)


@pages.post("/jobs/{job_id}/line")
def move_page(
    job_id: str, request: Request, app: Foyer, who: Signed, threshold: Annotated[str, Form()] = ""
) -> Response:
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
    try:
        reviewing.person_of(who)
        waiting.move_line(app, who.organisation_id, job_id, _hundreds(threshold))
    except (BadRequest, Forbidden) as error:
        return _line(request, app, who, job_id, "", problem=error)
    return RedirectResponse(f"/jobs/{job_id}/queue?done=moved", status_code=303)


def _line(
    request: Request, app: App, who: Recruiter, job_id: str, threshold: str, *, problem: FoyerError | None = None
) -> HTMLResponse:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
    found = None
    try:
        if threshold.strip():
            found = waiting.effect(app, who.organisation_id, job_id, _hundreds(threshold))
    except BadRequest as error:
        problem = error
    return page(
        request,
        "line.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        job=job,
        threshold=threshold.strip() or f"{job.threshold * 100:.0f}",
        effect=found,
    )


def _hundreds(text: str) -> float:
    """0 to 100, as the pages show scores; 0 to 1."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        found = -1.0
    if not 0 <= found <= 100:
        raise BadRequest("The line must be a number from 0 to 100.")
    return found / 100
