"""Groups that carry on: the groups of the fit before, with new papers filed and changed where they must be.

A paper stays where it is unless another topic is clearly nearer; a topic ends or splits only where its
vectors clearly ask for it. Finding groups without any before them is `clustering.py`.
"""

from __future__ import annotations

import numpy as np

from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import UNIT, Flags, Floats, Ints, group_sums, products, to_grid

STAY_MARGIN = 0.05  # of cosine, by which another topic must be nearer: 99.8 percent of 16,364 papers stay
ROUNDS = 20  # of moving papers; they settle in 3 to 6
SPLITTING_ROUNDS = 3  # one topic may take in several new fields
HALVING_ROUNDS = 20
SPLIT_MARGIN = 0.2  # of cosine, by which halves lie further apart than is usual: two fields in one have 0.38
MIN_HALF = 0.25  # of the usual size of a subtopic, that either half of one that splits must have
MIN_HALF_PAPERS = 8  # fewer papers fall in two by chance
DUPLICATE_MARGIN = 0.15  # of cosine; groups that a fit has just found come within 0.02


def carry_on_groups(vectors: Floats, outside: Flags, before: Ints, topic_of: Ints, least: int) -> Groups:
    """File all papers into the groups of the fit before, and split, merge or end groups where needed.

    Args:
        vectors: (papers, dimensions) from `clustering.told_apart(...)`.
        outside: (papers,) outliers: they are filed, but pull no centroid.
        before: (papers,) the subtopic of the fit before, -1 for new papers; some that is no outlier is known.
        topic_of: (subtopics of the fit before,) the topic of each.
        least: Papers that a subtopic holds at least.
    """
    inside = np.flatnonzero(~outside)
    everywhere, vectors = vectors, vectors[inside]
    alive, groups = np.unique(before[inside], return_inverse=True)
    groups = groups - int(alive[0] < 0)
    parents = topic_of[alive[alive >= 0]]
    groups = _settled(vectors, groups)
    for _ in range(SPLITTING_ROUNDS):
        changed, changed_parents = _without_duplicates(
            vectors, *_without_small(vectors, groups, parents, least)
        )
        changed, changed_parents = _with_splits(vectors, changed, changed_parents, least)
        if len(changed_parents) == len(parents) and np.array_equal(changed, groups):
            break
        groups, parents = _settled(vectors, changed), changed_parents
    groups, parents = _without_small(vectors, groups, parents, least)
    everyone = np.full(len(everywhere), -1, dtype=np.int64)
    everyone[inside] = groups
    everyone[outside] = nearest(everywhere[outside], centroids_of(vectors, groups))
    _, topics = np.unique(parents, return_inverse=True)
    return Groups(everyone, topics)


def centroids_of(vectors: Floats, groups: Ints) -> Floats:
    """Centroids of groups without gaps, on the grid; vectors of group -1 count for none."""
    return to_grid(group_sums(vectors, groups, int(groups.max()) + 1))


def nearest(vectors: Floats, centroids: Floats) -> Ints:
    """The centroid of the highest cosine to each vector."""
    found = np.empty(len(vectors), dtype=np.int64)
    for block, similarity in products(vectors, centroids):
        found[block] = similarity.argmax(axis=1)
    return found


def _settled(vectors: Floats, groups: Ints) -> Ints:
    """Spherical k-means (Dhillon and Modha 2001) in which a paper moves only for `STAY_MARGIN`."""
    groups = groups.copy()
    for _ in range(ROUNDS):
        moved = groups.copy()
        for block, similarity in products(vectors, centroids_of(vectors, groups)):
            own = groups[block]
            at_home = np.take_along_axis(similarity, np.maximum(own, 0)[:, None], axis=1)[:, 0]
            best = similarity.argmax(axis=1)
            moves = (own < 0) | (similarity.max(axis=1) > at_home + STAY_MARGIN)
            moved[block] = np.where(moves, best, own)
        if np.array_equal(moved, groups):
            break
        lost = np.setdiff1d(groups, moved)
        if (lost >= 0).any():  # the last papers of a group stay, so that numbers keep their meaning
            kept = np.isin(groups, lost[lost >= 0])
            moved[kept] = groups[kept]
        groups = moved
    return groups


def _without_small(vectors: Floats, groups: Ints, parents: Ints, least: int) -> tuple[Ints, Ints]:
    """Dissolve groups of fewer than `least` papers, smallest first, into the nearest others."""
    while True:
        sizes = np.bincount(groups, minlength=len(parents))
        smallest = int(sizes.argmin())
        if len(sizes) == 1 or sizes[smallest] >= least:
            return groups, parents
        members = np.flatnonzero(groups == smallest)
        others = np.delete(centroids_of(vectors, groups), smallest, axis=0)
        groups = np.where(groups > smallest, groups - 1, groups)
        groups[members] = nearest(vectors[members], others)
        parents = np.delete(parents, smallest)


def _without_duplicates(vectors: Floats, groups: Ints, parents: Ints) -> tuple[Ints, Ints]:
    """Join pairs of groups that are clearly more alike than the halves of either are."""
    while len(parents) > 1:
        halves = np.array([_halved(vectors[groups == group])[1] for group in range(len(parents))])
        likeness = _likeness(centroids_of(vectors, groups))
        first, second = np.unravel_index(int(likeness.argmax()), likeness.shape)
        if likeness[first, second] <= max(halves[first], halves[second]) + DUPLICATE_MARGIN:
            break
        sizes = np.bincount(groups)
        gone, stays = (first, second) if sizes[first] < sizes[second] else (second, first)
        groups = np.where(groups == gone, stays, groups)
        groups = np.where(groups > gone, groups - 1, groups)
        parents = np.delete(parents, gone)
    return groups, parents


def _with_splits(vectors: Floats, groups: Ints, parents: Ints, least: int) -> tuple[Ints, Ints]:
    """Split groups whose halves are clearly further apart than halves of groups usually are."""
    sizes = np.bincount(groups)
    smallest = max(least, MIN_HALF_PAPERS, MIN_HALF * float(np.median(sizes)))
    members = [np.flatnonzero(groups == group) for group in range(len(sizes))]
    halves = [_halved(vectors[rows]) for rows in members]
    usual = float(np.median([cosine for _, cosine in halves]))
    groups = groups.copy()
    for group, (half, cosine) in enumerate(halves):
        parts = np.bincount(half, minlength=2)
        if cosine < usual - SPLIT_MARGIN and parts.min() >= smallest:
            groups[members[group][half == parts.argmin()]] = len(parents)
            parents = np.append(parents, parents[group])
    return groups, parents


def _likeness(centroids: Floats) -> Floats:
    """Cosines of all pairs of centroids; of each with itself, -1."""
    likeness = (centroids @ centroids.T) / (UNIT * UNIT)
    np.fill_diagonal(likeness, -1.0)
    return likeness


def _halved(vectors: Floats) -> tuple[Ints, float]:
    """The two halves of a group (spherical 2-means, from two papers far apart) and their cosine."""
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.int64), 1.0
    one = vectors[(vectors @ to_grid(vectors.sum(axis=0)[None])[0]).argmin()]
    other = vectors[(vectors @ one).argmin()]
    half = (vectors @ other > vectors @ one).astype(np.int64)
    for _ in range(HALVING_ROUNDS):
        centroids = to_grid(group_sums(vectors, half, 2))
        moved = (vectors @ centroids[1] > vectors @ centroids[0]).astype(np.int64)
        if moved.min() == moved.max() or np.array_equal(moved, half):
            break
        half = moved
    if half.min() == half.max():
        return half, 1.0
    first, second = to_grid(group_sums(vectors, half, 2))
    return half, float(first @ second) / (UNIT * UNIT)
