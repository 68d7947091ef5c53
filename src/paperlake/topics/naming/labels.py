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

from paperlake.topics.grouping.exact import Floats, Ints
from paperlake.topics.naming.phrase_scores import PhraseScores, Scored
from paperlake.topics.naming.phrases import PhraseTable, as_label, phrase_words, singular, word_set
from paperlake.topics.naming.wordlists import GENERIC_WORDS

MAX_LABEL = 60  # characters; the schema of `topics` says so too
JOINT = " and "  # between two phrases of a label
KEYWORDS = (5, 10)  # of a topic: at least where its papers hold so many, and at most
COVERED = 0.55  # a phrase in this share of a topic's papers names it alone
NAMED_SHARE = 0.25  # a phrase in a smaller share of a topic's papers is worth less as its name
MIN_CONTRAST = 0.7  # a phrase in a label is twice as frequent in the topic as elsewhere: log(2)
WORD_FACTOR = 0.6  # for a single word in a label: as a keyword "vision" is fine, on a folder it says little
STEM = 4  # letters in which words must differ to say something new: chaos and chaotic do not
SHARED_FACTOR = 0.5  # for a phrase that shares a word with a sibling's label
COVERING = 0.3  # a phrase in this share of a broad topic's papers can name it alone ...
SPREAD = 0.6  # ... if this share of its papers is in subtopics that hold it half as often at least
CANDIDATES = 200  # phrases of a topic that are looked at, best first


@dataclass(frozen=True)
class Limits:
    """What differs between naming a narrow topic and a broad one."""

    word_covered: float
    """A single word in a smaller share of a topic's papers does not name it."""
    together: float
    """A keyword stands in some paper with this share of the keywords before it."""
    second_score: float
    """A second phrase is worth at least this much of the first."""


NARROW = Limits(word_covered=0.3, together=0.6, second_score=0.35)
BROAD = Limits(
    word_covered=0.75, together=0.3, second_score=0.2
)  # "Images" says too little of a topic of many subtopics


@dataclass(frozen=True)
class Naming:
    """What one topic is called."""

    label: str
    keywords: list[str]
    coherence: float | None


@dataclass(frozen=True)
class _Part:
    """A subtopic that was named, for the name of its topic."""

    members: Ints
    """Its papers."""
    first: str
    """The phrase that its label is or begins with."""


class Labeller:
    """Names the topics of one level after the other; a label is given once."""

    def __init__(self, phrases: PhraseTable) -> None:
        self._phrases = phrases
        self._scores = PhraseScores(phrases)
        self._presence = self._scores.presence
        self._word_sets = [word_set(text) for text in phrases.texts]
        self._limits = NARROW
        self._taken: set[tuple[str, ...]] = set()
        self._parts: dict[int, list[_Part]] = {}
        self._first_phrases: dict[str, str] = {}
        self._said: set[str] = set()  # keys of phrases that may no more be the second of a label

    def reserve(self, labels: Iterable[str | None]) -> None:
        """Give these labels, which topics keep from the fit before, to no other topic of any level."""
        self._taken |= {phrase_words(label) for label in labels if label}

    def name_topics(
        self,
        groups: Ints,
        parents: Ints,
        centrality: Floats,
        fallbacks: Sequence[str],
        limits: Sequence[Limits],
        kept: Sequence[str | None] = (),
    ) -> list[Naming]:
        """Name all topics of one level, largest first; of two levels, the finer one first.

        The name of a topic of several subtopics covers all of them, or else joins those of the largest two.

        Args:
            groups: (papers,) topic of each paper, -1 for papers that should not speak for any.
            parents: (topics,) topics of equal parent are siblings.
            centrality: (papers,) how much each paper speaks for its topic, over 0.
            fallbacks: A text for each topic, for when no phrase fits.
            limits: `NARROW` or `BROAD` for each topic; a broad one is named after its parts.
            kept: For each topic, the label that it keeps, or None; nothing for all to get new ones.
        """
        scored = self._scores.of_topics(groups, parents, centrality)
        sizes = np.bincount(groups[groups >= 0], minlength=len(parents))
        namings: dict[int, Naming] = {}
        siblings = _kept_words(kept, parents)
        part_members: dict[int, Ints] = {}
        for topic in range(len(parents)):
            # What names a topic best stands in no other label as a second phrase.
            self._limits = limits[topic]
            best = self._firsts(self._ranked(scored, topic), scored, topic)[:1]
            self._said |= {self._phrases.keys[column] for column in best}
        for topic in np.lexsort((np.arange(len(parents)), -sizes)).tolist():
            self._limits = limits[topic]
            members = np.flatnonzero(groups == topic)
            ranked = self._ranked(scored, topic)
            used = siblings.setdefault(int(parents[topic]), [])
            label = (
                (kept[topic] if kept else None)
                or self._named(ranked, scored, topic, members, used)
                or self._fallback(fallbacks[topic], used)
            )
            used.append(phrase_words(label))
            self._taken.add(phrase_words(label))
            part_members[topic] = members
            columns = self._keywords(ranked, scored.spare[topic])
            keywords = [self._phrases.texts[column] for column in columns]
            namings[topic] = Naming(label, keywords, self._coherence(columns))
        self._parts = {}
        for topic, members in part_members.items():
            label = namings[topic].label
            part = _Part(members, self._first_phrases.get(label, label.split(JOINT)[0]))
            self._parts.setdefault(int(parents[topic]), []).append(part)
        return [namings[topic] for topic in range(len(parents))]

    def _named(
        self, ranked: list[int], scored: Scored, topic: int, members: Ints, siblings: list[tuple[str, ...]]
    ) -> str | None:
        """The label of a topic, from its parts if it has some."""
        parts = self._parts.get(topic, [])
        if len(parts) > 1:
            of_all = self._covering(ranked, scored, topic, members, siblings)
            if joint := of_all or self._of_parts(parts, siblings):
                return joint
        return self._label(ranked, scored, topic, members, siblings)

    def _covering(
        self, ranked: list[int], scored: Scored, topic: int, members: Ints, siblings: list[tuple[str, ...]]
    ) -> str | None:
        """A phrase that most subtopics of a topic hold."""
        for column in ranked:
            share = scored.coverage[topic, column]
            if not (self._may_name(scored, topic, column) and self._tells(scored, topic, column)):
                continue
            held = self._holders(column, np.arange(self._phrases.paper_count))
            spread = sum(
                len(part.members) for part in self._parts[topic] if held[part.members].mean() >= share / 2.0
            )
            text = self._phrases.texts[column]
            if share >= COVERING and spread >= SPREAD * len(members) and self._is_free(text, siblings):
                return as_label(text)
        return None

    def _of_parts(self, parts: list[_Part], siblings: list[tuple[str, ...]]) -> str | None:
        """The first phrases of two subtopics, the largest that can stand together."""
        for second in range(1, len(parts)):
            for first in range(second):
                ends = parts[first].first, parts[second].first
                joined = join_phrases(ends[0], _inside(ends[1]))
                if self._is_free(joined, siblings):
                    return joined
        return None

    def _ranked(self, scored: Scored, topic: int) -> list[int]:
        scores = scored.scores[topic]
        order = np.argsort(-scores, kind="stable")[:CANDIDATES]
        return [int(column) for column in order if scores[column] > 0]

    def _label(
        self, ranked: list[int], scored: Scored, topic: int, members: Ints, siblings: list[tuple[str, ...]]
    ) -> str | None:
        """The best label of one phrase or two that no sibling contains and nobody has."""
        said = {word for other in siblings for word in other} - GENERIC_WORDS
        firsts = sorted(
            self._firsts(ranked, scored, topic),
            key=lambda column: (
                -self._worth(scored, topic, column)
                * (SHARED_FACTOR if said & self._word_sets[column] else 1.0)
            ),
        )
        for first in firsts:
            text = self._phrases.texts[first]
            if scored.coverage[topic, first] < COVERED:
                for second in self._seconds(first, firsts, scored, topic, members):
                    joined = join_phrases(text, self._phrases.texts[second])
                    if self._is_free(joined, siblings):
                        self._first_phrases[as_label(joined)] = as_label(text)
                        self._said |= {self._phrases.keys[first], self._phrases.keys[second]}
                        return as_label(joined)
            if self._is_free(text, siblings):
                self._said.add(self._phrases.keys[first])
                return as_label(text)
        return None

    def _firsts(self, ranked: list[int], scored: Scored, topic: int) -> list[int]:
        """Phrases that could be a topic's label or begin it, best first."""
        names = [column for column in ranked if self._may_name(scored, topic, column)]
        names = [column for column in names if self._tells(scored, topic, column)] or names
        return sorted(names, key=lambda column: -self._worth(scored, topic, column))

    def _may_name(self, scored: Scored, topic: int, column: int) -> bool:
        """Whether a phrase can stand in a label: a single word only if much of the topic is about it."""
        if not self._phrases.can_name[column]:
            return False
        if " " in self._phrases.texts[column]:
            return True
        return bool(scored.coverage[topic, column] >= self._limits.word_covered)

    def _tells(self, scored: Scored, topic: int, column: int) -> bool:
        """Whether a phrase is rare enough elsewhere to name this topic."""
        return bool(scored.contrast[topic, column] >= MIN_CONTRAST)

    def _worth(self, scored: Scored, topic: int, column: int) -> float:
        """The score of a phrase as a label: less if few of the topic's papers hold it or it is one word."""
        breadth = min(1.0, float(scored.coverage[topic, column]) / NAMED_SHARE)
        alone = 1.0 if " " in self._phrases.texts[column] else WORD_FACTOR
        return float(scored.scores[topic, column]) * breadth * alone

    def _seconds(
        self, first: int, ranked: list[int], scored: Scored, topic: int, members: Ints
    ) -> Iterable[int]:
        """Phrases worth standing beside `first`: well scored, of other words, in papers that it misses."""
        least = self._limits.second_score * self._worth(scored, topic, first)
        held = self._holders(first, members)
        worth: list[tuple[float, int]] = []
        for column in ranked:
            if self._worth(scored, topic, column) < least:
                continue
            if self._phrases.keys[column] in self._said or not self._phrases.title_counts[column]:
                continue
            if not self._differ(first, column):
                continue
            new = self._holders(column, members) & ~held
            worth.append((-self._worth(scored, topic, column) * float(new.mean()), column))
        return [column for gain, column in sorted(worth)[:5] if gain < 0]

    def _differ(self, first: int, second: int) -> bool:
        """Whether two phrases share no word, but perhaps their last one, which is then said once."""
        texts = self._phrases.texts[first], self._phrases.texts[second]
        if is_acronym(*texts) or is_acronym(*reversed(texts)):
            return False
        heads = [singular(text.casefold().split()[-1]) for text in texts]
        if heads[0] == heads[1]:
            modifiers = [word_set(text.rsplit(" ", 1)[0]) for text in texts if text.count(" ") == 1]
            return len(modifiers) == len(texts) and not modifiers[0] & modifiers[1]
        stems = [
            {word[:STEM] for word in self._word_sets[column] - GENERIC_WORDS} for column in (first, second)
        ]
        return not stems[0] & stems[1]

    def _holders(self, column: int, members: Ints) -> npt.NDArray[np.bool_]:
        holders = np.zeros(self._phrases.paper_count, dtype=np.bool_)
        start, end = self._presence.indptr[column], self._presence.indptr[column + 1]
        holders[self._presence.indices[start:end]] = True
        return holders[members]

    def _is_free(self, label: str, siblings: list[tuple[str, ...]]) -> bool:
        words = phrase_words(label)
        if len(label) > MAX_LABEL or words in self._taken:
            return False
        return not any(contains_words(words, other) or contains_words(other, words) for other in siblings)

    def _fallback(self, title: str, siblings: list[tuple[str, ...]]) -> str:
        """A label for a topic without a phrase of its own: its central title, or else a number."""
        label, number = shortened(title, MAX_LABEL), 0
        while not self._is_free(label, siblings):
            number += 1
            label = f"Further papers {number}"
        return label

    def _keywords(self, ranked: list[int], spare: Floats) -> list[int]:
        """The best phrases that do not repeat one another, topped up where there are few."""
        chosen = self._without_repeats([], ranked, KEYWORDS[1])
        if len(chosen) < KEYWORDS[0]:
            rest = np.argsort(-spare, kind="stable")[:CANDIDATES].tolist()
            chosen = self._without_repeats(
                chosen, [column for column in rest if spare[column] > 0], KEYWORDS[0]
            )
        return chosen

    def _without_repeats(self, chosen: list[int], columns: list[int], most: int) -> list[int]:
        """Add phrases that repeat none of the chosen and stand beside most of them in some paper."""
        places = {column: place for place, column in enumerate(dict.fromkeys([*chosen, *columns]))}
        if not places:
            return chosen
        held = self._presence[:, list(places)]
        meet = (held.T @ held).toarray() > 0
        chosen = list(chosen)
        for column in columns:
            if len(chosen) >= most:
                break
            words = self._word_sets[column]
            if any(words <= self._word_sets[other] or self._word_sets[other] <= words for other in chosen):
                continue
            beside = int(meet[places[column], [places[other] for other in chosen]].sum())
            if beside >= self._limits.together * len(chosen):
                chosen.append(column)
        return chosen

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


def _kept_words(kept: Sequence[str | None], parents: Ints) -> dict[int, list[tuple[str, ...]]]:
    """The words of the labels that topics keep, by parent."""
    words: dict[int, list[tuple[str, ...]]] = {}
    for label, parent in zip(kept, parents.tolist(), strict=bool(kept)):
        if label:
            words.setdefault(parent, []).append(phrase_words(label))
    return words


def contains_words(outer: tuple[str, ...], inner: tuple[str, ...]) -> bool:
    """Whether `inner` stands in `outer` as a run of whole words."""
    return any(outer[start : start + len(inner)] == inner for start in range(len(outer) - len(inner) + 1))


def shortened(title: str, length: int) -> str:
    """A title cut at a word so that it fits, with an ellipsis."""
    return title if len(title) <= length else title[:length].rsplit(" ", 1)[0][: length - 1] + "…"


def is_acronym(short: str, long: str) -> bool:
    """Whether a word of one phrase is made of the first letters of another, as ASR, NER and GNNs are."""
    initials = "".join(word[0] for word in long.casefold().split())
    return len(initials) > 1 and any(
        word.isupper() and word.casefold().endswith(initials)
        for word in (part.rstrip("s") for part in short.split())
    )


def join_phrases(first: str, second: str) -> str:
    """Two phrases as one label; a last word that two pairs of words share is said once."""
    words = first.split(), second.split()
    if all(len(pair) == 2 for pair in words) and singular(words[0][1].casefold()) == singular(
        words[1][1].casefold()
    ):
        first = words[0][0]
    return f"{first}{JOINT}{second}"


def _inside(label: str) -> str:
    """A label as it stands behind another word: its first letter small, unless the word has its own case."""
    return label[:1].lower() + label[1:] if label.split(" ", 1)[0][1:].islower() else label
