"""What would go wrong: topics of other papers than the lake holds, broken tables published, work done twice."""

from __future__ import annotations

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.catalogue.files import TOPIC_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.errors import LakeError, PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics.stage import TABLES
from tests.support.lakes import build, commit_tables
from tests.support.planted_topics import plant

PNG = b"\x89PNG\r\n\x1a\n"


def put_papers(lake: Lake, papers: pl.DataFrame) -> None:
    """Commit papers, as the stage before does."""
    commit_tables(lake, {PAPERS: papers})


@pytest.fixture
def embedded(lake: Lake, settings: Settings) -> Lake:
    """A lake with 200 papers of ten fields and their vectors."""
    put_papers(lake, plant(20).papers)
    build(lake, settings, "paper_embeddings")
    return lake


def test_without_embeddings_it_says_what_to_run(lake: Lake, settings: Settings) -> None:
    commit_tables(lake, {PAPERS: plant(1).papers})
    with pytest.raises(
        PaperlakeError, match=r"no embeddings yet. Run `paperlake run --until paper_embeddings`"
    ):
        build(lake, settings, "topics")


def test_tables_and_picture_are_published_once(embedded: Lake, settings: Settings) -> None:
    result = build(embedded, settings, "topics")
    assert set(result.row_counts) == {table.name for table in TABLES}
    assert result.row_counts["paper_topics"] == 400
    assert result.facts["papers"] == 200
    assert all(check.passed for check in result.checks)
    assert embedded.topic_map.read_bytes().startswith(PNG)
    assert build(embedded, settings, "topics").reused


def public(lake: Lake) -> dict[str, pl.DataFrame]:
    return {table.name: lake.read(table) for table in TABLES}


def test_building_tables_again_is_no_refit(embedded: Lake, settings: Settings) -> None:
    """A run that died after the model was published must not count as a fit of its own."""
    build(embedded, settings, "topics")
    before, model = public(embedded), embedded.path_of(TOPIC_MODEL).read_bytes()
    for table in TABLES:
        (embedded.root / embedded.entries_of(table)[0].path).unlink()
    again = build(embedded, settings, "topics")
    assert (again.reused, again.facts["fit_number"]) == (False, 1)
    assert embedded.path_of(TOPIC_MODEL).read_bytes() == model
    for name, table in public(embedded).items():
        assert_frame_equal(table, before[name], check_exact=True)


def test_a_forced_refit_is_a_fit_of_its_own_that_keeps_ids(embedded: Lake, settings: Settings) -> None:
    build(embedded, settings, "topics")
    before = public(embedded)
    result = build(embedded, settings, "topics", refit=True)
    assert (result.facts["fit_number"], result.facts["fit"]) == (2, "from scratch")
    assert public(embedded)["topics"]["topic_id"].to_list() == before["topics"]["topic_id"].to_list()
    assert build(embedded, settings, "topics").reused


def test_more_papers_carry_topics_on_and_are_told(embedded: Lake, settings: Settings) -> None:
    build(embedded, settings, "topics")
    before = public(embedded)
    put_papers(embedded, plant(22).papers)
    build(embedded, settings, "paper_embeddings")
    result = build(embedded, settings, "topics")
    assert (result.facts["fit_number"], result.facts["fit"]) == (2, "warm start")
    both = before["paper_topics"].join(public(embedded)["paper_topics"], on=["paper_id", "level"])
    assert (both["topic_id"] == both["topic_id_right"]).mean() > 0.9
    events = public(embedded)["topic_events"]
    assert events.filter(pl.col("fit_number") == 1).height == before["topics"].height


def test_papers_are_filed_without_a_fit_where_the_policy_says_so(embedded: Lake, settings: Settings) -> None:
    build(embedded, settings, "topics")
    model = embedded.path_of(TOPIC_MODEL).read_bytes()
    put_papers(embedded, plant(22).papers)
    build(embedded, settings, "paper_embeddings")
    result = build(embedded, settings.model_copy(update={"topic_refit": "never"}), "topics")
    assert result.facts["fit_number"] == 1
    assert result.facts["papers_since_fit"] > 0
    assert result.facts["drift"] > 0
    assert embedded.path_of(TOPIC_MODEL).read_bytes() == model


def test_a_damaged_model_is_found_again_with_its_ids(embedded: Lake, settings: Settings) -> None:
    build(embedded, settings, "topics")
    before = public(embedded)
    model = embedded.path_of(TOPIC_MODEL)
    model.write_bytes(b"of a broken disk")
    build(embedded, settings, "topics")
    assert public(embedded)["topics"]["topic_id"].sort().equals(before["topics"]["topic_id"].sort())


def test_a_lake_without_papers_has_empty_topics(lake: Lake, settings: Settings) -> None:
    put_papers(lake, plant(1).papers.clear())
    build(lake, settings, "paper_embeddings")
    result = build(lake, settings, "topics")
    assert result.row_counts == {table.name: 0 for table in TABLES}
    assert lake.topic_map.read_bytes().startswith(PNG)


def test_papers_without_vectors_are_named(embedded: Lake, settings: Settings) -> None:
    papers = embedded.read(PAPERS)
    ids = papers["paper_id"].to_list()
    embeddings = embedded.read(EMBEDDINGS)
    commit_tables(embedded, {EMBEDDINGS: embeddings.filter(pl.col("paper_id") != ids[0])})
    with pytest.raises(LakeError, match=ids[0]):
        build(embedded, settings, "topics")
