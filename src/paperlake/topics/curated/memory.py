"""Memory of the topics that people decided about: which papers they held, for when their id ends at a refit.

It is a file of the stage, committed together with the topic model. Of a topic that lives it follows from the
model; of one that has ended it is what was known at its last fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from paperlake.topics.continuity.topic_model import TopicModel

MEMORY_VERSION = 1
MAX_REMEMBERED = 50  # most central papers of a topic: enough to say which topic has most of them
MAX_PINNED = 1_000  # most central papers that a pin keeps
MIN_SHARE = 0.5  # of the remembered papers that are still there, in the topic that takes the decision


@dataclass(frozen=True)
class RememberedTopic:
    """A topic as the last fit that had it left it."""

    level: int
    label: str
    papers: list[str]
    """The most central papers, the most central first."""


@dataclass(frozen=True)
class SplitCenters:
    """The centres of the two halves of a topic that a person splits."""

    own: list[int]
    """Fixed-point vector of the half that has the named papers."""
    rest: list[int]
    own_sum: list[int]
    """Sum of the fixed-point vectors of the fitted papers of that half."""


@dataclass(frozen=True)
class Memory:
    """All that is remembered."""

    topics: dict[str, RememberedTopic] = field(default_factory=dict)
    """By topic_id."""
    pinned: dict[str, RememberedTopic] = field(default_factory=dict)
    """By topic_id: as they were when they were pinned."""
    splits: dict[str, SplitCenters] = field(default_factory=dict)
    """By fit, topic and named papers."""
    since: dict[str, int] = field(default_factory=dict)
    """Number of the fit at which a topic was first merged or split off, by its topic_id."""
    applied: str = ""
    """Digest of the decisions by which the papers of the last commit are filed."""
    shown: str = ""
    """Digest of the labels that people gave, and of `applied`."""

    def to_bytes(self) -> bytes:
        """Return the memory as JSON; equal memories give equal bytes."""
        return json.dumps({"version": MEMORY_VERSION, **asdict(self)}, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Memory:
        """Read what `to_bytes` has written; of a damaged file or another version, nothing."""
        try:
            values: dict[str, Any] = json.loads(content)
            if values.pop("version") != MEMORY_VERSION:
                return cls()
            return cls(
                {key: RememberedTopic(**value) for key, value in values["topics"].items()},
                {key: RememberedTopic(**value) for key, value in values["pinned"].items()},
                {key: SplitCenters(**value) for key, value in values["splits"].items()},
                values["since"],
                values["applied"],
                values["shown"],
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def with_fit(self, model: TopicModel, named: Iterable[str], pinned: Iterable[str]) -> Memory:
        """Return the memory of the topics that people name now, those of the fit as the fit has them.

        Args:
            model: The fit.
            named: The topic_ids of all decisions.
            pinned: The topic_ids that are pinned.
        """
        places = topic_places(model)
        topics = {
            topic_id: _remember(model, *places[topic_id], MAX_REMEMBERED)
            if topic_id in places
            else self.topics[topic_id]
            for topic_id in sorted(set(named))
            if topic_id in places or topic_id in self.topics
        }
        kept = {
            topic_id: self.pinned[topic_id]
            if topic_id in self.pinned
            else _remember(model, *places[topic_id], MAX_PINNED)
            for topic_id in sorted(set(pinned))
            if topic_id in places or topic_id in self.pinned
        }
        return replace(self, topics=topics, pinned=kept)


def topic_places(model: TopicModel) -> dict[str, tuple[int, int]]:
    """Return the level (from 1) and the number of each topic of a fit, by topic_id."""
    return {
        topic.topic_id: (level, number)
        for level, topics in enumerate(model.levels, 1)
        for number, topic in enumerate(topics)
    }


def _remember(model: TopicModel, level: int, number: int, limit: int) -> RememberedTopic:
    assigned = model.papers.levels[level - 1]
    members = assigned.members(model.papers.is_outlier, len(model.levels[level - 1]))[number]
    papers = [model.papers.paper_ids[row] for row in members[:limit].tolist()]
    return RememberedTopic(level, model.levels[level - 1][number].label, papers)


def find_successor(model: TopicModel, known: RememberedTopic) -> int | None:
    """Return the number of the topic that has most of the remembered papers; None if none has half of them.

    Of two with equally many, the one with the lesser topic_id.
    """
    ids = np.array(model.papers.paper_ids, dtype="S16")
    rows = np.flatnonzero(np.isin(ids, np.array(known.papers, dtype="S16")))
    if not rows.size:
        return None
    topics = model.levels[known.level - 1]
    counts = np.bincount(model.papers.levels[known.level - 1].groups[rows], minlength=len(topics))
    best = min(range(len(topics)), key=lambda number: (-counts[number], topics[number].topic_id))
    return best if counts[best] >= MIN_SHARE * rows.size else None
