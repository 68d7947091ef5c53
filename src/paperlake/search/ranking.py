"""Combine the scores by meaning and by words into one score.

Functions of numbers alone, without queries or the warehouse. The weights are measured by
benchmarks/search.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from paperlake.vectors.arrays import Floats, Hashes, Ints
from paperlake.vectors.top_k import Score, lower_bound

# Chosen by the greatest mean MRR over the three kinds of questions on the half `tune` of
# benchmarks/search.py, among weights in steps of 0.1; the half `test` was not used.
MEANING_WEIGHT = 0.5  # the rest is for words
ORDER_WEIGHT = 0.6  # added, for pairs of adjacent words of the query that are adjacent in the paper


def fuse(cosines: Floats, word_scores: Floats, meaning_weight: float = MEANING_WEIGHT) -> Floats:
    """Compute a convex combination of both scores, each scaled to 0..1 among the candidates: (n,).

    Bruch, Gai and Ingber, An Analysis of Fusion Functions for Hybrid Retrieval, TOIS 2023.

    Args:
        cosines: Cosine to the query, (n,).
        word_scores: BM25, 0 where a paper contains no word, (n,).
        meaning_weight: Weight of the cosine, 0..1; the rest is for words.
    """
    return meaning_weight * _to_unit(cosines) + (1 - meaning_weight) * _to_unit(word_scores, floor=0.0)


def word_pairs(stems: Sequence[str]) -> set[tuple[str, str]]:
    """Return the pairs of adjacent stems of a text."""
    return set(pairwise(stems))


def pair_share(asked: set[tuple[str, str]], text: str) -> float:
    """Compute the share of a query's word pairs that a text of stems contains, 0..1."""
    padded = f" {text} "
    return sum(f" {one} {other} " in padded for one, other in asked) / len(asked) if asked else 0.0


def _to_unit(scores: Floats, floor: float | None = None) -> Floats:
    """Scale scores to 0..1, from the least or `floor`; all 0 if they are equal."""
    if not len(scores):
        return scores
    least = float(scores.min()) if floor is None else floor
    span = float(scores.max()) - least
    return (scores - least) / span if span > 0 else np.zeros_like(scores)


def best(scores: npt.NDArray[Score], count: int, ids: Hashes) -> Ints:
    """Return the places of the `count` greatest scores (n,), greatest first, ties by id.

    Paper numbers would order ties differently in an index that was updated and in one built from nothing.

    Args:
        scores: (n,), without NaN.
        count: Cut to n.
        ids: The id of each paper as a number, (n,).

    >>> best(np.array([1.0, 2.0, 2.0]), 2, np.array([5, 9, 7], dtype=np.uint64)).tolist()
    [2, 1]
    """
    count = min(count, len(scores))
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    places = np.flatnonzero(scores >= lower_bound(scores[None, :], count))
    reached = scores[places]
    least = np.partition(reached, len(reached) - count)[len(reached) - count]
    tied = places[reached == least]
    places = places[reached > least]
    spare = count - len(places)
    if spare < len(tied):
        tied = tied[np.argpartition(ids[tied], spare - 1)[:spare]]
    places = np.concatenate([places, tied])
    return places[np.lexsort((ids[places], -scores[places]))]


def best_positive(scores: Floats, count: int, ids: Hashes) -> Ints:
    """Return what `best` does, of scores that are not negative, without those of 0.

    Few of the scores of a large lake are looked at more than once.
    """
    if not len(scores) or count <= 0:
        return np.empty(0, dtype=np.int64)
    bound = lower_bound(scores[None, :], min(count, len(scores)))[0]
    places = np.flatnonzero(scores >= bound) if bound > 0 else np.flatnonzero(scores)
    return places[best(scores[places], count, ids[places])]
