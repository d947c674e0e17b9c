"""The page on which a job's requirements are edited. Each change is asked of the server, which keeps nothing of it
until the list is saved; beside it stands what the list as typed would do to the people nearest to the threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import requirement_form
from api.deps import App, Foyer, Signed, page, typed_form
from api.requirement_form import Raw
from api.routes.jobs import check, previewed, save_requirements
from api.security import Recruiter
from models.errors import BadRequest, FoyerError
from models.values import Requirement, RequirementKind
from screening.cues import LEVELS
from screening.rules import FLUENCY

pages = APIRouter(include_in_schema=False)

KINDS = get_args(RequirementKind)


Typed = Annotated[list[tuple[str, str]], Depends(typed_form(requirement_form.MOST_FIELDS))]


@pages.get("/jobs/{job_id}/requirements")
def requirements_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    message = ""
    if request.query_params.get("saved"):
        message = "Saved. Whoever is screened and not yet invited is judged anew by it."
    return _page(request, app, who, job_id, message=message)


@pages.post("/jobs/{job_id}/requirements")
def edit(job_id: str, request: Request, app: Foyer, who: Signed, typed: Typed) -> Response:
    """Saves, or does one thing to the list as typed and shows it. What cannot be saved comes back whole."""
    said = dict(typed)
    rows, action = requirement_form.read(typed), said.get("action", "save")
    shown: dict[str, Any] = {"based_on": said.get("based_on", ""), "note": ""}
    if action != "save":
        with app.database.reading() as store:
            known = store.requirement_ids(who.organisation_id, job_id)
        rows, done = requirement_form.changed(rows, action, known)
        return _page(request, app, who, job_id, rows=rows, **shown | {"note": done})
    asked, wrong = requirement_form.checked(rows)
    if wrong:
        problem = "This was not saved: see below what to change."
        return _page(request, app, who, job_id, rows=rows, wrong=wrong, status=422, problem=problem, **shown)
    try:
        save_requirements(app, who, job_id, asked, based_on=_version(said.get("based_on", "")))
    except FoyerError as error:
        return _page(request, app, who, job_id, rows=rows, status=error.status, problem=error.detail, **shown)
    return RedirectResponse(f"/jobs/{job_id}/requirements?saved=1", status_code=303)


@pages.post("/jobs/{job_id}/requirements/preview")
def preview_part(job_id: str, request: Request, app: Foyer, who: Signed, typed: Typed) -> HTMLResponse:
    """The list as typed, against the people nearest to the threshold: a part of the page."""
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
    asked, wrong = requirement_form.checked(requirement_form.read(typed))
    context: dict[str, Any] = {"job": job, "found": None, "why_not": ""}
    try:
        if wrong:
            raise BadRequest("Some of it is not complete yet; the preview goes on when it is.")
        check(asked)
        wanted = [Requirement.model_validate(one.model_dump()) for one in asked]
        found, seen = app.previews.people(who.organisation_id, job_id, requirements=wanted, threshold=None)
        context["found"] = previewed(found, seen)
    except FoyerError as error:
        context["why_not"] = error.detail
    return page(request, "requirements_preview.html", **context)


def _version(typed: str) -> int:
    if not typed.isdecimal() or len(typed) > 9:
        raise BadRequest("This form is not from this page. Load the requirements again.")
    return int(typed)


def _page(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    *,
    status: int = 200,
    rows: list[Raw] | None = None,
    wrong: Mapping[str, str] | None = None,
    based_on: str = "",
    note: str = "",
    **shown: str,
) -> HTMLResponse:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        standing = store.requirements(who.organisation_id, job_id)
    context: dict[str, Any] = {
        "job": job,
        "rows": requirement_form.shown(standing) if rows is None else rows,
        "edited": rows is not None,
        "wrong": wrong or {},
        "based_on": based_on or job.requirements_version,
        "note": note,
        "kinds": KINDS,
        "levels": {"degree": LEVELS, "language": tuple(FLUENCY)},
        "may": "jobs:write" in who.rights,
        "sees": "candidates:read" in who.rights,
    }
    return page(request, "requirements.html", status=status, recruiter=who, section="jobs", **context, **shown)
