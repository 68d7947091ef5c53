"""Grouping vectors into subtopics, and subtopics into topics.

Several groupings by Ward's hierarchy and spherical k-means, each begun from other papers, vote on one; all
papers then go to their nearest group. The number of groups follows from the number of papers and from where
the hierarchy has its widest gap, so nobody tunes it. Labels and scores are made elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.exact import Flags, Floats, Ints, group_sums, products, to_grid
from paperlake.topics.grouping.sharpening import sharpened

SMOOTHING_NEIGHBOURS = 10  # each vector moves halfway to these: AMI +0.01 on 18,000 arXiv papers
VOTERS = 5  # groupings that vote: ARI of a run and one with 10 percent more papers 0.77 with one, 0.81 with 5
VOTER_SAMPLE = 1_000  # papers a voter begins from: 2,500 are no better
VOTER_SHARE = 0.8  # of few papers: voters must differ to tell what is sure
VOTER_ROUNDS = 8  # of k-means a voter takes
VOTED_SAMPLE = 2_000  # papers whose votes are counted: all pairs of them, 16 MB
REFINING_ROUNDS = 30  # k-means settles in 5 to 20 rounds
SUBTOPIC_FACTOR = 3.4  # with the exponent: 16 groups for 160 papers, 20 for 364, 64 for 18,000
SUBTOPIC_EXPONENT = 0.3
MIN_HEIGHT = 1e-6  # of a merge: papers that are all alike merge at nothing
SUBTOPIC_RANGE = (0.4, 1.6)  # where the widest gap is looked for, as factors of that number
GAP_TOLERANCE = 0.6  # how far (in log) from that number a gap counts: at half of it, a quarter
MIN_GAP = 0.2  # a next merge that costs a fifth more; real listings have less, and then size decides alone
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


def told_apart(grid: Floats, neighbours: Ints) -> Floats:
    """The vectors that papers are grouped by: sharpened and smoothed, on the grid.

    Args:
        grid: (papers, dimensions) centred vectors on the grid.
        neighbours: (papers, count) the nearest papers of each paper, nearest first.
    """
    return _smoothed(sharpened(grid, neighbours), neighbours[:, :SMOOTHING_NEIGHBOURS])


def group_papers(vectors: Floats, outside: Flags, least: int) -> Groups:
    """Find subtopics and topics.

    Args:
        vectors: (papers, dimensions) from `told_apart(...)`; at least one row.
        outside: (papers,) outliers: they form no groups, and are put into the nearest ones.
        least: Papers that a subtopic holds at least, if there are that many.
    """
    inside = np.flatnonzero(~outside)
    found = _group(vectors[inside], least)
    groups = np.empty(len(vectors), dtype=np.int64)
    groups[inside] = found
    centroids = _centroids(vectors[inside], found)
    groups[outside] = _nearest(vectors[outside], centroids)
    return Groups(groups, _topics_over(centroids))


def _group(vectors: Floats, least: int) -> Ints:
    """Subtopics of papers that are no outliers."""
    expected = expected_subtopics(len(vectors), least)
    if expected == 1:
        return np.zeros(len(vectors), dtype=np.int64)
    first = np.arange(min(len(vectors), VOTER_SAMPLE))
    count = _widest_gap(ward_tree(_distances(vectors[first]))[:, 2], expected)
    groups = _voted(vectors, [_vote(vectors, count, number) for number in range(VOTERS)], count)
    return _by_size(_without_small(vectors, _refined(vectors, groups, REFINING_ROUNDS), least))


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


def _vote(vectors: Floats, count: int, number: int) -> Ints:
    """One grouping: Ward's groups of some papers, and all papers moved to the nearest for some rounds."""
    size = min(VOTER_SAMPLE, round(VOTER_SHARE * len(vectors)))
    begin = number * min(VOTER_SAMPLE, len(vectors) // VOTERS)
    sample = (begin + np.arange(size)) % len(vectors)
    groups = cut_tree(ward_tree(_distances(vectors[sample])), count)
    return _refined(vectors, _nearest(vectors, _centroids(vectors[sample], groups)), VOTER_ROUNDS)


def _voted(vectors: Floats, votes: list[Ints], count: int) -> Ints:
    """What the groupings agree on (evidence accumulation, Fred and Jain 2005).

    Half of how far two papers are apart say the votes, half their vectors: votes alone leave ties. Average
    linkage in place of Ward's gains 0.003 of AMI at 18,000 papers, but makes groups of five among 364.
    """
    sample = np.arange(min(len(vectors), VOTED_SAMPLE))
    parted = np.zeros(len(sample) * (len(sample) - 1) // 2)
    upper = np.triu_indices(len(sample), 1)
    for vote in votes:
        parted += vote[upper[0]] != vote[upper[1]]
    distances = np.sqrt(parted / len(votes) + np.square(_distances(vectors[sample])) / 2.0)
    groups = cut_tree(ward_tree(distances), count)
    return _nearest(vectors, _centroids(vectors[sample], groups))


def _distances(vectors: Floats) -> Floats:
    """Euclidean distances of all pairs of rows at length 1, in SciPy's order."""
    upper = np.concatenate(
        [
            similarity[row, block.start + row + 1 :]
            for block, similarity in products(vectors, vectors)
            for row in range(len(similarity))
        ]
    )
    return np.sqrt(np.maximum(2.0 - 2.0 * upper, 0.0))


def ward_tree(distances: Floats) -> Floats:
    """Ward's hierarchy (Ward 1963; nearest-neighbour chain of SciPy) over distances of all pairs."""
    from scipy.cluster.hierarchy import linkage  # noqa: PLC0415

    tree: Floats = linkage(distances, "ward")
    return tree


def cut_tree(tree: Floats, count: int) -> Ints:
    """The groups of a hierarchy when it is cut into (at most) `count`."""
    from scipy.cluster.hierarchy import fcluster  # noqa: PLC0415

    return np.asarray(fcluster(tree, count, "maxclust"), dtype=np.int64) - 1


def _widest_gap(heights: Floats, expected: int) -> int:
    """The number of groups near `expected` whose next merge would cost most compared with the last.

    Without a clear gap it is `expected`: small gaps come and go with every new paper.
    """
    low, high = (max(2, round(expected * factor)) for factor in SUBTOPIC_RANGE)
    high = min(high, len(heights))
    counts = np.arange(low, high + 1)
    next_merge = heights[len(heights) + 1 - counts]
    last_merge = np.concatenate([[0.0], heights])[len(heights) + 1 - counts]
    gaps = np.log(next_merge / np.maximum(last_merge, MIN_HEIGHT))
    if gaps.max() < MIN_GAP:
        return expected
    nearness = np.exp(-np.square(np.log(counts / expected) / GAP_TOLERANCE))
    return int(counts[np.argmax(np.round(gaps * nearness, 6))])


def _centroids(vectors: Floats, groups: Ints) -> Floats:
    return to_grid(group_sums(vectors, groups, int(groups.max()) + 1))


def _nearest(vectors: Floats, centroids: Floats) -> Ints:
    nearest = np.empty(len(vectors), dtype=np.int64)
    for block, similarity in products(vectors, centroids):
        nearest[block] = similarity.argmax(axis=1)
    return nearest


def _refined(vectors: Floats, groups: Ints, rounds: int) -> Ints:
    """Spherical k-means (Dhillon and Modha 2001) from the given groups; empty groups vanish."""
    _, groups = np.unique(groups, return_inverse=True)
    for _ in range(rounds):
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
    return _by_first(_without_lone(cut_tree(ward_tree(_distances(centroids)), wanted), centroids))


def _without_lone(topic_of: Ints, centroids: Floats) -> Ints:
    """Put a subtopic that is alone in its topic to the one nearest to it."""
    likeness = np.concatenate([similarity for _, similarity in products(centroids, centroids)])
    np.fill_diagonal(likeness, -2.0)
    topic_of = topic_of.copy()
    for subtopic in range(len(topic_of)):
        if (topic_of == topic_of[subtopic]).sum() == 1:
            topic_of[subtopic] = topic_of[likeness[subtopic].argmax()]
    return topic_of


def _by_first(groups: Ints) -> Ints:
    """Number groups in the order of their first member."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
