"""Matching the topics of a fit with those of the previous fit.

Topics are compared by the papers that both fits know, and by their centroids where these can be compared.
What happened to them as rows of a table is in `events.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.vectors.arrays import Floats, Ints

MIN_OVERLAP = 0.3  # of the papers in either that both hold (Jaccard): less is another topic
COSINE_WEIGHT = 0.1  # beside the overlap: decides between equal ones
COSINE_DECIMALS = 6  # compared: last bits decide nothing
MIN_PART = 0.5  # of a topic's papers that came out of one topic: it split from that one (MONIC's threshold)


@dataclass(frozen=True)
class Lineage:
    """Relations of the topics of one level to those of the previous fit."""

    matched_previous: Ints
    """(topics,) number of the previous topic that each continues, -1 for a topic that began."""
    split_from: Ints
    """(topics,) number of the previous topic that most of its known papers were in, -1 if there is none."""
    split_counts: Ints
    """(topics,) how many papers these are."""
    merged_into: Ints
    """(previous topics,) number of the topic that most of its papers are in now, -1 if there is none."""
    merged_counts: Ints
    """(previous topics,) how many papers these are."""


def trace_topics(previous: Ints, current: Ints, counts: tuple[int, int], cosines: Floats) -> Lineage:
    """Match topics one to one so that the overlap is largest (Hungarian method, Kuhn 1955).

    Continuing, splitting and merging are decided by shares of papers, as in MONIC (Spiliopoulou et al. 2006).

    Args:
        previous: (papers,) previous topic of each paper that both fits know.
        current: (papers,) its current topic.
        counts: How many previous and current topics there are.
        cosines: (previous topics, current topics) of their centroids.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    shared = np.zeros(counts, dtype=np.int64)
    np.add.at(shared, (previous, current), 1)
    sizes = np.bincount(previous, minlength=counts[0]), np.bincount(current, minlength=counts[1])
    overlap = shared / np.maximum(sizes[0][:, None] + sizes[1][None, :] - shared, 1)
    is_same = overlap >= MIN_OVERLAP
    weights = np.where(is_same, 1.0 + overlap + COSINE_WEIGHT * np.round(cosines, COSINE_DECIMALS), 0.0)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    matched_previous = np.full(counts[1], -1, dtype=np.int64)
    kept = is_same[rows, columns]
    matched_previous[columns[kept]] = rows[kept]
    return Lineage(matched_previous, *_largest_part(shared.T, sizes[1]), *_largest_part(shared, sizes[0]))


def _largest_part(shared: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """Return for each row the column that holds the largest part of it, and how much it holds.

    The column is -1 and the part 0 where the largest is smaller than `MIN_PART`.
    """
    if shared.shape[1] == 0:
        nothing = np.zeros(len(shared), dtype=np.int64)
        return nothing - 1, nothing
    best = shared.argmax(axis=1)
    count = np.take_along_axis(shared, best[:, None], axis=1)[:, 0]
    is_large = (count > 0) & (count >= MIN_PART * sizes)
    return np.where(is_large, best, -1), np.where(is_large, count, 0)
