"""Choose the names of topics from the answers that are kept: a function of the topics and of these answers.

Siblings never have names that mean the same: where an answer says what a sibling is called, the model is
asked once more, with that name as taken. A topic whose answers were refused keeps its phrases, and so does
one whose name would be in the way of phrases that a sibling keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.topics.llm.answers import Answer, AnswerStore, Question
from paperlake.topics.llm.evidence import TopicToName
from paperlake.topics.llm.validation import TopicName
from paperlake.topics.naming.label_text import (
    LOOSE_PREFIX,
    as_second_phrase,
    contains_words,
    say_the_same,
)
from paperlake.topics.naming.languages.english import phrase_words

Ask = Callable[[Sequence[Question]], None]
"""Asks questions and keeps the answers, as far as that is possible."""


@dataclass
class ChosenNames:
    """The names, and what became of the topics without."""

    names: dict[str, TopicName] = field(default_factory=dict)
    """By topic_id."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why no name was accepted, by topic_id."""
    unanswered: list[str] = field(default_factory=list)
    """Ids of topics about which the model has not answered yet."""


class NameChoice:
    """The choice for all topics of a lake."""

    def __init__(self, topics: Sequence[TopicToName], store: AnswerStore) -> None:
        self._topics = topics
        self._store = store
        self._fitted = frozenset(one for topic in topics for one in topic.papers)

    def missing(self) -> list[Question]:
        """Return the first questions that have no answer yet: about topics that are new or changed."""
        questions = [Question(topic) for topic in self._topics if not topic.is_fixed]
        return [question for question in questions if self._answer(question) is None]

    def choose(self, ask: Ask) -> ChosenNames:
        """Return the names.

        Args:
            ask: Is given the questions that have no answer yet.
        """
        ask(self.missing())
        chosen = ChosenNames()
        for level in (TOPIC_LEVEL, SUBTOPIC_LEVEL):
            topics = [topic for topic in self._topics if topic.level == level]
            for topic in topics:
                if not topic.is_fixed:
                    self._name(topic, topics, chosen, ask)
            _withdraw(topics, chosen)
        return chosen

    def _name(self, topic: TopicToName, level: Sequence[TopicToName], chosen: ChosenNames, ask: Ask) -> None:
        """Put the name of a topic into `chosen`, or why it has none."""
        taken: tuple[str, ...] = ()
        answer = self._answer(Question(topic))
        if answer is not None and answer.name is not None:
            taken = _taken(answer.name, topic, level, chosen)
            if taken:
                again = Question(topic, taken)
                if self._answer(again) is None:
                    ask([again])
                answer = self._answer(again)
        if answer is None:
            chosen.unanswered.append(topic.topic_id)
        elif answer.name is None or answer.description is None:
            chosen.refused[topic.topic_id] = answer.refused or ""
        elif taken and _taken(answer.name, topic, level, chosen):
            chosen.refused[topic.topic_id] = "the name says what a sibling is called"
        else:
            chosen.names[topic.topic_id] = TopicName(_label(topic, answer.name), answer.description)

    def _answer(self, question: Question) -> Answer | None:
        return self._store.find(question, self._fitted)


def _label(topic: TopicToName, name: str) -> str:
    """Return a name as a label: of a loose group it says so."""
    return f"{LOOSE_PREFIX}{as_second_phrase(name)}" if topic.is_loose else name


def _taken(
    name: str, topic: TopicToName, level: Sequence[TopicToName], chosen: ChosenNames
) -> tuple[str, ...]:
    """Return the names at the level, and of the parent, that rule out a name for a topic."""
    found = {
        given
        for other, given in _given(level, chosen)
        if other.topic_id != topic.topic_id and _clash(name, given, is_sibling=_are_siblings(topic, other))
    }
    parent = chosen.names.get(topic.parent_id or "")
    parent_label = parent.name if parent else topic.parent_label
    if parent_label and parent_label.casefold() == name.casefold():
        found.add(parent_label)
    return tuple(sorted(found))


def _given(level: Sequence[TopicToName], chosen: ChosenNames) -> list[tuple[TopicToName, str]]:
    """Return the topics of a level that have a name by now, and those that people named."""
    named = [(one, chosen.names[one.topic_id].name) for one in level if one.topic_id in chosen.names]
    return named + [(one, one.label) for one in level if one.is_fixed]


def _are_siblings(one: TopicToName, other: TopicToName) -> bool:
    return one.parent_id == other.parent_id


def _clash(one: str, other: str, *, is_sibling: bool) -> bool:
    """Return whether two topics of a level must not be called so: siblings differ more than others."""
    one, other = one.removeprefix(LOOSE_PREFIX), other.removeprefix(LOOSE_PREFIX)
    if one.casefold() == other.casefold():
        return True
    words = phrase_words(one), phrase_words(other)
    is_part = contains_words(*words) or contains_words(*reversed(words))
    return is_sibling and (is_part or say_the_same(one, other))


def _withdraw(level: Sequence[TopicToName], chosen: ChosenNames) -> None:
    """Withdraw names that clash with phrases that another topic keeps, until none does."""
    while True:
        kept = [one for one in level if one.topic_id not in chosen.names and not one.is_fixed]
        clashing = [
            one.topic_id
            for one in level
            if one.topic_id in chosen.names
            and any(
                _clash(chosen.names[one.topic_id].name, other.label, is_sibling=_are_siblings(one, other))
                for other in kept
            )
        ]
        if not clashing:
            return
        for topic_id in clashing:
            del chosen.names[topic_id]
            chosen.refused[topic_id] = "the name says what a sibling is called"
