"""The macros give what docs/queries.md says, and nothing for names that nobody has."""

import polars as pl
import pytest

from paperlake.lake import Lake
from paperlake.warehouse.reading import query
from tests.support.notebook import NOTEBOOK, code_cells, read_notebook, run
from tests.support.query_examples import EXAMPLE, PAGE, sample_lake, with_outputs
from tests.support.templates import Templates

MACROS = {
    "papers_of_topic", "trend_of_topic", "papers_like", "new_since", "duplicates_of", "coverage_of_dump",
    "votes_of_paper", "resolve_paper", "search", "rising", "papers_by_author", "coauthors", "organizations_of_topic",
}  # fmt: skip


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return sample_lake(tmp_path_factory.mktemp("sample"))


@pytest.mark.model
@pytest.mark.slow
def test_the_outputs_in_the_page_are_what_the_queries_give(sample: Lake) -> None:
    page = PAGE.read_text()
    assert len(EXAMPLE.findall(page)) >= len(MACROS) - 1
    assert page == with_outputs(page, sample), "run: make docs"


@pytest.mark.model
@pytest.mark.slow
def test_the_outputs_in_the_notebook_are_what_its_cells_give(sample: Lake) -> None:
    stored = read_notebook()
    with pl.Config():  # which the notebook sets
        found = run(read_notebook(), sample.root)
    assert found == stored, "run: make docs"
    assert len(code_cells(found)) > 8
    assert all(cell["outputs"] for cell in code_cells(found)[:-1])
    assert str(sample.root) not in NOTEBOOK.read_text()
    assert "/tmp" not in NOTEBOOK.read_text()


@pytest.fixture(scope="module")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    root = tmp_path_factory.mktemp("macros") / "lake"
    return templates.filled(root, "listing/search_results.txt", "listing/saved_page_june.txt")


def test_every_macro_and_column_carries_a_comment(filled: Lake) -> None:
    sql = "SELECT function_name, comment FROM duckdb_functions() WHERE NOT internal"
    found = dict(query(filled, sql)[1])
    assert found.keys() == MACROS
    assert all(found.values())
    assert all(
        f"{name}`" in PAGE.read_text() or f"{name}(" in PAGE.read_text()
        for name in MACROS - {"resolve_paper"}
    )
    sql = "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal AND comment IS NULL"
    assert query(filled, sql)[1] == []


@pytest.mark.parametrize(
    "call",
    ["papers_of_topic('no such')", "trend_of_topic('no such')", "papers_like('no such')", "duplicates_of('no such')",
     "coverage_of_dump('no such')", "votes_of_paper('no such')", "new_since('2999-01-01')"],
)  # fmt: skip
def test_a_name_that_nobody_has_gives_no_rows(filled: Lake, call: str) -> None:
    assert query(filled, f"FROM {call}")[1] == []


def test_a_papers_of_a_topic_are_as_many_as_the_topic_says(filled: Lake) -> None:
    for topic_id, label, count in query(filled, "SELECT topic_id, label, paper_count FROM topics")[1]:
        assert len(query(filled, "FROM papers_of_topic(?)", [topic_id])[1]) == count
        assert len(query(filled, "FROM papers_of_topic(?)", [label.upper()])[1]) >= count


def test_entries_of_a_dump_are_papers_sources(filled: Lake) -> None:
    for dump_id, path, entries in query(filled, "SELECT dump_id, path, entry_count FROM dumps")[1]:
        for name in (dump_id, path):
            sql = "SELECT entry_count, paper_count, paper_count_only_here FROM coverage_of_dump(?)"
            ((counted, papers, only_here),) = query(filled, sql, [name])[1]
            assert counted == entries
            assert 0 < only_here <= papers <= entries


def test_filed_papers_and_labelled_trends_need_no_join(filled: Lake) -> None:
    sql = "SELECT count(*) FROM filed_papers LEFT JOIN paper_topics USING (paper_id, topic_id) WHERE level IS DISTINCT FROM 1"
    assert query(filled, sql)[1] == [(0,)]
    sql = "SELECT count(*) FROM filed_papers JOIN topics ON topics.topic_id = subtopic_id WHERE topics.label = subtopic"
    assert query(filled, sql)[1] == query(filled, "SELECT count(subtopic) FROM filed_papers")[1]
    sql = "SELECT topic_id, month, paper_count FROM labelled_trends WHERE label IS NOT NULL ORDER BY ALL"
    assert (
        query(filled, sql)[1]
        == query(filled, "SELECT topic_id, month, paper_count FROM topic_trends ORDER BY ALL")[1]
    )


def test_a_pair_of_different_papers_is_not_called_a_duplicate_without_a_word(filled: Lake) -> None:
    sql = "SELECT comment FROM duckdb_columns() WHERE table_name = 'matches' AND column_name = 'method'"
    assert "not the decision" in query(filled, sql)[1][0][0]
