"""Answers that have not the form their connector knows, over a real database and simulated systems: a person sees it in
words, nothing that was read is lost, and nothing from the answer itself is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import linking
from api.app import build
from api.deps import App
from api.systems import choices_of, progress_of
from models.records import Connection
from models.settings import Settings
from tests.simulators.ashby import Ashby
from tests.simulators.base import Fault
from tests.simulators.lever import Lever
from tests.store_world import NOW, add_job


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    built = build(Settings(home=tmp_path, webhook_private=True))
    for name in ("deliver_due", "read_due"):  # the engine behind them is not launched
        setattr(built.pipeline, name, lambda: None)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


def connect(app: App, org: str, vendor: str, settings: dict[str, str]) -> Connection:
    made = linking.add(app, org, vendor, "", settings)
    return linking.change(app, org, made.id, enabled=True)


def read(app: App, connection: Connection) -> Connection:
    """Once; the connection after it."""
    app.pipeline.reading.poll(connection.organisation_id, connection.id)
    with app.database.reading() as store:
        return store.connection(connection.organisation_id, connection.id)


def test_a_reading_that_meets_a_strange_answer_says_so_and_goes_on_from_its_cursor(app: App, org: str) -> None:
    with Ashby() as ashby:
        ashby.opening("Backend Engineer", "Wanted: Python")
        connection = connect(app, org, "ashby", ashby.settings)
        cursor = read(app, connection).cursor
        assert cursor is not None
        ashby.faults.append(Fault(path="/jobPosting.list", status=200))
        broken = read(app, connection)
        assert broken.cursor == cursor
        assert broken.problem is not None
        assert broken.problem.startswith("Ashby gave an answer that Foyer does not understand: 'results' is missing")
        assert "simulated" not in broken.problem
        assert broken.polled_at is not None, "it is asked again when it is due, not at once"
        assert progress_of(broken).problem
        again = read(app, connection)
        assert (again.problem, again.failures) == (None, 0)


def test_a_list_that_is_none_is_no_empty_list(app: App, org: str) -> None:
    """Else the cursor would move past people who were never shown."""
    with Lever() as lever:
        lever.opening("p-1", "Backend Engineer", "Wanted: Python")
        connection = connect(app, org, "lever", lever.settings)
        with app.database.store() as store:
            store.remember(connection, "job", "p-1", local_id=add_job(store, org).id, now=NOW)
        cursor = read(app, connection).cursor
        lever.faults.append(Fault(path="/v1/opportunities$", status=200))
        broken = read(app, connection)
        assert broken.cursor == cursor
        assert "'data' is missing in it" in (broken.problem or "")


def test_one_entry_that_cannot_be_taken_in_holds_up_nobody_behind_it(
    app: App, org: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No entry is known that would do it: so the door itself is made to stumble over one."""
    with Ashby() as ashby:
        for title in ("First", "Second", "Third"):
            ashby.opening(title, "text")
        connection = connect(app, org, "ashby", ashby.settings)
        take = app.pipeline.reading.intake.take

        def stumbles(row: Connection, item: Any, **more: Any) -> str | None:
            if item.title == "Second":
                raise ValueError(item.title)
            return take(row, item, **more)

        monkeypatch.setattr(app.pipeline.reading.intake, "take", stumbles)
        found = read(app, connection)
        with app.database.reading() as store:
            assert [one.title for one in store.remotes(found, "job")] == ["First", "Third"]
            [kept] = store.inbox(found, state="dead")
        assert kept.problem == "This entry cannot be taken in: it has another form (ValueError)."
        assert found.progress["problems"] == 1
        assert found.cursor is not None


def test_the_live_lists_say_it_too(app: App, org: str) -> None:
    with Ashby() as ashby:
        connection = connect(app, org, "ashby", ashby.settings)
        ashby.faults.append(Fault(path="/interviewPlan.list", status=200))
        assert "'results' is missing in it" in choices_of(app, connection)[1]
