"""Checks across the tables of topics: each notices what it is for."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from paperlake.settings import Settings
from paperlake.topics.fit import fit_topics
from tests.support.lakes import failed_topic_checks
from tests.support.planted_topics import plant

BREAKAGES = {
    "paper_topics_complete": lambda t: replace(t, paper_topics=t.paper_topics.slice(1)),
    "topics_parents": lambda t: replace(t, topics=t.topics.with_columns(parent_topic_id=pl.lit("f" * 16))),
    "topics_paper_count": lambda t: replace(t, topics=t.topics.with_columns(pl.col("paper_count") + 1)),
    "topics_labels_distinct": lambda t: replace(t, topics=t.topics.with_columns(label=pl.lit("Graphs"))),
    "topic_events_add_up": lambda t: replace(t, topic_events=t.topic_events.slice(1)),
    "paper_topics_levels_agree": lambda t: replace(
        t, topics=t.topics.with_columns(pl.col("parent_topic_id").shuffle(seed=1))
    ),
}


@pytest.mark.parametrize("check_name", BREAKAGES)
def test_each_check_notices_its_breakage(settings: Settings, check_name: str) -> None:
    planted = plant(10)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    assert not failed_topic_checks(planted.papers, tables)
    broken = BREAKAGES[check_name](tables)
    failed = {line.partition(":")[0] for line in failed_topic_checks(planted.papers, broken)}
    assert check_name in failed
