"""Is the process alive, can it do its work, and what are its figures? For load balancers, orchestrators, Prometheus."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from ipaddress import ip_address

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import App, Foyer, recruiter
from api.metrics import exposition
from models.errors import EngineError, FoyerError

router = APIRouter(tags=["health"])
LEAST_FREE = 200_000_000
"""Bytes of FOYER_HOME's disk: an hour of interviews, and room for the database to end what it has begun."""
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


@router.get("/health")
@router.get("/healthz")
def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready")
def ready(app: Foyer) -> dict[str, str]:
    """The database answers and the pipeline's threads live."""
    _database(app)
    _queue(app)
    return {"status": "ready"}


@router.get("/readyz")
def readyz(app: Foyer) -> Response:
    """All that new work needs, each tried: 200, or 503 with what is wrong."""
    checks: dict[str, Callable[[App], object]] = {
        "database": _database,
        "queue": _queue,
        "files": lambda app: app.files.probe(),
        "disk": _disk,
        "models": _models,
    }
    found = {name: _tried(check, app) for name, check in checks.items()}
    is_ready = set(found.values()) == {"ok"}
    status = "ready" if is_ready else "not ready"
    return JSONResponse({"status": status, "checks": found}, status_code=200 if is_ready else 503)


@router.get("/metrics", include_in_schema=False)
def metrics(request: Request, app: Foyer) -> Response:
    """For this machine itself, or with any live key. Raises Unauthorized."""
    if not _from_here(request):
        recruiter(request)
    return Response(exposition(app), media_type=CONTENT_TYPE_LATEST)


def _from_here(request: Request) -> bool:
    """Not by way of a proxy on this machine: that one speaks for others."""
    host = request.client.host if request.client is not None else ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        return False
    return near and not any(name in request.headers for name in FORWARDED)


def _tried(check: Callable[[App], object], app: App) -> str:
    """Words of ours alone: whoever asks needs no key."""
    try:
        check(app)
    except FoyerError as error:
        return error.detail if isinstance(error, EngineError) else "cannot be used"
    except Exception:  # noqa: BLE001 - whatever breaks, the answer is that it is not ready
        return "cannot be used"
    return "ok"


def _database(app: App) -> None:
    with app.database.asking() as system:
        system.organisations()


def _queue(app: App) -> None:
    if app.rooms.stopping:
        raise EngineError("This process is stopping.")
    if not app.pipeline.alive:
        raise EngineError("The background work has stopped. Restart the service; nothing is lost.")


def _disk(app: App) -> None:
    if shutil.disk_usage(app.settings.home).free < LEAST_FREE:
        raise EngineError("There is hardly any space left. Free some.")


def _models(app: App) -> None:
    if app.engines.unready:
        raise EngineError(app.engines.unready)
