"""Pages about connected systems: set one up, test it, link its openings, see what would be written and what was. Each
does what the JSON routes do, through the same functions, and shows it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import linking, systems
from api.connection_schemas import LinkIn
from api.deps import App, Foyer, Signed, page
from api.routes.connections import address, body_of, found, made_job
from api.routes.console import application_page
from api.schemas import Line, Text, one_line
from api.security import Recruiter
from integrations.vendors import VENDORS, vendor
from models.errors import BadRequest, FoyerError, NotFound
from models.exchange import About
from models.records import Connection
from models.sentences import N_

pages = APIRouter(include_in_schema=False)

MOST_FIELDS = 200
LONGEST_SETTING = 20_000
RECEIVED_SHOWN = 30
ATTEMPTS_SHOWN = 20
SETTING, CHOICE, REMOVE = "set.", "choice.", "remove."
"""How the fields of a form begin: a setting, a choice of the mapping, a secret that is to be taken out."""
MESSAGES = {
    "added": N_("Saved, and switched off. Register what stands below on the other side, test it, then switch it on."),
    "saved": N_("Saved."),
    "on": N_("Switched on."),
    "off": N_("Switched off. What is on its way waits until it is switched on again."),
    "read": N_("The reading begins in a moment."),
    "linked": N_("Linked. Its people are read now, also those who were there before."),
    "unlinked": N_("No longer linked. Whoever came stays here."),
    "aside": N_("It is set aside. What came behind it is read in a moment."),
    "again": N_("It is read again in a moment."),
    "replayed": N_("It is sent again in a moment. What was written already is not written twice."),
    "removed": N_("The connection was removed."),
}


async def _typed_lists(request: Request) -> dict[str, list[str]]:
    """Every value of each field: of some lists several are chosen."""
    typed: dict[str, list[str]] = {}
    for name, value in (await request.form(max_fields=MOST_FIELDS)).multi_items():
        if isinstance(value, str):
            typed.setdefault(name, []).append(value.strip())
    if any("\0" in value or len(value) > LONGEST_SETTING for values in typed.values() for value in values):
        raise BadRequest("A field holds more than a setting can be, or a character that cannot be kept. Type it again.")
    return typed


TypedLists = Annotated[dict[str, list[str]], Depends(_typed_lists)]


async def _typed(lists: TypedLists) -> dict[str, str]:
    return {name: values[-1] for name, values in lists.items()}


Typed = Annotated[dict[str, str], Depends(_typed)]


# ---------------------------------------------------------------- all of them


@pages.get("/systems")
def overview(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    with app.database.reading() as store:
        listed = [systems.standing(store, row, app.now) for row in store.connections(who.organisation_id)]
    return page(request, "systems.html", recruiter=who, section="systems", listed=listed, message=_message(request))


@pages.get("/systems/new")
def new_page(request: Request, who: Signed, name: Annotated[Text, Query(alias="vendor")] = "") -> HTMLResponse:
    """Which system; then its form."""
    return _new(request, who, name)


@pages.post("/systems/new")
def new(request: Request, app: Foyer, who: Signed, typed: Typed) -> Response:
    name = typed.get("vendor", "")
    try:
        about = vendor(name).about
        row = linking.add(
            app, who.organisation_id, name, one_line(typed.get("name", ""))[:200], _settings(about, typed)
        )
    except FoyerError as error:
        return _new(request, who, name, typed=typed, problem=error.detail, status=error.status)
    return RedirectResponse(f"/systems/{row.id}?done=added", status_code=303)


def _new(
    request: Request,
    who: Recruiter,
    name: str,
    *,
    typed: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> HTMLResponse:
    about = VENDORS[name].about if name in VENDORS else None
    if name and about is None and not problem:
        problem, status = f"There is no connector {name!r}. Choose one of these.", 404
    known = sorted((each.about for each in VENDORS.values()), key=lambda one: one.name)
    shown = {"about": about, "known": known, "typed": typed or {}, "problem": problem}
    return page(request, "systems_new.html", status=status, recruiter=who, section="systems", **shown)


def _name(typed: dict[str, str]) -> str:
    return one_line(typed.get("name", ""))[:200]


def _settings(about: About, typed: dict[str, str], row: Connection | None = None) -> dict[str, str]:
    """What was typed. A secret that was left empty stays as it is, unless it is to be taken out."""
    kept: dict[str, str] = {}
    for each in about.settings:
        value = typed.get(SETTING + each.key)
        if typed.get(REMOVE + each.key):
            kept[each.key] = ""
        elif value is not None and (value or (row is not None and not each.secret)):
            kept[each.key] = value
    return kept


# ---------------------------------------------------------------- one of them


def _shown(
    request: Request,
    app: App,
    who: Recruiter,
    row: Connection,
    tab: str,
    *,
    status: int = 200,
    problem: str = "",
    **context: Any,
) -> HTMLResponse:
    with app.database.reading() as store:
        standing = systems.standing(store, store.connection(who.organisation_id, row.id), app.now)
    context |= {"one": standing, "tab": tab, "problem": problem, "message": context.get("message") or _message(request)}
    return page(request, f"systems_{tab}.html", status=status, recruiter=who, section="systems", **context)


def _message(request: Request) -> str:
    return MESSAGES.get(request.query_params.get("done", ""), "")


def _back(row: Connection, tab: str, done: str) -> RedirectResponse:
    where = f"/systems/{row.id}" + (f"/{tab}" if tab else "")
    return RedirectResponse(f"{where}?done={done}", status_code=303)


@pages.get("/systems/{connection_id}")
def one(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _overview(request, app, who, found(app, who.organisation_id, connection_id))


def _overview(request: Request, app: App, who: Recruiter, row: Connection, **context: Any) -> HTMLResponse:
    about = vendor(row.vendor).about
    with app.database.reading() as store:
        linked = bool(store.jobs_there(row))
    context |= {
        "linked": linked,
        "steps": systems.steps(about, app.connections.address(row), app.connections.callback(row)),
        "signs_in": app.connections.signs_in(row),
        "progress": systems.progress_of(row),
        "reads": any(value is not None for value in (about.can.jobs, about.can.candidates, about.can.outcomes)),
    }
    return _shown(request, app, who, row, "overview", **context)


@pages.post("/systems/{connection_id}/test")
def test(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """Live, so it is an answer of its own and nothing to come back to."""
    row = found(app, who.organisation_id, connection_id)
    return _overview(request, app, who, row, findings=linking.tested(app, row))


@pages.post("/systems/{connection_id}/switch")
def switch(connection_id: str, request: Request, app: Foyer, who: Signed, typed: Typed) -> Response:
    """`on` yes or no; `decisions` yes or no."""
    row = found(app, who.organisation_id, connection_id)
    changes = {
        name: typed[field] == "yes"
        for field, name in (("on", "enabled"), ("decisions", "may_decide"))
        if field in typed
    }
    try:
        linking.change(app, who.organisation_id, row.id, **changes)
    except FoyerError as error:
        return _overview(request, app, who, row, problem=error.detail, status=error.status)
    return _back(row, "", "saved" if "enabled" not in changes else "on" if changes["enabled"] else "off")


@pages.post("/systems/{connection_id}/read")
def read(connection_id: str, request: Request, app: Foyer, who: Signed, typed: Typed) -> Response:
    row = found(app, who.organisation_id, connection_id)
    try:
        linking.read_now(app, row, anew=typed.get("anew") == "yes")
    except FoyerError as error:
        return _overview(request, app, who, row, problem=error.detail, status=error.status)
    return _back(row, "", "read")


@pages.post("/systems/{connection_id}/send")
def send(connection_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Results that are there already."""
    row = found(app, who.organisation_id, connection_id)
    try:
        count = linking.send_again(app, linking.switched_on(row))
    except FoyerError as error:
        return _overview(request, app, who, row, problem=error.detail, status=error.status)
    told = {0: f"{row.name} has every result of the people it knows.", 1: "One result is on its way."}
    return _overview(request, app, who, row, message=told.get(count, f"{count:,} results are on their way."))


# ---------------------------------------------------------------- settings and choices


@pages.get("/systems/{connection_id}/settings")
def settings_page(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    row = found(app, who.organisation_id, connection_id)
    return _shown(request, app, who, row, "settings", typed={})


@pages.post("/systems/{connection_id}/settings")
def settings(connection_id: str, request: Request, app: Foyer, who: Signed, typed: Typed) -> Response:
    row = found(app, who.organisation_id, connection_id)
    kept = _settings(vendor(row.vendor).about, typed, row)
    try:
        linking.change(app, who.organisation_id, row.id, settings=kept, name=_name(typed) or row.name)
    except FoyerError as error:
        return _shown(request, app, who, row, "settings", typed=typed, problem=error.detail, status=error.status)
    return _back(row, "settings", "saved")


@pages.get("/systems/{connection_id}/choices")
def choices_page(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """Asks the system for its lists; where that fails, its words are typed."""
    row = found(app, who.organisation_id, connection_id)
    lists, why_not = systems.choices_of(app, row)
    return _shown(request, app, who, row, "choices", lists=lists, why_not=why_not)


@pages.post("/systems/{connection_id}/choices")
def choices(connection_id: str, app: Foyer, who: Signed, lists: TypedLists) -> Response:
    row = found(app, who.organisation_id, connection_id)
    about = vendor(row.vendor).about
    chosen = {each.key: ",".join(filter(None, lists.get(CHOICE + each.key, ()))) for each in about.mapped}
    mapping = {key: value for key, value in {**row.mapping, **chosen}.items() if value}
    linking.change(app, who.organisation_id, row.id, mapping=mapping)
    return _back(row, "choices", "saved")


# ---------------------------------------------------------------- openings


@pages.get("/systems/{connection_id}/openings")
def openings(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    row = found(app, who.organisation_id, connection_id)
    return _openings(request, app, who, row)


def _openings(request: Request, app: App, who: Recruiter, row: Connection, **context: Any) -> HTMLResponse:
    with app.database.reading() as store:
        remotes = store.remotes(row, "job")
        jobs = {job.id: job for job in store.jobs(who.organisation_id)}
    listed = sorted(remotes, key=lambda each: (each.local_id is None, not (each.data or {}).get("open", True)))
    context |= {"openings": listed, "jobs": jobs, "progress": systems.progress_of(row)}
    return _shown(request, app, who, row, "openings", **context)


@pages.get("/systems/{connection_id}/opening")
def opening(
    connection_id: str, request: Request, app: Foyer, who: Signed, id: Annotated[Text, Query()] = ""
) -> HTMLResponse:
    return _opening(request, app, who, found(app, who.organisation_id, connection_id), id)


def _opening(request: Request, app: App, who: Recruiter, row: Connection, id: str, **context: Any) -> HTMLResponse:
    with app.database.reading() as store:
        remote = store.remote(row, "job", id)
        jobs = store.jobs(who.organisation_id)
    if remote is None:
        raise NotFound(f"{row.name} has told of no opening {id!r}. Read it anew on its page, and look again.")
    return _shown(request, app, who, row, "opening", remote=remote, jobs=jobs, **context)


@pages.post("/systems/{connection_id}/opening")
def link(
    connection_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    id: Annotated[Line, Form()] = "",
    action: Annotated[Line, Form()] = "",
    job_id: Annotated[Line, Form()] = "",
    text: Annotated[Text, Form(max_length=200_000)] = "",
) -> Response:
    """`action`: link (to `job_id`), unlink, new (a job from the opening's text, or from `text`), or named (an opening
    that is known by its id alone)."""
    row = found(app, who.organisation_id, connection_id)
    try:
        if action == "new":
            job_id = made_job(app, row, id, LinkIn(new=True, text=text), author=who.actor)
        elif action != "unlink" and not (id and job_id):
            raise BadRequest("Choose a job of Foyer's to link it to." if id else "Type the opening's id there.")
        linking.link(app, row, id, None if action == "unlink" else job_id)
    except FoyerError as error:
        if action == "named":
            return _openings(request, app, who, row, problem=error.detail, status=error.status)
        return _opening(request, app, who, row, id, text=text, problem=error.detail, status=error.status)
    return _back(row, "openings", "unlinked" if action == "unlink" else "linked")


# ---------------------------------------------------------------- what would be written, and what was


@pages.get("/systems/{connection_id}/dry-run")
def dry_run(
    connection_id: str, request: Request, app: Foyer, who: Signed, application: Annotated[Text, Query()] = ""
) -> HTMLResponse:
    """Every write about an application, in full. Nothing is sent."""
    row = found(app, who.organisation_id, connection_id)
    base, problem, status = app.connections.connector(row).base_url, "", 200
    writes: list[dict[str, str]] = []
    if application:
        try:
            writes = [
                {
                    "says": write.says,
                    "method": sent.method,
                    "address": systems.hidden(row, address(base, sent)),
                    "body": systems.legible(row, body_of(sent)) if body_of(sent) is not None else "",
                }
                for write, sent in linking.rehearsed(app, who, row, application)
            ]
        except FoyerError as error:
            problem, status = error.detail, error.status
    with app.database.reading() as store:
        listed = systems.cases(store, row)
    context = {"cases": listed, "chosen": application, "writes": writes, "called": systems.called}
    return _shown(request, app, who, row, "dry_run", problem=problem, status=status, **context)


@pages.get("/systems/{connection_id}/log")
def log(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    row = found(app, who.organisation_id, connection_id)
    with app.database.reading() as store:
        sent = [
            (each, systems.told_of(each), store.attempts(who.organisation_id, each.id)[-ATTEMPTS_SHOWN:])
            for each in store.connected_deliveries(row)
        ]
        unread, received = store.inbox(row, state="dead"), store.inbox(row, limit=RECEIVED_SHOWN)
        first = store.first_waiting(row)
    held = first if first is not None and first.problem else None
    going = row.enabled and any(systems.is_due(each, app.now) for each, _, _ in sent)
    state: dict[str, Any] = {"sent": sent, "unread": unread, "received": received, "held": held, "going": going}
    return _shown(request, app, who, row, "log", **state)


@pages.post("/systems/{connection_id}/inbox/{event_id}/read")
def reread(connection_id: str, event_id: str, app: Foyer, who: Signed, typed: Typed) -> Response:
    """`aside` yes: it is not tried again by itself, and what came behind it is read now."""
    row = found(app, who.organisation_id, connection_id)
    aside = typed.get("aside") == "yes"
    with app.database.store() as store:
        if aside:
            store.set_aside(who.organisation_id, event_id, app.now)
        else:
            store.reread(who.organisation_id, event_id, app.now)
    app.pipeline.read_due()
    return _back(row, "log", "aside" if aside else "again")


@pages.post("/systems/{connection_id}/deliveries/{delivery_id}/replay")
def replay(connection_id: str, delivery_id: str, app: Foyer, who: Signed) -> Response:
    row = found(app, who.organisation_id, connection_id)
    with app.database.store() as store:
        store.replay_delivery(who.organisation_id, delivery_id, now=app.now)
    app.pipeline.deliver_due()
    return _back(row, "log", "replayed")


@pages.get("/systems/{connection_id}/remove")
def remove_page(connection_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _shown(request, app, who, found(app, who.organisation_id, connection_id), "remove")


@pages.post("/systems/{connection_id}/remove")
def remove(connection_id: str, app: Foyer, who: Signed) -> Response:
    with app.database.store() as store:
        store.remove_connection(who.organisation_id, connection_id)
    return RedirectResponse("/systems?done=removed", status_code=303)


# ---------------------------------------------------------------- from an application's page


@pages.post("/applications/{application_id}/hand-over")
def hand_over(
    application_id: str, request: Request, app: Foyer, who: Signed, connection_id: Annotated[Line, Form()] = ""
) -> Response:
    try:
        linking.hand_over(app, who.organisation_id, application_id, connection_id)
    except FoyerError as error:
        return _refused(request, app, who, application_id, error)
    return RedirectResponse(f"/applications/{application_id}#elsewhere", status_code=303)


@pages.post("/applications/{application_id}/decide-there")
def decide_there(
    application_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    connection_id: Annotated[Line, Form()] = "",
    kind: Annotated[Line, Form()] = "",
    reason: Annotated[Text, Form(max_length=1000)] = "",
) -> Response:
    """Only a named person, where the organisation allows it."""
    try:
        if kind not in ("advance", "reject"):
            raise BadRequest("Choose whether they are to be moved on or rejected there.")
        linking.decide(app, who, application_id, connection_id, kind, reason.strip())
    except FoyerError as error:
        return _refused(request, app, who, application_id, error)
    return RedirectResponse(f"/applications/{application_id}#elsewhere", status_code=303)


def _refused(request: Request, app: App, who: Recruiter, application_id: str, error: FoyerError) -> HTMLResponse:
    """On the application's page, which says NotFound itself where there is no such application."""
    return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
