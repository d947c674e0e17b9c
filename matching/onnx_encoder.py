"""The default encoder: a BERT sentence encoder in onnxruntime, one text at a time, one thread a text.

A batch of one has no padding and shares no quantisation scale, so a text's vector is the same bytes whatever it is
embedded with, in whatever order, thread or process; on short texts it costs what batches cost. The graph is built
once from the model's weights (`onnx_graph`, a second or two, in a child) and kept in a cache folder.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import current_process
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from matching.weights import BUNDLED, Weights, find_weights
from models.child import Child
from models.engines import Vectors
from models.errors import EngineError
from models.onnx import one_thread

if TYPE_CHECKING:
    from matching.onnx_graph import Precision

GRAPH = 1
"""Raised with any change of `onnx_graph` that can move a vector: part of the name, so caches start anew."""
LONGEST = 256
"""Tokens a text, where the model's folder does not say."""
_SLOWER = "SkipLayerNormFusion"
"""Of the runtime's own rewritings, the one that makes short texts slower."""


def can_build(weights: Weights) -> bool:
    """Whether `onnx_graph` knows this model: a BERT whose text vector is the normalised mean over tokens."""
    config, parts = (
        weights.json("config.json"),
        [part["type"].rsplit(".", 1)[-1] for part in weights.json("modules.json")],
    )
    pooling = weights.json("1_Pooling/config.json")
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and parts == ["Transformer", "Pooling", "Normalize"]
        and bool(pooling.get("pooling_mode_mean_tokens"))
    )


def int8_bits() -> int:
    """8 where the processor has VNNI or is not x86; else 7, because pairs of products would overflow 16 bits."""
    try:
        flags = Path("/proc/cpuinfo").read_text("utf-8")
    except OSError:
        return 8
    return 7 if " sse2 " in flags and " avx512_vnni" not in flags and " avx_vnni" not in flags else 8


class OnnxEmbedder:
    """Safe to share between threads. `threads`: texts encoded side by side within one call."""

    def __init__(
        self, name: str = BUNDLED, *, precision: Precision = "int8", folder: Path, threads: int = 1, bits: int = 0
    ) -> None:
        weights = find_weights(name)
        if weights is None or not can_build(weights):
            raise EngineError(f"{name!r} is not a BERT sentence encoder in a local folder; its graph cannot be built")
        from tokenizers import Tokenizer

        bits = bits or int8_bits()
        form = f"int{bits}" if precision == "int8" else precision
        self._name = f"{weights.name}/{form}.{GRAPH}"
        self._session = open_session(weights, precision, bits, folder / f"{weights.sha256[:16]}-{form}-{GRAPH}.onnx")
        self._dim = int(self._session.get_outputs()[0].shape[1])
        self._tokenizer = Tokenizer.from_file(str(weights.folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        longest = weights.json("sentence_bert_config.json").get("max_seq_length", LONGEST)
        self._tokenizer.enable_truncation(
            max_length=min(longest, weights.json("config.json")["max_position_embeddings"])
        )
        self._threads = ThreadPoolExecutor(threads, "encoder") if threads > 1 else None

    @property
    def name(self) -> str:
        """Model, weights and precision, so that caches never mix two of them."""
        return self._name

    @property
    def dim(self) -> int:
        return self._dim

    def embed(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._dim), np.float32)
        tokens = [found.ids for found in self._tokenizer.encode_batch_fast(list(texts))]
        rows = self._threads.map(self._one, tokens) if self._threads else map(self._one, tokens)
        return np.stack(list(rows))

    def _one(self, ids: list[int]) -> Vectors:
        found: Vectors = self._session.run(None, {"ids": np.array([ids], np.int64)})[0][0]
        return found

    def close(self) -> None:
        if self._threads is not None:
            self._threads.shutdown()


def open_session(weights: Weights, precision: Precision, bits: int, file: Path, states: Sequence[int] = ()) -> Any:
    """The graph in `file`, built first where it is not there. `states`: see `onnx_graph.build`."""
    import onnxruntime

    options = one_thread()
    options.enable_mem_pattern = False  # every text has another length
    if not file.is_file():
        _build_apart(weights, precision, bits, file, states)
    try:
        return onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=[_SLOWER]
        )
    except Exception as broken:
        file.unlink(missing_ok=True)
        raise EngineError(f"{file}: the encoder's graph cannot be loaded ({broken}); it will be built anew") from broken


def _build_apart(weights: Weights, precision: Precision, bits: int, file: Path, states: Sequence[int]) -> None:
    """In a child, so that what building needs (half a gigabyte for a moment) never stays in a service."""
    print(f"foyer: preparing the encoder ({file.name}), once", file=sys.stderr)
    if current_process().daemon:  # a child already, which may have none of its own
        _builder(weights, precision, bits, states)(file)
        return
    child = Child(_builder, weights, precision, bits, tuple(states), start_timeout=120.0)
    try:
        child.ask(file, timeout=300.0)
    finally:
        child.close()


def _builder(weights: Weights, precision: Precision, bits: int, states: Sequence[int]) -> Callable[[Path], None]:
    from safetensors import SafetensorError, safe_open

    from matching.onnx_graph import Shape, build

    config = weights.json("config.json")
    shape = Shape(config["num_hidden_layers"], config["num_attention_heads"], config["layer_norm_eps"], bits)

    def answer(file: Path) -> None:
        try:
            with safe_open(weights.file, "numpy") as tensors:
                model = build(lambda name: tensors.get_tensor(name).astype(np.float32), shape, precision, states)
        except SafetensorError as lacking:
            raise EngineError(f"{weights.folder}: not the weights of a BERT encoder ({lacking})") from lacking
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(handle, "wb") as out:
            out.write(model.SerializeToString(deterministic=True))
        Path(partial).replace(file)  # whole or not at all, whoever builds at the same time

    return answer
