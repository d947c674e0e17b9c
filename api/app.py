"""Builds the service: settings -> App -> FastAPI, for `foyer serve`; `build` alone serves workers and commands."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import quote

import structlog
from fastapi import FastAPI, Request
from fastapi import HTTPException as Refusal
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from sqlalchemy import inspect
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import erasing, setting_up, translating
from api.addresses import addresses
from api.calls import Calls
from api.connections import Connections
from api.contract import documented, methods_at
from api.deps import App, SystemClock, page, place
from api.headers import headers_of
from api.limits import Limits, asks_a_secret, caller, policies
from api.metrics import Measured
from api.observe import RequestId, configure_logs
from api.pipeline import Pipeline
from api.pool import Pool
from api.preview import Previews
from api.recently import Recently
from api.roles import ALL, AT_ONCE
from api.rooms import Rooms
from api.schemas import Problem
from api.sealing import seal_of
from api.security import Recruiter, Signer, same_origin
from api.traces import trace, trace_statements
from api.wiring import Engines
from models.db import Database
from models.errors import BadRequest, FoyerError, Unauthorized
from models.files import Files
from models.records import AuditHead
from models.reseal import rekey
from models.settings import ROOT, Settings

log = structlog.get_logger("foyer.app")

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
BODY_BYTES = 4_000_000
"""Of any request but one that brings resumes, which looks at the credential first and keeps its limits itself."""
BRINGS_RESUMES = re.compile(r"/api/jobs/[^/]+/batches|/api/batches/[^/]+/files|/v1/candidates|/agency/[^/]+")
DRAINED_BYTES = 64_000_000


def build(
    settings: Settings,
    *,
    role: str = "serve",
    work: bool = True,
    roles: tuple[str, ...] = ALL,
    at_once: int = AT_ONCE,
) -> App:
    """Migrated database, engines (not loaded yet), pipeline (not launched yet). `role`: what the process is; `roles`:
    whose work it takes, if it is to `work`; `at_once`: so many files and interviews."""
    settings.home.mkdir(parents=True, exist_ok=True)
    signer = Signer.from_home(settings.home)
    seal = seal_of(settings, signer)
    database = Database(settings.store_url, seal)
    database.migrate()
    if rekey(database.engine, seal):
        database.tidy()
    database.survey()
    app = App(
        settings=settings,
        database=database,
        files=Files(settings.files_root, seal),
        engines=Engines(settings),
        signer=signer,
        seal=seal,
        clock=SystemClock(),
    )
    database.now = lambda: app.now
    if work and roles != ALL:
        role = f"{role}-{'+'.join(roles)}"
    app.pipeline = Pipeline(app, kind=role, roles=roles if work else (), at_once=at_once)
    app.rooms = Rooms(app)
    app.calls = Calls(app)
    app.previews = Previews(app)
    app.pool = Pool(app)
    app.counted = Recently(lambda: app.clock)
    app.connections = Connections(app)
    erasing.finish(app)
    return app


def opened(settings: Settings) -> tuple[Database, Signer]:
    """The database as it is, with what opens it. Nothing is made. Raises BadRequest where there is none, or an older
    one."""
    if not (settings.home / "secret.key").is_file():
        raise BadRequest(f"There is no Foyer in {settings.home}. Set FOYER_HOME to the folder of yours.")
    signer = Signer.from_home(settings.home)
    database = Database(settings.store_url, seal_of(settings, signer))
    if not inspect(database.engine).has_table(AuditHead.__tablename__):
        raise BadRequest("This database is not of this version. Bring it up to date first: foyer migrate")
    return database, signer


def first_organisation(app: App) -> Path | None:
    """Where nobody could sign in yet: an organisation, if there is none, and an admin key in FOYER_HOME/admin.key.

    The file is written before the key counts, so a start that was killed half-way is made good by the next."""
    with app.database.system() as system:
        known = system.organisations()
        organisation = known[0] if known else system.add_organisation(app.settings.organisation, app.now)
    with app.database.store() as store:
        if store.api_keys(organisation.id):
            return None
        _, clear = store.add_api_key(organisation.id, name="admin", now=app.now)
        path = app.settings.home / "admin.key"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(clear + "\n")
    return path


def organisation_here(app: App) -> str:
    """The id of the first organisation, which is made if there is none: the command line's."""
    first_organisation(app)
    with app.database.asking() as system:
        return system.organisations()[0].id


def create_app(
    settings: Settings,
    *,
    work: bool = True,
    roles: tuple[str, ...] = ALL,
    at_once: int = AT_ONCE,
    loaded: Callable[[], object] = bool,
) -> FastAPI:
    """The ASGI application. `work=False` leaves background work to `foyer worker`, `roles` some of it. `loaded` is
    called once, when all that is loaded at start is."""
    configure_logs(settings.log_level)
    limits = Limits(policies(settings.home), SystemClock())
    start = partial(_start, settings, work=work, roles=roles, at_once=at_once)

    @asynccontextmanager
    async def lifespan(api: FastAPI) -> AsyncIterator[None]:
        app = await asyncio.to_thread(start)  # DBOS refuses to start under a running event loop
        api.state.foyer = app
        trace_statements(app.database.engine, provider)
        threading.Thread(target=_warm, args=(app, loaded), name="foyer-warm", daemon=True).start()
        try:
            yield
        finally:
            await app.rooms.close()
            await app.calls.close()
            await asyncio.to_thread(_stop, app)

    api = FastAPI(
        title="Foyer",
        version="0.1.0",
        summary="Screening, voice interviews and evaluation reports, with the evidence beside every number.",
        lifespan=lifespan,
        routes=addresses(),
        docs_url=None,  # the stock page loads its script from elsewhere; the schema itself is at /openapi.json
        redoc_url=None,
    )
    api.state.limits, api.state.secure = limits, settings.base_url.startswith("https:")
    api.openapi = documented(api)  # type: ignore[method-assign]
    api.mount("/static", StaticFiles(directory=ROOT / "web" / "static"), name="static")
    api.add_exception_handler(FoyerError, _foyer_error)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(Exception, _bug)
    api.add_middleware(BodyLimit)  # innermost: what it raises must reach the reader of the body unwrapped
    api.middleware("http")(_guard)
    api.add_middleware(RequestId)
    api.add_middleware(Measured)
    provider = trace(api)
    return api


def _start(settings: Settings, *, work: bool, roles: tuple[str, ...], at_once: int) -> App:
    app = build(settings, role="serve" if work else "web", work=work, roles=roles, at_once=at_once)
    first_organisation(app)
    if told := setting_up.announced(app):
        print(told, file=sys.stderr, flush=True)
    app.pipeline.launch()
    return app


def _stop(app: App) -> None:
    app.pipeline.close()
    app.engines.close()
    app.database.close()


def _warm(app: App, loaded: Callable[[], object]) -> None:
    try:
        app.engines.warm()
        loaded()
    except FoyerError as error:
        app.engines.unready = "A model cannot be loaded: run `foyer doctor`."
        log.error("engines.not_ready", detail=error.detail)


class BodyLimit:
    """Refuses long bodies while they come: they are read before anyone asks who sends them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or BRINGS_RESUMES.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken <= BODY_BYTES:
                return message
            while message.get("more_body") and taken <= DRAINED_BYTES:  # a client that is cut off reads no answer
                message = await receive()
                taken += len(message.get("body", b""))
            raise Refusal(413, f"This request is larger than {BODY_BYTES // 1_000_000} MB. Send less at once.")

        await self._app(scope, limited, send)


async def _guard(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Refuse forged posts and floods; set the headers every answer carries."""
    translating.read_in(request.headers.get("accept-language", ""))
    answer = _turned_away(request) or await call_next(request)
    who = caller(request.headers, request.cookies)
    limits: Limits = request.app.state.limits
    if answer.status_code == 401 and (who or asks_a_secret(request.url.path)):
        limits.refused(place(request))
    elif who and isinstance(getattr(request.state, "recruiter", None), Recruiter):
        limits.welcome(who)
    return _with_headers(request, answer)


def _turned_away(request: Request) -> Response | None:
    """The answer to what is not worth looking at further; None: come in."""
    if request.method not in SAFE_METHODS and not same_origin(
        request.headers.get("origin"), request.headers.get("host")
    ):
        return _problem(request, 403, "forbidden", "This request came from another site and was refused.")
    if "\0" in request.url.path:  # no id of ours, and not every database can even look for it
        return _problem(request, 404, "not_found", "There is nothing at this address.")
    who = caller(request.headers, request.cookies)
    wait = request.app.state.limits.wait(request.method, request.url.path, who, place(request))
    if wait <= 0:
        return None
    answer = _problem(request, 429, "too_many", f"Too many requests at once. Try again in {wait} s.")
    answer.headers["Retry-After"] = str(wait)
    return answer


def _with_headers(request: Request, answer: Response) -> Response:
    for name, value in headers_of(request, answer).items():
        answer.headers.setdefault(name, value)
    return answer


def _problem(request: Request, status: int, code: str, detail: str) -> Response:
    """JSON for programs; for a person's browser a page, or the way to sign in."""
    wants_page = "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(("/api/", "/v1/"))
    if wants_page and status == Unauthorized.status and not request.url.path.startswith(("/i/", "/room")):
        if request.url.path == "/" and setting_up.needed(request.app.state.foyer):
            return RedirectResponse("/setup", status_code=303)
        back = f"?next={quote(request.url.path)}" if request.method == "GET" else ""
        return RedirectResponse(f"/login{back}", status_code=303)
    if wants_page:
        return page(request, "error.html", status=status, code=code, detail=detail)
    body = Problem(error=code, detail=detail, request_id=request.state.request_id)
    return JSONResponse(body.model_dump(), status_code=status)


async def _foyer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, FoyerError)
    return _problem(request, error.status, error.code, error.detail)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return _problem(request, 422, "invalid", f"{where}: {first['msg']}")


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    codes = {404: "not_found", 413: "too_large"}
    detail = "There is nothing at this address. Check it." if error.status_code == 404 else str(error.detail)
    answer = _problem(request, error.status_code, codes.get(error.status_code, "http"), detail)
    answer.headers.update(error.headers or {})
    if error.status_code == 405:
        answer.headers["Allow"] = ", ".join(methods_at(request.app, request.url.path))
    return answer


async def _bug(request: Request, error: Exception) -> Response:
    log.error("request.failed", path=request.url.path, exc_info=error)
    if request.app.state.foyer.database.is_away(error):
        away = _problem(request, 503, "away", "The database does not answer just now. Try again in a moment.")
        return _with_headers(request, away)
    broken = _problem(request, 500, "error", "Something broke on our side. It was logged under this request id.")
    return _with_headers(request, broken)
