"""How well each paper fits its group: confidence, centrality and outliers.

Stands on vectors on the grid (`geometry.py`) and on groups that are already made (`clustering.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.topics.clustering import Groups
from paperlake.topics.geometry import UNIT, Floats, Ints, group_sums, nearest_rows, products, to_grid

AGREEMENT_NEIGHBOURS = 10  # neighbours whose topics say how sure a paper's topic can be
SAMPLED_PAPERS = 4_000  # papers whose neighbours are looked up; enough for a mean within 1 percent
CLOSEST_NEIGHBOURS = 3  # a paper that fits nowhere has not even three papers near it
OUTLIER_DEVIATIONS = 2.5  # robust standard deviations under the median: 0.6 percent of a normal distribution
MOST_OUTLIERS = 0.10  # the largest share of papers that may be outliers
TEMPERATURES = (0.02, 1.0)  # sharp to flat
DECIMALS = 4  # of published scores: finer digits are rounding noise


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
    is_outlier: npt.NDArray[np.bool_]
    affinity: Floats
    """(papers, subtopics) confidence in each subtopic; rows add up to 1."""


def judge_membership(grid: Floats, raw: Floats, groups: Groups) -> Membership:
    """Confidence, centrality and outliers of papers that were put into groups.

    The confidence is a softmax over cosines to all centroids. Its temperature is set so that the mean
    confidence equals how often a paper's nearest neighbours lie in the same subtopic: evidence that the
    centroids have not seen.

    Args:
        grid: (papers, dimensions) centred vectors on the grid.
        raw: (papers, dimensions) vectors on the grid as the model made them: for what is far off.
        groups: Subtopics and topics of the papers.
    """
    count = len(groups.topic_of)
    own = _centrality(grid, groups.subtopic, count)
    similarity = np.concatenate(
        [block for _, block in products(grid, to_grid(group_sums(grid, groups.subtopic, count)))]
    )
    similarity[np.arange(len(grid)), groups.subtopic] = own
    affinity = _softmax(similarity, _temperature(grid, groups.subtopic, similarity))
    score = np.take_along_axis(affinity, groups.subtopic[:, None], axis=1)[:, 0]
    same_topic = groups.topic_of[None, :] == groups.topic[:, None]
    return Membership(
        centrality=own,
        topic_centrality=_centrality(grid, groups.topic, int(groups.topic_of.max()) + 1),
        score=np.round(score, DECIMALS),
        topic_score=np.round(np.minimum((affinity * same_topic).sum(axis=1), 1.0), DECIMALS),
        is_outlier=_outliers(raw, groups),
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


def _temperature(grid: Floats, subtopic: Ints, similarity: Floats) -> float:
    """The softmax temperature at which mean confidence equals the agreement of neighbours."""
    if similarity.shape[1] == 1:
        return 1.0
    sample = np.unique(np.linspace(0, len(grid) - 1, SAMPLED_PAPERS).astype(np.int64))
    neighbours, _ = nearest_rows(grid[sample], AGREEMENT_NEIGHBOURS)
    groups = subtopic[sample]
    agreement = float((groups[neighbours] == groups[:, None]).mean())
    low, high = TEMPERATURES
    for _ in range(30):
        middle = math.sqrt(low * high)
        own = np.take_along_axis(_softmax(similarity[sample], middle), groups[:, None], axis=1)
        low, high = (middle, high) if float(own.mean()) > agreement else (low, middle)
    return round(math.sqrt(low * high), 6)


def _outliers(raw: Floats, groups: Groups) -> npt.NDArray[np.bool_]:
    """Papers whose closest neighbours are far away, as papers of this lake go."""
    none = np.zeros(len(raw), dtype=np.bool_)
    if len(raw) <= 2 * CLOSEST_NEIGHBOURS:
        return none
    _, cosines = nearest_rows(raw, CLOSEST_NEIGHBOURS)
    closeness = np.round(cosines.mean(axis=1), 6)
    middle = float(np.median(closeness))
    spread = 1.4826 * float(np.median(np.abs(closeness - middle)))
    far = closeness < middle - OUTLIER_DEVIATIONS * max(spread, 0.01)
    order = np.argsort(closeness, kind="stable")[: int(MOST_OUTLIERS * len(raw))]
    none[order] = far[order]
    for group in range(len(groups.topic_of)):
        members = groups.subtopic == group
        if none[members].all():
            none[members] = False
    return none
