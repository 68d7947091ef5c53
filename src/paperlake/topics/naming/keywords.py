"""Choosing the keywords of a topic, and their coherence.

Phrases come scored from `phrase_scores.py`; labels are chosen in `labels.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from paperlake.topics.naming.topic_view import MAX_CANDIDATES, TopicView

MIN_KEYWORDS = 5  # of a topic, where its papers hold so many
MAX_KEYWORDS = 10
COHERENCE_DECIMALS = 4


def choose_keywords(view: TopicView) -> list[int]:
    """Return the columns of the best phrases that do not repeat one another.

    Where fewer than `MIN_KEYWORDS` phrases can be labels, others fill the list up.
    """
    chosen = _without_repeats(view, [], view.ranked, MAX_KEYWORDS)
    if len(chosen) < MIN_KEYWORDS:
        unfiltered = view.scored.unfiltered[view.topic]
        rest = np.argsort(-unfiltered, kind="stable")[:MAX_CANDIDATES].tolist()
        chosen = _without_repeats(
            view, chosen, [column for column in rest if unfiltered[column] > 0], MIN_KEYWORDS
        )
    return chosen


def _without_repeats(view: TopicView, chosen: list[int], columns: Sequence[int], limit: int) -> list[int]:
    """Add phrases that repeat none of the chosen and occur together with most of them in some paper."""
    places = {column: place for place, column in enumerate(dict.fromkeys([*chosen, *columns]))}
    if not places:
        return chosen
    held = view.phrases.presence[:, list(places)]
    co_occur = (held.T @ held).toarray() > 0
    chosen = list(chosen)
    for column in columns:
        if len(chosen) >= limit:
            break
        words = view.phrases.word_sets[column]
        others = [view.phrases.word_sets[other] for other in chosen]
        if any(words <= other or other <= words for other in others):
            continue
        together = int(co_occur[places[column], [places[other] for other in chosen]].sum())
        if together >= view.limits.min_co_occurrence * len(chosen):
            chosen.append(column)
    return chosen


def coherence(view: TopicView, columns: list[int]) -> float | None:
    """Return the mean NPMI (Bouma 2009) of all pairs of keywords, -1 to 1; None for fewer than two.

    High where the keywords occur in the same papers.
    """
    if len(columns) < 2:
        return None
    held = view.phrases.presence[:, columns]
    together = (held.T @ held).toarray() / view.phrases.table.paper_count
    alone = np.diag(together)
    pairs = np.triu_indices(len(columns), 1)
    joint, expected = together[pairs], (alone[:, None] * alone[None, :])[pairs]
    with np.errstate(divide="ignore", invalid="ignore"):
        npmi = np.where(joint >= 1.0, 1.0, np.log(joint / expected) / -np.log(joint))
    return round(float(np.where(joint > 0, npmi, -1.0).mean()), COHERENCE_DECIMALS)
