"""Choosing the labels of topics and subtopics.

A label of a subtopic is the phrase that best separates it from all others and from its siblings; where that
covers too little, it is the name of a field, or a second phrase is added. A topic of several subtopics has
the name of a field, or of a phrase that most of them hold, or is named after two. Where the papers have
little in common, the label says so. Phrases come from `phrases.py`, their scores from `phrase_scores.py`,
fields from `fields.py`; nothing here looks at vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.levels import Levels
from paperlake.topics.naming.fields import MIN_JOINT_SHARE, MIN_SHARE, FieldEvidence
from paperlake.topics.naming.keywords import choose_keywords, coherence
from paperlake.topics.naming.label_text import (
    JOINT,
    LOOSE_PREFIX,
    MAX_LABEL,
    as_label,
    as_second_phrase,
    contains_words,
    content_words,
    join_phrases,
    say_the_same,
    shortened,
)
from paperlake.topics.naming.languages.english import phrase_words
from paperlake.topics.naming.phrase_scores import PhraseIndex
from paperlake.topics.naming.phrases import PhraseTable
from paperlake.topics.naming.topic_view import BROAD, NARROW, TopicView
from paperlake.vectors.arrays import Floats, Ints

MIN_COVERAGE_ALONE = 0.55  # a phrase in this share of a topic's papers names it without a second one
MIN_CLEAR_COVERAGE = 0.3  # a phrase in a smaller share of a subtopic is replaced by the name of a field
MIN_FIELD_ADVANTAGE = 1.5  # ... and in a larger one, of a field that so many times as many papers are of
MIN_NAMED_SHARE = 1 / 3  # of a subtopic's papers are evidence for the field whose name its best phrase is
GERMAN = "de:"  # begins the keys of German phrases
MIN_JOINT_COVERAGE = 0.4  # two phrases in a smaller share of a subtopic leave most of it out: it says "Other"
MIN_JOINT_PARTS = 0.55  # ... and two subtopics with a smaller share of the papers of their topic
SHARED_FACTOR = 0.5  # for a phrase that shares a word with a sibling's label
MIN_COMMON_COVERAGE = 0.3  # a phrase in this share of a broad topic's papers can name it alone ...
MIN_COMMON_SPREAD = 0.6  # ... if this share of them is in subtopics that hold it half as often at least


@dataclass(frozen=True)
class LevelToName:
    """The topics of one level that need labels."""

    groups: Ints
    """(papers,) topic of each paper, -1 for papers that count for none."""
    parents: Ints
    """(topics,) topics of equal parent are siblings; of subtopics, the number of their topic."""
    fallbacks: Sequence[str]
    """(topics,) a text for each topic, for when no phrase fits."""
    kept: Sequence[str | None]
    """(topics,) the label that each topic keeps, None for those that get a new one."""
    is_loose: Sequence[bool] = ()
    """(topics,) whether the papers of each have little in common; none where that is not known."""


@dataclass(frozen=True)
class Label:
    """Label, keywords and coherence of one topic."""

    text: str
    keywords: list[str]
    coherence: float | None


@dataclass(frozen=True)
class _Part:
    """A named subtopic, as part of its topic."""

    members: Ints
    """Rows of its papers."""
    first_phrase: str
    """The phrase that its label is or begins with."""
    label: str


class Labeller:
    """Names the topics of both levels; a label is given once."""

    def __init__(self, phrases: PhraseTable, fields: FieldEvidence | None = None) -> None:
        self._phrases = PhraseIndex(phrases)
        self._fields = fields or FieldEvidence.none(phrases.paper_count)
        self._taken: set[tuple[str, ...]] = set()
        """Words of the labels that topics of either level have."""
        self._used: set[str] = set()
        """Keys of phrases that may not be the second phrase of another label."""

    def name_levels(
        self, topics: LevelToName, subtopics: LevelToName, centrality: Floats
    ) -> Levels[list[Label]]:
        """Name all topics and subtopics.

        Subtopics are named first: a narrow label belongs to the narrow topic, and the labels of topics are
        built from those of their subtopics.

        Args:
            topics: The topics, siblings of one another.
            subtopics: The subtopics; `parents` are the numbers of the topics.
            centrality: (papers,) weight of each paper for its topics, over 0.
        """
        kept = (label for level in (topics, subtopics) for label in level.kept if label)
        self._taken |= {phrase_words(label) for label in kept}
        no_parts: list[list[_Part]] = [[] for _ in subtopics.parents]
        subtopic_labels, named = self._name_level(
            subtopics, centrality, no_parts, self._reserved(topics, subtopics)
        )
        parts: list[list[_Part]] = [[] for _ in topics.parents]
        for parent, part in zip(subtopics.parents.tolist(), named, strict=True):
            parts[parent].append(part)
        by_size = [sorted(of_topic, key=lambda part: -len(part.members)) for of_topic in parts]
        topic_labels, _ = self._name_level(topics, centrality, by_size, [None] * len(topics.parents))
        return Levels(topic_labels, subtopic_labels)

    def _reserved(self, topics: LevelToName, subtopics: LevelToName) -> list[str | None]:
        """Return for each subtopic the field that names its topic best, if it is one of several."""
        best: list[str | None] = []
        for topic in range(len(topics.parents)):
            inside = np.flatnonzero(subtopics.parents == topic)
            parts = [np.flatnonzero(subtopics.groups == number) for number in inside.tolist()]
            names = self._fields.names_of(np.flatnonzero(topics.groups == topic), parts)
            best.append(names[0] if names and len(parts) > 1 else None)
        return [best[topic] for topic in subtopics.parents.tolist()]

    def _name_level(
        self, level: LevelToName, centrality: Floats, parts: list[list[_Part]], reserved: Sequence[str | None]
    ) -> tuple[list[Label], list[_Part]]:
        """Name the topics of one level, largest first.

        Args:
            level: The topics.
            centrality: (papers,) weight of each paper.
            parts: The subtopics of each, largest first.
            reserved: The field that is to name the parent of each, and so none of its subtopics.
        """
        views = self._views(level, centrality, parts)
        # A phrase that names a topic best is the second phrase of no other label.
        best = [column for view in views for column in view.first_phrases[:1]]
        self._used |= {self._phrases.table.keys[column] for column in best}
        labels: dict[int, Label] = {}
        named: dict[int, _Part] = {}
        for view in sorted(views, key=lambda view: (-len(view.members), view.topic)):
            first: str | None
            kept = level.kept[view.topic]
            text: str | None
            if kept:
                text, first = kept, None
            elif len(parts[view.topic]) > 1:
                text, first = self._name_broad(view, parts[view.topic])
            else:
                text, first = self._name_narrow(view, reserved[view.topic])
            if not text:
                text = self._fallback(view, level.fallbacks[view.topic])
            view.siblings.append(text)
            self._taken.add(phrase_words(text))
            columns = choose_keywords(view)
            keywords = [self._phrases.table.texts[column] for column in columns]
            labels[view.topic] = Label(text, keywords, coherence(view, columns))
            first = first or text.removeprefix(LOOSE_PREFIX).split(JOINT)[0]
            named[view.topic] = _Part(view.members, first, text)
        order = range(len(views))
        return [labels[topic] for topic in order], [named[topic] for topic in order]

    def _views(self, level: LevelToName, centrality: Floats, parts: list[list[_Part]]) -> list[TopicView]:
        """Return a view of each topic; siblings share the list of their labels."""
        scored = self._phrases.score(level.groups, level.parents, centrality)
        siblings: dict[int, list[str]] = {parent: [] for parent in level.parents.tolist()}
        for label, parent in zip(level.kept, level.parents.tolist(), strict=True):
            if label:
                siblings[parent].append(label)
        members = [np.flatnonzero(level.groups == topic) for topic in range(len(level.parents))]
        return [
            TopicView(
                self._phrases,
                scored,
                topic,
                members[topic],
                BROAD if len(parts[topic]) > 1 else NARROW,
                siblings[parent],
                tuple(members[other] for other in np.flatnonzero(level.parents == parent) if other != topic),
                topic < len(level.is_loose) and level.is_loose[topic],
            )
            for topic, parent in enumerate(level.parents.tolist())
        ]

    def _name_broad(self, view: TopicView, parts: list[_Part]) -> tuple[str | None, str | None]:
        """Name a topic of several subtopics: by a field, a phrase that most hold, or after two of them."""
        field = self._field(view, [part.members for part in parts])
        said = [part.label for part in parts]
        if field and not any(content_words(field) == content_words(label) for label in said):
            return field, None
        joint = self._common_phrase(view, parts) or self._field(
            view, [part.members for part in parts], min_share=MIN_JOINT_SHARE
        )
        if joint:
            return joint, None
        joint, share = self._join_parts(view, parts)
        if joint and (view.is_loose or share < MIN_JOINT_PARTS):
            joint = self._loose(joint, view) or joint
        return (joint, None) if joint else self._best_phrases(view)

    def _name_narrow(self, view: TopicView, reserved: str | None) -> tuple[str | None, str | None]:
        """Name a subtopic: by its phrases where one covers enough of it, else by a field."""
        text, first = self._best_phrases(view)
        share = self._share(view, text)
        if text and text in self._fields.names_of(view.members, [], min_share=MIN_NAMED_SHARE):
            return text, first
        is_clear = bool(text) and JOINT not in str(text) and " " in str(text) and share >= MIN_CLEAR_COVERAGE
        field = self._field(view, [], reserved)
        if field and not (is_clear and self._fields.share(field, view.members) < MIN_FIELD_ADVANTAGE * share):
            return field, _part_of_field(field) or first
        if text and (JOINT in text or " " not in text):
            field = self._field(view, [], reserved, MIN_JOINT_SHARE)
            if field and JOINT not in field:
                return field, field
        is_thin = JOINT in str(text) and share < MIN_JOINT_COVERAGE
        if text and (is_thin or (view.is_loose and share < MIN_COVERAGE_ALONE)):
            return self._loose(text, view) or text, first or text
        return text, first

    def _share(self, view: TopicView, label: str | None) -> float:
        """Return the share of a topic's papers that hold a phrase of a label."""
        keys = {self._phrases.table.key(part) for part in (label or "").split(JOINT)}
        held = [view.holders(column) for column in view.ranked if self._phrases.table.keys[column] in keys]
        return float(np.any(held, axis=0).mean()) if held else 0.0

    def _field(
        self, view: TopicView, parts: list[Ints], reserved: str | None = None, min_share: float = MIN_SHARE
    ) -> str | None:
        """Return the field that names a topic best and is free."""
        for name in self._fields.names_of(view.members, parts, view.sibling_members, min_share):
            if name != reserved and self._is_free(name, view):
                return name
        return None

    def _loose(self, label: str, view: TopicView) -> str | None:
        """Return a label that says that a group has little in common; None where it does not fit."""
        text = LOOSE_PREFIX + (label if self._is_proper(label) else as_second_phrase(label))
        return text if self._is_free(text, view) else None

    def _common_phrase(self, view: TopicView, parts: list[_Part]) -> str | None:
        """Return a phrase that most subtopics of a topic hold."""
        for column in view.ranked:
            if not (view.may_name(column) and view.is_distinctive(column)):
                continue
            share = view.coverage(column)
            held = self._phrases.holders(column)
            spread = sum(len(part.members) for part in parts if held[part.members].mean() >= share / 2.0)
            text = self._phrases.table.texts[column]
            said = any(content_words(text) == content_words(part.label) for part in parts)
            is_common = (
                not said and share >= MIN_COMMON_COVERAGE and spread >= MIN_COMMON_SPREAD * len(view.members)
            )
            if is_common and self._is_free(text, view):
                return as_label(text)
        return None

    def _join_parts(self, view: TopicView, parts: list[_Part]) -> tuple[str | None, float]:
        """Join the first phrases of two subtopics, the largest whose joint label is free.

        Returns:
            The label, and the share of the papers that are in the two. Subtopics with little in common are
            left out where two others remain.
        """
        clear = [part for part in parts if not part.label.startswith(LOOSE_PREFIX)]
        parts = clear if len(clear) > 1 else parts
        for second in range(1, len(parts)):
            for first in range(second):
                joined = join_phrases(parts[first].first_phrase, self._as_second(parts[second]))
                if self._is_free(joined, view):
                    held = len(parts[first].members) + len(parts[second].members)
                    return joined, held / len(view.members)
        return None, 0.0

    def _as_second(self, part: _Part) -> str:
        """Return the first phrase of a part for the end of a label; German nouns keep their capitals."""
        phrase = part.first_phrase
        is_german = self._phrases.table.key(phrase).startswith(GERMAN)
        return phrase if is_german or self._is_proper(phrase) else as_second_phrase(phrase)

    def _is_proper(self, label: str) -> bool:
        """Return whether papers write the first phrase of a label with a capital inside a sentence."""
        return self._phrases.text(label.split(JOINT, maxsplit=1)[0])[:1].isupper()

    def _best_phrases(self, view: TopicView) -> tuple[str | None, str | None]:
        """Choose the best label of one phrase or two; with two, also the first of them."""
        table = self._phrases.table
        said = {word for other in view.siblings for word in content_words(other)}
        candidates = sorted(
            view.first_phrases,
            key=lambda column: (
                -view.worth(column) * (SHARED_FACTOR if said & self._phrases.word_sets[column] else 1.0)
            ),
        )
        for first in candidates:
            text = table.texts[first]
            if view.coverage(first) < MIN_COVERAGE_ALONE:
                for second in view.second_phrases(first, candidates, self._used):
                    joined = join_phrases(text, table.texts[second])
                    if self._is_free(joined, view):
                        self._used |= {table.keys[first], table.keys[second]}
                        return as_label(joined), as_label(text)
            if self._is_free(text, view):
                self._used.add(table.keys[first])
                return as_label(text), None
        return None, None

    def _is_free(self, label: str, view: TopicView) -> bool:
        """Return whether a label fits, is not given, and neither holds nor repeats nor is in a sibling's."""
        words = phrase_words(label)
        if len(label) > MAX_LABEL or words in self._taken:
            return False
        others = [(other, phrase_words(other)) for other in view.siblings]
        return not any(
            contains_words(words, inner) or contains_words(inner, words) or say_the_same(label, other)
            for other, inner in others
        )

    def _fallback(self, view: TopicView, title: str) -> str:
        """Return a label for a topic without a phrase of its own: its central title, or else a number."""
        label, number = shortened(title, MAX_LABEL), 0
        while not self._is_free(label, view):
            number += 1
            label = f"Further papers {number}"
        return label


def _part_of_field(field: str) -> str | None:
    """Return what a longer label has of the name of a field; None where its first word has no noun.

    >>> _part_of_field("Optimization and control"), _part_of_field("Complex and differential geometry")
    ('Optimization', None)
    """
    first, _, second = field.partition(JOINT)
    return None if " " in second else first
