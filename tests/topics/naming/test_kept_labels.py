"""Keeping labels from fit to fit."""

from __future__ import annotations

import numpy as np

from paperlake.topics.naming.kept_labels import LabelSupport, PreviousLabel, labels_to_keep
from paperlake.topics.naming.phrases import build_phrases

TITLES = [
    *(f"Graph embedding in case {number}" for number in range(4)),
    *(f"Speech recognition in case {number}" for number in range(4)),
]
GROUPS = np.array([0] * 4 + [1] * 4)
SIBLINGS = np.zeros(2, dtype=np.int64)


def support() -> LabelSupport:
    return LabelSupport(build_phrases(TITLES, [None] * len(TITLES), 1))


def kept(*labels: PreviousLabel | None) -> list[str | None]:
    return labels_to_keep(labels, GROUPS, SIBLINGS, support())


def test_support_counts_papers_that_hold_a_phrase() -> None:
    assert support().share("Graph embedding", np.arange(8)) == 0.5
    assert support().share("Graph embedding and speech recognition", np.arange(8)) == 1.0
    assert support().share("Quantum gravity", np.arange(8)) == 0.0


def test_label_is_kept_while_papers_hold_it() -> None:
    labels = PreviousLabel("Graph embedding", 1.0), PreviousLabel("Speech recognition", 1.0)
    assert kept(*labels) == ["Graph embedding", "Speech recognition"]


def test_label_without_support_is_replaced() -> None:
    assert kept(PreviousLabel("Speech recognition", 1.0), None) == [None, None]
    half = labels_to_keep(
        [PreviousLabel("Graph embedding", 1.0)], np.zeros(8, dtype=np.int64), SIBLINGS[:1], support()
    )
    assert half == ["Graph embedding"]


def test_label_inside_a_siblings_label_is_replaced() -> None:
    labels = (
        PreviousLabel("Speech recognition and graph embedding", 1.0),
        PreviousLabel("Speech recognition", 1.0),
    )
    assert kept(*labels) == ["Speech recognition and graph embedding", None]
