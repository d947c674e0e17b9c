"""The running service's own database, opened beside it: for what only time or bad luck would bring about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.orm import Session

from api.sealing import seal_of
from interview.events import DialogueEvent
from models.db import Database
from models.store import Store
from tests.flow.kinds import settings_of


def database_of(home: Path) -> Database:
    settings = settings_of(home)
    return Database(settings.store_url, seal_of(settings))


@contextmanager
def behind(home: Path) -> Iterator[tuple[Store, str]]:
    """A transaction that may write, and the id of the one organisation there is, or of the first."""
    database = database_of(home)
    with database.asking() as system:
        organisation = system.organisations()[0].id
    with database.store() as store:
        yield store, organisation
    database.close()


@contextmanager
def rows_of(home: Path) -> Iterator[Session]:
    """Its rows, to be read and changed as no method of the store does."""
    database = database_of(home)
    with Session(database.engine) as session, session.begin():
        yield session
    database.close()


def happened(home: Path, interview_id: str, *events: DialogueEvent) -> None:
    """As if the room had kept these last."""
    with behind(home) as (store, organisation):
        log = store.events(organisation, interview_id)
        at = log[-1][1] if log else store.interview(organisation, interview_id).invited_at.timestamp()
        added = [(at + n, event.model_dump(mode="json")) for n, event in enumerate(events)]
        store.append_events(organisation, interview_id, len(log), added)
