"""The vector of a search text, by the embedder that the lake's vectors were made with.

Vectors of different models cannot be compared, so a model that is not at hand is an error, never replaced.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from paperlake.embedding.protocol import Embedder
from paperlake.embedding.registry import make_embedder
from paperlake.embedding.stage import current_model
from paperlake.errors import ModelError, PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings


def query_embedder(lake: Lake, settings: Settings) -> Embedder:
    """An embedder whose vectors can be compared with the lake's.

    Raises:
        LakeError: The lake has no embeddings yet.
        ModelError: The settings' embedder is not available, or is another model than the lake's.
    """
    built_with = current_model(lake)
    advice = (
        f"The lake {lake.root} was embedded with {built_with.model_id} (embedder {built_with.kind}). "
        "Set PAPERLAKE_EMBEDDER and PAPERLAKE_EMBEDDER_MODEL to it, or run `paperlake run` to embed anew."
    )
    try:
        embedder = make_embedder(settings)
    except PaperlakeError as error:
        raise ModelError(f"Cannot search by meaning: {error} {advice}") from error
    if (embedder.model_id, embedder.dimension) != (built_with.model_id, built_with.dimension):
        raise ModelError(f"Cannot search by meaning with {embedder.model_id} ({embedder.kind}). {advice}")
    return embedder


def embed_query(lake: Lake, settings: Settings, text: str) -> npt.NDArray[np.float32]:
    """The vector of one search text: float32 of shape (dimension,), of unit length.

    Raises:
        LakeError: The lake has no embeddings yet.
        ModelError: The model that the lake was embedded with is not available.
    """
    vector: npt.NDArray[np.float32] = query_embedder(lake, settings).embed([text], role="query")[0]
    return vector
