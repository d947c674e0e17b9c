"""A job's settings, its versions with who was assessed under which, and the approval of what stands: JSON and pages."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from api import approving
from api.deps import App, Foyer, Signed, page
from api.routes.jobs import apply_changes
from api.schemas import LARGEST, ApprovalOut, ApproveIn, AssessedOut, JobChange, JobVersionOut
from api.security import Recruiter
from compliance.law import named
from models.errors import BadRequest, FoyerError

router = APIRouter(prefix="/api/jobs", tags=["jobs"])
pages = APIRouter(include_in_schema=False)

SHOWN = 50
Offset = Annotated[int, Query(ge=0, le=LARGEST)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("/{job_id}/approval")
def approval(job_id: str, app: Foyer, who: Signed) -> ApprovalOut:
    """Whether requirements, kit and threshold as they stand are approved, and what changed since they were."""
    return approving.standing(app, who.organisation_id, job_id)


@router.post("/{job_id}/approval", status_code=201)
def approve(job_id: str, body: ApproveIn, app: Foyer, who: Signed) -> ApprovalOut:
    """By a named person, of exactly what they looked at. It holds for new invitations until one of them changes."""
    return approving.approve(app, who, job_id, body)


@router.delete("/{job_id}/approval")
def withdraw(job_id: str, app: Foyer, who: Signed) -> ApprovalOut:
    """The approval that holds is taken back; whoever was invited stays invited."""
    return approving.withdraw(app, who, job_id)


@router.get("/{job_id}/versions")
def versions(job_id: str, app: Foyer, who: Signed) -> list[JobVersionOut]:
    """What the job asked, newest first, with what changed and how many people are judged by each."""
    return approving.versions(app, who.organisation_id, job_id)


@router.get("/{job_id}/versions/{number}/people")
def people(
    job_id: str, number: int, app: Foyer, who: Signed, limit: Limit = 100, offset: Offset = 0
) -> list[AssessedOut]:
    """Whose screening stands by this version of the requirements."""
    with app.database.reading() as store:
        found = store.people_by_version(who.organisation_id, job_id, _whole(number), limit=limit, offset=offset)
    return [
        AssessedOut(application_id=one.id, name=one.candidate.name, stage=one.stage, score=one.score) for one in found
    ]


def _whole(number: int) -> int:
    return number if 0 <= number <= LARGEST else 0


# ---------------------------------------------------------------- pages


@pages.get("/jobs/{job_id}/settings")
def settings_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    message = "Saved." if request.query_params.get("saved") else ""
    return _settings(request, app, who, job_id, message=message)


@pages.post("/jobs/{job_id}/settings")
def save_settings(
    job_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    title: Annotated[str, Form()] = "",
    threshold: Annotated[str, Form()] = "",
    invite_policy: Annotated[str, Form()] = "after_confirmation",
    minutes: Annotated[str, Form()] = "",
    max_interviews: Annotated[str, Form()] = "",
    jurisdictions: Annotated[str, Form()] = "",
    needs_approval: Annotated[str, Form()] = "",
    by_telephone: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "open",
) -> Response:
    form = {
        "title": title,
        "threshold": threshold,
        "invite_policy": invite_policy,
        "minutes": minutes,
        "max_interviews": max_interviews,
        "jurisdictions": jurisdictions,
        "needs_approval": needs_approval,
        "by_telephone": by_telephone,
        "state": state,
    }
    try:
        apply_changes(app, who, job_id, _change(form))
    except FoyerError as error:
        return _settings(request, app, who, job_id, form=form, problem=error.detail, status=error.status)
    return RedirectResponse(f"/jobs/{job_id}/settings?saved=1", status_code=303)


def _change(form: dict[str, str]) -> JobChange:
    """The form as the API's body. Raises BadRequest."""
    if not re.fullmatch(r"\d{1,3}(?:\.\d{1,4})?", form["threshold"].strip()):
        raise BadRequest("The threshold is a number from 0 to 100.")
    if form["max_interviews"].strip() and not re.fullmatch(r"\d{1,7}", form["max_interviews"].strip()):
        raise BadRequest("The most interviews are a whole number, or nothing: no limit.")
    if not form["minutes"].isdecimal() or len(form["minutes"]) > 3:
        raise BadRequest("Choose a length of the interview.")
    fields: dict[str, Any] = {
        "title": form["title"],
        "threshold": round(float(form["threshold"]) / 100, 6),
        "invite_policy": form["invite_policy"],
        "minutes": int(form["minutes"]),
        "max_interviews": int(form["max_interviews"]) if form["max_interviews"].strip() else None,
        "jurisdictions": list(named(re.split(r"[,;\s]+", form["jurisdictions"]))) or None,
        "needs_approval": form["needs_approval"] == "yes",
        "by_telephone": form["by_telephone"] == "yes",
        "state": form["state"],
    }
    try:
        return JobChange.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"][0] if first["loc"] else "the form"
        raise BadRequest(f"{where}: {first['msg']}.") from error


def _settings(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    *,
    form: dict[str, str] | None = None,
    status: int = 200,
    **shown: str,
) -> HTMLResponse:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        counts = store.job_counts(who.organisation_id).get(job_id, {})
    standing = {
        "title": job.title,
        "threshold": f"{job.threshold * 100:g}",
        "invite_policy": job.invite_policy,
        "minutes": str(job.minutes),
        "max_interviews": str(job.max_interviews or ""),
        "jurisdictions": ", ".join(job.jurisdictions or ()),
        "needs_approval": "yes" if job.needs_approval else "",
        "by_telephone": "yes" if job.by_telephone else "",
        "state": job.state,
    }
    invited = sum(counts.get(stage, 0) for stage in ("invited", "interviewing"))
    context = {"job": job, "form": form or standing, "counts": counts, "under_way": invited}
    return page(request, "job_settings.html", status=status, recruiter=who, section="jobs", **context, **shown)


@pages.get("/jobs/{job_id}/versions")
def versions_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _versions(request, app, who, job_id)


@pages.post("/jobs/{job_id}/versions")
def approve_page(
    job_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    action: Annotated[str, Form()] = "",
    seen: Annotated[str, Form(max_length=60)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """`seen`: REQUIREMENTS.KIT.THRESHOLD, as the page showed them."""
    try:
        if action == "withdraw":
            approving.withdraw(app, who, job_id)
        elif (found := re.fullmatch(r"(\d{1,9}):(\d{1,9}):(0(?:\.\d+)?|1(?:\.0+)?)", seen)) is not None:
            body = ApproveIn(
                requirements_version=int(found[1]), kit_version=int(found[2]), threshold=float(found[3]), note=note
            )
            approving.approve(app, who, job_id, body)
        else:
            raise BadRequest("This form is not from this page. Load the versions again.")
    except FoyerError as error:
        if error.status == 404:
            raise
        return _versions(request, app, who, job_id, problem=error.detail, status=error.status)
    return RedirectResponse(f"/jobs/{job_id}/versions", status_code=303)


def _versions(
    request: Request, app: App, who: Recruiter, job_id: str, *, status: int = 200, problem: str = ""
) -> HTMLResponse:
    own = who.organisation_id
    with app.database.reading() as store:
        job, kits = store.job(own, job_id), store.kits(own, job_id)
        interviewed = store.interviewed(own, job_id)
    context = {
        "job": job,
        "kits": [(one, interviewed.get(one.version, 0)) for one in kits],
        "approval": approving.standing(app, own, job_id),
        "versions": approving.versions(app, own, job_id),
        "may": "jobs:approve" in who.rights,
        "sees": "candidates:read" in who.rights,
        "problem": problem,
    }
    return page(request, "job_versions.html", status=status, recruiter=who, section="jobs", **context)


@pages.get("/jobs/{job_id}/versions/{number}")
def people_page(
    job_id: str, number: int, request: Request, app: Foyer, who: Signed, offset: Offset = 0
) -> HTMLResponse:
    own = who.organisation_id
    with app.database.reading() as store:
        job = store.job(own, job_id)
        found = store.people_by_version(own, job_id, _whole(number), limit=SHOWN + 1, offset=offset)
    context: dict[str, Any] = {
        "job": job,
        "number": number,
        "people": found[:SHOWN],
        "more": offset + SHOWN if len(found) > SHOWN else 0,
    }
    return page(request, "job_version.html", recruiter=who, section="jobs", **context)
