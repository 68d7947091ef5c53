"""The search index of one build of the warehouse, open for reading, by paper number.

Opening reads one row. What has an element for every paper is read when a search first needs it. Arrays and
masks over all papers have one element per paper number, and numbers of papers that are gone have no paper
(see `paperlake.search_index.writing`). Choosing candidates is in `retrieval.py`.

An index is safe between threads: each query has a cursor of its own, and what is kept has a bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.bounded_cache import BoundedCache
from paperlake.dedup.paper_names import Identifier
from paperlake.errors import LakeError
from paperlake.languages.supported import stop_words
from paperlake.search.filters import Filters
from paperlake.search.kept_vectors import KeptVectors
from paperlake.search.ranking import best
from paperlake.search_index.binary_codes import (
    WORD_COLUMNS,
    binary_codes,
    estimated_similarities,
    greatest_of_least,
    hamming_distances,
)
from paperlake.search_index.word_index import BM25_B, BM25_K1
from paperlake.search_index.words import marked_stems, plain_texts, stemmed
from paperlake.text.sql_files import quoted, read_sql
from paperlake.vectors.arrays import Flags, Floats, Hashes, Ints, Vectors

COSINE_DECIMALS = 6  # the last bits depend on the order of a sum; equal to this many is a tie
MAX_ID_LITERALS = 2000  # with over 2,048, DuckDB reads all rows in place of single ones
MAX_CODE_CANDIDATES = 5_000  # papers with the nearest codes, of which a second estimate keeps a few
MIN_POSTING_BYTES = 24 << 20  # of the stems of the last searches, of a small lake
POSTING_BYTES_PER_PAPER = 40  # of a large one: a stem of a query is in a tenth of all papers, at 8 bytes each
MAX_STEMS_READ = 8  # at a time: 20 MB if each is in a tenth of 2 million papers
MAX_TEXT_CHARS = 12 << 20  # of the papers that the last searches read

PlainText = tuple[str, str]
"""Title and abstract of a paper in plain words."""


@dataclass(frozen=True)
class Postings:
    """The papers that contain one stem."""

    numbers: npt.NDArray[np.int32]
    """(papers,)"""
    scores: npt.NDArray[np.float32]
    """BM25 of the stem in each paper, (papers,)."""

    def byte_size(self) -> int:
        """Return the memory of the arrays, with some for the objects."""
        return self.numbers.nbytes + self.scores.nbytes + 500


NO_POSTINGS = Postings(np.empty(0, np.int32), np.empty(0, np.float32))


class OpenIndex:
    """Reads the search index and the tables it belongs to; keeps what was read for the next search.

    Raises:
        LakeError: The warehouse was built without a search index, or with one of an older form.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, name: str) -> None:
        self.connection = connection
        (is_indexed,) = self._first("indexed") or (False,)
        if not is_indexed:
            raise LakeError(f"The warehouse {name} has no current search index. Run `paperlake run`.")

        paper_count, mean_length, next_number = self._first("statistics") or (0, 0.0, 0)
        self._paper_count, self._mean_length = int(paper_count), float(mean_length)
        self.number_count = int(next_number)
        """One more than the greatest paper number; the length of arrays over all papers."""
        kept_bytes = max(MIN_POSTING_BYTES, POSTING_BYTES_PER_PAPER * self.number_count)
        self._postings: BoundedCache[str, Postings] = BoundedCache(kept_bytes, Postings.byte_size)
        self._stemmed: BoundedCache[int, PlainText] = BoundedCache(MAX_TEXT_CHARS, _char_count)

    def forget(self) -> None:
        """Drop what was read of the file, also where somebody still has this index.

        The kept vectors refer to the index that has them: without this, both stay until Python looks for
        objects that refer to each other.
        """
        for name in ("_by_number", "ids", "_codes", "_vectors", "_hyperplanes", "_is_removed"):
            self.__dict__.pop(name, None)
        self._postings.clear()
        self._stemmed.clear()

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
        columns = self._arrays("ids")
        ids = np.zeros(self.number_count, dtype=np.uint64)
        ids[columns["paper_number"]] = columns["id_order"]
        return ids, self._mask(np.asarray(columns["paper_number"], np.int64))

    @cached_property
    def model(self) -> tuple[str, int]:
        """Id and dimension of the model of the vectors; dimension 0 if there are none."""
        found = self._first("model")
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

    def postings(self, stems: Iterable[str]) -> list[Postings]:
        """Return the postings of each of some stems; none for an unknown stem."""
        wanted = list(stems)
        found = {stem: self._postings.get(stem) for stem in wanted}
        unread = [stem for stem, postings in found.items() if postings is None]
        for start in range(0, len(unread), MAX_STEMS_READ):
            found |= self._read_postings(unread[start : start + MAX_STEMS_READ])
        return [found[stem] or NO_POSTINGS for stem in wanted]

    def _read_postings(self, stems: list[str]) -> dict[str, Postings]:
        """Read the postings of some stems in one query, and keep them.

        A query of 267 million postings takes 12 ms before it reads the first.
        """
        known = dict(self._all("word_numbers", stems=", ".join(map(quoted, stems))))
        parameters = {"k1": BM25_K1, "b": BM25_B, "mean_length": self._mean_length}
        columns = self._arrays(
            "postings", parameters, stem_numbers=", ".join(map(str, known.values())) or "NULL"
        )
        read = dict.fromkeys(stems, NO_POSTINGS)
        for stem, stem_number in known.items():
            rows = np.flatnonzero(columns["stem_number"] == stem_number)
            read[stem] = self._scored(columns["paper_number"][rows], columns["weight"][rows])
        for stem, postings in read.items():
            self._postings.put(stem, postings)
        return read

    def _scored(self, numbers: npt.NDArray[np.int32], weights: npt.NDArray[np.float32]) -> Postings:
        """Return the postings of a stem, without papers that are gone, with idf."""
        if self._is_removed is not None:
            is_kept = ~self._is_removed[numbers]
            numbers, weights = numbers[is_kept], weights[is_kept]
        rarity = math.log(1 + (self._paper_count - len(numbers) + 0.5) / (len(numbers) + 0.5))
        return Postings(numbers, weights * np.float32(rarity))

    @cached_property
    def _is_removed(self) -> Flags | None:
        """Whether each number is of a paper that is gone or was changed, (numbers,); None if none is."""
        numbers = self._numbers("removed", {})
        return self._mask(numbers) if len(numbers) else None

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages other than English that papers have stems of, in order of their codes."""
        return tuple(code for (code,) in self._all("languages"))

    def other_stems(self, word: str) -> list[str]:
        """Return the marked stems of a plain word, one for each other language of the papers."""
        return [marked_stems([word], language)[0] for language in self.languages]

    def is_stop_word(self, word: str) -> bool:
        """Return whether a plain word is a stop word of another language: its papers may lack postings."""
        return any(word in stop_words(language) for language in self.languages)

    def containing(self, stem: str) -> Flags:
        """Return whether each paper contains a stem, (numbers,)."""
        return self._mask(self.postings([stem])[0].numbers)

    def near(self, vector: Vectors, allowed: Flags | None, count: int) -> Ints:
        """Choose the papers that are most likely the nearest to a vector, by their binary codes.

        Args:
            vector: (dimension,), unit length.
            allowed: The papers to compare; None for all.
            count: How many are wanted.

        Returns:
            Paper numbers, ascending, (at most count,).
        """
        code = binary_codes(vector[None, :], self._hyperplanes)[0]
        numbers, words = self._codes
        if allowed is not None:
            is_compared = allowed[numbers]
            numbers, words = numbers[is_compared], [column[is_compared] for column in words]
        distances = hamming_distances(words, code)
        places = np.flatnonzero(distances <= greatest_of_least(distances, MAX_CODE_CANDIDATES))
        places = places[
            best(-distances[places].astype(np.int64), MAX_CODE_CANDIDATES, self.ids[numbers[places]])
        ]
        codes = np.stack([column[places] for column in words], axis=1)
        estimates = estimated_similarities(codes, vector, self._hyperplanes)
        numbers = numbers[places]
        return np.sort(numbers[best(estimates, count, self.ids[numbers])])

    def cosines(self, vector: Vectors, numbers: Ints) -> Floats:
        """Compute the rounded cosine of each of some papers to a vector of unit length, (n,)."""
        kept = self._vectors.of(numbers).astype(np.float64)
        return (kept @ vector.astype(np.float64)).round(COSINE_DECIMALS)

    @cached_property
    def _vectors(self) -> KeptVectors:
        return KeptVectors(self.number_count, self.model[1], self._read_vectors, self._read_all_vectors)

    def _read_vectors(self, numbers: Ints) -> Vectors:
        return _matrix(self._rows("vectors", numbers)["embedding"], self.model[1])

    def _read_all_vectors(self) -> tuple[Ints, Vectors]:
        found = self._frame(read_sql(__package__, "all_vectors"))
        return found["paper_number"].cast(pl.Int64).to_numpy(), _matrix(found["embedding"], self.model[1])

    def texts(self, numbers: Ints) -> list[PlainText]:
        """Return the plain title and abstract of each of some papers, in their order."""
        rows = self._rows("texts", numbers).fill_null("")
        titles, abstracts = (plain_texts(rows[name].to_list()) for name in ("title", "abstract"))
        return list(zip(titles, abstracts, strict=True))

    def stemmed_texts(self, numbers: Ints) -> list[PlainText]:
        """Return what `texts` returns, as stems without stop words."""
        found = {number: self._stemmed.get(number) for number in numbers.tolist()}
        unread = [number for number, text in found.items() if text is None]
        if unread:
            texts = self.texts(np.array(unread))
            flat = stemmed([text for both in texts for text in both])
            for number, both in zip(unread, zip(flat[::2], flat[1::2], strict=True), strict=True):
                found[number] = both
                self._stemmed.put(number, both)
        return [text for text in found.values() if text is not None]

    def papers(self, numbers: Ints) -> list[dict[str, Any]]:
        """Return the columns to show of each of some papers, in their order."""
        return self._rows("papers", numbers).to_dicts()

    @cached_property
    def _codes(self) -> tuple[Ints, list[Hashes]]:
        """Paper numbers and the 12 words of their codes, each (papers,): 300 MB for 3 million."""
        columns = self._arrays("codes")
        words = [np.asarray(columns[name]) for name in WORD_COLUMNS]
        return np.asarray(columns["paper_number"], np.int64), words

    @cached_property
    def _hyperplanes(self) -> Vectors:
        normals = self._all("hyperplanes")
        return np.array([normal for (normal,) in normals], dtype=np.float32)

    def _mask(self, numbers: npt.NDArray[np.integer[Any]]) -> Flags:
        mask = np.zeros(self.number_count, dtype=bool)
        mask[numbers] = True
        return mask

    def _numbers(self, name: str, parameters: dict[str, Any]) -> Ints:
        return np.asarray(self._arrays(name, parameters)["paper_number"], dtype=np.int64)

    def _rows(self, name: str, numbers: Ints) -> pl.DataFrame:
        """Run a query for some papers by their ids; return its rows in the order of `numbers`.

        The ids are literals, so that DuckDB reads single rows by the index of the key. For a list or a join
        it would decompress all rows around them: 160 ms instead of 2 for 50 of 500,000 texts.
        """
        ids = pl.Series("paper_id", self.paper_ids(numbers), pl.String)
        parts = [ids.slice(start, MAX_ID_LITERALS).to_list() for start in range(0, len(ids), MAX_ID_LITERALS)]
        found = pl.concat([self._frame(ids_sql(name, part)) for part in parts or [[]]])
        return ids.to_frame("paper_id").join(found, "paper_id", "left", maintain_order="left")

    def paper_ids(self, numbers: Ints) -> list[str]:
        """Return the id of each of some papers."""
        return [f"{number:016x}" for number in self.ids[numbers].tolist()]

    def _first(self, name: str) -> tuple[Any, ...] | None:
        with self.connection.cursor() as cursor:
            return cursor.execute(read_sql(__package__, name)).fetchone()

    def _all(self, name: str, **pasted: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            return cursor.execute(read_sql(__package__, name, **pasted)).fetchall()

    def _arrays(self, name: str, parameters: dict[str, Any] | None = None, **pasted: str) -> dict[str, Any]:
        with self.connection.cursor() as cursor:
            return cursor.execute(read_sql(__package__, name, **pasted), parameters or {}).fetchnumpy()

    def _frame(self, sql: str) -> pl.DataFrame:
        with self.connection.cursor() as cursor:
            return pl.DataFrame(cursor.execute(sql).to_arrow_table())


def ids_sql(name: str, paper_ids: list[str]) -> str:
    """Return a query of this package for some papers, with their ids as literals."""
    return read_sql(__package__, name, ids=", ".join(map(quoted, paper_ids)) or "NULL")


def _char_count(text: PlainText) -> int:
    return sum(map(len, text))


def _matrix(embeddings: pl.Series, dimension: int) -> Vectors:
    """Return vectors as an array, (vectors, dimension); NaN for those that are missing."""
    missing = embeddings.is_null()
    if missing.any():
        found = np.full((len(embeddings), dimension), np.nan, dtype=np.float32)
        found[~missing.to_numpy()] = _matrix(embeddings.drop_nulls(), dimension)
        return found
    flat = embeddings.explode(empty_as_null=False) if len(embeddings) else pl.Series(dtype=pl.Float32)
    return np.asarray(flat.to_numpy(), dtype=np.float32).reshape(len(embeddings), dimension)
