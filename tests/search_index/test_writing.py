"""Paper numbers: the same in every table of the index, kept by updates, and checked when it is built."""

from collections.abc import Iterator

import duckdb
import numpy as np
import polars as pl
import pytest

from paperlake.errors import LakeError
from paperlake.progress import Silent
from paperlake.search_index.writing import (
    check_paper_numbers,
    is_worn,
    update_search_index,
    write_search_index,
)

IDS = [f"{start}{0:014x}" for start in ("0a", "0b", "1a", "ff")]
PAPERS = pl.DataFrame(
    {
        "paper_id": IDS,
        "title": ["On ponds", "On lakes", "On seas", "The"],
        "abstract": ["Green ponds.", "Deep lakes.", None, None],
    }
)
VECTORS = np.random.default_rng(1).normal(size=(4, 8)).astype(np.float32)
EMBEDDINGS = pl.DataFrame({"paper_id": IDS, "embedding": VECTORS})


def connect(papers: pl.DataFrame, embeddings: pl.DataFrame) -> duckdb.DuckDBPyConnection:
    """Return a warehouse of these papers without a search index."""
    connection = duckdb.connect()
    for name, frame in (("papers", papers), ("embeddings", embeddings)):
        connection.register("frame", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
    return connection


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(PAPERS, EMBEDDINGS) as connection:
        write_search_index(connection, Silent())
        yield connection


def numbers(connection: duckdb.DuckDBPyConnection, table: str) -> dict[int, str]:
    return dict(connection.execute(f"SELECT paper_number, paper_id FROM search.{table}").fetchall())


@pytest.mark.parametrize("table", ["documents", "codes"])
def test_tables_number_papers_equally(table: str) -> None:
    with connect(PAPERS.reverse(), EMBEDDINGS[[2, 0, 3, 1]]) as connection:
        write_search_index(connection, Silent())
        assert numbers(connection, table) == dict(enumerate(IDS))


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        ("DELETE FROM search.codes WHERE paper_number = 1", "search.codes has 3 rows"),
        ("DELETE FROM search.codes", "search.codes has 0 rows"),
        ("UPDATE search.codes SET paper_number = 4 WHERE paper_number = 0", "from 1 to 4 for 4 papers"),
        ("UPDATE search.codes SET paper_number = 2 WHERE paper_number = 1", "3 different numbers"),
        ("UPDATE search.codes SET paper_number = 3 - paper_number", "search.codes has 4 rows whose paper_id"),
        ("UPDATE search.documents SET paper_id = '00' WHERE paper_number = 0", "paper_id is unknown"),
        ("UPDATE search.postings SET paper_number = 7 WHERE paper_number = 0", "number of no paper"),
        ("INSERT INTO papers VALUES ('fff', 'New', NULL)", "for 5 papers"),
        ("INSERT INTO search.removed VALUES (2)", "1 numbers of papers that are not gone"),
        ("UPDATE search.statistics SET paper_count = 9", "counts 9 papers where there are 4"),
    ],
)
def test_wrong_numbers_are_refused(connection: duckdb.DuckDBPyConnection, damage: str, fault: str) -> None:
    check_paper_numbers(connection)
    connection.execute(damage)
    with pytest.raises(LakeError, match=fault):
        check_paper_numbers(connection)


@pytest.mark.parametrize("paper_number", [1, 2])
def test_numbers_from_one_on_are_looked_at(connection: duckdb.DuckDBPyConnection, paper_number: int) -> None:
    connection.execute(f"UPDATE search.codes SET paper_id = 'x' WHERE paper_number = {paper_number}")
    check_paper_numbers(connection, paper_number + 1)
    with pytest.raises(LakeError, match=r"search\.codes has 1 rows whose paper_id is unknown"):
        check_paper_numbers(connection, paper_number)


def test_a_paper_without_vector_is_refused() -> None:
    with (
        connect(PAPERS, EMBEDDINGS.head(3)) as connection,
        pytest.raises(LakeError, match=r"search\.codes has 3 rows"),
    ):
        write_search_index(connection, Silent())


def test_an_update_gives_new_numbers_to_new_and_changed_papers(connection: duckdb.DuckDBPyConnection) -> None:
    new = f"0c{0:014x}"
    connection.execute(f"DELETE FROM papers WHERE paper_id = '{IDS[0]}'")
    connection.execute(f"DELETE FROM embeddings WHERE paper_id = '{IDS[0]}'")
    connection.execute(f"UPDATE papers SET title = 'On tidal ponds' WHERE paper_id = '{IDS[2]}'")
    connection.execute(f"INSERT INTO papers VALUES ('{new}', 'Lakes', NULL)")
    connection.execute(f"INSERT INTO embeddings SELECT '{new}', embedding FROM embeddings LIMIT 1")
    update_search_index(connection, [IDS[0], IDS[2], new], Silent())
    assert numbers(connection, "documents") == {1: IDS[1], 3: IDS[3], 4: new, 5: IDS[2]}
    assert numbers(connection, "documents") == numbers(connection, "codes")
    assert connection.execute("FROM search.removed").fetchall() == [(0,), (2,)]
    assert connection.execute(
        "SELECT paper_count, mean_length, next_number FROM search.statistics"
    ).fetchall() == [(4, (5 + 0 + 3 + 6) / 4, 6)]
    stems = connection.execute("SELECT stem, count(*) FROM search.words GROUP BY stem").fetchall()
    assert {"tidal": 1, "lake": 1, "pond": 1}.items() <= dict(stems).items()
    assert set(dict(stems).values()) == {1}
    assert is_worn(connection)


def test_an_index_in_order_is_not_worn(connection: duckdb.DuckDBPyConnection) -> None:
    assert not is_worn(connection)
