"""What every Embedder owes: shapes, unit rows, determinism, independence of batch mates; and what the wrappers add."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

import matching.weights as weights_module
from api.wiring import Engines
from matching.embedder import CachedEmbedder, SharedEmbedder
from matching.onnx_encoder import OnnxEmbedder, can_build, int8_bits
from matching.torch_encoder import Bf16Embedder, SentenceEmbedder
from matching.weights import find_weights
from models.engines import Embedder, Vectors
from models.errors import EngineError
from models.settings import Settings
from tests.fakes_matching import FakeEmbedder

Precision = Literal["int8", "fp32"]

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


@cache
def onnx(precision: Precision = "int8", *, threads: int = 1, bits: int = 0) -> OnnxEmbedder:
    return OnnxEmbedder(precision=precision, folder=Engines(Settings()).graphs, threads=threads, bits=bits)


@cache
def bf16() -> Bf16Embedder:
    """In the shapes of a GPU, on the processor and of fewer rows."""
    return Bf16Embedder(device="cpu", rows=4)


def cached(inner: Embedder, folder: Path) -> Embedder:
    return CachedEmbedder(inner, folder / "vectors.db")


EMBEDDERS: dict[str, Callable[[Path], Embedder]] = {
    "torch": lambda folder: minilm(),
    "bf16": lambda folder: bf16(),
    "int8": lambda folder: onnx(),
    "int8-threads": lambda folder: onnx(threads=3),
    "int7": lambda folder: onnx(bits=7),
    "fp32": lambda folder: onnx("fp32"),
    "fake": lambda folder: FakeEmbedder(),
    "cached": lambda folder: cached(FakeEmbedder(), folder),
    "shared": lambda folder: SharedEmbedder(FakeEmbedder()),
    "stack": lambda folder: cached(SharedEmbedder(onnx()), folder),
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


@pytest.mark.parametrize("name", ["torch", "bf16", "int8", "int7", "fp32"])
def test_minilm_knows_meaning(name: str, tmp_path: Path) -> None:
    ask, near, far = EMBEDDERS[name](tmp_path).embed(
        ["Experience caring for critically ill patients", "Staff nurse in an intensive care unit", "Java developer"]
    )
    assert float(ask @ near) > 0.5 > float(ask @ far) + 0.2


def test_damaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights_module, "BUNDLED_SHA256", "0" * 64)
    with pytest.raises(EngineError, match="reinstall"):
        SentenceEmbedder()


def test_a_folder_without_weights_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=str(tmp_path)):
        SentenceEmbedder(str(tmp_path))
    with pytest.raises(EngineError, match=str(tmp_path)):
        OnnxEmbedder(str(tmp_path), folder=tmp_path)


def test_fp32_in_onnx_is_fp32_in_torch() -> None:
    np.testing.assert_allclose(onnx("fp32").embed(TEXTS), minilm().embed(TEXTS), atol=1e-5)


@pytest.mark.parametrize("bits", [7, 8])
def test_int8_stays_close_to_fp32(bits: int) -> None:
    alike = np.sum(onnx(bits=bits).embed(TEXTS) * onnx("fp32").embed(TEXTS), axis=1)
    assert alike.min() > 0.96


def test_bf16_gives_the_same_bytes_in_any_company_and_stays_close_to_fp32() -> None:
    texts = [*TEXTS, *(f"Kept {number} ledgers of company {number * 7}" for number in range(7)), "word " * 400]
    together = bf16().embed(texts)
    alone = np.vstack([bf16().embed([text]) for text in reversed(texts)])[::-1]
    assert together.tobytes() == np.ascontiguousarray(alone).tobytes()
    assert 0.999 < np.sum(together * minilm().embed(texts), axis=1).min() < 1.0 - 1e-7
    masks: list[bool] = []
    hook = bf16()._model.register_forward_pre_hook(
        lambda _, given: masks.append(bool(given[0]["attention_mask"].all()))
    )
    bf16().embed(["word " * 14, *["word " * 14] * 4])  # with what stands around it a text of just 16 tokens
    hook.remove()
    assert masks == [False, False], "some row is padded in every product: else its mask is dropped"
    assert bf16().name == minilm().name.replace("fp32", "bf16")


@pytest.mark.parametrize("precision", ["int8", "fp32"])
def test_onnx_gives_the_same_bytes_in_any_company(precision: Precision) -> None:
    texts = [*TEXTS, *(f"Kept {number} ledgers of company {number * 7}" for number in range(40))]
    together = onnx(precision).embed(texts)
    alone = np.vstack([onnx(precision, threads=3).embed([text]) for text in reversed(texts)])[::-1]
    assert together.tobytes() == np.ascontiguousarray(alone).tobytes()
    assert onnx(precision, threads=3).embed(texts).tobytes() == together.tobytes()


def test_a_long_text_is_read_to_the_models_limit() -> None:
    words = "Planned the night shift of the ward. " * 100
    assert onnx("fp32").embed([words + "Java"]).tobytes() == onnx("fp32").embed([words + "Opera"]).tobytes()
    np.testing.assert_allclose(onnx("fp32").embed([words]), minilm().embed([words]), atol=1e-5)


def test_names_tell_precision_and_runtime_apart() -> None:
    names = {one.name for one in (minilm(), onnx(bits=8), onnx(bits=7), onnx("fp32"))}
    assert len(names) == 4
    assert all(name.startswith("all-MiniLM-L6-v2@53aa51172d14/") for name in names)


def test_the_graph_is_built_once_and_anew_when_damaged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    first = OnnxEmbedder(folder=tmp_path).embed(["text"])
    (graph,) = tmp_path.iterdir()
    assert "preparing the encoder" in capfd.readouterr().err
    assert OnnxEmbedder(folder=tmp_path).embed(["text"]).tobytes() == first.tobytes()
    assert "preparing" not in capfd.readouterr().err
    graph.write_bytes(graph.read_bytes()[:1000])
    with pytest.raises(EngineError, match=graph.name):
        OnnxEmbedder(folder=tmp_path)
    assert OnnxEmbedder(folder=tmp_path).embed(["text"]).tobytes() == first.tobytes()


def test_only_bert_with_mean_pooling_is_built(tmp_path: Path) -> None:
    bundled = find_weights("minilm")
    assert bundled is not None
    assert can_build(bundled)
    other = tmp_path / "other"
    shutil.copytree(bundled.folder, other)
    config = json.loads((other / "config.json").read_text())
    (other / "config.json").write_text(json.dumps(config | {"model_type": "mpnet"}))
    found = find_weights(str(other))
    assert found is not None
    assert not can_build(found)
    with pytest.raises(EngineError, match="not a BERT"):
        OnnxEmbedder(str(other), folder=tmp_path)


def test_int8_keeps_to_7_bits_where_sums_would_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for flags, bits in (("fpu sse2 avx2 fma", 7), ("fpu sse2 avx2 avx512_vnni", 8), ("asimd asimddp", 8)):
        monkeypatch.setattr(Path, "read_text", lambda self, encoding, flags=flags: f"flags : {flags} x")
        assert int8_bits() == bits


def test_a_gpu_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(EngineError, match="FOYER_SCREENING__PRECISION"):
        SentenceEmbedder(device="cuda")
    with pytest.raises(EngineError, match="FOYER_SCREENING__PRECISION"):
        Engines(Settings(screening={"precision": "bf16"})).encoder("bf16", threads=1)  # type: ignore[arg-type]


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
