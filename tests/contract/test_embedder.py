"""What every Embedder owes: shapes, unit rows, determinism, independence of batch mates; and what the wrappers add."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import matching.embedder as embedder_module
from matching.embedder import CachedEmbedder, SentenceEmbedder, SharedEmbedder
from models.engines import Embedder, Vectors
from models.errors import EngineError
from tests.fakes_matching import FakeEmbedder

TEXTS = [
    "Kubernetes",
    "Ran a twelve-bed intensive care unit at night, with responsibility for two junior nurses and the crash trolley.",
    "Python",
    "",
    "Émigré naïve – 日本語 🙂",
    "Python",
]


@cache
def minilm() -> SentenceEmbedder:
    return SentenceEmbedder()


def cached(inner: Embedder, folder: Path) -> Embedder:
    return CachedEmbedder(inner, folder / "vectors.db")


EMBEDDERS: dict[str, Callable[[Path], Embedder]] = {
    "minilm": lambda folder: minilm(),
    "fake": lambda folder: FakeEmbedder(),
    "cached": lambda folder: cached(FakeEmbedder(), folder),
    "shared": lambda folder: SharedEmbedder(FakeEmbedder()),
    "stack": lambda folder: cached(SharedEmbedder(minilm()), folder),
}


@pytest.fixture(params=EMBEDDERS, name="embedder")
def _embedder(request: pytest.FixtureRequest, tmp_path: Path) -> Embedder:
    return EMBEDDERS[request.param](tmp_path)


def test_rows_are_unit_float32_in_the_order_given(embedder: Embedder) -> None:
    vectors = embedder.embed(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dim)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(vectors[2], vectors[5], atol=1e-5)
    assert float(vectors[0] @ vectors[1]) < 0.9


def test_a_text_alone_is_the_text_in_company(embedder: Embedder) -> None:
    together = embedder.embed(TEXTS)
    alone = np.vstack([embedder.embed([text]) for text in reversed(TEXTS)])[::-1]
    np.testing.assert_allclose(together, alone, atol=1e-5)


def test_nothing_in_nothing_out(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dim)


def test_minilm_knows_meaning() -> None:
    ask, near, far = minilm().embed(
        ["Experience caring for critically ill patients", "Staff nurse in an intensive care unit", "Java developer"]
    )
    assert float(ask @ near) > 0.5 > float(ask @ far) + 0.2


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedder_module, "BUNDLED_SHA256", "0" * 64)
    with pytest.raises(EngineError, match="reinstall"):
        SentenceEmbedder()


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=str(tmp_path)):
        SentenceEmbedder(str(tmp_path))


def test_the_cache_asks_once_for_each_text_and_survives(tmp_path: Path) -> None:
    inner = FakeEmbedder()
    first = cached(inner, tmp_path).embed(["b long text", "a", "b long text"])
    again = cached(inner, tmp_path).embed(["a", "c", "b long text"])
    assert inner.calls == [["a", "b long text"], ["c"]]
    np.testing.assert_array_equal(first[0], again[2])


def test_the_cache_keeps_models_apart(tmp_path: Path) -> None:
    one, other = FakeEmbedder(name="one"), FakeEmbedder(dim=64, name="other")
    cached(one, tmp_path).embed(["a"])
    assert cached(other, tmp_path).embed(["a"]).shape == (1, 64)


def test_the_cache_is_shared_by_threads(tmp_path: Path) -> None:
    words = [f"word {number % 40}" for number in range(400)]
    shared = cached(FakeEmbedder(), tmp_path)
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda at: shared.embed(words[at : at + 20]), range(0, 400, 20)))
    np.testing.assert_array_equal(np.vstack(parts), FakeEmbedder().embed(words))


def test_a_file_that_is_no_cache_is_named(tmp_path: Path) -> None:
    (tmp_path / "vectors.db").write_text("no database, " * 100)
    with pytest.raises(EngineError, match=r"vectors\.db"):
        cached(FakeEmbedder(), tmp_path)


class SlowEmbedder(FakeEmbedder):
    """Counts how many threads are inside at once; a gate holds the first call until the others have queued."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.inside = self.most = 0

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.gate.wait(10)
        vectors = super().embed(texts)
        self.inside -= 1
        return vectors


def test_waiting_threads_share_one_inner_call() -> None:
    inner = SlowEmbedder()
    shared = SharedEmbedder(inner, wait=0.0)
    with ThreadPoolExecutor(9) as pool:
        answers = [pool.submit(shared.embed, [f"text {number}"] * 2) for number in range(9)]
        while not (inner.inside and shared._gathering):
            time.sleep(0.001)
        inner.gate.set()
        for number, answer in enumerate(answers):
            np.testing.assert_array_equal(answer.result(10), FakeEmbedder().embed([f"text {number}"] * 2))
    assert inner.most == 1
    assert len(inner.calls) < 9


class BrokenEmbedder(FakeEmbedder):
    def embed(self, texts: Sequence[str]) -> Vectors:
        raise EngineError("broken", retry=True)


def test_every_waiting_thread_hears_of_a_failure() -> None:
    shared = SharedEmbedder(BrokenEmbedder())
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(shared.embed, ["text"]) for _ in range(4)]
        for answer in answers:
            with pytest.raises(EngineError, match="broken"):
                answer.result(10)
