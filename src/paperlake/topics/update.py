"""Deciding between a refit and an assignment of papers to existing topics: the setting `topic_refit`.

Combines `fit.py`, `continuity/assignment.py` and `continuity/drift.py`; reads and writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import polars as pl

from paperlake.settings import Settings
from paperlake.topics.continuity.assignment import assign_papers
from paperlake.topics.continuity.drift import Drift, measure_drift
from paperlake.topics.continuity.topic_model import AssignedPapers, TopicModel
from paperlake.topics.fit import FitSource, fit_model
from paperlake.vectors.arrays import Vectors

MAX_ALWAYS_REFIT = 20_000  # papers: under auto, a fit of fewer takes some seconds, so that none is saved


class UpdateMethod(StrEnum):
    """Methods of bringing topics up to date."""

    FROM_SCRATCH = "from scratch"
    """A fit that found the groups without a previous fit."""
    WARM_START = "warm start"
    """A refit from the groups of the previous fit."""
    ASSIGNMENT = "assignment"
    """No fit: papers were assigned to the topics of the last one."""


@dataclass(frozen=True)
class TopicUpdate:
    """Topics that are up to date."""

    model: TopicModel
    assigned: AssignedPapers
    method: UpdateMethod
    drift: Drift


def update_topics(
    papers: pl.DataFrame,
    vectors: Vectors,
    settings: Settings,
    previous: TopicModel,
    source: FitSource,
    force: bool = False,
) -> TopicUpdate:
    """Bring topics up to date with the papers.

    A fit that was made from these very papers is used as it is: building the tables again is no refit.

    Args:
        papers: Columns paper_id, title, abstract of the papers table, in the order of paper_id.
        vectors: (papers, dimensions)
        settings: `topic_refit` and `topic_min_papers`.
        previous: The previous fit.
        source: Provenance of a fit of these papers.
        force: Find groups from scratch, whatever the policy; topics that continue keep their ids.
    """
    if not force and previous.fit_number and previous.fitted_from == source.fitted_from:
        return TopicUpdate(previous, previous.papers, UpdateMethod.ASSIGNMENT, Drift())
    if not force and not _always_refits(settings, papers.height) and previous.model_id == source.model_id:
        assignment = assign_papers(previous, papers["paper_id"].to_list(), vectors)
        drift = measure_drift(previous, assignment) if assignment else Drift()
        if assignment and (settings.topic_refit == "never" or drift.degree < 1.0):
            return TopicUpdate(previous, assignment.papers, UpdateMethod.ASSIGNMENT, drift)
    model = fit_model(papers, vectors, settings, previous, source, from_scratch=force)
    method = UpdateMethod.FROM_SCRATCH if model.is_fresh else UpdateMethod.WARM_START
    return TopicUpdate(model, model.papers, method, Drift())


def _always_refits(settings: Settings, paper_count: int) -> bool:
    if settings.topic_refit == "auto":
        return paper_count < MAX_ALWAYS_REFIT
    return settings.topic_refit == "always"
