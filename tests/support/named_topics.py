"""Topics of a lake that a server names: how tests ask for names, and what they look at."""

from __future__ import annotations

from typing import Any

import polars as pl
from polars.testing import assert_frame_equal

from paperlake.catalogue.topic_tables import TOPICS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import StageResult
from paperlake.topics.stage import TABLES
from tests.support.http_server import Server
from tests.support.lakes import build


def with_names(server: Server, **further: Any) -> Settings:
    """Settings that ask a server."""
    given = {"topic_names_url": f"{server.url}/v1", "topic_names_model": "small", **further}
    return Settings(embedder="hashing", **given)


def name(lake: Lake, settings: Settings) -> StageResult:
    """Build topics; a check that fails raises an error."""
    return build(lake, settings, "topics")


def tables(lake: Lake) -> dict[str, pl.DataFrame]:
    return {table.name: lake.read(table) for table in TABLES}


def sources(lake: Lake) -> dict[str, int]:
    return dict(lake.read(TOPICS).group_by("label_source").len().iter_rows())


def assert_same(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    for key, frame in one.items():
        assert_frame_equal(frame, other[key], check_exact=True)
