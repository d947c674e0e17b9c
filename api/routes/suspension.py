"""The kill switch's routes: JSON for programs, and the page behind the console's line. `api.suspending` does it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import suspending
from api.deps import App, Foyer, Signed, page
from api.schemas import Text
from api.security import Recruiter
from api.suspending import SuspensionOut, SuspensionsOut
from models.errors import BadRequest, Conflict, FoyerError
from models.values import YesNo

router = APIRouter(prefix="/v1/suspension", tags=["suspension"])
pages = APIRouter(include_in_schema=False)


class SwitchIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    job_id: Text | None = Field(None, description="one job; left out: the whole organisation")
    reason: Text = Field(min_length=3, max_length=1000, description="why, without anything about a candidate")


class WhyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    reason: Text = Field(min_length=3, max_length=1000)


@router.get("")
def standing(app: Foyer, who: Signed, past: YesNo = False) -> SuspensionsOut:
    """What is suspended, by whom, since when and why; with `past` also what was resumed since."""
    return suspending.standing(app, who.organisation_id, past=past)


@router.post("", status_code=201)
def suspend(body: SwitchIn, app: Foyer, who: Signed) -> SuspensionOut:
    """Nothing more is screened, invited, booked or judged until somebody resumes it; interviews under way end politely.
    By a person, named in `Foyer-Person`."""
    return suspending.suspend(app, who.organisation_id, job_id=body.job_id, reason=body.reason, person=who.person)


@router.post("/resume")
def resume(body: SwitchIn, app: Foyer, who: Signed) -> SuspensionOut:
    """What waited goes on, within seconds. By a person, named in `Foyer-Person`."""
    return suspending.resume(app, who.organisation_id, job_id=body.job_id, reason=body.reason, person=who.person)


@router.post("/interviews/{interview_id}/rate", status_code=202)
def rate_half(interview_id: str, body: WhyIn, app: Foyer, who: Signed) -> dict[str, str]:
    """Rate what was said before the interview was cut off, as it is; else it is rated when the candidate has gone on to
    its end, or never. By a person, named in `Foyer-Person`."""
    suspending.rate_half(app, who.organisation_id, interview_id, reason=body.reason, person=who.person)
    app.pipeline.finish(who.organisation_id, interview_id)
    return {"interview_id": interview_id, "state": "completed"}


@pages.get("/suspension")
def switch(request: Request, app: Foyer, who: Signed, job: str = "") -> HTMLResponse:
    """What stands, what was, and the form."""
    return _page(request, app, who, job)


@pages.post("/suspension")
def press(
    request: Request,
    app: Foyer,
    who: Signed,
    act: Annotated[str, Form()] = "",
    job: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    do = {"suspend": suspending.suspend, "resume": suspending.resume}.get(act)
    try:
        if do is None:
            raise BadRequest("Choose whether to suspend or to resume.")
        do(app, who.organisation_id, job_id=job or None, reason=reason, person=who.person)
    except (BadRequest, Conflict) as error:
        return _page(request, app, who, job, problem=error)
    return RedirectResponse("/suspension" + (f"?job={job}" if job else ""), status_code=303)


def _page(request: Request, app: App, who: Recruiter, job: str, *, problem: FoyerError | None = None) -> HTMLResponse:
    with app.database.reading() as store:
        titles = {each.id: each.title for each in store.jobs(who.organisation_id)}
        chosen = store.job(who.organisation_id, job) if job else None
    found = suspending.standing(app, who.organisation_id, past=True)
    return page(
        request,
        "suspension.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="oversight",
        job=chosen,
        standing=(job in found.jobs) if job else found.suspended,
        past=list(reversed(found.suspensions)),
        titles=titles,
        may="systems:write" in who.rights,
        problem=problem.detail if problem is not None else "",
    )
