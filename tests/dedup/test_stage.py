"""The stage on a lake: real dumps, nothing done twice, adding and removing dumps, decisions, explanations."""

import shutil
from pathlib import Path

import polars as pl
import polars.testing
import pytest

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import MATCHES, PAPER_COUNTS, PAPER_SOURCES, PAPERS
from paperlake.dedup import building, deduplicate
from paperlake.dedup.blocking import block_keys
from paperlake.dedup.explain import explain
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import StageResult
from tests.support.lakes import fill

TABLES = (PAPERS, PAPER_SOURCES, PAPER_COUNTS, MATCHES)
TABLES_BY_NAME = {table.name: table for table in TABLES}
SAMPLES = Path(__file__).resolve().parents[2] / "data_lake" / "raw" / "listing"


def refresh(lake: Lake, settings: Settings) -> StageResult:
    return fill(lake, settings, "papers")["papers"]


def tables(lake: Lake) -> dict[str, pl.DataFrame]:
    return {table.name: lake.read(table) for table in TABLES}


@pytest.fixture
def samples(lake: Lake) -> list[Path]:
    shutil.copytree(SAMPLES, lake.raw / "listing")
    return sorted(path for path in lake.raw.rglob("*") if path.is_file())


def test_unchanged_entries_are_not_deduplicated_again(lake, settings, samples):
    assert not refresh(lake, settings).reused
    assert refresh(lake, settings).reused


def test_a_dump_that_comes_and_goes_changes_nothing(lake, settings, samples, tmp_path):
    aside = tmp_path / "aside"
    shutil.move(samples[0], aside)
    refresh(lake, settings)
    before = tables(lake)
    shutil.move(aside, samples[0])
    added = refresh(lake, settings)
    assert 0 < added.facts["new_text_count"] < added.facts["text_count"]
    samples[0].unlink()
    assert refresh(lake, settings).facts["new_text_count"] == 0
    for name, frame in tables(lake).items():
        polars.testing.assert_frame_equal(frame, before[name])


def test_more_texts_than_the_index_has_room_for_are_deduplicated_without_it(
    lake, settings, samples, tmp_path, monkeypatch
):
    refresh(lake, settings)
    expected = tables(lake)
    large = Lake.open(tmp_path / "large")
    shutil.copytree(lake.raw, large.raw, dirs_exist_ok=True)
    late = large.raw / samples[0].relative_to(lake.raw)
    late.unlink()
    monkeypatch.setattr(block_keys, "NUMBER_BITS", 2)
    for module in (building, deduplicate):
        monkeypatch.setattr(module, "MAX_TEXTS", 4)
    refresh(large, settings)
    shutil.copy(samples[0], late)
    refresh(large, settings)
    assert list(large.papers_index().glob("*")) == []
    for name, frame in tables(large).items():
        polars.testing.assert_frame_equal(frame, expected[name])


def test_papers_that_are_merged_some_partitions_at_a_time_are_the_same(
    lake, settings, samples, tmp_path, monkeypatch
):
    refresh(lake, settings)
    expected = tables(lake)
    other = Lake.open(tmp_path / "other")
    shutil.copytree(lake.raw, other.raw, dirs_exist_ok=True)
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 20)
    monkeypatch.setattr(building, "MERGED_PAPERS", 45)
    heights = []
    merge = building.tables_by_paper
    monkeypatch.setattr(
        building, "tables_by_paper", lambda sources: heights.append(sources.height) or merge(sources)
    )
    refresh(other, settings)
    for name, frame in tables(other).items():
        key = TABLES_BY_NAME[name].key
        polars.testing.assert_frame_equal(frame.sort(key), expected[name].sort(key))
    assert len(heights) > 3
    assert sum(heights) == expected["paper_sources"].height
    assert len(other.entries_of(PAPERS)) > 3


def test_a_new_decision_is_obeyed_and_a_stale_one_is_told(lake, settings, samples):
    refresh(lake, settings)
    before = lake.read(PAPERS)
    one, other = before["paper_id"][:2]
    lake.decisions.parent.mkdir(exist_ok=True)
    lake.decisions.write_text(
        f"entry_id_a,entry_id_b,decision,note\n{one},{other},same,\n{'0' * 16},{one},same,\n"
    )
    result = refresh(lake, settings)
    assert lake.read(PAPERS).height == before.height - 1
    assert "line 3: no dump contains 0000000000000000" in str(result.facts["stale_decisions"])


def test_every_field_is_explained_by_an_entry_that_has_its_value(lake, settings, samples):
    refresh(lake, settings)
    papers = lake.read(PAPERS).filter(pl.col("source_count") > 1)
    assert papers.height
    for paper_id in papers["paper_id"].head(5):
        told = explain(lake, paper_id)
        assert told.sources[0].match_method == "first"
        assert len(told.sources) == told.paper["source_count"]
        assert {field.field for field in told.fields} >= {"title"}
        title = next(field for field in told.fields if field.field == "title")
        assert told.sources[title.given_by[0]].title == title.value


def test_any_published_id_is_explained(lake, settings, samples):
    refresh(lake, settings)
    sources = lake.read(PAPER_SOURCES)
    merged = sources.filter(pl.col("entry_id") != pl.col("paper_id")).row(0, named=True)
    assert explain(lake, merged["entry_id"]).paper["paper_id"] == merged["paper_id"]
    with pytest.raises(UsageError, match="'nonsense' is no name of a paper"):
        explain(lake, "nonsense")


@pytest.mark.real_data
def test_the_real_listings(lake, settings, real_data):
    """378 entries are 364 papers; papers that are alike but different stay apart."""
    shutil.copytree(real_data / "dumps" / "listing", lake.raw / "listing")
    result = refresh(lake, settings)
    assert result.row_counts["paper_sources"] == 378
    assert result.row_counts["papers"] == 364
    sources = lake.read(PAPER_SOURCES)
    assert set(sources["match_method"]) == {"first", "same_text"}, (
        "these three dumps overlap in equal texts only"
    )
    titles = lake.read(PAPERS)["title"]
    for start in ("PROP:", "B-PROP:", "ERNIE 3.0:", "ERNIE 3.0 Titan:", "MTEB:", "FinMTEB:"):
        assert titles.str.starts_with(start).sum() == 1, start
