"""The answers of a language model that are kept in the lake: no topic is asked about twice.

Answers are in small files that are never changed, named by their content. An answer is found by what was
asked: model, instructions, level and phrases of the topic, and the papers that it had. It serves a topic as
long as the topic has these phrases and at least half of these papers, whatever its id, also after a fit from
scratch.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from paperlake.lake import Lake
from paperlake.lake.files import hash_bytes, write_bytes
from paperlake.topics.llm.evidence import TopicToName
from paperlake.topics.llm.prompt import prompt_digest
from paperlake.topics.llm.validation import TopicName

FILE_VERSION = 1
NAME_CHARS = 16
MAX_UNSAVED = 16  # answers: what a kill can lose at most
MIN_SHARE = 0.5  # of an answer's papers that are fitted now, in the topic that it serves
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """A topic to ask about."""

    topic: TopicToName
    taken: tuple[str, ...] = ()
    """Names of siblings from which the name must differ, as the answer before did not."""


@dataclass(frozen=True)
class Answer:
    """An answer that was checked, and what it was an answer to."""

    model: str
    prompt: str
    level: int
    label: str
    taken: tuple[str, ...]
    papers: tuple[str, ...]
    """The central papers of the topic when it was asked about."""
    name: str | None
    """None where every answer was refused."""
    description: str | None
    refused: str | None
    """Why the last answer was refused."""

    @classmethod
    def to(cls, question: Question, model: str, found: TopicName | None, refused: str | None) -> Answer:
        """Return the answer to a question: a name, or why there is none."""
        topic = question.topic
        name, description = (found.name, found.description) if found else (None, None)
        return cls(
            model, prompt_digest(), topic.level, topic.label, question.taken, topic.central,
            name, description, None if found else refused,
        )  # fmt: skip

    def share_in(self, topic: TopicToName, fitted: frozenset[str]) -> float:
        """Return the share of the answer's papers that are in a topic, of those that are fitted now."""
        there = [one for one in self.papers if one in fitted]
        return sum(one in topic.papers for one in there) / len(there) if there else 0.0


class AnswerStore:
    """The answers of one model in one lake; hold the lake's lock to add some."""

    def __init__(self, lake: Lake, model: str) -> None:
        self._folder = lake.topic_names()
        self._model = model
        self._unsaved: list[Answer] = []
        self._found: dict[tuple[int, str, tuple[str, ...]], list[Answer]] = defaultdict(list)
        for answer in self._read():
            if (answer.model, answer.prompt) == (model, prompt_digest()):
                self._remember(answer)

    def find(self, question: Question, fitted: frozenset[str]) -> Answer | None:
        """Return the answer to a question: of several, the one with most of its papers in the topic.

        Args:
            question: The question.
            fitted: All papers of the fit.
        """
        topic = question.topic
        known = self._found.get((topic.level, topic.label, question.taken), [])
        shares = [(answer.share_in(topic, fitted), json.dumps(asdict(answer))) for answer in known]
        if not shares or max(shares)[0] < MIN_SHARE:
            return None
        return known[shares.index(max(shares))]

    def add(self, answers: Iterable[Answer]) -> None:
        """Keep answers; they are written in files of `MAX_UNSAVED`, and by `save`."""
        for answer in answers:
            self._remember(answer)
            self._unsaved.append(answer)
            if len(self._unsaved) >= MAX_UNSAVED:
                self.save()

    def save(self) -> None:
        """Write the answers that are not written yet."""
        if self._unsaved:
            values = {"version": FILE_VERSION, "answers": [asdict(answer) for answer in self._unsaved]}
            content = json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True).encode()
            write_bytes(self._folder / f"{hash_bytes(content)[:NAME_CHARS]}.json", content)
            self._unsaved = []

    def _remember(self, answer: Answer) -> None:
        self._found[answer.level, answer.label, answer.taken].append(answer)

    def _read(self) -> Iterable[Answer]:
        for path in sorted(self._folder.glob("*.json")):
            content = path.read_bytes()
            try:
                if hash_bytes(content)[:NAME_CHARS] != path.stem:
                    raise ValueError("its content is not that of its name")
                values = json.loads(content)
                answers = [_answer(value) for value in values["answers"]]
            except (ValueError, KeyError, TypeError) as error:
                _log.warning("%s is damaged (%s); what it had is asked for again.", path, error)
                continue
            if values["version"] == FILE_VERSION:
                yield from answers


def _answer(value: dict[str, Any]) -> Answer:
    return Answer(**{**value, "taken": tuple(value["taken"]), "papers": tuple(value["papers"])})
