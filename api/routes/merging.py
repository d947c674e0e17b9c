"""Two candidates found to be one: as JSON, and as a page that shows them side by side."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import merging
from api.deps import App, Fields, Foyer, Signed, page
from api.schemas import Instant, Text
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden, FoyerError, NotFound
from models.records import Merge
from models.store import Store

router = APIRouter(prefix="/api", tags=["candidates"])
pages = APIRouter(include_in_schema=False)


class MergeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    other: Text = Field(min_length=1, max_length=64, description="the candidate who is this one too")
    reason: Text = Field(min_length=3, max_length=2000)
    superseded: list[Text] = Field(
        [], max_length=100, description="applications that another for the same job replaces"
    )


class MergeOut(BaseModel):
    """`kept_id` has all there is; `former_id` leads to it."""

    id: str
    kept_id: str
    former_id: str
    person: str
    at: Instant
    undone_by: str | None
    undone_at: Instant | None


class AlikeOut(BaseModel):
    candidate_id: str
    name: str | None
    because: str
    applications: list[str]


class DuplicatesOut(BaseModel):
    """`candidate_id`: under which all there is of them lies. `alike`: perhaps the same; a person decides."""

    candidate_id: str
    alike: list[AlikeOut]
    merges: list[MergeOut]


@router.get("/candidates/{candidate_id}/duplicates")
def duplicates(candidate_id: str, app: Foyer, who: Signed) -> DuplicatesOut:
    """Who may be the same person, and what was merged before."""
    with app.database.reading() as store:
        own = merging.side_of(store, who.organisation_id, candidate_id)
        found = merging.alike(store, who.organisation_id, candidate_id)
    return DuplicatesOut(
        candidate_id=own.candidate.id,
        alike=[
            AlikeOut(
                candidate_id=one.side.candidate.id,
                name=one.side.candidate.name,
                because=one.because,
                applications=[each.id for each in one.side.applications],
            )
            for one in found
        ],
        merges=[_out(one) for one in own.merges],
    )


@router.post("/candidates/{candidate_id}/merge", status_code=201)
def merge(candidate_id: str, body: MergeIn, app: Foyer, who: Signed) -> MergeOut:
    """Both histories become this candidate's; erasing them reaches everything. By a person, named in `Foyer-Person`."""
    made = merging.merge(app, who, candidate_id, body.other, reason=body.reason, superseded=body.superseded)
    return _out(made)


@router.post("/merges/{merge_id}/undo")
def undo(merge_id: str, app: Foyer, who: Signed) -> MergeOut:
    """Everything lies again where it lay. Refused (409) where something was added since."""
    return _out(merging.undo(app, who, merge_id))


def _out(found: Merge) -> MergeOut:
    return MergeOut.model_validate(found, from_attributes=True)


# ---------------------------------------------------------------- as a page


@pages.get("/candidates/{candidate_id}/merge")
def merge_page(candidate_id: str, request: Request, app: Foyer, who: Signed, other: str = "") -> HTMLResponse:
    """Who may be the same; with another one, both side by side. `other`: of a candidate, or of an application."""
    return _page(request, app, who, candidate_id, other)


@pages.post("/candidates/{candidate_id}/merge")
def merge_form(candidate_id: str, request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    """`kept` is one of the two."""
    other, reason = _one(fields, "other"), _one(fields, "reason")
    kept = _one(fields, "kept") or candidate_id
    former = other if kept == candidate_id else candidate_id
    with app.database.reading() as store:
        store.candidate(who.organisation_id, candidate_id)
    try:
        if kept not in (candidate_id, other):
            raise BadRequest("Choose which of the two is kept.")
        merging.merge(app, who, kept, former, reason=reason, superseded=fields.get("superseded", []))
    except (BadRequest, Conflict, Forbidden) as error:
        return _page(request, app, who, candidate_id, other, problem=error, reason=reason)
    return RedirectResponse(f"/candidates/{kept}/merge", status_code=303)


@pages.post("/merges/{merge_id}/undo")
def undo_form(merge_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    with app.database.reading() as store:
        known = store.merge(who.organisation_id, merge_id)
    try:
        merging.undo(app, who, merge_id)
    except (Conflict, Forbidden) as error:
        return _page(request, app, who, known.kept_id, "", problem=error)
    return RedirectResponse(f"/candidates/{known.kept_id}/merge", status_code=303)


def _page(
    request: Request,
    app: App,
    who: Recruiter,
    candidate_id: str,
    other: str,
    *,
    problem: FoyerError | None = None,
    reason: str = "",
) -> HTMLResponse:
    with app.database.reading() as store:
        own = merging.side_of(store, who.organisation_id, candidate_id)
        found = merging.alike(store, who.organisation_id, candidate_id)
        beside = None
        try:
            beside = _meant(store, who, other.strip()) if other.strip() else None
        except NotFound:
            problem = BadRequest("Nobody here has this id. Copy the address of one of their applications.")
    if beside is not None and beside.candidate.id == own.candidate.id:
        beside = None
    return page(
        request,
        "merge.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="jobs",
        problem=problem.detail if problem is not None else "",
        own=own,
        alike=found,
        beside=beside,
        reason=reason,
    )


def _meant(store: Store, who: Recruiter, text: str) -> merging.Side:
    """An application's address or id, or a candidate's id."""
    id = text.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]
    try:
        return merging.side_of(store, who.organisation_id, store.application(who.organisation_id, id).candidate_id)
    except NotFound:
        return merging.side_of(store, who.organisation_id, id)


def _one(fields: dict[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0].strip()
