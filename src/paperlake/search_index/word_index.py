"""The inverted index of the warehouse: one posting per stem and paper that contains it.

Every paper has the English stems of its words; a paper in another language also has those of its language.
Built from the papers in slices of bounded memory and written into the schema `search` of the DuckDB file, so
that index and tables are published together. A posting says how often the stem occurs and how long the paper
is; BM25 is computed from them when a query is answered, because the number of papers and their mean length
change with every paper that comes or goes. Answering a query with it is in `search`.
"""

from __future__ import annotations

from itertools import count

import duckdb
import numpy as np
import polars as pl

from paperlake.lake.files import to_arrow
from paperlake.languages.detection import languages_of
from paperlake.languages.supported import NAMES, stop_words
from paperlake.search_index.words import STOP_WORDS, marked_stems, plain, stems
from paperlake.text.sql_files import read_sql

BM25_K1 = 1.2  # Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009
BM25_B = 0.75
TITLE_WEIGHT = 3  # a word in the title counts as this many in the abstract (BM25F)


def id_numbers(paper_ids: pl.Series) -> pl.Series:
    """Return ids of 16 hexadecimal digits as numbers in the same order.

    >>> id_numbers(pl.Series(["00000000000000ff"])).to_list()
    [255]
    """
    packed = np.frombuffer(bytes.fromhex("".join(paper_ids.to_list())), dtype=">u8")
    return pl.Series(paper_ids.name, packed.astype(np.uint64), dtype=pl.UInt64)


class WordIndex:
    """Adds papers to search.documents, search.words, search.forms and search.postings."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._vocabulary = Vocabulary(connection)
        connection.execute(
            "CREATE TEMP TABLE counts AS SELECT stem_number, paper_number, occurrences, length "
            "FROM search.postings LIMIT 0"
        )

    def add(self, papers: pl.DataFrame) -> None:
        """Add papers: paper_number, paper_id, title and abstract."""
        documents, counts = _slice(papers, self._vocabulary)
        self._append(
            "search.documents", documents, "*, md5_number_lower(title_words) AS title_key"
        )  # a hash that every version of DuckDB computes alike
        self._append("counts", counts)

    def finish(self) -> None:
        """Write the postings of all papers added, and the stems and words that are new."""
        self._connection.execute(read_sql(__package__, "write_postings"))
        self._append("search.words", self._vocabulary.new_stems())
        self._connection.register("incoming_forms", to_arrow(self._vocabulary.forms()))
        self._connection.execute(read_sql(__package__, "write_forms"))
        self._connection.unregister("incoming_forms")

    def _append(self, table: str, frame: pl.DataFrame, columns: str = "*") -> None:
        self._connection.register("incoming", to_arrow(frame))
        self._connection.execute(f"INSERT INTO {table} BY NAME SELECT {columns} FROM incoming")  # noqa: S608
        self._connection.unregister("incoming")


class Vocabulary:
    """The words of the slices so far, with the number of their stem: that of the index, or the next one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._words = pl.DataFrame(schema={"word": pl.String, "stem_number": pl.Int32})
        self._numbers: dict[str, int] = {}
        self._new: list[str] = []
        (last,) = connection.execute("SELECT max(stem_number) FROM search.words").fetchone() or (None,)
        self._is_empty = last is None
        self._next = count(0 if last is None else int(last) + 1)

    def numbered(self, words: pl.DataFrame) -> pl.DataFrame:
        """Replace the column `word` by `stem_number`, without the rows of English stop words."""
        words = words.filter(~pl.col("word").is_in(list(STOP_WORDS)))
        new = words.select("word").unique().join(self._words, "word", "anti").sort("word")
        numbers = pl.Series(self._stem_numbers(stems(new["word"].to_list())), dtype=pl.Int32)
        self._words = self._words.vstack(new.with_columns(stem_number=numbers))
        return words.join(self._words, "word").drop("word")

    def numbered_stems(self, stems_: pl.DataFrame) -> pl.DataFrame:
        """Replace the column `stem`, of marked stems, by `stem_number`."""
        new = stems_["stem"].unique().sort()
        numbers = pl.Series(self._stem_numbers(new.to_list()), dtype=pl.Int32)
        numbered = pl.DataFrame({"stem": new, "stem_number": numbers})
        return stems_.join(numbered, "stem").drop("stem")

    def new_stems(self) -> pl.DataFrame:
        """Return stem and stem_number of the stems that the index lacks, in order of stem."""
        numbers = pl.Series([self._numbers[stem] for stem in self._new], dtype=pl.Int32)
        return pl.DataFrame({"stem": pl.Series(self._new, dtype=pl.String), "stem_number": numbers}).sort(
            "stem"
        )

    def forms(self) -> pl.DataFrame:
        """Return word and stem_number of the words of all slices; stem_number is NULL for stop words."""
        stop_words = pl.DataFrame({"word": sorted(STOP_WORDS)}).with_columns(
            stem_number=pl.lit(None, dtype=pl.Int32)
        )
        return self._words.vstack(stop_words)

    def _stem_numbers(self, found: list[str]) -> list[int]:
        unknown = [stem for stem in dict.fromkeys(found) if stem not in self._numbers]
        self._numbers |= self._of_index(unknown)
        for stem in unknown:
            if stem not in self._numbers:
                self._numbers[stem] = next(self._next)
                self._new.append(stem)
        return [self._numbers[stem] for stem in found]

    def _of_index(self, unknown: list[str]) -> dict[str, int]:
        if self._is_empty or not unknown:
            return {}
        self._connection.register("asked_stems", to_arrow(pl.DataFrame({"stem": unknown})))
        found = self._connection.execute(read_sql(__package__, "known_stems")).fetchall()
        self._connection.unregister("asked_stems")
        return dict(found)


def _slice(part: pl.DataFrame, vocabulary: Vocabulary) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the rows of search.documents of some papers, and the occurrences of each stem in each."""
    texts = part.select(
        "paper_number",
        "paper_id",
        id_numbers(part["paper_id"]).alias("id_order"),
        plain(part["title"]).alias("title_words"),
        plain(part["abstract"].fill_null("")).alias("abstract_words"),
    )
    counts = [
        texts.select("paper_number", word=pl.col(column).str.split(" "))
        .explode("word")
        .filter(pl.col("word") != "")
        .group_by("paper_number", "word")
        .agg(occurrences=pl.len().cast(pl.Int32) * weight)
        for column, weight in (("title_words", TITLE_WEIGHT), ("abstract_words", 1))
    ]
    words, marked = _by_language(pl.concat(counts), part)
    numbered = _summed(vocabulary.numbered(words))
    lengths = numbered.group_by("paper_number").agg(length=pl.sum("occurrences"))
    if marked.height:
        numbered = numbered.vstack(_summed(vocabulary.numbered_stems(marked)).select(numbered.columns))
    documents = (
        texts.select("paper_number", "paper_id", "id_order", "title_words")
        .join(lengths, "paper_number", "left", maintain_order="left")
        .with_columns(pl.col("length").fill_null(0))
    )
    return documents, numbered.join(lengths, "paper_number")


def _summed(counts: pl.DataFrame) -> pl.DataFrame:
    return counts.group_by("stem_number", "paper_number").agg(pl.sum("occurrences"))


def _by_language(counts: pl.DataFrame, part: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the occurrences of words without stop words of the paper's language, and of its marked stems.

    English papers have no marked stems. They do not count in the length of a paper.
    """
    texts = part.select(text=pl.col("title") + " " + pl.col("abstract").fill_null(""))["text"]
    papers = part.select("paper_number", language=pl.Series(languages_of(texts), dtype=pl.String))
    marked = [counts.select("paper_number", "occurrences", stem="word").clear()]
    for language in sorted(set(papers["language"]) & NAMES.keys()):
        of_language = papers.filter(pl.col("language") == language).select("paper_number")
        is_stop_word = pl.col("word").is_in(list(stop_words(language)))
        own = counts.join(of_language, "paper_number", "semi")
        counts = counts.join(of_language, "paper_number", "anti").vstack(own.filter(~is_stop_word))
        words = own.filter(~is_stop_word & ~pl.col("word").is_in(list(STOP_WORDS)))
        unique = words["word"].unique().sort()
        stem = pl.Series(marked_stems(unique.to_list(), language), dtype=pl.String)
        known = pl.DataFrame({"word": unique, "stem": stem})
        marked.append(words.join(known, "word").select("paper_number", "occurrences", "stem"))
    return counts, pl.concat(marked)
