"""What watches Foyer: figures for Prometheus, at `/metrics`. `api.observe` counts log events here, `api.app` requests,
`api.live` how long candidates wait; everything else is read from the database when somebody asks, so that all processes
tell the same and a restart loses nothing.

Labels are names of ours (a route's template, a stage, an event): no id, no name, nothing of anybody. One process has
one set of counters, as it has one log."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.roles import ROLES
from api.slots import standing

if TYPE_CHECKING:
    from api.deps import App

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "foyer_requests", "HTTP requests, by route and status.", ("method", "route", "status"), registry=REGISTRY
)
SECONDS = Histogram(
    "foyer_request_seconds", "Until the answer was sent.", ("method", "route"), registry=REGISTRY,
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
)  # fmt: skip
TURNS = Histogram(
    "foyer_turn_seconds",
    "From the end of a candidate's answer, as Foyer noticed it, to the next sentence on its way.",
    registry=REGISTRY,
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8),
)
TROUBLE = Counter(
    "foyer_trouble", "Warnings and errors, by the name of the event in the log.", ("event", "level"), registry=REGISTRY
)
ENGINE_ERRORS = Counter("foyer_engine_errors", "Failures of an engine, by engine.", ("engine",), registry=REGISTRY)
ERASURES = Counter("foyer_erasures", "People erased by this process.", registry=REGISTRY)
ENGINES = ("recogniser", "voice", "second", "wording", "ocr", "engine", "engines")
"""What names of log events begin with that tell of an engine's failure."""
LEVELS = frozenset({"warning", "error", "critical"})


def count_event(event: str, level: str) -> None:
    """A line of the log, whether or not it is written. Names of events are words of the code."""
    if level not in LEVELS:
        return
    TROUBLE.labels(event, level).inc()
    engine = event.partition(".")[0]
    if engine in ENGINES:
        ENGINE_ERRORS.labels(engine).inc()


class Measured:
    """Counts and times HTTP requests by their route's template."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            route, method = _template(scope), _method(scope)
            REQUESTS.labels(method, route, str(status)).inc()
            SECONDS.labels(method, route).observe(time.monotonic() - began)


def _template(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", "")
    if path:
        return str(path)
    return "/static" if scope["path"].startswith("/static/") else "none"


def _method(scope: Scope) -> str:
    """Anybody may send any word as a method."""
    method = str(scope["method"])
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"


STANDING = {
    "foyer_applications": ("stage", "Applications, by stage."),
    "foyer_screenings": ("decision", "Resumes screened, by what was proposed."),
    "foyer_interviews": ("state", "Interviews, by state."),
    "foyer_deliveries": ("state", "Messages and results, by state."),
    "foyer_waiting": ("work", "Work that is due and not done, by kind."),
    "foyer_queue_depth": ("role", "Work that could be done now and is not, by the kind of worker that does it."),
    "foyer_workers": ("role", "Processes that live and take this work."),
    "foyer_live_interviews": ("", "Interviews under way in this process."),
    "foyer_background_alive": ("", "1 while heartbeat and sweep of this process run."),
}
"""Read when somebody asks: name -> its label, what it says."""


class Standing(Collector):
    """How much of what there is, over all organisations, as the database says it now."""

    def __init__(self, app: App) -> None:
        self._app = app

    def collect(self) -> Iterable[Metric]:
        with self._app.database.asking() as system:
            found = {f"foyer_{name}": counts for name, counts in system.tally(self._app.now).items()}
            roles = standing(system, self._app.now)
        found["foyer_queue_depth"] = {one.role: one.waiting for one in roles if ROLES[one.role]}
        found["foyer_workers"] = {one.role: one.takers for one in roles}
        found["foyer_live_interviews"] = {"": len(self._app.rooms)}
        found["foyer_background_alive"] = {"": int(self._app.pipeline.alive)}
        for name, (label, about) in STANDING.items():
            gauge = GaugeMetricFamily(name, about, labels=[label] if label else [])
            for value, count in found[name].items():
                gauge.add_metric([value] if label else [], count)
            yield gauge


def exposition(app: App) -> bytes:
    """All of it, in Prometheus' text format."""
    standing = CollectorRegistry()
    standing.register(Standing(app))
    return generate_latest(REGISTRY) + generate_latest(standing)
