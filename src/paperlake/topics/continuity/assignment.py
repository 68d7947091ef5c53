"""Filing papers between fits: those that the fit knew keep their topics, others get the nearest.

Each paper is filed by itself (`grouping/filing.py`), so that a run that files a few papers gives the tables
of one that files all. Whether a refit is due is measured in `drift.py`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from paperlake.topics.continuity.topic_model import AssignedPapers, TopicModel
from paperlake.topics.map import DECIMALS, place_filed
from paperlake.vectors.arrays import Floats, Vectors

ID_DIGITS = 8  # the last ones of a paper_id, as a number; the first ones say whether it was sampled


def file_papers(model: TopicModel, paper_ids: list[str], vectors: Vectors) -> AssignedPapers:
    """Assign papers to the topics of a fit.

    Args:
        model: The fit, with at least one topic.
        paper_ids: In ascending order.
        vectors: (papers, dimensions) of the model's embedding model.
    """
    current, fitted = np.array(paper_ids, dtype="S16"), np.array(model.papers.paper_ids, dtype="S16")
    _, known, rows = np.intersect1d(current, fitted, assume_unique=True, return_indices=True)
    assigned = model.papers.take(rows)
    new = np.setdiff1d(np.arange(len(paper_ids)), known, assume_unique=True)
    if not new.size:
        return assigned
    filed = _file_new(model, vectors[new], [paper_ids[row] for row in new.tolist()])
    order = np.argsort(np.concatenate([known, new]))
    return assigned.concatenate(filed).take(order)


def _file_new(model: TopicModel, vectors: Vectors, paper_ids: list[str]) -> AssignedPapers:
    """Assign papers that the fit did not know."""
    fitted = model.papers.subtopics
    membership = model.space.file(vectors, fitted.groups, model.topic_of)
    discs = np.array([(topic.x, topic.y) for topic in model.subtopics])
    inside = replace(fitted, groups=np.where(model.papers.is_outlier, -1, fitted.groups))
    places = place_filed(discs, model.radii, membership, model.turns, inside, _spread(paper_ids))
    return AssignedPapers(
        paper_ids,
        membership.topics,
        membership.subtopics,
        membership.is_outlier,
        np.round(places, DECIMALS),
    )


def _spread(paper_ids: list[str]) -> Floats:
    """Return a number from 0 to 1 for each paper; it is a part of a hash."""
    return np.array([int(paper_id[-ID_DIGITS:], 16) for paper_id in paper_ids]) / float(16**ID_DIGITS)
