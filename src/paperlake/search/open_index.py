"""The search index of one build of the warehouse, open for reading, by paper number.

Opening reads one row. What has an element for every paper is read when a search first needs it. Arrays and
masks over all papers have one element per paper number, and numbers of papers that are gone have no paper
(see `paperlake.search_index.writing`). Choosing candidates is in `retrieval.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.dedup.paper_names import Identifier
from paperlake.errors import LakeError
from paperlake.languages.supported import stop_words
from paperlake.search.filters import Filters
from paperlake.search_index.binary_codes import (
    WORD_COLUMNS,
    binary_codes,
    hamming_distances,
)
from paperlake.search_index.word_index import BM25_B, BM25_K1
from paperlake.search_index.words import marked_stems, plain
from paperlake.text.sql_files import quoted, read_sql
from paperlake.vectors.arrays import Flags, Floats, Hashes, Ints, Vectors

COSINE_DECIMALS = 6  # the last bits depend on the processor; equal to this many is a tie


@dataclass(frozen=True)
class Postings:
    """The papers that contain one stem."""

    numbers: Ints
    """(papers,)"""
    scores: npt.NDArray[np.float32]
    """BM25 of the stem in each paper, (papers,)."""


class OpenIndex:
    """Reads the search index and the tables it belongs to; keeps what was read for the next search.

    Raises:
        LakeError: The warehouse was built without a search index, or with one of an older form.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self.connection = connection
        (is_indexed,) = self._execute("indexed").fetchone() or (False,)
        if not is_indexed:
            raise LakeError(f"The warehouse {name} has no current search index. Run `paperlake run`.")

        paper_count, mean_length, next_number = self._execute("statistics").fetchone() or (0, 0.0, 0)
        self._paper_count, self._mean_length = int(paper_count), float(mean_length)
        self.number_count = int(next_number)
        """One more than the greatest paper number; the length of arrays over all papers."""

    @cached_property
    def ids(self) -> Hashes:
        """The id of each paper as a number, in the order of ids, (numbers,): 24 MB for 3 million."""
        return self._by_number[0]

    @property
    def is_paper(self) -> Flags:
        """Whether each number is that of a paper, (numbers,)."""
        return self._by_number[1]

    @cached_property
    def _by_number(self) -> tuple[Hashes, Flags]:
        columns = self._execute("ids").fetchnumpy()
        ids = np.zeros(self.number_count, dtype=np.uint64)
        ids[columns["paper_number"]] = columns["id_order"]
        return ids, self._mask(np.asarray(columns["paper_number"], np.int64))

    @cached_property
    def model(self) -> tuple[str, int]:
        """Id and dimension of the model of the vectors; dimension 0 if there are none."""
        found = self._execute("model").fetchone()
        return (str(found[0]), int(found[1])) if found else ("", 0)

    def allowed(self, filters: Filters) -> Flags | None:
        """Return whether the filters hold for each paper, (numbers,); None if there are no filters."""
        return self._mask(self._numbers("allowed", filters.parameters())) if filters else None

    def titled(self, title: str) -> Ints:
        """Return the papers of exactly this title, given in plain words."""
        return self._numbers("title", {"title": title})

    def identified(self, identifier: Identifier) -> Ints:
        """Return the papers that an identifier names."""
        return self._numbers("identifier", {"kind": identifier.kind, "value": identifier.value})

    def postings(self, stem: str) -> Postings:
        """Return the postings of a stem; none for an unknown stem."""
        known = self._execute("word", {"stem": stem}).fetchone()
        if known is None:
            return Postings(np.empty(0, np.int64), np.empty(0, np.float32))
        parameters = {"stem_number": known[0], "k1": BM25_K1, "b": BM25_B, "mean_length": self._mean_length}
        columns = self._execute("postings", parameters).fetchnumpy()
        numbers = np.asarray(columns["paper_number"], np.int64)
        rarity = math.log(1 + (self._paper_count - len(numbers) + 0.5) / (len(numbers) + 0.5))
        return Postings(numbers, np.asarray(columns["weight"], np.float32) * np.float32(rarity))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages other than English that papers have stems of, in order of their codes."""
        return tuple(code for (code,) in self._execute("languages").fetchall())

    def other_stems(self, word: str) -> list[str]:
        """Return the marked stems of a plain word, one for each other language of the papers."""
        return [marked_stems([word], language)[0] for language in self.languages]

    def is_stop_word(self, word: str) -> bool:
        """Return whether a plain word is a stop word of another language: its papers may lack postings."""
        return any(word in stop_words(language) for language in self.languages)

    def containing(self, stem: str) -> Flags:
        """Return whether each paper contains a stem, (numbers,)."""
        return self._mask(self.postings(stem).numbers)

    def hamming_distances(self, vector: Vectors, allowed: Flags | None) -> tuple[Ints, Ints]:
        """Compute the Hamming distance of papers to a vector.

        Args:
            vector: (dimension,), unit length.
            allowed: The papers to compare; None for all.

        Returns:
            Numbers and distances in bits, both (compared papers,).
        """
        code = binary_codes(vector[None, :], self._hyperplanes)[0]
        numbers, words = self._codes
        if allowed is not None:
            is_compared = allowed[numbers]
            numbers, words = numbers[is_compared], [column[is_compared] for column in words]
        return numbers, hamming_distances(words, code).astype(np.int64)

    def cosines(self, vector: Vectors, numbers: Ints) -> Floats:
        """Compute the rounded cosine of each of some papers to a vector of unit length, (n,)."""
        # As text: DuckDB takes 80 ms to bind a list of 256 numbers. The text gives the same float32 numbers.
        found = self._rows("cosines", numbers, {"vector": str(vector.tolist())})
        return found["cosine"].cast(pl.Float64).to_numpy().round(COSINE_DECIMALS)

    def texts(self, numbers: Ints) -> pl.DataFrame:
        """Return the plain title and abstract of each of some papers, in their order."""
        found = self._rows("texts", numbers)
        return found.select(title=plain(found["title"]), abstract=plain(found["abstract"].fill_null("")))

    def papers(self, numbers: Ints) -> list[dict[str, Any]]:
        """Return the columns to show of each of some papers, in their order."""
        return self._rows("papers", numbers).to_dicts()

    @cached_property
    def _codes(self) -> tuple[Ints, list[Hashes]]:
        """Paper numbers and the 12 words of their codes, each (papers,): 300 MB for 3 million."""
        columns = self._execute("codes").fetchnumpy()
        words = [np.asarray(columns[name]) for name in WORD_COLUMNS]
        return np.asarray(columns["paper_number"], np.int64), words

    @cached_property
    def _hyperplanes(self) -> Vectors:
        normals = self._execute("hyperplanes").fetchall()
        return np.array([normal for (normal,) in normals], dtype=np.float32)

    def _mask(self, numbers: Ints) -> Flags:
        mask = np.zeros(self.number_count, dtype=bool)
        mask[numbers] = True
        return mask

    def _numbers(self, name: str, parameters: dict[str, Any]) -> Ints:
        found = self._execute(name, parameters).fetchnumpy()["paper_number"]
        return np.asarray(found, dtype=np.int64)

    def _rows(self, name: str, numbers: Ints, parameters: dict[str, Any] | None = None) -> pl.DataFrame:
        """Run a query for some papers by their ids; return its rows in the order of `numbers`.

        The ids are literals, so that DuckDB reads single rows by the index of the key (up to 2,048 of them).
        For a list or a join it would decompress all rows around them: 160 ms instead of 2 for 50 of 500,000
        texts.
        """
        ids = pl.Series("paper_id", [f"{number:016x}" for number in self.ids[numbers].tolist()], pl.String)
        found = self.connection.execute(ids_sql(name, ids.to_list()), parameters or {}).to_arrow_table()
        return ids.to_frame("paper_id").join(pl.DataFrame(found), "paper_id", "left", maintain_order="left")

    def _execute(self, name: str, parameters: dict[str, Any] | None = None) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(read_sql(__package__, name), parameters or {})


def ids_sql(name: str, paper_ids: list[str]) -> str:
    """Return a query of this package for some papers, with their ids as literals."""
    return read_sql(__package__, name, ids=", ".join(map(quoted, paper_ids)) or "NULL")
