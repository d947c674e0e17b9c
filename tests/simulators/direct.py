"""A connector's Service without a running Foyer: real HTTP to a simulator, tokens in memory. For quick tests of a
connector alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from integrations.http import Caller
from integrations.vendor import Vendor
from models.exchange import AssessmentOrder, AssessmentPackage, Inbound, OrderState, Write
from models.values import AssessmentResult, Scorecard

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


def result(**changes: Any) -> AssessmentResult:
    scorecard = Scorecard(id="s", recommendation="yes", reason="Two of two competencies are good.", overall=72.5)
    said: dict[str, Any] = {
        "id": "result_iv-1_1",
        "created_at": NOW,
        "organisation_id": "org",
        "job": {"id": "job-1", "title": "Backend Engineer"},
        "candidate": {"name": "Ada Byron"},
        "application_id": "app-1",
        "scorecard": scorecard,
        "report_url": "https://foyer.example/reports/1",
    }
    return AssessmentResult(**(said | changes))


def inbound(method: str, path: str, body: bytes = b"", **headers: str) -> Inbound:
    """Names of headers with _ for -."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Inbound(method=method, path=path, headers=named, query={}, body=body, now=NOW)


class Memory:
    """`integrations.auth.Tokens`."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def read(self) -> Mapping[str, str]:
        return self.kept

    def write(self, tokens: Mapping[str, str]) -> None:
        self.kept = dict(tokens)

    @contextmanager
    def alone(self) -> Iterator[None]:
        yield


def service(connector: Vendor) -> Caller:
    return Caller(
        connector.about.name,
        connector.base_url,
        connector.auth(),
        Memory(),
        allow_private=True,
        judge=connector.judge,
    )


def made(writes: Sequence[Write], caller: Caller) -> dict[str, str]:
    """Every write, in their order, as `api.carrying` makes them the first time; their references."""
    done: dict[str, str] = {}
    for write in writes:
        found = write.found.pick(caller.send(write.found.request(done))) if write.found and write.look_first else None
        done[write.name] = found or write.reference(caller.send(write.request(done)))
    return done


class Counter:
    """A Desk that notes what it is asked: the connector's side of a call alone."""

    def __init__(self) -> None:
        self.orders: list[AssessmentOrder] = []
        self.kept: dict[str, Mapping[str, object]] = {}
        self.settled: dict[str, str] = {}

    def packages(self) -> list[AssessmentPackage]:
        return [AssessmentPackage(id="job-1", name="Backend Engineer", description="Voice interview of 15 minutes")]

    def order(self, order: AssessmentOrder) -> OrderState:
        self.orders.append(order)
        return OrderState(id="order-1", state="open", link="https://foyer.example/orders/order-1")

    def status(self, order_id: str) -> OrderState:
        return OrderState(id=order_id, state="open")

    def cancel(self, order_id: str, reason: str) -> OrderState:
        return OrderState(id=order_id, state="cancelled")

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.kept
        self.kept[key] = event
        return new

    def settle(self, settings: Mapping[str, str]) -> None:
        self.settled.update(settings)

    def report_error(self, what: str, detail: str) -> None:
        raise AssertionError(f"{what}: {detail}")
