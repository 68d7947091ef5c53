"""Write the search index into a warehouse that is being built: number the papers, then run each writer.

A new kind of index is one more function in `INDEX_WRITERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import duckdb
import polars as pl

from paperlake.errors import LakeError
from paperlake.progress import Progress
from paperlake.search_index.binary_codes import write_binary_codes
from paperlake.search_index.word_index import write_word_index
from paperlake.text.sql_files import read_sql


@dataclass(frozen=True)
class IndexedPapers:
    """The papers of an index with their numbers, 0 to n - 1 in ascending order of paper_id."""

    papers: pl.DataFrame
    """paper_number, paper_id, title, abstract."""
    embeddings: pl.DataFrame
    """paper_number, paper_id, embedding."""


IndexWriter = Callable[[duckdb.DuckDBPyConnection, IndexedPapers, Progress], None]


def number_papers(papers: pl.DataFrame, embeddings: pl.DataFrame) -> IndexedPapers:
    """Give each paper its number in the index.

    Args:
        papers: At least paper_id, title and abstract.
        embeddings: At least paper_id and embedding.
    """
    numbered = papers.select("paper_id", "title", "abstract").sort("paper_id")
    numbered = numbered.with_row_index("paper_number").cast({"paper_number": pl.Int32})
    vectors = numbered.select("paper_number", "paper_id").join(
        embeddings.select("paper_id", "embedding"), "paper_id", "inner", maintain_order="left"
    )
    return IndexedPapers(numbered, vectors)


def write_search_index(
    connection: duckdb.DuckDBPyConnection, papers: pl.DataFrame, embeddings: pl.DataFrame, progress: Progress
) -> None:
    """Write all tables of the schema `search`, and check their paper numbers.

    Args:
        connection: The warehouse being built; it has the table `papers` and no schema `search`.
        papers: At least paper_id, title and abstract.
        embeddings: At least paper_id and embedding.
        progress: Reports the papers done.

    Raises:
        LakeError: A table does not number the papers as it should.
    """
    indexed = number_papers(papers, embeddings)
    connection.execute(read_sql(__package__, "create_tables"))
    for write in INDEX_WRITERS:
        write(connection, indexed, progress)
    check_paper_numbers(connection)


def check_paper_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Check that every table of the index gives each paper the same number, 0 to n - 1.

    Raises:
        LakeError: A number is missing, repeated, out of range, or belongs to another paper elsewhere.
    """
    faults = [fault for (fault,) in connection.execute(read_sql(__package__, "number_faults")).fetchall()]
    if faults:
        raise LakeError(f"The search index does not number the papers correctly: {'; '.join(faults)}.")


def _write_words(connection: duckdb.DuckDBPyConnection, indexed: IndexedPapers, progress: Progress) -> None:
    with progress.task("Indexing words", indexed.papers.height, "papers") as advance:
        write_word_index(connection, indexed.papers, advance)


def _write_codes(connection: duckdb.DuckDBPyConnection, indexed: IndexedPapers, _progress: Progress) -> None:
    write_binary_codes(connection, indexed.embeddings)


INDEX_WRITERS: tuple[IndexWriter, ...] = (_write_words, _write_codes)
