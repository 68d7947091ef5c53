"""Define the interface of an embedder: texts in, unit vectors and facts about the work out.

This is the seam for swapping embedders. Kinds are under `kinds/`, are constructed by `registry.py` and know
nothing of papers or lakes; their use is up to `stage.py` and `query.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from paperlake.progress import Advance
from paperlake.vectors.arrays import Vectors

Role = Literal["paper", "query"]
"""The role of a text in retrieval: some models need another prompt before a query than before a document."""


def ignore_advance(count: int) -> None:
    """Do nothing: the progress callback where nobody watches."""


@dataclass(frozen=True)
class EmbeddingFacts:
    """Counts and circumstances of one call of `embed`, for metadata and for the parts of the store."""

    text_count: int = 0
    token_count: int = 0
    """Tokens that the model read, without padding; 0 where a server does not tell."""
    padded_token_count: int = 0
    """Tokens that the model computed, with padding."""
    truncated_count: int | None = 0
    """Texts longer than the limit, whose end was cut off; None where a server does not tell."""
    seconds: float = 0.0
    device: str = "unknown"
    dtype: str = "unknown"
    library: str = "unknown"

    def plus(self, other: EmbeddingFacts) -> EmbeddingFacts:
        """Add up two calls; device, dtype and library are those of `other`, the later call."""
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
        """Return the share of the computed tokens that was padding, 0 to 1."""
        if not self.padded_token_count:
            return 0.0
        return 1.0 - self.token_count / self.padded_token_count


class Embedder(Protocol):
    """Turns texts into vectors. Constructing one is cheap; the model is loaded by the first `embed`.

    `embed` keeps nothing of a call but the loaded model, so calls do not influence each other.
    """

    kind: str
    """The name under which the registry knows it."""
    model_id: str
    """Names model, weights, pooling and token limit; equal ids give equal vectors within 1e-5 in fp32."""
    dimension: int
    max_tokens: int
    """Longer texts are cut, in tokens."""

    def embed(
        self, texts: Sequence[str], advance: Advance = ignore_advance, role: Role = "paper"
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`.

        Args:
            texts: The texts; may be empty.
            advance: Called with the number of texts done, as they are done.
            role: Whether the texts are papers or queries.

        Returns:
            Vectors of shape (len(texts), dimension) in the order of `texts`, each row of unit length, and the
            facts of this call.

        Raises:
            ModelError: The model could not be loaded or reached, or returned something else than vectors.
        """
        ...
