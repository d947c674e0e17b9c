"""An installation's rows from one database to another, and the proof that they are the same there. Used by `api.moving`
for `foyer migrate --from --to`.

Values are copied as they lie: what is sealed stays sealed, JSON keeps its very text. They are compared as values, so
that it does not matter how each database keeps a truth, an instant or a number.

A table is read in the order of its ids, byte by byte, and written some rows to a transaction. So whatever an
interrupted move has left is a beginning of each table, and the next run goes on behind it."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, Row, Table, func, insert, select, text
from sqlalchemy.types import TypeEngine

from models.db import migrating
from models.errors import Unprocessable
from models.places import (
    STEP,
    AsText,
    Place,
    called,
    id_of,
    is_there,
    last,
    open_to_read,
    open_to_write,
    rows,
    tables_of,
)

INTEGER = 2**31
"""PostgreSQL's integers end here; SQLite's do not."""

Told = Callable[[int, int], None]
"""Rows that are done, and all there are."""


@dataclass(frozen=True, slots=True)
class Pair:
    source: Place
    target: Place

    @property
    def is_one(self) -> bool:
        """Both sides have these in the same place, such as keys beside two SQLite files of one folder."""
        return (self.source.url, self.source.schema) == (self.target.url, self.target.schema)


@dataclass(frozen=True, slots=True)
class Count:
    """A table, the same on both sides. `digest`: sha256 of its rows as values, by id, whatever the database."""

    table: str
    rows: int
    digest: str


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row of a table that is not the same on both sides. No value is told: it may be about somebody."""

    table: str
    id: str
    how: str

    def __str__(self) -> str:
        return f"{self.table}, {self.id}: {self.how}"


# ---------------------------------------------------------------- copying


def count(pairs: Sequence[Pair]) -> int:
    """Rows there are to move."""
    found = 0
    for pair in _there(pairs):
        with open_to_read(pair.source) as connection:
            for table in tables_of(connection, pair.source):
                found += connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def copy(pairs: Sequence[Pair], told: Told) -> int:
    """All rows that are not there yet. Returns how many were written. Raises Unprocessable for a row that the target
    cannot hold."""
    total, done, written = count(pairs), 0, 0
    for pair in _there(pairs):
        with open_to_read(pair.source) as source, open_to_write(pair.target) as target:
            unsaved = 0
            for table in tables_of(source, pair.source):
                after = last(target, table)
                done += target.execute(select(func.count()).select_from(table)).scalar_one()
                with closing(rows(source, table, after)) as left:
                    while some := list(islice(left, STEP)):
                        _fit(target, table, some)
                        target.execute(insert(table), [row._asdict() for row in some])
                        unsaved += len(some)
                        if unsaved >= STEP:
                            target.commit()
                            written, done, unsaved = written + unsaved, done + unsaved, 0
                            told(done, total)
            target.commit()
            written, done = written + unsaved, done + unsaved
            told(done, total)
        _surveyed(pair.target)
    return written


def is_beginning(pairs: Sequence[Pair], told: Told) -> bool:
    """Is what the target has of each table the same as the first rows of it?"""
    total, done = count(pairs), 0
    for pair in _there(pairs):
        with open_to_read(pair.source) as source, open_to_read(pair.target) as target:
            for table in tables_of(source, pair.source):
                if (end := last(target, table)) is None:
                    continue
                with closing(rows(source, table, until=end)) as mine, closing(rows(target, table)) as theirs:
                    one = _compared(table, mine, theirs, partial(_told, told, done, total))
                if isinstance(one, Difference):
                    return False
                done += one.rows
    return True


def _told(told: Told, before: int, total: int, rows: int) -> None:
    told(before + rows, total)


def _there(pairs: Sequence[Pair]) -> list[Pair]:
    """Those that have two sides, and a source."""
    return [pair for pair in pairs if not pair.is_one and is_there(pair.source.url)]


def _surveyed(place: Place) -> None:
    """PostgreSQL would learn by itself what its indexes hold, after a while; SQLite is told at the service's start."""
    if place.url.get_backend_name() == "postgresql":
        with migrating(place.url) as connection:
            names = [
                f"{f'{place.schema}.' if place.schema else ''}{table.name}" for table in tables_of(connection, place)
            ]
            connection.execute(text(f"ANALYZE {', '.join(names)}"))


def _fit(target: Connection, table: Table, rows: Sequence[Row[Any]]) -> None:
    """What SQLite takes and PostgreSQL refuses is named by row and column, before anything of these is written."""
    if target.dialect.name != "postgresql":
        return
    for column in table.c:
        for row in rows:
            if wrong := _misfit(column, getattr(row, column.name)):
                raise Unprocessable(
                    f"{table.name}, {called(table, row)}: {column.name} {wrong}, which PostgreSQL does not hold. "
                    "Change or erase it in the old installation, then give the same command again."
                )


def _misfit(column: Column[Any], value: Any) -> str:
    if isinstance(value, str):
        if "\0" in value:
            return "has a character of no text (NUL)"
        longest = getattr(column.type, "length", None)
        return f"is longer than {longest} characters" if longest and len(value) > longest else ""
    if isinstance(column.type, Integer) and isinstance(value, int) and not -INTEGER <= value < INTEGER:
        return "is a number beyond 2,147,483,647"
    return ""


# ---------------------------------------------------------------- comparing


def compare(pairs: Sequence[Pair], told: Told) -> list[Count] | Difference:
    """Every row of every table, as values: what there is, or the first difference."""
    total, done, found = count(pairs), 0, list[Count]()
    for pair in _there(pairs):
        with open_to_read(pair.source) as source, open_to_read(pair.target) as target:
            for table in tables_of(source, pair.source):
                with closing(rows(source, table)) as mine, closing(rows(target, table)) as theirs:
                    one = _compared(table, mine, theirs, partial(_told, told, done, total))
                if isinstance(one, Difference):
                    return one
                found.append(one)
                done += one.rows
    return found


def digests(place: Place) -> list[Count]:
    """Of one side alone."""
    with open_to_read(place) as connection:
        return [
            _digested(table.name, (_values(table, row) for row in rows(connection, table)))
            for table in tables_of(connection, place)
        ]


def _compared(
    table: Table, left: Iterator[Row[Any]], right: Iterator[Row[Any]], told: Callable[[int], None]
) -> Count | Difference:
    digest, rows = hashlib.sha256(), 0
    while True:
        one, other = next(left, None), next(right, None)
        if one is None and other is None:
            told(rows)
            return Count(table.name, rows, digest.hexdigest())
        if one is None or (other is not None and id_of(table, other) < id_of(table, one)):
            assert other is not None
            return Difference(table.name, called(table, other), "is in the new database and not in the old one")
        if other is None or id_of(table, one) < id_of(table, other):
            return Difference(table.name, called(table, one), "is in the old database and not in the new one")
        mine, theirs = _values(table, one), _values(table, other)
        if mine != theirs:
            names = [column.name for column, a, b in zip(table.c, mine, theirs, strict=True) if a != b]
            return Difference(table.name, called(table, one), f"differs in {', '.join(names)}")
        _add(digest, mine)
        rows += 1
        if rows % STEP == 0:
            told(rows)


def _digested(name: str, rows: Iterator[list[bytes]]) -> Count:
    digest, count = hashlib.sha256(), 0
    for values in rows:
        _add(digest, values)
        count += 1
    return Count(name, count, digest.hexdigest())


def _add(digest: Any, values: Sequence[bytes]) -> None:
    for value in values:
        digest.update(struct.pack("<Q", len(value)))
        digest.update(value)


def _values(table: Table, row: Row[Any]) -> list[bytes]:
    return [_value(column.type, value) for column, value in zip(table.c, row, strict=True)]


def _value(kind: TypeEngine[Any], value: Any) -> bytes:
    """The same bytes for the same value: what kind of thing it is, and the thing."""
    if value is None:
        return b"-"
    if isinstance(kind, AsText):
        return b"j" + json.dumps(json.loads(value), sort_keys=True).encode()
    if isinstance(value, datetime):
        return b"t" + value.astimezone(UTC).isoformat(timespec="microseconds").encode()
    if isinstance(kind, Float):
        return b"f" + struct.pack("<d", value)
    if isinstance(value, str):
        return b"s" + value.encode()
    if isinstance(value, bytes | memoryview | bytearray):
        return b"x" + bytes(value)
    return b"i" + str(int(value)).encode()  # a truth is 0 or 1 everywhere
