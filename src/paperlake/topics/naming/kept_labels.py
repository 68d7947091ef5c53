"""Which labels live on with their topics: those that still say what the topic's papers are about.

A label stays while at least half as many papers hold its phrases as when it was given, and while it neither
holds nor stands in a sibling's. Making new labels is `topics/labels.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.exact import Ints
from paperlake.topics.naming.labels import Naming, contains_words
from paperlake.topics.naming.phrases import PhraseTable, phrase_key, phrase_words

KEPT_SUPPORT = 0.5  # of the share of papers that held the label's phrases when it was given


@dataclass(frozen=True)
class OldLabel:
    """A label of the fit before."""

    text: str
    support: float
    """Share of the papers that held its phrases when it was given."""


class LabelSupport:
    """How many papers hold the phrases of a label."""

    def __init__(self, phrases: PhraseTable) -> None:
        self._columns = {key: column for column, key in enumerate(phrases.keys)}
        order = np.argsort(phrases.columns, kind="stable")
        self._rows = phrases.rows[order]
        self._ends = np.searchsorted(phrases.columns[order], np.arange(len(phrases.keys) + 1))

    def share(self, label: str, members: Ints) -> float:
        """The share of the papers `members` (rows of the phrase table) that hold a phrase of the label."""
        columns = [self._columns.get(phrase_key(part)) for part in label.split(" and ")]
        holders = [
            self._rows[self._ends[column] : self._ends[column + 1]]
            for column in columns
            if column is not None
        ]
        if not holders or not len(members):
            return 0.0
        return round(float(np.isin(members, np.concatenate(holders)).mean()), 4)

    def of_namings(
        self, namings: Sequence[Naming], groups: Ints, old: Sequence[OldLabel | None]
    ) -> list[tuple[Naming, float]]:
        """Each naming with the support of its label when that was given: of now, unless it is the old one."""
        return [
            (naming, before.support)
            if before and before.text == naming.label
            else (naming, self.share(naming.label, np.flatnonzero(groups == topic)))
            for topic, (naming, before) in enumerate(zip(namings, old, strict=True))
        ]


def labels_that_fit(
    labels: Sequence[OldLabel | None], groups: Ints, parents: Ints, support: LabelSupport
) -> list[str | None]:
    """The label that each topic of one level keeps, None for one that needs a new label.

    Args:
        labels: The label of each topic that lives on, None for others.
        groups: (papers of the phrase table,) the topic of each.
        parents: (topics,) topics of equal parent are siblings.
        support: Of the papers of now.
    """
    kept: list[str | None] = [None] * len(labels)
    sizes = np.bincount(groups, minlength=len(labels))
    for topic in np.lexsort((np.arange(len(labels)), -sizes)).tolist():
        label = labels[topic]
        if label is None:
            continue
        share = support.share(label.text, np.flatnonzero(groups == topic))
        siblings = [kept[other] for other in np.flatnonzero(parents == parents[topic]).tolist()]
        fits = share > 0.0 and share >= KEPT_SUPPORT * label.support
        if fits and not any(_clash(label.text, other) for other in siblings):
            kept[topic] = label.text
    return kept


def _clash(label: str, other: str | None) -> bool:
    words = phrase_words(label), phrase_words(other or "")
    return bool(words[1]) and (contains_words(*words) or contains_words(*reversed(words)))
