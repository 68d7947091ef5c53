"""Lakes of given papers with topics, for tests that copy one."""

from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics import building
from tests.support.lakes import build, commit_tables


def fit_topics_of(papers: pl.DataFrame, root: Path, settings: Settings, partition_rows: int) -> Path:
    """Make a lake of papers with vectors and topics, without a picture; return its folder."""
    lake = Lake.open(root)
    commit_tables(lake, {PAPERS: papers})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partitioning, "MAX_PARTITION_ROWS", partition_rows)
        patch.setattr(building, "draw_model", lambda _: b"a picture takes a second")
        build(lake, settings, "paper_embeddings")
        build(lake, settings, "topics")
    return root
