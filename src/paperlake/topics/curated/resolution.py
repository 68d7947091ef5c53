"""Finding the topics of a fit that people's decisions are about, and what the decisions make of them.

A topic is found by its id, or, once that has ended, by the papers that it had (`memory.py`). Decisions are
applied in one order, whatever the order of lines: split, merge, pin, file, rename. The result is a `Draft`:
topics of the fit and split-off ones, linked to those that they are merged into; `published.py` files papers
under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from paperlake.catalogue.topic_tables import SUBTOPIC_LEVEL, TOPIC_LEVEL
from paperlake.catalogue.vocabulary import LabelSource
from paperlake.text.display import plural
from paperlake.topics.continuity.identity import topic_id as derived_id
from paperlake.topics.continuity.topic_model import ModelTopic, TopicModel
from paperlake.topics.curated.decisions import TopicAction, TopicDecision
from paperlake.topics.curated.memory import Memory, find_successor, topic_places
from paperlake.vectors.arrays import Ints

MAX_SHOWN_IDS = 3  # ids named in a message


@dataclass
class DraftTopic:
    """A topic or subtopic, of the fit or split off."""

    topic: ModelTopic
    level: int
    parent: int = -1
    """Number of the topic of a subtopic."""
    merged_into: int = -1
    split_from: int = -1
    """Number of the topic that it was split off from; -1 for one of the fit."""
    named: tuple[str, ...] = ()
    """Papers that a person named, of a subtopic that was split off."""
    line: int = 0
    """Of the decision that split it off."""


@dataclass
class Draft:
    """Topics of both levels with what people decided."""

    topics: list[DraftTopic]
    subtopics: list[DraftTopic]
    moves: dict[str, tuple[int, int, bool]] = field(default_factory=dict)
    """By paper_id: level and number of the topic that it is filed under, and whether a person named it."""
    stale: list[str] = field(default_factory=list)
    """Messages about lines without effect."""
    moved: list[str] = field(default_factory=list)
    """Messages about lines whose topic has another id now."""

    def level(self, level: int) -> list[DraftTopic]:
        """Return the topics of a level."""
        return self.topics if level == TOPIC_LEVEL else self.subtopics

    def root(self, level: int, number: int) -> int:
        """Return the topic that a topic was merged into in the end, or itself."""
        topics = self.level(level)
        while topics[number].merged_into >= 0:
            number = topics[number].merged_into
        return number


def draft_of(model: TopicModel) -> Draft:
    """Return the topics of a fit without any decision."""
    parents = model.topic_of.tolist()
    return Draft(
        [DraftTopic(topic, TOPIC_LEVEL) for topic in model.topics],
        [
            DraftTopic(topic, SUBTOPIC_LEVEL, parent)
            for topic, parent in zip(model.subtopics, parents, strict=True)
        ],
    )


def resolve(
    model: TopicModel, decisions: Sequence[TopicDecision], memory: Memory, present: frozenset[str]
) -> Draft:
    """Apply decisions to the topics of a fit.

    Args:
        model: The fit, with at least one topic.
        decisions: From `read_topic_decisions`.
        memory: Of the topics that the decisions name.
        present: Those of the papers that the decisions name that are in the lake.
    """
    resolver = _Resolver(model, memory, present)
    steps = {
        TopicAction.SPLIT: resolver.split,
        TopicAction.MERGE: resolver.merge,
        TopicAction.PIN: resolver.pin,
        TopicAction.FILE: resolver.file,
        TopicAction.RENAME: resolver.rename,
    }
    for action, apply in steps.items():
        for decision in decisions:
            if decision.action == action:
                apply(decision)
    return resolver.draft


class _Resolver:
    def __init__(self, model: TopicModel, memory: Memory, present: frozenset[str]) -> None:
        self.model = model
        self.draft = draft_of(model)
        self._memory = memory
        self._present = present
        self._places = topic_places(model)
        self._renamed: set[tuple[int, int]] = set()

    def split(self, decision: TopicDecision) -> None:
        """Make a topic of some papers of a subtopic, or of some subtopics of a topic."""
        place = self._find(decision, decision.topic_id)
        if place is None:
            return
        level, number = place
        if any(one.split_from == number for one in self.draft.level(level)):
            self._stale(decision, f"another line splits {decision.topic_id}")
            return
        home = self._home(decision) if level == SUBTOPIC_LEVEL else number
        if home != number:
            self._name_home(decision, home)
            return
        members = self._split_members(decision, level, number)
        if not members:
            return
        new_id = split_id(level, decision.ids)
        origin = self.draft.level(level)[number]
        new = DraftTopic(
            replace(
                origin.topic, topic_id=new_id, label=decision.label or "", keywords=[decision.label or ""],
                coherence=None, label_source=LabelSource.CURATED, description=decision.description,
            ),
            level, origin.parent, split_from=number, line=decision.line,
        )  # fmt: skip
        if level == SUBTOPIC_LEVEL:
            new.named = tuple(str(one) for one in members)
        topics = self.draft.level(level)
        topics.append(new)
        self._places[new_id] = (level, len(topics) - 1)
        if level == TOPIC_LEVEL:
            for one in members:
                self.draft.subtopics[int(one)].parent = len(topics) - 1

    def _home(self, decision: TopicDecision) -> int | None:
        """Return the subtopic of the fit that has most of the papers that a line names, if it has any."""
        rows = self._rows(decision)
        if not rows.size:
            return None
        counts = np.bincount(self.model.papers.subtopics.groups[rows])
        return int(counts.argmax())

    def _rows(self, decision: TopicDecision) -> Ints:
        """Return the rows of the papers that a line names in the fit."""
        ids = np.array(self.model.papers.paper_ids, dtype="S16")
        return np.flatnonzero(np.isin(ids, np.array(decision.ids, dtype="S16")))

    def _name_home(self, decision: TopicDecision, home: int | None) -> None:
        """Name the subtopic that papers which were to be split off have come to by a refit."""
        if home is None:
            self._stale(decision, "no topic was fitted on any of the papers")
            return
        topic = self.draft.subtopics[home].topic
        self._moved(decision, f"its papers are in {topic.topic_id} ({topic.label}) now, which gets the label")
        self._set_label(decision, SUBTOPIC_LEVEL, home)

    def _split_members(self, decision: TopicDecision, level: int, number: int) -> list[int] | list[str]:
        """Return the subtopics or the papers that a line splits off; none where it has no effect."""
        if level == SUBTOPIC_LEVEL:
            rows = self._rows(decision)
            rows = rows[self.model.papers.subtopics.groups[rows] == number]
            return [self.model.papers.paper_ids[row] for row in rows.tolist()]
        places = [self._find(decision, one) for one in decision.ids]
        inside = [
            place[1]
            for place in places
            if place and place[0] == SUBTOPIC_LEVEL and self.draft.subtopics[place[1]].parent == number
        ]
        siblings = sum(one.parent == number for one in self.draft.subtopics)
        if not inside or len(inside) == siblings:
            self._stale(decision, "it must name some of the subtopics of the topic, and not all")
            return []
        return inside

    def merge(self, decision: TopicDecision) -> None:
        """Merge topics of one level, or move subtopics into a topic."""
        target = self._find(decision, decision.topic_id)
        if target is None:
            return
        for one in decision.ids:
            place = self._find(decision, one)
            if place is None:
                continue
            level, number = place
            root = self.draft.root(*target)
            if level == target[0]:
                if self.draft.root(level, number) != root:
                    self.draft.level(level)[self.draft.root(level, number)].merged_into = root
            elif level == SUBTOPIC_LEVEL:
                self.draft.subtopics[number].parent = root
            else:
                self._stale(decision, f"{one} is a topic, and cannot become part of a subtopic")

    def pin(self, decision: TopicDecision) -> None:
        """Keep the papers and the label that a topic had when it was pinned."""
        place, pinned = self._find(decision, decision.topic_id), self._memory.pinned.get(decision.topic_id)
        if place is None or pinned is None:
            return
        for paper_id in pinned.papers:
            self.draft.moves.setdefault(paper_id, (*place, False))
        topics = self.draft.level(place[0])
        topics[place[1]].topic = replace(topics[place[1]].topic, label=pinned.label)

    def file(self, decision: TopicDecision) -> None:
        """File papers under a topic."""
        place = self._find(decision, decision.topic_id)
        missing = [one for one in decision.ids if one not in self._present]
        if missing:
            named = ", ".join(missing[:MAX_SHOWN_IDS])
            verb = "is" if len(missing) == 1 else "are"
            self._stale(decision, f"{plural(len(missing), 'paper')} ({named}) {verb} not in the lake")
        if place is not None:
            self.draft.moves |= {one: (*place, True) for one in decision.ids if one in self._present}

    def rename(self, decision: TopicDecision) -> None:
        """Give a topic a label, and perhaps a description."""
        place = self._find(decision, decision.topic_id)
        if place is None:
            return
        root = (place[0], self.draft.root(*place))
        topic = self.draft.level(place[0])[place[1]].topic
        if root != place:
            into = self.draft.level(place[0])[root[1]].topic.topic_id
            self._stale(decision, f"topic {topic.topic_id} is merged into {into}")
        else:
            self._set_label(decision, *place)

    def _set_label(self, decision: TopicDecision, level: int, number: int) -> None:
        """Give a topic the label of a line, unless another line has named it."""
        draft = self.draft.level(level)[number]
        if (level, number) in self._renamed:
            self._stale(decision, f"another line names {draft.topic.topic_id}, which has its papers now")
            return
        self._renamed.add((level, number))
        draft.topic = replace(
            draft.topic,
            label=decision.label or "",
            description=decision.description or draft.topic.description,
            label_source=LabelSource.CURATED,
        )

    def _find(self, decision: TopicDecision, topic_id: str) -> tuple[int, int] | None:
        """Return level and number of a topic, which may have another id now; None where it is gone."""
        if topic_id in self._places:
            return self._places[topic_id]
        known = self._memory.topics.get(topic_id)
        if known is None:
            self._stale(decision, f"there is no topic {topic_id}")
            return None
        number = find_successor(self.model, known)
        if number is None:
            self._stale(
                decision, f"topic {topic_id} ({known.label}) has ended, and no topic has half of its papers"
            )
            return None
        topic = self.model.levels[known.level - 1][number]
        self._moved(
            decision,
            f"topic {topic_id} has ended; it applies to {topic.topic_id} ({topic.label}), which has most of "
            "its papers",
        )
        return known.level, number

    def _stale(self, decision: TopicDecision, reason: str) -> None:
        self.draft.stale.append(f"topics.csv, line {decision.line}: {reason}; {_EFFECT[decision.action]}.")

    def _moved(self, decision: TopicDecision, reason: str) -> None:
        self.draft.moved.append(f"topics.csv, line {decision.line}: {reason}.")


_EFFECT = {
    TopicAction.RENAME: "the line has no effect",
    TopicAction.SPLIT: "the line has no effect",
    TopicAction.PIN: "the line has no effect",
    TopicAction.MERGE: "it is not merged",
    TopicAction.FILE: "nothing is filed for it",
}


def split_id(level: int, ids: Sequence[str]) -> str:
    """Return the id of a topic that is split off: it follows from the least id that is named."""
    return derived_id(level, f"split {min(ids)}")
