"""The vector of a search text, by the model that the papers' vectors were made with.

Vectors of different models cannot be compared, so a model that is not at hand is an error, never replaced.
A small BERT is run in NumPy whatever embeds the papers: loading torch would take longer than the search.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from paperlake.embedding.protocol import Embedder
from paperlake.embedding.registry import make_embedder
from paperlake.errors import ModelError, PaperlakeError
from paperlake.settings import Settings

MODEL_RUNNERS = ("torch", "openvino")  # kinds that run a model's folder, which others can run as well


class QueryEmbedder:
    """Embeds queries; the model is loaded by the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def embed(self, text: str, model_id: str, dimension: int) -> npt.NDArray[np.float32]:
        """The vector of one search text: float32 of shape (dimension,), of unit length.

        Args:
            text: What is searched for.
            model_id: The model of the vectors to compare with.
            dimension: Their numbers.

        Raises:
            ModelError: The settings' embedder is not available, or is another model.
        """
        advice = (
            f"The papers were embedded with {model_id}. Set PAPERLAKE_EMBEDDER and PAPERLAKE_EMBEDDER_MODEL "
            "to it, or run `paperlake run` to embed anew."
        )
        try:
            embedder = self._embedder
        except PaperlakeError as error:
            raise ModelError(f"Cannot search by meaning: {error} {advice}") from error
        if (embedder.model_id, embedder.dimension) != (model_id, dimension):
            raise ModelError(f"Cannot search by meaning with {embedder.model_id} ({embedder.kind}). {advice}")
        vector: npt.NDArray[np.float32] = embedder.embed([text], role="query")[0]
        return vector

    @cached_property
    def _embedder(self) -> Embedder:
        return make_query_embedder(self._settings)


def make_query_embedder(settings: Settings) -> Embedder:
    """The lightest embedder of the settings' model. Cheap: the model is loaded by its first `embed`.

    Raises:
        UsageError: There is no such kind, it needs an extra that is not installed, or a setting is missing.
        ModelError: The model is missing or not what it should be.
    """
    kind = settings.embedder_ray_kind if settings.embedder == "ray" else settings.embedder
    if kind in MODEL_RUNNERS:
        from paperlake.embedding.kinds.local import LocalEmbedder
        from paperlake.embedding.kinds.model_folder import open_model_folder
        from paperlake.embedding.kinds.numpy_encoder import NumpyEncoder, runs_in_numpy

        model = open_model_folder(settings.embedder_model, settings.embedder_max_tokens)
        if runs_in_numpy(model):
            return LocalEmbedder("numpy", model, lambda: NumpyEncoder(model))
    return make_embedder(settings)
