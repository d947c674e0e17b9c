"""Every system misbehaves in every way: nothing is lost, nothing doubled, and a bad signature never acts. The table is
printed at the end (`pytest -s`)."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api import receivers
from integrations.vendors import VENDORS
from models.values import AssessmentResult
from tests.flow.integrations.played import Played
from tests.flow.integrations.world import World, fresh
from tests.flow.running import wait_for
from tests.simulators.base import Fault, Simulator

pytestmark = pytest.mark.long

DEADLINE = 1.0
"""Seconds that an answer is waited for where it comes too late."""

TABLE: dict[str, dict[str, str]] = {}


class Stage:
    """One vendor with one person who has been interviewed."""

    def __init__(self, world: World, play: Played) -> None:
        self.world, self.play = world, play
        self.connection = world.connect(play.vendor, play.settings)
        self.application = play.arrange(world, self.connection, world.job(), fresh())
        self.interview = world.interviewed(self.application, invited=self._ordered())
        self._sent = 100
        world.settled(self.application)

    def _ordered(self) -> bool:
        with self.world.app.database.reading() as store:
            return bool(store.remotes_of(self.world.org, "order", self.application))

    def another_result(self) -> str:
        """Queues a further revision of their result; its id."""
        self._sent += 1
        org = self.world.org
        with self.world.app.database.store() as store:
            row = store.connection(org, self.connection["id"])
            application = store.application(org, self.application)
            newest = AssessmentResult.model_validate(store.results_of(org, self.application)[-1])
            id = f"result_{self.interview}_{self._sent}"
            result = newest.model_copy(update={"id": id, "revision": self._sent})
            assert receivers.to_system(store, row, application, result, f"report:{id}", now=self.world.app.now)
        self.world.app.pipeline.deliver_due()
        return id

    def delivered(self, id: str) -> dict[str, Any]:
        """The delivery of this result, at its end."""
        count = len(self.world.deliveries(self.application))
        self.world.settled(self.application, count)
        rows = self.world.deliveries(self.application)
        assert rows[-1]["state"] == "delivered", f"{id}: {rows[-1]['last_error']}"
        return rows[-1]

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.get(f"/api/connections/{self.connection['id']}/inbox")
        return found

    def read(self) -> list[dict[str, Any]]:
        """All events, once none waits."""
        return wait_for(self.events, lambda rows: all(row["state"] == "read" for row in rows), "the events to be read")

    def outcomes(self) -> list[str]:
        found = self.world.get(f"/api/applications/{self.application}")["outcomes"]
        return [each["kind"] for each in found]


def landed_once(stage: Stage, id: str) -> None:
    row = stage.delivered(id)
    assert stage.play.landed().count(id) == 1, f"{id} in {stage.play.landed()}; {row}"


def with_fault(fault: Callable[[str], Fault]) -> Callable[[Stage], str]:
    def cell(stage: Stage) -> str:
        if not stage.play.writes:
            landed_once(stage, stage.another_result())
            return "no calls"
        stage.play.simulator.faults.append(fault(stage.play.writes))
        landed_once(stage, stage.another_result())
        assert stage.play.simulator.faults.pop().times == 0, "the fault was never met"
        return "once"

    return cell


def late(stage: Stage) -> str:
    """What is written arrives, and its answer comes when nobody waits for it any longer."""
    if not stage.play.writes:
        return "no calls"
    connections, simulator = stage.world.app.connections, stage.play.simulator
    seconds, connections.seconds = connections.seconds, DEADLINE
    before = simulator.outwaited
    simulator.faults.append(Fault(path=stage.play.writes, late=True))
    try:
        id = stage.another_result()
        wait_for(lambda: simulator.outwaited, lambda count: count == before + 1, "the deadline")
    finally:
        connections.seconds = seconds
    landed_once(stage, id)
    assert simulator.faults.pop().times == 0
    return "once"


def expired(stage: Stage) -> str:
    if not stage.play.expires:
        return "no tokens"
    stage.play.expire()
    landed_once(stage, stage.another_result())
    return "once"


def duplicate(stage: Stage) -> str:
    first = stage.play.tell(stage.connection, "stage", id="event-1")
    if first is None:
        return "no events"
    again = stage.play.tell(stage.connection, "stage", id="event-1")
    assert again is not None
    assert first.status_code == again.status_code < 300
    stage.read()
    assert stage.outcomes().count("stage") == 1
    return "once"


def out_of_order(stage: Stage) -> str:
    """The hire comes first, the stage before it afterwards: both are known, in the order in which they happened."""
    if stage.play.tell(stage.connection, "hired", id="event-2") is None:
        return "no events"
    stage.play.tell(stage.connection, "stage", id="event-3")
    stage.read()
    kinds = stage.outcomes()
    assert kinds[-1] == "hired", kinds
    return "in order"


def unknown_fields(stage: Stage) -> str:
    told = stage.play.tell(stage.connection, "hired", id="event-4", extra=True)
    stage.play.simulator.faults.append(Fault(path=".", extra=True, times=50))
    landed_once(stage, stage.another_result())
    stage.play.simulator.faults.pop()
    stage.read()
    assert told is None or told.status_code < 300
    return "ignored"


def forged(stage: Stage) -> str:
    before = (len(stage.events()), stage.outcomes())
    answer = stage.play.tell(stage.connection, "hired", id="event-5", forged=True)
    if answer is None:
        return "no events"
    assert answer.status_code in (401, 403), answer.status_code
    assert (len(stage.events()), stage.outcomes()) == before
    return "refused"


def replayed(stage: Stage) -> str:
    """The same signed bytes, sent again by somebody who kept them."""
    before = (len(stage.read()), stage.outcomes())
    answer = stage.play.tell(stage.connection, "hired", id="event-2")
    if answer is None:
        return "no events"
    assert (len(stage.read()), stage.outcomes()) == before
    return "no effect"


CELLS: dict[str, Callable[[Stage], str]] = {
    "429": with_fault(lambda path: Fault(path=path, status=429, headers={"Retry-After": "1"})),
    "500": with_fault(lambda path: Fault(path=path, status=500)),
    "cut after success": with_fault(lambda path: Fault(path=path, cut=True)),
    "late answer": late,
    "expired token": expired,
    "duplicate webhook": duplicate,
    "out of order": out_of_order,
    "unknown fields": unknown_fields,
    "bad signature": forged,
    "replayed": replayed,
}


@contextmanager
def played(vendor: str) -> Iterator[Played]:
    """By name: tests/simulators/VENDOR.py has one Simulator, tests/flow/integrations/played/VENDOR.py one Play."""
    simulators = importlib.import_module(f"tests.simulators.{vendor}")
    [kind] = [
        each
        for each in vars(simulators).values()
        if isinstance(each, type) and issubclass(each, Simulator) and each.__module__ == simulators.__name__
    ]
    with kind() as simulator:
        play: Played = importlib.import_module(f"tests.flow.integrations.played.{vendor}").Play(simulator)
        yield play
        assert simulator.violations == []


TAKES_RESULTS = [name for name, each in sorted(VENDORS.items()) if each.about.can.text or each.about.can.score]


@pytest.mark.parametrize("vendor", TAKES_RESULTS)
def test_misbehaviour(world: World, vendor: str) -> None:
    with played(vendor) as play:
        stage = Stage(world, play)
        TABLE[vendor] = {name: cell(stage) for name, cell in CELLS.items()}


def test_the_table_is_whole() -> None:
    if not TABLE:
        pytest.skip("the rows above were not run")
    print()
    print(" | ".join(["system", *CELLS]))
    for vendor, row in TABLE.items():
        print(" | ".join([vendor, *row.values()]))
    assert all(re.search(r"\w", cell) for row in TABLE.values() for cell in row.values())
