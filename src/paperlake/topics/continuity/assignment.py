"""Filing papers between fits: known papers stay where the fit has put them, new ones go to the nearest topic.

The model is not changed. The work grows with the new papers: they are compared with a sample of the fitted
ones. Whether it is time for a refit is judged in `drift.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.topics.continuity.previous_fit import Before
from paperlake.topics.continuity.topic_model import FiledPapers, TopicModel
from paperlake.topics.grouping.clustering import Groups, told_apart
from paperlake.topics.grouping.exact import Flags, Ints, centred, spread_rows, to_grid
from paperlake.topics.grouping.membership import NEIGHBOUR_COUNT, find_outliers, judge_membership
from paperlake.topics.grouping.neighbours import find_neighbours
from paperlake.topics.grouping.warm_start import centroids_of, nearest
from paperlake.topics.map import DECIMALS, place_papers

REFERENCE_PAPERS = 10_000  # fitted papers that new ones are compared with: as many as in a fit
MIN_REFERENCE = 10  # of each subtopic, where it has so many


@dataclass(frozen=True)
class Filing:
    """The papers of now, filed into the topics of a fit."""

    papers: FiledPapers
    is_new: Flags
    """(papers,) whether the fit did not know it."""
    gone_count: int
    """Papers that the fit knew and that have left."""


def file_papers(model: TopicModel, paper_ids: list[str], vectors: npt.NDArray[np.float32]) -> Filing | None:
    """File papers into the topics of a fit; None where one has lost its last paper: only a refit helps then.

    Args:
        model: The fit.
        paper_ids: In ascending order.
        vectors: (papers, dimensions) of the model's embedding model.
    """
    known = Before.look_up(model, paper_ids)
    fitted = model.papers.take(known.known_as)
    inside = np.flatnonzero(~fitted.is_outlier)
    if np.unique(fitted.subtopic[inside]).size < len(model.subtopics) or not model.subtopics:
        return None
    is_new = np.ones(len(paper_ids), dtype=np.bool_)
    is_new[known.known] = False
    gone_count = len(model.papers.paper_ids) - len(known.known)
    new = np.flatnonzero(is_new)
    if not new.size:
        return Filing(fitted, is_new, gone_count)
    reference = inside[_spread_over(fitted.subtopic[inside], len(model.subtopics))]
    rows = np.concatenate([known.known[reference], new])
    filed = _file_new(model, vectors[rows], fitted.subtopic[reference], [paper_ids[row] for row in new])
    order = np.argsort(np.concatenate([known.known, new]))
    return Filing(fitted.followed_by(filed).take(order), is_new, gone_count)


def _spread_over(groups: Ints, count: int) -> Ints:
    """Rows evenly spread over each of `count` groups, about `REFERENCE_PAPERS` in all."""
    most = max(MIN_REFERENCE, REFERENCE_PAPERS // count)
    members = (np.flatnonzero(groups == group) for group in range(count))
    return np.sort(np.concatenate([rows[spread_rows(len(rows), most)] for rows in members]))


def _file_new(
    model: TopicModel, vectors: npt.NDArray[np.float32], reference: Ints, new_ids: list[str]
) -> FiledPapers:
    """File new papers as a fit would, among fitted ones.

    Args:
        model: The fit.
        vectors: (fitted papers and then new ones, dimensions)
        reference: (fitted papers,) their subtopics.
        new_ids: The ids of the new ones.
    """
    raw = to_grid(vectors)
    grid = centred(raw)
    start = len(reference)
    neighbours = find_neighbours(raw, NEIGHBOUR_COUNT)
    is_outlier = find_outliers(neighbours.cosines)
    is_outlier[:start] = False
    apart = told_apart(grid, neighbours.rows)
    subtopic = np.concatenate([reference, nearest(apart[start:], centroids_of(apart[:start], reference))])
    membership = judge_membership(grid, neighbours.rows, is_outlier, Groups(subtopic, model.topic_of))
    centres = np.array([(topic.x, topic.y) for topic in model.subtopics])
    places = place_papers(centres, model.radii, subtopic, membership)
    everyone = FiledPapers(
        [""] * start + new_ids, subtopic, membership.score, membership.topic_score, membership.centrality,
        membership.topic_centrality, is_outlier, np.round(places, DECIMALS),
    )  # fmt: skip
    return everyone.take(np.arange(start, len(subtopic)))
