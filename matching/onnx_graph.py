"""A BERT encoder's weights -> an ONNX graph that turns one text's token ids into its unit vector.

Written straight from the weights, without tracing a model: no torch is needed, the file is the same on every machine,
and the graph holds only the operators that onnxruntime runs fastest for one short text (its own attention and
integer products; no mask, since a text alone has no padding). Called by `matching.onnx_encoder`.

int8 is dynamic quantisation: weights by output channel, symmetric; activations by tensor at run time. A tensor here is
one text, so a text's vector depends on nothing but the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

Precision = Literal["int8", "fp32"]
Weight = Callable[[str], NDArray[np.float32]]
"""A tensor of the checkpoint by its name, as BERT checkpoints name them."""

OPSET, ONNX_IR = 17, 8
_CONTRIB = "com.microsoft"


@dataclass(frozen=True, slots=True)
class Shape:
    """Of the encoder, from its config.json. `bits` of an int8 weight: 7 where the processor adds pairs of products in
    16 bits, which would overflow with 8 (x86 without VNNI)."""

    layers: int
    heads: int
    epsilon: float
    bits: int = 8


@dataclass(slots=True)
class _Graph:
    weight: Weight
    shape: Shape
    precision: Precision
    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, operator: str, inputs: list[str], output: str, *, contrib: bool = False, **attributes: Any) -> str:
        domain = _CONTRIB if contrib else ""
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def quantised(self, name: str, matrix: NDArray[np.float32]) -> tuple[str, str, str]:
        """Names of weights, scales and zero points of a (inputs, outputs) matrix: one scale an output."""
        most = 2 ** (self.shape.bits - 1) - 1
        scale = np.maximum(np.abs(matrix).max(axis=0), np.float32(1e-12)) / np.float32(most)
        weights = np.clip(np.rint(matrix / scale), -most, most).astype(np.int8)
        return (
            self.constant(f"{name}.weight", weights),
            self.constant(f"{name}.scale", scale.astype(np.float32)),
            self.constant(f"{name}.zero", np.zeros(scale.shape, np.int8)),
        )

    def linear(self, name: str, source: str, output: str) -> str:
        matrix, bias = self.weight(f"{name}.weight").T, self.constant(f"{name}.bias", self.weight(f"{name}.bias"))
        if self.precision == "fp32":
            product = self.node("MatMul", [source, self.constant(f"{name}.weight", matrix)], f"{output}.product")
            return self.node("Add", [product, bias], output)
        return self.node("DynamicQuantizeMatMul", [source, *self.quantised(name, matrix), bias], output, contrib=True)

    def attention(self, name: str, source: str, output: str) -> str:
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        matrix = np.concatenate([self.weight(f"{part}.weight").T for part in parts], axis=1)
        bias = self.constant(f"{name}.bias", np.concatenate([self.weight(f"{part}.bias") for part in parts]))
        heads = self.shape.heads
        if self.precision == "fp32":
            inputs = [source, self.constant(f"{name}.weight", matrix), bias]
            return self.node("Attention", inputs, output, contrib=True, num_heads=heads)
        small = [f"{source}.u8", f"{source}.scale", f"{source}.zero"]
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [source], small, name=f"{source}.quantise"))
        weights, scale, zero = self.quantised(name, matrix)
        inputs = [small[0], weights, bias, small[1], scale, "", small[2], zero]
        return self.node("QAttention", inputs, output, contrib=True, num_heads=heads)

    def norm(self, name: str, source: str, output: str) -> str:
        scale = self.constant(f"{name}.weight", self.weight(f"{name}.weight"))
        bias = self.constant(f"{name}.bias", self.weight(f"{name}.bias"))
        return self.node(
            "LayerNormalization", [source, scale, bias], output, axis=-1, epsilon=self.shape.epsilon, stash_type=1
        )


def build(weight: Weight, shape: Shape, precision: Precision, states: Sequence[int] = ()) -> ModelProto:
    """`ids` (1, tokens) int64 -> `vector` (1, dim) float32: the mean over tokens, of length one. With `states`, in its
    place: what each token is after those layers (counted from 1), one output (1, tokens, dim) a layer. KeyError when
    the checkpoint is not a BERT encoder's."""
    graph = _Graph(weight, shape, precision)
    hidden = _embedded(graph)
    for layer in range(shape.layers):
        name, at = f"encoder.layer.{layer}", f"layer{layer}"
        seen = graph.attention(f"{name}.attention.self", hidden, f"{at}.attention")
        seen = graph.linear(f"{name}.attention.output.dense", seen, f"{at}.mixed")
        seen = graph.node("Add", [hidden, seen], f"{at}.attended")
        hidden = graph.norm(f"{name}.attention.output.LayerNorm", seen, f"{at}.between")
        inner = graph.linear(f"{name}.intermediate.dense", hidden, f"{at}.wide")
        inner = graph.node("Gelu", [inner], f"{at}.gelu", contrib=True)
        inner = graph.linear(f"{name}.output.dense", inner, f"{at}.narrow")
        inner = graph.node("Add", [hidden, inner], f"{at}.added")
        hidden = graph.norm(f"{name}.output.LayerNorm", inner, f"{at}.hidden")
    dim = int(weight("embeddings.LayerNorm.weight").shape[0])
    if states:
        return _model(graph, {f"layer{layer - 1}.hidden": [1, "tokens", dim] for layer in states})
    mean = graph.node("ReduceMean", [hidden], "mean", axes=[1], keepdims=0)
    graph.node("LpNormalization", [mean], "vector", axis=-1, p=2)
    return _model(graph, {"vector": [1, dim]})


def _embedded(graph: _Graph) -> str:
    """Words + places + the one segment, normalised. Words in half precision for int8: half the memory of a process."""
    words, places = (
        graph.weight("embeddings.word_embeddings.weight"),
        graph.weight("embeddings.position_embeddings.weight"),
    )
    segment = graph.weight("embeddings.token_type_embeddings.weight")[0]
    small = graph.precision == "int8"
    table = graph.constant("words", words.astype(np.float16) if small else words)
    word = graph.node("Gather", [table, "ids"], "word.kept" if small else "word")
    if small:
        word = graph.node("Cast", [word], "word", to=TensorProto.FLOAT)
    one, zero = graph.constant("one", np.array([1], np.int64)), graph.constant("zero", np.array([0], np.int64))
    sizes = graph.node("Shape", ["ids"], "sizes")
    length = graph.node("Gather", [sizes, one], "length")
    place = graph.node("Slice", [graph.constant("places", places + segment), zero, length, zero], "place")
    return graph.norm("embeddings.LayerNorm", graph.node("Add", [word, place], "embedded"), "hidden")


def _model(graph: _Graph, outputs: Mapping[str, list[int | str]]) -> ModelProto:
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, [1, "tokens"])
    found = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs.items()]
    return helper.make_model(
        helper.make_graph(graph.nodes, "encoder", [ids], found, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(_CONTRIB, 1)],
        ir_version=ONNX_IR,
        producer_name="foyer",
    )
