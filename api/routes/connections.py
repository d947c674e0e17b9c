"""Connections to other systems, for programs; `api.routes.systems` has the pages."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import ValidationError

from api import linking
from api.connection_schemas import (
    ChoiceOut,
    ConnectionChange,
    ConnectionIn,
    ConnectionOut,
    ConnectorOut,
    DecideIn,
    EventOut,
    FindingOut,
    HandOver,
    LinkIn,
    RehearsedOut,
    RemoteJobOut,
)
from api.deps import App, Foyer, Signed
from api.routes.jobs import create_job
from api.schemas import JobIn, one_line
from integrations.http import joined
from integrations.vendors import VENDORS, vendor
from models.errors import BadRequest, Conflict, NotFound
from models.exchange import Request
from models.records import Connection

router = APIRouter(prefix="/api", tags=["connections"])


@router.get("/connectors")
def connectors(_: Signed) -> list[ConnectorOut]:
    """The systems that can be connected."""
    return [ConnectorOut.of(each.about) for each in VENDORS.values()]


@router.post("/connections", status_code=201)
def add_connection(body: ConnectionIn, app: Foyer, who: Signed) -> ConnectionOut:
    """Switched off, until it is tested and switched on."""
    return shown(app, linking.add(app, who.organisation_id, body.vendor, body.name, body.settings))


@router.get("/connections")
def connections(app: Foyer, who: Signed) -> list[ConnectionOut]:
    with app.database.reading() as store:
        return [shown(app, row) for row in store.connections(who.organisation_id)]


@router.get("/connections/{connection_id}")
def connection(connection_id: str, app: Foyer, who: Signed) -> ConnectionOut:
    return shown(app, found(app, who.organisation_id, connection_id))


@router.patch("/connections/{connection_id}")
def change_connection(connection_id: str, body: ConnectionChange, app: Foyer, who: Signed) -> ConnectionOut:
    """What is left out stays. Switching on needs every required setting."""
    return shown(app, linking.change(app, who.organisation_id, connection_id, **body.model_dump()))


@router.delete("/connections/{connection_id}", status_code=204)
def remove_connection(connection_id: str, app: Foyer, who: Signed) -> None:
    """Keys and references go; people and their results stay."""
    with app.database.store() as store:
        store.remove_connection(who.organisation_id, connection_id)


@router.post("/connections/{connection_id}/test")
def test_connection(connection_id: str, app: Foyer, who: Signed) -> list[FindingOut]:
    """Live: each line is something that works, or names what is missing and how to mend it."""
    findings = linking.tested(app, found(app, who.organisation_id, connection_id))
    return [FindingOut(ok=each.ok, what=each.what, cure=each.cure) for each in findings]


@router.get("/connections/{connection_id}/choices")
def choices(connection_id: str, app: Foyer, who: Signed) -> dict[str, list[ChoiceOut]]:
    """The customer's own stages, statuses, reasons, to choose the mapping from."""
    row = found(app, who.organisation_id, connection_id)
    lists = app.connections.connector(row).choices(app.connections.service(row, seconds=linking.TEST_SECONDS))
    return {name: [ChoiceOut(id=one.id, label=one.label) for one in each] for name, each in lists.items()}


@router.get("/connections/{connection_id}/jobs")
def jobs(connection_id: str, app: Foyer, who: Signed) -> list[RemoteJobOut]:
    with app.database.reading() as store:
        row = store.connection(who.organisation_id, connection_id)
        rows = store.remotes(row, "job")
    return [
        RemoteJobOut(
            remote_id=each.remote_id,
            title=each.title,
            kind=(each.data or {}).get("kind", "job"),
            open=(each.data or {}).get("open", True),
            job_id=each.local_id,
        )
        for each in rows
    ]


@router.put("/connections/{connection_id}/jobs/{remote_id:path}")
def link_job(connection_id: str, remote_id: str, body: LinkIn, app: Foyer, who: Signed) -> list[RemoteJobOut]:
    """Its people are screened for a job from now on, those who are there already too."""
    row = found(app, who.organisation_id, connection_id)
    job_id = made_job(app, row, remote_id, body, author=who.actor) if body.new else body.job_id
    linking.link(app, row, remote_id, job_id)
    return jobs(connection_id, app, who)


@router.post("/connections/{connection_id}/read", status_code=202)
def read(connection_id: str, app: Foyer, who: Signed, anew: bool = False) -> dict[str, bool]:
    """Ask it now; `anew`: for everything that is there. The connection's `progress` shows how far it is."""
    linking.read_now(app, found(app, who.organisation_id, connection_id), anew=anew)
    return {"started": True}


@router.post("/connections/{connection_id}/send", status_code=202)
def send(connection_id: str, app: Foyer, who: Signed) -> dict[str, int]:
    """Results that are there already, to people whom the system knows; says how many."""
    return {"deliveries": linking.send_again(app, found(app, who.organisation_id, connection_id))}


@router.get("/connections/{connection_id}/inbox")
def inbox(connection_id: str, app: Foyer, who: Signed) -> list[EventOut]:
    with app.database.reading() as store:
        row = store.connection(who.organisation_id, connection_id)
        events = store.inbox(row)
    names = ("id", "state", "attempts", "problem", "received_at", "read_at")
    return [EventOut(**{name: getattr(each, name) for name in names}) for each in events]


@router.post("/connections/{connection_id}/inbox/{event_id}/read", status_code=202)
def reread(connection_id: str, event_id: str, app: Foyer, who: Signed) -> dict[str, bool]:
    """One that could not be used, once more."""
    with app.database.store() as store:
        store.connection(who.organisation_id, connection_id)
        store.reread(who.organisation_id, event_id, app.now)
    app.pipeline.read_due()
    return {"started": True}


@router.get("/connections/{connection_id}/rehearsal/{application_id}")
def rehearsal(connection_id: str, application_id: str, app: Foyer, who: Signed) -> list[RehearsedOut]:
    """Every write that would be made about an application. Nothing is sent. Refused (409) to a person who has not rated
    the interview yet, where it would tell the result."""
    row = found(app, who.organisation_id, connection_id)
    base = app.connections.connector(row).base_url
    return [
        RehearsedOut(
            name=write.name,
            says=write.says,
            method=request.method,
            address=address(base, request),
            body=body_of(request),
        )
        for write, request in linking.rehearsed(app, who, row, application_id)
    ]


@router.post("/applications/{application_id}/hand-over", status_code=202)
def hand_over(application_id: str, body: HandOver, app: Foyer, who: Signed) -> dict[str, str]:
    """Create them in another system, once; results follow."""
    delivery = linking.hand_over(app, who.organisation_id, application_id, body.connection_id)
    return {"delivery": delivery.id}


@router.post("/applications/{application_id}/decide-there", status_code=202)
def decide_there(application_id: str, body: DecideIn, app: Foyer, who: Signed) -> dict[str, str]:
    """Pass a named person's decision on, where that is allowed."""
    delivery = linking.decide(app, who, application_id, body.connection_id, body.kind, body.reason)
    return {"delivery": delivery.id}


# ---------------------------------------------------------------- shared with the pages


def found(app: App, organisation_id: str, connection_id: str) -> Connection:
    with app.database.reading() as store:
        return store.connection(organisation_id, connection_id)


def shown(app: App, row: Connection) -> ConnectionOut:
    about = vendor(row.vendor).about
    secret = {each.key for each in about.settings if each.secret}
    address_ = app.connections.address(row)
    return ConnectionOut(
        id=row.id,
        vendor=row.vendor,
        name=row.name,
        enabled=row.enabled,
        may_decide=row.may_decide,
        settings={key: value for key, value in row.settings.items() if key not in secret},
        secrets=sorted(key for key in secret if row.settings.get(key)),
        mapping=row.mapping,
        address=address_,
        register_there=[
            line.replace("{url}", address_).replace("{callback}", app.connections.callback(row))
            for line in about.register
        ],
        problem=row.problem,
        progress=row.progress,
        polled_at=row.polled_at,
        heard_at=row.heard_at,
        rests_until=row.closed_until,
        created_at=row.created_at,
    )


def made_job(app: App, row: Connection, remote_id: str, body: LinkIn, *, author: str) -> str:
    """A job from the opening's own text, or from what was pasted where the system holds none."""
    with app.database.reading() as store:
        remote = store.remote(row, "job", remote_id)
    if remote is None:
        raise NotFound(f"{row.name} has told of no opening {remote_id!r}. Read it first.")
    if remote.local_id is not None:
        raise Conflict("This opening is linked to a job already.")
    text = body.text or str((remote.data or {}).get("text") or "")
    if not text.strip():
        raise BadRequest(f"{row.name} holds no text of this opening. Paste the posting.")
    try:
        posting = JobIn(text=text, title=one_line(remote.title)[:200] or None)
    except ValidationError as error:
        raise BadRequest(f"This text is no posting: {error.errors()[0]['msg']}. Paste the whole posting.") from error
    job, _ = create_job(app, row.organisation_id, posting, author=author)
    return job.id


def address(base: str, request: Request) -> str:
    whole = joined(base, request.path)
    return whole + ("?" + "&".join(f"{key}={value}" for key, value in request.query) if request.query else "")


def body_of(request: Request) -> Any:
    """For people: files and other bytes by their size."""
    if request.json is not None:
        return request.json
    files = {key: f"{each.filename} ({len(each.content):,} bytes)" for key, each in (request.files or {}).items()}
    if request.form is not None or files:
        return {**(request.form or {}), **files}
    if request.content is None:
        return None
    written = request.headers.get("content-type", "").startswith("text/") and len(request.content) < 10_000
    return request.content.decode() if written else f"{len(request.content):,} bytes"
