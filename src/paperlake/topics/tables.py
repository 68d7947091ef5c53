"""The public tables of topics, built from the topic model and the papers that are filed under its topics.

A pure function of its arguments: the same model and papers give the same tables. The model is fitted in
`fit.py`; papers are filed in `continuity/assignment.py` and counted in `counts.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from paperlake.catalogue.topic_tables import EMERGING_TOPICS, PAPER_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.topics.continuity.events import events_table
from paperlake.topics.continuity.topic_model import AssignedPapers, TopicModel
from paperlake.topics.counts import COUNTED_COLUMNS, Counter, TopicCounts
from paperlake.topics.emerging import rank_emerging
from paperlake.topics.grouping.levels import RANK_DECIMALS
from paperlake.topics.trends import topic_trends


@dataclass(frozen=True)
class TopicTables:
    """The public tables of the topics stage."""

    topics: pl.DataFrame
    paper_topics: pl.DataFrame
    topic_trends: pl.DataFrame
    emerging_topics: pl.DataFrame = field(default_factory=EMERGING_TOPICS.empty)
    topic_events: pl.DataFrame = field(default_factory=TOPIC_EVENTS.empty)


def topic_tables(model: TopicModel, assigned: AssignedPapers, papers: pl.DataFrame) -> TopicTables:
    """Build all tables of the stage for papers that fit into memory.

    Args:
        model: The topic model.
        assigned: All papers of the lake; each subtopic holds one that is no outlier.
        papers: Columns paper_id and published_date of the same papers, in any order.
    """
    paper_topics = paper_topics_table(model, assigned)
    counter = Counter()
    counter.add(papers.select("paper_id", "published_date"), paper_topics.select(COUNTED_COLUMNS))
    return counted_tables(model, counter.total(), paper_topics)


def counted_tables(
    model: TopicModel, counts: TopicCounts, paper_topics: pl.DataFrame | None = None
) -> TopicTables:
    """Build the tables that follow from counts.

    Args:
        model: The topic model.
        counts: Of all papers of the lake.
        paper_topics: The table of that name; an empty one where it is written batch by batch.
    """
    return TopicTables(
        topics=_topics_table(model, counts),
        paper_topics=PAPER_TOPICS.empty() if paper_topics is None else paper_topics,
        topic_trends=topic_trends(counts),
        emerging_topics=rank_emerging(counts),
        topic_events=events_table(model.events),
    )


def _topics_table(model: TopicModel, counts: TopicCounts) -> pl.DataFrame:
    """Build one row per topic, topics before subtopics."""
    paper_counts = counts.paper_counts()
    central = counts.central.group_by("topic_id", maintain_order=True).agg("paper_id")
    central_ids: dict[str, list[str]] = dict(central.iter_rows())
    rows = [
        {
            "topic_id": topic.topic_id,
            "parent_topic_id": parent_id,
            "level": level,
            "label": topic.label,
            "label_source": topic.label_source,
            "description": topic.description,
            "keywords": topic.keywords,
            "paper_count": paper_counts.get(topic.topic_id, 0),
            "representative_paper_ids": central_ids.get(topic.topic_id, []),
            "coherence": topic.coherence,
            "x": topic.x,
            "y": topic.y,
        }
        for level, (topics, parent_ids) in enumerate(zip(model.levels, model.parent_ids, strict=True), 1)
        for topic, parent_id in zip(topics, parent_ids, strict=True)
    ]
    return TOPICS.frame(rows)


def paper_topics_table(model: TopicModel, assigned: AssignedPapers) -> pl.DataFrame:
    """Build one row per paper and level, in the order of paper_id and level."""
    frames = [
        pl.DataFrame(
            {
                "paper_id": assigned.paper_ids,
                "topic_id": np.array([topic.topic_id for topic in topics])[level.groups],
                "level": np.full(len(assigned.paper_ids), level.number, dtype=np.int64),
                "score": level.score,
                "centrality": np.round(level.centrality, RANK_DECIMALS),
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
