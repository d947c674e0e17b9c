"""A reading that is asked for while one is running, over a real database and a simulated BambooHR, whose cursor is the
only memory of how people stood: what the running one has learnt is kept, and the one that was asked for is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api import linking
from api.app import build
from api.deps import App
from models.records import Connection
from models.settings import Settings
from tests.simulators.bamboohr import BambooHR
from tests.simulators.base import Answer, Call, Fault
from tests.store_world import NOW, add_job


class Interrupted(BambooHR):
    """Something happens once, when the applications are asked for."""

    meanwhile: Callable[[], object] | None = None

    def _handle(self, call: Call) -> tuple[Answer, Fault]:
        if self.meanwhile is not None and call.path.endswith("/applications"):
            happens, self.meanwhile = self.meanwhile, None
            happens()
        return super()._handle(call)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path, webhook_private=True))
    for name in ("deliver_due", "read_due"):  # the engine behind them is not launched
        setattr(built.pipeline, name, lambda: None)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


@pytest.fixture
def bamboo() -> Iterator[Interrupted]:
    with Interrupted() as running:
        yield running
        assert running.violations == []


def begun(app: App, org: str, bamboo: Interrupted) -> tuple[Connection, int]:
    """A connection that has read one application, and the application's id there."""
    made = linking.add(app, org, "bamboohr", "", bamboo.settings)
    connection = linking.change(app, org, made.id, enabled=True, mapping={"status.rejected": "5"})
    job = bamboo.opening("Nurse", "<p>Night shifts</p>")
    with app.database.store() as store:
        store.remember(connection, "job", str(job), local_id=add_job(store, org).id, now=NOW)
    applied = bamboo.applies(job, "Ada Byron", "ada@mail.example", b"A resume")
    assert read(app, connection).polled_at is not None
    return connection, applied["id"]


def read(app: App, connection: Connection) -> Connection:
    """Once; the connection after it."""
    app.pipeline.reading.poll(connection.organisation_id, connection.id)
    with app.database.reading() as store:
        return store.connection(connection.organisation_id, connection.id)


def outcomes(app: App, connection: Connection) -> list[str]:
    with app.database.reading() as store:
        [case] = store.remotes(connection, "application")
        return [each.kind for each in store.outcomes(case.organisation_id, case.local_id or "")]


def test_what_the_running_reading_learnt_is_kept_and_the_next_one_is_due(
    app: App, org: str, bamboo: Interrupted
) -> None:
    connection, person = begun(app, org, bamboo)
    bamboo.moves_to(person, "5", "2026-11-26T10:00:00Z")
    bamboo.meanwhile = lambda: linking.read_now(app, connection, anew=False)
    assert read(app, connection).polled_at is None, "what was asked for is still due"
    bamboo.moves_to(person, "3", "2026-11-27T10:00:00Z")
    assert read(app, connection).polled_at is not None
    assert outcomes(app, connection) == ["rejected", "undone"]


def test_one_from_the_beginning_begins_there(app: App, org: str, bamboo: Interrupted) -> None:
    connection, _ = begun(app, org, bamboo)
    bamboo.meanwhile = lambda: linking.read_now(app, connection, anew=True)
    found = read(app, connection)
    assert (found.cursor, found.polled_at) == (None, None)
