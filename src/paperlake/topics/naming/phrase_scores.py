"""Scoring phrases as names of the topics of a level.

Class-based TF-IDF over papers weighted by centrality, in contrast to all other papers and to sibling topics,
times a factor for how much a phrase looks like the name of a field. Labels are chosen in `labels.py`, texts
cut into phrases in `phrases.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from paperlake.topics.naming.languages.english import word_set
from paperlake.topics.naming.phrases import PhraseTable
from paperlake.topics.naming.wordlists import generic_words
from paperlake.vectors.arrays import Flags, Floats, Ints

LENGTH_FACTORS = (0.5, 1.0, 1.1, 0.9)  # of phrases of one word, two, ...: two or three name a field best
COVERAGE_POWER = 0.9  # 1 is c-TF-IDF; a little less favours distinctive phrases of fewer papers
SIBLING_WEIGHT = 0.4  # of siblings, and not all other papers, in the expected coverage
EXPECTED_PAPERS = 0.7  # added to what is expected, so that a word of one paper is no evidence
MIN_HOLDERS = 2  # papers of a topic that hold a phrase, where it has so many
UNTITLED_FACTOR = 0.6  # for a phrase that no title holds
MAX_WORD_SHARE = 0.2  # a single word in this share of all papers says nothing
GENERIC_FACTOR = 0.5  # for a phrase of which half the words are generic
DECIMALS = 9  # of scores: last bits decide nothing


@dataclass(frozen=True)
class Scored:
    """Phrases scored for every topic of one level."""

    scores: Floats
    """(topics, phrases)"""
    coverage: Floats
    """(topics, phrases) share of the topic's papers that hold the phrase."""
    unfiltered: Floats
    """(topics, phrases) scores without regard to the number of papers and the quality of the name."""
    contrast: Floats
    """(topics, phrases) logarithm of the coverage relative to the expected one."""


class PhraseIndex:
    """The phrases of a table with the papers that hold them, ready to be scored."""

    def __init__(self, table: PhraseTable) -> None:
        from scipy.sparse import csc_array  # noqa: PLC0415

        shape = (table.paper_count, len(table.keys))
        self.table = table
        self._weights = csc_array((table.presence, (table.rows, table.columns)), shape=shape)
        ones = np.ones(len(table.rows), dtype=np.float32)  # counts of papers: exact
        self.presence: Any = csc_array((ones, (table.rows, table.columns)), shape=shape)
        """(papers, phrases) sparse, 1 where a paper holds a phrase."""

    @cached_property
    def word_sets(self) -> list[frozenset[str]]:
        """The words of each phrase, in all their spellings."""
        return [word_set(text) for text in self.table.texts]

    @cached_property
    def _quality(self) -> Floats:
        table = self.table
        paper_counts = np.asarray(self.presence.sum(axis=0)).ravel()
        phrases = zip(table.weights, table.words, table.title_counts, paper_counts, strict=True)
        return np.array(
            [
                _quality(weight, words, int(titles), papers / table.paper_count)
                for weight, words, titles, papers in phrases
            ]
        )

    @cached_property
    def _texts(self) -> dict[str, str]:
        return dict(zip(self.table.keys, self.table.texts, strict=True))

    def text(self, phrase: str) -> str:
        """Return a phrase as it is written inside a sentence; empty where it is none of the table."""
        return self._texts.get(self.table.key(phrase), "")

    def holders(self, column: int) -> Flags:
        """Return (papers,) whether each paper holds a phrase."""
        holders = np.zeros(self.table.paper_count, dtype=np.bool_)
        start, end = self.presence.indptr[column], self.presence.indptr[column + 1]
        holders[self.presence.indices[start:end]] = True
        return holders

    def score(self, groups: Ints, parents: Ints, centrality: Floats) -> Scored:
        """Score phrases by coverage in a topic, reduced by coverage in all others and in siblings.

        Args:
            groups: (papers,) topic of each paper, -1 for papers that count for none.
            parents: (topics,) topics of equal parent are siblings.
            centrality: (papers,) weight of each paper for its topic, over 0.
        """
        from scipy.sparse import csr_array  # noqa: PLC0415

        count = len(parents)
        inside = np.flatnonzero(groups >= 0)
        sizes = np.maximum(np.bincount(groups[inside], minlength=count), 1)
        mass = np.maximum(np.bincount(groups[inside], weights=centrality[inside], minlength=count), 1e-9)
        shape = (count, len(groups))
        shares = csr_array((centrality[inside] / mass[groups[inside]], (groups[inside], inside)), shape=shape)
        member = csr_array((np.ones(len(inside)), (groups[inside], inside)), shape=shape)
        frequency = (shares @ self._weights).toarray()
        counts = (member @ self.presence).toarray()
        coverage = counts / sizes[:, None]
        expected = _expected_coverage(counts, sizes, parents, len(inside))
        contrast = np.log(np.maximum(coverage / expected, 1.0))
        min_holders = np.minimum(MIN_HOLDERS, sizes)[:, None]
        unfiltered = frequency**COVERAGE_POWER * contrast
        scores: Floats = np.where(counts >= min_holders, unfiltered * self._quality[None, :], 0.0)
        return Scored(np.round(scores, DECIMALS), coverage, np.round(unfiltered, DECIMALS), contrast)


def _expected_coverage(counts: Floats, sizes: Ints, parents: Ints, paper_count: int) -> Floats:
    """Return (topics, phrases) the coverage among all other papers and among siblings, smoothed."""
    coverage = counts / sizes[:, None]
    others = np.maximum(paper_count - sizes, 1)[:, None]
    elsewhere = (counts.sum(axis=0, keepdims=True) - counts) / others
    in_siblings = np.zeros_like(coverage)
    for topic in range(len(parents)):
        siblings = [
            other for other in range(len(parents)) if other != topic and parents[other] == parents[topic]
        ]
        if siblings:
            in_siblings[topic] = coverage[siblings].mean(axis=0)
    expected: Floats = (
        (1.0 - SIBLING_WEIGHT) * elsewhere + SIBLING_WEIGHT * in_siblings + EXPECTED_PAPERS / sizes[:, None]
    )
    return expected


def _quality(weight: int, words: tuple[str, ...], title_count: int, share: float) -> float:
    """Return how much a phrase looks like the name of a field, whatever the topic."""
    quality = LENGTH_FACTORS[min(weight, len(LENGTH_FACTORS)) - 1]
    if sum(word in generic_words() for word in words) / len(words) >= 0.5:
        quality *= GENERIC_FACTOR
    if title_count == 0:
        quality *= UNTITLED_FACTOR
    if weight == 1:
        quality *= max(0.0, 1.0 - share / MAX_WORD_SHARE) if title_count else 0.0
    return quality
