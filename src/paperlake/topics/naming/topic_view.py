"""One topic as it is named: its papers, its scored phrases, and which of them could be its label.

Nothing is chosen here: labels are chosen in `labels.py`, keywords in `keywords.py`.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from paperlake.topics.naming.label_text import is_acronym
from paperlake.topics.naming.languages.english import singular, word_set
from paperlake.topics.naming.phrase_scores import PhraseIndex, Scored
from paperlake.topics.naming.wordlists import generic_words
from paperlake.vectors.arrays import Flags, Ints

MIN_NAMED_SHARE = 0.25  # a phrase in a smaller share of a topic's papers is worth less as its name
MIN_CONTRAST = 0.7  # a phrase in a label is twice as frequent in the topic as elsewhere: log(2)
WORD_FACTOR = 0.6  # for a single word in a label: "vision" is a good keyword, as a label it says little
STEM_LETTERS = 4  # in which words must differ to say something new: chaos and chaotic do not
MAX_CANDIDATES = 200  # phrases of a topic that are looked at, best first
MAX_SECONDS = 5  # phrases tried as the second of a label


@dataclass(frozen=True)
class Limits:
    """Limits that differ between naming a narrow topic and a broad one."""

    min_word_coverage: float
    """A single word in a smaller share of a topic's papers does not name it."""
    min_co_occurrence: float
    """A keyword occurs in some paper with this share of the keywords before it."""
    min_second_score: float
    """A second phrase is worth at least this much of the first."""


NARROW = Limits(min_word_coverage=0.3, min_co_occurrence=0.6, min_second_score=0.35)
# "Images" says too little of a topic of many subtopics.
BROAD = Limits(min_word_coverage=0.75, min_co_occurrence=0.3, min_second_score=0.2)


@dataclass(frozen=True)
class TopicView:
    """One topic of a level, with all that its label is chosen by."""

    phrases: PhraseIndex
    scored: Scored
    """The phrases, scored for all topics of the level."""
    topic: int
    """Number of the topic."""
    members: Ints
    """Rows of its papers."""
    limits: Limits
    siblings: list[str]
    """Labels that topics of the same parent have so far; grows while the level is named."""
    sibling_members: tuple[Ints, ...] = ()
    """Rows of the papers of each other topic of the same parent."""
    is_loose: bool = False
    """Whether its papers have little in common."""

    @cached_property
    def ranked(self) -> list[int]:
        """Columns of the phrases with a score, best first, at most `MAX_CANDIDATES`."""
        scores = self.scored.scores[self.topic]
        order = np.argsort(-scores, kind="stable")[:MAX_CANDIDATES]
        return [int(column) for column in order if scores[column] > 0]

    @cached_property
    def first_phrases(self) -> list[int]:
        """Columns of the phrases that could be the label or begin it, best first."""
        names = [column for column in self.ranked if self.may_name(column)]
        names = [column for column in names if self.is_distinctive(column)] or names
        return sorted(names, key=lambda column: -self.worth(column))

    def coverage(self, column: int) -> float:
        """Return the share of the topic's papers that hold a phrase."""
        return float(self.scored.coverage[self.topic, column])

    def may_name(self, column: int) -> bool:
        """Return whether a phrase can be in a label: a single word only if it covers much of the topic."""
        if not self.phrases.table.can_name[column]:
            return False
        if self.phrases.table.weights[column] > 1:
            return True
        return self.coverage(column) >= self.limits.min_word_coverage

    def is_distinctive(self, column: int) -> bool:
        """Return whether a phrase is rare enough elsewhere to name this topic."""
        return bool(self.scored.contrast[self.topic, column] >= MIN_CONTRAST)

    def worth(self, column: int) -> float:
        """Return the score of a phrase as a label: less if it covers few papers or is a single word."""
        breadth = min(1.0, self.coverage(column) / MIN_NAMED_SHARE)
        alone = 1.0 if self.phrases.table.weights[column] > 1 else WORD_FACTOR
        return float(self.scored.scores[self.topic, column]) * breadth * alone

    def holders(self, column: int) -> Flags:
        """Return (members,) whether each paper of the topic holds a phrase."""
        return self.phrases.holders(column)[self.members]

    def second_phrases(self, first: int, candidates: list[int], used: AbstractSet[str]) -> list[int]:
        """Return phrases worth adding to `first`: well scored, of other words, in papers without it.

        Args:
            first: Column of the first phrase.
            candidates: Columns, best first.
            used: Keys of phrases that may not be the second phrase of a label.
        """
        min_worth = self.limits.min_second_score * self.worth(first)
        held = self.holders(first)
        gains: list[tuple[float, int]] = []
        for column in candidates:
            if self.worth(column) < min_worth:
                continue
            if self.phrases.table.keys[column] in used or not self.phrases.table.title_counts[column]:
                continue
            if not self._are_different(first, column):
                continue
            new = self.holders(column) & ~held
            gains.append((-self.worth(column) * float(new.mean()), column))
        return [column for gain, column in sorted(gains)[:MAX_SECONDS] if gain < 0]

    def _are_different(self, first: int, second: int) -> bool:
        """Return whether two phrases share no word, except perhaps their last one, which a label has once."""
        texts = self.phrases.table.texts[first], self.phrases.table.texts[second]
        if is_acronym(*texts) or is_acronym(*reversed(texts)):
            return False
        heads = [singular(text.casefold().split()[-1]) for text in texts]
        if heads[0] == heads[1]:
            modifiers = [word_set(text.rsplit(" ", 1)[0]) for text in texts if text.count(" ") == 1]
            return len(modifiers) == len(texts) and not modifiers[0] & modifiers[1]
        stems = [
            {word[:STEM_LETTERS] for word in self.phrases.word_sets[column] - generic_words()}
            for column in (first, second)
        ]
        return not stems[0] & stems[1]
