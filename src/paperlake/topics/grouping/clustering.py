"""Clustering of vectors into subtopics, and of subtopics into topics, without a previous fit.

A consensus of several clusterings by Ward's hierarchy and spherical k-means, each begun from other papers;
all papers are then assigned to their nearest centroid. The number of groups follows from the number of papers
and from where the hierarchy has its widest gap, so nobody tunes it. Groups that start from a previous fit are
in `warm_start.py`, scores in `membership.py`; docs/decisions/0007-own-clustering.md compares with others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.centroids import (
    centroids,
    dissolve_small_groups,
    nearest_centroid,
    pairwise_cosines,
)
from paperlake.topics.grouping.exact import cosine_blocks, to_fixed_point
from paperlake.vectors.arrays import Flags, Floats, Ints

SMOOTHING_NEIGHBOURS = 10  # each vector moves halfway to these: AMI +0.01 on 18,000 arXiv papers
VOTERS = 5  # clusterings that vote: ARI of a run and one with 10 percent more papers 0.77 with 1, 0.81 with 5
VOTER_SAMPLE = 1_000  # papers a voter begins from: 2,500 are no better
VOTER_SHARE = 0.8  # of few papers: voters must differ to show what is certain
VOTER_ROUNDS = 8  # of k-means per voter
CONSENSUS_SAMPLE = 2_000  # papers whose votes are counted: all pairs of them, 16 MB
MAX_KMEANS_ROUNDS = 30  # k-means converges in 5 to 20 rounds
SUBTOPIC_FACTOR = 3.4  # with the exponent: 16 groups for 160 papers, 20 for 364, 64 for 18,000
SUBTOPIC_EXPONENT = 0.3
MIN_HEIGHT = 1e-6  # of a merge: papers that are all alike merge at nothing
SUBTOPIC_RANGE = (0.4, 1.6)  # where the widest gap is looked for, as factors of that number
GAP_TOLERANCE = 0.6  # how far (in log) from that number a gap counts: at half of it, a quarter
MIN_GAP = 0.2  # a next merge that costs a fifth more; real listings have less, and then size decides alone
GAP_DECIMALS = 6  # compared: last bits decide nothing
TOPIC_EXPONENT = 0.65  # 7 topics over 19 subtopics, 20 over 98, 49 over 400
MIN_SUBTOPICS_OF_TOPICS = 4  # fewer subtopics are all in one topic


@dataclass(frozen=True)
class Groups:
    """The subtopic of each paper, and the topic of each subtopic."""

    subtopic: Ints
    """(papers,) from 0, without gaps."""
    topic_of: Ints
    """(subtopics,) from 0, without gaps."""

    @property
    def topic(self) -> Ints:
        """(papers,) the topic of each paper."""
        return self.topic_of[self.subtopic]

    @property
    def topic_count(self) -> int:
        """Number of topics."""
        return int(self.topic_of.max(initial=-1)) + 1

    @property
    def subtopic_count(self) -> int:
        """Number of subtopics."""
        return len(self.topic_of)

    @classmethod
    def empty(cls) -> Groups:
        """Return the groups of no papers."""
        none = np.zeros(0, dtype=np.int64)
        return cls(none, none)


def smooth(vectors: Floats, neighbours: Ints, reference: Floats) -> Floats:
    """Move each vector halfway to its nearest neighbours, which dampens what only one abstract says.

    Args:
        vectors: (papers, dimensions) fixed-point vectors.
        neighbours: (papers, count) rows of `reference`, nearest first.
        reference: (reference papers, dimensions) fixed-point vectors.

    Returns:
        (papers, dimensions) fixed-point vectors: the features that papers are clustered by.
    """
    near = neighbours[:, :SMOOTHING_NEIGHBOURS]
    if near.shape[1] == 0:
        return vectors
    moved = vectors * near.shape[1]
    for column in near.T:
        moved += reference[column]
    return to_fixed_point(moved)


def cluster_papers(features: Floats, is_outlier: Flags, min_size: int, sampled: float = 1.0) -> Groups:
    """Find subtopics and topics.

    Args:
        features: (papers, dimensions) from `smooth(...)`; at least one row.
        is_outlier: (papers,) outliers form no groups; they are assigned to the nearest.
        min_size: Papers that a subtopic holds at least, if there are that many.
        sampled: Share of all papers that these are: the number of groups is that for all papers.
    """
    inside = np.flatnonzero(~is_outlier)
    found = _cluster(features[inside], min_size, sampled)
    groups = np.empty(len(features), dtype=np.int64)
    groups[inside] = found
    centers = centroids(features[inside], found)
    groups[is_outlier] = nearest_centroid(features[is_outlier], centers)
    return Groups(groups, _cluster_subtopics(centers))


def _cluster(features: Floats, min_size: int, sampled: float) -> Ints:
    """Find the subtopics of papers that are no outliers."""
    expected = min(
        expected_subtopics(round(len(features) / sampled), min_size),
        max(1, len(features) // (2 * min_size)),
    )
    if expected == 1:
        return np.zeros(len(features), dtype=np.int64)
    first = np.arange(min(len(features), VOTER_SAMPLE))
    count = _count_at_widest_gap(ward_tree(_distances(features[first]))[:, 2], expected)
    votes = [_vote(features, count, number) for number in range(VOTERS)]
    groups = _spherical_kmeans(features, _consensus(features, votes, count), MAX_KMEANS_ROUNDS)
    return _number_by_size(dissolve_small_groups(features, groups, min_size)[0])


def expected_subtopics(paper_count: int, min_size: int) -> int:
    """Return how many subtopics to look for: few papers per subtopic at 50 papers, hundreds at 100,000."""
    wanted: float = SUBTOPIC_FACTOR * paper_count**SUBTOPIC_EXPONENT
    return max(1, min(round(wanted), paper_count // (2 * min_size)))


def _vote(features: Floats, count: int, number: int) -> Ints:
    """Cluster once: Ward's groups of a sample of papers, then some rounds of k-means over all papers."""
    size = min(VOTER_SAMPLE, round(VOTER_SHARE * len(features)))
    begin = number * min(VOTER_SAMPLE, len(features) // VOTERS)
    sample = (begin + np.arange(size)) % len(features)
    groups = cut_tree(ward_tree(_distances(features[sample])), count)
    assigned = nearest_centroid(features, centroids(features[sample], groups))
    return _spherical_kmeans(features, assigned, VOTER_ROUNDS)


def _consensus(features: Floats, votes: list[Ints], count: int) -> Ints:
    """Combine clusterings into one (evidence accumulation, Fred and Jain 2005).

    Half of the distance of two papers comes from the votes, half from their features: votes alone leave ties.
    Average linkage in place of Ward's gains 0.003 of AMI at 18,000 papers, but has groups of five among 364.
    """
    sample = np.arange(min(len(features), CONSENSUS_SAMPLE))
    disagreeing = np.zeros(len(sample) * (len(sample) - 1) // 2)
    upper = np.triu_indices(len(sample), 1)
    for vote in votes:
        disagreeing += vote[upper[0]] != vote[upper[1]]
    distances = np.sqrt(disagreeing / len(votes) + np.square(_distances(features[sample])) / 2.0)
    groups = cut_tree(ward_tree(distances), count)
    return nearest_centroid(features, centroids(features[sample], groups))


def _distances(vectors: Floats) -> Floats:
    """Return the Euclidean distances of all pairs of rows at length 1, in SciPy's condensed order."""
    upper = np.concatenate(
        [
            similarity[row, block.start + row + 1 :]
            for block, similarity in cosine_blocks(vectors, vectors)
            for row in range(len(similarity))
        ]
    )
    return np.sqrt(np.maximum(2.0 - 2.0 * upper, 0.0))


def ward_tree(distances: Floats) -> Floats:
    """Build Ward's hierarchy (Ward 1963; nearest-neighbour chain of SciPy) over distances of all pairs."""
    from scipy.cluster.hierarchy import linkage  # noqa: PLC0415

    tree: Floats = linkage(distances, "ward")
    return tree


def cut_tree(tree: Floats, count: int) -> Ints:
    """Cut a hierarchy into (at most) `count` groups."""
    from scipy.cluster.hierarchy import fcluster  # noqa: PLC0415

    return np.asarray(fcluster(tree, count, "maxclust"), dtype=np.int64) - 1


def _count_at_widest_gap(heights: Floats, expected: int) -> int:
    """Return the number of groups near `expected` whose next merge would cost most compared with the last.

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
    return int(counts[np.argmax(np.round(gaps * nearness, GAP_DECIMALS))])


def _spherical_kmeans(features: Floats, groups: Ints, max_rounds: int) -> Ints:
    """Run spherical k-means (Dhillon and Modha 2001) from the given groups; empty groups vanish."""
    _, groups = np.unique(groups, return_inverse=True)
    for _ in range(max_rounds):
        moved = nearest_centroid(features, centroids(features, groups))
        _, moved = np.unique(moved, return_inverse=True)
        if np.array_equal(moved, groups):
            break
        groups = moved
    return groups


def _number_by_size(groups: Ints) -> Ints:
    """Number groups by size, largest first, then by their first paper."""
    _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[groups]


def _cluster_subtopics(centers: Floats) -> Ints:
    """Group subtopics into topics by Ward's hierarchy over their centroids."""
    count = len(centers)
    wanted = max(1, round(count**TOPIC_EXPONENT)) if count >= MIN_SUBTOPICS_OF_TOPICS else 1
    if wanted == 1:
        return np.zeros(count, dtype=np.int64)
    return _number_by_first(_join_singletons(cut_tree(ward_tree(_distances(centers)), wanted), centers))


def _join_singletons(topic_of: Ints, centers: Floats) -> Ints:
    """Move a subtopic that is alone in its topic to the topic of the subtopic nearest to it."""
    similarity = pairwise_cosines(centers)
    np.fill_diagonal(similarity, -2.0)
    topic_of = topic_of.copy()
    for subtopic in range(len(topic_of)):
        if (topic_of == topic_of[subtopic]).sum() == 1:
            topic_of[subtopic] = topic_of[similarity[subtopic].argmax()]
    return topic_of


def _number_by_first(groups: Ints) -> Ints:
    """Number groups in the order of their first member."""
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
