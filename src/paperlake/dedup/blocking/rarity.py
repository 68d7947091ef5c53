"""Look up the information in each word: much for rare words, little for common ones, equal in every lake.

The frequencies in `data/word_frequencies.csv` are constants of the model, so that the decision about two
texts depends on these two texts alone, and not on the other texts of the lake.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import polars as pl

from paperlake.dedup.blocking.packed_keys import high_bits
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import word_hashes
from paperlake.vectors.arrays import Vectors, Words

# Counted in the titles and abstracts of 36,876 arXiv papers, half of them up to 2019 and spread over 60
# categories, half of 2025 and 2026. Words in under 20 of them are not listed and count as words of 5 texts.
COUNTED_TEXTS = 36_876
UNLISTED_COUNT = 5


@cache
def word_counts() -> Words:
    """Return how many of the counted texts have each word, by its word number, (2^WORD_BITS,)."""
    listed = pl.read_csv(
        resources.files("paperlake.dedup").joinpath("data/word_frequencies.csv").read_bytes(),
        schema={"word": pl.String, "texts": pl.Int64},
    )
    numbers = high_bits(word_hashes(listed["word"])[0], WORD_BITS)
    counts = np.full(1 << WORD_BITS, UNLISTED_COUNT, np.uint32)
    np.maximum.at(counts, numbers.astype(np.int64), listed["texts"].to_numpy().astype(np.uint32))
    return counts


@cache
def word_information() -> Vectors:
    """Return the information of each word in nats, indexed by its word number, (2^WORD_BITS,) float32."""
    counts = word_counts()
    listed = np.flatnonzero(counts != UNLISTED_COUNT)  # some 10,000 of 16 million
    rest = np.array([UNLISTED_COUNT], np.uint32)
    information: Vectors = np.full(len(counts), _information_of(rest)[0], np.float32)
    information[listed] = _information_of(counts[listed])
    return information


def _information_of(counts: Words) -> Vectors:
    information: Vectors = np.log(np.float32(COUNTED_TEXTS + 1) / counts.astype(np.float32))
    return information
