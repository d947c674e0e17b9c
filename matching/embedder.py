"""Two wrappers around an encoder: one that remembers, one that gathers the calls of several threads.

`api.wiring` stacks them: `CachedEmbedder(SharedEmbedder(OnnxEmbedder()))`. Everything that compares texts
(`screening.screen`, the talent index) sees only the `Embedder` protocol.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matching.vector_file import VectorFile, vector_key
from models.engines import Embedder, Vectors


class CachedEmbedder:
    """An embedder that looks into a `VectorFile` first. Misses of a call go to `inner` in one call, shortest first,
    duplicates once."""

    def __init__(self, inner: Embedder, path: Path) -> None:
        self._inner, self._file = inner, VectorFile(path)

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dim(self) -> int:
        return self._inner.dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        keys = [vector_key(self.name, text) for text in texts]
        known = self._file.read(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            order = sorted(missing, key=lambda key: (len(missing[key]), key))
            vectors = self._inner.embed([missing[key] for key in order])
            fresh = dict(zip(order, vectors, strict=True))
            self._file.write(fresh)
            known |= fresh
        return np.stack([known[key] for key in keys]) if keys else np.zeros((0, self.dim), np.float32)


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
