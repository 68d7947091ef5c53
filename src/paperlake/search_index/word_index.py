"""The inverted index of the warehouse: one posting per stem and paper that contains it, weighted by BM25.

Built from the papers in slices of bounded memory and written into the schema `search` of the DuckDB file, so
that index and tables are published together. Answering a query with it is in `search`.
"""

from __future__ import annotations

import duckdb
import polars as pl

from paperlake.lake.files import to_arrow
from paperlake.progress import Advance
from paperlake.search_index.words import STOP_WORDS, plain, stems
from paperlake.text.sql_files import read_sql

BM25_K1 = 1.2  # Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009
BM25_B = 0.75
TITLE_WEIGHT = 3.0  # a word in the title counts as this many in the abstract (BM25F)
SLICE_PAPERS = 20_000  # 3 million words, some 400 MB, are in memory at once


def write_word_index(
    connection: duckdb.DuckDBPyConnection, papers: pl.DataFrame, advance: Advance = lambda _count: None
) -> None:
    """Write the tables search.documents, search.words and search.postings.

    Args:
        connection: The warehouse being built; it has the tables of `create_tables.sql`.
        papers: paper_number, paper_id, title and abstract.
        advance: Called with the number of papers done.
    """
    vocabulary = Vocabulary()
    for part in papers.iter_slices(SLICE_PAPERS):
        documents, counts = _slice(part, vocabulary)
        _append(connection, "search.documents", documents)
        _append(connection, "counts", counts)
        advance(part.height)
    _append(connection, "stems", vocabulary.frame())
    connection.execute(read_sql(__package__, "create_postings"), {"k1": BM25_K1, "b": BM25_B})
    connection.execute(read_sql(__package__, "create_words"))


class Vocabulary:
    """All words of the slices so far, with the number of their stem."""

    def __init__(self) -> None:
        self._words = pl.DataFrame(schema={"word": pl.String, "stem_number": pl.Int32})
        self._numbers: dict[str, int] = {}

    def numbered(self, words: pl.DataFrame) -> pl.DataFrame:
        """Replace the column `word` by `stem_number`, without the rows of stop words."""
        words = words.filter(~pl.col("word").is_in(list(STOP_WORDS)))
        new = words.select("word").unique().join(self._words, "word", "anti").sort("word")
        numbers = [
            self._numbers.setdefault(stem, len(self._numbers)) for stem in stems(new["word"].to_list())
        ]
        self._words = self._words.vstack(new.with_columns(pl.Series("stem_number", numbers, dtype=pl.Int32)))
        return words.join(self._words, "word").drop("word")

    def frame(self) -> pl.DataFrame:
        """Return stem and stem_number, in order of stem."""
        numbers = pl.Series(list(self._numbers.values()), dtype=pl.Int32)
        return pl.DataFrame(
            {"stem": pl.Series(list(self._numbers), dtype=pl.String), "stem_number": numbers}
        ).sort("stem")


def _slice(part: pl.DataFrame, vocabulary: Vocabulary) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of search.documents of some papers, and the occurrences of each stem in each."""
    texts = part.select(
        "paper_number",
        "paper_id",
        plain(part["title"]).alias("title_words"),
        plain(part["abstract"].fill_null("")).alias("abstract_words"),
    )
    counts = [
        texts.select("paper_number", word=pl.col(column).str.split(" "))
        .explode("word")
        .filter(pl.col("word") != "")
        .group_by("paper_number", "word")
        .agg(occurrences=pl.len().cast(pl.Float32) * weight)
        for column, weight in (("title_words", TITLE_WEIGHT), ("abstract_words", 1.0))
    ]
    numbered = (
        vocabulary.numbered(pl.concat(counts))
        .group_by("stem_number", "paper_number")
        .agg(pl.sum("occurrences"))
    )
    lengths = numbered.group_by("paper_number").agg(length=pl.sum("occurrences"))
    documents = (
        texts.select("paper_number", "paper_id", "title_words")
        .join(lengths, "paper_number", "left", maintain_order="left")
        .with_columns(pl.col("length").fill_null(0.0))
    )
    return documents, numbered


def _append(connection: duckdb.DuckDBPyConnection, table: str, frame: pl.DataFrame) -> None:
    connection.register("incoming", to_arrow(frame))
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
    connection.unregister("incoming")
