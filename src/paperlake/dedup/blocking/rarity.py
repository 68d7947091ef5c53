"""How much each word tells of a text: rare words much, common words little, the same in every lake.

The frequencies in `data/word_frequencies.csv` are constants of the model, so that whether two texts are the
same paper depends on these two texts alone, and not on what else lies in the lake.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import polars as pl

from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import word_hashes

# Counted in the titles and abstracts of 36,876 arXiv papers, half of them up to 2019 and spread over 60
# categories, half of 2025 and 2026; words in under 20 of them are left out and count as standing in 5.
COUNTED_TEXTS = 36_876
UNLISTED_COUNT = 5


@cache
def rarities() -> np.ndarray[Any, np.dtype[np.float32]]:
    """The information in each word, in natural units, by the word's number in signatures."""
    listed = pl.read_csv(
        resources.files("paperlake.dedup").joinpath("data/word_frequencies.csv").read_bytes(),
        schema={"word": pl.String, "texts": pl.Int64},
    )
    numbers = word_hashes(listed["word"])[0] >> np.uint64(64 - WORD_BITS)
    counts = np.full(1 << WORD_BITS, UNLISTED_COUNT, np.float32)
    np.maximum.at(counts, numbers.astype(np.int64), listed["texts"].to_numpy().astype(np.float32))
    rarity: np.ndarray[Any, np.dtype[np.float32]] = np.log(np.float32(COUNTED_TEXTS + 1) / counts)
    return rarity
