"""How well each phrase would name each topic of a level.

Class-based TF-IDF over papers weighed by centrality, in contrast to all other papers and to sibling topics,
times how much a phrase looks like the name of a field. Choosing labels is `labels.py`, cutting texts into
phrases `phrases.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.topics.grouping.exact import Floats, Ints
from paperlake.topics.naming.phrases import PhraseTable
from paperlake.topics.naming.wordlists import GENERIC_WORDS

LENGTH_FACTORS = (0.5, 1.0, 1.1, 0.9)  # of phrases of one word, two, ...: two or three name a field best
COVERAGE_POWER = 0.9  # 1 is c-TF-IDF; a little less lets telling phrases of fewer papers through
SIBLING_PART = 0.4  # how much siblings, and not all other papers, make a word usual
MIN_COVERAGE = 0.7  # papers added to what is usual, so that a word of one paper tells nothing
UNTITLED_FACTOR = 0.6  # for a phrase that no title holds
COMMON_WORD_SHARE = 0.2  # a single word that stands in this share of all papers says nothing
GENERIC_FACTOR = 0.5  # for a phrase of which half the words are generic


@dataclass(frozen=True)
class Scored:
    """Phrases scored for every topic of one level."""

    scores: npt.NDArray[np.float64]
    """(topics, phrases)"""
    coverage: npt.NDArray[np.float64]
    """(topics, phrases) share of the topic's papers that hold the phrase."""
    spare: npt.NDArray[np.float64]
    """(topics, phrases) scores whatever the number of papers and the quality of the name."""
    contrast: npt.NDArray[np.float64]
    """(topics, phrases) logarithm of that share against the usual one."""


class PhraseScores:
    """Scores the phrases of a table for the topics of a level."""

    def __init__(self, phrases: PhraseTable) -> None:
        from scipy.sparse import csc_array  # noqa: PLC0415

        shape = (phrases.paper_count, len(phrases.keys))
        self._weights = csc_array((phrases.presence, (phrases.rows, phrases.columns)), shape=shape)
        ones = np.ones(len(phrases.rows), dtype=np.float32)  # counts of papers: exact
        self.presence = csc_array((ones, (phrases.rows, phrases.columns)), shape=shape)
        in_papers = np.asarray(self.presence.sum(axis=0)).ravel()
        self._quality = np.array(
            [
                _quality(text, words, int(titles), papers / phrases.paper_count)
                for text, words, titles, papers in zip(
                    phrases.texts, phrases.words, phrases.title_counts, in_papers, strict=True
                )
            ]
        )

    def of_topics(self, groups: Ints, parents: Ints, centrality: Floats) -> Scored:
        """Coverage inside a topic, weighed down by coverage among all others and among siblings."""
        from scipy.sparse import csr_array  # noqa: PLC0415

        count = len(parents)
        inside = np.flatnonzero(groups >= 0)
        sizes = np.maximum(np.bincount(groups[inside], minlength=count), 1)
        mass = np.maximum(np.bincount(groups[inside], weights=centrality[inside], minlength=count), 1e-9)
        shape = (count, len(groups))
        pull = csr_array((centrality[inside] / mass[groups[inside]], (groups[inside], inside)), shape=shape)
        member = csr_array((np.ones(len(inside)), (groups[inside], inside)), shape=shape)
        pulled = (pull @ self._weights).toarray()
        counts = (member @ self.presence).toarray()
        coverage = counts / sizes[:, None]
        others = np.maximum(len(inside) - sizes, 1)[:, None]
        elsewhere = (counts.sum(axis=0, keepdims=True) - counts) / others
        beside = np.zeros_like(coverage)
        for topic in range(count):
            near = [other for other in range(count) if other != topic and parents[other] == parents[topic]]
            if near:
                beside[topic] = coverage[near].mean(axis=0)
        usual = (1.0 - SIBLING_PART) * elsewhere + SIBLING_PART * beside + MIN_COVERAGE / sizes[:, None]
        contrast = np.log(np.maximum(coverage / usual, 1.0))
        least = np.minimum(2, sizes)[:, None]
        spare = pulled**COVERAGE_POWER * contrast
        scores: Floats = np.where(counts >= least, spare * self._quality[None, :], 0.0)
        return Scored(np.round(scores, 9), coverage, np.round(spare, 9), contrast)


def _quality(text: str, words: tuple[str, ...], title_count: int, share: float) -> float:
    """How much a phrase looks like the name of a field, whatever the topic."""
    tokens = text.split()
    quality = LENGTH_FACTORS[min(len(tokens), len(LENGTH_FACTORS)) - 1]
    if sum(word in GENERIC_WORDS for word in words) / len(words) >= 0.5:
        quality *= GENERIC_FACTOR
    if title_count == 0:
        quality *= UNTITLED_FACTOR
    if len(tokens) == 1:
        quality *= max(0.0, 1.0 - share / COMMON_WORD_SHARE) if title_count else 0.0
    return quality
