"""Run the `hashing` kind: vectors from hashed words (the hashing trick), for tests; no meaning is modelled.

Texts that share words have similar vectors, the same on every machine. Never chosen silently: the settings
must name it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from paperlake.embedding.protocol import EmbeddingFacts, Role, ignore_advance
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

DIMENSION = 256  # enough that a hundred words of an abstract seldom collide
PLACES_PER_WORD = 4  # elements of the vector that one word changes
MIN_WORD_CHARS = 4  # shorter words are mostly "the", "and", "of", which would make all texts similar
WORD = re.compile(r"[^\W_]+")


class HashingEmbedder:
    """Sums the signed elements that each word hashes to; see `Embedder`."""

    kind = "hashing"
    model_id = f"hashing-{DIMENSION}"
    dimension = DIMENSION
    max_tokens = 8192

    def embed(
        self,
        texts: Sequence[str],
        advance: Advance = ignore_advance,
        role: Role = "paper",  # noqa: ARG002
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`; see `Embedder`."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        token_count = 0
        for row, text in enumerate(texts):
            words = Counter(word for word in WORD.findall(text.casefold()) if len(word) >= MIN_WORD_CHARS)
            token_count += words.total()
            for word, count in words.items():
                for place, sign in _places(word):
                    vectors[row, place] += sign * math.sqrt(count)
            advance(1)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        vectors[lengths[:, 0] == 0, 0] = 1.0  # a text without words still needs a direction
        vectors /= np.where(lengths == 0, 1.0, lengths)
        facts = EmbeddingFacts(
            text_count=len(texts),
            token_count=token_count,
            padded_token_count=token_count,
            device="cpu",
            dtype="float32",
            library="paperlake",
        )
        return vectors, facts


@lru_cache(maxsize=100_000)
def _places(word: str) -> tuple[tuple[int, float], ...]:
    digest = hashlib.blake2b(word.encode(), digest_size=2 * PLACES_PER_WORD).digest()
    pairs = zip(digest[::2], digest[1::2], strict=True)
    return tuple((place, 1.0 if sign & 1 else -1.0) for place, sign in pairs)


def make_hashing_embedder(settings: Settings) -> HashingEmbedder:  # noqa: ARG001  # it has no settings
    """Construct the embedder for tests."""
    return HashingEmbedder()
