"""Counting the papers of topics: what the tables of topics say of many papers, added up batch by batch.

Of a large lake only the counts are in memory, never all papers.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from paperlake.catalogue.topic_tables import PAPER_TOPICS, SUBTOPIC_LEVEL

MAX_REPRESENTATIVES = 5  # papers shown for a topic
MAX_WAITING = 16  # counts of batches that are added up at a time: a sum for each would be slow
COUNTED_COLUMNS = ("paper_id", "topic_id", "level", "score", "centrality", "is_outlier")


@dataclass(frozen=True)
class TopicCounts:
    """Counts over all papers of a lake."""

    topics: pl.DataFrame
    """Columns level, topic_id, filed_count, outlier_count and score_sum: one row per topic with a paper."""
    months: pl.DataFrame
    """Columns month and paper_count: dated papers, one row per month."""
    topic_months: pl.DataFrame
    """Columns level, topic_id, month and paper_count: dated papers that are no outliers."""
    central: pl.DataFrame
    """Columns level, topic_id, paper_id: the most central papers that are no outliers, most central first."""
    known_region: pl.DataFrame
    """Columns paper_id, is_outlier and centrality of the subtopics of papers up to `Counter.last_id`."""

    def paper_counts(self) -> dict[str, int]:
        """Return the number of papers of each topic_id, outliers left out."""
        counts = self.topics.select("topic_id", pl.col("filed_count") - pl.col("outlier_count"))
        return dict(counts.iter_rows())


class Counter:
    """Adds up the papers of batches."""

    def __init__(self, last_id: str | None = None) -> None:
        self.last_id = last_id
        """Up to which paper_id papers are kept to compare with a fit; None for all."""
        self._waiting: list[TopicCounts] = []

    def add(self, dates: pl.DataFrame, paper_topics: pl.DataFrame) -> None:
        """Count some papers.

        Args:
            dates: Columns paper_id and published_date.
            paper_topics: `COUNTED_COLUMNS` of all rows of these papers.
        """
        dated = dates.select("paper_id", month=pl.col("published_date").dt.truncate("1mo"))
        dated = dated.drop_nulls("month")
        inside = paper_topics.filter(~pl.col("is_outlier"))
        region = paper_topics.filter(pl.col("level") == SUBTOPIC_LEVEL)
        if self.last_id is not None:
            region = region.filter(pl.col("paper_id") <= self.last_id)
        counts = TopicCounts(
            topics=paper_topics.group_by("level", "topic_id").agg(
                filed_count=pl.len().cast(pl.Int64),
                outlier_count=pl.col("is_outlier").sum().cast(pl.Int64),
                score_sum=pl.col("score").sum(),
            ),
            months=dated.group_by("month").agg(paper_count=pl.len().cast(pl.Int64)),
            topic_months=inside.join(dated, on="paper_id")
            .group_by("level", "topic_id", "month")
            .agg(paper_count=pl.len().cast(pl.Int64)),
            central=_most_central(inside.select("level", "topic_id", "paper_id", "centrality")),
            known_region=region.select("paper_id", "is_outlier", "centrality"),
        )
        self._waiting.append(counts)
        if len(self._waiting) >= MAX_WAITING:
            self._waiting = [_sum(self._waiting)]

    def total(self) -> TopicCounts:
        """Return the counts of all batches."""
        if not self._waiting:
            nothing = pl.DataFrame(schema={"paper_id": pl.String, "published_date": pl.Date})
            self.add(nothing, PAPER_TOPICS.empty().select(COUNTED_COLUMNS))
        return _sum(self._waiting)


def _sum(parts: list[TopicCounts]) -> TopicCounts:
    topics = pl.concat([part.topics for part in parts]).group_by("level", "topic_id").agg(pl.all().sum())
    months = pl.concat([part.months for part in parts]).group_by("month").agg(pl.all().sum())
    topic_months = pl.concat([part.topic_months for part in parts])
    return TopicCounts(
        topics=topics.sort("level", "topic_id"),
        months=months.sort("month"),
        topic_months=topic_months.group_by("level", "topic_id", "month").agg(pl.all().sum()),
        central=_most_central(pl.concat([part.central for part in parts])),
        known_region=pl.concat([part.known_region for part in parts]),
    )


def _most_central(papers: pl.DataFrame) -> pl.DataFrame:
    """Return the first papers of each topic; equally central ones come in the order of paper_id."""
    topic = ["level", "topic_id"]
    # A sort of all papers takes six times as long.
    last = papers.group_by(topic).agg(last=pl.col("centrality").top_k(MAX_REPRESENTATIVES).min())
    near = papers.join(last, on=topic).filter(pl.col("centrality") >= pl.col("last")).drop("last")
    ordered = near.sort(
        ["level", "topic_id", "centrality", "paper_id"], descending=[False, False, True, False]
    )
    return ordered.group_by(topic, maintain_order=True).head(MAX_REPRESENTATIVES)
