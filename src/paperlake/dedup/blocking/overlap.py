"""How much two texts share of their words, each word weighing its rarity.

Works on the word numbers of signatures, many pairs at once, by sorting. What an overlap means for the
decision is in `matching.py`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from paperlake.dedup.blocking.rarity import rarities
from paperlake.dedup.blocking.signatures import THREADS, WORD_BITS
from paperlake.dedup.text.hashing import distinct

Ints = np.ndarray[Any, np.dtype[np.int64]]
Words = np.ndarray[Any, np.dtype[np.uint32]]
Floats = np.ndarray[Any, np.dtype[np.float64]]

PAIRS_AT_ONCE = 1_000  # about 250,000 words, 2 MB: sorting them stays within a core's cache
COUNTED_AT_ONCE = 1 << 23  # words counted at once, 32 MB


@dataclass(frozen=True)
class WordLists:
    """A list of word numbers for each text, as one flat array."""

    flat: Words
    offsets: Ints

    @classmethod
    def of(cls, column: pl.Series) -> WordLists:
        """The lists of a column of `pl.List(pl.UInt32)`."""
        sizes = column.list.len().to_numpy()
        flat = column.explode(empty_as_null=False, keep_nulls=False).to_numpy()
        return cls(flat, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))

    def frequencies(self) -> Words:
        """In how many texts each word stands."""
        counts = np.zeros(1 << WORD_BITS, np.uint32)
        for begin in range(0, len(self.flat), COUNTED_AT_ONCE):
            words, found = np.unique(self.flat[begin : begin + COUNTED_AT_ONCE], return_counts=True)
            counts[words] += found.astype(np.uint32)
        return counts

    def of_texts(self, texts: Ints) -> tuple[Words, Ints]:
        """The words of some texts end to end, and how many each has."""
        sizes = self.offsets[texts + 1] - self.offsets[texts]
        if len(texts) and bool((np.diff(texts) == 1).all()):
            return self.flat[self.offsets[texts[0]] : self.offsets[texts[-1] + 1]], sizes
        begins = np.cumsum(sizes) - sizes
        place = np.arange(int(sizes.sum())) + np.repeat(self.offsets[texts] - begins, sizes)
        return self.flat[place], sizes


@dataclass(frozen=True)
class Overlap:
    """How much two texts share of their words, each word weighing its rarity."""

    jaccard: Floats
    containment: Floats
    """The shared part of the lesser text."""
    least_weight: Floats
    """The weight of the lesser text."""


def word_overlap(lists: WordLists, first: Ints, second: Ints) -> Overlap:
    """Overlap of the word sets of each pair of texts."""
    weight = text_weights(lists, distinct(np.concatenate([first, second])))
    begins = range(0, len(first), PAIRS_AT_ONCE)
    with ThreadPoolExecutor(max_workers=THREADS) as threads:
        parts = threads.map(
            lambda begin: _shared_weights(
                lists, first[begin : begin + PAIRS_AT_ONCE], second[begin : begin + PAIRS_AT_ONCE]
            ),
            begins,
        )
        shared = np.concatenate([np.zeros(0), *parts])
    one, other = weight[first], weight[second]
    tiny = 1e-9
    least = np.minimum(one, other)
    return Overlap(
        jaccard=np.clip(shared / np.maximum(one + other - shared, tiny), 0, 1),
        containment=np.clip(shared / np.maximum(least, tiny), 0, 1),
        least_weight=least,
    )


def text_weights(lists: WordLists, texts: Ints) -> Floats:
    """The weight of each of `texts`, at its row; 0 for the others."""
    rarity = rarities()
    total = np.zeros(len(lists.offsets) - 1)
    for begin in range(0, len(texts), PAIRS_AT_ONCE):
        some = texts[begin : begin + PAIRS_AT_ONCE]
        words, sizes = lists.of_texts(some)
        total[some] = _sums(np.repeat(np.arange(len(some)), sizes), rarity[words], len(some))
    return total


def _shared_weights(lists: WordLists, first: Ints, second: Ints) -> Floats:
    """The weight of the words that the texts of each pair share."""
    coded = []
    for texts in (first, second):
        words, sizes = lists.of_texts(texts)
        pair = np.repeat(np.arange(len(texts), dtype=np.uint64) << np.uint64(WORD_BITS), sizes)
        coded.append(pair | words)
    both = np.sort(np.concatenate(coded))
    twice = both[:-1][both[1:] == both[:-1]]
    weights = rarities()[(twice & np.uint64((1 << WORD_BITS) - 1)).astype(np.int64)]
    return _sums((twice >> np.uint64(WORD_BITS)).astype(np.int64), weights, len(first))


def _sums(owners: Ints, weights: np.ndarray[Any, Any], count: int) -> Floats:
    """The sum of the weights of each owner, in the order in which they stand."""
    sums: Floats = np.bincount(owners, weights=weights, minlength=count).astype(np.float64)
    return sums
