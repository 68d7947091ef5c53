"""What would go wrong: shares of the wrong total, changes against months that never were."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.catalogue.topic_tables import PAPER_TOPICS
from paperlake.topics.trends import topic_trends
from tests.support.planted_topics import count_topics

A, B = "a" * 16, "b" * 16


def filed(rows: list[tuple[str, date | None, bool]]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Papers and paper_topics of one level from (topic, day, outlier)."""
    papers = pl.DataFrame(
        {
            "paper_id": [f"{number:016x}" for number in range(len(rows))],
            "published_date": [r[1] for r in rows],
        },
        schema={"paper_id": pl.String, "published_date": pl.Date},
    )
    topics = PAPER_TOPICS.frame(
        [
            {
                "paper_id": f"{number:016x}",
                "topic_id": topic,
                "level": 1,
                "score": 1.0,
                "centrality": 0.5,
                "is_outlier": outlier,
                "x": 0.0,
                "y": 0.0,
            }
            for number, (topic, _, outlier) in enumerate(rows)
        ]
    )
    return papers, topics


def months(trends: pl.DataFrame, topic: str) -> list[tuple[int, int, float, float | None]]:
    return [
        (row["month"].month, row["paper_count"], row["share"], row["change"])
        for row in trends.filter(pl.col("topic_id") == topic).iter_rows(named=True)
    ]


def test_share_and_change_by_month() -> None:
    papers, topics = filed(
        [(A, date(2024, 1, 9), False), (B, date(2024, 1, 30), False)]
        + [(A, date(2024, 2, 1), False)] * 3
        + [(B, date(2024, 2, 29), False)]
        + [(B, date(2024, 6, 2), False), (A, None, False)]
    )
    trends = topic_trends(count_topics(papers, topics))
    assert months(trends, A) == [(1, 1, 0.5, None), (2, 3, 0.75, 0.25), (6, 0, 0.0, None)]
    assert months(trends, B) == [(1, 1, 0.5, None), (2, 1, 0.25, -0.25), (6, 1, 1.0, None)]


def test_change_is_against_the_mean_of_three_calendar_months() -> None:
    days = [date(2024, month, 5) for month in (1, 2, 3, 4)]
    rows = [(A, day, False) for day in days] + [(B, day, False) for day in days[:3]]
    trends = topic_trends(count_topics(*filed(rows)))
    assert months(trends, A)[3] == (4, 1, 1.0, 0.5)
    assert months(trends, B)[3] == (4, 0, 0.0, -0.5)


def test_outliers_count_for_the_month_but_for_no_topic() -> None:
    papers, topics = filed([(A, date(2024, 1, 1), False), (A, date(2024, 1, 2), True)])
    assert months(topic_trends(count_topics(papers, topics)), A) == [(1, 1, 0.5, None)]


def test_without_dates_there_are_no_trends() -> None:
    papers, topics = filed([(A, None, False)])
    assert topic_trends(count_topics(papers, topics)).is_empty()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([A, B]), st.dates(date(2023, 11, 1), date(2024, 4, 1)), st.just(value=False)
        ),
        min_size=1,
        max_size=40,
    )
)
def test_shares_of_a_month_add_up_to_one(rows: list[tuple[str, date | None, bool]]) -> None:
    trends = topic_trends(count_topics(*filed(rows)))
    for total in trends.group_by("month").agg(pl.col("share").sum())["share"]:
        assert total == pytest.approx(1.0)
    assert trends["paper_count"].sum() == len(rows)
