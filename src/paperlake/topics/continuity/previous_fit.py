"""The previous fit as a fit uses it: which papers it knows, their groups, labels and places.

Looks up and aligns only; groups are found in `grouping/warm_start.py`, topics matched in `lineage.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.continuity.events import TopicAtFit
from paperlake.topics.continuity.lineage import Lineage, trace_topics
from paperlake.topics.continuity.topic_model import ModelTopic, TopicModel
from paperlake.topics.grouping.centroids import centroids
from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import UNIT
from paperlake.topics.grouping.levels import Level, Levels
from paperlake.topics.map import PreviousMap
from paperlake.topics.naming.kept_labels import PreviousLabel
from paperlake.vectors.arrays import Flags, Floats, Ints

MAX_GROWTH = 2.0  # papers doubled or halved since groups were last found from scratch: others fit better


@dataclass(frozen=True)
class LevelHistory:
    """Previous topics of one level, and the lineage of the current ones."""

    previous_topics: list[ModelTopic]
    previous_counts: list[int]
    """Their papers, without outliers."""
    lineage: Lineage

    def kept_ids(self) -> list[str | None]:
        """Return the previous id of each topic; None for those that began."""
        return [topic.topic_id if topic else None for topic in self._matched()]

    def previous_labels(self) -> list[PreviousLabel | None]:
        """Return the previous label of each topic; None for those that began."""
        return [
            PreviousLabel(topic.label, topic.label_support) if topic else None for topic in self._matched()
        ]

    def topics_at_fit(self) -> list[TopicAtFit]:
        """Return the previous topics as the events table has them."""
        return [
            TopicAtFit(topic.topic_id, topic.label, count)
            for topic, count in zip(self.previous_topics, self.previous_counts, strict=True)
        ]

    def _matched(self) -> list[ModelTopic | None]:
        return [
            self.previous_topics[number] if number >= 0 else None
            for number in self.lineage.matched_previous.tolist()
        ]


@dataclass(frozen=True)
class PreviousFit:
    """The previous fit, aligned with the current papers."""

    model: TopicModel
    known_rows: Ints
    """Rows of the current papers that the previous fit knows."""
    previous_rows: Ints
    """Their rows in the previous fit."""
    paper_count: int
    """Number of current papers that are fitted."""
    lake_count: int
    """Number of current papers of the lake."""

    @classmethod
    def match(cls, model: TopicModel, paper_ids: list[str], lake_count: int) -> PreviousFit:
        """Find the papers that are fitted (in the order of paper_id) in the previous fit."""
        current, previous = np.array(paper_ids, dtype="S16"), np.array(model.papers.paper_ids, dtype="S16")
        _, known, rows = np.intersect1d(current, previous, assume_unique=True, return_indices=True)
        return cls(model, known, rows, len(paper_ids), lake_count)

    def can_warm_start(self, model_id: str, is_outlier: Flags) -> bool:
        """Decide whether groups can start from the previous ones.

        They can with vectors of the same model, as long as neither the number of papers nor the papers
        themselves have changed by `MAX_GROWTH`.
        """
        fitted = self.model.fresh_count
        return (
            self.model.model_id == model_id
            and fitted < self.lake_count * MAX_GROWTH
            and self.lake_count < fitted * MAX_GROWTH
            and self.paper_count < len(self.known_rows) * MAX_GROWTH
            and not bool(is_outlier[self.known_rows].all())
        )

    def groups(self, level: Level) -> Ints:
        """Return the (papers,) previous group of the current papers at a level, -1 for new ones."""
        groups = np.full(self.paper_count, -1, dtype=np.int64)
        groups[self.known_rows] = level.groups[self.previous_rows]
        return groups

    def trace(self, vectors: Floats, groups: Groups) -> Levels[LevelHistory]:
        """Match the topics and the subtopics of a fit with those of the previous fit.

        Args:
            vectors: (papers, dimensions) centred fixed-point vectors.
            groups: Current subtopics and topics.
        """
        topics, subtopics = self.model.papers.levels
        return Levels(
            self._trace_level(vectors, topics, self.model.topics, groups.topic, groups.topic_count),
            self._trace_level(
                vectors, subtopics, self.model.subtopics, groups.subtopic, groups.subtopic_count
            ),
        )

    def _trace_level(
        self, vectors: Floats, level: Level, topics: list[ModelTopic], current: Ints, count: int
    ) -> LevelHistory:
        previous = self.groups(level)
        cosines = centroids(vectors, previous, len(topics)) @ centroids(vectors, current, count).T
        lineage = trace_topics(
            previous[self.known_rows],
            current[self.known_rows],
            (len(topics), count),
            cosines / (UNIT * UNIT),
        )
        return LevelHistory(topics, [topic.paper_count for topic in topics], lineage)

    def previous_map(self, groups: Groups, is_outlier: Flags, lineage: Lineage) -> PreviousMap:
        """Return the previous places of the current subtopics, and of papers that stayed in theirs."""
        matched = lineage.matched_previous
        continues = matched >= 0
        places = np.array([(topic.x, topic.y) for topic in self.model.subtopics]).reshape(-1, 2)
        centers = np.full((len(matched), 2), np.nan)
        centers[continues] = places[matched[continues]]
        radii = np.zeros(len(matched))
        radii[continues] = self.model.radii[matched[continues]]
        papers = np.full((self.paper_count, 2), np.nan)
        previous = self.model.papers.take(self.previous_rows)
        stayed = matched[groups.subtopic[self.known_rows]] == previous.subtopics.groups
        stayed &= is_outlier[self.known_rows] == previous.is_outlier
        papers[self.known_rows[stayed]] = previous.places[stayed]
        return PreviousMap(centers, radii, papers)
