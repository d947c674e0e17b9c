"""URL -> engine, transactions, migrations. The only file that knows SQLite from PostgreSQL. Used by `api`.

Both databases give the store the same promises: a committed transaction survives SIGKILL and power loss, a transaction
that writes sees what was committed before it began to write, and two processes may use one database at a time.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Connection,
    DateTime,
    Engine,
    MetaData,
    NullPool,
    Table,
    Text,
    create_engine,
    event,
    inspect,
    make_url,
    text,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, DataError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from models.engines import Seal
from models.errors import BadRequest, Busy, Conflict, EngineError, FoyerError, NoSpace, Unprocessable
from models.records import Base
from models.store import Store
from models.store.system import System

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 30_000
KEPT, AT_MOST = 5, 20
"""Connections to PostgreSQL of one process: those that stay open, and all. Several processes share a server that has a
hundred as it is delivered (docs/operating.md counts them); who finds all in use waits for half a minute."""
SMALL_KEPT, SMALL_AT_MOST = 1, 5
WORTH_A_SURVEY, LOOKED_AT = 1_000, 1_000
"""Applications from which on SQLite is told what its indexes hold, and rows of each index it looks at."""
READING: dict[str, dict[str, Any]] = {
    "sqlite": {"foyer_reading": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
"""What makes a transaction one that only reads."""
AWAY = ("08", "28", "3D", "53", "57P")
"""How PostgreSQL's codes begin that tell of the server or of the way to it; where nothing answers there is none."""
_WRITING = ("INSERT", "UPDATE", "DELETE", "REPLACE", "BEGIN")
"""How statements begin before which Python's driver begins a transaction, or that begin one themselves."""
_MIGRATION_LOCK = 0x466F7965  # any constant, the same in every process
MOVING = Table("foyer_move", MetaData(), Column("source", Text), Column("began_at", DateTime(timezone=True)))
"""There while `foyer migrate --to` fills this database, and after it was interrupted (`models.moving`)."""


class Database:
    """One database. Every transaction is one `with` block; what is read inside stays readable after it."""

    def __init__(self, url: str, seal: Seal) -> None:
        self.url = parse(url)
        self.engine = engine_at(self.url)
        self.seal = seal
        self.engine.dialect.foyer_seal = seal  # type: ignore[attr-defined]  # read by models.columns
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        """When deeds are entered into the audit log; the service puts its own clock here."""
        self._thread = threading.local()
        self._turn = Turn()
        self._reader = self.engine.execution_options(**READING[self.url.get_backend_name()])

    @property
    def is_shared(self) -> bool:
        """Nodes on several machines may use it; a SQLite file has one."""
        return self.url.get_backend_name() == "postgresql"

    @contextmanager
    def store(self) -> Iterator[Store]:
        """A transaction that may write: committed at the end of the block, rolled back on an exception.

        What was done in it is entered into the audit log as its last act, so that there is no deed without its entry
        and no entry without its deed. On SQLite it holds the one write lock from its first statement on: keep it short,
        and never nest it."""
        with self._writing() as session:
            store = Store(session)
            yield store
            store.write_deeds(self.now())

    @contextmanager
    def reading(self) -> Iterator[Store]:
        """A transaction that only reads: one state throughout, waiting for no writer and keeping none waiting."""
        with _fitting(), Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield Store(session)

    @contextmanager
    def system(self) -> Iterator[System]:
        """As `store`, for the few questions that are asked before an organisation is known."""
        with self._writing() as session:
            yield System(session)

    @contextmanager
    def asking(self) -> Iterator[System]:
        """As `system`, only to read: keeps no writer waiting."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield System(session)

    def migrate(self) -> None:
        """Bring the schema to the newest revision. Of several processes that start together one does the work. Raises
        Conflict while an installation is moved here, EngineError where PostgreSQL is away, BadRequest where a newer
        Foyer has been at work. A new SQLite file is laid out as the records say, which is what all revisions come to:
        they build most tables anew several times."""
        from alembic import command  # only `migrate` needs it, and it is slow to import

        with reached(self.url), migrating(self.url) as connection:
            if inspect(connection).has_table(MOVING.name):
                raise Conflict(
                    "An installation is being moved into this database, or its move was interrupted. Give the same "
                    "`foyer migrate --from ... --to ...` again: it goes on. Until it has ended nothing starts here."
                )
            config = migration_config(connection)
            if connection.dialect.name == "sqlite" and not inspect(connection).get_table_names():
                Base.metadata.create_all(connection)
                command.stamp(config, "head")
            else:
                _upgrade(config)

    def survey(self, *, worth: int = WORTH_A_SURVEY) -> None:
        """SQLite learns how many rows have which value, from a thousand of each index, in a tenth of a second: without
        that it takes an index over everybody for one over a person. PostgreSQL does so by itself; of fewer applications
        than `worth` nothing is to be learnt."""
        if self.url.get_backend_name() != "sqlite":
            return
        with self.engine.begin() as connection:
            some = text("SELECT count(*) FROM (SELECT 1 FROM applications LIMIT :worth)")
            if (connection.scalar(some, {"worth": worth}) or 0) < worth:
                return
            connection.exec_driver_sql(f"PRAGMA analysis_limit={LOOKED_AT}")
            connection.exec_driver_sql("ANALYZE")

    def tidy(self) -> None:
        """What was deleted leaves no copy behind in SQLite's log of changes. PostgreSQL sees to its own."""
        if self.url.get_backend_name() == "sqlite":
            checkpoint(self.engine)

    def is_away(self, error: BaseException) -> bool:
        """Something failed because just then nothing could be kept or read: later the same will do."""
        if isinstance(error, DatabaseError):
            told = trouble(self.url, error)
            return told is not None and told.retry
        return isinstance(error, NoSpace | Busy | PoolTimeout)

    def close(self) -> None:
        self.engine.dispose()
        self.seal.close()

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        if getattr(self._thread, "writing", False):  # SQLite would wait for itself until the busy timeout
            raise RuntimeError("This thread is in a writing transaction already: pass its store on, or end it first.")
        self._thread.writing = True
        turn = self._turn if self.url.get_backend_name() == "sqlite" else contextlib.nullcontext()
        try:
            with turn, _fitting(), Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            if _no_space(error.orig):
                raise NoSpace from error
            if _busy(error.orig):
                raise Busy(BUSY_MS / 1000) from error
            raise
        finally:
            self._thread.writing = False


class Turn:
    """SQLite has one writer at a time. Who finds another writing sleeps, looks again and sleeps for longer, a tenth of
    a second in the end: among twenty threads an unlucky one waits for seconds. In one process they wait for each other
    here, and whoever is next begins at once; other processes are waited for as before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def take(self) -> None:
        """Raises Busy."""
        if not self._lock.acquire(timeout=BUSY_MS / 1000):
            raise Busy(BUSY_MS / 1000)

    def leave(self) -> None:
        self._lock.release()

    def __enter__(self) -> None:
        self.take()

    def __exit__(self, *_: object) -> None:
        self.leave()


@contextmanager
def _fitting() -> Iterator[None]:
    """PostgreSQL refuses what SQLite takes; its own words quote the value, which may be about somebody."""
    try:
        yield
    except DataError as error:
        raise Unprocessable("Something in it is too long to be kept, or holds a character of no text.") from error
    except StatementError as error:
        if isinstance(error.orig, FoyerError):  # a seal's, such as that the person was erased
            raise error.orig from error
        raise


@contextmanager
def migrating(url: str | URL) -> Iterator[Connection]:
    """A connection in one transaction that no other migration shares. Also what `migrations/env.py` runs on."""
    engine = engine_at(parse(url), migrating=True)
    try:
        with engine.connect() as connection, connection.begin():
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            yield connection
    finally:
        engine.dispose()


def migration_config(connection: Connection) -> Any:
    """An alembic Config that works on an open connection, inside its transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """(of this database, None for one without a schema; the newest that this version of Foyer knows)."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory.from_config(migration_config(connection)).get_current_head()


@contextmanager
def reached(url: URL) -> Iterator[None]:
    """What goes wrong with a database as a whole, in words that say what to do."""
    try:
        yield
    except DatabaseError as error:
        if (told := trouble(url, error)) is not None:
            raise told from error
        raise


def trouble(url: URL, error: DatabaseError) -> FoyerError | None:
    """What is wrong with the database, or its server, as a whole; None for what is wrong with a statement."""
    if _no_space(error.orig):
        return NoSpace()
    if _busy(error.orig):
        return Busy(BUSY_MS / 1000)
    said = str(error.orig).strip().partition("\n")[0]
    where = url.set(drivername=url.get_backend_name(), password=None, query={}).render_as_string()
    if url.get_backend_name() == "sqlite":
        primary = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
        if primary in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            return EngineError(f"{where} cannot be used: {said}. Correct the path or its rights, or restore a backup.")
        return None
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == "42501":
        return EngineError(
            f"{where} does not let Foyer do that: {said}. Make its user the owner of the database; the extension "
            "`vector` may have to be made by an administrator: CREATE EXTENSION vector."
        )
    if isinstance(error, OperationalError) and (not state or state.startswith(AWAY)):
        return EngineError(f"{where} does not answer: {said}. Start PostgreSQL, or correct the address.", retry=True)
    return None


def _no_space(error: BaseException | None) -> bool:
    """Did a statement fail because the disk takes nothing more?"""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF  # of I/O errors there are many kinds
    return primary in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR) or getattr(error, "sqlstate", "") == "53100"


def _busy(error: BaseException | None) -> bool:
    """Did another hold the lock for longer than the busy timeout, or than PostgreSQL's lock_timeout?"""
    primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return primary == sqlite3.SQLITE_BUSY or getattr(error, "sqlstate", "") == "55P03"


def _upgrade(config: Any) -> None:
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise BadRequest(
            f"The database is a newer Foyer's ({error}). Start that one, or let it take the schema back first, as "
            "docs/runbooks.md says."
        ) from error


def parse(url: str | URL) -> URL:
    """As people write them, `postgres://` too. Raises BadRequest."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # of a port that is no number
        raise BadRequest(
            "FOYER_DATABASE_URL is not a database URL; write sqlite:////path/foyer.db or postgresql://..."
        ) from None
    if parsed.get_backend_name() in ("postgresql", "postgres"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise BadRequest(
        f"Foyer keeps its data in a SQLite file or in PostgreSQL, not in {parsed.render_as_string()}; "
        "set FOYER_DATABASE_URL to sqlite:////path/foyer.db or postgresql://..."
    )


def engine_at(url: URL, *, migrating: bool = False, small: bool = False) -> Engine:
    """Connections that keep the promises above. `small`: for few and short statements."""
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, migrating=migrating)
    if migrating:
        return create_engine(url, poolclass=NullPool)
    kept, most = (SMALL_KEPT, SMALL_AT_MOST) if small else (KEPT, AT_MOST)
    return create_engine(url, pool_size=kept, max_overflow=most - kept, pool_pre_ping=True)


def _sqlite(url: URL, *, migrating: bool) -> Engine:
    """WAL, so that readers and the writer do not wait for each other; synchronous FULL, so that a commit is on disk.

    A migration rebuilds tables by dropping them, which with enforced foreign keys would delete the rows of others."""
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    # Last in, first out: each connection has a cache of its own, and the few that are used stay warm.
    kept: dict[str, Any] = {"pool_size": 16, "max_overflow": 48, "pool_use_lifo": True}
    engine = create_engine(url, **({"poolclass": NullPool} if migrating else kept))

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves, below
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not merely unlisted
            cursor.execute(f"PRAGMA foreign_keys={'OFF' if migrating else 'ON'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that begins as a reader and then writes fails at once when another wrote in between, however
        # long the busy timeout; one that begins as the writer waits for its turn.
        reading = connection.get_execution_options().get("foyer_reading", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def queue_at(url: str) -> Engine:
    """The workflow engine's own SQLite file. It writes from two dozen threads, several times for each file that is
    screened: readers keep no writer waiting here, writers take turns, and a commit is not waited for until it is on
    disk. It survives SIGKILL all the same; what a power cut takes from its end is begun again by the sweep, since what
    was done stands in Foyer's own database."""
    engine = create_engine(url, pool_size=16, max_overflow=48, pool_use_lifo=True)
    turn = Turn()

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # as the engine would have it: before what writes, a transaction
        with contextlib.closing(connection.cursor()) as cursor:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "before_cursor_execute")
    def wait(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        writes = statement.lstrip()[:7].upper().startswith(_WRITING)
        if writes and not connection.info.get("turn"):
            turn.take()
            connection.info["turn"] = True

    @event.listens_for(engine, "checkin")
    def leave(_connection: object, record: Any) -> None:
        if record.info.pop("turn", False):
            turn.leave()

    return engine


def checkpoint(engine: Engine) -> None:
    """Of SQLite: what stands in the write-ahead log goes to the database, and the log is cut to nothing. Where somebody
    reads just then, the next one does it."""
    raw = engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute("PRAGMA busy_timeout=2000")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.fetchall()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    finally:
        raw.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turning a fresh file to WAL fails at once while another process does the same; the busy timeout is not asked."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
