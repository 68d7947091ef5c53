"""Compute how much of their words two texts share, each word weighted by its information.

Works on the word numbers of signatures, many pairs at once, by sorting. How an overlap enters the match score
is in `matching/model.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.dedup.blocking.packed_keys import WORD_SIZE, PackedKeys
from paperlake.dedup.blocking.rarity import word_information
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import distinct
from paperlake.vectors.arrays import Floats, Ints, Words

CHUNK_PAIRS = 1_000  # about 250,000 words, 2 MB: sorting them stays within a core's cache
MIN_WEIGHT = 1e-9  # keeps the quotients of texts without words finite

_PAIR_WORDS = PackedKeys(pair=WORD_SIZE - WORD_BITS, word=WORD_BITS)


@dataclass(frozen=True)
class WordLists:
    """A sorted list of distinct word numbers for each text, as one flat array."""

    flat: Words
    offsets: Ints

    @classmethod
    def of(cls, column: pl.Series) -> WordLists:
        """Read the lists of a column of `pl.List(pl.UInt32)`."""
        sizes = column.list.len().to_numpy()
        flat = column.explode(empty_as_null=False, keep_nulls=False).to_numpy()
        return cls(flat, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))

    @property
    def text_count(self) -> int:
        """Return the number of texts."""
        return len(self.offsets) - 1

    def of_texts(self, texts: Ints) -> tuple[Words, Ints]:
        """Return the words of some texts end to end, and the number of words of each."""
        sizes = self.offsets[texts + 1] - self.offsets[texts]
        if len(texts) and bool((np.diff(texts) == 1).all()):
            return self.flat[self.offsets[texts[0]] : self.offsets[texts[-1] + 1]], sizes
        starts = np.cumsum(sizes) - sizes
        place = np.arange(int(sizes.sum())) + np.repeat(self.offsets[texts] - starts, sizes)
        return self.flat[place], sizes


@dataclass(frozen=True)
class Overlap:
    """The weighted overlap of the word sets of each pair of texts."""

    jaccard: Floats
    """Weight of the shared words over the weight of all words of both texts."""
    containment: Floats
    """Weight of the shared words over the weight of the lighter text."""
    min_weight: Floats
    """Weight of the lighter text, in nats."""


def word_overlap(lists: WordLists, first: Ints, second: Ints) -> Overlap:
    """Compute the overlap of the word sets of each pair of texts, given by their numbers."""
    weight = text_weights(lists, distinct(np.concatenate([first, second])))
    parts = [
        _shared_weights(lists, first[start : start + CHUNK_PAIRS], second[start : start + CHUNK_PAIRS])
        for start in range(0, len(first), CHUNK_PAIRS)
    ]
    shared = np.concatenate([np.zeros(0), *parts])
    one, other = weight[first], weight[second]
    lighter = np.minimum(one, other)
    return Overlap(
        jaccard=np.clip(shared / np.maximum(one + other - shared, MIN_WEIGHT), 0, 1),
        containment=np.clip(shared / np.maximum(lighter, MIN_WEIGHT), 0, 1),
        min_weight=lighter,
    )


def text_weights(lists: WordLists, texts: Ints) -> Floats:
    """Compute the summed information of the words of some texts.

    Returns:
        The weights of all texts of `lists`, in nats; 0 for those not in `texts`.
    """
    information = word_information()
    total = np.zeros(lists.text_count)
    for start in range(0, len(texts), CHUNK_PAIRS):
        some = texts[start : start + CHUNK_PAIRS]
        words, sizes = lists.of_texts(some)
        total[some] = _sum_by_owner(np.repeat(np.arange(len(some)), sizes), information[words], len(some))
    return total


def _shared_weights(lists: WordLists, first: Ints, second: Ints) -> Floats:
    """Compute the weight of the words that the two texts of each pair share."""
    packed = []
    for texts in (first, second):
        words, sizes = lists.of_texts(texts)
        packed.append(
            _PAIR_WORDS.pack(pair=np.repeat(np.arange(len(texts), dtype=np.uint64), sizes), word=words)
        )
    both = np.sort(np.concatenate(packed))
    shared = both[:-1][both[1:] == both[:-1]]
    weights = word_information()[_PAIR_WORDS.unpack(shared, "word").astype(np.int64)]
    return _sum_by_owner(_PAIR_WORDS.unpack(shared, "pair").astype(np.int64), weights, len(first))


def _sum_by_owner(owners: Ints, weights: npt.NDArray[np.float32], count: int) -> Floats:
    """Sum the weights of each owner, in the order of the array."""
    sums: Floats = np.bincount(owners, weights=weights, minlength=count).astype(np.float64)
    return sums
