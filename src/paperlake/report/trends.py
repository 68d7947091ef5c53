"""Compute small multiples: bars of the papers of each topic by month, on one scale, for the last five years.

The template of the page writes the SVG element around each path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

MONTHS = 60  # bars that can still be told apart on a phone
WIDTH, HEIGHT = 300, 72  # units of the picture, 5 a month; it grows and shrinks with the page
_GAP = 1  # between two bars
MIN_BARS = 12  # fewer are drawn as wide as that many


@dataclass(frozen=True)
class Month:
    """One bar: the papers of one month."""

    month: date
    paper_count: int
    share: float
    """Share of all dated papers of the month, 0 to 1."""


@dataclass(frozen=True)
class Trend:
    """The small multiple of one topic."""

    topic: dict[str, Any]
    months: list[Month]
    bars: str
    """The bars as one SVG path."""
    peak: Month
    paper_count: int
    """Number of papers in the months shown."""


@dataclass(frozen=True)
class Trends:
    """All small multiples and the months that they cover."""

    trends: list[Trend]
    month_from: date
    month_to: date
    max_papers: int
    """Number of papers of the highest bar: the common scale."""


def small_multiples(
    rows: Sequence[dict[str, Any]], topics: Sequence[dict[str, Any]], last_month: date | None
) -> Trends | None:
    """Return the small multiples of the topics of level 1, or None if no paper has a date.

    Args:
        rows: The rows of `sql/trends.sql`.
        topics: Topics of level 1 in the order in which they are shown.
        last_month: Months after this one are left out: a date in the future is an error in a dump.
    """
    counted = {
        (row["topic_id"], row["month"]): row
        for row in rows
        if last_month is None or row["month"] <= last_month
    }
    if not counted:
        return None
    first = min(month for _, month in counted)
    months = _months_until(max(month for _, month in counted), first)
    max_papers = max((counted[key]["paper_count"] for key in counted if key[1] in set(months)), default=0)
    trends = [_trend(topic, months, counted, max_papers) for topic in topics]
    return Trends(trends, months[0], months[-1], max_papers)


def _months_until(last: date, first: date) -> list[date]:
    """Return the months from `first` to `last`, at most the last `MONTHS`; both are firsts of a month."""
    return pl.date_range(first, last, "1mo", eager=True).to_list()[-MONTHS:]


def _trend(
    topic: dict[str, Any],
    months: list[date],
    counted: dict[tuple[str, date], dict[str, Any]],
    max_papers: int,
) -> Trend:
    values = []
    for month in months:
        row = counted.get((topic["topic_id"], month))
        values.append(Month(month, row["paper_count"] if row else 0, row["share"] if row else 0.0))
    peak = max(values, key=lambda value: (value.paper_count, value.month))
    return Trend(topic, values, _bars(values, max_papers), peak, sum(value.paper_count for value in values))


def _bars(values: Sequence[Month], max_papers: int) -> str:
    step = WIDTH / max(len(values), MIN_BARS)
    parts = []
    for index, value in enumerate(values):
        if value.paper_count:
            height = max(value.paper_count / max_papers * HEIGHT, 1.0)
            parts.append(f"M{index * step:.1f} {HEIGHT}v{-height:.1f}h{step - _GAP:.1f}v{height:.1f}z")
    return "".join(parts)
