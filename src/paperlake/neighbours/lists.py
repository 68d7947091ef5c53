"""Lists of neighbours: the greatest similarities of each paper, ties by row number.

Matrix products in float32 find candidates; their similarity is then computed as the float64 sum of exact
products of float32 numbers, and rounded. Whatever block a pair was found in, its similarity is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.vectors.arrays import Flags, Floats, Ints, Vectors

SIMILARITY_DECIMALS = 6  # equal to so many is a tie
# A float32 product of two unit vectors is off by some 3e-7, and rounding moves a similarity by 5e-7.
TOLERANCE = np.float32(4e-6)
PAIR_ROWS = 256  # pairs whose products are computed at a time: they stay in the cache

Numbers = npt.NDArray[np.int32]
"""Row numbers or places of papers, where there are several for each paper."""


@dataclass(frozen=True)
class Pairs:
    """Candidates: a query, a row, and their rounded similarity, each (n,)."""

    queries: Ints
    rows: Ints
    similarities: Floats

    @classmethod
    def none(cls) -> Pairs:
        """Return no pairs."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))

    @classmethod
    def concatenate(cls, parts: list[Pairs]) -> Pairs:
        """Return the pairs of all parts."""
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([part.queries for part in parts]),
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.similarities for part in parts]),
        )

    def where(self, is_kept: Flags) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.queries[is_kept], self.rows[is_kept], self.similarities[is_kept])

    def best(self, count: int) -> Pairs:
        """Return the `count` best pairs of each query, each pair once, in order of query and rank."""
        order = np.lexsort((self.rows, -self.similarities, self.queries))
        queries, rows = self.queries[order], self.rows[order]
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = (queries[1:] != queries[:-1]) | (rows[1:] != rows[:-1])
        order = order[is_new]
        queries = queries[is_new]
        is_kept = np.arange(len(order)) - np.searchsorted(queries, queries) < count
        order = order[is_kept]
        return Pairs(self.queries[order], self.rows[order], self.similarities[order])

    def ranks(self) -> Ints:
        """Return the rank of each pair, from 1, of pairs that `best` gave."""
        ranks: Ints = np.arange(len(self.queries)) - np.searchsorted(self.queries, self.queries) + 1
        return ranks

    def last_similarities(self, query_count: int, count: int) -> Floats:
        """Return the similarity of rank `count` of each query; -infinity of one with fewer pairs.

        Args:
            query_count: How many queries there are.
            count: The length of a full list; the pairs are those that `best(count)` gave.
        """
        found = np.full(query_count, -np.inf)
        is_last = self.ranks() == count
        found[self.queries[is_last]] = self.similarities[is_last]
        return found


def exact_similarities(left: Vectors, left_rows: Ints, right: Vectors, right_rows: Ints) -> Floats:
    """Compute the rounded similarities of pairs of rows of two matrices.

    Returns:
        (pairs,), the same for a pair wherever and in whatever order it is computed.
    """
    similarities = np.empty(len(left_rows))
    for start in range(0, len(left_rows), PAIR_ROWS):
        part = slice(start, start + PAIR_ROWS)
        products = left[left_rows[part]].astype(np.float64)
        products *= right[right_rows[part]]
        similarities[part] = products.sum(axis=1)
    return rounded(similarities)


def rounded(similarities: Floats) -> Floats:
    """Round similarities as they are compared and published, in place; adding 0 turns -0 into 0."""
    np.clip(similarities, -1.0, 1.0, out=similarities)
    np.round(similarities, SIMILARITY_DECIMALS, out=similarities)
    similarities += 0.0
    return similarities
