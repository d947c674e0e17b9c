"""Who may see a job beside those who see all: hiring managers, and agencies that bring people for it. JSON, the job's
page for it, and the page behind an agency's link."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api import agencies
from api.deps import App, Foyer, Signed, page
from api.schemas import Line
from api.security import Recruiter
from models.errors import FoyerError, NotFound
from models.records import AgencyLink

router = APIRouter(prefix="/api/jobs/{job_id}", tags=["jobs"])
pages = APIRouter(include_in_schema=False)
public = APIRouter(include_in_schema=False)


class MemberOut(BaseModel):
    id: str
    name: str
    email: str


class AgencyOut(BaseModel):
    id: str
    agency: str
    made_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class AgencyMadeOut(AgencyOut):
    link: str = Field(description="shown here once")


class AgencyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    agency: Line = Field(min_length=1)
    days: int = Field(agencies.DAYS, ge=1, le=agencies.MOST_DAYS)


def _out(link: AgencyLink) -> dict[str, Any]:
    return {name: getattr(link, name) for name in AgencyOut.model_fields}


@router.get("/members")
def members(job_id: str, app: Foyer, who: Signed) -> list[MemberOut]:
    """Hiring managers who may see this job."""
    with app.database.reading() as store:
        found = store.job_members(who.organisation_id, job_id)
    return [MemberOut(id=user.id, name=user.name, email=user.email) for user in found]


@router.put("/members/{user_id}", status_code=204)
def add_member(job_id: str, user_id: str, app: Foyer, who: Signed) -> None:
    """From their next click on they see this job, everybody in it and all reports."""
    with app.database.store() as store:
        store.add_member(who.organisation_id, job_id, user_id, app.now)


@router.delete("/members/{user_id}", status_code=204)
def drop_member(job_id: str, user_id: str, app: Foyer, who: Signed) -> None:
    with app.database.store() as store:
        store.drop_member(who.organisation_id, job_id, user_id)


@router.get("/agencies")
def listed(job_id: str, app: Foyer, who: Signed) -> list[AgencyOut]:
    """Newest first, also links that open nothing any more."""
    with app.database.reading() as store:
        return [AgencyOut(**_out(link)) for link in store.agencies(who.organisation_id, job_id)]


@router.post("/agencies", status_code=201)
def add_agency(job_id: str, body: AgencyIn, app: Foyer, who: Signed) -> AgencyMadeOut:
    """A link by which an agency sends resumes for this job and sees which of its own were read; no score, no decision,
    nobody else's."""
    link, url = agencies.make(app, who, job_id, agency=body.agency, days=body.days)
    return AgencyMadeOut(**_out(link), link=url)


@router.delete("/agencies/{agency_id}", status_code=204)
def revoke_agency(job_id: str, agency_id: str, app: Foyer, who: Signed) -> None:
    """The link opens nothing any more; what it brought stays."""
    with app.database.store() as store:
        store.revoke_agency(who.organisation_id, job_id, agency_id, app.now)


# ---------------------------------------------------------------- the job's page for it


@pages.get("/jobs/{job_id}/sharing")
def sharing_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _page(request, app, who, job_id)


@pages.post("/jobs/{job_id}/members")
def add_from_page(
    job_id: str, request: Request, app: Foyer, who: Signed, user_id: Annotated[str, Form()] = ""
) -> Response:
    try:
        add_member(job_id, user_id, app, who)
    except NotFound:
        with app.database.reading() as store:
            store.job(who.organisation_id, job_id)
        return _page(request, app, who, job_id, status=400, problem="Choose a hiring manager.")
    except FoyerError as error:
        return _page(request, app, who, job_id, status=error.status, problem=error.detail)
    return RedirectResponse(f"/jobs/{job_id}/sharing", status_code=303)


@pages.post("/jobs/{job_id}/members/{user_id}/remove")
def drop_from_page(job_id: str, user_id: str, app: Foyer, who: Signed) -> Response:
    drop_member(job_id, user_id, app, who)
    return RedirectResponse(f"/jobs/{job_id}/sharing", status_code=303)


@pages.post("/jobs/{job_id}/agencies")
def agency_from_page(
    job_id: str, request: Request, app: Foyer, who: Signed, agency: Annotated[str, Form()] = ""
) -> Response:
    """The link is shown once, on this answer."""
    try:
        link, url = agencies.make(app, who, job_id, agency=agency)
    except NotFound:
        raise
    except FoyerError as error:
        return _page(request, app, who, job_id, status=error.status, problem=error.detail)
    return _page(request, app, who, job_id, link=url, link_of=link)


@pages.post("/jobs/{job_id}/agencies/{agency_id}/revoke")
def revoke_from_page(job_id: str, agency_id: str, app: Foyer, who: Signed) -> Response:
    revoke_agency(job_id, agency_id, app, who)
    return RedirectResponse(f"/jobs/{job_id}/sharing", status_code=303)


def _page(request: Request, app: App, who: Recruiter, job_id: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """`shown`: link and link_of, problem."""
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        members = store.job_members(who.organisation_id, job_id)
        managers = [
            user
            for user in store.users(who.organisation_id)
            if user.role == "hiring_manager" and user.state != "disabled"
        ]
        links = store.agencies(who.organisation_id, job_id)
    context = {
        "job": job,
        "members": members,
        "others": [user for user in managers if user.id not in {each.id for each in members}],
        "agencies": links,
        "now": app.now,
        **shown,
    }
    return page(request, "sharing.html", status=status, recruiter=who, section="jobs", **context)


# ---------------------------------------------------------------- behind an agency's link


@public.get("/agency/{token}")
def agency_page(token: str, request: Request, app: Foyer, sent: int = 0) -> HTMLResponse:
    return _agency(request, app, token, sent=max(0, sent))


@public.post("/agency/{token}")
async def send(token: str, request: Request, app: Foyer) -> Response:
    """Resumes, after a name and the confirmation that they may be passed on."""
    link, job, _ = await run_in_threadpool(agencies.opened, app, token)
    upload = await run_in_threadpool(agencies.upload_of, app, link, job)
    try:
        await agencies.receive(app, link, upload, request)
    except FoyerError as error:
        if error.status != 400:
            raise
        return await run_in_threadpool(_refused, request, app, token, error)
    app.pipeline.received()
    return RedirectResponse(f"/agency/{token}?sent={len(upload.ids)}", status_code=303)


def _refused(request: Request, app: App, token: str, error: FoyerError) -> HTMLResponse:
    return _agency(request, app, token, status=error.status, problem=error.detail)


def _agency(request: Request, app: App, token: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    link, job, organisation = agencies.opened(app, token)
    context = {"agency": link.agency, "job": job, "organisation": organisation, "until": link.expires_at}
    context |= {"token": token, "note": agencies.NOTE, "files": agencies.brought(app, link), **shown}
    return page(request, "agency.html", status=status, **context)
