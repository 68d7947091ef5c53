"""Retrieve the candidates of a query by meaning and by words, and score them.

Each ranking retrieves its best papers, both at a time, and every candidate is scored by both. Reading the
index is in `open_index.py`, combining scores in `ranking.py`, building rows in `results.py`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

import numpy as np

from paperlake.embedding.query import QueryEmbedder
from paperlake.errors import ModelError
from paperlake.search.open_index import OpenIndex, PlainText
from paperlake.search.query import Query
from paperlake.search.ranking import ORDER_WEIGHT, best, best_positive, fuse, pair_share, word_pairs
from paperlake.search_index.words import remove_stop_words, stems
from paperlake.vectors.arrays import Flags, Floats, Ints, Vectors

MAX_CANDIDATES = 200  # of each ranking
MAX_COMPARED = 700  # papers whose vectors are compared exactly; benchmarks/binary_codes.py has the recall
MAX_REORDERED = 50  # candidates whose texts are read for the order of their words: 7 ms
PHRASE_SLICE = 2000  # papers whose texts are searched for a phrase at a time: 90 ms
MAX_PHRASE_PAPERS = 20_000  # those with the greatest word scores

# One pool for all searches: with a thread of its own for each search, the allocators of DuckDB and glibc held
# 150 MB more after 80 rebuilds (the test of memory in tests/serve/test_builds.py, with 80).
SCORING = ThreadPoolExecutor(os.cpu_count() or 1, "word scores")

WORDS_ONLY = "Searched by words only."  # the beginning of the notice
NO_CANDIDATE = -2.0  # less than every cosine

Mode = Literal["both", "meaning", "words"]


@dataclass(frozen=True)
class Hits:
    """The candidates of one search, with the scores of each."""

    numbers: Ints
    """Paper numbers, ascending, (n,)."""
    cosines: Floats | None
    """(n,); None if meaning is not searched or the model is not available."""
    word_scores: Floats | None
    """BM25, (n,); None if words are not searched."""
    has_exact_title: Flags
    """Whether the title is the text of the query, (n,)."""
    pair_shares: Floats | None = None
    """The share of the query's word pairs that the paper contains, for the best by both; 0 for the rest."""
    notices: tuple[str, ...] = ()

    def scores(self) -> Floats:
        """Return one score per candidate, (n,)."""
        if self.cosines is not None and self.word_scores is not None:
            fused = fuse(self.cosines, self.word_scores)
            return fused if self.pair_shares is None else fused + ORDER_WEIGHT * self.pair_shares
        single = self.cosines if self.cosines is not None else self.word_scores
        assert single is not None  # noqa: S101  # every mode has at least one ranking
        return single


def retrieve(
    index: OpenIndex, embedder: QueryEmbedder, query: Query, mode: Mode, allowed: Flags | None
) -> Hits:
    """Retrieve the candidates of a query.

    Args:
        index: The index to search.
        embedder: Embeds the query, unless `mode` is `words`.
        query: The parsed query; its identifier is ignored.
        mode: The rankings to use.
        allowed: Whether each paper may be found, (numbers,); None for all.

    Raises:
        ModelError: Mode is `meaning` and the warehouse's model is not available.
    """
    scoring = SCORING.submit(_word_scores, index, query)
    try:
        vector, model_notices = _query_vector(index, embedder, query, mode)
        near = None
        if vector is not None and not query.phrases:
            near = _near(index, vector, allowed)
    finally:
        wait([scoring])  # the index may be closed after a search, not during one
    word_scores = scoring.result()
    phrase_notices: tuple[str, ...] = ()
    if query.phrases:
        allowed, phrase_notices = _containing_phrases(index, query, word_scores, allowed)
    titled = index.titled(query.title)
    titled = titled if allowed is None else titled[allowed[titled]]
    retrieved = titled
    if mode != "meaning":
        retrieved = np.union1d(retrieved, _best_by_words(index, word_scores, allowed))
    notices = phrase_notices + model_notices
    if vector is None:
        numbers = np.unique(retrieved)
        return Hits(numbers, None, word_scores[numbers], np.isin(numbers, titled), notices=notices)
    near = _near(index, vector, allowed) if near is None else near
    numbers, cosines = _with_best_by_meaning(index, vector, retrieved, near)
    hits = Hits(numbers, cosines, None, np.isin(numbers, titled), notices=notices)
    if mode == "meaning":
        return hits
    hits = replace(hits, word_scores=word_scores[numbers])
    return replace(hits, pair_shares=_best_pair_shares(index, query, hits))


def pair_shares(index: OpenIndex, query: Query, numbers: Ints) -> Floats:
    """Compute the share of the query's pairs of adjacent words in title or abstract of papers: (n,).

    Args:
        index: The index to read the texts from.
        query: The parsed query.
        numbers: The papers, (n,).
    """
    asked = word_pairs(query.stems)
    if not asked or not len(numbers):
        return np.zeros(len(numbers))
    stemmed = index.stemmed_texts(numbers)
    return np.array([max(pair_share(asked, text) for text in both) for both in stemmed])


def _query_vector(
    index: OpenIndex, embedder: QueryEmbedder, query: Query, mode: Mode
) -> tuple[Vectors | None, tuple[str, ...]]:
    """Embed the query; without a model, return None and a notice unless meaning alone is searched."""
    model_id, dimension = index.model
    if mode == "words" or not dimension:
        return None, ()
    try:
        return embedder.embed(query.text, model_id, dimension), ()
    except ModelError as error:
        if mode == "meaning":
            raise
        return None, (f"{WORDS_ONLY} {error}",)


def _word_scores(index: OpenIndex, query: Query) -> Floats:
    """Compute BM25 of every paper, (numbers,).

    In papers of other languages, a word counts by its English stem or by that of the language, whichever
    gives the greater score.
    """
    scores = np.zeros(index.number_count)
    stem_words = dict(zip(query.stems, query.words, strict=True))
    other_stems = {stem: index.other_stems(word) for stem, word in stem_words.items()}
    wanted = [*stem_words, *chain.from_iterable(other_stems.values())]
    found = dict(zip(wanted, index.postings(wanted), strict=True))
    for stem in stem_words:
        others = [found[other] for other in other_stems[stem] if len(found[other].numbers)]
        if not others:
            scores[found[stem].numbers] += found[stem].scores
            continue
        of_word = np.zeros(index.number_count)
        for postings in (found[stem], *others):
            of_word[postings.numbers] = np.maximum(of_word[postings.numbers], postings.scores)
        scores += of_word
    return scores


def _best_by_words(index: OpenIndex, word_scores: Floats, allowed: Flags | None) -> Ints:
    """Return the papers with the greatest word scores, without those of score 0."""
    scores = word_scores if allowed is None else np.where(allowed, word_scores, 0.0)
    return best_positive(scores, MAX_CANDIDATES, index.ids)


def _near(index: OpenIndex, vector: Vectors, allowed: Flags | None) -> Ints:
    """Return the papers that are most likely the nearest in meaning; their vectors are kept."""
    near = index.near(vector, allowed, MAX_COMPARED)
    index.cosines(vector, near)
    return near


def _with_best_by_meaning(
    index: OpenIndex, vector: Vectors, retrieved: Ints, near: Ints
) -> tuple[Ints, Floats]:
    """Add the papers nearest in meaning to those retrieved otherwise; return numbers and cosines."""
    numbers = np.union1d(retrieved, near)
    cosines = index.cosines(vector, numbers)
    is_near = np.isin(numbers, near)
    nearest = best(np.where(is_near, cosines, NO_CANDIDATE), MAX_CANDIDATES, index.ids[numbers])
    is_kept = np.isin(numbers, retrieved)
    is_kept[nearest] |= is_near[nearest]
    return numbers[is_kept], cosines[is_kept]


def _containing_phrases(
    index: OpenIndex, query: Query, word_scores: Floats, allowed: Flags | None
) -> tuple[Flags, tuple[str, ...]]:
    """Find the papers that contain every phrase literally, among those that contain its stems.

    Returns:
        Whether each paper does, (numbers,), and notices.
    """
    possible = index.is_paper.copy() if allowed is None else allowed.copy()
    words = remove_stop_words(" ".join(query.phrases).split())
    for stem in dict.fromkeys(stems([word for word in words if not index.is_stop_word(word)])):
        possible &= index.containing(stem)
    numbers = np.flatnonzero(possible)
    numbers = numbers[best(word_scores[numbers], MAX_PHRASE_PAPERS, index.ids[numbers])]
    containing = np.zeros(index.number_count, dtype=bool)
    for start in range(0, len(numbers), PHRASE_SLICE):
        part = numbers[start : start + PHRASE_SLICE]
        containing[part[_contain(index.texts(part), query.phrases)]] = True
        if containing.sum() >= MAX_CANDIDATES:
            return containing, ()
    if possible.sum() <= MAX_PHRASE_PAPERS:
        return containing, ()
    return containing, (f"The phrase was looked for in the {MAX_PHRASE_PAPERS:,} papers that fit best.",)


def _contain(texts: Sequence[PlainText], phrases: tuple[str, ...]) -> Flags:
    """Return whether each plain title or abstract contains every phrase as whole words, (texts,)."""
    padded = [[f" {text} " for text in both] for both in texts]
    wanted = [f" {phrase} " for phrase in phrases]
    contained = [all(any(phrase in text for text in both) for phrase in wanted) for both in padded]
    return np.array(contained, dtype=bool)


def _best_pair_shares(index: OpenIndex, query: Query, hits: Hits) -> Floats:
    """Compute the pair shares of the best candidates, (n,); 0 for the rest."""
    shares = np.zeros(len(hits.numbers))
    places = np.sort(best(hits.scores(), MAX_REORDERED, index.ids[hits.numbers]))
    shares[places] = pair_shares(index, query, hits.numbers[places])
    return shares
