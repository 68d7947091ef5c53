"""The topic model from the published tables, where its file is lost or damaged.

The tables have what keeps ids and labels: topics, their papers, places and events. They lack what a warm
start needs, so the next fit finds groups from scratch and matches them to these topics.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.catalogue.vocabulary import LabelSource
from paperlake.topics.continuity.topic_model import AssignedPapers, ModelTopic, TopicModel
from paperlake.topics.grouping.filing import FilingSpace
from paperlake.topics.grouping.levels import Level
from paperlake.vectors.arrays import Floats, Ints

UNKNOWN_SUPPORT = 0.5  # of a label when it was given; it is then kept while a quarter of the papers hold it
NEVER_KEPT = 3.0  # of a label that is no phrases of the fit: no share of papers is half of it


def model_from_tables(
    topics: pl.DataFrame, paper_topics: pl.DataFrame, topic_events: pl.DataFrame, fit_number: int
) -> TopicModel:
    """Return the model that the published tables show; `fitted_from` and `model_id` are empty.

    Args:
        topics: The table of that name, as are the two others.
        paper_topics: One row per paper and level.
        topic_events: Of this fit and all previous ones.
        fit_number: Of the fit that the tables are of.
    """
    upper = topics.filter(pl.col("level") == TOPIC_LEVEL)
    lower = topics.filter(pl.col("level") == SUBTOPIC_LEVEL)
    places = {str(topic_id): number for number, topic_id in enumerate(upper["topic_id"])}
    papers = _papers(paper_topics, upper, lower)
    return TopicModel(
        fit_number=fit_number,
        is_fresh=True,
        fitted_from="",
        model_id="",
        fresh_count=0,  # so that no warm start is made from it
        lake_count=len(papers.paper_ids),
        topics=_model_topics(upper),
        subtopics=_model_topics(lower),
        topic_of=np.array([places[parent] for parent in lower["parent_topic_id"]], dtype=np.int64),
        radii=_radii(papers, lower),
        turns=np.zeros((0, 0), dtype=np.int64),
        papers=papers,
        space=FilingSpace.empty(),
        events=[_event(row) for row in topic_events.iter_rows(named=True)],
    )


def _model_topics(rows: pl.DataFrame) -> list[ModelTopic]:
    return [
        ModelTopic(
            topic_id=row["topic_id"],
            label=row["label"],
            label_support=UNKNOWN_SUPPORT if row["label_source"] == LabelSource.PHRASES else NEVER_KEPT,
            keywords=row["keywords"] or [],
            coherence=row["coherence"],
            x=row["x"],
            y=row["y"],
            paper_count=row["paper_count"],
        )
        for row in rows.iter_rows(named=True)
    ]


def _papers(paper_topics: pl.DataFrame, upper: pl.DataFrame, lower: pl.DataFrame) -> AssignedPapers:
    rows = {
        level: paper_topics.filter(pl.col("level") == level).sort("paper_id")
        for level in (TOPIC_LEVEL, SUBTOPIC_LEVEL)
    }
    fine = rows[SUBTOPIC_LEVEL]
    return AssignedPapers(
        fine["paper_id"].to_list(),
        _level(TOPIC_LEVEL, rows[TOPIC_LEVEL], upper),
        _level(SUBTOPIC_LEVEL, fine, lower),
        fine["is_outlier"].to_numpy().astype(np.bool_),
        fine.select("x", "y").to_numpy().astype(np.float64),
    )


def _level(number: int, rows: pl.DataFrame, topics: pl.DataFrame) -> Level:
    """Return the papers of one level; their centrality is not published."""
    places = {str(topic_id): place for place, topic_id in enumerate(topics["topic_id"])}
    groups: Ints = np.array([places[topic_id] for topic_id in rows["topic_id"]], dtype=np.int64)
    return Level(number, groups, rows["score"].to_numpy().astype(np.float64), np.zeros(rows.height))


def _radii(papers: AssignedPapers, lower: pl.DataFrame) -> Floats:
    """Return the distance of the outermost paper of each subtopic from its center, outliers left out."""
    centers = lower.select("x", "y").to_numpy().astype(np.float64)
    radii = np.zeros(lower.height)
    inside = ~papers.is_outlier
    groups = papers.subtopics.groups[inside]
    distances = np.linalg.norm(papers.places[inside] - centers[groups], axis=1)
    np.maximum.at(radii, groups, distances)
    return radii


def _event(row: dict[str, Any]) -> dict[str, Any]:
    """Return an event as the model has it: dates as text."""
    return {**row, "snapshot_date": row["snapshot_date"] and row["snapshot_date"].isoformat()}
