"""Write the search index into a warehouse that is being built: number the papers, then fill each index.

A paper keeps its number as long as its text and its vector stay; a new or changed one gets the next number,
and numbers of papers that are gone are not given again until the index is built from nothing. A new kind of
index is one more class in `INDEXES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Protocol

import duckdb
import polars as pl

from paperlake.errors import LakeError
from paperlake.progress import Progress
from paperlake.search_index.binary_codes import WORD_COLUMNS, BinaryCodes
from paperlake.search_index.word_index import WordIndex
from paperlake.text.sql_files import quoted, read_sql

SLICE_PAPERS = 20_000  # 3 million words, some 400 MB, are in memory at once
LITERAL_IDS = 2_000  # DuckDB reads up to 2,048 single rows by the index of the key
BEYOND_ALL_IDS = "g"
MAX_NUMBERS_PER_PAPER = 1.25  # beyond it a fifth of all postings are of papers that are gone


class Index(Protocol):
    """One index that papers are added to."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None: ...

    def add(self, papers: pl.DataFrame) -> None:
        """Add papers: paper_number, paper_id, title, abstract and embedding."""

    def finish(self) -> None:
        """Write what was added and is not written yet."""


INDEXES: tuple[type[Index], ...] = (WordIndex, BinaryCodes)


def write_search_index(connection: duckdb.DuckDBPyConnection, progress: Progress) -> None:
    """Write all tables of the schema `search`, and check their paper numbers.

    Papers are numbered from 0 in ascending order of their ids.

    Args:
        connection: The warehouse being built; it has the tables `papers` and `embeddings`, and no schema
            `search`.
        progress: Reports the papers done.

    Raises:
        LakeError: A table does not number the papers as it should.
    """
    columns = ", ".join(f"{column} UBIGINT NOT NULL" for column in WORD_COLUMNS)
    connection.execute(read_sql(__package__, "create_tables", words=columns))
    (count,) = connection.execute("SELECT count(*) FROM papers").fetchone() or (0,)
    _add(connection, _all_papers(connection, count), count, progress)
    check_paper_numbers(connection)


def update_search_index(
    connection: duckdb.DuckDBPyConnection, changed: Iterable[str], progress: Progress
) -> None:
    """Replace papers in the index: those that are gone leave it, the others get new numbers.

    Args:
        connection: The warehouse being built; `papers` and `embeddings` are as they are to be.
        changed: Ids of the papers that came, went, or have another text or vector.
        progress: Reports the papers done.

    Raises:
        LakeError: A table does not number the papers as it should.
    """
    ids = sorted(changed)
    _, first_number = _statistics(connection)
    frame = pl.DataFrame({"paper_id": ids}, schema={"paper_id": pl.String})
    connection.register("changed_papers", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    connection.execute(read_sql(__package__, "remove_papers"))
    connection.unregister("changed_papers")
    _add(connection, _papers_of(connection, ids), len(ids), progress)
    check_paper_numbers(connection, first_number)


def is_worn(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether so many papers have left the index that building it from nothing pays."""
    papers, numbers = _statistics(connection)
    return numbers > papers * MAX_NUMBERS_PER_PAPER


def _add(
    connection: duckdb.DuckDBPyConnection, parts: Iterable[pl.DataFrame], count: int, progress: Progress
) -> None:
    indexes = [index(connection) for index in INDEXES]
    _, number = _statistics(connection)
    with progress.task("Indexing words", count, "papers") as advance:
        for part in parts:
            if not part.height:
                continue
            numbered = part.with_row_index("paper_number", number).cast({"paper_number": pl.Int32})
            for index in indexes:
                index.add(numbered)
            number += part.height
            advance(part.height)
        for index in indexes:
            index.finish()
    connection.execute(read_sql(__package__, "write_statistics"), {"next_number": number})


def _statistics(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return the number of papers, and the next paper number."""
    found = connection.execute("SELECT paper_count, next_number FROM search.statistics").fetchone()
    papers, number = found or (0, 0)
    return int(papers), int(number)


def _all_papers(connection: duckdb.DuckDBPyConnection, count: int) -> Iterator[pl.DataFrame]:
    """Yield all papers in order of id, by equal ranges of ids with about `SLICE_PAPERS` in each."""
    digits = next(digits for digits in range(1, 5) if count <= SLICE_PAPERS << (4 * digits) or digits == 4)
    step = max((SLICE_PAPERS << (4 * digits)) // max(count, 1), 1)
    bounds = ["", *(f"{start:0{digits}x}" for start in range(step, 16**digits, step)), BEYOND_ALL_IDS]
    for first, last in pairwise(bounds):
        bound = {"first": first, "last": last}
        yield pl.DataFrame(
            connection.execute(read_sql(__package__, "papers_between"), bound).to_arrow_table()
        )


def _papers_of(connection: duckdb.DuckDBPyConnection, ids: list[str]) -> Iterator[pl.DataFrame]:
    for start in range(0, len(ids), LITERAL_IDS):
        literals = ", ".join(map(quoted, ids[start : start + LITERAL_IDS]))
        sql = read_sql(__package__, "papers_of", ids=literals)
        yield pl.DataFrame(connection.execute(sql).to_arrow_table())


def check_paper_numbers(connection: duckdb.DuckDBPyConnection, first_number: int = 0) -> None:
    """Check that every table of the index gives each paper one number, the same in all of them.

    Args:
        connection: The warehouse.
        first_number: Papers of smaller numbers were checked before, and are only counted.

    Raises:
        LakeError: A number is missing, repeated, out of range, or belongs to another paper elsewhere.
    """
    found = connection.execute(read_sql(__package__, "number_faults"), {"first_number": first_number})
    faults = [fault for (fault,) in found.fetchall()]
    if faults:
        raise LakeError(f"The search index does not number the papers correctly: {'; '.join(faults)}.")
