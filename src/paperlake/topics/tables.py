"""The public tables of topics, made from the topic model and the papers that are filed in it.

A pure function of its arguments: the same model and papers give the same tables, however often they are made.
How the model comes about is `fit.py`; how papers are filed between fits, `refit/assignment.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from paperlake.catalogue.topic_tables import EMERGING_TOPICS, PAPER_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.topics.continuity.events import events_table
from paperlake.topics.continuity.topic_model import FiledPapers, TopicModel
from paperlake.topics.emerging import rank_emerging
from paperlake.topics.grouping.exact import Flags, Floats, Ints
from paperlake.topics.trends import count_trends

REPRESENTATIVES = 5  # papers shown for a topic


@dataclass(frozen=True)
class TopicTables:
    """The public tables of the topics stage."""

    topics: pl.DataFrame
    paper_topics: pl.DataFrame
    topic_trends: pl.DataFrame
    emerging_topics: pl.DataFrame = field(default_factory=EMERGING_TOPICS.empty)
    topic_events: pl.DataFrame = field(default_factory=TOPIC_EVENTS.empty)


def topic_tables(model: TopicModel, filed: FiledPapers, papers: pl.DataFrame) -> TopicTables:
    """All tables of the stage.

    Args:
        model: The topic model.
        filed: All papers of the lake; each subtopic holds one that is no outlier.
        papers: Columns paper_id and published_date of the same papers, in any order.
    """
    paper_topics = _paper_topics_table(model, filed)
    return TopicTables(
        topics=_topics_table(model, filed),
        paper_topics=paper_topics,
        topic_trends=count_trends(papers, paper_topics),
        emerging_topics=rank_emerging(papers, paper_topics),
        topic_events=events_table(model.events),
    )


def most_central(groups: Ints, centrality: Floats, is_outlier: Flags, count: int) -> list[Ints]:
    """The papers of each of `count` groups but outliers, most central first; equal ones in order of row."""
    order = np.lexsort((-np.round(centrality, 6), groups))
    order = order[~is_outlier[order]]
    ends = np.cumsum(np.bincount(groups[order], minlength=count))
    return np.split(order, ends[:-1])[:count]


def _topics_table(model: TopicModel, filed: FiledPapers) -> pl.DataFrame:
    rows = []
    for level, topics, number_of in model.levels():
        centrality = filed.topic_centrality if level == 1 else filed.centrality
        groups = number_of[filed.subtopic]
        central = most_central(groups, centrality, filed.is_outlier, len(topics))
        for number, (topic, members) in enumerate(zip(topics, central, strict=True)):
            parent = model.topics[int(model.topic_of[number])].topic_id if level == 2 else None
            shown = members[:REPRESENTATIVES].tolist()
            rows.append(
                {
                    "topic_id": topic.topic_id,
                    "parent_topic_id": parent,
                    "level": level,
                    "label": topic.label,
                    "keywords": topic.keywords,
                    "paper_count": len(members),
                    "representative_paper_ids": [filed.paper_ids[row] for row in shown],
                    "coherence": topic.coherence,
                    "x": topic.x,
                    "y": topic.y,
                }
            )
    return TOPICS.frame(rows)


def _paper_topics_table(model: TopicModel, filed: FiledPapers) -> pl.DataFrame:
    """One row a paper and level, in the order of paper_id and level."""
    frames = [
        pl.DataFrame(
            {
                "paper_id": filed.paper_ids,
                "topic_id": np.array([topic.topic_id for topic in topics])[number_of[filed.subtopic]],
                "level": np.full(len(filed.paper_ids), level, dtype=np.int64),
                "score": filed.topic_score if level == 1 else filed.score,
                "is_outlier": filed.is_outlier,
                "x": filed.places[:, 0],
                "y": filed.places[:, 1],
            },
            schema=PAPER_TOPICS.dtypes,
        )
        for level, topics, number_of in model.levels()
        if topics
    ]
    return pl.concat([PAPER_TOPICS.empty(), *frames]).sort("paper_id", "level")
