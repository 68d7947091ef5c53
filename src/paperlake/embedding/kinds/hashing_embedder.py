"""Run the `hashing` kind: vectors from hashed words (the hashing trick), for tests; no meaning is modelled.

Texts that share words have similar vectors, the same on every machine. Never chosen silently: the settings
must name it.
"""

from __future__ import annotations

import hashlib
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
WORD = re.compile(rf"[^\W_]{{{MIN_WORD_CHARS},}}")
BLOCK_TEXTS = 1_024  # whose words are added at a time: 10 MB


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
        for start in range(0, len(texts), BLOCK_TEXTS):
            block = texts[start : start + BLOCK_TEXTS]
            token_count += _add_words(block, vectors[start : start + len(block)])
            advance(len(block))
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


def _add_words(texts: Sequence[str], vectors: Vectors) -> int:
    """Add the words of each text to its vector, in the order in which they appear; return their number."""
    words: list[str] = []
    counts: list[int] = []
    sizes: list[int] = []
    for text in texts:
        counted = Counter(WORD.findall(text.casefold()))
        words += counted.keys()
        counts += counted.values()
        sizes.append(len(counted))
    numbers = {word: number for number, word in enumerate(dict.fromkeys(words))}
    if not numbers:
        return 0
    hashed = np.frombuffer(b"".join(map(_digest, numbers)), np.uint8).reshape(-1, PLACES_PER_WORD, 2)
    chosen = hashed[np.fromiter(map(numbers.__getitem__, words), np.intp, len(words))]
    rows = np.repeat(np.arange(len(texts)), sizes)
    weights = np.sqrt(np.array(counts, np.float64)).astype(np.float32)[:, None]
    values = np.where(chosen[..., 1] & 1, weights, -weights)
    places = rows[:, None] * DIMENSION + chosen[..., 0]
    np.add.at(vectors.reshape(-1), places.reshape(-1), values.reshape(-1))
    return sum(counts)


@lru_cache(maxsize=100_000)
def _digest(word: str) -> bytes:
    """Return for each place of a word one byte that says where it is, and one whose last bit is its sign."""
    return hashlib.blake2b(word.encode(), digest_size=2 * PLACES_PER_WORD).digest()


def make_hashing_embedder(settings: Settings) -> HashingEmbedder:  # noqa: ARG001  # it has no settings
    """Construct the embedder for tests."""
    return HashingEmbedder()
