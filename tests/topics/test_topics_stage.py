"""What would go wrong: topics of other papers than the lake holds, broken tables published, work done twice."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.stage import make_paper_embeddings
from paperlake.errors import LakeError, PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics import stage as topics_stage
from paperlake.topics.stage import TABLE_NAMES, make_topics
from paperlake.topics.update import UpdateMethod
from tests.support.planted_topics import plant

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


def public(lake: Lake) -> dict[str, pl.DataFrame]:
    return {name: lake.read_table(name) for name in TABLE_NAMES}


def test_building_tables_again_is_no_refit(embedded: Lake, settings: Settings) -> None:
    """A run that died after the model was published must not count as a fit of its own."""
    make_topics(embedded, settings)
    before, model = public(embedded), embedded.topic_model.read_bytes()
    embedded.stamp("topics").unlink()
    for name in TABLE_NAMES:
        embedded.table(name).unlink()
    again = make_topics(embedded, settings)
    assert (again.reused, again.facts["fit_number"]) == (False, 1)
    assert embedded.topic_model.read_bytes() == model
    for name, table in public(embedded).items():
        assert_frame_equal(table, before[name], check_exact=True)


def test_forced_refit_keeps_ids(embedded: Lake, settings: Settings) -> None:
    make_topics(embedded, settings)
    before = public(embedded)
    result = make_topics(embedded, settings, refit=True)
    assert (result.facts["fit_number"], result.facts["fit"]) == (2, UpdateMethod.FROM_SCRATCH)
    assert public(embedded)["topics"]["topic_id"].to_list() == before["topics"]["topic_id"].to_list()
    assert make_topics(embedded, settings).reused


def test_more_papers_are_a_warm_start(embedded: Lake, settings: Settings) -> None:
    make_topics(embedded, settings)
    before = public(embedded)
    put_papers(embedded, plant(22).papers)
    make_paper_embeddings(embedded, settings, HashingEmbedder())
    result = make_topics(embedded, settings)
    assert (result.facts["fit_number"], result.facts["fit"]) == (2, UpdateMethod.WARM_START)
    both = before["paper_topics"].join(public(embedded)["paper_topics"], on=["paper_id", "level"])
    assert (both["topic_id"] == both["topic_id_right"]).mean() > 0.9
    events = public(embedded)["topic_events"]
    assert events.filter(pl.col("fit_number") == 1).height == before["topics"].height


def test_papers_are_assigned_without_a_fit_under_never(embedded: Lake, settings: Settings) -> None:
    make_topics(embedded, settings)
    model = embedded.topic_model.read_bytes()
    put_papers(embedded, plant(22).papers)
    make_paper_embeddings(embedded, settings, HashingEmbedder())
    result = make_topics(embedded, settings.model_copy(update={"topic_refit": "never"}))
    assert result.facts["fit_number"] == 1
    assert result.facts["papers_since_fit"] > 0
    assert result.facts["drift"] > 0
    assert embedded.topic_model.read_bytes() == model


def test_a_damaged_model_stops_before_ids_are_lost(embedded: Lake, settings: Settings) -> None:
    make_topics(embedded, settings)
    before = public(embedded)
    embedded.topic_model.write_bytes(b"of a broken disk")
    with pytest.raises(LakeError, match="is damaged"):
        make_topics(embedded, settings)
    assert_frame_equal(public(embedded)["topics"], before["topics"])
    embedded.topic_model.unlink()
    assert make_topics(embedded, settings).facts["fit_number"] == 1


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
