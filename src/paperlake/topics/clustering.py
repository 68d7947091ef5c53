"""Grouping vectors into subtopics, and subtopics into topics.

Ward's hierarchy over a bounded sample gives the first groups; spherical k-means over all vectors refines
them. The number of groups follows from the number of papers and from where the hierarchy has its widest
gap, so nobody tunes it. Labels and scores are made elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.geometry import Flags, Floats, Ints, group_sums, products, spread_rows, to_grid

SMOOTHING_NEIGHBOURS = 5  # each vector moves halfway to these: AMI +0.01 to +0.02 on 3,000 arXiv papers
WARD_SAMPLE = 4_000  # Ward needs all pairs: 64 MB at this size
REFINING_ROUNDS = 30  # k-means settles in 5 to 20 rounds
SUBTOPIC_FACTOR = 1.9  # with the exponent: 16 groups for 160 papers, 23 for 364, 116 for 18,000
SUBTOPIC_EXPONENT = 0.42
LEAST_HEIGHT = 1e-6  # of a merge: papers that are all alike merge at nothing
SUBTOPIC_RANGE = (0.4, 1.6)  # where the widest gap is looked for, as factors of that number
GAP_TOLERANCE = 0.45  # how far (in log) from that number a gap counts: at half of it, a tenth
TOPIC_EXPONENT = 0.65  # 7 topics over 19 subtopics, 20 over 98, 49 over 400


@dataclass(frozen=True)
class Groups:
    """Which subtopic each paper is in, and which topic each subtopic is in."""

    subtopic: Ints
    """(papers,) from 0, without gaps."""
    topic_of: Ints
    """(subtopics,) from 0, without gaps."""

    @property
    def topic(self) -> Ints:
        """(papers,) the topic of each paper."""
        return self.topic_of[self.subtopic]


def group_papers(grid: Floats, neighbours: Ints, outside: Flags, least: int) -> Groups:
    """Find subtopics and topics among vectors on the grid.

    Args:
        grid: (papers, dimensions) centred vectors on the grid; at least one row.
        neighbours: (papers, count) the nearest papers of each paper, nearest first.
        outside: (papers,) outliers: they form no groups, and are put into the nearest ones.
        least: Papers that a subtopic holds at least, if there are that many.
    """
    vectors = _smoothed(grid, neighbours[:, :SMOOTHING_NEIGHBOURS])
    inside = np.flatnonzero(~outside)
    found = _group(vectors[inside], least)
    groups = np.empty(len(grid), dtype=np.int64)
    groups[inside] = found
    centroids = _centroids(vectors[inside], found)
    groups[outside] = _nearest(vectors[outside], centroids)
    return Groups(groups, _topics_over(centroids))


def _group(vectors: Floats, least: int) -> Ints:
    """Subtopics of papers that are no outliers."""
    expected = expected_subtopics(len(vectors), least)
    if expected == 1:
        return np.zeros(len(vectors), dtype=np.int64)
    groups = _refined(vectors, _first_groups(vectors, expected))
    return _by_size(_without_small(vectors, groups, least))


def expected_subtopics(paper_count: int, least: int) -> int:
    """How many subtopics to look for: few papers a folder at 50, some hundred at 100,000."""
    wanted: float = SUBTOPIC_FACTOR * paper_count**SUBTOPIC_EXPONENT
    return max(1, min(round(wanted), paper_count // (2 * least)))


def _smoothed(grid: Floats, neighbours: Ints) -> Floats:
    """Move each vector towards its nearest neighbours, which thins out what only one abstract says."""
    if neighbours.shape[1] == 0:
        return grid
    moved = grid * neighbours.shape[1]
    for column in neighbours.T:
        moved += grid[column]
    return to_grid(moved)


def _first_groups(vectors: Floats, expected: int) -> Ints:
    """Ward's groups of an evenly spread sample; all other papers go to the nearest centroid."""
    sample = spread_rows(len(vectors), WARD_SAMPLE)
    tree = ward_tree(vectors[sample])
    groups = cut_tree(tree, _widest_gap(tree[:, 2], expected))
    if len(sample) == len(vectors):
        return groups
    return _nearest(vectors, _centroids(vectors[sample], groups))


def ward_tree(vectors: Floats) -> Floats:
    """Ward's hierarchy (Ward 1963; nearest-neighbour chain of SciPy) over vectors on the grid."""
    from scipy.cluster.hierarchy import linkage  # noqa: PLC0415

    upper = np.concatenate(
        [
            similarity[row, block.start + row + 1 :]
            for block, similarity in products(vectors, vectors)
            for row in range(len(similarity))
        ]
    )
    distances = np.sqrt(np.maximum(2.0 - 2.0 * upper, 0.0))
    tree: Floats = linkage(distances, "ward")
    return tree


def cut_tree(tree: Floats, count: int) -> Ints:
    """The groups of a hierarchy when it is cut into (at most) `count`."""
    from scipy.cluster.hierarchy import fcluster  # noqa: PLC0415

    return np.asarray(fcluster(tree, count, "maxclust"), dtype=np.int64) - 1


def _widest_gap(heights: Floats, expected: int) -> int:
    """The number of groups near `expected` whose next merge would cost most compared with the last."""
    low, high = (max(2, round(expected * factor)) for factor in SUBTOPIC_RANGE)
    high = min(high, len(heights))
    counts = np.arange(low, high + 1)
    next_merge = heights[len(heights) + 1 - counts]
    last_merge = np.concatenate([[0.0], heights])[len(heights) + 1 - counts]
    gaps = np.log(next_merge / np.maximum(last_merge, LEAST_HEIGHT))
    nearness = np.exp(-np.square(np.log(counts / expected) / GAP_TOLERANCE))
    return int(counts[np.argmax(np.round(gaps * nearness, 6))])


def _centroids(vectors: Floats, groups: Ints) -> Floats:
    return to_grid(group_sums(vectors, groups, int(groups.max()) + 1))


def _nearest(vectors: Floats, centroids: Floats) -> Ints:
    nearest = np.empty(len(vectors), dtype=np.int64)
    for block, similarity in products(vectors, centroids):
        nearest[block] = similarity.argmax(axis=1)
    return nearest


def _refined(vectors: Floats, groups: Ints) -> Ints:
    """Spherical k-means (Dhillon and Modha 2001) from the given groups; empty groups vanish."""
    for _ in range(REFINING_ROUNDS):
        moved = _nearest(vectors, _centroids(vectors, groups))
        _, moved = np.unique(moved, return_inverse=True)
        if np.array_equal(moved, groups):
            break
        groups = moved
    return groups


def _without_small(vectors: Floats, groups: Ints, least: int) -> Ints:
    """Dissolve groups of fewer than `least` papers, smallest first, into the nearest others."""
    while True:
        sizes = np.bincount(groups)
        smallest = int(sizes.argmin())
        if len(sizes) == 1 or sizes[smallest] >= least:
            return groups
        members = np.flatnonzero(groups == smallest)
        others = np.delete(_centroids(vectors, groups), smallest, axis=0)
        groups = np.where(groups > smallest, groups - 1, groups)
        groups[members] = _nearest(vectors[members], others)


def _by_size(groups: Ints) -> Ints:
    """Number groups by size, largest first, then by their first paper."""
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[groups]


def _topics_over(centroids: Floats) -> Ints:
    """Group subtopics into topics by Ward's hierarchy over their centroids."""
    count = len(centroids)
    wanted = max(1, round(count**TOPIC_EXPONENT)) if count > 3 else 1
    if wanted == 1:
        return np.zeros(count, dtype=np.int64)
    return _by_first(cut_tree(ward_tree(centroids), wanted))


def _by_first(groups: Ints) -> Ints:
    """Number groups in the order of their first member."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
