"""Emerging topics: growth of the last three months over the twelve before, with uncertainty.

A topic of 1 paper before and 4 now has not certainly grown fourfold. The estimate is shrunk towards no growth
by empirical Bayes over all topics of its level; topics are ranked by a lower bound. Counts by month are in
`trends.py`.
"""

from __future__ import annotations

from datetime import date
from typing import cast

import numpy as np
import polars as pl

from paperlake.catalogue.topic_tables import EMERGING_TOPICS
from paperlake.topics.counts import TopicCounts
from paperlake.vectors.arrays import Floats

RECENT_MONTHS = 3
EARLIER_MONTHS = 12  # a whole year, so that the seasons of conferences cancel out
MAX_LATE_SHARE = 0.005  # of the dated papers may be after the recent months: a wrong date moves no window
CONFIDENCE = 0.95  # growth_low is exceeded with this probability
PRIOR_PAPERS = (2.0, 2_000.0)  # between these, in papers, the prior's weight is looked for: light to heavy
PRIOR_STEPS = 61  # of that search: 12 percent apart
MIN_GROWTH = 1.05  # where nothing grows beyond chance, estimates are just over 1
DECIMALS = 4
LIKELIHOOD_DECIMALS = 6  # compared: last bits decide nothing


def rank_emerging(totals: TopicCounts) -> pl.DataFrame:
    """Build the emerging_topics table: topics whose share of the papers grows, the most certain first.

    Were all rates as before, a paper of the two windows would be of the recent one with the probability
    p = recent total / both totals (the conditional test of Przyborowski and Wilenski 1940). Each topic has a
    p of its own, drawn from a Beta distribution around that value, whose weight is fitted to all topics of
    the level (empirical Bayes, as DuMouchel 1999 does for reports of side effects). A topic's p gives the
    ratio of its shares: `growth` at the posterior mean of p, `growth_low` at its 5th percentile.

    Papers without a date are left out; outliers count for the totals only.

    Returns:
        Topics with `growth` of at least `MIN_GROWTH`, sorted by level and rank; empty where one of the
        windows contains no paper.
    """
    if totals.months.is_empty():
        return EMERGING_TOPICS.empty()
    month_from = _first_recent_month(totals.months)
    recent, papers = pl.col("recent"), pl.col("paper_count")
    windows = _in_windows(totals.months, month_from)
    recent_total = int(windows.filter(recent)["paper_count"].sum())
    earlier_total = int(windows.filter(~recent)["paper_count"].sum())
    if not recent_total or not earlier_total:
        return EMERGING_TOPICS.empty()
    counts = (
        _in_windows(totals.topic_months, month_from)
        .group_by("level", "topic_id")
        .agg(
            recent_paper_count=papers.filter(recent).sum(),
            earlier_paper_count=papers.filter(~recent).sum(),
        )
        .sort("level", "topic_id")
    )
    levels = counts.partition_by("level", maintain_order=True)
    grown = [_with_growth(level, recent_total, earlier_total) for level in levels]
    return _ranked(pl.concat(grown), month_from) if grown else EMERGING_TOPICS.empty()


def _first_recent_month(months: pl.DataFrame) -> date:
    """Return the first recent month; at most `MAX_LATE_SHARE` of the papers are after the last."""
    ordered = months.sort("month").with_columns(until=pl.col("paper_count").cum_sum())
    rank = int((1.0 - MAX_LATE_SHARE) * (int(ordered["paper_count"].sum()) - 1))  # from 0, as a quantile is
    newest = cast("date", ordered.filter(pl.col("until") > rank)["month"][0])
    first: date = pl.select(pl.lit(newest).dt.offset_by(f"-{RECENT_MONTHS - 1}mo")).item()
    return first


def _in_windows(counts: pl.DataFrame, month_from: date) -> pl.DataFrame:
    """Return the months of both windows, each with whether it is of the recent one."""
    first, end = (
        pl.lit(month_from).dt.offset_by(f"{months}mo") for months in (-EARLIER_MONTHS, RECENT_MONTHS)
    )
    inside = counts.filter(pl.col("month") >= first, pl.col("month") < end)
    return inside.with_columns(recent=pl.col("month") >= month_from)


def _with_growth(counts: pl.DataFrame, recent_total: int, earlier_total: int) -> pl.DataFrame:
    """Add shares and growth to the counts of one level."""
    from scipy.special import betaincinv  # noqa: PLC0415

    recent = counts["recent_paper_count"].to_numpy().astype(np.float64)
    earlier = counts["earlier_paper_count"].to_numpy().astype(np.float64)
    expected = recent_total / (recent_total + earlier_total)
    weight = _prior_weight(recent, earlier, expected)
    first, second = weight * expected + recent, weight * (1.0 - expected) + earlier
    posterior = first / (first + second), betaincinv(first, second, 1.0 - CONFIDENCE)
    growth, low = (part / (1.0 - part) * earlier_total / recent_total for part in posterior)
    return counts.with_columns(
        recent_share=pl.Series(recent / recent_total),
        earlier_share=pl.Series(earlier / earlier_total),
        growth=pl.Series(np.round(growth, DECIMALS)),
        growth_low=pl.Series(np.round(low, DECIMALS)),
    )


def _prior_weight(recent: Floats, earlier: Floats, expected: float) -> float:
    """Return the weight of the prior in papers: the most likely one, given all topics (beta-binomial)."""
    from scipy.special import betaln  # noqa: PLC0415

    weights = np.geomspace(*PRIOR_PAPERS, PRIOR_STEPS)
    first, second = weights[:, None] * expected, weights[:, None] * (1.0 - expected)
    likelihood = (betaln(first + recent, second + earlier) - betaln(first, second)).sum(axis=1)
    return float(weights[int(np.argmax(np.round(likelihood, LIKELIHOOD_DECIMALS)))])


def _ranked(grown: pl.DataFrame, month_from: date) -> pl.DataFrame:
    """Rank the topics that grow within their level."""
    return (
        grown.filter(pl.col("growth") >= MIN_GROWTH, pl.col("recent_paper_count") > 0)
        .sort("level", "growth_low", "growth", "topic_id", descending=[False, True, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1).over("level"), month_from=pl.lit(month_from))
        .select(pl.col(name).cast(dtype) for name, dtype in EMERGING_TOPICS.dtypes.items())
    )
