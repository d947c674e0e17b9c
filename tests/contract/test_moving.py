"""An installation moved from SQLite to PostgreSQL and back: every table, every kind of value, nothing twice, and what
is not the same is found."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    URL,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    Table,
    create_engine,
    insert,
    text,
)

from api import cli, demographics, moving
from api.app import build
from api.deps import SystemClock
from api.sealing import seal_of
from compliance.seal import OpenSeal
from models import moving as rows_moving
from models import places
from models.columns import Sealed, SealedJson, Utc
from models.db import Database
from models.errors import BadRequest, Conflict, FoyerError, Unprocessable
from models.keys import KEYS
from models.moving import Count, Told, digests
from models.records import Base
from models.settings import Settings
from models.vault import SCHEMA
from models.vault import metadata as vault
from tests import store_world

ODD = datetime(2024, 2, 29, 23, 59, 59, 999999, timezone(timedelta(hours=-9, minutes=-30)))


@contextmanager
def unseen(_label: str) -> Iterator[Told]:
    yield lambda done, total: None


def odd(column: Column[Any], number: int) -> Any:
    """A value that databases keep in different ways."""
    kind = column.type
    if column.name == "id" or column.foreign_keys:
        return f"row-{number}"
    if isinstance(kind, Sealed | SealedJson | LargeBinary):
        return bytes([0, 255, number, *b"\x80'\\"])
    if isinstance(kind, Boolean):
        return number % 2 == 0
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return 0.1 + number / 3
    if isinstance(kind, DateTime | Utc):
        return ODD + timedelta(days=number)
    if isinstance(kind, JSON):
        return f'{{"z": [1.0, null, "Zo\\u00eb \\u0000", {number}], "a":  "\U0001f600"}}'
    return f"\u00d6{number} {column.name} '\\ \U0001f600"[: getattr(kind, "length", None) or 99]


def filled(url: URL, *tables: Table) -> None:
    """Two rows in each."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for table in tables:
            values = [{one.name: odd(one, number) for one in table.c} for number in (1, 2)]
            connection.execute(insert(places.plain(table)), values)
    engine.dispose()


@dataclass(frozen=True)
class Home:
    """A small installation on SQLite: people under real keys, somebody erased, answers in the vault, and rows of every
    table. `there`: an empty PostgreSQL."""

    settings: Settings
    here: str
    there: str
    organisation: str

    def move(self, source: str, target: str, **more: Any) -> moving.Moved:
        return moving.move(self.settings, source, target, clock=SystemClock(), **{"watched": unseen, **more})

    def digests(self, url: str) -> list[Count]:
        rows, keys, _ = places.places(url)
        apart = demographics.kept_apart(self.settings.model_copy(update={"database_url": url}))
        return [one for place in (rows, keys, apart) for one in digests(place)]

    def away(self, to: Path) -> None:
        """As the handbook says, before the way back."""
        to.mkdir()
        for file in self.settings.home.glob("*.db*"):
            file.rename(to / file.name)


@pytest.fixture(scope="module")
def filled_home(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> tuple[Path, str]:
    home = tmp_path_factory.mktemp("moving") / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "foyer.db")
    app = build(Settings(home=home), work=False)
    world = store_world.build(app.database)
    demographics.keep(app, world.organisation_id, world.candidate_id, {"sex": "female"})
    demographics.noted(app, world.organisation_id, actor="Kim", purpose="a test")
    app.seal.destroy("somebody who was erased")
    app.files.put(b"a resume", subject=world.candidate_id)
    filled(app.database.url, *Base.metadata.sorted_tables)
    app.database.close()
    return home, world.organisation_id


@pytest.fixture
def home(tmp_path: Path, filled_home: tuple[Path, str], postgres_empty: str) -> Home:
    engine = create_engine(postgres_empty)
    with engine.begin() as connection:
        connection.execute(text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
    engine.dispose()
    made, organisation = filled_home
    settings = Settings(home=Path(shutil.copytree(made, tmp_path / "home")))
    return Home(settings, settings.store_url, postgres_empty, organisation)


def test_everything_moves_and_comes_back_and_what_is_not_the_same_is_named(
    home: Home,
    tmp_path: Path,
    sqlite_template: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = home.digests(home.here)
    found = home.move(home.here, home.there, files_to=str(tmp_path / "files"))
    assert found.tables == before
    assert {one.table for one in found.tables} == {*Base.metadata.tables, KEYS.name, *vault.tables}
    assert all(one.rows for one in found.tables), found.tables
    assert (found.written, found.files) == (found.rows, 1)
    sealed = [
        next(folder.rglob("??/*.*")).read_bytes() for folder in (home.settings.home / "files", tmp_path / "files")
    ]
    assert sealed[0] == sealed[1] != b"a resume"
    for source, target in ((home.here, home.there), (home.there, home.here)):
        with pytest.raises(Conflict, match=r"is in use: it has rows in \w+"):
            home.move(source, target)
    home.away(tmp_path / "old")
    shutil.copyfile(sqlite_template, home.settings.home / "foyer.db")  # empty
    assert home.move(home.there, home.here).tables == before
    with closing(Database(home.here, seal_of(home.settings))) as database, database.reading() as store:
        found_again = store.people_at(home.organisation, "zoe@example.org", None)
        assert [one.name for one in found_again] == ["Zo\u00eb Example"], "her key came along, and opens"
    engine = create_engine(home.here)
    monkeypatch.setattr(sys, "argv", ["foyer", "migrate", "--from", home.there, "--to", home.here, "--verify"])
    monkeypatch.setenv("FOYER_HOME", str(home.settings.home))
    for change, told in (
        ("DELETE FROM leases WHERE id = 'row-2'", "leases, row-2: is in the old database and not in the new one"),
        ("UPDATE jobs SET threshold = threshold + 1e-9 WHERE id = 'row-1'", "jobs, row-1: differs in threshold"),
        ("UPDATE candidates SET name = x'00' WHERE id = 'row-2'", "candidates, row-2: differs in name"),
    ):
        with engine.begin() as connection:
            assert connection.execute(text(change)).rowcount == 1
        with pytest.raises(SystemExit, match="1"):
            cli.main()
        assert told in capsys.readouterr().err
    engine.dispose()


class Enough(Exception):
    """The move is over before its end, as by a kill."""


def dying(after: int, written: list[int] | None = None) -> moving.Watched:
    @contextmanager
    def watched(label: str) -> Iterator[Told]:
        def told(done: int, total: int) -> None:
            if label == "moving" and written is not None:
                written.append(done)
            if label == "moving" and done > after:
                raise Enough

        yield told

    return watched


def test_an_interrupted_move_is_finished_and_begun_anew_where_the_old_database_has_changed(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows_moving, "STEP", 1)
    with pytest.raises(Enough):
        home.move(home.here, home.there, watched=dying(40))
    with closing(Database(home.there, OpenSeal())) as database, pytest.raises(Conflict, match="goes on"):
        database.migrate()
    other = shutil.copyfile(home.settings.home / "foyer.db", home.settings.home / "other.db")
    with pytest.raises(Conflict, match="was interrupted"):
        home.move(f"sqlite:///{other}", home.there)
    written: list[int] = []
    with pytest.raises(Enough):
        home.move(home.here, home.there, watched=dying(60, written))
    assert written == [*range(42, 62)], "it went on behind the 41 that were there"
    engine = create_engine(home.here)
    with engine.begin() as connection:
        connection.execute(text("UPDATE audit_events SET at = '2026-11-20 09:30:15.000000' WHERE id = 'row-1'"))
    engine.dispose()
    found = home.move(home.here, home.there)
    assert found.written == found.rows, "what was written before is no beginning of it any more"
    assert home.digests(home.here) == home.digests(home.there)
    with closing(Database(home.there, OpenSeal())) as database:
        database.migrate()


def test_what_stands_in_the_way_is_told(home: Home, tmp_path: Path) -> None:
    def refused(source: str, target: str, match: str, kind: type[FoyerError] = BadRequest) -> None:
        with pytest.raises(kind, match=match):
            home.move(source, target)

    refused("mysql://h/db", home.there, "Foyer keeps its data in")
    refused(home.here, "postgresql://h:port/db", "is not a database URL")
    refused(home.here, home.here, "Name two databases")
    refused(f"sqlite:///{tmp_path}/none.db", home.there, "There is no .*none.db")
    assert not (tmp_path / "none.db").exists()
    refused(home.there, home.here, "holds no Foyer|is in use", FoyerError)
    (tmp_path / "text.db").write_text("This is no database. " * 100)
    refused(f"sqlite:///{tmp_path}/text.db", home.there, "cannot be used: file is not a database", FoyerError)
    refused(home.here, "postgresql://foyer:secret@127.0.0.1:1/foyer", "does not answer.*Start PostgreSQL", FoyerError)
    database = Database(home.here, OpenSeal())
    with database.system() as system:
        system.acquire_lease("executor:serve-0", "elsewhere:1:1", datetime.now(UTC), 30.0)
    refused(home.here, home.there, r"Foyer runs on the old database \(serve-0\)", Conflict)
    with database.system() as system:
        system.release_lease("executor:serve-0", "elsewhere:1:1")
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE jobs SET invite_policy = :long WHERE id = 'row-1'"), {"long": "x" * 500})
    refused(home.here, home.there, "jobs, row-1: invite_policy is longer than", Unprocessable)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0031'"))
    database.close()
    refused(home.here, home.there, "has schema 0031, this version of Foyer .* foyer migrate")
    (home.settings.home / "secret.key").unlink()
    refused(home.here, home.there, "There is no Foyer in")
