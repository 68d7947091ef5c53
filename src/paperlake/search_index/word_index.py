"""The word index of the warehouse: for every stem the papers that hold it, weighted by BM25.

Made from the papers in slices of bounded memory and written into the schema `search` of the DuckDB file, so
that index and tables are published as one. How a query is answered with it is in `search`.
"""

from __future__ import annotations

import duckdb
import polars as pl

from paperlake.progress import Advance
from paperlake.search_index.words import STOP_WORDS, plain, stems
from paperlake.warehouse.reading import read_sql

BM25_K1 = 1.2  # Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009
BM25_B = 0.75
TITLE_WEIGHT = 3.0  # a word in the title counts as this many in the abstract (BM25F)
SLICE_PAPERS = 20_000  # 3 million words, some 400 MB, are in memory at once


def write_word_index(
    connection: duckdb.DuckDBPyConnection, papers: pl.DataFrame, advance: Advance = lambda _count: None
) -> None:
    """Write the tables search.documents, search.words and search.postings.

    Args:
        connection: The warehouse being built; it holds the schema `search`.
        papers: paper_id, title and abstract, in ascending order of paper_id; a paper's place in it, from 0,
            is its number in the index.
        advance: Called with the number of papers done.
    """
    connection.execute(read_sql("word_index_tables"))
    vocabulary = Vocabulary()
    first = 0
    for part in papers.iter_slices(SLICE_PAPERS):
        documents, counts = _slice(part, first, vocabulary)
        _append(connection, "search.documents", documents)
        _append(connection, "counts", counts)
        first += part.height
        advance(part.height)
    _append(connection, "stems", vocabulary.frame())
    connection.execute(read_sql("word_postings"), {"k1": BM25_K1, "b": BM25_B})
    connection.execute(read_sql("word_index"))


class Vocabulary:
    """Every word met so far, its stem and the stem's number; grows slice by slice."""

    def __init__(self) -> None:
        self._words = pl.DataFrame(schema={"word": pl.String, "stem_number": pl.Int32})
        self._numbers: dict[str, int] = {}

    def numbered(self, words: pl.DataFrame) -> pl.DataFrame:
        """Rows of `word` and more, with the column `stem_number` in place of `word`; stop words are gone."""
        words = words.filter(~pl.col("word").is_in(list(STOP_WORDS)))
        new = words.select("word").unique().join(self._words, "word", "anti").sort("word")
        numbers = [
            self._numbers.setdefault(stem, len(self._numbers)) for stem in stems(new["word"].to_list())
        ]
        self._words = self._words.vstack(new.with_columns(pl.Series("stem_number", numbers, dtype=pl.Int32)))
        return words.join(self._words, "word").drop("word")

    def frame(self) -> pl.DataFrame:
        """Stem and stem_number, in order of stem."""
        numbers = pl.Series(list(self._numbers.values()), dtype=pl.Int32)
        return pl.DataFrame(
            {"stem": pl.Series(list(self._numbers), dtype=pl.String), "stem_number": numbers}
        ).sort("stem")


def _slice(part: pl.DataFrame, first: int, vocabulary: Vocabulary) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The documents of some papers, and how often each holds each stem."""
    texts = part.select(
        pl.int_range(first, first + pl.len(), dtype=pl.Int32).alias("paper_number"),
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
    connection.register("incoming", frame.to_arrow(compat_level=pl.CompatLevel.oldest()))
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
    connection.unregister("incoming")
