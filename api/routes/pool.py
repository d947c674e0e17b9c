"""The talent pool: finding everybody who was ever screened, asking them for another job, searches that are kept. For
programs, and as pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from api import pool_people, reengaging
from api.deps import App, Fields, Foyer, Signed, page
from api.pool_people import Found, new_since
from api.pool_query import SENIORITY, Search, read
from api.schemas import one_line
from api.security import Recruiter
from models.brief import top_evidence
from models.errors import BadRequest, Forbidden, FoyerError
from models.records import SavedSearch, person_key
from models.sentences import N_

router = APIRouter(prefix="/v1", tags=["talent pool"])
pages = APIRouter(include_in_schema=False)

ONLY = {"": N_("Everybody"), "silver": N_("Silver medallists"), "reachable": N_("Who may be written to")}
FIELD = Annotated[str, Query(max_length=500)]
SKILLS = Annotated[list[str], Query(max_length=12)]


class ContactIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agrees: StrictBool
    how: str = Field("", max_length=500, description="where they said so, such as: by e-mail on 3 March")


class AgainIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    job_id: str = Field(max_length=64)
    document_ids: list[str] = Field(min_length=1, max_length=reengaging.MOST_AT_ONCE)
    confirm: StrictBool = Field(False, description="false: only say who would be asked")
    write: StrictBool = Field(False, description="also send them the message")


class SearchIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    shared: bool = False
    text: str = Field("", max_length=500)
    place: str = Field("", max_length=100)
    since: str = Field("", max_length=10)
    until: str = Field("", max_length=10)
    seniority: str = Field("", max_length=10)
    years: str = Field("", max_length=2)
    skills: tuple[str, ...] = Field((), max_length=12)
    only: Literal["", "silver", "reachable"] = ""


# ---------------------------------------------------------------- for programs


@router.get("/pool")
def find(
    app: Foyer,
    who: Signed,
    q: FIELD = "",
    text: FIELD = "",
    place: FIELD = "",
    since: FIELD = "",
    until: FIELD = "",
    seniority: FIELD = "",
    years: FIELD = "",
    skill: SKILLS = [],  # noqa: B006 - FastAPI copies it
    only: Literal["", "silver", "reachable"] = "",
) -> dict[str, Any]:
    """Everybody who was ever screened, best first: quotes, how they fared, whether they may be written to. `q` is plain
    words, which are read into the other filters; the answer says how. Nobody's stage changes."""
    asked = _asked(app, q, Search(text, place, since, until, seniority, years, tuple(skill), only))
    found = pool_people.search(app, who.organisation_id, asked)
    return {"search": asked.as_json(), "found": [_shown(one) for one in found]}


@router.post("/pool/again")
def again(body: AgainIn, app: Foyer, who: Signed) -> dict[str, Any]:
    """People of the pool for another job. Whoever agreed gets an application with the file that is there (source
    `pool`), which is screened anew; the others are named with the reason. Confirming takes a named person."""
    told = reengaging.preview(app, who.organisation_id, body.job_id, body.document_ids)
    made = []
    if body.confirm:
        made = reengaging.confirm(app, who, body.job_id, body.document_ids, "yes" if body.write else "no")
    return {
        "able": [one.known.document_id for one in told.able],
        "not_able": {one.known.document_id: one.why_not for one in told.others},
        "message": told.message,
        "applications": made,
    }


@router.post("/candidates/{candidate_id}/contact")
def contact(candidate_id: str, body: ContactIn, app: Foyer, who: Signed) -> dict[str, str | None]:
    """Record that somebody agrees to be written to about other jobs, and where they said so, or takes it back."""
    return {"agreed_at": _contact(app, who, candidate_id, body)}


@router.get("/pool/searches")
def searches(app: Foyer, who: Signed) -> list[dict[str, Any]]:
    """Yours and those that others share, each with how many new people came since its owner looked."""
    with app.database.reading() as store:
        rows = store.searches(who.organisation_id, owner_of(who))
    return [_saved(app, row) for row in rows]


@router.post("/pool/searches", status_code=201)
def save(body: SearchIn, app: Foyer, who: Signed) -> dict[str, Any]:
    asked = body.model_dump()
    row = _save(app, who, Search.of(asked), name=body.name, shared="yes" if body.shared else "no")
    return _saved(app, row)


@router.delete("/pool/searches/{saved_search_id}", status_code=204)
def remove(saved_search_id: str, app: Foyer, who: Signed) -> None:
    _remove(app, who, saved_search_id)


def owner_of(who: Recruiter) -> str:
    """Of searches: the account; else the person who named themselves; else the key."""
    return who.user_id or (person_key(who.said) if who.said else who.key_id)


def _asked(app: App, typed: str, given: Search) -> Search:
    """What was typed, read, and over it what was chosen. Raises BadRequest."""
    if not typed.strip():
        return given
    found = read(typed, lambda text: [(one.normal, one.text) for one in app.engines.vocabulary.find(text)])
    chosen = {name: value for name, value in given.pairs() if name not in ("skill", "text")}
    skills = tuple(dict.fromkeys((*given.skills, *found.skills)))
    text = " ".join(filter(None, (given.text, found.text)))
    return replace(found, text=text, skills=skills, **chosen)


def _shown(one: Found) -> dict[str, Any]:
    """JSON types."""
    known = one.known
    return {
        "document_id": known.document_id,
        "candidate_id": known.candidate_id,
        "name": known.name or one.hit.resume.resume.basics.name,
        "score": one.hit.result.score,
        "evidence": [each.model_dump(mode="json") for each in top_evidence(one.hit.result)],
        "applications": [
            asdict(past) | {"applied_at": past.applied_at.isoformat(), "last": past.last.isoformat()}
            for past in known.past
        ],
        "silver_medallist": one.silver is not None,
        "contact": {
            "may": one.reach.may,
            "why": one.reach.why,
            "kept_until": one.reach.until.isoformat() if one.reach.until else None,
        },
    }


def _contact(app: App, who: Recruiter, candidate_id: str, body: ContactIn) -> str | None:
    how = one_line(body.how).strip()
    with app.database.store() as store:
        if not body.agrees:
            store.withdraw_contact(who.organisation_id, candidate_id)
            return None
        if not how:
            raise BadRequest("Say where they agreed, such as: by e-mail on 3 March.")
        said = f"{how} (recorded by {who.actor})"
        row = store.agree_contact(who.organisation_id, candidate_id, how=said, now=app.now)
    return row.contact_agreed_at.isoformat() if row.contact_agreed_at else None


def _save(app: App, who: Recruiter, asked: Search, *, name: str, shared: str) -> SavedSearch:
    called = one_line(name).strip()[:100]
    if not called:
        raise BadRequest("Give the search a name.")
    if not asked.words:
        raise BadRequest("There is nothing to search for in it yet.")
    owner = owner_of(who)
    kept = asked.as_json() | {"name": called}
    with app.database.store() as store:
        return store.save_search(
            who.organisation_id, kept, owner=owner, owner_name=who.said or who.name, shared=shared, now=app.now
        )


def _remove(app: App, who: Recruiter, saved_search_id: str) -> None:
    with app.database.store() as store:
        row = store.saved_search(who.organisation_id, saved_search_id)
        if row.owner != owner_of(who):
            raise Forbidden("Only whoever keeps this search can remove it.")
        store.drop_search(who.organisation_id, saved_search_id)


def _saved(app: App, row: SavedSearch) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.search.get("name", ""),
        "owner": row.owner_name,
        "shared": row.shared,
        "search": Search.of(row.search).as_json(),
        "new": new_since(app, row.organisation_id, row),
        "seen_at": row.seen_at.isoformat(),
    }


# ---------------------------------------------------------------- pages


@pages.get("/pool")
def pool_page(
    request: Request,
    app: Foyer,
    who: Signed,
    q: FIELD = "",
    text: FIELD = "",
    place: FIELD = "",
    since: FIELD = "",
    until: FIELD = "",
    seniority: FIELD = "",
    years: FIELD = "",
    skill: SKILLS = [],  # noqa: B006 - FastAPI copies it
    only: FIELD = "",
    saved: FIELD = "",
    made: int | None = None,
) -> Response:
    given = Search(text, place, since, until, seniority, years, tuple(skill), only if only in ONLY else "")
    if q.strip():
        return RedirectResponse(f"/pool?{urlencode(_asked(app, q, given).pairs())}", status_code=303)
    return _pool_page(request, app, who, given, saved, made=made)


def _pool_page(
    request: Request,
    app: App,
    who: Recruiter,
    asked: Search,
    saved: str,
    problem: FoyerError | None = None,
    *,
    made: int | None = None,
) -> HTMLResponse:
    found: list[Found] = []
    if asked.words:
        try:
            found = pool_people.search(app, who.organisation_id, asked)
        except BadRequest as error:
            problem = problem or error
    with app.database.reading() as store:
        rows = store.searches(who.organisation_id, owner_of(who))
        jobs = store.job_titles(who.organisation_id)
    if any(row.id == saved and row.owner == owner_of(who) for row in rows):
        with app.database.store() as store:
            store.looked_at(who.organisation_id, saved, app.now)
    return page(
        request,
        "pool.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="pool",
        problem=problem.detail if problem is not None else "",
        made=made,
        asked=asked,
        chips=_chips(asked),
        query=urlencode(asked.pairs()),
        pairs=asked.pairs(),
        found=[(one, top_evidence(one.hit.result)[:2]) for one in found],
        saved=[(row, urlencode([*Search.of(row.search).pairs(), ("saved", row.id)])) for row in rows],
        own=owner_of(who),
        jobs=jobs,
        only=ONLY,
        shown=pool_people.SHOWN,
    )


def _chips(asked: Search) -> list[tuple[str, str, str]]:
    """(what kind, its value, the same search without it)"""
    found = [("skill", one, asked.without("skills", one)) for one in asked.skills]
    words = {"place": "place", "since": "applied from", "until": "applied until", "years": "years at least"}
    found += [
        (called, getattr(asked, name), asked.without(name)) for name, called in words.items() if getattr(asked, name)
    ]
    if asked.seniority in SENIORITY:
        found.append(("seniority", SENIORITY[asked.seniority], asked.without("seniority")))
    return [(kind, value, urlencode(rest.pairs())) for kind, value, rest in found]


@pages.get("/pool/searches/{saved_search_id}/new")
def new_people(saved_search_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """How many new people there are, for the page to fill in when it is there."""
    with app.database.reading() as store:
        row = store.saved_search(who.organisation_id, saved_search_id)
    return page(request, "pool_new.html", number=new_since(app, who.organisation_id, row))


@pages.post("/pool/searches")
def save_form(request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    asked = _of_form(fields)
    try:
        row = _save(app, who, asked, name=_one(fields, "name"), shared="yes" if fields.get("shared") else "no")
    except (BadRequest, FoyerError) as error:
        return _pool_page(request, app, who, asked, "", error)
    return RedirectResponse(f"/pool?{urlencode([*asked.pairs(), ('saved', row.id)])}", status_code=303)


@pages.post("/pool/searches/{saved_search_id}/remove")
def remove_form(saved_search_id: str, app: Foyer, who: Signed) -> Response:
    _remove(app, who, saved_search_id)
    return RedirectResponse("/pool", status_code=303)


@pages.post("/pool/again")
def again_page(request: Request, app: Foyer, who: Signed, fields: Fields) -> Response:
    """The preview; with `confirm` it is done."""
    chosen, job_id = fields.get("person", [])[: reengaging.MOST_AT_ONCE + 1], _one(fields, "job_id")
    if who.person is None:
        return RedirectResponse("/me?next=/pool", status_code=303)
    try:
        if not job_id:
            raise BadRequest("Choose the job that they are to be considered for.")
        if _one(fields, "confirm"):
            made = reengaging.confirm(app, who, job_id, chosen, "yes" if _one(fields, "write") else "no")
            return RedirectResponse(f"/pool?made={len(made)}", status_code=303)
        told = reengaging.preview(app, who.organisation_id, job_id, chosen)
    except (BadRequest, Forbidden) as error:
        return _pool_page(request, app, who, _of_form(fields), "", error)
    return page(
        request, "pool_again.html", recruiter=who, section="pool", told=told, back=urlencode(_of_form(fields).pairs())
    )


@pages.post("/pool/contact/{candidate_id}")
def contact_form(candidate_id: str, app: Foyer, who: Signed, fields: Fields) -> Response:
    body = ContactIn(agrees=_one(fields, "agrees") == "yes", how=_one(fields, "how")[:500])
    _contact(app, who, candidate_id, body)
    return RedirectResponse(f"/pool?{urlencode(_of_form(fields).pairs())}", status_code=303)


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _of_form(fields: Mapping[str, list[str]]) -> Search:
    plain = {
        name: _one(fields, name)[:500] for name in ("text", "place", "since", "until", "seniority", "years", "only")
    }
    return Search(**plain, skills=tuple(fields.get("skill", ())[:12]))
