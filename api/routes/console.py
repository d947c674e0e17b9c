"""The recruiter's pages. Each does what the JSON routes do, through the same functions, and shows it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from api import correcting, notices, noting, postings, report_links, reviewing, shortlisting, systems, undoing
from api.asks import KINDS
from api.attempts import attempts_of
from api.deps import App, Foyer, Signed, page
from api.remarks import corrected
from api.routes.applications import advance
from api.routes.jobs import create_job
from api.schemas import JobIn
from api.security import Recruiter
from api.shortlisting import Line
from compliance.law import named
from interview.families import families
from models.errors import BadRequest, Conflict, Forbidden, FoyerError
from models.records import Application, Interview, Remote, account_key
from models.store import Store
from models.store.attempts import counting
from models.store.shortlist import Wanted
from models.values import Evidence
from screening.scoring import explained

router = APIRouter(include_in_schema=False)

SHOWN = 20
"""The best, on the job's page; everybody is in the shortlist."""
UNREADABLE_SHOWN = 50
LONGEST_NUMBER = 12
OPENINGS_SHOWN = 50
"""Openings of connected systems, to make a job of."""
_OF_ONE = re.compile(r"(Score |threshold of )([01](?:\.\d+)?)")
MINUTES = {"5", "15", "30", "45"}


@dataclass(frozen=True, slots=True)
class Row:
    """One application in a list."""

    id: str
    name: str
    filename: str
    stage: str
    score: float | None
    decision: str | None
    evidence: Evidence | None = None
    flags: int = 0
    problem: str = ""
    interview_state: str = ""
    asks: bool = False
    report_interview_id: str = ""


# ---------------------------------------------------------------- jobs


@router.get("/")
def jobs(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    with app.database.reading() as store:
        counts = store.job_counts(who.organisation_id)
        asked = Counter(job_id for job_id, _ in store.unanswered(who.organisation_id))
        seen = [job for job in store.jobs(who.organisation_id) if who.sees(job.id)]
        found = [(job, counts.get(job.id, {}), asked[job.id]) for job in seen]
        steps = store.first_steps(who.organisation_id) if "jobs:write" in who.rights else None
    shown: dict[str, Any] = {
        "steps": None if steps is None or steps.away or steps.done else steps,
        "has_sample": any(job.is_sample for job, *_ in found),
        "first_job": found[0][0].id if found else "",
    }
    return page(request, "jobs.html", recruiter=who, section="jobs", jobs=found, **shown)


@router.get("/jobs/new")
def new_job_page(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    form = {
        "text": "",
        "threshold": round(app.settings.screening.threshold * 100),
        "invite_policy": "after_confirmation",
        "minutes": JobIn.model_fields["minutes"].default,
        "max_interviews": "",
        "kit_family": "",
        "jurisdictions": "",
        "address": "",
    }
    shown: dict[str, Any] = {"form": form, "families": families(), "openings": _openings(app, who)}
    return page(request, "job_new.html", recruiter=who, section="jobs", **shown)


def _openings(app: App, who: Recruiter) -> list[Remote]:
    """Of connected systems, open and linked to no job here; for who may link them."""
    if "systems:write" not in who.rights:
        return []
    with app.database.reading() as store:
        return store.openings(who.organisation_id, OPENINGS_SHOWN)


@router.post("/jobs/new")
def new_job(
    request: Request,
    app: Foyer,
    who: Signed,
    text: Annotated[str, Form()] = "",
    file: UploadFile | None = None,
    threshold: Annotated[str, Form()] = "",
    invite_policy: Annotated[str, Form()] = "after_confirmation",
    minutes: Annotated[str, Form()] = "30",
    max_interviews: Annotated[str, Form()] = "",
    kit_family: Annotated[str, Form()] = "",
    jurisdictions: Annotated[str, Form()] = "",
    address: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    form: dict[str, Any] = {
        "address": address,
        "kit_family": kit_family,
        "jurisdictions": jurisdictions,
        "text": text,
        "threshold": threshold,
        "invite_policy": invite_policy,
        "minutes": int(minutes) if minutes in MINUTES else minutes,
        "max_interviews": max_interviews,
    }
    try:
        body = _job_in(app, form, file)
        job, _ = create_job(app, who.organisation_id, body, author=who.actor)
    except FoyerError as error:
        shown = {"recruiter": who, "section": "jobs", "form": form, "problem": error.detail, "families": families()}
        return page(request, "job_new.html", status=error.status, **shown | {"openings": _openings(app, who)})
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


def _job_in(app: App, form: dict[str, Any], file: UploadFile | None) -> JobIn:
    """The form, read as the API's body. Raises BadRequest, TooLarge."""
    text, media_type = form["text"].strip(), ""
    if not text and file is not None and file.filename:
        text, media_type = postings.of_file(app, file.filename, file.file.read(postings.POSTING_BYTES + 1))
    if not text and form["address"].strip():
        text, media_type = postings.of_address(app, form["address"])
    fields = {
        "text": text,
        "media_type": media_type or _looks_like(text),
        "threshold": _number(form["threshold"], "threshold") / 100,
        "invite_policy": form["invite_policy"],
        "minutes": form["minutes"],
        "kit_family": form["kit_family"] or None,
        "jurisdictions": list(named(re.split(r"[,;\s]+", form["jurisdictions"]))) or None,
        "max_interviews": _number(form["max_interviews"], "most interviews") if form["max_interviews"] else None,
    }
    if not text:
        raise BadRequest("Paste the job posting, choose its file, or give its address.")
    try:
        return JobIn.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{first['loc'][0]}: {first['msg']}.") from error


def _looks_like(text: str) -> str:
    if text.startswith("{"):
        return "application/ld+json"
    return "text/html" if text[:1] == "<" else "text/markdown"


def _number(text: str, called: str) -> int:
    if not text.strip().isdecimal() or len(text) > LONGEST_NUMBER:
        raise BadRequest(f"The {called} must be a whole number.")
    return int(text)


# ---------------------------------------------------------------- one job


@router.get("/jobs/{job_id}")
def job(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """What the job asks, the upload, and the best; the others are in the shortlist."""
    organisation_id = who.organisation_id
    with app.database.reading() as store:
        counts = store.stage_counts(organisation_id, job_id)
        scored = sum(counts.values()) - counts.get("received", 0) - counts.get("unreadable", 0)
        best = shortlisting.lines(store, organisation_id, job_id, Wanted(), min(SHOWN, scored))
        interviews = _by_application(store.interviews_of_some(organisation_id, [one.open.id for one in best]))
        unreadable = store.applications(organisation_id, job_id, stage="unreadable", limit=UNREADABLE_SHOWN)
        context: dict[str, Any] = {
            "job": store.job(organisation_id, job_id),
            "requirements": store.requirements(organisation_id, job_id),
            "batch": _batch_under_way(store, organisation_id, job_id),
        }
    context |= {
        "ranked": [_ranked(one, interviews.get(one.open.id, [])) for one in best],
        "more": max(0, scored - len(best)),
        "unreadable": [_row(each) for each in unreadable],
        "unread": counts.get("unreadable", 0),
        "pending": counts.get("received", 0),
        "counts": counts,
    }
    return page(request, "job.html", recruiter=who, section="jobs", **context)


def _batch_under_way(store: Store, organisation_id: str, job_id: str) -> str:
    """The newest batch, if it is still being screened; else empty."""
    newest = store.batches(organisation_id, job_id)[:1]
    waiting = [batch.id for batch in newest if store.batch_progress(organisation_id, batch.id).waiting]
    return waiting[0] if waiting else ""


def _row(application: Application) -> Row:
    return Row(
        id=application.id,
        name=application.candidate.name or application.document.filename,
        filename=application.document.filename,
        stage=application.stage,
        score=application.score,
        decision=application.decision,
        problem=application.problem_detail or "",
    )


def _by_application(interviews: list[Interview]) -> dict[str, list[Interview]]:
    """Each application's, oldest first."""
    found: dict[str, list[Interview]] = {}
    for each in sorted(interviews, key=lambda one: one.attempt):
        found.setdefault(each.application_id, []).append(each)
    return found


def _ranked(line: Line, interviews: list[Interview]) -> Row:
    current, shown = counting(interviews), line.opened.shown or {}
    quoted = bool(shown.get("quote"))
    return Row(
        id=line.open.id,
        name=line.name,
        filename=line.opened.filename,
        stage=line.open.stage,
        score=line.open.score,
        decision=line.open.decision,
        evidence=Evidence(quote=line.quote, page=shown["page"], line=shown["line"]) if quoted else None,
        flags=line.open.flagged or 0,
        asks=line.asks,
        interview_state=interviews[-1].state if interviews else "",
        report_interview_id=current.id if current and line.open.stage == "reported" else "",
    )


# ---------------------------------------------------------------- one application


@router.get("/applications/{application_id}")
def application(application_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return application_page(request, app, who, application_id)


@router.post("/applications/{application_id}/invite")
def invite(application_id: str, app: Foyer, who: Signed) -> Response:
    advance(app, who, application_id, "")
    return RedirectResponse(f"/applications/{application_id}", status_code=303)


@router.post("/applications/{application_id}/link")
def renew_link(application_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Shown once, on this answer: only its hash is kept."""
    with app.database.reading() as store:
        interview = store.interview_of(who.organisation_id, application_id)
    if interview is None:
        raise BadRequest("This candidate is not invited yet; invite them first.")
    url, expires_at = app.pipeline.stages.renew_link(who.organisation_id, interview.id)
    return application_page(request, app, who, application_id, link=url, link_expires=expires_at)


@router.post("/applications/{application_id}/reject")
def reject(
    application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    """Only a named person who has opened the application, and with a reason."""
    try:
        if len(reason.strip()) < reviewing.SHORTEST_REASON:
            raise BadRequest("Rejecting needs a reason. It is kept with the decision.")
        reviewing.reject(app, who, application_id, reason.strip()[:2000])
    except (BadRequest, Forbidden, Conflict) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return RedirectResponse(f"/applications/{application_id}", status_code=303)


@router.post("/applications/{application_id}/retry")
def retry(application_id: str, app: Foyer, who: Signed) -> Response:
    app.pipeline.retry(who.organisation_id, application_id)
    with app.database.reading() as store:
        job_id = store.application(who.organisation_id, application_id).job_id
    return RedirectResponse(f"/jobs/{job_id}", status_code=303)


def application_page(
    request: Request, app: App, who: Recruiter, application_id: str, *, status: int = 200, **shown: Any
) -> HTMLResponse:
    """`shown`: link, link_expires, code, code_expires, shared_url, shared_until, problem, message."""
    organisation_id = who.organisation_id
    reviewing.note(app, who, application_id, "opened", "application")
    with app.database.reading() as store:
        found = store.application(organisation_id, application_id)
        result = store.screening(organisation_id, application_id)
        asked = {each.id: each for each in store.requirements(organisation_id, found.job_id)}
        attempts = attempts_of(app, store, organisation_id, application_id)
        interview = attempts[-1].interview if attempts else None
        current = next((each for each in attempts if each.counts), None)
        parsed = store.parsed(organisation_id, application_id)
        context: dict[str, Any] = {
            "application": found,
            "job": store.job(organisation_id, found.job_id),
            "person": found.candidate.name or found.document.filename,
            "result": result,
            "reason": in_hundreds(result.reason) if result else "",
            "verdicts": [(asked.get(v.requirement_id), v) for v in result.requirements] if result else [],
            "addends": explained(result, list(asked.values())) if result else [],
            "interview": interview,
            "attempts": attempts,
            "corrections": [pair for each in attempts for pair in corrected(store, each.interview)],
            "to_accept": [
                each.interview.id for each in attempts if correcting.waiting(store, each.interview, each.report)
            ],
            "booking": store.booking_of(organisation_id, interview.id) if interview else None,
            "requests": [asked for each in attempts for asked in store.requests(organisation_id, each.interview.id)],
            "kinds": KINDS,
            "holds": [
                one
                for one in store.holds(organisation_id)
                if one.candidate_id == found.candidate_id or one.job_id == found.job_id
            ],
            "told_by": notices.adverse_of(app, store, found),
            "today": app.now.date(),
            "decisions": store.decisions(organisation_id, application_id),
            "elsewhere": systems.elsewhere(store, found),
            "review": reviewing.standing(store, organisation_id, current.interview.id, who.person) if current else None,
            "years": parsed.years if parsed else None,
            "undoable": undoing.undoable(store, found),
            "notes": noting.notes_for(store, who, application_id),
            "own_key": account_key(who.person) if who.person is not None else "",
        }
        context["due_on"] = {each.id: notices.due_on(app, store, each) for each in context["requests"]}
    context["links"] = report_links.listed(app, organisation_id, current.interview.id) if current else []
    context["report"] = current.report if current else None
    context |= {"outcome_words": systems.OUTCOMES, "origin_words": systems.ORIGINS}
    return page(request, "application.html", status=status, recruiter=who, section="jobs", **context, **shown)


def in_hundreds(reason: str) -> str:
    """As the page shows scores; results say 0 to 1."""
    return _OF_ONE.sub(lambda found: f"{found[1]}{float(found[2]) * 100:.0f}", reason)
