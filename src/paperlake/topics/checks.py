"""Checks across the tables of topics: rules that no schema of a single table can state."""

from __future__ import annotations

import polars as pl

from paperlake.catalogue.vocabulary import TopicEvent
from paperlake.checks import CheckResult, outcome
from paperlake.topics.grouping.levels import LEVELS, SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.topics.naming.label_text import contains_words
from paperlake.topics.naming.phrases import phrase_words
from paperlake.topics.tables import TopicTables

ENDS = (TopicEvent.DIED, TopicEvent.MERGED)
"""Events after which a topic is gone."""


def check_tables(papers: pl.DataFrame, tables: TopicTables) -> list[CheckResult]:
    """Check the rules between the topic tables and the papers."""
    return [
        _check_filed_once(papers, tables),
        _check_parents(tables.topics),
        _check_levels_agree(tables),
        _check_counts(tables),
        _check_labels(tables.topics),
        _check_events(tables),
    ]


def _check_filed_once(papers: pl.DataFrame, tables: TopicTables) -> CheckResult:
    """Check that every paper has exactly one row at each level, and that its topic is of that level."""
    wanted = papers.select("paper_id").join(pl.DataFrame({"level": LEVELS}), how="cross")
    filed = tables.paper_topics.join(tables.topics, on=["topic_id", "level"], how="semi")
    counts = filed.group_by("paper_id", "level").agg(rows=pl.len())
    wrong = (
        wanted.join(counts, on=["paper_id", "level"], how="full", coalesce=True)
        .with_columns(pl.col("rows").fill_null(0))
        .filter(pl.col("rows") != 1)
        .sort("paper_id", "level")
    )
    return outcome(
        "paper_topics",
        "paper_topics_complete",
        wanted.height,
        (
            f"paper {paper_id} has {rows} topics at level {level}, not 1"
            for paper_id, level, rows in wrong.iter_rows()
        ),
    )


def _check_parents(topics: pl.DataFrame) -> CheckResult:
    """Check that topics have no parent, and that the parent of a subtopic is a topic."""
    top = topics.filter(pl.col("level") == TOPIC_LEVEL)["topic_id"].implode()
    right = (
        pl.when(pl.col("level") == TOPIC_LEVEL)
        .then(pl.col("parent_topic_id").is_null())
        .otherwise(pl.col("parent_topic_id").is_in(top).fill_null(value=False))
    )
    wrong = topics.filter(~right).sort("topic_id")
    return outcome(
        "topics",
        "topics_parents",
        topics.height,
        (
            f"topic {row['topic_id']} of level {row['level']} has the parent {row['parent_topic_id']}"
            for row in wrong.iter_rows(named=True)
        ),
    )


def _check_levels_agree(tables: TopicTables) -> CheckResult:
    """Check that a paper's topic is the parent of its subtopic."""
    fine = tables.paper_topics.filter(pl.col("level") == SUBTOPIC_LEVEL).join(
        tables.topics.select("topic_id", "parent_topic_id"), on="topic_id"
    )
    coarse = tables.paper_topics.filter(pl.col("level") == TOPIC_LEVEL).select("paper_id", topic="topic_id")
    wrong = fine.join(coarse, on="paper_id").filter(pl.col("parent_topic_id").ne_missing(pl.col("topic")))
    return outcome(
        "paper_topics",
        "paper_topics_levels_agree",
        fine.height,
        (
            f"paper {row['paper_id']} is in topic {row['topic']}, its subtopic in {row['parent_topic_id']}"
            for row in wrong.sort("paper_id").iter_rows(named=True)
        ),
    )


def _check_counts(tables: TopicTables) -> CheckResult:
    """Check that a topic's paper_count is the number of its papers that are no outliers."""
    counts = tables.paper_topics.filter(~pl.col("is_outlier")).group_by("topic_id").agg(found=pl.len())
    wrong = (
        tables.topics.join(counts, on="topic_id", how="left")
        .with_columns(pl.col("found").fill_null(0))
        .filter(pl.col("found") != pl.col("paper_count"))
    )
    return outcome(
        "topics",
        "topics_paper_count",
        tables.topics.height,
        (
            f"topic {row['topic_id']} counts {row['paper_count']} papers, {row['found']} are filed under it"
            for row in wrong.sort("topic_id").iter_rows(named=True)
        ),
    )


def _check_labels(topics: pl.DataFrame) -> CheckResult:
    """Check that no label is given twice at a level, and that none is in the label of a sibling."""
    failures = []
    for (level, label), rows in topics.group_by("level", "label"):
        if rows.height > 1:
            failures.append(f"{rows.height} topics of level {level} are called {label!r}")
    for _, siblings in topics.group_by("level", "parent_topic_id"):
        labels = siblings["label"].unique().sort().to_list()
        words = {label: phrase_words(label) for label in labels}
        failures += [
            f"the label {inner!r} is in its sibling's {outer!r}"
            for outer in labels
            for inner in labels
            if inner != outer and contains_words(words[outer], words[inner])
        ]
    return outcome("topics", "topics_labels_distinct", topics.height, sorted(failures))


def _check_events(tables: TopicTables) -> CheckResult:
    """Check that a present topic began once, and that one that ended is gone and its id not given again."""
    ends = pl.col("event").is_in(ENDS)
    lives = tables.topic_events.group_by("topic_id").agg(began=(~ends).sum(), ended=ends.sum())
    living = tables.topics.select("topic_id", lives=pl.lit(value=True))
    wrong = lives.join(living, on="topic_id", how="full", coalesce=True).filter(
        (pl.col("began") != 1).fill_null(value=True)
        | (pl.col("ended") != pl.when(pl.col("lives")).then(0).otherwise(1)).fill_null(value=True)
    )
    return outcome(
        "topic_events",
        "topic_events_add_up",
        tables.topic_events.height,
        (
            f"topic {row['topic_id']} began {row['began']} times and ended {row['ended']} times, "
            f"and is {'still' if row['lives'] else 'not'} there"
            for row in wrong.sort("topic_id").iter_rows(named=True)
        ),
    )
