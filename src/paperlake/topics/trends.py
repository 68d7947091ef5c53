"""Growth of topics: papers, shares and changes by month of publication.

From the counts of `counts.py`; undated papers are in no month, outliers only in the month's total.
"""

from __future__ import annotations

import polars as pl

from paperlake.catalogue.topic_tables import TOPIC_TRENDS
from paperlake.topics.counts import TopicCounts

MONTHS_BEFORE = 3  # a change is against the mean share of this many calendar months before
DECIMALS = 9  # a share counts whole papers; finer digits are rounding noise


def topic_trends(counts: TopicCounts) -> pl.DataFrame:
    """Build the topic_trends table: every topic in every month in which any paper was published.

    Returns:
        Sorted by topic_id and month. `share` is of all dated papers of the month; `change` is NULL where no
        paper at all was published in the three calendar months before.
    """
    totals = counts.months.rename({"paper_count": "total"})
    shares = (
        counts.topics.select(pl.col("topic_id").unique())
        .join(totals, how="cross")
        .join(
            counts.topic_months.select("topic_id", "month", "paper_count"),
            on=["topic_id", "month"],
            how="left",
        )
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
