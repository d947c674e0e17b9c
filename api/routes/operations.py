"""Operations: one page that leads to what whoever runs Foyer looks at, and those that had none: audit log, retention,
engines, usage. For programs: `GET /v1/engines`, `GET /v1/usage`; the others have routes of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from api import operations, systems
from api.deps import App, Foyer, Signed, page
from api.impact_export import as_csv
from api.legal import law_of
from api.security import Recruiter
from compliance.retention import SAYS
from models.deeds import Action, AuditEvent
from models.errors import BadRequest, FoyerError, NotFound
from models.store.operating import Used

router = APIRouter(prefix="/v1", tags=["operations"])
pages = APIRouter(include_in_schema=False)

Month = Annotated[str, Query(max_length=7, description="as 2026-03")]
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
SHOWN = 100
DEEDS: tuple[str, ...] = get_args(Action)
KINDS = tuple(dict.fromkeys(deed.split(".")[0] + "." for deed in DEEDS))
"""Beginnings of deeds: all of a kind."""


# ---------------------------------------------------------------- for programs


@router.get("/engines")
def engines(app: Foyer) -> dict[str, Any]:
    """What runs where, as it is loaded or chosen; how full disk and queue are; which processes work."""
    machine = operations.machine(app)
    return {
        "engines": [asdict(one) for one in operations.engines(app)],
        "machine": asdict(machine) | {"workers": [name for name, _, lives in machine.workers if lives]},
    }


@router.get("/usage", responses=AS_CSV)
def usage(
    app: Foyer, who: Signed, since: Month = "", until: Month = "", format: Literal["json", "csv"] = "json"
) -> Response:
    """Screenings, interviews, their minutes and deliveries, by month and job; the last twelve months unless said."""
    rows = [asdict(one) for one in operations.usage(app, who.organisation_id, since, until)]
    if format == "csv":
        headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
        return Response(as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)
    return JSONResponse(rows)


# ---------------------------------------------------------------- overview


@pages.get("/operations")
def overview(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """What stands where, and what wants somebody."""
    organisation_id = who.organisation_id
    with app.database.reading() as store:
        sent = store.sent_by_state(organisation_id)
        connected = [systems.standing(store, row, app.now) for row in store.connections(organisation_id)]
    return page(
        request,
        "operations.html",
        recruiter=who,
        section="operations",
        sent=sent,
        connected=connected,
        tones=Counter(one.tone for one in connected),
        chain=operations.chain(app, organisation_id) if "audit:read" in who.rights else None,
        engines=[one for one in operations.engines(app) if one.tone in ("fair", "poor")],
        machine=operations.machine(app),
        law=law_of(app.settings),
    )


@pages.get("/engines")
def engines_page(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    found, machine = operations.engines(app), operations.machine(app)
    return page(request, "engines.html", recruiter=who, section="operations", engines=found, machine=machine)


# ---------------------------------------------------------------- usage


@pages.get("/usage")
def usage_page(request: Request, app: Foyer, who: Signed, since: str = "", until: str = "") -> HTMLResponse:
    rows: list[Used] = []
    problem: FoyerError | None = None
    try:
        rows = operations.usage(app, who.organisation_id, since[:7], until[:7])
    except BadRequest as error:
        problem = error
    return page(
        request,
        "usage.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="operations",
        problem=problem.detail if problem is not None else "",
        months=_by_month(rows),
        asked={"since": since, "until": until},
        query=urlencode({"since": since, "until": until}),
    )


def _by_month(rows: Sequence[Used]) -> list[tuple[str, dict[str, int], list[Used]]]:
    """(month, its sums, its jobs)"""
    found: dict[str, list[Used]] = {}
    for row in rows:
        found.setdefault(row.month, []).append(row)
    names = ("screenings", "interviews", "minutes", "deliveries")
    return [
        (month, {name: sum(getattr(one, name) for one in jobs) for name in names}, jobs)
        for month, jobs in found.items()
    ]


# ---------------------------------------------------------------- retention


@pages.get("/retention")
def retention_page(request: Request, app: Foyer, who: Signed, kind: str = "", all: str = "") -> HTMLResponse:
    """What is due to be deleted, when and why; what a legal hold keeps. Of many people the page comes first and asks
    for itself again until they are counted."""
    asked = {"kind": kind, "all": all}
    again = urlencode({name: value for name, value in asked.items() if value})
    shown: dict[str, Any] = {"recruiter": who, "section": "operations", "asked": asked, "says": SAYS, "again": again}
    plan = operations.retention(app, who.organisation_id)
    if plan is None:
        return page(request, "retention.html", plan=None, **shown)
    items, number = plan.first.get((kind, bool(all)), ([], 0))
    with app.database.reading() as store:
        names = store.people_behind(who.organisation_id, {one.candidate_id for one in items})
        holds, purges = store.holds(who.organisation_id), store.purges(who.organisation_id, 20)
        by_itself = store.organisation(who.organisation_id).purges
        jobs = dict(store.job_titles(who.organisation_id))
    shown |= {"items": items, "more": number - len(items), "names": names, "holds": holds, "purges": purges}
    return page(request, "retention.html", plan=plan, by_itself=by_itself, jobs=jobs, **shown)


# ---------------------------------------------------------------- audit log


@pages.get("/audit")
def audit_page(
    request: Request,
    app: Foyer,
    who: Signed,
    person: str = "",
    candidate: str = "",
    job_id: str = "",
    deed: str = "",
    object: str = "",
    since: str = "",
    until: str = "",
    behind: int | None = None,
) -> HTMLResponse:
    """Who did what, when; only to be read."""
    asked = {"person": person, "candidate": candidate, "job_id": job_id, "deed": deed, "object": object}
    asked |= {"since": since, "until": until}
    found, problem = [], None
    try:
        found = _audited(app, who, asked, behind)
    except (BadRequest, NotFound) as error:
        problem = error
    with app.database.reading() as store:
        people = store.audit_people(who.organisation_id)
        jobs = store.job_titles(who.organisation_id)
    nexts = urlencode({**{k: v for k, v in asked.items() if v}, "behind": found[-1].seq}) if len(found) == SHOWN else ""
    return page(
        request,
        "audit.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="operations",
        problem=problem.detail if problem is not None else "",
        found=found,
        people=people,
        jobs=jobs,
        kinds=KINDS,
        deeds=DEEDS,
        asked=asked,
        more=nexts,
        chain=operations.chain(app, who.organisation_id),
    )


def _audited(app: App, who: Recruiter, asked: dict[str, str], behind: int | None) -> list[AuditEvent]:
    after, before = _day(asked["since"]), _day(asked["until"])
    with app.database.reading() as store:
        subject = store.audit_subject(who.organisation_id, asked["candidate"]) if asked["candidate"] else ""
        if asked["candidate"] and not subject:
            return []
        return store.audit(
            who.organisation_id,
            action=asked["deed"][:40],
            of=asked["object"].strip()[:64],
            actor=asked["person"][:100],
            subject=subject,
            job_id=asked["job_id"][:64],
            after=after,
            before=before + timedelta(days=1) if before else None,
            behind=behind if behind and 0 < behind < 2**31 else None,
            limit=SHOWN,
        )


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError as error:
        raise BadRequest("Write days as 2026-03-31.") from error
