"""The public tables: their names are written out by hand here, so that a change is a decision."""

from datetime import date

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import MATCHES, PAPERS
from paperlake.stages.checks import check_table
from tests.support.lakes import TABLES

# Columns of DESIGN.md. Adding one is free; renaming one raises the lake's format version.
PUBLIC = {
    "embeddings": "paper_id model_id text_hash embedding",
    "dumps": "dump_id path format layout sha256 byte_size line_count snapshot_date listed_date entry_count "
    "reject_count warning_count",
    "entries": "entry_id dump_id entry_number line_start line_end title abstract author_count authors organization "
    "published_date published_text year_inferred updated_date comment_count upvote_count arxiv_id doi identifiers "
    "url code_url code_star_count project_url venue license summary categories keywords",
    "rejects": "dump_id entry_number line_start line_end reason_code reason text",
    "papers": "paper_id title abstract author_count authors organization published_date updated_date "
    "comment_count upvote_count arxiv_id doi identifiers url code_url code_star_count project_url venue license summary "
    "categories keywords first_snapshot_date last_snapshot_date source_count dump_count",
    "paper_authors": "paper_id position name name_key",
    "paper_sources": "paper_id entry_id dump_id entry_number match_method match_score",
    "paper_counts": "paper_id snapshot_date dump_id upvote_count comment_count code_star_count",
    "matches": "entry_id_a entry_id_b method title_similarity abstract_similarity score decision",
    "topics": "topic_id parent_topic_id level label label_source description keywords paper_count "
    "representative_paper_ids coherence x y",
    "paper_topics": "paper_id topic_id level score is_outlier x y",
    "paper_labels": "paper_id label score nearest_label",
    "topic_trends": "topic_id month paper_count share change",
    "emerging_topics": "topic_id level rank month_from recent_paper_count earlier_paper_count recent_share "
    "earlier_share growth growth_low",
    "topic_events": "fit_number snapshot_date event level topic_id label paper_count other_topic_id other_label "
    "shared_paper_count",
    "similar_papers": "paper_id similar_paper_id rank similarity",
    "stage_checks": "stage check_name passed failed_row_count checked_row_count checked_at",
}


def test_every_public_table_has_the_columns_of_the_contract() -> None:
    assert set(TABLES) == set(PUBLIC)
    for name, columns in PUBLIC.items():
        assert set(columns.split()) <= set(TABLES[name].dtypes), name


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_is_described_and_an_empty_table_is_valid(table) -> None:
    assert len(table.description) > 20
    assert all(len(text) > 3 for text in table.descriptions.values())
    assert check_table(table, table.empty()).passed


PAPER = {"paper_id": "0" * 16, "title": "A title", "source_count": 1, "dump_count": 1}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"title": ""}, "title"),
        ({"title": None}, "title"),
        ({"abstract": ""}, "abstract"),
        ({"paper_id": "not an id"}, "paper_id"),
        ({"author_count": 0}, "author_count"),
        ({"arxiv_id": "2501.00001v2"}, "arxiv_id"),
        ({"source_count": 0}, "source_count"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_value_fails_and_is_named(change: dict, complaint: str) -> None:
    result = check_table(PAPERS, PAPERS.frame([PAPER, {**PAPER, "paper_id": "1" * 16, **change}]))
    assert not result.passed
    assert result.failed_row_count == 1
    assert complaint in result.failures[0]


ENTRY = {
    "entry_id": "0" * 16, "dump_id": "0" * 16, "entry_number": 1, "title": "A title", "year_inferred": False,
}  # fmt: skip
MATCH = {
    "entry_id_a": "0" * 16, "entry_id_b": "1" * 16, "method": "near_duplicate", "title_similarity": 1.0,
    "score": 0.5, "decision": "unsure",
}  # fmt: skip


@pytest.mark.parametrize(
    ("table", "row", "change", "rule"),
    [
        (PAPERS, PAPER, {"first_snapshot_date": date(2025, 2, 1), "last_snapshot_date": date(2025, 1, 1)},
         "first_snapshot_date is not after last_snapshot_date"),
        (PAPERS, PAPER, {"authors": ["A", "B", "C"], "author_count": 1}, "no more authors are named than counted"),
        (PAPERS, PAPER, {"authors": ["A"]}, "authors that are named are counted"),
        (PAPERS, PAPER, {"dump_count": 5}, "no more dumps list it than it has sources"),
        (ENTRIES, ENTRY, {"line_start": 9, "line_end": 3}, "line_end is not before line_start"),
        (ENTRIES, ENTRY, {"year_inferred": True}, "an inferred year belongs to a date"),
        (MATCHES, MATCH, {"entry_id_a": "2" * 16}, "entry_id_a is less than entry_id_b"),
        (MATCHES, MATCH, {"method": "first"}, "isin"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_rule_over_columns_is_checked_and_named(table, row: dict, change: dict, rule: str) -> None:
    """Such rows passed before: nothing compared two columns of a row."""
    assert check_table(table, table.frame([row])).passed
    result = check_table(table, table.frame([{**row, **change}]))
    assert not result.passed
    assert rule in result.failures[0]


def test_two_rows_of_one_key_fail() -> None:
    assert check_table(PAPERS, PAPERS.frame([PAPER, PAPER])).failed_row_count == 2


def test_upstream_a_lazy_frame_would_hide_bad_values() -> None:
    """Why checks run on whole frames: pandera validates only the schema of a LazyFrame."""
    bad = PAPERS.frame([{**PAPER, "title": ""}])
    PAPERS.schema.validate(bad.lazy(), lazy=True)
    assert not check_table(PAPERS, bad).passed
    assert isinstance(bad, pl.DataFrame)
