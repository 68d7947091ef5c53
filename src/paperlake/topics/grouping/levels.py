"""The two levels of the hierarchy, topics over subtopics, and how papers are assigned at each.

A pair of `Level` objects travels through all steps; nothing is computed here but their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from paperlake.vectors.arrays import Flags, Floats, Ints

RANK_DECIMALS = 6  # of centrality where papers are ordered by it: last bits change no order

T = TypeVar("T")


class Levels(NamedTuple, Generic[T]):
    """One thing for each level; iterating begins with the topics."""

    topics: T
    subtopics: T


@dataclass(frozen=True)
class Level:
    """Assignment of papers at one level: arrays with one row per paper."""

    number: int
    """`TOPIC_LEVEL` or `SUBTOPIC_LEVEL`."""
    groups: Ints
    """(papers,) number of the topic or subtopic."""
    score: Floats
    """(papers,) confidence in the assignment, 0 to 1."""
    centrality: Floats
    """(papers,) cosine to the centroid of the other papers of the group."""

    @classmethod
    def empty(cls, number: int) -> Level:
        """Return the level without papers."""
        return cls(number, np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))

    def take(self, rows: Ints) -> Level:
        """Return the given rows only."""
        return Level(self.number, self.groups[rows], self.score[rows], self.centrality[rows])

    def concatenate(self, others: Level) -> Level:
        """Return these rows, then those of `others`."""
        return Level(
            self.number,
            np.concatenate([self.groups, others.groups]),
            np.concatenate([self.score, others.score]),
            np.concatenate([self.centrality, others.centrality]),
        )

    def members(self, is_outlier: Flags, count: int) -> list[Ints]:
        """Return the papers of each of `count` groups without outliers, most central first.

        Equally central papers come in order of row.
        """
        order = np.lexsort((-np.round(self.centrality, RANK_DECIMALS), self.groups))
        order = order[~is_outlier[order]]
        ends = np.cumsum(np.bincount(self.groups[order], minlength=count))
        return np.split(order, ends[:-1])[:count]
