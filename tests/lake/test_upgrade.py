"""A lake of format 1 keeps its vectors, the ids of its topics and curated/; the rest is rebuilt."""

from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.topic_tables import PAPER_TOPICS, TOPIC_EVENTS, TOPICS
from paperlake.lake import Lake
from paperlake.lake.upgrade import upgrade
from paperlake.settings import Settings
from tests.support.lakes import assert_equal_tables, fill, tables, without_topics
from tests.support.templates import Templates


@pytest.fixture
def lake(templates: Templates, tmp_path: Path) -> Lake:
    """A filled lake."""
    return templates.filled(tmp_path / "lake", "listing/saved_page_june.txt")


def to_format_1(lake: Lake) -> None:
    """Arrange a lake as format 1 did: what is kept is where it was, everything else is in the way."""
    (lake.root / "vectors").rename(lake.root / "embeddings")
    (lake.root / "topics/model.npz").write_bytes(b"that cannot be read now")
    for table in (TOPICS, PAPER_TOPICS, TOPIC_EVENTS):
        lake.read(table).write_parquet(lake.root / "topics" / f"{table.name}.parquet")
    for folder in ("tables", "files", "manifests", "cache"):
        for path in sorted((lake.root / folder).rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        (lake.root / folder).rmdir()
    for folder in ("dumps", "entries", "rejects", "papers", "stages", "topics"):
        (lake.root / folder).mkdir(exist_ok=True)
        (lake.root / folder / "x.parquet").write_bytes(b"of format 1")
    (lake.root / "format_version").write_text("1\n")


def test_a_lake_of_format_1_is_converted(lake: Lake, settings: Settings) -> None:
    before = tables(lake)
    to_format_1(lake)
    opened = Lake.open(lake.root)
    assert "had format 1" in upgrade(opened)
    assert upgrade(opened) is None
    results = fill(opened, settings)
    assert results["paper_embeddings"].facts["embedded_text_count"] == 0
    assert_equal_tables(without_topics(tables(lake)), without_topics(before))
    assert not {"dumps", "entries", "rejects", "papers", "stages", "embeddings"} & {
        path.name for path in lake.root.iterdir()
    }


def test_a_conversion_that_was_killed_goes_on(lake: Lake, settings: Settings) -> None:
    before = tables(lake)
    to_format_1(lake)
    (lake.root / "embeddings").rename(lake.root / "vectors")  # as far as the killed one came
    assert "had format 1" in upgrade(Lake.open(lake.root))
    fill(lake, settings)
    assert_equal_tables(without_topics(tables(lake)), without_topics(before))


def test_topics_of_format_1_keep_their_ids(lake: Lake, settings: Settings) -> None:
    """Ids follow from the papers of a first fit: here they are other ones, as after years of fits."""
    to_format_1(lake)
    ids = ("topic_id", "parent_topic_id", "other_topic_id")
    for table in (TOPICS, PAPER_TOPICS, TOPIC_EVENTS):
        path = lake.root / "topics" / f"{table.name}.parquet"
        frame = pl.read_parquet(path)
        found = [name for name in ids if name in frame.columns]
        frame.with_columns(pl.col(found).str.reverse()).write_parquet(path)
    old = set(pl.read_parquet(lake.root / "topics/topics.parquet")["topic_id"])
    opened = Lake.open(lake.root)
    upgrade(opened)
    fill(opened, settings)
    assert set(opened.read(TOPICS)["topic_id"]) == old
