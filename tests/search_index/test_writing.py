"""Paper numbers: the same in every table of the index, and checked when it is built."""

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl
import pytest

from paperlake.errors import LakeError
from paperlake.progress import Silent
from paperlake.search_index.binary_codes import order_by_number
from paperlake.search_index.writing import check_paper_numbers, number_papers, write_search_index

IDS = ["0a", "0b", "1a", "ff"]
PAPERS = pl.DataFrame(
    {
        "paper_id": IDS,
        "title": ["On ponds", "On lakes", "On seas", "The"],
        "abstract": ["Green ponds.", "Deep lakes.", None, None],
    }
)
VECTORS = np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32)
EMBEDDINGS = pl.DataFrame({"paper_id": IDS, "embedding": VECTORS})


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.register("frame", PAPERS.to_arrow(compat_level=pl.CompatLevel.oldest()))
        connection.execute("CREATE TABLE papers AS SELECT * FROM frame")
        write_search_index(connection, PAPERS, EMBEDDINGS, Silent())
        yield connection


def test_numbers_do_not_depend_on_the_order_of_rows() -> None:
    one = number_papers(PAPERS, EMBEDDINGS)
    other = number_papers(PAPERS.reverse(), EMBEDDINGS[[2, 0, 3, 1]])
    assert one.papers.equals(other.papers)
    assert one.embeddings.equals(other.embeddings)
    assert one.papers["paper_number"].to_list() == [0, 1, 2, 3]
    assert one.embeddings["embedding"].to_numpy() == pytest.approx(VECTORS)


@pytest.mark.parametrize("table", ["documents", "codes"])
def test_tables_number_papers_equally(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    sql = f"SELECT paper_number, paper_id FROM search.{table} ORDER BY paper_number"
    assert connection.execute(sql).fetchall() == list(enumerate(IDS))


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM search.codes WHERE paper_number = 1", "search.codes has 3 rows"),
        ("DELETE FROM search.codes", "search.codes has 0 rows"),
        ("UPDATE search.codes SET paper_number = 4 WHERE paper_number = 0", "from 1 to 4 for 4 papers"),
        ("UPDATE search.codes SET paper_number = 2 WHERE paper_number = 1", "3 different numbers"),
        ("UPDATE search.codes SET paper_number = 3 - paper_number", "search.codes has 4 rows whose paper_id"),
        ("UPDATE search.documents SET paper_number = 3 - paper_number", "not in ascending order"),
        ("UPDATE search.documents SET paper_id = '00' WHERE paper_number = 0", "paper_id is unknown"),
        ("UPDATE search.postings SET paper_number = 7 WHERE paper_number = 0", "number of no paper"),
        ("INSERT INTO papers VALUES ('fff', 'New', NULL)", "for 5 papers"),
    ],
)
def test_wrong_numbers_are_refused(connection: duckdb.DuckDBPyConnection, damage: str, fault: str) -> None:
    check_paper_numbers(connection)
    connection.execute(damage)
    with pytest.raises(LakeError, match=fault):
        check_paper_numbers(connection)


def test_a_paper_without_vector_is_refused() -> None:
    with duckdb.connect() as connection:
        connection.register("frame", PAPERS.to_arrow(compat_level=pl.CompatLevel.oldest()))
        connection.execute("CREATE TABLE papers AS SELECT * FROM frame")
        with pytest.raises(LakeError, match=r"search\.codes has 3 rows"):
            write_search_index(connection, PAPERS, EMBEDDINGS.head(3), Silent())


def test_codes_are_ordered_by_number_and_not_by_row() -> None:
    words = np.arange(6, dtype=np.uint64).reshape(3, 2)
    assert order_by_number(np.array([2, 0, 1]), words).tolist() == [[2, 3], [4, 5], [0, 1]]
