"""Membership of papers in their groups: confidence, centrality and outliers.

Works on fixed-point vectors (`exact.py`) and on groups that are already found (`clustering.py`,
`warm_start.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.topics.grouping.centroids import centroids
from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import UNIT, cosine_blocks, group_sums, to_fixed_point
from paperlake.topics.grouping.levels import Level
from paperlake.vectors.arrays import Flags, Floats, Ints, Vectors

NEIGHBOUR_COUNT = 10  # neighbours whose groups say how certain the group of a paper can be
CLOSEST_NEIGHBOURS = 3  # an outlier has not even three papers near it
OUTLIER_DEVIATIONS = 2.5  # robust standard deviations under the median: 0.6 percent of a normal distribution
MAX_OUTLIERS = 0.10  # the largest share of papers that may be outliers
MIN_PAPERS = 12  # fewer papers do not show what is usual
MIN_SPREAD = 0.01  # of cosines: papers that are nearly all alike have no outliers
NORMAL_MAD = 1.4826  # from median deviation to standard deviation of a normal distribution
CLOSENESS_DECIMALS = 6  # compared: last bits make no paper an outlier
TEMPERATURE = 0.03  # of the softmax over cosines to other subtopics: affinity to the nearest few
ROWS_AT_ONCE = 8_192  # rows worked on at a time
DECIMALS = 2  # of published scores: vectors of another batch differ in the seventh digit, scores in the sixth


class Curve(NamedTuple):
    """Coefficients of a logistic curve of confidence: how the log odds grow with each feature."""

    base: float
    margin: float
    """Of the cosine to the own centroid, less the highest to any other."""
    neighbour_agreement: float
    """Of the share of the nearest papers that are in the own group."""
    centrality: float
    """Of the cosine to the centroid of the other papers of the subtopic."""


# Fitted by `python benchmarks/topics.py calibration` to fits of random halves of 364 to 18,876 papers, where
# mean score and agreement differ by 0.02 to 0.04 on average of ten bins.
SUBTOPIC_CURVE = Curve(base=-1.15, margin=5.7, neighbour_agreement=1.6, centrality=2.2)
TOPIC_CURVE = Curve(base=-0.3, margin=1.8, neighbour_agreement=1.65, centrality=0.0)


@dataclass(frozen=True)
class Membership:
    """Confidence and centrality of papers in their groups, and their affinity to others."""

    topics: Level
    subtopics: Level
    is_outlier: Flags
    affinity: Vectors
    """(papers, subtopics) softmax of the cosines to each subtopic; rows add up to 1."""

    @classmethod
    def empty(cls) -> Membership:
        """Return the membership of no papers."""
        levels = Level.empty(TOPIC_LEVEL), Level.empty(SUBTOPIC_LEVEL)
        return cls(*levels, np.zeros(0, dtype=np.bool_), np.zeros((0, 0), dtype=np.float32))


def judge_membership(vectors: Floats, neighbours: Ints, is_outlier: Flags, groups: Groups) -> Membership:
    """Compute confidence and centrality of papers in their groups.

    The confidence is a probability: that a fit of half the papers assigns the paper together with the same
    papers. It is a logistic function, fitted once on such fits (`SUBTOPIC_CURVE`), of the margin (how much
    nearer the own centroid is than any other), of the share of neighbours in the same group, and of the
    centrality.

    Args:
        vectors: (papers, dimensions) centred fixed-point vectors.
        neighbours: (papers, count) the nearest papers of each paper.
        is_outlier: (papers,) from `find_outliers(...)`.
        groups: Subtopics and topics of the papers.
    """
    own = _centrality(vectors, groups.subtopic, groups.subtopic_count)
    centers = centroids(vectors, groups.subtopic, groups.subtopic_count)
    affinity = np.empty((len(vectors), groups.subtopic_count), dtype=np.float32)
    margin, topic_margin = np.empty(len(vectors)), np.empty(len(vectors))
    numbers = np.arange(groups.subtopic_count)
    for block, similarity in cosine_blocks(vectors, centers):
        similarity[np.arange(len(similarity)), groups.subtopic[block]] = own[block]
        affinity[block] = _softmax(similarity)
        margin[block] = _margin(similarity, numbers[None, :] == groups.subtopic[block][:, None])
        topic_margin[block] = _margin(similarity, groups.topic_of[None, :] == groups.topic[block][:, None])
    agreement = _neighbour_agreement(neighbours, groups.subtopic)
    topic_agreement = _neighbour_agreement(neighbours, groups.topic)
    return Membership(
        topics=Level(
            TOPIC_LEVEL,
            groups.topic,
            _confidence(TOPIC_CURVE, topic_margin, topic_agreement, own),
            _centrality(vectors, groups.topic, groups.topic_count),
        ),
        subtopics=Level(
            SUBTOPIC_LEVEL, groups.subtopic, _confidence(SUBTOPIC_CURVE, margin, agreement, own), own
        ),
        is_outlier=is_outlier,
        affinity=affinity,
    )


def judge_filed(
    vectors: Floats,
    subtopic_centers: Floats,
    topic_centers: Floats,
    neighbour_groups: Ints,
    groups: Groups,
    is_outlier: Flags,
) -> Membership:
    """Compute confidence and centrality of papers in the groups of others, as `judge_membership` does.

    Args:
        vectors: (papers, dimensions) centred fixed-point vectors.
        subtopic_centers: (subtopics, dimensions) centroids, of which the papers are no part.
        topic_centers: (topics, dimensions)
        neighbour_groups: (papers, count) the subtopics of the nearest papers of each paper.
        groups: Subtopics and topics of the papers.
        is_outlier: (papers,)
    """
    affinity = np.empty((len(vectors), len(subtopic_centers)), dtype=np.float32)
    own, topic_own, margin, topic_margin = np.empty((4, len(vectors)))
    numbers = np.arange(len(subtopic_centers))
    for block, similarity in cosine_blocks(vectors, subtopic_centers):
        own[block] = similarity[np.arange(len(similarity)), groups.subtopic[block]]
        affinity[block] = _softmax(similarity)
        margin[block] = _margin(similarity, numbers[None, :] == groups.subtopic[block][:, None])
        topic_margin[block] = _margin(similarity, groups.topic_of[None, :] == groups.topic[block][:, None])
    for block, similarity in cosine_blocks(vectors, topic_centers):
        topic_own[block] = similarity[np.arange(len(similarity)), groups.topic[block]]
    agreement = _share_of_equal(neighbour_groups, groups.subtopic)
    topic_agreement = _share_of_equal(groups.topic_of[neighbour_groups], groups.topic)
    score = _confidence(SUBTOPIC_CURVE, margin, agreement, own)
    topic_score = _confidence(TOPIC_CURVE, topic_margin, topic_agreement, own)
    return Membership(
        topics=Level(TOPIC_LEVEL, groups.topic, topic_score, topic_own),
        subtopics=Level(SUBTOPIC_LEVEL, groups.subtopic, score, own),
        is_outlier=is_outlier,
        affinity=affinity,
    )


def _centrality(vectors: Floats, groups: Ints, count: int) -> Floats:
    """Return the cosine of each paper to the centroid of the others of its group; 1 for a paper alone."""
    sums = group_sums(vectors, groups, count)
    alone = np.bincount(groups, minlength=count)[groups] == 1
    own = np.ones(len(vectors))
    for start in range(0, len(vectors), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        rest = to_fixed_point(sums[groups[rows]] - vectors[rows])
        own[rows] = (vectors[rows] * rest).sum(axis=1) / (UNIT * UNIT)
    return np.where(alone, 1.0, own)


def _softmax(similarity: Floats) -> Floats:
    weights = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / TEMPERATURE)
    probabilities: Floats = weights / weights.sum(axis=1, keepdims=True)
    return probabilities


def _margin(similarity: Floats, own: Flags) -> Floats:
    """Return by how much the nearest own centroid is nearer than any other; without others, its cosine."""
    others = np.where(own, -1.0, similarity).max(axis=1)
    margin: Floats = np.where(own, similarity, -1.0).max(axis=1) - np.where(own.all(axis=1), 0.0, others)
    return margin


def _neighbour_agreement(neighbours: Ints, groups: Ints) -> Floats:
    """Return the share of each paper's neighbours in its group; 1 where there are no neighbours."""
    return _share_of_equal(groups[neighbours], groups)


def _share_of_equal(neighbour_groups: Ints, groups: Ints) -> Floats:
    if neighbour_groups.shape[1] == 0:
        return np.ones(len(groups))
    share: Floats = (neighbour_groups == groups[:, None]).mean(axis=1)
    return share


def _confidence(curve: Curve, margin: Floats, agreement: Floats, centrality: Floats) -> Floats:
    """Return the probability that the curve gives, rounded as it is published."""
    log_odds = (
        curve.base
        + curve.margin * margin
        + curve.neighbour_agreement * agreement
        + curve.centrality * centrality
    )
    return np.round(1.0 / (1.0 + np.exp(-log_odds)), DECIMALS)


def find_outliers(cosines: Floats) -> Flags:
    """Mark papers whose closest neighbours are much further away than is usual in this lake.

    Args:
        cosines: (papers, count) cosines to the nearest papers, of vectors as the model embedded them:
            centred ones no longer show that a paper is of another field than all others.
    """
    is_outlier = np.zeros(len(cosines), dtype=np.bool_)
    if len(cosines) < MIN_PAPERS:
        return is_outlier
    closeness = closeness_of(cosines)
    farthest = np.argsort(closeness, kind="stable")[: int(MAX_OUTLIERS * len(closeness))]
    is_outlier[farthest] = closeness[farthest] < _usual_limit(closeness)
    return is_outlier


def find_outlier_limit(cosines: Floats, is_outlier: Flags) -> float:
    """Return the closeness under which a paper would have been an outlier as well.

    Args:
        cosines: (papers, count) as in `find_outliers(...)`.
        is_outlier: (papers,) its result.
    """
    if len(cosines) < MIN_PAPERS:
        return -np.inf
    closeness = closeness_of(cosines)
    return float(min(_usual_limit(closeness), closeness[~is_outlier].min()))


def closeness_of(cosines: Floats) -> Floats:
    """Return the mean cosine of each paper to its closest neighbours."""
    closeness: Floats = np.round(cosines[:, :CLOSEST_NEIGHBOURS].mean(axis=1), CLOSENESS_DECIMALS)
    return closeness


def _usual_limit(closeness: Floats) -> float:
    middle = float(np.median(closeness))
    spread = max(MIN_SPREAD, NORMAL_MAD * float(np.median(np.abs(closeness - middle))))
    return middle - OUTLIER_DEVIATIONS * spread
