"""OpenTelemetry, where it is installed (`pip install 'foyer[otel]'`) and OTEL_EXPORTER_OTLP_ENDPOINT is set: a span for
each request and each statement. Called once by `api.app`. Its other settings are OpenTelemetry's own variables.

Spans hold routes' templates and statements with placeholders. The path with its ids and links, the query and the
client's address, which the instrumentation would add, are taken out before anything leaves the process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from fastapi import FastAPI

log = structlog.get_logger("foyer.traces")

PRIVATE = frozenset(
    {
        *("http.url", "http.target", "url.full", "url.path", "url.query", "http.user_agent", "user_agent.original"),
        *("net.peer.ip", "net.peer.port", "client.address", "client.port", "network.peer.address", "network.peer.port"),
        *("http.client_ip", "net.sock.peer.addr", "net.sock.peer.port"),
    }
)
"""Attributes that could tell who it was: a candidate's link is all it takes to be them."""


def trace(api: FastAPI, exporter: Any = None) -> Any:
    """Requests are traced from now on: the provider of tracers, for `trace_statements`; None: they are not.

    `exporter`: instead of the one that the environment names, for tests."""
    if exporter is None and not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.error("traces.not_installed", do="pip install 'foyer[otel]', or unset OTEL_EXPORTER_OTLP_ENDPOINT")
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": os.environ.get("OTEL_SERVICE_NAME", "foyer")}))
    discreet: Any = _Discreet(exporter or OTLPSpanExporter())
    provider.add_span_processor(BatchSpanProcessor(discreet))
    FastAPIInstrumentor.instrument_app(
        api, tracer_provider=provider, excluded_urls="healthz?,ready,metrics", exclude_spans=["receive", "send"]
    )
    return provider


def trace_statements(engine: Any, provider: Any) -> None:
    """Of the database that is open now."""
    if provider is not None:
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

        # It asks for SQLAlchemy below 2.1; the events it listens to are the same there, as the test shows.
        SQLAlchemyInstrumentor().instrument(engine=engine, tracer_provider=provider, skip_dep_check=True)


class _Discreet:
    """An exporter without what is PRIVATE, and without errors' words, which may quote values. The SDK offers no other
    way to change what has ended than its own fields."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def export(self, spans: Any) -> Any:
        for span in spans:
            attributes = span.attributes or {}
            span._attributes = {name: value for name, value in attributes.items() if name not in PRIVATE}
            span._events = ()
            span._status = type(span.status)(span.status.status_code)
        return self._inner.export(spans)

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return bool(self._inner.force_flush(timeout_millis))
