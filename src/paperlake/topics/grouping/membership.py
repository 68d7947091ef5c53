"""How well each paper fits its group: confidence, centrality and outliers.

Stands on vectors on the grid (`geometry.py`) and on groups that are already made (`clustering.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import UNIT, Flags, Floats, Ints, group_sums, products, to_grid

NEIGHBOUR_COUNT = 10  # neighbours whose topics say how sure a paper's topic can be
CLOSEST_NEIGHBOURS = 3  # a paper that fits nowhere has not even three papers near it
OUTLIER_DEVIATIONS = 2.5  # robust standard deviations under the median: 0.6 percent of a normal distribution
MAX_OUTLIERS = 0.10  # the largest share of papers that may be outliers
MIN_PAPERS = 12  # fewer papers do not show what is usual
MIN_SPREAD = 0.01  # of cosines: papers that are nearly all alike have no outliers
NORMAL_MAD = 1.4826  # from median deviation to standard deviation of a normal distribution
TEMPERATURE = 0.03  # of the softmax that tells to which other subtopics a paper leans: to the nearest few
ROWS_AT_ONCE = 8_192  # rows worked on at a time
DECIMALS = 2  # of published scores: vectors of another batch differ in the seventh digit, scores in the sixth


class Curve(NamedTuple):
    """A logistic curve of confidence: how much the log odds grow with each piece of evidence."""

    base: float
    margin: float
    """By how much the cosine to the own group's centroid exceeds that to any other."""
    company: float
    """Share of the nearest papers in the own group."""
    centrality: float
    """Cosine to the centroid of the other papers of the subtopic."""


# Fitted by `python benchmarks/topics.py calibration` to fits of random halves of 364 to 18,876 papers, where
# mean score and agreement differ by 0.02 to 0.04 on average of ten bins.
SUBTOPIC_CURVE = Curve(base=-1.15, margin=5.7, company=1.6, centrality=2.2)
TOPIC_CURVE = Curve(base=-0.3, margin=1.8, company=1.65, centrality=0.0)


@dataclass(frozen=True)
class Membership:
    """How each paper fits where it was put."""

    centrality: Floats
    """(papers,) cosine to the centroid of the other papers of its subtopic."""
    topic_centrality: Floats
    """(papers,) cosine to the centroid of the other papers of its topic."""
    score: Floats
    """(papers,) confidence in the subtopic, 0 to 1."""
    topic_score: Floats
    """(papers,) confidence in the topic, 0 to 1."""
    is_outlier: Flags
    affinity: npt.NDArray[np.float32]
    """(papers, subtopics) how much each leans to each subtopic; rows add up to 1."""


def judge_membership(grid: Floats, neighbours: Ints, outside: Flags, groups: Groups) -> Membership:
    """Confidence and centrality of papers that were put into groups.

    The confidence is a probability: that a fit of half the papers files the paper with the same companions.
    It is a logistic function, fitted once on such fits (`SUBTOPIC_CURVE`), of how much nearer the paper is
    to its own centroid than to any other, of how many of its neighbours are filed with it, and of its
    centrality.

    Args:
        grid: (papers, dimensions) centred vectors on the grid.
        neighbours: (papers, count) the nearest papers of each paper.
        outside: (papers,) outliers, from `find_outliers(...)`.
        groups: Subtopics and topics of the papers.
    """
    count = len(groups.topic_of)
    own = _centrality(grid, groups.subtopic, count)
    centroids = to_grid(group_sums(grid, groups.subtopic, count))
    affinity = np.empty((len(grid), count), dtype=np.float32)
    lead, topic_lead = np.empty(len(grid)), np.empty(len(grid))
    for block, similarity in products(grid, centroids):
        similarity[np.arange(len(similarity)), groups.subtopic[block]] = own[block]
        affinity[block] = _softmax(similarity)
        lead[block] = _lead(similarity, np.arange(count)[None, :] == groups.subtopic[block][:, None])
        topic_lead[block] = _lead(similarity, groups.topic_of[None, :] == groups.topic[block][:, None])
    score = _confidence(SUBTOPIC_CURVE, lead, _company(neighbours, groups.subtopic), own)
    topic_score = _confidence(TOPIC_CURVE, topic_lead, _company(neighbours, groups.topic), own)
    return Membership(
        centrality=own,
        topic_centrality=_centrality(grid, groups.topic, int(groups.topic_of.max()) + 1),
        score=score,
        topic_score=topic_score,
        is_outlier=outside,
        affinity=affinity,
    )


def _centrality(grid: Floats, groups: Ints, count: int) -> Floats:
    """Cosine of each paper to the centroid of the others of its group; 1 for a paper alone."""
    sums = group_sums(grid, groups, count)
    alone = np.bincount(groups, minlength=count)[groups] == 1
    own = np.ones(len(grid))
    for start in range(0, len(grid), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        rest = to_grid(sums[groups[rows]] - grid[rows])
        own[rows] = (grid[rows] * rest).sum(axis=1) / (UNIT * UNIT)
    return np.where(alone, 1.0, own)


def _softmax(similarity: Floats) -> Floats:
    weights = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / TEMPERATURE)
    probabilities: Floats = weights / weights.sum(axis=1, keepdims=True)
    return probabilities


def _lead(similarity: Floats, own: Flags) -> Floats:
    """By how much the nearest own centroid is nearer than any other; without others, its cosine."""
    others = np.where(own, -1.0, similarity).max(axis=1)
    lead: Floats = np.where(own, similarity, -1.0).max(axis=1) - np.where(own.all(axis=1), 0.0, others)
    return lead


def _company(neighbours: Ints, groups: Ints) -> Floats:
    """The share of each paper's neighbours that are in its group; 1 where there are no neighbours."""
    if neighbours.shape[1] == 0:
        return np.ones(len(groups))
    share: Floats = (groups[neighbours] == groups[:, None]).mean(axis=1)
    return share


def _confidence(curve: Curve, margin: Floats, company: Floats, centrality: Floats) -> Floats:
    """The probability that the curve gives, as published."""
    log_odds = curve.base + curve.margin * margin + curve.company * company + curve.centrality * centrality
    return np.round(1.0 / (1.0 + np.exp(-log_odds)), DECIMALS)


def find_outliers(cosines: Floats) -> Flags:
    """Papers whose closest neighbours are far away, as papers of this lake go.

    Args:
        cosines: (papers, count) cosines to the nearest papers, of vectors as the model made them: centred
            ones no longer show that a paper is of another field than all others.
    """
    outside = np.zeros(len(cosines), dtype=np.bool_)
    if len(cosines) < MIN_PAPERS:
        return outside
    closeness = np.round(cosines[:, :CLOSEST_NEIGHBOURS].mean(axis=1), 6)
    middle = float(np.median(closeness))
    spread = max(MIN_SPREAD, NORMAL_MAD * float(np.median(np.abs(closeness - middle))))
    farthest = np.argsort(closeness, kind="stable")[: int(MAX_OUTLIERS * len(closeness))]
    outside[farthest] = closeness[farthest] < middle - OUTLIER_DEVIATIONS * spread
    return outside
