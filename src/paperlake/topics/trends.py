"""Growth of topics: papers, shares and changes by month of publication.

Counts the papers of `paper_topics`; undated papers are in no month, outliers only in the month's total.
"""

from __future__ import annotations

import polars as pl

from paperlake.catalogue.topic_tables import TOPIC_TRENDS

MONTHS_BEFORE = 3  # a change is against the mean share of this many calendar months before
DECIMALS = 9  # a share counts whole papers; finer digits are rounding noise


def count_trends(papers: pl.DataFrame, paper_topics: pl.DataFrame) -> pl.DataFrame:
    """Build the topic_trends table: every topic in every month in which any paper was published.

    Args:
        papers: Columns paper_id and published_date.
        paper_topics: The paper_topics table.

    Returns:
        Sorted by topic_id and month. `share` is of all dated papers of the month; `change` is NULL where no
        paper at all was published in the three calendar months before.
    """
    dated = papers.select("paper_id", month=pl.col("published_date").dt.truncate("1mo")).drop_nulls("month")
    totals = dated.group_by("month").agg(total=pl.len())
    counts = (
        paper_topics.filter(~pl.col("is_outlier"))
        .join(dated, on="paper_id")
        .group_by("topic_id", "month")
        .agg(paper_count=pl.len().cast(pl.Int64))
    )
    shares = (
        paper_topics.select(pl.col("topic_id").unique())
        .join(totals, how="cross")
        .join(counts, on=["topic_id", "month"], how="left")
        .with_columns(pl.col("paper_count").fill_null(0))
        .with_columns(share=pl.col("paper_count") / pl.col("total"))
    )
    before = pl.concat(
        shares.select("topic_id", pl.col("month").dt.offset_by(f"{months}mo"), before="share")
        for months in range(1, MONTHS_BEFORE + 1)
    )
    # Sorted, because a sum in another order differs in its last bits.
    usual = before.group_by("topic_id", "month").agg(pl.col("before").sort().mean())
    return (
        shares.join(usual, on=["topic_id", "month"], how="left")
        .with_columns(change=(pl.col("share") - pl.col("before")).round(DECIMALS))
        .select(pl.col(name).cast(dtype) for name, dtype in TOPIC_TRENDS.dtypes.items())
        .sort("topic_id", "month")
    )
