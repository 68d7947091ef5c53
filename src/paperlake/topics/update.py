"""Deciding between a refit and filing papers under existing topics: the setting `topic_refit`.

Reads and writes nothing; papers are fitted in `fit.py`, filed in `continuity/assignment.py`, and their drift
is measured in `continuity/drift.py`.
"""

from __future__ import annotations

from enum import StrEnum

from paperlake.settings import Settings
from paperlake.topics.continuity.drift import Drift, measure_drift
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.counts import TopicCounts

MAX_ALWAYS_REFIT = 5_000  # papers: under auto, a fit of fewer takes some seconds, so that none is saved


class UpdateMethod(StrEnum):
    """Methods of bringing topics up to date."""

    FROM_SCRATCH = "from scratch"
    """A fit that found the groups without a previous fit."""
    WARM_START = "warm start"
    """A refit from the groups of the previous fit."""
    ASSIGNMENT = "assignment"
    """No fit: papers were filed under the topics of the last one."""


def always_refits(settings: Settings, paper_count: int) -> bool:
    """Return whether any change of the papers means a refit."""
    if settings.topic_refit == "auto":
        return paper_count < MAX_ALWAYS_REFIT
    return settings.topic_refit == "always"


def can_file(model: TopicModel, model_id: str, paper_count: int) -> bool:
    """Return whether papers can be filed under the topics of a fit: there are some, of the same vectors."""
    return model.fit_number > 0 and model.model_id == model_id and (bool(model.subtopics) or not paper_count)


def judge_filing(
    model: TopicModel, published: TopicModel, counts: TopicCounts, settings: Settings
) -> Drift | None:
    """Return the drift of the papers that were filed under the topics of a fit; None where a refit is due.

    It is due where a topic has lost its last paper, or where the drift has reached its limit and the settings
    do not rule a refit out.

    Args:
        model: The fit.
        published: Its topics with what people decided.
        counts: Of all papers of the lake, as filed.
        settings: `topic_refit` is the policy.
    """
    paper_counts = counts.paper_counts()
    topics = [topic.topic_id for level in published.levels for topic in level]
    if not all(paper_counts.get(topic_id) for topic_id in topics):
        return None
    drift = measure_drift(model, counts.known_region)
    return drift if settings.topic_refit == "never" or drift.degree < 1.0 else None
