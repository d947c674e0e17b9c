"""What a route may ask for: the running App, the authenticated recruiter, a page."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

import structlog
from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.templating import Jinja2Templates
from starlette.requests import HTTPConnection

from api import translating
from api.access import NEEDS, OPEN, SIGNED_IN, opens
from api.confining import confine, is_open
from api.limits import place_of
from api.pieces import Pieces
from api.security import (
    PERSON_HEADER,
    RECRUITER_COOKIE,
    Recruiter,
    Signer,
    person_named,
    recruiter_of_cookie,
    recruiter_of_key,
)
from api.wiring import Engines
from compliance.person_seal import PersonSeal
from models.db import Database
from models.deeds import acts
from models.engines import Clock
from models.errors import Forbidden, Unauthorized
from models.files import Files
from models.settings import ROOT, Settings

if TYPE_CHECKING:
    from api.calls import Calls
    from api.connections import Connections
    from api.pipeline import Pipeline
    from api.pool import Pool
    from api.preview import Previews
    from api.recently import Recently
    from api.rooms import Rooms

log = structlog.get_logger("foyer.access")


class SystemClock:
    """The wall clock, UTC."""

    def now(self) -> float:
        return time.time()


def utc(clock: Clock) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)


@dataclass
class App:
    """Everything the service is made of. Built once, in `api.app`; routes get it by `Depends(foyer)`."""

    settings: Settings
    database: Database
    files: Files
    engines: Engines
    signer: Signer
    seal: PersonSeal
    clock: Clock
    pipeline: Pipeline = field(init=False)
    rooms: Rooms = field(init=False)
    calls: Calls = field(init=False)
    previews: Previews = field(init=False)
    pool: Pool = field(init=False)
    counted: Recently[Any] = field(init=False)
    """Figures over everybody, by what they are of."""
    connections: Connections = field(init=False)

    @property
    def now(self) -> datetime:
        return utc(self.clock)

    @property
    def recordings(self) -> Path:
        return self.settings.home / "recordings"

    def pieces(self, interview_id: str) -> Pieces | None:
        """Where its microphone is shared with other nodes; None: there are none, for the database is a file."""
        return Pieces(self.files.storage, interview_id) if self.database.is_shared else None


def foyer(connection: HTTPConnection) -> App:
    app: App = connection.app.state.foyer
    return app


def admit(connection: HTTPConnection) -> None:
    """Before every route: whether whoever comes may use it. What `api.access` does not name is open to nobody.

    Raises Unauthorized, and Forbidden with what is missing."""
    method = "WS" if connection.scope["type"] == "websocket" else connection.scope["method"]
    door = f"{method} {getattr(connection.scope.get('route'), 'path', '')}"
    need = NEEDS.get(door)
    if need in OPEN:
        return
    who = recruiter(connection)
    if need is None or (need != SIGNED_IN and need not in who.rights):
        log.warning("access.denied", who=who.credential, door=door, needs=need)
        what = "account" if who.user_id else "key"
        raise Forbidden(f"This needs the right {need}, which your {what} does not have. Ask an administrator for it.")
    confine(foyer(connection).database, who, door, connection.path_params)
    connection.state.recruiter = who


def recruiter(connection: HTTPConnection) -> Recruiter:
    """Bearer key (whose request may name a person) or session cookie. Raises Unauthorized."""
    known = getattr(connection.state, "recruiter", None)
    return known if isinstance(known, Recruiter) else _authenticated(connection)


def _authenticated(connection: HTTPConnection) -> Recruiter:
    app = foyer(connection)
    scheme, _, key = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key:
        said = person_named(unquote(connection.headers.get(PERSON_HEADER, "")))  # headers are ASCII
        return known(replace(recruiter_of_key(app.database, key.strip()), said=said))
    cookie = connection.cookies.get(RECRUITER_COOKIE)
    if cookie:
        return known(recruiter_of_cookie(app.database, cookie, app.now))
    raise Unauthorized("Sign in, or send an API key: Authorization: Bearer foyer_...")


def known(who: Recruiter) -> Recruiter:
    """What follows in this request is their doing."""
    acts("user" if who.user_id else "key", who.credential, who.person)
    return who


def place(request: Request) -> str:
    """The network address a request came from, as it is counted."""
    return place_of(request.client.host) if request.client is not None else ""


def give_cookie(answer: Response, app: App, name: str, value: str, *, seconds: int) -> None:
    """Out of scripts' reach, and `lax`: a link in an e-mail or an ATS, opened in this browser, leads back in; posts are
    guarded by their Origin."""
    secure = app.settings.base_url.startswith("https:")
    answer.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="lax")


def local(path: str) -> str:
    """Only a path of ours: an open redirect would lend our name to anyone's page."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


async def form_fields(request: Request) -> dict[str, list[str]]:
    """A form whose fields are not known by name: each with all its values."""
    form = await request.form()
    return {name: [each for each in form.getlist(name) if isinstance(each, str)] for name in form}


def typed_form(most: int) -> Callable[[Request], Awaitable[list[tuple[str, str]]]]:
    """A form of at most `most` fields, in the order of the page."""

    async def read(request: Request) -> list[tuple[str, str]]:
        form = await request.form(max_fields=most)
        return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]

    return read


Foyer = Annotated[App, Depends(foyer)]
Signed = Annotated[Recruiter, Depends(recruiter)]
Fields = Annotated[dict[str, list[str]], Depends(form_fields)]

templates = Jinja2Templates(directory=ROOT / "web" / "templates")
translating.install(templates.env)


def _may(who: Recruiter, door: str) -> bool:
    return opens(who.rights, door) and (who.only_jobs is None or is_open(door))


def page(request: Request, name: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A rendered template; `context` is what its header comment lists. A recruiter's says what is suspended. `spoken`
    in it is the language of the interview, on a candidate's page; others are in the reader's."""
    who = context.get("recruiter")
    if isinstance(who, Recruiter):
        with foyer(request).database.reading() as store:
            standing = store.suspensions(who.organisation_id)
        context["suspensions"] = [each for each in standing if each.job_id is None or who.sees(each.job_id)]
        context["may_switch"] = "systems:write" in who.rights
        context["may"] = partial(_may, who)
    with translating.shown_in(context.get("spoken")):
        return templates.TemplateResponse(request, name, context, status_code=status)
