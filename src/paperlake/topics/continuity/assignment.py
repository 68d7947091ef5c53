"""Assigning papers between fits: known papers keep their topics, new ones get the nearest.

The model is not changed. The work grows with the new papers: they are compared with a sample of the fitted
ones. Whether a refit is due is measured in `drift.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.continuity.previous_fit import PreviousFit
from paperlake.topics.continuity.topic_model import AssignedPapers, TopicModel
from paperlake.topics.grouping.centroids import centroids, nearest_centroid
from paperlake.topics.grouping.clustering import Groups, transform_features
from paperlake.topics.grouping.exact import center, sample_evenly, to_fixed_point
from paperlake.topics.grouping.membership import NEIGHBOUR_COUNT, find_outliers, judge_membership
from paperlake.topics.grouping.neighbours import find_neighbours
from paperlake.topics.map import DECIMALS, place_papers
from paperlake.vectors.arrays import Flags, Ints, Vectors

REFERENCE_PAPERS = 10_000  # fitted papers that new ones are compared with: as many as in a fit
MIN_REFERENCE = 10  # of each subtopic, where it has so many


@dataclass(frozen=True)
class Assignment:
    """The current papers, assigned to the topics of a fit."""

    papers: AssignedPapers
    is_new: Flags
    """(papers,) whether the fit did not know it."""
    gone_count: int
    """Papers that the fit knew and that are no longer in the lake."""


def assign_papers(model: TopicModel, paper_ids: list[str], vectors: Vectors) -> Assignment | None:
    """Assign papers to the topics of a fit.

    Args:
        model: The fit.
        paper_ids: In ascending order.
        vectors: (papers, dimensions) of the model's embedding model.

    Returns:
        None where a topic has lost its last paper: only a refit helps then.
    """
    previous = PreviousFit.match(model, paper_ids)
    fitted = model.papers.take(previous.previous_rows)
    inside = np.flatnonzero(~fitted.is_outlier)
    if np.unique(fitted.subtopics.groups[inside]).size < len(model.subtopics) or not model.subtopics:
        return None
    is_new = np.ones(len(paper_ids), dtype=np.bool_)
    is_new[previous.known_rows] = False
    gone_count = len(model.papers.paper_ids) - len(previous.known_rows)
    new = np.flatnonzero(is_new)
    if not new.size:
        return Assignment(fitted, is_new, gone_count)
    reference = inside[_sample_groups(fitted.subtopics.groups[inside], len(model.subtopics))]
    rows = np.concatenate([previous.known_rows[reference], new])
    new_ids = [paper_ids[row] for row in new]
    assigned = _assign_new(model, vectors[rows], fitted.subtopics.groups[reference], new_ids)
    order = np.argsort(np.concatenate([previous.known_rows, new]))
    return Assignment(fitted.concatenate(assigned).take(order), is_new, gone_count)


def _sample_groups(groups: Ints, count: int) -> Ints:
    """Return rows evenly spread over each of `count` groups, about `REFERENCE_PAPERS` in all."""
    max_rows = max(MIN_REFERENCE, REFERENCE_PAPERS // count)
    members = (np.flatnonzero(groups == group) for group in range(count))
    return np.sort(np.concatenate([rows[sample_evenly(len(rows), max_rows)] for rows in members]))


def _assign_new(model: TopicModel, vectors: Vectors, reference: Ints, new_ids: list[str]) -> AssignedPapers:
    """Assign new papers as a fit would, among fitted ones.

    Args:
        model: The fit.
        vectors: (fitted papers and then new ones, dimensions)
        reference: (fitted papers,) their subtopics.
        new_ids: The ids of the new ones.
    """
    raw = to_fixed_point(vectors)
    centered = center(raw)
    start = len(reference)
    neighbours = find_neighbours(raw, NEIGHBOUR_COUNT)
    is_outlier = find_outliers(neighbours.cosines)
    is_outlier[:start] = False
    features = transform_features(centered, neighbours.rows)
    nearest = nearest_centroid(features[start:], centroids(features[:start], reference))
    subtopic = np.concatenate([reference, nearest])
    membership = judge_membership(centered, neighbours.rows, is_outlier, Groups(subtopic, model.topic_of))
    discs = np.array([(topic.x, topic.y) for topic in model.subtopics])
    places = np.round(place_papers(discs, model.radii, membership), DECIMALS)
    everyone = AssignedPapers(
        [""] * start + new_ids, membership.topics, membership.subtopics, is_outlier, places
    )
    return everyone.take(np.arange(start, len(subtopic)))
