"""One order from two: how a paper's scores by meaning and by words become one.

Numbers in, numbers out; knows neither queries nor the warehouse. The choice is measured in
benchmarks/search.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float64]

# Chosen by the greatest mean MRR over the three kinds of questions on the half `tune` of
# benchmarks/search.py, among weights in steps of 0.1; the half `test` had no part in it.
MEANING_WEIGHT = 0.5  # the rest is for words
ORDER_WEIGHT = 0.6  # on top, for pairs of words that follow each other as in the query


def fuse(cosines: Scores, word_scores: Scores, meaning_weight: float = MEANING_WEIGHT) -> Scores:
    """A convex combination of both scores, each brought to 0..1 among the candidates.

    Bruch, Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023.

    Args:
        cosines: Cosine to the query, (n,).
        word_scores: BM25, 0 where no word is found, (n,).
        meaning_weight: What the cosine counts, 0..1; the rest is for words.
    """
    return meaning_weight * _to_unit(cosines) + (1 - meaning_weight) * _to_unit(word_scores, floor=0.0)


def word_pairs(stemmed: Sequence[str]) -> set[tuple[str, str]]:
    """The pairs of neighbours in a text."""
    return set(pairwise(stemmed))


def pairs_kept(asked: set[tuple[str, str]], text: set[tuple[str, str]]) -> float:
    """Which part of a query's word pairs a text holds, 0..1."""
    return len(asked & text) / len(asked) if asked else 0.0


def _to_unit(scores: Scores, floor: float | None = None) -> Scores:
    """Scores moved and stretched to 0..1; all 0 if there is nothing between them."""
    if not len(scores):
        return scores
    least = float(scores.min()) if floor is None else floor
    span = float(scores.max()) - least
    return (scores - least) / span if span > 0 else np.zeros_like(scores)


def best(scores: npt.NDArray[np.floating] | npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int64]:
    """Places of the `count` greatest scores, greatest first, ties by place."""
    if count < len(scores):
        least = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= least)
    else:
        places = np.arange(len(scores))
    return places[np.lexsort((places, -scores[places]))][:count]
