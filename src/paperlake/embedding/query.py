"""Embed a search text by the model that embedded the papers.

Vectors of different models cannot be compared, so a model that is not available is an error, never replaced.
A small BERT is run in NumPy also where torch embeds the papers, as loading torch takes longer than a search.
"""

from __future__ import annotations

import threading
from functools import cached_property

from paperlake.bounded_cache import BoundedCache
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.protocol import Embedder
from paperlake.errors import ModelError, PaperlakeError
from paperlake.settings import LOCAL_KINDS, Settings
from paperlake.vectors.arrays import Vectors

MAX_KEPT_VECTORS = 1024  # of the last queries: 1.5 MB of 384 dimensions


class QueryEmbedder:
    """Embeds queries, for any number of threads; the model is loaded by the first one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._kept: BoundedCache[tuple[str, str], Vectors] = BoundedCache(MAX_KEPT_VECTORS)
        self._embedding = threading.Lock()  # an embedder is not safe between threads

    def embed(self, text: str, model_id: str, dimension: int) -> Vectors:
        """Compute the vector of one search text: float32 of shape (dimension,), of unit length.

        It is read-only: vectors of the last queries are kept, as a build of the warehouse changes none.

        Raises:
            ModelError: As `embed_all`.
        """
        vector = self._kept.get((text, model_id))
        if vector is None or len(vector) != dimension:
            vector = self.embed_all([text], model_id, dimension)[0]
            vector.flags.writeable = False
            self._kept.put((text, model_id), vector)
        return vector

    def embed_all(self, texts: list[str], model_id: str, dimension: int) -> Vectors:
        """Compute the vectors of search texts: float32 of shape (texts, dimension), of unit length.

        Args:
            texts: The queries.
            model_id: The model of the vectors to compare with.
            dimension: Of those vectors.

        Raises:
            ModelError: The settings' embedder is not available, or is another model.
        """
        advice = (
            f"The papers were embedded with {model_id}, and a query needs the same model. `paperlake config` "
            "shows which settings choose an embedder: remove those of another one, or embed the papers again "
            "with `paperlake run --reembed`."
        )
        with self._embedding:
            try:
                embedder = self._embedder
            except PaperlakeError as error:
                raise ModelError(f"Cannot search by meaning: {error} {advice}") from error
            if (embedder.model_id, embedder.dimension) != (model_id, dimension):
                kind = embedder.kind
                raise ModelError(f"Cannot search by meaning with {embedder.model_id} ({kind}). {advice}")
            vectors, _ = embedder.embed(texts, role="query")
        return vectors

    @cached_property
    def _embedder(self) -> Embedder:
        return make_query_embedder(self._settings)


def make_query_embedder(settings: Settings) -> Embedder:
    """Construct the embedder of the settings' model that loads fastest.

    The model is loaded by its first `embed`.

    Raises:
        UsageError: There is no such kind, it needs an extra that is not installed, or a setting is missing.
        ModelError: The model is missing or invalid.
    """
    kind = settings.embedder_ray_kind if settings.embedder == "ray" else settings.embedder
    if kind in LOCAL_KINDS:  # which run a model's folder, as NumPy may as well
        from paperlake.embedding.kinds.bert.numpy_encoder import NumpyEncoder, runs_in_numpy
        from paperlake.embedding.kinds.local import LocalEmbedder
        from paperlake.embedding.kinds.model_folder import open_model

        model = open_model(settings)
        if runs_in_numpy(model):
            return LocalEmbedder("numpy", model, lambda: NumpyEncoder(model))
    return make_embedder(settings)
