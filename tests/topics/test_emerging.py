"""What would go wrong: a topic of two papers ranked as the fastest growing, chance taken for growth."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from paperlake.catalogue.topic_tables import EMERGING_TOPICS, PAPER_TOPICS
from paperlake.stages.checks import check_table
from paperlake.topics.emerging import rank_emerging
from tests.support.planted_topics import count_topics
from tests.support.storm import size

RECENT, EARLIER = date(2024, 12, 9), date(2024, 3, 9)


def filed(counts: list[tuple[int, int]], undated: int = 0) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Papers and paper_topics: a topic for each pair of recent and earlier papers; the last without dates."""
    days: list[date | None] = []
    topics: list[int] = []
    for topic, (recent, earlier) in enumerate(counts):
        days += [RECENT] * recent + [EARLIER] * earlier
        topics += [topic] * (recent + earlier)
    days += [None] * undated
    topics += [0] * undated
    ids = [f"{number:016x}" for number in range(len(days))]
    papers = pl.DataFrame(
        {"paper_id": ids, "published_date": days}, schema={"paper_id": pl.String, "published_date": pl.Date}
    )
    rows = [
        {
            "paper_id": paper,
            "topic_id": f"{topic:016x}",
            "level": 1,
            "score": 1.0,
            "centrality": 0.5,
            "is_outlier": False,
        }
        | {"x": 0.0, "y": 0.0}
        for paper, topic in zip(ids, topics, strict=True)
    ]
    return papers, PAPER_TOPICS.frame(rows)


def growth(counts: list[tuple[int, int]]) -> dict[int, tuple[float, float]]:
    found = rank_emerging(count_topics(*filed(counts)))
    return {int(row["topic_id"], 16): (row["growth"], row["growth_low"]) for row in found.to_dicts()}


STEADY = [(30, 120)] * 8


def test_much_evidence_ranks_over_a_large_ratio_of_few_papers() -> None:
    found = rank_emerging(count_topics(*filed([(4, 1), (120, 120), *STEADY])))
    assert check_table(EMERGING_TOPICS, found).passed
    assert int(found["topic_id"][0], 16) == 1
    assert found["growth_low"][0] > 2.0
    few = growth([(4, 1), (120, 120), *STEADY])[0]
    assert few[1] < 2.0
    assert few[0] < 16.0 * 4 / 5  # 4 against 1 paper in a quarter of the time is a ratio of 16


def test_shares_and_windows() -> None:
    row = rank_emerging(count_topics(*filed([(30, 30), (10, 90)]))).to_dicts()[0]
    assert row["month_from"] == date(2024, 10, 1)
    assert (row["recent_paper_count"], row["earlier_paper_count"]) == (30, 30)
    assert (row["recent_share"], row["earlier_share"]) == (0.75, 0.25)
    assert row["growth_low"] < row["growth"] < 3.0


def test_months_are_shares_so_that_a_busy_quarter_lets_no_topic_emerge() -> None:
    assert growth([(300, 120)] * 8) == {}


def test_chance_alone_is_hardly_ever_called_growth() -> None:
    """200 topics that do not grow: of a naive ratio's bounds, a twentieth would lie over 1."""
    random = np.random.default_rng(4)
    counts = [(int(random.poisson(6)), int(random.poisson(24))) for _ in range(200)]
    assert sum(low > 1.0 for _, low in growth(counts).values()) <= 2


def test_one_date_of_the_future_does_not_move_the_window() -> None:
    papers, topics = filed([(120, 120), *STEADY])
    stray = pl.Series([date(2031, 1, 1), *papers["published_date"][1:]])
    found = rank_emerging(count_topics(papers.with_columns(published_date=stray), topics))
    assert found["month_from"][0] == date(2024, 10, 1)


@pytest.mark.parametrize(
    "counts", [[], [(0, 0)], [(5, 0)], [(0, 5)]], ids=["no papers", "none", "recent only", "one month"]
)
def test_without_two_windows_nothing_emerges(counts: list[tuple[int, int]]) -> None:
    assert rank_emerging(count_topics(*filed(counts, undated=3))).is_empty()


@hypothesis_settings(max_examples=size(40, 400))
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12))
def test_any_counts_give_a_table_that_keeps_its_rules(counts: list[tuple[int, int]]) -> None:
    found = rank_emerging(count_topics(*filed(counts)))
    assert check_table(EMERGING_TOPICS, found).passed
    assert found["rank"].to_list() == list(range(1, found.height + 1))
    assert (found["growth_low"] <= found["growth"]).all()
    assert found["growth_low"].to_list() == sorted(found["growth_low"], reverse=True)
