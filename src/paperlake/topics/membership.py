"""How well each paper fits its group: confidence, centrality and outliers.

Stands on vectors on the grid (`geometry.py`) and on groups that are already made (`clustering.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from paperlake.topics.clustering import Groups
from paperlake.topics.geometry import UNIT, Flags, Floats, Ints, group_sums, products, spread_rows, to_grid

NEIGHBOUR_COUNT = 10  # neighbours whose topics say how sure a paper's topic can be
CLOSEST_NEIGHBOURS = 3  # a paper that fits nowhere has not even three papers near it
OUTLIER_DEVIATIONS = 2.5  # robust standard deviations under the median: 0.6 percent of a normal distribution
MOST_OUTLIERS = 0.10  # the largest share of papers that may be outliers
SAMPLED_PAPERS = 4_000  # papers that the temperature is set on: a mean within 1 percent
FEWEST_PAPERS = 12  # fewer papers do not show what is usual
LEAST_SPREAD = 0.01  # of cosines: papers that are nearly all alike have no outliers
NORMAL_MAD = 1.4826  # from median deviation to standard deviation of a normal distribution
TEMPERATURES = (0.02, 1.0)  # sharp to flat
DECIMALS = 2  # of published scores: vectors of another batch differ in the seventh digit, scores in the sixth


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
    """(papers,) confidence in the topic, 0 to 1; at least `score`."""
    is_outlier: Flags
    affinity: Floats
    """(papers, subtopics) confidence in each subtopic; rows add up to 1."""


def judge_membership(grid: Floats, neighbours: Ints, outside: Flags, groups: Groups) -> Membership:
    """Confidence and centrality of papers that were put into groups.

    The confidence is a softmax over cosines to all centroids. Its temperature is set so that the mean
    confidence equals how often a paper's nearest neighbours lie in the same subtopic: evidence that the
    centroids have not seen.

    Args:
        grid: (papers, dimensions) centred vectors on the grid.
        neighbours: (papers, count) the nearest papers of each paper.
        outside: (papers,) outliers, from `find_outliers(...)`.
        groups: Subtopics and topics of the papers.
    """
    count = len(groups.topic_of)
    own = _centrality(grid, groups.subtopic, count)
    similarity = np.concatenate(
        [block for _, block in products(grid, to_grid(group_sums(grid, groups.subtopic, count)))]
    )
    similarity[np.arange(len(grid)), groups.subtopic] = own
    affinity = _softmax(similarity, _temperature(neighbours, groups.subtopic, similarity))
    score = np.take_along_axis(affinity, groups.subtopic[:, None], axis=1)[:, 0]
    same_topic = groups.topic_of[None, :] == groups.topic[:, None]
    return Membership(
        centrality=own,
        topic_centrality=_centrality(grid, groups.topic, int(groups.topic_of.max()) + 1),
        score=np.round(score, DECIMALS),
        topic_score=np.round(np.minimum((affinity * same_topic).sum(axis=1), 1.0), DECIMALS),
        is_outlier=outside,
        affinity=affinity,
    )


def _centrality(grid: Floats, groups: Ints, count: int) -> Floats:
    """Cosine of each paper to the centroid of the others of its group; 1 for a paper alone."""
    rest = to_grid(group_sums(grid, groups, count)[groups] - grid)
    own = (grid * rest).sum(axis=1) / (UNIT * UNIT)
    alone = np.bincount(groups, minlength=count)[groups] == 1
    return np.where(alone, 1.0, own)


def _softmax(similarity: Floats, temperature: float) -> Floats:
    weights = np.exp((similarity - similarity.max(axis=1, keepdims=True)) / temperature)
    probabilities: Floats = weights / weights.sum(axis=1, keepdims=True)
    return probabilities


def _temperature(neighbours: Ints, subtopic: Ints, similarity: Floats) -> float:
    """The softmax temperature at which mean confidence equals the agreement of neighbours."""
    if similarity.shape[1] == 1:
        return 1.0
    sample = spread_rows(len(subtopic), SAMPLED_PAPERS)
    own_group = subtopic[sample][:, None]
    agreement = float((subtopic[neighbours[sample]] == own_group).mean())
    low, high = TEMPERATURES
    for _ in range(30):
        middle = math.sqrt(low * high)
        own = np.take_along_axis(_softmax(similarity[sample], middle), own_group, axis=1)
        low, high = (middle, high) if float(own.mean()) > agreement else (low, middle)
    return round(math.sqrt(low * high), 4)


def find_outliers(cosines: Floats) -> Flags:
    """Papers whose closest neighbours are far away, as papers of this lake go.

    Args:
        cosines: (papers, count) cosines to the nearest papers, of vectors as the model made them: centred
            ones no longer show that a paper is of another field than all others.
    """
    outside = np.zeros(len(cosines), dtype=np.bool_)
    if len(cosines) < FEWEST_PAPERS:
        return outside
    closeness = np.round(cosines[:, :CLOSEST_NEIGHBOURS].mean(axis=1), 6)
    middle = float(np.median(closeness))
    spread = max(LEAST_SPREAD, NORMAL_MAD * float(np.median(np.abs(closeness - middle))))
    farthest = np.argsort(closeness, kind="stable")[: int(MOST_OUTLIERS * len(closeness))]
    outside[farthest] = closeness[farthest] < middle - OUTLIER_DEVIATIONS * spread
    return outside
