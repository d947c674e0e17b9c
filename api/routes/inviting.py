"""Inviting many at once: a preview, one confirmation by a named person, and how far it is. As JSON, and as pages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import inviting
from api.deps import App, Fields, Foyer, Signed, page
from api.schemas import Instant, Text
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden, FoyerError, NotFound
from models.records import Round, new_id

router = APIRouter(prefix="/api/jobs/{job_id}/invite", tags=["applications"])
pages = APIRouter(include_in_schema=False)

Chosen = Annotated[list[Text], Field(min_length=1, max_length=inviting.MOST)]


class WhomIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    applications: Chosen | Literal["passing"] = Field(
        description='ids, or "passing": who passes and is not invited yet (the best thousand)'
    )


class InviteManyIn(WhomIn):
    reason: Text = Field("", max_length=2000, description="kept with each decision")
    key: Text = Field("", max_length=100, description="yours; the same key again is the same round")


class NotInvited(BaseModel):
    application_id: str
    why: str
    detail: str


class InvitePreviewOut(BaseModel):
    """`subject`, `text`: the message to the first of them. `usable_from`: the law lets nobody be interviewed before."""

    count: int
    applications: list[str]
    cannot: list[NotInvited]
    subject: str
    text: str
    usable_from: str | None
    suspended: str | None


class RoundOut(BaseModel):
    """`waiting` + `invited` + `left_out` are `total`, less those who were erased since."""

    id: str
    job_id: str
    person: str
    made_at: Instant
    total: int
    waiting: int
    invited: int
    left_out: list[NotInvited]


@router.post("/preview")
def preview(job_id: str, body: WhomIn, app: Foyer, who: Signed) -> InvitePreviewOut:
    """Who would be invited, who cannot be and why, and the message. Nothing is sent."""
    found = inviting.before(app, who.organisation_id, job_id, _ids(body))
    return InvitePreviewOut(
        count=len(found.choice.can),
        applications=[one.application_id for one in found.choice.can],
        cannot=[
            NotInvited(application_id=one.application_id, why=why, detail=inviting.WHY[why])
            for one, why in found.choice.cannot
        ],
        subject=found.subject,
        text=found.text,
        usable_from=found.waits or None,
        suspended=found.halted or None,
    )


@router.post("", status_code=202)
def invite_many(job_id: str, body: InviteManyIn, app: Foyer, who: Signed) -> RoundOut:
    """Invite these, or everyone who passes and is not invited yet; who cannot be invited is left out. By a person,
    named in `Foyer-Person`. It runs on by itself: ask for the round to see how far it is."""
    made = inviting.confirm(app, who, job_id, _ids(body), reason=body.reason, key=body.key)
    return _shown(app, who, made)


@router.get("/{round_id}")
def invitations(job_id: str, round_id: str, app: Foyer, who: Signed) -> RoundOut:
    """How far a round of invitations is, and who was left out of it."""
    return _shown(app, who, _round(app, who, job_id, round_id))


def _ids(body: WhomIn) -> list[str] | None:
    return None if body.applications == "passing" else list(body.applications)


def _round(app: App, who: Recruiter, job_id: str, round_id: str) -> Round:
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
        found = store.round(who.organisation_id, round_id)
    if found.job_id != job_id:
        raise NotFound("This round is of another job. Ask for it there.")
    return found


def _shown(app: App, who: Recruiter, found: Round) -> RoundOut:
    with app.database.reading() as store:
        counts = store.round_counts(who.organisation_id, found.id)
        left = store.left_out(who.organisation_id, found.id)
    return RoundOut(
        id=found.id,
        job_id=found.job_id,
        person=found.person,
        made_at=found.made_at,
        total=found.total,
        waiting=counts.get("waiting", 0),
        invited=counts.get("invited", 0),
        left_out=[NotInvited(application_id=id, why=why, detail=inviting.WHY[why]) for id, why in left],
    )


# ---------------------------------------------------------------- as pages


@pages.get("/jobs/{job_id}/invite/preview")
def preview_link(job_id: str, request: Request, app: Foyer, who: Signed, ids: str = "", passing: str = "") -> Response:
    """`?ids=one,another` or `?passing=1`."""
    return _before(request, app, who, job_id, None if passing else _listed([ids]))


@pages.post("/jobs/{job_id}/invite/preview")
def preview_page(job_id: str, request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    """`ids` (one or several, with commas or not) or `application`, or `who` = passing."""
    return _before(request, app, who, job_id, _chosen(fields))


@pages.post("/jobs/{job_id}/invite")
def confirm_page(job_id: str, request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    ids = _chosen(fields)
    key, reason = (fields.get(name, [""])[0].strip()[:2000] for name in ("key", "reason"))
    try:
        made = inviting.confirm(app, who, job_id, ids, reason=reason, key=key[:100])
    except (BadRequest, Conflict, Forbidden) as error:
        return _before(request, app, who, job_id, ids, problem=error, reason=reason)
    return RedirectResponse(f"/jobs/{job_id}/invite/{made.id}", status_code=303)


@pages.get("/jobs/{job_id}/invite/{round_id}")
def round_page(job_id: str, round_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """How far it is; looked at again by itself until it is over."""
    found = _round(app, who, job_id, round_id)
    with app.database.reading() as store:
        job, standing = store.job(who.organisation_id, job_id), store.halted_job(who.organisation_id, job_id)
        left = store.left_out(who.organisation_id, round_id)
        names = store.names_of(who.organisation_id, [id for id, _ in left])
    shown: dict[str, Any] = {
        "job": job,
        "round": _shown(app, who, found),
        "names": names,
        "halted": standing is not None,
    }
    return page(request, "round.html", recruiter=who, section="jobs", **shown)


def _chosen(fields: dict[str, list[str]]) -> list[str] | None:
    if fields.get("who", [""])[0] == "passing":
        return None
    return _listed([*fields.get("ids", []), *fields.get("application", [])])


def _listed(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(one.strip() for text in texts for one in text.split(",") if one.strip()))


def _before(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    ids: list[str] | None,
    *,
    problem: FoyerError | None = None,
    reason: str = "",
) -> Response:
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
    if ids is not None and not ids:
        return RedirectResponse(f"/jobs/{job_id}", status_code=303)
    if who.person is None:
        back = f"/jobs/{job_id}/invite/preview?" + ("passing=1" if ids is None else f"ids={','.join(ids)}")
        return RedirectResponse(f"/me?next={back}" if len(back) < 2000 else f"/me?next=/jobs/{job_id}", status_code=303)
    found = inviting.before(app, who.organisation_id, job_id, ids)
    return page(
        request,
        "invite_preview.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        job=found.job,
        before=found,
        listed=inviting.LISTED,
        whys=inviting.WHY,
        # Exactly those who are shown, also where others pass meanwhile.
        ids=",".join(one.application_id for one in found.choice.can),
        all_of_them=ids is not None or len(found.choice.can) + len(found.choice.cannot) < inviting.MOST,
        most=inviting.MOST,
        key=new_id(),
        reason=reason,
    )
