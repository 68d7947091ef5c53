"""Recognise models of the plain BERT architecture, which this package computes itself (Devlin et al. 2019).

Transformers takes longer to load than torch, and torch longer than NumPy. So queries are computed in NumPy
(`numpy_encoder.py`) and papers in torch alone (`torch_bert.py`) where the model is such a one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from paperlake.embedding.kinds.model_folder import ModelFolder

WEIGHTS = "model.safetensors"
WORDS = "embeddings.word_embeddings"
NORMALISATION = "embeddings.LayerNorm"
# Of each layer: the attention's products, its output, and the feed-forward net, with their normalisations.
LAYER_PARTS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "attention.output.LayerNorm",
    "intermediate.dense",
    "output.dense",
    "output.LayerNorm",
)


def read_config(model: ModelFolder) -> dict[str, Any]:
    """Return the content of a model's config.json."""
    content: dict[str, Any] = json.loads((model.path / "config.json").read_text())
    return content


def is_plain_bert(model: ModelFolder) -> bool:
    """Return whether a model is a BERT with GELU and absolute positions, with one file of weights."""
    config = read_config(model)
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and not config.get("is_decoder")
        and (model.path / WEIGHTS).is_file()
        and set(_names(config)) <= set(_dtypes(model))
    )


def has_dtype(model: ModelFolder, dtype: str) -> bool:
    """Return whether the weights of a plain BERT have a type, by its name in safetensors, such as F32."""
    return _dtypes(model)[f"{WORDS}.weight"] == dtype


def _names(config: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the weights that are computed with."""
    for kind in ("word", "position", "token_type"):
        yield f"embeddings.{kind}_embeddings.weight"
    parts = [f"encoder.layer.{layer}.{part}" for layer in range(layers(config)) for part in LAYER_PARTS]
    for part in (NORMALISATION, *parts):
        yield from (f"{part}.weight", f"{part}.bias")


def layers(config: dict[str, Any]) -> int:
    """Return the number of layers."""
    return int(config["num_hidden_layers"])


def _dtypes(model: ModelFolder) -> dict[str, str]:
    from safetensors import safe_open

    with safe_open(model.path / WEIGHTS, framework="np") as file:
        return {name: file.get_slice(name).get_dtype() for name in list(file.keys())}
