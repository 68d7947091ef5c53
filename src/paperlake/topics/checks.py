"""What must hold between the tables of topics, and between them and the papers, before they are committed."""

from __future__ import annotations

import polars as pl

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.topic_tables import (
    LEVELS,
    PAPER_TOPICS,
    SUBTOPIC_LEVEL,
    TOPIC_EVENTS,
    TOPIC_LEVEL,
    TOPICS,
)
from paperlake.catalogue.vocabulary import LabelSource, TopicEvent
from paperlake.stages.checks import Found, TableReader, check
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.counts import TopicCounts
from paperlake.topics.naming.label_text import contains_words
from paperlake.topics.naming.languages.english import phrase_words

ENDS = (str(TopicEvent.DIED), str(TopicEvent.MERGED))


@check(PAPER_TOPICS, "paper_topics_complete")
def filed_once(reader: TableReader) -> Found:
    """Every paper has exactly one row at each level, and its topic is a topic of that level."""
    papers = reader.scan(PAPERS).select("paper_id").collect()
    filed = reader.scan(PAPER_TOPICS).select("paper_id", "topic_id", "level").collect()
    return papers.height * len(LEVELS), _not_filed_once(papers, filed, reader.read(TOPICS))


def _not_filed_once(papers: pl.DataFrame, filed: pl.DataFrame, topics: pl.DataFrame) -> list[str]:
    """Return one line per paper and level without exactly one row."""
    wanted = papers.join(pl.DataFrame({"level": LEVELS}), how="cross")
    counts = filed.join(topics, on=["topic_id", "level"], how="semi")
    counts = counts.group_by("paper_id", "level").agg(rows=pl.len())
    wrong = (
        wanted.join(counts, on=["paper_id", "level"], how="full", coalesce=True)
        .with_columns(pl.col("rows").fill_null(0))
        .filter(pl.col("rows") != 1)
        .sort("paper_id", "level")
    )
    return [
        f"paper {paper_id} has {rows} topics at level {level}, not 1"
        for paper_id, level, rows in wrong.iter_rows()
    ]


@check(TOPICS, "topics_parents")
def parents_exist(reader: TableReader) -> Found:
    """Topics have no parent; the parent of a subtopic is a topic."""
    topics = reader.read(TOPICS)
    top = topics.filter(pl.col("level") == TOPIC_LEVEL)["topic_id"].implode()
    right = (
        pl.when(pl.col("level") == TOPIC_LEVEL)
        .then(pl.col("parent_topic_id").is_null())
        .otherwise(pl.col("parent_topic_id").is_in(top).fill_null(value=False))
    )
    wrong = topics.filter(~right).sort("topic_id")
    return topics.height, [
        f"topic {row['topic_id']} of level {row['level']} has the parent {row['parent_topic_id']}"
        for row in wrong.iter_rows(named=True)
    ]


@check(PAPER_TOPICS, "paper_topics_levels_agree")
def levels_agree(reader: TableReader) -> Found:
    """The topic of a paper is the parent of its subtopic."""
    filed = reader.scan(PAPER_TOPICS).select("paper_id", "topic_id", "level").collect()
    return filed.height // len(LEVELS), _disagreeing(filed, reader.read(TOPICS))


def _disagreeing(filed: pl.DataFrame, topics: pl.DataFrame) -> list[str]:
    """Return one line per paper whose subtopic is of another topic."""
    parents = topics.select("topic_id", "parent_topic_id")
    subtopics = filed.filter(pl.col("level") == SUBTOPIC_LEVEL).join(parents, on="topic_id")
    upper = filed.filter(pl.col("level") == TOPIC_LEVEL).select("paper_id", topic="topic_id")
    wrong = subtopics.join(upper, on="paper_id").filter(pl.col("parent_topic_id").ne_missing(pl.col("topic")))
    return [
        f"paper {row['paper_id']} is in topic {row['topic']}, its subtopic in {row['parent_topic_id']}"
        for row in wrong.sort("paper_id").iter_rows(named=True)
    ]


@check(TOPICS, "topics_paper_count")
def counts_add_up(reader: TableReader) -> Found:
    """paper_count of a topic is the number of its papers that are no outliers."""
    inside = reader.scan(PAPER_TOPICS).filter(~pl.col("is_outlier"))
    counts = inside.group_by("topic_id").agg(found=pl.len()).collect()
    return differing_counts(reader.read(TOPICS), dict(counts.iter_rows()))


def differing_counts(topics: pl.DataFrame, counts: dict[str, int]) -> Found:
    """Compare the table of topics with the papers that are filed under each topic_id."""
    return topics.height, [
        f"topic {row['topic_id']} counts {row['paper_count']} papers, {counts.get(row['topic_id'], 0)} are "
        "filed under it"
        for row in topics.sort("topic_id").iter_rows(named=True)
        if row["paper_count"] != counts.get(row["topic_id"], 0)
    ]


def check_filed(paper_ids: pl.Series, filed: pl.DataFrame, model: TopicModel) -> dict[str, Found]:
    """Check the rows of some papers before they are written.

    Args:
        paper_ids: All papers of some partitions.
        filed: The rows of paper_topics of these partitions.
        model: The topics.
    """
    rows = [
        (topic.topic_id, parent_id, level)
        for level, topics, parents in zip(LEVELS, model.levels, model.parent_ids, strict=True)
        for topic, parent_id in zip(topics, parents, strict=True)
    ]
    columns = {"topic_id": pl.String, "parent_topic_id": pl.String, "level": pl.Int64}
    known = pl.DataFrame(rows, columns, orient="row")
    papers = pl.DataFrame({"paper_id": paper_ids})
    return {
        "paper_topics_complete": (papers.height * len(LEVELS), _not_filed_once(papers, filed, known)),
        "paper_topics_levels_agree": (papers.height, _disagreeing(filed, known)),
    }


def check_counted(row_counts: dict[str, int], counts: TopicCounts, kept_count: int) -> dict[str, Found]:
    """Check the rows that were kept from the last commit, where they were checked, by their number.

    Args:
        row_counts: Papers of each partition.
        counts: Of all rows of paper_topics.
        kept_count: Papers whose rows were kept.
    """
    filed = dict(counts.topics.group_by("level").agg(pl.col("filed_count").sum()).iter_rows())
    wanted = sum(row_counts.values())
    failures = [
        f"{filed.get(level, 0):,} papers are filed at level {level}, not {wanted:,}"
        for level in LEVELS
        if filed.get(level, 0) != wanted
    ]
    return {
        "paper_topics_complete": (kept_count * len(LEVELS), failures),
        "paper_topics_levels_agree": (kept_count, []),
    }


@check(TOPICS, "topics_labels_distinct")
def labels_distinct(reader: TableReader) -> Found:
    """No two topics of a level have one label, none is part of a sibling's; labels that people gave aside."""
    topics = reader.read(TOPICS).filter(pl.col("label_source") != LabelSource.CURATED)
    failures = []
    for (level, label), rows in topics.group_by("level", "label"):
        if rows.height > 1:
            failures.append(f"{rows.height} topics of level {level} are called {label!r}")
    for _, siblings in topics.group_by("level", "parent_topic_id"):
        labels = siblings["label"].unique().sort().to_list()
        words = {label: phrase_words(label) for label in labels}
        failures += [
            f"the label {inner!r} is part of its sibling's {outer!r}"
            for outer in labels
            for inner in labels
            if inner != outer and contains_words(words[outer], words[inner])
        ]
    return topics.height, sorted(failures)


@check(TOPIC_EVENTS, "topic_events_add_up")
def events_add_up(reader: TableReader) -> Found:
    """A topic that exists began once; one that ended is gone, and its id is not given again."""
    events = reader.read(TOPIC_EVENTS)
    ends = pl.col("event").is_in(ENDS)
    lives = events.group_by("topic_id").agg(began=(~ends).sum(), ended=ends.sum())
    living = reader.read(TOPICS).select("topic_id", lives=pl.lit(value=True))
    wrong = lives.join(living, on="topic_id", how="full", coalesce=True).filter(
        (pl.col("began") != 1).fill_null(value=True)
        | (pl.col("ended") != pl.when(pl.col("lives")).then(0).otherwise(1)).fill_null(value=True)
    )
    return events.height, [
        f"topic {row['topic_id']} began {row['began']} times and ended {row['ended']} times, "
        f"and is {'still' if row['lives'] else 'not'} there"
        for row in wrong.sort("topic_id").iter_rows(named=True)
    ]


TOPIC_CHECKS = (filed_once, parents_exist, levels_agree, counts_add_up, labels_distinct, events_add_up)
