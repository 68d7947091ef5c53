"""What a fit takes over from the one before: which papers it knows, their groups, labels and places.

Looks up and lines up; groups are made in `warm_start.py`, topics matched in `lineage.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.continuity.events import TopicAtFit
from paperlake.topics.continuity.lineage import Lineage, trace_topics
from paperlake.topics.continuity.topic_model import ModelTopic, TopicModel
from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import UNIT, Flags, Floats, Ints, group_sums, to_grid
from paperlake.topics.map import MapBefore
from paperlake.topics.naming.kept_labels import OldLabel

FRESH_GROWTH = 2.0  # papers doubled or halved since groups were last found anew: others fit better


@dataclass(frozen=True)
class Before:
    """The fit before, and where it and the papers of now meet."""

    model: TopicModel
    known: Ints
    """Rows of the papers of now that the fit before knows."""
    known_as: Ints
    """Their rows in the fit before."""
    paper_count: int
    """Papers of now."""

    @classmethod
    def look_up(cls, model: TopicModel, paper_ids: list[str]) -> Before:
        """Find the papers of now (in the order of paper_id) in the fit before."""
        now, then = np.array(paper_ids, dtype="S16"), np.array(model.papers.paper_ids, dtype="S16")
        _, known, known_as = np.intersect1d(now, then, assume_unique=True, return_indices=True)
        return cls(model, known, known_as, len(paper_ids))

    def may_carry_on(self, model_id: str, outside: Flags) -> bool:
        """Whether groups can start from the old ones: same vectors, and most papers and their number kept."""
        fitted = self.model.fresh_count
        return (
            self.model.model_id == model_id
            and fitted < self.paper_count * FRESH_GROWTH
            and self.paper_count < fitted * FRESH_GROWTH
            and self.paper_count < len(self.known) * FRESH_GROWTH
            and not bool(outside[self.known].all())
        )

    @property
    def subtopic(self) -> Ints:
        """(papers,) the subtopic that the fit before had each in, -1 for new papers."""
        before = np.full(self.paper_count, -1, dtype=np.int64)
        before[self.known] = self.model.papers.subtopic[self.known_as]
        return before

    @property
    def topic(self) -> Ints:
        """(papers,) the topic that the fit before had each in, -1 for new papers."""
        before = np.full(self.paper_count, -1, dtype=np.int64)
        before[self.known] = self.model.topic_of[self.model.papers.subtopic[self.known_as]]
        return before

    def trace(self, grid: Floats, groups: Groups) -> tuple[Lineage, Lineage]:
        """How the topics, and the subtopics, of now follow from those before.

        Args:
            grid: (papers, dimensions) centred vectors on the grid.
            groups: Subtopics and topics of now.
        """
        topics = len(self.model.topics), int(groups.topic_of.max(initial=-1)) + 1
        subtopics = len(self.model.subtopics), len(groups.topic_of)
        return (
            self._trace_level(grid, self.topic, groups.topic, topics),
            self._trace_level(grid, self.subtopic, groups.subtopic, subtopics),
        )

    def _trace_level(self, grid: Floats, then: Ints, now: Ints, counts: tuple[int, int]) -> Lineage:
        old, new = (
            to_grid(group_sums(grid, side, count)) for side, count in zip((then, now), counts, strict=True)
        )
        return trace_topics(then[self.known], now[self.known], counts, (old @ new.T) / (UNIT * UNIT))

    def map_before(self, groups: Groups, is_outlier: Flags, lineage: Lineage) -> MapBefore:
        """Where the subtopics of now stood, and the papers that stayed in theirs."""
        lived_as = lineage.lived_as
        lived = lived_as >= 0
        places = np.array([(topic.x, topic.y) for topic in self.model.subtopics]).reshape(-1, 2)
        centres = np.full((len(lived_as), 2), np.nan)
        centres[lived] = places[lived_as[lived]]
        radii = np.zeros(len(lived_as))
        radii[lived] = self.model.radii[lived_as[lived]]
        papers = np.full((self.paper_count, 2), np.nan)
        then = self.model.papers.take(self.known_as)
        stayed = lived_as[groups.subtopic[self.known]] == then.subtopic
        stayed &= is_outlier[self.known] == then.is_outlier
        papers[self.known[stayed]] = then.places[stayed]
        return MapBefore(centres, radii, papers)

    def ids_then(self, level: int, lineage: Lineage) -> list[str | None]:
        """The id that each topic of a level had before; None for those that began."""
        old = self._topics(level)
        return [old[was].topic_id if was >= 0 else None for was in lineage.lived_as.tolist()]

    def labels_then(self, level: int, lineage: Lineage) -> list[OldLabel | None]:
        """The label that each topic of a level had before; None for those that began."""
        old = self._topics(level)
        return [
            OldLabel(old[was].label, old[was].label_support) if was >= 0 else None
            for was in lineage.lived_as.tolist()
        ]

    def topics_then(self, level: int) -> list[TopicAtFit]:
        """The topics of a level at the fit before, with their papers, outliers left out."""
        papers, topics = self.model.papers, self._topics(level)
        inside = papers.subtopic[~papers.is_outlier]
        counts = np.bincount(self.model.topic_of[inside] if level == 1 else inside, minlength=len(topics))
        return [
            TopicAtFit(topic.topic_id, topic.label, count)
            for topic, count in zip(topics, counts.tolist(), strict=True)
        ]

    def _topics(self, level: int) -> list[ModelTopic]:
        return self.model.topics if level == 1 else self.model.subtopics
