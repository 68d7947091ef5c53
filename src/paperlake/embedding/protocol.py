"""What every kind of embedder offers, and what it tells about its work.

Texts go in, unit vectors come out. Kinds live under `kinds/`, are made by `registry.py` and know nothing of
papers or lakes; what is done with the vectors is up to `stage.py` and `query.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from paperlake.progress import Advance

Vectors = npt.NDArray[np.float32]
"""Float32 of shape (texts, dimension), each row of unit length."""

Role = Literal["paper", "query"]
"""What a text is: some models want another prompt before a query than before a document."""


def ignore_advance(count: int) -> None:
    """The progress callback of those who do not watch."""


@dataclass(frozen=True)
class EmbeddingFacts:
    """What one call of `embed` did, for metadata and for the parts of the store."""

    text_count: int = 0
    token_count: int = 0
    """Tokens that the model read, padding left out; 0 where a server does not tell."""
    padded_token_count: int = 0
    """Tokens that the model computed, padding included."""
    truncated_count: int | None = 0
    """Texts that were longer than the limit and lost their end; None where a server does not tell."""
    seconds: float = 0.0
    device: str = "unknown"
    dtype: str = "unknown"
    library: str = "unknown"

    def plus(self, other: EmbeddingFacts) -> EmbeddingFacts:
        """Both calls together; device, dtype and library are the other's, the later one."""
        truncated = (self.truncated_count, other.truncated_count)
        return replace(
            other,
            text_count=self.text_count + other.text_count,
            token_count=self.token_count + other.token_count,
            padded_token_count=self.padded_token_count + other.padded_token_count,
            truncated_count=None if None in truncated else sum(count or 0 for count in truncated),
            seconds=self.seconds + other.seconds,
        )

    @property
    def padding_share(self) -> float:
        """Part of the computed tokens that was padding, 0 to 1."""
        if not self.padded_token_count:
            return 0.0
        return 1.0 - self.token_count / self.padded_token_count


class Embedder(Protocol):
    """Turns texts into vectors. Making one is cheap; the model is loaded by the first `embed`."""

    kind: str
    """The name under which the registry knows it."""
    model_id: str
    """Names model, weights, pooling and token limit; equal ids give equal vectors within 1e-5 in fp32."""
    dimension: int
    max_tokens: int
    """Longer texts are cut, in tokens."""
    facts: EmbeddingFacts
    """What the last call of `embed` did."""

    def embed(self, texts: Sequence[str], advance: Advance = ignore_advance, role: Role = "paper") -> Vectors:
        """Vectors of `texts`, in their order.

        Args:
            texts: What to embed; may be empty.
            advance: Called with the number of texts done, as they are done.
            role: Whether the texts are papers or queries.

        Raises:
            ModelError: The model could not be loaded, reached, or answered with something else.
        """
        ...
