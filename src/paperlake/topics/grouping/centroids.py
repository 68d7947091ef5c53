"""Centroids of groups: computing them, assigning vectors to the nearest, dissolving small groups.

Used by clustering, warm start, membership and the map; all vectors are fixed-point vectors (`exact.py`).
"""

from __future__ import annotations

import numpy as np

from paperlake.topics.grouping.exact import cosine_blocks, group_sums, to_fixed_point
from paperlake.vectors.arrays import Floats, Ints


def centroids(vectors: Floats, groups: Ints, count: int | None = None) -> Floats:
    """Compute the fixed-point centroid of each group.

    Args:
        vectors: (papers, dimensions)
        groups: (papers,) from 0; vectors of group -1 count for none.
        count: Number of groups; None where the last group holds a paper.

    Returns:
        (groups, dimensions); zeros for an empty group.
    """
    return to_fixed_point(group_sums(vectors, groups, int(groups.max()) + 1 if count is None else count))


def nearest_centroid(vectors: Floats, centers: Floats) -> Ints:
    """Return for each vector the number of the centroid with the highest cosine."""
    nearest = np.empty(len(vectors), dtype=np.int64)
    for block, similarity in cosine_blocks(vectors, centers):
        nearest[block] = similarity.argmax(axis=1)
    return nearest


def pairwise_cosines(centers: Floats) -> Floats:
    """Return the (groups, groups) cosines of centroids with one another."""
    return np.concatenate([block for _, block in cosine_blocks(centers, centers)])


def dissolve_small_groups(vectors: Floats, groups: Ints, min_size: int) -> tuple[Ints, Ints]:
    """Dissolve groups of fewer than `min_size` papers, smallest first, into the nearest others.

    Args:
        vectors: (papers, dimensions)
        groups: (papers,) from 0, without gaps.
        min_size: A single group stays whatever its size.

    Returns:
        (papers,) groups without gaps, and (remaining groups,) their numbers before.
    """
    remaining = np.arange(int(groups.max()) + 1)
    while True:
        sizes = np.bincount(groups)
        smallest = int(sizes.argmin())
        if len(sizes) == 1 or sizes[smallest] >= min_size:
            return groups, remaining
        members = np.flatnonzero(groups == smallest)
        others = np.delete(centroids(vectors, groups), smallest, axis=0)
        groups = np.where(groups > smallest, groups - 1, groups)
        groups[members] = nearest_centroid(vectors[members], others)
        remaining = np.delete(remaining, smallest)
