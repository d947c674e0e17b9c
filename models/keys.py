"""Where people's wrapped keys lie: `keys.db` beside a SQLite database, a table of its own in PostgreSQL. Fits
`models.engines.KeyStore`; made in `api.sealing`.

Its transactions are its own: SQLite's one write lock may be held by the very transaction that needs a key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    func,
    select,
    text,
    update,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects import postgresql, sqlite

from models.db import READING, checkpoint, engine_at, parse
from models.engines import WrappedKey

metadata = MetaData()
KEYS = Table(
    "person_keys",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("subject", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("master", String(32), nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    UniqueConstraint("subject", "version", name="person_keys_subject_version"),
)
AROUND = 50
"""Keys that are read at once: ids ascend by age, so whoever applied together is read together. Whoever reads people of
all ages says whom (`of`)."""
AT_ONCE = 500


class Keys:
    """Thread-safe. `url`: of the main database; in PostgreSQL its migrations have made the table."""

    def __init__(self, url: str) -> None:
        where = place(url)
        self._sqlite = where.get_backend_name() == "sqlite"
        self._engine = engine_at(where, small=True)
        self._reader = self._engine.execution_options(**READING[where.get_backend_name()])
        if self._sqlite:
            with self._engine.begin() as connection:
                metadata.create_all(connection)

    def close(self) -> None:
        self._engine.dispose()

    def is_empty(self) -> bool:
        with self._reader.begin() as connection:
            return connection.execute(select(KEYS.c.id).limit(1)).first() is None

    def around(self, id: str) -> list[WrappedKey]:
        with self._reader.begin() as connection:
            query = select(KEYS).where(KEYS.c.id >= id).order_by(KEYS.c.id).limit(AROUND)
            return [_key(row) for row in connection.execute(query)]

    def newest(self, subject: str) -> WrappedKey | None:
        with self._reader.begin() as connection:
            query = select(KEYS).where(KEYS.c.subject.in_([subject, gone(subject)]))
            rows = [_key(row) for row in connection.execute(query)]
        return max(rows, key=lambda one: (not one.wrapped, one.version), default=None)

    def of(self, subjects: Sequence[str]) -> list[WrappedKey]:
        found: list[WrappedKey] = []
        with self._reader.begin() as connection:
            for start in range(0, len(subjects), AT_ONCE):
                query = select(KEYS).where(KEYS.c.subject.in_(subjects[start : start + AT_ONCE]), KEYS.c.wrapped != b"")
                found += [_key(row) for row in connection.execute(query.order_by(KEYS.c.version))]
        return found

    def add(self, keys: Sequence[WrappedKey]) -> list[WrappedKey]:
        made = (sqlite.insert if self._sqlite else postgresql.insert)(KEYS).on_conflict_do_nothing()
        kept: dict[tuple[str, int], WrappedKey] = {}
        with self._engine.begin() as connection:
            for start in range(0, len(keys), AT_ONCE):
                some = keys[start : start + AT_ONCE]
                connection.execute(made, [asdict(key) for key in some])
                query = select(KEYS).where(KEYS.c.subject.in_([key.subject for key in some]))
                kept |= {(row.subject, row.version): _key(row) for row in connection.execute(query)}
        return [kept[key.subject, key.version] for key in keys]

    def subjects(self, after: str, limit: int) -> list[str]:
        """Whose keys there are, in order, from `after` on."""
        with self._reader.begin() as connection:
            query = select(KEYS.c.subject).where(KEYS.c.subject > after, KEYS.c.wrapped != b"").distinct()
            return list(connection.scalars(query.order_by(KEYS.c.subject).limit(limit)))

    def others(self, master: str, limit: int) -> list[WrappedKey]:
        with self._reader.begin() as connection:
            query = select(KEYS).where(KEYS.c.master != master, KEYS.c.wrapped != b"").limit(limit)
            return [_key(row) for row in connection.execute(query)]

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        with self._engine.begin() as connection:
            for key in keys:
                changed = update(KEYS).where(KEYS.c.id == key.id, KEYS.c.wrapped != b"")
                connection.execute(changed.values(master=key.master, wrapped=key.wrapped))

    def replaced(self, before: float) -> list[tuple[str, str]]:
        """(id, subject) of keys that a newer one had replaced at that time (seconds since the epoch)."""
        newer = KEYS.alias()
        latest = f"{round(before * 1000):012x}"  # ids begin with the millisecond in which they were made
        later = select(newer.c.id).where(
            newer.c.subject == KEYS.c.subject, newer.c.version > KEYS.c.version, newer.c.id < latest
        )
        query = select(KEYS.c.id, KEYS.c.subject).where(KEYS.c.wrapped != b"", later.exists())
        with self._reader.begin() as connection:
            return [(id, subject) for id, subject in connection.execute(query.order_by(KEYS.c.id))]

    def remove(self, ids: Sequence[str]) -> None:
        """Replaced keys that open nothing any more."""
        with self._engine.begin() as connection:
            for id in ids:
                connection.execute(KEYS.delete().where(KEYS.c.id == id))
        self._swept()

    def destroy(self, subject: str) -> None:
        with self._engine.begin() as connection:
            mine = KEYS.c.subject == subject
            known = connection.execute(select(KEYS.c.id).where(mine)).first()
            if known is not None:
                hidden = {"subject": gone(subject), "master": "", "wrapped": b""}
                connection.execute(update(KEYS).where(mine).values(hidden))
            elif connection.execute(select(KEYS.c.id).where(KEYS.c.subject == gone(subject))).first() is None:
                connection.execute(
                    plain_insert(KEYS).values(
                        id=gone(subject)[-32:], subject=gone(subject), version=0, master="", wrapped=b""
                    )
                )
        self._swept()

    def any_destroyed(self) -> bool:
        with self._reader.begin() as connection:
            return connection.execute(select(KEYS.c.id).where(KEYS.c.wrapped == b"").limit(1)).first() is not None

    def destroyed(self, among: Sequence[str]) -> list[str]:
        """Of these subjects, those whose keys were destroyed."""
        with self._reader.begin() as connection:
            there = set(connection.scalars(select(KEYS.c.subject).where(KEYS.c.wrapped == b"")))
        return [one for one in among if gone(one) in there] if there else []

    def count(self) -> dict[str, int]:
        """Keys under each master key."""
        with self._reader.begin() as connection:
            query = select(KEYS.c.master, func.count()).where(KEYS.c.wrapped != b"").group_by(KEYS.c.master)
            return {master: int(count) for master, count in connection.execute(query)}

    def _swept(self) -> None:
        """No copy stays behind in the log of changes, or where the row was."""
        if self._sqlite:
            checkpoint(self._engine)
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM person_keys"))


def place(url: str | URL) -> URL:
    """Of the keys of the database at `url`."""
    where = parse(url)
    if where.get_backend_name() != "sqlite":
        return where
    return where.set(database=str(Path(where.database or "").with_name("keys.db")))


def gone(subject: str) -> str:
    """What is kept of the subject of a destroyed key: enough to know it again, not to tell it."""
    return "gone:" + hashlib.sha256(subject.encode()).hexdigest()


def _key(row: Any) -> WrappedKey:
    return WrappedKey(row.id, row.subject, row.version, row.master, bytes(row.wrapped))
