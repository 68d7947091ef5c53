"""Finding papers in one build of the warehouse: by meaning, by words, or both at once.

A `Searcher` holds the build open and keeps what every search needs (the sketches, the query's model), so
that only the first is slow. What a text asks for is in `query.py`, the order of what is found in
`ranking.py`, why a paper was found in `evidence.py`.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from types import TracebackType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.embedding.query import QueryEmbedder
from paperlake.errors import LakeError, ModelError, UsageError
from paperlake.lake import Lake
from paperlake.search.evidence import evidence
from paperlake.search.filters import Filters, check_filters
from paperlake.search.query import Query, understand
from paperlake.search.ranking import ORDER_WEIGHT, best, fuse, pairs_kept, word_pairs
from paperlake.search_index.sketches import COLUMNS, Planes, Sketches, differing_bits, sketch
from paperlake.search_index.words import plain, stems, telling
from paperlake.settings import Settings
from paperlake.warehouse.reading import connect, read_sql

CANDIDATES = 200  # papers that each way of searching puts forward
SKETCH_CANDIDATES = 2000  # papers whose vectors are compared exactly; see `sketches.py` for what that misses
REORDERED = 50  # candidates whose texts are read for the order of their words: 7 ms
PHRASE_SLICE = 2000  # papers whose texts are looked through for a phrase at once: 90 ms
PHRASE_PAPERS = 20_000  # at most so many, those with the best words first

Mode = Literal["both", "meaning", "words"]
Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
NO_NUMBERS = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Found:
    """What a search gave, and what it could not do."""

    rows: list[dict[str, Any]]
    notice: str | None = None


@dataclass
class Hits:
    """Candidates of one search: their numbers, and both scores of each."""

    numbers: Numbers
    cosines: npt.NDArray[np.float64] | None
    """None where meaning is not asked for, or not to be had."""
    word_scores: npt.NDArray[np.float64] | None
    titled: Mask
    """Whose title is the text, exactly."""
    pairs_kept: npt.NDArray[np.float64] | None = None
    """Of the best by both: which part of the query's word pairs the paper keeps; 0 for the rest."""
    notices: list[str] = field(default_factory=list)

    def scores(self) -> npt.NDArray[np.float64]:
        """One score each."""
        if self.cosines is not None and self.word_scores is not None:
            fused = fuse(self.cosines, self.word_scores)
            return fused if self.pairs_kept is None else fused + ORDER_WEIGHT * self.pairs_kept
        alone = self.cosines if self.cosines is not None else self.word_scores
        assert alone is not None  # noqa: S101  # one way is always asked for
        return alone


class Searcher:
    """One build of the warehouse, open for searching, by one thread at a time.

    A rebuild meanwhile does not disturb it; make a new one to see the new build.

    Raises:
        LakeError: There is no warehouse yet, or it was built before there was a search index.
    """

    def __init__(self, lake: Lake, settings: Settings) -> None:
        self._stack = ExitStack()
        self._connection = self._stack.enter_context(connect(lake))
        self._embedder = QueryEmbedder(settings)
        (indexed,) = self._connection.execute(read_sql("search_indexed")).fetchone() or (False,)
        if not indexed:
            self.close()
            raise LakeError(f"The warehouse {lake.warehouse} has no search index. Run `paperlake run`.")

    def __enter__(self) -> Searcher:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._stack.close()

    def search(
        self, text: str, limit: int = 10, mode: Mode = "both", filters: Filters | None = None
    ) -> Found:
        """Papers that fit a text, best first.

        A text that is an identifier finds its paper. Quoted phrases must stand in a paper as they are. A
        paper of exactly this title comes first.

        Args:
            text: What to look for.
            limit: Rows to give back.
            mode: By `meaning`, by `words`, or `both`.
            filters: What must hold of the papers.

        Returns:
            Rows of score, paper_id, title, ... and the evidence for each (see `evidence`).

        Raises:
            UsageError: The text holds nothing to look for, or a filter can find nothing.
            ModelError: Mode is `meaning` and the warehouse's model is not available.
        """
        if not text.strip():
            raise UsageError("There is nothing to look for: the text is empty.")
        filters = filters or Filters()
        check_filters(self._connection, filters)
        query = understand(text)
        allowed = self._allowed(filters)
        if query.identifier:
            return self._identified(query, allowed, limit)
        hits = self.candidates(query, mode, allowed)
        scores = hits.scores()
        order = np.lexsort((hits.numbers, -scores, ~hits.titled))[:limit]
        rows = self._rows(query, hits, scores, order)
        return Found(rows, " ".join(hits.notices) or None)

    def candidates(self, query: Query, mode: Mode, allowed: Mask | None) -> Hits:
        """The papers that each way puts forward, all scored by every way that is asked for."""
        notices: list[str] = []
        by_words = self._word_scores(query.stems)
        if query.phrases:
            allowed = self._holding_phrases(query, by_words, allowed, notices)
        titled = self._allowed_of(self._numbers("search_title", [query.title]), allowed)
        put_forward = [titled]
        if mode in ("both", "words"):
            reachable = by_words if allowed is None else np.where(allowed, by_words, 0.0)
            first = best(reachable, CANDIDATES)
            put_forward.append(first[reachable[first] > 0])
        vector = self._query_vector(query, mode, notices)
        if vector is None:
            numbers = np.unique(np.concatenate(put_forward))
            return Hits(numbers, None, by_words[numbers], np.isin(numbers, titled), notices=notices)
        near = self._near(vector, allowed)
        numbers, cosines = self._cosines(vector, np.unique(np.concatenate([*put_forward, near])))
        nearest = best(np.where(np.isin(numbers, near), cosines, -2.0), CANDIDATES)
        kept = np.zeros(len(numbers), dtype=bool)
        kept[nearest] = np.isin(numbers[nearest], near)
        kept |= np.isin(numbers, np.concatenate(put_forward))
        numbers, cosines = numbers[kept], cosines[kept]
        word_scores = by_words[numbers] if mode == "both" else None
        hits = Hits(numbers, cosines, word_scores, np.isin(numbers, titled), notices=notices)
        if mode == "both":
            hits.pairs_kept = self._pairs_kept(query, hits)
        return hits

    # What the build holds

    @cached_property
    def _paper_ids(self) -> pl.Series:
        """The id of each paper by its number, ascending: 8 MB for 500,000."""
        found = self._connection.execute("SELECT paper_id FROM search.documents ORDER BY paper_number")
        return pl.DataFrame(found.to_arrow_table())["paper_id"]

    @property
    def _paper_count(self) -> int:
        return len(self._paper_ids)

    @cached_property
    def _sketches(self) -> Sketches:
        columns = self._connection.execute("FROM search.sketches").fetchnumpy()
        return np.stack([columns[name] for name in COLUMNS], axis=1)

    @cached_property
    def _planes(self) -> Planes:
        rows = self._connection.execute("FROM search.planes").fetchall()
        return np.array([plane for (plane,) in rows], dtype=np.float32)

    @cached_property
    def _model(self) -> tuple[str, int]:
        """Id and dimension of the model that the vectors are of."""
        found = self._connection.execute(read_sql("search_model")).fetchone()
        return (str(found[0]), int(found[1])) if found else ("", 0)

    def _numbers(self, name: str, parameters: list[Any] | dict[str, Any]) -> Numbers:
        found = self._connection.execute(read_sql(name), parameters).fetchnumpy()["paper_number"]
        return np.asarray(found, dtype=np.int64)

    # The ways of searching

    def _allowed(self, filters: Filters) -> Mask | None:
        if not filters:
            return None
        allowed = np.zeros(self._paper_count, dtype=bool)
        allowed[self._numbers("search_allowed", filters.parameters())] = True
        return allowed

    @staticmethod
    def _allowed_of(numbers: Numbers, allowed: Mask | None) -> Numbers:
        return numbers if allowed is None else numbers[allowed[numbers]]

    def _postings(self, stem: str) -> tuple[Numbers, npt.NDArray[np.float32], float]:
        known = self._connection.execute(read_sql("search_word"), [stem]).fetchone()
        if known is None:
            return NO_NUMBERS, np.empty(0, np.float32), 0.0
        columns = self._connection.execute(read_sql("search_postings"), [known[0]]).fetchnumpy()
        return columns["paper_number"], columns["weight"], float(known[1])

    def _word_scores(self, stemmed: tuple[str, ...]) -> npt.NDArray[np.float64]:
        """BM25 of every paper, (papers,)."""
        scores = np.zeros(self._paper_count)
        for stem in dict.fromkeys(stemmed):
            numbers, weights, rarity = self._postings(stem)
            scores[numbers] += weights * rarity
        return scores

    def _holding_phrases(
        self, query: Query, by_words: npt.NDArray[np.float64], allowed: Mask | None, notices: list[str]
    ) -> Mask:
        """The papers that hold every phrase as it is, looked for where its words are."""
        possible = np.ones(self._paper_count, dtype=bool) if allowed is None else allowed.copy()
        for stem in dict.fromkeys(stems(telling(" ".join(query.phrases).split()))):
            holding = np.zeros(self._paper_count, dtype=bool)
            holding[self._postings(stem)[0]] = True
            possible &= holding
        numbers = np.flatnonzero(possible)
        numbers = numbers[best(by_words[numbers], PHRASE_PAPERS)]
        holding = np.zeros(self._paper_count, dtype=bool)
        for start in range(0, len(numbers), PHRASE_SLICE):
            part = numbers[start : start + PHRASE_SLICE]
            holding[part[self._hold(part, query.phrases)]] = True
            if holding.sum() >= CANDIDATES:
                return holding
        if possible.sum() > PHRASE_PAPERS:
            notices.append(f"The phrase was looked for in the {PHRASE_PAPERS:,} papers that fit best.")
        return holding

    def _hold(self, numbers: Numbers, phrases: tuple[str, ...]) -> Mask:
        """Which of some papers hold every phrase in title or abstract."""
        order = np.argsort(numbers)
        found = self._texts(numbers[order])
        texts = found.select((" " + pl.col(name) + " ").alias(name) for name in found.columns)
        held = np.ones(len(numbers), dtype=bool)
        for phrase in phrases:
            inside = texts.select(pl.any_horizontal(pl.all().str.contains(f" {phrase} ", literal=True)))
            held[order] &= inside.to_series().to_numpy()
        return held

    def _pairs_kept(self, query: Query, hits: Hits) -> npt.NDArray[np.float64]:
        """For the best candidates, which part of the query's word pairs they keep; 0 for the rest."""
        shares = np.zeros(len(hits.numbers))
        places = np.sort(best(hits.scores(), REORDERED))
        shares[places] = self.pairs_kept(query, hits.numbers[places])
        return shares

    def pairs_kept(self, query: Query, numbers: Numbers) -> npt.NDArray[np.float64]:
        """Which part of the query's pairs of neighbouring words papers hold, in title or in abstract.

        Args:
            query: What is looked for.
            numbers: Numbers of papers, ascending, (n,).
        """
        shares = np.zeros(len(numbers))
        asked = word_pairs(query.stems)
        if not asked or not len(numbers):
            return shares
        texts = self._texts(numbers)
        for name in ("title", "abstract"):
            held = [word_pairs(stems(telling(text.split()))) for text in texts[name]]
            shares = np.maximum(shares, [pairs_kept(asked, pairs) for pairs in held])
        return shares

    def _texts(self, numbers: Numbers) -> pl.DataFrame:
        """Plain titles and abstracts of some papers, which are named in ascending order."""
        texts = pl.DataFrame(self._connection.execute(self._sql_of("search_texts", numbers)).to_arrow_table())
        texts = texts.sort("paper_id")  # which is the order of the numbers
        return texts.select(title=plain(texts["title"]), abstract=plain(texts["abstract"].fill_null("")))

    def _sql_of(self, name: str, numbers: Numbers) -> str:
        """A query for some papers, with their ids as literals.

        DuckDB then reads their rows by the index of the key. By row number, or for a list or a join, it would
        decompress all rows around them: 160 ms instead of 2 for 50 of 500,000 texts.
        """
        ids = (str(paper_id).replace("'", "''") for paper_id in self._paper_ids.gather(numbers))
        return read_sql(name).replace("$ids", ", ".join(f"'{paper_id}'" for paper_id in ids) or "NULL")

    def _query_vector(self, query: Query, mode: Mode, notices: list[str]) -> npt.NDArray[np.float32] | None:
        if mode == "words" or not self._model[1]:
            return None
        try:
            return self._embedder.embed(query.text, *self._model)
        except ModelError as error:
            if mode == "meaning":
                raise
            notices.append(f"Searched by words only. {error}")
            return None

    def _near(self, vector: npt.NDArray[np.float32], allowed: Mask | None) -> Numbers:
        """Numbers of the papers whose sketches are nearest to a vector's."""
        own = sketch(vector[None, :], self._planes)[0]
        if allowed is None:
            return best(-differing_bits(self._sketches, own).astype(np.int32), SKETCH_CANDIDATES)
        numbers = np.flatnonzero(allowed)
        differing = differing_bits(self._sketches[numbers], own).astype(np.int32)
        return numbers[best(-differing, SKETCH_CANDIDATES)]

    def _cosines(
        self, vector: npt.NDArray[np.float32], numbers: Numbers
    ) -> tuple[Numbers, npt.NDArray[np.float64]]:
        # Numbers as literals: DuckDB then reads their rows alone, which it does not for a list or a join.
        sql = read_sql("search_cosines").replace("$numbers", _literals(numbers))
        found = self._connection.execute(sql, {"vector": vector.tolist()}).fetchnumpy()
        order = np.argsort(found["paper_number"])
        # rounded: the last bits depend on the processor, and equal to six places is a tie
        return found["paper_number"][order], np.round(found["cosine"][order].astype(np.float64), 6)

    # What is shown

    def _identified(self, query: Query, allowed: Mask | None, limit: int) -> Found:
        asked = query.identifier
        assert asked is not None  # noqa: S101  # the caller has looked
        known = self._numbers("search_identifier", {"kind": asked.kind, "value": asked.value})
        numbers = self._allowed_of(known, allowed)
        if not len(numbers):
            where = " among the papers that the filters leave" if len(known) else ""
            return Found([], f"No paper has the {asked.kind} {asked.value}{where}.")
        hits = Hits(numbers, None, None, np.zeros(len(numbers), bool))
        return Found(self._rows(query, hits, np.ones(len(numbers)), np.arange(len(numbers))[:limit]))

    def _rows(
        self, query: Query, hits: Hits, scores: npt.NDArray[np.float64], order: Numbers
    ) -> list[dict[str, Any]]:
        """The papers at the places `order`, each with what is known of it and why it was found."""
        cursor = self._connection.execute(self._sql_of("search_papers", hits.numbers[order]))
        names = [column[0] for column in cursor.description or []]
        known = {row[0]: dict(zip(names, row, strict=True)) for row in cursor.fetchall()}
        meaning_ranks = _ranks(hits.cosines)
        word_ranks = _ranks(hits.word_scores)
        rows = []
        for place in order:
            paper = known[self._paper_ids[int(hits.numbers[place])]]
            abstract = paper.pop("abstract")
            why = evidence(query, paper["title"], abstract, bool(hits.titled[place]))
            by_words = None if hits.word_scores is None else float(hits.word_scores[place])
            rows.append(
                {
                    "score": round(float(scores[place]), 6),
                    **paper,
                    "similarity": None if hits.cosines is None else float(hits.cosines[place]),
                    "meaning_rank": None if meaning_ranks is None else int(meaning_ranks[place]),
                    "word_score": by_words or None,
                    "word_rank": int(word_ranks[place]) if by_words and word_ranks is not None else None,
                    **why,
                }
            )
        return rows


def _literals(numbers: Numbers) -> str:
    """Numbers as SQL writes a list of them; -1, which no paper has, if there are none."""
    return ", ".join(str(int(number)) for number in numbers) or "-1"


def _ranks(scores: npt.NDArray[np.float64] | None) -> npt.NDArray[np.int64] | None:
    """1 for the greatest score; equal scores share the better rank."""
    if scores is None:
        return None
    ascending = np.sort(-scores)
    return np.searchsorted(ascending, -scores) + 1
