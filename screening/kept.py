"""Resumes that were read before, by their bytes, so that a run that was stopped goes on where it was.

One SQLite file with what `prepare` made of each resume. It holds personal data (names, contact lines, all text), as
the uploads do: `foyer cache clear` deletes it, and it may be deleted at any time. Only this machine's own processes
write it; it is read with pickle, so keep FOYER_HOME to yourself.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from models.errors import EngineError, UnreadableDocument
from screening.duplicates import filed
from screening.prepared import Prepared

_LEVEL = 1  # of zlib: a quarter of the size for a third of a millisecond
_PACKAGES = ("screening", "matching", "models")


@dataclass(frozen=True, slots=True)
class Kept:
    """Packed, to be small: `texts`, what is embedded, one a span; the Prepared; what duplicates are found by. Or else
    `error` (detail, reason)."""

    texts: bytes = b""
    packed: bytes = b""
    compared: bytes = b""
    error: tuple[str, str] | None = None

    @classmethod
    def of(cls, name: str, prepared: Prepared) -> Kept:
        texts = json.dumps(prepared.texts, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return cls(zlib.compress(texts, _LEVEL), _packed(prepared), _packed(filed(name, prepared.parsed)))

    def embedded(self) -> list[str]:
        found: list[str] = json.loads(zlib.decompress(self.texts).decode("utf-8", "surrogatepass"))
        return found

    def prepared(self) -> Prepared:
        found: Prepared = unpacked(self.packed)
        return found

    def problem(self) -> UnreadableDocument | None:
        return UnreadableDocument(self.error[0], reason=self.error[1]) if self.error else None


def _packed(value: object) -> bytes:
    return zlib.compress(pickle.dumps(value, 5), _LEVEL)


def unpacked(packed: bytes) -> Any:
    return pickle.loads(zlib.decompress(packed))  # noqa: S301 - written by ourselves, see above


@cache
def code_digest() -> str:
    """Of all code and data that reading, parsing and preparing may depend on: any change, and resumes are read anew."""
    root, found = Path(__file__).resolve().parent.parent, hashlib.sha256()
    for package in _PACKAGES:
        for file in sorted((root / package).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                found.update(f"{file.relative_to(root)}\0".encode())
                found.update(file.read_bytes())
    return found.hexdigest()


def kept_key(content: bytes, name: str, *, settings: str, now: date) -> bytes:
    """32 bytes. `settings`: the limits and the vocabulary; `name` and `now` stand in what is read from a file."""
    about = json.dumps([name, settings, now.isoformat(), code_digest()])
    return hashlib.sha256(about.encode() + hashlib.sha256(content).digest()).digest()


class KeptFile:
    """Safe to share between threads and processes, like `matching.vector_file`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute(
                "CREATE TABLE IF NOT EXISTS resumes"
                " (key BLOB PRIMARY KEY, texts BLOB, packed BLOB, compared BLOB, detail TEXT, reason TEXT)"
            )
        path.chmod(0o600)

    def read(self, key: bytes) -> Kept | None:
        with self._open() as file:
            row: Any = file.execute(
                "SELECT texts, packed, compared, detail, reason FROM resumes WHERE key = ?", (key,)
            ).fetchone()
        if row is None:
            return None
        texts, packed, compared, detail, reason = row
        return Kept(error=(detail, reason)) if reason else Kept(texts, packed, compared)

    def count(self) -> int:
        with self._open() as file:
            return int(file.execute("SELECT count(*) FROM resumes").fetchone()[0])

    def write(self, fresh: Sequence[tuple[bytes, Kept]]) -> None:
        rows = [(key, kept.texts, kept.packed, kept.compared, *(kept.error or (None, None))) for key, kept in fresh]
        with self._open() as file:
            file.executemany("INSERT OR IGNORE INTO resumes VALUES (?, ?, ?, ?, ?, ?)", rows)

    def clear(self) -> None:
        """Overwritten, not merely unlisted."""
        with self._open() as file:
            file.execute("PRAGMA secure_delete=ON")
            file.execute("DELETE FROM resumes")
        with self._open() as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # no copy stays in the log of changes

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            with connection:
                yield connection
        except sqlite3.DatabaseError as broken:
            raise EngineError(
                f"{self._path}: the cache of read resumes cannot be used ({broken}); delete the file and try again"
            ) from broken
        finally:
            connection.close()
