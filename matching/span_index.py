"""Every span of everybody's resume, for a first look at all of them: of each text that is asked, each person's nearest
span. Called by `screening.people`.

Rows lie in `matching.rows`, BLOCK spans each: as float32, for who is looked at exactly, and in one byte for each
dimension, which is what a first look reads. Of 384 dimensions and some twenty spans a person, a hundred thousand people
take 0.9 GB for the first look and 4.6 GB in all, in files, of which the system keeps in memory what it has room for.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.rows import Codes, VectorRows
from models.engines import Vectors

BLOCK = 8
"""Spans of a row; what a person's last row lacks are zeros."""
_WIDEST = 5.0
"""Standard deviations of a unit vector's component that a byte can tell; beyond, it says so many."""
_ZERO = 128
_LEVELS, _ASKED_LEVELS = 127, 63
"""Of the asked texts fewer, since some processors add two products in 16 bits."""
_STEP = 4096
"""Rows compared in one piece."""


class SpanIndex:
    """Unit vectors of `dim`. With `folder`, every change is on disk before the call returns, other processes see it
    with their next call, and what is dropped is overwritten. Thread-safe."""

    def __init__(self, dim: int, folder: Path | None = None) -> None:
        self._dim = dim
        self._rows = VectorRows(dim * BLOCK, folder)
        self._lock = threading.RLock()
        self._seen = 0
        self._owner = np.zeros(0, np.int64)
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._order = self._firsts = np.zeros(0, np.int64)
        if not self._rows.fact("cells"):
            with self._rows.changing():
                if not self._rows.fact("cells"):
                    self._rows.recode(1, dim * BLOCK, ())

    def put(self, people: Mapping[str, Vectors]) -> None:
        """id -> (spans, dim), of one span at least; a known id is replaced."""
        ids, blocks = [], []
        for id, vectors in people.items():
            padded = np.zeros((-(-len(vectors) // BLOCK) * BLOCK, self._dim), np.float32)
            padded[: len(vectors)] = vectors
            rows = padded.reshape(-1, BLOCK * self._dim)
            ids += [f"{id}#{number:04d}" for number in range(len(rows))]
            blocks.append(rows)
        if not ids:
            return
        stacked = np.concatenate(blocks)
        with self._rows.changing():
            self._rows.drop(self._blocks_of(people))
            self._rows.put(ids, stacked, _coded(stacked, self._dim, _LEVELS, _ZERO).astype(np.uint8))

    def drop(self, ids: Iterable[str]) -> None:
        """Erasure must reach here."""
        with self._rows.changing():
            self._rows.drop(self._blocks_of(ids))
        self._follow()

    def best(self, asked: Vectors) -> tuple[list[str], NDArray[np.float32]]:
        """(ids, (people, texts) cosines, each of the nearest span, to about a hundredth). `asked`: (texts, dim)."""
        with self._lock:
            self._follow()
            mapped, owner, names = self._rows.mapped_codes(), self._owner, self._names
            order, firsts = self._order, self._firsts
        if not len(order) or not len(asked):
            return [], np.zeros((0, len(asked)), np.float32)
        weights = _coded(asked, self._dim, _ASKED_LEVELS, 0).astype(np.int8).T
        near = _nearest_in_block(mapped, np.ascontiguousarray(weights))
        most = np.maximum.reduceat(near[order], firsts, axis=0)
        found = most * np.float32(_reach(self._dim) ** 2 / (_LEVELS * _ASKED_LEVELS))
        return [names[number] for number in owner[order[firsts]].tolist()], found

    def vectors(self, ids: Sequence[str]) -> list[Vectors]:
        """Of each, what was put, with zeros up to a whole row; of one that is gone, (0, dim)."""
        with self._lock:
            self._follow()
            matrix, wanted = self._rows.matrix(), [self._numbers.get(id, -1) for id in ids]
            owner = self._owner[: len(matrix)]
            rows = np.flatnonzero(np.isin(owner, [number for number in wanted if number >= 0]))
            names = self._rows.names(rows, self._seen)
        mine: dict[str, list[tuple[str, int]]] = {}
        for row, name in names.items():
            mine.setdefault(name.partition("#")[0], []).append((name, row))
        return [np.asarray(matrix[[row for _, row in sorted(mine.get(id, []))]]).reshape(-1, self._dim) for id in ids]

    def close(self) -> None:
        self._rows.close()

    def _blocks_of(self, ids: Iterable[str]) -> list[str]:
        return [name for id in ids for name in self._rows.named(f"{id}#", f"{id}$")]

    def _follow(self) -> None:
        """Take in what was changed since."""
        with self._lock:
            if self._rows.fact("stamp") == self._seen:
                return
            stamp, put, freed = self._rows.changed(self._seen)
            names = self._rows.names(put, stamp)
            size = max(len(self._owner), int(max(put.max(initial=-1), freed.max(initial=-1))) + 1)
            owner = np.full(size, -1, np.int64)
            owner[: len(self._owner)] = self._owner
            owner[freed] = -1
            for row, name in names.items():
                id = name.partition("#")[0]
                number = self._numbers.setdefault(id, len(self._numbers))
                if number == len(self._names):
                    self._names.append(id)
                owner[row] = number
            rows = np.flatnonzero(owner >= 0)
            self._order = rows[np.argsort(owner[rows], kind="stable")]
            self._firsts = np.flatnonzero(np.diff(owner[self._order], prepend=-1))
            self._owner, self._seen = owner, stamp


def _reach(dim: int) -> float:
    """The largest component that is told."""
    return float(_WIDEST / np.sqrt(dim))


def _coded(vectors: Vectors, dim: int, levels: int, zero: int) -> NDArray[np.float32]:
    scaled = np.rint(vectors * np.float32(levels / _reach(dim)))
    return np.asarray(np.clip(scaled, -levels, levels) + np.float32(zero), np.float32)


def _nearest_in_block(codes: Codes, weights: NDArray[np.int8]) -> NDArray[np.float32]:
    """(rows, texts): of each row the most that one of its spans has of a text."""
    texts = weights.shape[1]
    found, session = np.empty((len(codes), texts), np.float32), _session()
    for at in range(0, len(codes), _STEP):
        spans = codes[at : at + _STEP].reshape(-1, weights.shape[0])
        shape = np.array([-1, BLOCK, texts], np.int64)
        found[at : at + _STEP] = session.run(None, {"spans": spans, "asked": weights, "shape": shape})[0]
    return found


@cache
def _session() -> Any:
    """spans (uint8, around _ZERO) x asked (int8), and the most of each BLOCK: integer products, which onnxruntime does
    some four times as fast as numpy those of float32."""
    import onnxruntime
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("MatMulInteger", ["spans", "asked", "zero"], ["products"]),
        helper.make_node("Reshape", ["products", "shape"], ["blocks"]),
        helper.make_node("ReduceMax", ["blocks"], ["most"], axes=[1], keepdims=0),
        helper.make_node("Cast", ["most"], ["found"], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes,
        "nearest",
        [
            helper.make_tensor_value_info("spans", TensorProto.UINT8, ["spans", "dim"]),
            helper.make_tensor_value_info("asked", TensorProto.INT8, ["dim", "texts"]),
            helper.make_tensor_value_info("shape", TensorProto.INT64, [3]),
        ],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, ["rows", "texts"])],
        [helper.make_tensor("zero", TensorProto.UINT8, [], [_ZERO])],
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = os.cpu_count() or 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])
