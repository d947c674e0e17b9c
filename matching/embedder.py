"""Two wrappers around an encoder: one that remembers, one that gathers the calls of several threads.

`api.wiring` stacks them: `CachedEmbedder(SharedEmbedder(OnnxEmbedder()))`. Everything that compares texts
(`screening.screen`, the talent index) sees only the `Embedder` protocol.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from models.engines import Embedder, Vectors
from models.errors import EngineError


class CachedEmbedder:
    """Vectors by (model, sha256 of text) in one SQLite file, so that a text is embedded once in the file's life.

    Several processes and threads may share the file: WAL, one short connection a call, writes that ignore what
    another process already wrote. Misses of a call go to `inner` in one call, shortest first, duplicates once. The file
    holds no text.
    """

    def __init__(self, inner: Embedder, path: Path) -> None:
        self._inner, self._path = inner, path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as file:
            file.execute("PRAGMA journal_mode=WAL")
            file.execute(
                "CREATE TABLE IF NOT EXISTS vectors (model TEXT, text BLOB, vector BLOB NOT NULL,"
                " PRIMARY KEY (model, text)) WITHOUT ROWID"
            )

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dim(self) -> int:
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        known = self._read(set(keys))
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            order = sorted(missing, key=lambda key: (len(missing[key]), key))
            vectors = self._inner.embed([missing[key] for key in order])
            fresh = dict(zip(order, vectors, strict=True))
            self._write(fresh)
            known |= fresh
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, self.dim), np.float32)

    def _read(self, keys: set[bytes]) -> dict[bytes, Vectors]:
        found: dict[bytes, Vectors] = {}
        wanted = sorted(keys)
        with self._open() as file:
            for at in range(0, len(wanted), 500):  # SQLite allowed 999 variables before 3.32
                some = wanted[at : at + 500]
                marks = ",".join("?" * len(some))
                rows = file.execute(
                    f"SELECT text, vector FROM vectors WHERE model = ? AND text IN ({marks})",  # noqa: S608 - marks only
                    (self.name, *some),
                )
                found |= {bytes(key): np.frombuffer(blob, np.float32) for key, blob in rows}
        return found

    def _write(self, fresh: dict[bytes, Vectors]) -> None:
        with self._open() as file:
            file.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                [(self.name, key, np.asarray(vector, np.float32).tobytes()) for key, vector in fresh.items()],
            )

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


class _Call:
    """One caller's texts on their way through a shared inner call."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = list(texts)
        self.vectors: Vectors | None = None
        self.error: BaseException | None = None
        self.done = False


class SharedEmbedder:
    """Calls of several threads that arrive together become one inner call; one inner call at a time.

    The first caller of a round waits `wait` seconds for company, then embeds for everyone. While an inner call runs,
    newcomers gather for the next round, so a busy service needs no waiting at all.
    """

    def __init__(self, inner: Embedder, wait: float = 0.005) -> None:
        self._inner, self._wait = inner, wait
        self._gathering: list[_Call] = []
        self._state = threading.Condition()
        self._busy = False

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dim(self) -> int:
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        call = _Call(texts)
        with self._state:
            self._gathering.append(call)
            while self._busy and not call.done:
                self._state.wait()
            if not call.done:
                self._busy = True
        if not call.done:
            self._lead()
        if call.error is not None:
            raise call.error
        assert call.vectors is not None
        return call.vectors

    def _lead(self) -> None:
        time.sleep(self._wait)
        with self._state:
            round_, self._gathering = self._gathering, []
        try:
            self._answer(round_)
        finally:
            with self._state:
                for call in round_:
                    call.done = True
                self._busy = False
                self._state.notify_all()

    def _answer(self, round_: list[_Call]) -> None:
        texts = [text for call in round_ for text in call.texts]
        try:
            vectors = self._inner.embed(texts)
        except BaseException as error:  # noqa: BLE001 - every waiting thread must hear of it, whatever it is
            for call in round_:
                call.error = error
            return
        at = 0
        for call in round_:
            call.vectors = vectors[at : at + len(call.texts)]
            at += len(call.texts)
