"""An installation's tables as they lie in a database: where, which, in what order, and what carries one over. Used by
`models.moving` and `api.moving`.

What there is is what the records, the keys, the vault and the vectors declare: no list of tables is kept here."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pgvector.sqlalchemy import VECTOR
from sqlalchemy import (
    JSON,
    URL,
    Column,
    Connection,
    Engine,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    Text,
    cast,
    delete,
    insert,
    inspect,
    select,
    text,
    tuple_,
)
from sqlalchemy.schema import CreateSchema
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine, UserDefinedType

from models import keys, vectors
from models.columns import Sealed, SealedJson, Utc
from models.db import MOVING, READING, engine_at, migrating, parse, reached, revisions
from models.errors import BadRequest
from models.records import Base

STEP = 500
"""Rows that are held at once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Tables that lie together: in one file of SQLite, or in one schema of PostgreSQL."""

    url: URL
    metadata: MetaData
    schema: str | None = None

    @property
    def where(self) -> str:
        """For people; without the password and options."""
        return shown(self.url) + (f", schema {self.schema}" if self.schema else "")


# ---------------------------------------------------------------- where it lies


def places(url: str) -> tuple[Place, Place, Place | None]:
    """Rows, people's keys, and vectors where there can be any. The vault is known to `api.demographics` alone."""
    where = parse(url)
    on_postgresql = where.get_backend_name() == "postgresql"
    if not on_postgresql:
        where = where.set(database=str(Path(where.database or "").resolve()))
    found = Place(where, vectors.metadata) if on_postgresql else None
    return Place(where, Base.metadata), Place(keys.place(where), keys.metadata), found


def shown(url: URL) -> str:
    return url.set(drivername=url.get_backend_name(), password=None, query={}).render_as_string()


@contextmanager
def open_to_read(place: Place) -> Iterator[Connection]:
    """One state of it throughout. Where nothing is there yet, nothing is made."""
    with reached(place.url), _engine(place) as engine:
        reader = engine.execution_options(**READING[place.url.get_backend_name()])
        with reader.connect() as connection, connection.begin():
            yield _within(connection, place)


@contextmanager
def open_to_write(place: Place) -> Iterator[Connection]:
    """For `copy`, which ends its own transactions. Rows come before those that refer to them, and PostgreSQL sees to
    it; SQLite's foreign keys are off, as in migrations."""
    with reached(place.url), _engine(place) as engine, engine.connect() as connection:
        yield _within(connection, place)


@contextmanager
def _engine(place: Place) -> Iterator[Engine]:
    engine = engine_at(place.url, migrating=True)
    try:
        yield engine
    finally:
        engine.dispose()


def _within(connection: Connection, place: Place) -> Connection:
    return connection.execution_options(schema_translate_map={None: place.schema}) if place.schema else connection


def is_there(url: URL) -> bool:
    """Of SQLite: opening a file would make it."""
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


def tables_of(connection: Connection, place: Place) -> list[Table]:
    """As declared, in the order of their references, those that are there."""
    there = set(inspect(connection).get_table_names(schema=place.schema))
    return [plain(table) for table in place.metadata.sorted_tables if table.name in there]


def make(place: Place) -> None:
    """The tables, where no migration makes them."""
    with migrating(place.url) as connection:
        if place.schema:
            connection.execute(CreateSchema(place.schema, if_not_exists=True))
        place.metadata.create_all(_within(connection, place))


# ---------------------------------------------------------------- one side


def checked(place: Place) -> None:
    """Raises BadRequest where it holds no Foyer, or one of another version."""
    if not is_there(place.url):
        raise BadRequest(f"There is no {place.where}. Correct the path: sqlite:/// and then all of it.")
    with open_to_read(place) as connection:
        current, newest = revisions(connection)
    if current is None:
        raise BadRequest(f"{place.where} holds no Foyer. Correct the address.")
    if current != newest:
        raise BadRequest(
            f"The database at {place.where} has schema {current}, this version of Foyer {newest}. Bring it up to date "
            f"first, with its address in FOYER_DATABASE_URL: foyer migrate. If it is newer, install that version here."
        )


def has_tables(place: Place) -> bool:
    if not is_there(place.url):
        return False
    with open_to_read(place) as connection:
        return bool(tables_of(connection, place))


def masters(place: Place) -> list[str]:
    """Ids of the master keys that people's keys lie under."""
    if not has_tables(place):
        return []
    with open_to_read(place) as connection:
        found = connection.scalars(select(keys.KEYS.c.master).where(keys.KEYS.c.wrapped != b"").distinct())
        return sorted(found)


def filled(place: Place) -> str | None:
    """A table of it that has rows, if any has."""
    if not is_there(place.url):
        return None
    with open_to_read(place) as connection:
        for table in tables_of(connection, place):
            if connection.execute(select(table.c[_id_names(table)[0]]).limit(1)).first() is not None:
                return table.name
    return None


def queue_is_used(url: str) -> bool:
    """Does the workflow engine's database know of any work? Without making one."""
    where = parse(url)
    if not is_there(where):
        return False
    schema = "dbos" if where.get_backend_name() == "postgresql" else None
    with open_to_read(Place(where, MetaData())) as connection:
        if not inspect(connection).has_table("workflow_status", schema=schema):
            return False
        name = "dbos.workflow_status" if schema else "workflow_status"
        return connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first() is not None  # noqa: S608 - ours


def takes_every_character(place: Place) -> None:
    """Raises BadRequest for a PostgreSQL database that would refuse a name."""
    if place.url.get_backend_name() != "postgresql":
        return
    with open_to_read(place) as connection:
        encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise BadRequest(
            f"The database at {place.where} is kept in {encoding}, which has no room for most names. Make it anew: "
            "CREATE DATABASE foyer ENCODING 'UTF8' TEMPLATE template0."
        )


# ---------------------------------------------------------------- a move that is under way


def under_way(place: Place) -> str | None:
    """From where, if a move into this database was begun and not ended."""
    if not is_there(place.url):
        return None
    with open_to_read(place) as connection:
        if not inspect(connection).has_table(MOVING.name):
            return None
        return connection.execute(select(MOVING.c.source)).scalar()


def begin(place: Place, source: str) -> None:
    """From here on no service starts on it, until `end`."""
    with migrating(place.url) as connection:
        MOVING.create(connection)
        connection.execute(insert(MOVING).values(source=source, began_at=datetime.now(UTC)))


def end(place: Place) -> None:
    with migrating(place.url) as connection:
        MOVING.drop(connection)


def empty(place: Place) -> None:
    """Of what an earlier run has left, nothing."""
    with open_to_write(place) as connection, connection.begin():
        for table in reversed(tables_of(connection, place)):
            connection.execute(delete(table))


# ---------------------------------------------------------------- rows, in the order of their ids


def last(connection: Connection, table: Table) -> tuple[Any, ...] | None:
    ids = _ordered(connection, table)
    query = select(*_id_columns(table)).order_by(*(one.desc() for one in ids)).limit(1)
    found = connection.execute(query).first()
    return None if found is None else tuple(found)


def rows(
    connection: Connection, table: Table, after: tuple[Any, ...] | None = None, until: tuple[Any, ...] | None = None
) -> Generator[Row[Any]]:
    """By id, held by the database and not here; closed before the connection is. `after` is excluded, `until` not."""
    ids = _ordered(connection, table)
    query = select(table).order_by(*ids)
    whole = tuple_(*ids) if len(ids) > 1 else ids[0]
    if after is not None:
        query = query.where(whole > _bound(after))
    if until is not None:
        query = query.where(whole <= _bound(until))
    with connection.execute(query, execution_options={"yield_per": STEP}) as found:
        yield from found


def _bound(ids: tuple[Any, ...]) -> Any:
    return tuple_(*ids) if len(ids) > 1 else ids[0]


# ---------------------------------------------------------------- tables as they lie


class AsText(UserDefinedType[str]):
    """JSON and vectors by their text: read and written without a change."""

    cache_ok = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_: Any) -> str:
        return self.kind

    def column_expression(self, colexpr: ColumnElement[Any]) -> ColumnElement[Any]:
        return cast(colexpr, Text)


@cache
def plain(table: Table) -> Table:
    """The same table, its values as they lie: sealed ones as bytes."""
    columns = [Column(one.name, _raw(one.type), primary_key=one.primary_key) for one in table.c]
    return Table(table.name, MetaData(), *columns)


def _raw(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, Sealed | SealedJson):
        return LargeBinary()
    if isinstance(kind, JSON):
        return AsText("JSON")
    if isinstance(kind, VECTOR):
        return AsText("VECTOR")
    return Utc() if isinstance(kind, Utc) else kind


def _id_names(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _id_columns(table: Table) -> list[Column[Any]]:
    return [table.c[name] for name in _id_names(table)]


def _ordered(connection: Connection, table: Table) -> list[ColumnElement[Any]]:
    """Byte by byte on both sides, as SQLite does; PostgreSQL sorts words as its locale wishes."""
    if connection.dialect.name == "sqlite":
        return list(_id_columns(table))
    return [one.collate("C") if isinstance(one.type, String) else one for one in _id_columns(table)]


def id_of(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in _id_names(table))


def called(table: Table, row: Row[Any]) -> str:
    return " ".join(str(one) for one in id_of(table, row))
