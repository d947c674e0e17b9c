"""Vectors by content in one SQLite file. It holds no text. Called by `matching.embedder` and the bulk path.

Several processes and threads may share the file: WAL, one short connection a call, writes that ignore what another
process already wrote.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from models.engines import Vector, Vectors
from models.errors import EngineError

_MOST_VARIABLES = 900  # SQLite allowed 999 before 3.32


def vector_key(model: str, text: str) -> bytes:
    """16 bytes for a text as this model (name, weights, precision) encodes it."""
    return hashlib.blake2b(f"{model}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


class VectorFile:
    """Rows in the order written, found through an index of short keys: appending stays cheap at a million rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute("DROP TABLE IF EXISTS vectors")  # an older form of this cache
            file.execute("CREATE TABLE IF NOT EXISTS encoded (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """What is known of `keys`, float32."""
        found: dict[bytes, Vectors] = {}
        wanted = sorted(set(keys))
        with self._open() as file:
            for at in range(0, len(wanted), _MOST_VARIABLES):
                some = wanted[at : at + _MOST_VARIABLES]
                marks = ",".join("?" * len(some))
                rows = file.execute(f"SELECT key, vector FROM encoded WHERE key IN ({marks})", some)  # noqa: S608 - marks only
                found |= {key: np.frombuffer(blob, np.float32) for key, blob in rows}
        return found

    def write(self, fresh: Mapping[bytes, Vector]) -> None:
        """All in one transaction."""
        rows = [(key, np.ascontiguousarray(vector, np.float32).tobytes()) for key, vector in fresh.items()]
        with self._open() as file:
            file.executemany("INSERT OR IGNORE INTO encoded VALUES (?, ?)", rows)

    def drop(self, keys: Sequence[bytes]) -> None:
        """Overwritten, not merely unlisted. What others have in common with them is computed again."""
        with self._open() as file:
            file.execute("PRAGMA secure_delete=ON")
            file.executemany("DELETE FROM encoded WHERE key = ?", [(key,) for key in keys])
        with self._open() as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # no copy stays in the log of changes

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=30)
        try:
            connection.execute("PRAGMA synchronous=NORMAL")  # a vector lost to a power cut is only computed again
            with connection:
                yield connection
        except sqlite3.DatabaseError as broken:
            raise EngineError(
                f"{self._path}: the embedding cache cannot be used ({broken}); delete the file and try again"
            ) from broken
        finally:
            connection.close()
