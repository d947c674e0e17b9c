"""Who sits down at an interview when several nodes want it: the rooms of a real service on PostgreSQL, and what another
node holds, of which the test says when it is late. `tests/flow/cluster` does the same with whole processes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import api.holding
from api.app import build
from api.deps import App
from api.holding import LEASE_SECONDS, LOOK_SECONDS, SEEN_SECONDS, Holder, Holding
from api.line import REPLACED, Kind
from interview import events as ev
from models.records import Interview
from models.settings import Settings
from models.store.holding import claim_on, room_of
from tests.store_world import LATER, NOW, PLAN, add_job, add_screened

LONG = 60.0


class Page:
    """A candidate's page that only listens. `closed`: by which code."""

    kind: Kind = "page"

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.told: list[ev.Event] = []
        self.closed = 0

    async def receive(self) -> bytes | str | None:
        await self.gone.wait()
        return None

    async def send(self, message: ev.Event) -> None:
        self.told.append(message)

    async def refuse(self, refusal: ev.Refused) -> None:
        await self.send(refusal)
        self.gone.set()

    async def close(self, code: int, reason: str = "") -> None:
        self.closed = code
        self.gone.set()

    @property
    def is_in(self) -> bool:
        return any(isinstance(each, ev.SessionReady) for each in self.told)

    @property
    def refused(self) -> str:
        return next((each.code for each in self.told if isinstance(each, ev.Refused)), "")


@pytest.fixture
def app(tmp_path: Path, postgres_empty: str) -> Iterator[App]:
    built = build(Settings(home=tmp_path, database_url=postgres_empty), work=False)
    with built.database.system() as system:
        system.add_organisation("Example", NOW)
    yield built
    built.database.close()


@pytest.fixture
def there(app: App) -> Holding:
    """The other node."""
    return Holding(app.database, lambda: datetime.now(UTC))


def begun(app: App, org: str) -> Interview:
    with app.database.store() as store:
        application = add_screened(store, add_job(store, org), 0.9)
        made, _ = store.add_interview(
            org, application_id=application.id, plan=PLAN, link_hash=application.id, expires_at=LATER, now=NOW
        )
        store.open_interview(org, made.id, session_hash=made.id, consent_version="1", consent_sha256="c", now=NOW)
    with app.database.reading() as store:
        return store.interview(org, made.id)


@asynccontextmanager
async def coming_in(app: App, interview: Interview, tab: str = "mine") -> AsyncIterator[Page]:
    """Somebody at this node, until the block ends."""
    page = Page()
    inside = asyncio.create_task(app.rooms.converse(page, ev.SessionStart(tab=tab), interview))
    try:
        yield page
    finally:
        page.gone.set()
        async with asyncio.timeout(LONG):
            await inside


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(LONG):
        while not so():
            await asyncio.sleep(0.02)


def slept(app: App, holder: Holder) -> None:
    """Its lease has run out."""
    with app.database.system() as system:
        system.renew_leases([holder.text], datetime(2026, 1, 1, tzinfo=UTC), LEASE_SECONDS)


def claimed(app: App, interview: Interview) -> bool:
    with app.database.asking() as system:
        return bool(system.leases(claim_on(interview.id)))


def test_another_tab_is_asked_although_the_holders_lease_is_late(
    app: App, org: str, there: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.holding, "SEEN_SECONDS", LONG)  # however slow this machine is
    interview = begun(app, org)
    holder = there.holder(interview, "theirs")
    assert there.take(interview.id, holder)
    slept(app, holder)

    async def told() -> None:
        async with coming_in(app, interview) as page:
            await asyncio.sleep(2 * LOOK_SECONDS)
            assert (page.refused, page.is_in) == ("", False), "it may still say that it lives"
            assert not claimed(app, interview), "nobody is asked to leave for a tab that may not come in"
            there.look({interview.id: holder})
            await until(lambda: page.refused == "already_open")
        assert there.look({interview.id: holder}).lost == frozenset()

    asyncio.run(told())


def test_who_is_not_heard_of_is_followed_within_the_time_that_is_promised(app: App, org: str, there: Holding) -> None:
    interview = begun(app, org)
    holder = there.holder(interview, "theirs")
    assert there.take(interview.id, holder)
    slept(app, holder)

    async def told() -> None:
        began = time.monotonic()
        async with coming_in(app, interview) as page:
            await until(lambda: page.is_in)
            assert time.monotonic() - began >= SEEN_SECONDS
            assert there.look({interview.id: holder}).lost == {interview.id}

    asyncio.run(told())
    assert LEASE_SECONDS + SEEN_SECONDS + 2 * LOOK_SECONDS <= 10.0, "as docs/operating.md and decision 43 say"


def test_a_lease_that_is_only_being_taken_is_not_one_that_was_lost(app: App, org: str, there: Holding) -> None:
    """Where the database is slow, a node looks at its leases while it takes one. Whoever comes in so stays, and leaves
    when another node asks for the interview."""
    first, second = begun(app, org), begun(app, org)
    with app.database.system() as system:
        system.acquire_lease(room_of(second.id), "nobody|node|seat|session|tab", datetime.now(UTC), -LEASE_SECONDS)
    slow = create_engine(app.database.url)

    async def told() -> None:
        async with coming_in(app, first) as other, coming_in(app, second) as page:
            await until(lambda: other.is_in)
            with slow.begin() as connection:
                connection.execute(
                    text("SELECT 1 FROM leases WHERE name = :name FOR UPDATE"), {"name": room_of(second.id)}
                )
                await until(lambda: second.id in app.rooms.open)
                await asyncio.sleep(4 * LOOK_SECONDS)
                assert not page.is_in
            await until(lambda: page.is_in)
            await asyncio.sleep(2 * LOOK_SECONDS)
            assert page.refused == ""
            there.claim(second.id, there.holder(second, "theirs"))
            await until(lambda: page.closed == REPLACED)
            assert other.refused == ""

    asyncio.run(told())
    slow.dispose()
