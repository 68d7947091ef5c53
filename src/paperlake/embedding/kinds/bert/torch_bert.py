"""Compute a plain BERT in torch without transformers, which takes three times as long to load as torch.

Equal to transformers in float32 within 1e-6; the measurement is in docs/decisions/0020-bert-in-torch.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from paperlake.embedding.kinds.bert.architecture import NORMALISATION, WEIGHTS, layers, read_config
from paperlake.embedding.kinds.model_folder import ModelFolder

if TYPE_CHECKING:
    import torch


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
        shown = mask[:, None, None, :].bool()
        summed = self._words[ids] + self._types[0] + self._positions[: ids.shape[1]]
        hidden = self._normalise(self._norm, summed)
        for layer in self._layers:
            hidden = self._apply(layer, hidden, shown)
        return hidden

    def _apply(self, layer: _Layer, hidden: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
        """Apply self-attention and the feed-forward net, each with its residual and layer normalisation."""
        from torch.nn import functional

        texts, length, width = hidden.shape
        products = functional.linear(hidden, *layer.products)
        query, key, value = products.view(texts, length, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        context = functional.scaled_dot_product_attention(query, key, value, attn_mask=shown)
        attended = functional.linear(context.transpose(1, 2).reshape(texts, length, width), *layer.attended)
        hidden = self._normalise(layer.attention_norm, hidden + attended)
        inner = functional.gelu(functional.linear(hidden, *layer.inner))
        return self._normalise(layer.norm, hidden + functional.linear(inner, *layer.outer))

    def _normalise(self, part: _Part, states: torch.Tensor) -> torch.Tensor:
        from torch.nn import functional

        return functional.layer_norm(states, part.bias.shape, *part, self._epsilon)


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
