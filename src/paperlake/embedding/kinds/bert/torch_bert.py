"""Compute a plain BERT in torch without transformers, which takes three times as long to load as torch.

Equal to transformers in float32 within 1e-6; the measurement is in docs/decisions/0020-bert-in-torch.md. On a
GPU the tokens of a batch are packed one text after the other, so that no padding is computed.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from paperlake.embedding.kinds.bert.architecture import NORMALISATION, WEIGHTS, layers, read_config
from paperlake.embedding.kinds.model_folder import ModelFolder

if TYPE_CHECKING:
    import torch


Attend = Callable[["torch.Tensor"], "torch.Tensor"]
"""Computes self-attention from query, key and value of each token, side by side."""


class _Part(NamedTuple):
    """Weight and bias of a product or a normalisation."""

    weight: torch.Tensor
    bias: torch.Tensor


class _Layer(NamedTuple):
    products: _Part
    """Query, key and value in one product, which is faster than three."""
    attended: _Part
    attention_norm: _Part
    inner: _Part
    outer: _Part
    norm: _Part


class TorchBert:
    """The model's weights on a device, ready to compute."""

    def __init__(self, model: ModelFolder, device: str, dtype: torch.dtype) -> None:
        """Load the weights.

        Args:
            model: A plain BERT (`is_plain_bert`).
            device: Where to compute.
            dtype: What to compute in.
        """
        from safetensors import safe_open

        config = read_config(model)
        self._heads = int(config["num_attention_heads"])
        self.packs = can_pack(device, dtype, int(config["hidden_size"]) // self._heads)
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        with safe_open(model.path / WEIGHTS, framework="pt") as file:

            def weight(name: str) -> torch.Tensor:
                tensor: torch.Tensor = file.get_tensor(name).to(device, dtype)
                return tensor

            def part(prefix: str, name: str) -> _Part:
                return _Part(weight(f"{prefix}{name}.weight"), weight(f"{prefix}{name}.bias"))

            self._words, self._positions, self._types = (
                weight(f"embeddings.{kind}_embeddings.weight") for kind in ("word", "position", "token_type")
            )
            self._norm = part("", NORMALISATION)
            self._layers = [
                _layer(partial(part, f"encoder.layer.{layer}.")) for layer in range(layers(config))
            ]

    def states(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Compute the token vectors of the last layer.

        Args:
            ids: Token ids of shape (texts, tokens).
            mask: 1 for tokens, 0 for padding, of the same shape.

        Returns:
            Vectors of shape (texts, tokens, dimension).
        """
        from torch.nn import functional

        texts, length = ids.shape
        shown = mask[:, None, None, :].bool()

        def attend(products: torch.Tensor) -> torch.Tensor:
            query, key, value = products.view(texts, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
            context = functional.scaled_dot_product_attention(query, key, value, attn_mask=shown)
            return context.transpose(1, 2).reshape(texts, length, -1)

        return self._compute(self._words[ids] + self._positions[:length], attend)

    def packed_states(
        self, ids: torch.Tensor, positions: torch.Tensor, starts: torch.Tensor, longest: int
    ) -> torch.Tensor:
        """Compute the token vectors of the last layer of texts without padding.

        Args:
            ids: Token ids of all texts, one after the other, of shape (tokens,).
            positions: The position of each token in its text, of the same shape.
            starts: Where each text starts, and where the last one ends, int32 of shape (texts + 1,).
            longest: Tokens of the longest text.

        Returns:
            Vectors of shape (tokens, dimension).
        """

        def attend(products: torch.Tensor) -> torch.Tensor:
            query, key, value = products.view(len(ids), 3, self._heads, -1).unbind(1)
            return packed_attention(query, key, value, starts, longest).reshape(len(ids), -1)

        return self._compute(self._words[ids] + self._positions[positions], attend)

    def _compute(self, summed: torch.Tensor, attend: Attend) -> torch.Tensor:
        hidden = self._normalise(self._norm, summed + self._types[0])
        for layer in self._layers:
            hidden = self._apply(layer, hidden, attend)
        return hidden

    def _apply(self, layer: _Layer, hidden: torch.Tensor, attend: Attend) -> torch.Tensor:
        """Apply self-attention and the feed-forward net, each with its residual and layer normalisation."""
        from torch.nn import functional

        context = attend(functional.linear(hidden, *layer.products))
        attended = functional.linear(context, *layer.attended)
        hidden = self._normalise(layer.attention_norm, hidden + attended)
        inner = functional.gelu(functional.linear(hidden, *layer.inner))
        return self._normalise(layer.norm, hidden + functional.linear(inner, *layer.outer))

    def _normalise(self, part: _Part, states: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.layer_norm(states, part.bias.shape, *part, self._epsilon)


def packed_attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, starts: torch.Tensor, longest: int
) -> torch.Tensor:
    """Compute self-attention within each of several texts, whose tokens follow each other.

    Args:
        query: Of shape (tokens, heads, width of a head), as `key` and `value`.
        key: See `query`.
        value: See `query`.
        starts: As of `TorchBert.packed_states`.
        longest: Tokens of the longest text.
    """
    if query.is_cuda:
        from torch.nn.attention.varlen import varlen_attn

        context = varlen_attn(query, key, value, starts, starts, longest, longest)
        return cast("torch.Tensor", context)
    return _attention_one_by_one(query, key, value, starts)


def _attention_one_by_one(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, starts: torch.Tensor
) -> torch.Tensor:
    """Compute the same where torch has no kernel for it, text by text: slow, for tests."""
    import torch
    from torch.nn import functional

    found = []
    for start, end in itertools.pairwise(starts.tolist()):
        own = [part[start:end].transpose(0, 1) for part in (query, key, value)]
        found.append(functional.scaled_dot_product_attention(own[0], own[1], own[2]).transpose(0, 1))
    return torch.cat(found)


def can_pack(device: str, dtype: torch.dtype, head_width: int) -> bool:
    """Return whether torch computes attention of packed texts on a device, by trying it."""
    import torch

    if device != "cuda" or dtype not in (torch.bfloat16, torch.float16):
        return False
    try:
        states = torch.zeros(4, 1, head_width, device=device, dtype=dtype)
        starts = torch.tensor([0, 1, 4], device=device, dtype=torch.int32)
        packed_attention(states, states, states, starts, 3)
        torch.cuda.synchronize()
    except (ImportError, RuntimeError, NotImplementedError, ValueError):
        return False  # an older torch or GPU, or one without flash attention
    return True


def _layer(part: Callable[[str], _Part]) -> _Layer:
    """Load one layer, whose parts are given by name."""
    import torch

    of_attention = [part(f"attention.self.{name}") for name in ("query", "key", "value")]
    return _Layer(
        products=_Part(
            torch.cat([one.weight for one in of_attention]), torch.cat([one.bias for one in of_attention])
        ),
        attended=part("attention.output.dense"),
        attention_norm=part("attention.output.LayerNorm"),
        inner=part("intermediate.dense"),
        outer=part("output.dense"),
        norm=part("output.LayerNorm"),
    )
