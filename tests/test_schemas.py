"""The public tables: their names are written out by hand here, so that a change is a decision."""

import polars as pl
import pytest

from paperlake.checks import check_table
from paperlake.schemas import PAPERS, TABLES, embeddings_table

# Columns of DESIGN.md. Adding one is free; renaming one raises the lake's format version.
PUBLIC = {
    "dumps": "dump_id path format layout sha256 byte_size line_count snapshot_date listed_date entry_count "
    "reject_count",
    "entries": "entry_id dump_id entry_number line_start line_end title abstract author_count authors organization "
    "published_date published_text year_inferred comment_count upvote_count arxiv_id doi url categories keywords",
    "rejects": "dump_id entry_number line_start line_end reason_code reason text",
    "papers": "paper_id title abstract author_count authors organization published_date comment_count upvote_count "
    "arxiv_id doi url categories keywords first_snapshot_date last_snapshot_date source_count dump_count",
    "paper_sources": "paper_id entry_id dump_id entry_number match_method match_score",
    "paper_counts": "paper_id snapshot_date dump_id upvote_count comment_count",
    "matches": "entry_id_a entry_id_b method title_similarity abstract_similarity score decision",
    "topics": "topic_id parent_topic_id level label keywords paper_count representative_paper_ids coherence x y",
    "paper_topics": "paper_id topic_id level score is_outlier x y",
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
    assert list(embeddings_table(3).dtypes) == ["paper_id", "model_id", "text_hash", "embedding"]


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


def test_two_rows_of_one_key_fail() -> None:
    assert check_table(PAPERS, PAPERS.frame([PAPER, PAPER])).failed_row_count == 2


def test_upstream_a_lazy_frame_would_hide_bad_values() -> None:
    """Why checks run on whole frames: pandera validates only the schema of a LazyFrame."""
    bad = PAPERS.frame([{**PAPER, "title": ""}])
    PAPERS.schema.validate(bad.lazy(), lazy=True)
    assert not check_table(PAPERS, bad).passed
    assert isinstance(bad, pl.DataFrame)
