"""The public tables of topics, built from the topic model and the papers that are assigned in it.

A pure function of its arguments: the same model and papers give the same tables. The model is fitted in
`fit.py`; papers are assigned between fits in `continuity/assignment.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from paperlake.catalogue.topic_tables import EMERGING_TOPICS, PAPER_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.topics.continuity.events import events_table
from paperlake.topics.continuity.topic_model import AssignedPapers, TopicModel
from paperlake.topics.emerging import rank_emerging
from paperlake.topics.trends import count_trends

MAX_REPRESENTATIVES = 5  # papers shown for a topic


@dataclass(frozen=True)
class TopicTables:
    """The public tables of the topics stage."""

    topics: pl.DataFrame
    paper_topics: pl.DataFrame
    topic_trends: pl.DataFrame
    emerging_topics: pl.DataFrame = field(default_factory=EMERGING_TOPICS.empty)
    topic_events: pl.DataFrame = field(default_factory=TOPIC_EVENTS.empty)


def topic_tables(model: TopicModel, assigned: AssignedPapers, papers: pl.DataFrame) -> TopicTables:
    """Build all tables of the stage.

    Args:
        model: The topic model.
        assigned: All papers of the lake; each subtopic holds one that is no outlier.
        papers: Columns paper_id and published_date of the same papers, in any order.
    """
    paper_topics = _paper_topics_table(model, assigned)
    return TopicTables(
        topics=_topics_table(model, assigned),
        paper_topics=paper_topics,
        topic_trends=count_trends(papers, paper_topics),
        emerging_topics=rank_emerging(papers, paper_topics),
        topic_events=events_table(model.events),
    )


def _topics_table(model: TopicModel, assigned: AssignedPapers) -> pl.DataFrame:
    """Build one row per topic, topics before subtopics."""
    rows = []
    for level, topics, parent_ids in zip(assigned.levels, model.levels, model.parent_ids, strict=True):
        central = level.members(assigned.is_outlier, len(topics))
        for topic, parent_id, members in zip(topics, parent_ids, central, strict=True):
            shown = members[:MAX_REPRESENTATIVES].tolist()
            rows.append(
                {
                    "topic_id": topic.topic_id,
                    "parent_topic_id": parent_id,
                    "level": level.number,
                    "label": topic.label,
                    "keywords": topic.keywords,
                    "paper_count": len(members),
                    "representative_paper_ids": [assigned.paper_ids[row] for row in shown],
                    "coherence": topic.coherence,
                    "x": topic.x,
                    "y": topic.y,
                }
            )
    return TOPICS.frame(rows)


def _paper_topics_table(model: TopicModel, assigned: AssignedPapers) -> pl.DataFrame:
    """Build one row per paper and level, in the order of paper_id and level."""
    frames = [
        pl.DataFrame(
            {
                "paper_id": assigned.paper_ids,
                "topic_id": np.array([topic.topic_id for topic in topics])[level.groups],
                "level": np.full(len(assigned.paper_ids), level.number, dtype=np.int64),
                "score": level.score,
                "is_outlier": assigned.is_outlier,
                "x": assigned.places[:, 0],
                "y": assigned.places[:, 1],
            },
            schema=PAPER_TOPICS.dtypes,
        )
        for level, topics in zip(assigned.levels, model.levels, strict=True)
        if topics
    ]
    return pl.concat([PAPER_TOPICS.empty(), *frames]).sort("paper_id", "level")
