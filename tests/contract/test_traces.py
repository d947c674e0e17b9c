"""Traces, by OpenTelemetry's own exporter into memory: what they say, and what they must not."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.traces import trace, trace_statements
from models.db import Database

memory = pytest.importorskip(
    "opentelemetry.sdk.trace.export.in_memory_span_exporter", reason="traces are not tested: pip install 'foyer[otel]'"
)
statements = pytest.importorskip(
    "opentelemetry.instrumentation.sqlalchemy", reason="traces are not tested: pip install 'foyer[otel]'"
)
LINK = "eyJhbGciOi-secret"


def test_a_request_and_its_statements_are_spans_that_tell_of_nobody(database: Database) -> None:
    exporter, api = memory.InMemorySpanExporter(), FastAPI()

    @api.get("/i/{token}")
    def look(token: str) -> int:
        with database.asking() as system:
            system.interview_by_link(token)
        raise RuntimeError(f"{token} of Zoë is broken")

    provider = trace(api, exporter)
    trace_statements(database.engine, provider)
    with TestClient(api, raise_server_exceptions=False) as client:
        client.get(f"/i/{LINK}?mail=zoe@example.org", headers={"User-Agent": "Zoe's phone"})
    provider.force_flush()
    spans = exporter.get_finished_spans()
    provider.shutdown()
    statements.SQLAlchemyInstrumentor().uninstrument()
    assert "GET /i/{token}" in {span.name for span in spans}
    assert any("SELECT" in span.name for span in spans)
    told = " ".join(span.to_json() for span in spans)
    assert "link_hash" in told, "the statement itself is there"
    for about in (LINK, "zoe@example.org", "Zo", "testclient"):
        assert about not in told


def test_nothing_is_traced_unless_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    assert trace(FastAPI()) is None
