"""Warm start: the groups of the previous fit, changed only where the vectors clearly ask for it.

A paper stays where it is unless another centroid is clearly nearer; new papers are assigned to the nearest.
Finding groups without a previous fit is `clustering.py`.
"""

from __future__ import annotations

import numpy as np

from paperlake.topics.grouping.centroids import (
    centroids,
    dissolve_small_groups,
    nearest_centroid,
    pairwise_cosines,
)
from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import UNIT, cosine_blocks, group_sums, to_fixed_point
from paperlake.vectors.arrays import Flags, Floats, Ints

STAY_MARGIN = 0.05  # of cosine, by which another centroid must be nearer: 99.8 percent of 16,364 papers stay
MAX_KMEANS_ROUNDS = 20  # they converge in 3 to 6
MAX_SPLITTING_ROUNDS = 3  # one topic may take in several new fields
MAX_HALVING_ROUNDS = 20
SPLIT_MARGIN = 0.2  # of cosine, by which halves are further apart than is usual: two fields in one have 0.38
MIN_HALF = 0.25  # of the median size of a subtopic, that either half of one that splits must have
MIN_HALF_PAPERS = 8  # fewer papers fall in two by chance
DUPLICATE_MARGIN = 0.15  # of cosine; groups that a fit has just found come within 0.02


def warm_start_groups(
    features: Floats, is_outlier: Flags, previous: Ints, topic_of: Ints, min_size: int
) -> Groups:
    """Assign all papers to the groups of the previous fit, and split, merge or end groups where needed.

    Args:
        features: (papers, dimensions) from `clustering.transform_features(...)`.
        is_outlier: (papers,) outliers are assigned, but count for no centroid.
        previous: (papers,) the subtopic of the previous fit, -1 for new papers; at least one paper that is
            no outlier has one.
        topic_of: (subtopics of the previous fit,) the topic of each.
        min_size: Papers that a subtopic holds at least.
    """
    inside = np.flatnonzero(~is_outlier)
    known = features[inside]
    alive, groups = np.unique(previous[inside], return_inverse=True)
    groups = groups - int(alive[0] < 0)
    parents = topic_of[alive[alive >= 0]]
    groups = _sticky_kmeans(known, groups)
    for _ in range(MAX_SPLITTING_ROUNDS):
        changed, remaining = dissolve_small_groups(known, groups, min_size)
        changed, changed_parents = _merge_duplicates(known, changed, parents[remaining])
        changed, changed_parents = _split_wide_groups(known, changed, changed_parents, min_size)
        if len(changed_parents) == len(parents) and np.array_equal(changed, groups):
            break
        groups, parents = _sticky_kmeans(known, changed), changed_parents
    groups, remaining = dissolve_small_groups(known, groups, min_size)
    everyone = np.full(len(features), -1, dtype=np.int64)
    everyone[inside] = groups
    everyone[is_outlier] = nearest_centroid(features[is_outlier], centroids(known, groups))
    _, topics = np.unique(parents[remaining], return_inverse=True)
    return Groups(everyone, topics)


def _sticky_kmeans(features: Floats, groups: Ints) -> Ints:
    """Run spherical k-means (Dhillon and Modha 2001) in which a paper moves only for `STAY_MARGIN`.

    Papers of group -1 move to the nearest centroid; the last papers of a group stay in it.
    """
    groups = groups.copy()
    for _ in range(MAX_KMEANS_ROUNDS):
        moved = groups.copy()
        for block, similarity in cosine_blocks(features, centroids(features, groups)):
            own = groups[block]
            own_cosine = np.take_along_axis(similarity, np.maximum(own, 0)[:, None], axis=1)[:, 0]
            moves = (own < 0) | (similarity.max(axis=1) > own_cosine + STAY_MARGIN)
            moved[block] = np.where(moves, similarity.argmax(axis=1), own)
        if np.array_equal(moved, groups):
            break
        lost = np.setdiff1d(groups, moved)
        if (lost >= 0).any():  # the last papers of a group stay, so that numbers keep their meaning
            kept = np.isin(groups, lost[lost >= 0])
            moved[kept] = groups[kept]
        groups = moved
    return groups


def _merge_duplicates(features: Floats, groups: Ints, parents: Ints) -> tuple[Ints, Ints]:
    """Merge pairs of groups that are clearly more alike than the halves of either are."""
    while len(parents) > 1:
        halves = np.array([_halve(features[groups == group])[1] for group in range(len(parents))])
        similarity = pairwise_cosines(centroids(features, groups))
        np.fill_diagonal(similarity, -1.0)
        first, second = np.unravel_index(int(similarity.argmax()), similarity.shape)
        if similarity[first, second] <= max(halves[first], halves[second]) + DUPLICATE_MARGIN:
            break
        sizes = np.bincount(groups)
        gone, stays = (first, second) if sizes[first] < sizes[second] else (second, first)
        groups = np.where(groups == gone, stays, groups)
        groups = np.where(groups > gone, groups - 1, groups)
        parents = np.delete(parents, gone)
    return groups, parents


def _split_wide_groups(features: Floats, groups: Ints, parents: Ints, min_size: int) -> tuple[Ints, Ints]:
    """Split groups whose halves are clearly further apart than halves of groups usually are."""
    sizes = np.bincount(groups)
    min_half = max(min_size, MIN_HALF_PAPERS, MIN_HALF * float(np.median(sizes)))
    members = [np.flatnonzero(groups == group) for group in range(len(sizes))]
    halves = [_halve(features[rows]) for rows in members]
    usual = float(np.median([cosine for _, cosine in halves]))
    groups = groups.copy()
    for group, (half, cosine) in enumerate(halves):
        parts = np.bincount(half, minlength=2)
        if cosine < usual - SPLIT_MARGIN and parts.min() >= min_half:
            groups[members[group][half == parts.argmin()]] = len(parents)
            parents = np.append(parents, parents[group])
    return groups, parents


def _halve(features: Floats) -> tuple[Ints, float]:
    """Split a group in two (spherical 2-means, from two papers far apart).

    Returns:
        (papers,) half 0 or 1 of each paper, and the cosine of the halves; 1 where there is one half only.
    """
    if len(features) < 2:
        return np.zeros(len(features), dtype=np.int64), 1.0
    one = features[(features @ to_fixed_point(features.sum(axis=0)[None])[0]).argmin()]
    other = features[(features @ one).argmin()]
    half = (features @ other > features @ one).astype(np.int64)
    for _ in range(MAX_HALVING_ROUNDS):
        centers = to_fixed_point(group_sums(features, half, 2))
        moved = (features @ centers[1] > features @ centers[0]).astype(np.int64)
        if moved.min() == moved.max() or np.array_equal(moved, half):
            break
        half = moved
    if half.min() == half.max():
        return half, 1.0
    first, second = to_fixed_point(group_sums(features, half, 2))
    return half, float(first @ second) / (UNIT * UNIT)
