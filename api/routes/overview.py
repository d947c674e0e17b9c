"""The interviews of a job, and of all jobs: who has not come, who is under way, and what a person can do about it. As
JSON, and as pages. Nothing live is shown: the room is the candidate's."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import nudging
from api.deps import App, Fields, Foyer, Signed, local, page
from api.schemas import LARGEST, Instant, Text
from api.security import Recruiter
from models.errors import BadRequest, Forbidden, FoyerError
from models.sentences import N_
from models.store.listing import Listed, Shown

router = APIRouter(prefix="/api", tags=["interviews"])
pages = APIRouter(include_in_schema=False)

AT_ONCE = 50
MOST_DAYS = 365
WORDS: dict[Shown, str] = {
    "all": N_("All"),
    "invited": N_("Invited"),
    "opened": N_("Opened the link"),
    "in_progress": N_("In progress"),
    "paused": N_("Paused"),
    "completed": N_("Completed"),
    "expired": N_("Expired"),
    "withdrawn": N_("Withdrawn"),
}
DONE = {"remind": N_("Reminded"), "extend": N_("Open for longer"), "alternative": N_("Offered another way")}

Ids = Annotated[list[Text], Field(min_length=1, max_length=nudging.MOST)]


class ListedOut(BaseModel):
    """`opened`: somebody came by the link. Times are UTC."""

    id: str
    application_id: str
    job_id: str
    job: str
    name: str
    state: str
    opened: bool
    invited_at: Instant
    expires_at: Instant
    started_at: Instant | None
    completed_at: Instant | None
    reminded_at: Instant | None
    booked_for: Instant | None


class OverviewOut(BaseModel):
    """`counts`: invited, opened (the link, not begun), in_progress, paused, completed, expired, withdrawn."""

    counts: dict[str, int]
    interviews: list[ListedOut]


class WhichIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    interviews: Ids


class ExtendIn(WhichIn):
    days: int = Field(ge=1, le=nudging.LONGEST_DAYS, description="open for so many days from now; never for fewer")


class NotDone(BaseModel):
    interview_id: str
    why: str
    detail: str


class DoneOut(BaseModel):
    done: list[str]
    left_out: list[NotDone]


@router.get("/interviews")
def overview(
    app: Foyer,
    who: Signed,
    job_id: Text | None = None,
    shown: Shown = "all",
    unopened_days: Annotated[int | None, Query(ge=0, le=MOST_DAYS)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = AT_ONCE,
    offset: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
) -> OverviewOut:
    """Newest invitations first. `unopened_days`: invited so many days ago or longer and the link not opened, those who
    wait longest first."""
    with app.database.reading() as store:
        counts = store.interview_tally(who.organisation_id, job_id=job_id)
        before = None if unopened_days is None else app.now - timedelta(days=unopened_days)
        found = store.interviews_listed(
            who.organisation_id,
            job_id=job_id,
            shown=shown if unopened_days is None else "invited",
            invited_before=before,
            limit=limit,
            offset=offset,
        )
    return OverviewOut(counts=counts, interviews=[ListedOut.model_validate(one, from_attributes=True) for one in found])


@router.post("/interviews/remind")
def remind(body: WhichIn, app: Foyer, who: Signed) -> DoneOut:
    """A reminder of the invitation, at most once a day a person, to whoever has not begun. By a person, named in
    `Foyer-Person`."""
    return _out(nudging.do(app, who, "remind", body.interviews))


@router.post("/interviews/extend")
def extend(body: ExtendIn, app: Foyer, who: Signed) -> DoneOut:
    """The same links open the interviews for longer. By a person, named in `Foyer-Person`."""
    return _out(nudging.do(app, who, "extend", body.interviews, days=body.days))


@router.post("/interviews/alternative")
def alternative(body: WhichIn, app: Foyer, who: Signed) -> DoneOut:
    """Write to them that they can speak with a person instead, and how. Once an interview. By a person, named in
    `Foyer-Person`."""
    return _out(nudging.do(app, who, "alternative", body.interviews))


def _out(found: nudging.Sorted) -> DoneOut:
    return DoneOut(
        done=[one.id for one in found.can],
        left_out=[NotDone(interview_id=one.id, why=why, detail=nudging.WHY[why]) for one, why in found.cannot],
    )


# ---------------------------------------------------------------- as pages


@pages.get("/interviews")
def interviews_page(
    request: Request,
    app: Foyer,
    who: Signed,
    shown: Shown = "all",
    days: str = "",
    offset: int = 0,
    said: str = "",
) -> HTMLResponse:
    return _list(request, app, who, None, shown, days, offset, said)


@pages.get("/jobs/{job_id}/interviews")
def job_interviews_page(
    job_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    shown: Shown = "all",
    days: str = "",
    offset: int = 0,
    said: str = "",
) -> HTMLResponse:
    return _list(request, app, who, job_id, shown, days, offset, said)


@pages.post("/interviews/act/preview")
def preview(request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    """Whom it concerns and whom not, before anything is done. Inviting anew has a page of its own."""
    act, ids, back = _one(fields, "act"), fields.get("interview", []), local(_one(fields, "back") or "/interviews")
    if not ids:
        return RedirectResponse(back, status_code=303)
    if act == "invite":
        return _invite_anew(app, who, ids)
    if who.person is None:
        return RedirectResponse(f"/me?next={back}", status_code=303)
    return _confirm(request, app, who, fields)


@pages.post("/interviews/act")
def act_page(request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    back = local(_one(fields, "back") or "/interviews")
    try:
        found = nudging.do(app, who, _act(fields), fields.get("interview", []), days=_days(fields))
    except (BadRequest, Forbidden) as error:
        return _confirm(request, app, who, fields, problem=error)
    said = f"{DONE[_act(fields)]}: {len(found.can)}." + (f" Left out: {len(found.cannot)}." if found.cannot else "")
    sign = "&" if "?" in back else "?"
    return RedirectResponse(f"{back}{sign}{urlencode({'said': said})}", status_code=303)


def _list(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str | None,
    shown: Shown,
    days: str,
    offset: int,
    said: str,
) -> HTMLResponse:
    waited = int(days) if days.isdecimal() and int(days) <= MOST_DAYS else None
    start, organisation_id = min(max(0, offset), LARGEST), who.organisation_id
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id) if job_id is not None else None
        counts = store.interview_tally(organisation_id, job_id=job_id)
        found = store.interviews_listed(
            organisation_id,
            job_id=job_id,
            shown=shown if waited is None else "invited",
            invited_before=None if waited is None else app.now - timedelta(days=waited),
            limit=AT_ONCE + 1,
            offset=start,
        )
        cap: dict[str, int] | None = None
        if job is not None and job.max_interviews is not None:
            given = store.invited_count(organisation_id, job.id)
            held = max(0, store.passing_count(organisation_id, job.id) - max(0, job.max_interviews - given))
            cap = {"most": job.max_interviews, "given": given, "held": held}
    own = f"/jobs/{job_id}/interviews" if job_id is not None else "/interviews"
    kept: dict[str, Any] = {"shown": shown} if waited is None else {"days": waited}
    return page(
        request,
        "interviews.html",
        recruiter=who,
        section="interviews",
        message=said[:200],
        job=job,
        counts=counts,
        words=WORDS,
        listed=found[:AT_ONCE],
        further=len(found) > AT_ONCE,
        shown=shown,
        days=waited,
        offset=start,
        step=AT_ONCE,
        cap=cap,
        own=own,
        here=f"{own}?{urlencode(kept | {'offset': start})}",
        now=app.now,
    )


def _invite_anew(app: App, who: Recruiter, ids: list[str]) -> Response:
    with app.database.reading() as store:
        found = store.interviews_listed(who.organisation_id, ids=ids[: nudging.MOST], limit=nudging.MOST)
    jobs = {one.job_id for one in found}
    if len(jobs) != 1:
        raise BadRequest("Choose interviews of one job to invite anew.")
    chosen = ",".join(dict.fromkeys(one.application_id for one in found))
    return RedirectResponse(f"/jobs/{jobs.pop()}/invite/preview?ids={chosen}", status_code=303)


def _confirm(
    request: Request, app: App, who: Recruiter, fields: dict[str, list[str]], *, problem: FoyerError | None = None
) -> HTMLResponse:
    act, days = _act(fields), _days(fields)
    found = nudging.before(app, who.organisation_id, act, fields.get("interview", []), days=days)
    names: dict[str, list[Listed]] = {}
    for one, why in found.cannot:
        names.setdefault(why, []).append(one)
    return page(
        request,
        "interviews_act.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="interviews",
        problem=problem.detail if problem is not None else "",
        act=act,
        days=days,
        can=found.can,
        cannot=names,
        whys=nudging.WHY,
        back=local(_one(fields, "back") or "/interviews"),
    )


def _act(fields: dict[str, list[str]]) -> nudging.Act:
    given = _one(fields, "act")
    for act in get_args(nudging.Act):
        if act == given:
            return act  # type: ignore[no-any-return]
    raise BadRequest("Choose what to do: remind, keep open for longer, or offer another way.")


def _days(fields: dict[str, list[str]]) -> int:
    text = _one(fields, "days") or "7"
    if not text.isdecimal() or len(text) > 3:
        raise BadRequest("The number of days must be a whole number.")
    return int(text)


def _one(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0].strip()
