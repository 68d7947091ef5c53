"""Compute a small BERT's forward pass in NumPy: the vector of one query without loading torch.

Equal to torch in float32 within 1e-5, for models of the plain BERT architecture such as all-MiniLM-L6-v2
(Devlin et al. 2019). For the few tokens of a query, loading takes most of the time; the measurement is in
docs/decisions/0010-numpy-encoder.md. Papers are embedded by the other kinds, which are faster at many texts.
"""

from __future__ import annotations

import numpy as np

from paperlake.embedding.kinds.bert.architecture import WEIGHTS, has_dtype, is_plain_bert, layers, read_config
from paperlake.embedding.kinds.local import Batch
from paperlake.embedding.kinds.model_folder import ModelFolder
from paperlake.vectors.arrays import Floats, Vectors

BATCH_TOKENS = 512  # a query is one text


def runs_in_numpy(model: ModelFolder) -> bool:
    """Return whether a model has the architecture computed here, and float32 weights."""
    return (
        is_plain_bert(model)
        and not model.dense
        and model.pooling in ("mean", "cls")
        and has_dtype(model, "F32")
    )


class NumpyEncoder:
    """The model's weights, loaded; see `Encoder`."""

    device = "cpu"
    dtype = "float32"
    batch_tokens = BATCH_TOKENS
    in_flight = 1
    packs = False

    def __init__(self, model: ModelFolder) -> None:
        from safetensors import safe_open
        from threadpoolctl import ThreadpoolController

        config = read_config(model)
        self._threads = ThreadpoolController()
        self.library = f"numpy {np.__version__}"
        self._pooling = model.pooling
        self._layers = layers(config)
        self._heads = int(config["num_attention_heads"])
        self._epsilon = np.float32(config.get("layer_norm_eps", 1e-12))
        with safe_open(model.path / WEIGHTS, framework="np") as file:
            self._weights: dict[str, Vectors] = {
                name: file.get_tensor(name)
                for name in list(file.keys())
                if file.get_slice(name).get_dtype() == "F32"
            }

    def encode(self, batch: Batch) -> Vectors:
        """Compute pooled vectors of unit length, float32 of shape (texts, dimension).

        In one thread: on a busy machine the threads of such small products wait for each other, up to a
        hundred times as long as they compute.
        """
        with self._threads.limit(limits=1):
            return self._encode(batch)

    def _encode(self, batch: Batch) -> Vectors:
        hidden = self._embed(batch)
        hiding = np.where(batch.mask[:, None, None, :] > 0, 0.0, np.finfo(np.float32).min).astype(np.float32)
        for layer in range(self._layers):
            hidden = self._layer(f"encoder.layer.{layer}", hidden, hiding)
        if self._pooling == "cls":
            pooled = hidden[:, 0]
        else:
            weights = batch.mask[:, :, None].astype(np.float32)
            pooled = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        vectors: Vectors = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return vectors.astype(np.float32, copy=False)

    def _embed(self, batch: Batch) -> Vectors:
        weights = self._weights
        length = batch.ids.shape[1]
        summed = (
            weights["embeddings.word_embeddings.weight"][batch.ids]
            + weights["embeddings.position_embeddings.weight"][:length]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        return self._normalise("embeddings.LayerNorm", summed)

    def _layer(self, name: str, hidden: Vectors, hiding: Vectors) -> Vectors:
        """Apply self-attention and the feed-forward net, each with its residual and layer normalisation."""
        texts, length, width = hidden.shape
        shape = (texts, length, self._heads, width // self._heads)
        query, key, value = (
            self._linear(f"{name}.attention.self.{part}", hidden).reshape(shape).transpose(0, 2, 1, 3)
            for part in ("query", "key", "value")
        )
        attention = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(shape[-1])) + hiding
        attention = np.exp(attention - attention.max(axis=-1, keepdims=True))
        attention /= attention.sum(axis=-1, keepdims=True)
        context = (attention @ value).transpose(0, 2, 1, 3).reshape(hidden.shape)
        attended = self._linear(f"{name}.attention.output.dense", context)
        hidden = self._normalise(f"{name}.attention.output.LayerNorm", hidden + attended)
        inner = _gelu(self._linear(f"{name}.intermediate.dense", hidden))
        return self._normalise(
            f"{name}.output.LayerNorm", hidden + self._linear(f"{name}.output.dense", inner)
        )

    def _linear(self, name: str, inputs: Vectors) -> Vectors:
        outputs: Vectors = inputs @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return outputs

    def _normalise(self, name: str, inputs: Vectors) -> Vectors:
        centred = inputs - inputs.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + self._epsilon)
        outputs: Vectors = centred / spread * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]
        return outputs


def _gelu(inputs: Vectors) -> Vectors:
    """Compute GELU(x) = x P(X <= x) for a standard normal X (Hendrycks and Gimpel 2016)."""
    outputs: Vectors = (0.5 * inputs * (1.0 + _erf(inputs / np.sqrt(2.0)))).astype(np.float32)
    return outputs


def _erf(inputs: Floats) -> Floats:
    """Compute the error function within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).

    NumPy has none, and SciPy takes long to load.
    """
    size = np.abs(inputs).astype(np.float64)
    t = 1.0 / (1.0 + 0.3275911 * size)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    found: Floats = np.sign(inputs) * (1.0 - series * np.exp(-size * size))
    return found
