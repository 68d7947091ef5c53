"""What would go wrong: topics of other papers than the lake holds, broken tables published, work done twice."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from planted_topics import plant

from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.stage import make_paper_embeddings
from paperlake.errors import LakeError, PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics import stage as topics_stage
from paperlake.topics.fit import fit_topics
from paperlake.topics.stage import TABLE_NAMES, check_tables, make_topics
from paperlake.topics.tables import TopicTables

PNG = b"\x89PNG\r\n\x1a\n"


def put_papers(lake: Lake, papers: pl.DataFrame) -> None:
    """What the stage before leaves: the papers table and its stamp."""
    lake.write_table("papers", papers)
    seen = papers.hash_rows().sum()
    lake.write_bytes(lake.stamp("papers"), json.dumps({"fingerprint": f"papers {seen}"}).encode())


@pytest.fixture
def embedded(lake: Lake, settings: Settings) -> Lake:
    """A lake with 200 papers of ten fields and their vectors."""
    put_papers(lake, plant(20).papers)
    make_paper_embeddings(lake, settings, HashingEmbedder())
    return lake


def test_without_embeddings_it_says_what_to_run(lake: Lake, settings: Settings) -> None:
    with pytest.raises(PaperlakeError, match="paper_embeddings"):
        make_topics(lake, settings)


def test_tables_and_picture_are_published_once(embedded: Lake, settings: Settings) -> None:
    result = make_topics(embedded, settings)
    assert set(result.row_counts) == set(TABLE_NAMES)
    assert result.row_counts["paper_topics"] == 400
    assert result.facts["papers"] == 200
    assert all(check.passed for check in result.checks)
    assert embedded.topic_map.read_bytes().startswith(PNG)
    assert make_topics(embedded, settings).reused


def test_a_lake_without_papers_has_empty_topics(lake: Lake, settings: Settings) -> None:
    put_papers(lake, plant(1).papers.clear())
    make_paper_embeddings(lake, settings, HashingEmbedder())
    result = make_topics(lake, settings)
    assert result.row_counts == dict.fromkeys(TABLE_NAMES, 0)
    assert lake.topic_map.read_bytes().startswith(PNG)


def test_papers_without_vectors_are_named(
    embedded: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = embedded.read_table("papers")
    ids = papers["paper_id"].to_list()
    monkeypatch.setattr(topics_stage, "read_vectors", lambda lake: (ids[1:], np.ones((199, 4), np.float32)))
    with pytest.raises(LakeError, match=ids[0]):
        make_topics(embedded, settings)


BREAKAGES = {
    "paper_topics_complete": lambda t: TopicTables(t.topics, t.paper_topics.slice(1), t.topic_trends),
    "topics_parents": lambda t: TopicTables(
        t.topics.with_columns(parent_topic_id=pl.lit("f" * 16)), t.paper_topics, t.topic_trends
    ),
    "topics_paper_count": lambda t: TopicTables(
        t.topics.with_columns(pl.col("paper_count") + 1), t.paper_topics, t.topic_trends
    ),
    "topics_labels_distinct": lambda t: TopicTables(
        t.topics.with_columns(label=pl.lit("Graphs")), t.paper_topics, t.topic_trends
    ),
    "paper_topics_levels_agree": lambda t: TopicTables(
        t.topics.with_columns(pl.col("parent_topic_id").shuffle(seed=1)), t.paper_topics, t.topic_trends
    ),
}


@pytest.mark.parametrize("check_name", BREAKAGES)
def test_each_check_notices_what_it_is_for(settings: Settings, check_name: str) -> None:
    planted = plant(10)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    assert all(check.passed for check in check_tables(planted.papers, tables))
    broken = BREAKAGES[check_name](tables)
    failed = {check.check_name for check in check_tables(planted.papers, broken) if not check.passed}
    assert check_name in failed
