"""Build a plain BERT as an OpenVINO model from its weights, without torch or transformers.

OpenVINO's own way is to load the model by transformers and trace it, which takes ten times as long as
everything else that a run of a few papers does; the measurement is in docs/decisions/0023-auto-embedder.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from paperlake.embedding.kinds.bert.architecture import (
    NORMALISATION,
    WEIGHTS,
    has_dtype,
    is_plain_bert,
    layers,
    read_config,
)
from paperlake.embedding.kinds.model_folder import ModelFolder

Node = Any
"""A node of a graph of OpenVINO, which has no types of its own."""


def builds_in_openvino(model: ModelFolder) -> bool:
    """Return whether a model has the architecture built here, and float32 weights."""
    return (
        is_plain_bert(model)
        and not model.dense
        and model.pooling in ("mean", "cls")
        and has_dtype(model, "F32")
    )


def build_bert(model: ModelFolder) -> Any:  # noqa: ANN401  (OpenVINO has no types)
    """Build the graph with its pooling: ids and mask of shape (texts, tokens) in, (texts, dimension) out.

    Args:
        model: One for which `builds_in_openvino`.
    """
    import openvino

    return openvino.Model(*_Graph(model).ends(model.pooling), "bert")


class _Graph:
    """The nodes of one model."""

    def __init__(self, model: ModelFolder) -> None:
        from openvino import op, opset13
        from safetensors import safe_open

        config = read_config(model)
        self._op = opset13
        self._layers = layers(config)
        self._heads = int(config["num_attention_heads"])
        self._width = int(config["hidden_size"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        with safe_open(model.path / WEIGHTS, framework="np") as file:
            # Constants of their own: an array that is passed to an operation is copied number by number.
            self._weights: dict[str, Node] = {
                name: op.Constant(file.get_tensor(name), shared_memory=True)
                for name in list(file.keys())
                if file.get_slice(name).get_dtype() == "F32"
            }

    def ends(self, pooling: str) -> tuple[list[Node], list[Node]]:
        """Return the results and the parameters of the graph."""
        op = self._op
        ids, mask = (op.parameter([-1, -1], np.int64, name=name) for name in ("input_ids", "attention_mask"))
        hidden = self._embed(ids)
        shown = op.not_equal(op.unsqueeze(mask, np.array([1, 2], np.int64)), np.int64(0))
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, shown)
        if pooling == "cls":
            pooled = op.gather(hidden, np.int64(0), np.int64(1))
        else:
            weights = op.unsqueeze(op.convert(mask, "f32"), np.array([2]))
            summed = op.reduce_sum(op.multiply(hidden, weights), np.array([1]))
            pooled = op.divide(summed, op.reduce_sum(weights, np.array([1])))
        return [op.result(pooled)], [ids, mask]

    def _embed(self, ids: Node) -> Node:
        op, weights = self._op, self._weights
        length = op.gather(op.shape_of(ids), np.int64(1), np.int64(0))
        places = op.range(np.int64(0), length, np.int64(1), "i64")
        words = op.gather(weights["embeddings.word_embeddings.weight"], ids, np.int64(0))
        positions = op.gather(weights["embeddings.position_embeddings.weight"], places, np.int64(0))
        types = weights["embeddings.token_type_embeddings.weight"]
        first_type = op.gather(types, np.array([0]), np.int64(0))
        return self._normalise(NORMALISATION, op.add(op.add(words, positions), first_type))

    def _layer(self, name: str, hidden: Node, shown: Node) -> Node:
        """Apply self-attention and the feed-forward net, each with its residual and layer normalisation."""
        op = self._op
        query, key, value = (
            self._split_heads(self._linear(f"{name}.attention.self.{part}", hidden))
            for part in ("query", "key", "value")
        )
        context = op.scaled_dot_product_attention(query, key, value, shown)
        joined = op.reshape(
            op.transpose(context, np.array([0, 2, 1, 3])), np.array([0, 0, self._width]), special_zero=True
        )
        attended = self._linear(f"{name}.attention.output.dense", joined)
        hidden = self._normalise(f"{name}.attention.output.LayerNorm", op.add(hidden, attended))
        inner = op.gelu(self._linear(f"{name}.intermediate.dense", hidden), "erf")
        outer = self._linear(f"{name}.output.dense", inner)
        return self._normalise(f"{name}.output.LayerNorm", op.add(hidden, outer))

    def _split_heads(self, states: Node) -> Node:
        """Return states of shape (texts, heads, tokens, width of a head)."""
        op = self._op
        shape = np.array([0, 0, self._heads, self._width // self._heads])
        return op.transpose(op.reshape(states, shape, special_zero=True), np.array([0, 2, 1, 3]))

    def _linear(self, name: str, inputs: Node) -> Node:
        product = self._op.matmul(
            inputs, self._weights[f"{name}.weight"], transpose_a=False, transpose_b=True
        )
        return self._op.add(product, self._weights[f"{name}.bias"])

    def _normalise(self, name: str, inputs: Node) -> Node:
        op = self._op
        unit = op.mvn(inputs, np.array([-1]), True, self._epsilon, "inside_sqrt")
        scaled = op.multiply(unit, self._weights[f"{name}.weight"])
        return op.add(scaled, self._weights[f"{name}.bias"])
