"""Splitting a subtopic between the papers that a person names and the rest, by 2-means from these."""

from __future__ import annotations

import numpy as np

from paperlake.topics.curated.memory import SplitCenters
from paperlake.topics.grouping.centroids import centroids
from paperlake.topics.grouping.exact import group_sums
from paperlake.vectors.arrays import Flags, Floats

MAX_ROUNDS = 20  # of 2-means; it has settled after five on most topics


def split_papers(vectors: Floats, named: Flags) -> SplitCenters | None:
    """Find the two halves of a subtopic; None where nothing would be left of one.

    Args:
        vectors: (papers, dimensions) centred fixed-point vectors of its papers.
        named: (papers,) whether a person named each; these stay in their half.
    """
    own = named.copy()
    for _ in range(MAX_ROUNDS):
        if not own.any() or own.all():
            return None
        halves = own.astype(np.int64)
        centers = centroids(vectors, halves, 2)
        nearer = named | (vectors @ centers[1] > vectors @ centers[0])
        if np.array_equal(nearer, own):
            break
        own = nearer
    if own.all():
        return None
    halves = own.astype(np.int64)
    centers, sums = centroids(vectors, halves, 2), group_sums(vectors, halves, 2)
    rows = [centers[1], centers[0], sums[1]]
    return SplitCenters(*(row.astype(np.int64).tolist() for row in rows))


def is_split_off(vectors: Floats, named: Flags, centers: SplitCenters) -> Flags:
    """Return (papers,) whether each is in the half of the named papers; a function of the paper alone."""
    own, rest = np.array(centers.own, dtype=np.float64), np.array(centers.rest, dtype=np.float64)
    nearer: Flags = named | (vectors @ own > vectors @ rest)
    return nearer
