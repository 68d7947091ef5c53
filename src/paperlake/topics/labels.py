"""Choosing labels and keywords: what a person would write on the folder.

Phrases are scored by class-based TF-IDF over papers weighed by centrality, in contrast to all other papers
and to sibling topics; a label that covers too little takes a second phrase along. Phrases come from
`phrases.py`; nothing here looks at vectors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.topics.geometry import Floats, Ints
from paperlake.topics.phrases import PhraseTable, as_label, phrase_words
from paperlake.topics.wordlists import GENERIC_WORDS

LONGEST_LABEL = 60  # characters; the schema of `topics` says so too
KEYWORD_COUNT = 10
COVERED = 0.55  # a phrase in this share of a topic's papers names it alone
SECOND_SCORE = 0.35  # a second phrase is worth at least this much of the first
LENGTH_FACTORS = (0.5, 1.0, 1.1, 0.9)  # of phrases of one word, two, ...: two or three name a field best
GENERIC_FACTOR = 0.6  # for a phrase of which half the words are generic
CANDIDATES = 200  # phrases of a topic that are looked at, best first


@dataclass(frozen=True)
class Naming:
    """What one topic is called."""

    label: str
    keywords: list[str]
    coherence: float | None


@dataclass(frozen=True)
class _Scored:
    """Phrases scored for every topic of one level."""

    scores: npt.NDArray[np.float64]
    """(topics, phrases)"""
    coverage: npt.NDArray[np.float64]
    """(topics, phrases) share of the topic's papers that hold the phrase."""


class Labeller:
    """Names the topics of one level after the other; a label is given once."""

    def __init__(self, phrases: PhraseTable) -> None:
        from scipy.sparse import csc_array

        self._phrases = phrases
        shape = (phrases.paper_count, len(phrases.keys))
        self._weights = csc_array((phrases.presence, (phrases.rows, phrases.columns)), shape=shape)
        ones = np.ones(len(phrases.rows))
        self._presence = csc_array((ones, (phrases.rows, phrases.columns)), shape=shape)
        self._quality = np.array([_quality(words) for words in phrases.words])
        self._taken: set[tuple[str, ...]] = set()

    def name_topics(self, groups: Ints, parents: Ints, centrality: Floats, fallbacks: Sequence[str]) -> list[Naming]:
        """Name all topics of one level, largest first.

        Args:
            groups: (papers,) topic of each paper, -1 for papers that should not speak for any.
            parents: (topics,) topics of equal parent are siblings.
            centrality: (papers,) how much each paper speaks for its topic, over 0.
            fallbacks: A text for each topic, for when no phrase fits.
        """
        scored = self._score(groups, parents, centrality)
        sizes = np.bincount(groups[groups >= 0], minlength=len(parents))
        namings: dict[int, Naming] = {}
        siblings: dict[int, list[tuple[str, ...]]] = {}
        for topic in np.lexsort((np.arange(len(parents)), -sizes)).tolist():
            members = np.flatnonzero(groups == topic)
            ranked = self._ranked(scored, topic)
            used = siblings.setdefault(int(parents[topic]), [])
            label = self._label(ranked, scored, topic, members, used) or self._fallback(fallbacks[topic])
            used.append(phrase_words(label))
            self._taken.add(phrase_words(label))
            columns = self._keywords(ranked)
            keywords = [self._phrases.texts[column] for column in columns]
            namings[topic] = Naming(label, keywords, self._coherence(columns))
        return [namings[topic] for topic in range(len(parents))]

    def _score(self, groups: Ints, parents: Ints, centrality: Floats) -> _Scored:
        """Coverage inside a topic, weighed down by coverage among all others and among siblings."""
        from scipy.sparse import csr_array

        count = len(parents)
        inside = np.flatnonzero(groups >= 0)
        sizes = np.maximum(np.bincount(groups[inside], minlength=count), 1)
        mass = np.maximum(np.bincount(groups[inside], weights=centrality[inside], minlength=count), 1e-9)
        shape = (count, len(groups))
        pull = csr_array((centrality[inside] / mass[groups[inside]], (groups[inside], inside)), shape=shape)
        member = csr_array((np.ones(len(inside)), (groups[inside], inside)), shape=shape)
        pulled = (pull @ self._weights).toarray()
        counts = (member @ self._presence).toarray()
        coverage = counts / sizes[:, None]
        others = np.maximum(len(inside) - sizes, 1)[:, None]
        elsewhere = (counts.sum(axis=0, keepdims=True) - counts) / others
        beside = np.zeros_like(coverage)
        for topic in range(count):
            near = [other for other in range(count) if other != topic and parents[other] == parents[topic]]
            if near:
                beside[topic] = coverage[near].mean(axis=0)
        noise = 1.0 / sizes[:, None]
        contrast = coverage / (coverage + elsewhere + beside + noise)
        least = np.minimum(2, sizes)[:, None]
        scores = np.where(counts >= least, np.sqrt(pulled) * contrast**2 * self._quality[None, :], 0.0)
        return _Scored(np.round(scores, 9), coverage)

    def _ranked(self, scored: _Scored, topic: int) -> list[int]:
        scores = scored.scores[topic]
        order = np.argsort(-scores, kind="stable")[:CANDIDATES]
        return [int(column) for column in order if scores[column] > 0]

    def _label(
        self, ranked: list[int], scored: _Scored, topic: int, members: Ints, siblings: list[tuple[str, ...]]
    ) -> str | None:
        """The best label of one phrase or two that no sibling contains and nobody has."""
        firsts = [column for column in ranked if self._may_name(column)]
        for first in firsts:
            text = self._phrases.texts[first]
            if scored.coverage[topic, first] < COVERED:
                for second in self._seconds(first, firsts, scored, topic, members):
                    joined = join_phrases(text, self._phrases.texts[second])
                    if self._is_free(joined, siblings):
                        return as_label(joined)
            if self._is_free(text, siblings):
                return as_label(text)
        return None

    def _may_name(self, column: int) -> bool:
        words = self._phrases.words[column]
        return not (len(words) == 1 and words[0] in GENERIC_WORDS)

    def _seconds(
        self, first: int, ranked: list[int], scored: _Scored, topic: int, members: Ints
    ) -> Iterable[int]:
        """Phrases worth standing beside `first`: well scored, of other words, in papers that it misses."""
        scores = scored.scores[topic]
        held = self._holders(first, members)
        worth: list[tuple[float, int]] = []
        words = set(self._phrases.words[first])
        for column in ranked:
            if scores[column] < SECOND_SCORE * scores[first]:
                break
            if words & set(self._phrases.words[column]):
                continue
            new = self._holders(column, members) & ~held
            worth.append((-float(scores[column]) * float(new.mean()), column))
        return [column for gain, column in sorted(worth)[:5] if gain < 0]

    def _holders(self, column: int, members: Ints) -> npt.NDArray[np.bool_]:
        holders = np.zeros(self._phrases.paper_count, dtype=np.bool_)
        start, end = self._presence.indptr[column], self._presence.indptr[column + 1]
        holders[self._presence.indices[start:end]] = True
        return holders[members]

    def _is_free(self, label: str, siblings: list[tuple[str, ...]]) -> bool:
        words = phrase_words(label)
        if len(label) > LONGEST_LABEL or words in self._taken:
            return False
        return not any(contains_words(words, other) or contains_words(other, words) for other in siblings)

    def _fallback(self, text: str) -> str:
        """A label from a title, cut to fit and told apart by a number."""
        short = text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1].rsplit(" ", 1)[0] + "…"
        label, number = short, 2
        while phrase_words(label) in self._taken:
            label = f"{short[: LONGEST_LABEL - 5]} ({number})"
            number += 1
        return label

    def _keywords(self, ranked: list[int]) -> list[int]:
        """The best phrases that do not repeat one another."""
        chosen: list[int] = []
        for column in ranked:
            words = self._phrases.words[column]
            if any(set(words) <= set(other) or set(other) <= set(words) for other in self._words(chosen)):
                continue
            chosen.append(column)
            if len(chosen) == KEYWORD_COUNT:
                break
        return chosen

    def _words(self, columns: Iterable[int]) -> Iterable[tuple[str, ...]]:
        return (self._phrases.words[column] for column in columns)

    def _coherence(self, columns: list[int]) -> float | None:
        """Mean NPMI (Bouma 2009) of all pairs of keywords: whether they stand in the same papers."""
        if len(columns) < 2:
            return None
        held = self._presence[:, columns]
        together = (held.T @ held).toarray() / self._phrases.paper_count
        alone = np.diag(together)
        pairs = np.triu_indices(len(columns), 1)
        joint, expected = together[pairs], (alone[:, None] * alone[None, :])[pairs]
        with np.errstate(divide="ignore", invalid="ignore"):
            npmi = np.where(joint >= 1.0, 1.0, np.log(joint / expected) / -np.log(joint))
        return round(float(np.where(joint > 0, npmi, -1.0).mean()), 4)


def _quality(words: tuple[str, ...]) -> float:
    generic = sum(word in GENERIC_WORDS for word in words) / len(words)
    return LENGTH_FACTORS[min(len(words), len(LENGTH_FACTORS)) - 1] * (GENERIC_FACTOR if generic >= 0.5 else 1.0)


def contains_words(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Whether `inner` stands in `outer` as a run of whole words."""
    return any(outer[start : start + len(inner)] == inner for start in range(len(outer) - len(inner) + 1))


def join_phrases(first: str, second: str) -> str:
    """Two phrases as one label."""
    return f"{first} and {second}"
