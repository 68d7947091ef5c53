"""Keeping labels from fit to fit: those that still describe the papers of their topic.

A label is kept while at least half as many papers hold its phrases as when it was given, and while it neither
holds nor is in a sibling's label. New labels are chosen in `labels.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from paperlake.topics.naming.fields import FieldEvidence
from paperlake.topics.naming.label_text import JOINT, LOOSE_PREFIX, contains_words, say_the_same
from paperlake.topics.naming.labels import Label
from paperlake.topics.naming.languages.english import phrase_words
from paperlake.topics.naming.phrases import PhraseTable
from paperlake.vectors.arrays import Ints

MIN_KEPT_SUPPORT = 0.5  # of the share of papers that held the label's phrases when it was given
DECIMALS = 4


@dataclass(frozen=True)
class PreviousLabel:
    """A label of the previous fit."""

    text: str
    support: float
    """Share of the papers that held its phrases when it was given."""


class LabelSupport:
    """Shares of papers that hold the phrases of labels."""

    def __init__(self, phrases: PhraseTable, fields: FieldEvidence | None = None) -> None:
        self._fields = fields or FieldEvidence.none(phrases.paper_count)
        self._phrases = phrases
        self._columns = {key: column for column, key in enumerate(phrases.keys)}
        order = np.argsort(phrases.columns, kind="stable")
        self._rows = phrases.rows[order]
        self._ends = np.searchsorted(phrases.columns[order], np.arange(len(phrases.keys) + 1))

    def share(self, label: str, members: Ints) -> float:
        """Return the share of papers `members` (rows of the phrase table) that hold a phrase of the label.

        Of the name of a field, the share of those that are evidence for it.
        """
        field = self._fields.column(label)
        if field is not None and self._fields.holds[:, field].any():
            return round(float(self._fields.holds[members, field].mean()), DECIMALS) if len(members) else 0.0
        phrases = label.removeprefix(LOOSE_PREFIX).split(JOINT)
        columns = [self._columns.get(self._phrases.key(part)) for part in phrases]
        holders = [
            self._rows[self._ends[column] : self._ends[column + 1]]
            for column in columns
            if column is not None
        ]
        if not holders or not len(members):
            return 0.0
        return round(float(np.isin(members, np.concatenate(holders)).mean()), DECIMALS)

    def when_given(
        self, labels: Sequence[Label], groups: Ints, previous: Sequence[PreviousLabel | None]
    ) -> list[float]:
        """Return the support of each label when it was given: the current one, unless it was kept."""
        return [
            kept.support
            if kept and kept.text == label.text
            else self.share(label.text, np.flatnonzero(groups == topic))
            for topic, (label, kept) in enumerate(zip(labels, previous, strict=True))
        ]


def labels_to_keep(
    labels: Sequence[PreviousLabel | None], groups: Ints, parents: Ints, support: LabelSupport
) -> list[str | None]:
    """Return the label that each topic of one level keeps, None for one that needs a new label.

    Args:
        labels: The label of each topic that continues, None for others.
        groups: (papers of the phrase table,) the topic of each.
        parents: (topics,) topics of equal parent are siblings.
        support: Of the current papers.
    """
    kept: list[str | None] = [None] * len(labels)
    sizes = np.bincount(groups, minlength=len(labels))
    for topic in np.lexsort((np.arange(len(labels)), -sizes)).tolist():
        label = labels[topic]
        if label is None:
            continue
        share = support.share(label.text, np.flatnonzero(groups == topic))
        siblings = [kept[other] for other in np.flatnonzero(parents == parents[topic]).tolist()]
        fits = share > 0.0 and share >= MIN_KEPT_SUPPORT * label.support
        if fits and not any(_clash(label.text, other) for other in siblings):
            kept[topic] = label.text
    return kept


def _clash(label: str, other: str | None) -> bool:
    """Return whether one label is in the other as a run of words, or says the same."""
    words = phrase_words(label), phrase_words(other or "")
    is_part = bool(words[1]) and (contains_words(*words) or contains_words(*reversed(words)))
    return is_part or say_the_same(label, other or "")
