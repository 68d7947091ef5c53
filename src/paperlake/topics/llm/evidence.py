"""What is known of a topic when it is named: its phrases and keywords, its siblings, its most central papers.

All of it follows from the fit and from what people decided, not from papers that were filed since: between
two refits no topic is asked about again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.catalogue.vocabulary import LabelSource
from paperlake.topics.continuity.topic_model import ModelTopic, TopicModel
from paperlake.topics.naming.label_text import LOOSE_PREFIX

MAX_TITLES = 10  # of the most central papers: more say little that is new
MAX_KEYWORDS = 10
MAX_SIBLINGS = 30
MAX_PARTS = 15


@dataclass(frozen=True)
class TopicToName:
    """A topic as it is known when it is named."""

    topic_id: str
    level: int
    label: str
    """Its phrases, or what a person called it."""
    is_fixed: bool
    """Whether a person named it: it is asked about no more, and others must differ from it."""
    keywords: tuple[str, ...]
    parent_id: str | None
    parent_label: str | None
    siblings: tuple[str, ...]
    """Labels of the topics of equal parent, largest first."""
    parts: tuple[str, ...]
    """Labels of its subtopics, largest first."""
    central: tuple[str, ...]
    """Its most central papers of the fit, the most central first."""
    papers: frozenset[str]
    """All of its papers of the fit, outliers left out."""

    @property
    def is_loose(self) -> bool:
        """Whether its papers have so little in common that its label says so."""
        return not self.is_fixed and self.label.startswith(LOOSE_PREFIX)

    @property
    def phrases(self) -> str:
        """Its label, without what says that its papers have little in common."""
        return self.label.removeprefix(LOOSE_PREFIX)

    @property
    def evidence_texts(self) -> tuple[str, ...]:
        """The texts that describe the whole group."""
        return (self.phrases, *self.keywords, *self.parts)


def topics_to_name(
    model: TopicModel, published: Collection[str], pinned: Mapping[str, Sequence[str]]
) -> list[TopicToName]:
    """Return the topics of both levels, topics before subtopics.

    Args:
        model: A fit with what people decided, its papers among its topics.
        published: The ids of the topics that have papers; others are left out.
        pinned: By topic_id, the papers that a person wants a topic to keep: it is named after them.
    """
    found: list[TopicToName] = []
    for level, topics, parent_ids in zip(
        (TOPIC_LEVEL, SUBTOPIC_LEVEL), model.levels, model.parent_ids, strict=True
    ):
        members = _members(model, level, len(topics))
        members = [
            list(pinned.get(topic.topic_id, central)) for topic, central in zip(topics, members, strict=True)
        ]
        rows = list(zip(topics, parent_ids, members, strict=True))
        rows = [row for row in rows if row[0].topic_id in published]
        for topic, parent_id, central in rows:
            beside = [one for one, other, _ in rows if other == parent_id and one.topic_id != topic.topic_id]
            found.append(
                TopicToName(
                    topic.topic_id,
                    level,
                    topic.label,
                    topic.label_source != LabelSource.PHRASES,
                    tuple(topic.keywords[:MAX_KEYWORDS]),
                    parent_id,
                    _label_of(model, parent_id),
                    _labels(beside, MAX_SIBLINGS),
                    _labels(_parts(model, topic.topic_id, published), MAX_PARTS)
                    if level == TOPIC_LEVEL
                    else (),
                    tuple(central[:MAX_TITLES]),
                    frozenset(central),
                )
            )
    return found


def _members(model: TopicModel, level: int, count: int) -> list[list[str]]:
    """Return the papers of each topic of a level, the most central first."""
    papers = model.papers
    if not count or not papers.paper_ids:
        return [[] for _ in range(count)]
    rows = papers.levels[level - 1].members(papers.is_outlier, count)
    ids = np.array(papers.paper_ids)
    return [ids[members].tolist() for members in rows]


def _parts(model: TopicModel, topic_id: str, published: Collection[str]) -> list[ModelTopic]:
    parents = model.parent_ids[SUBTOPIC_LEVEL - 1]
    return [
        one
        for one, parent in zip(model.subtopics, parents, strict=True)
        if parent == topic_id and one.topic_id in published
    ]


def _label_of(model: TopicModel, topic_id: str | None) -> str | None:
    return next((one.label for one in model.topics if one.topic_id == topic_id), None)


def _labels(topics: list[ModelTopic], limit: int) -> tuple[str, ...]:
    largest = sorted(topics, key=lambda topic: (-topic.paper_count, topic.topic_id))
    return tuple(topic.label for topic in largest[:limit])
