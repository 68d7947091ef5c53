"""Which topic of a fit is which of the fit before: who lives on, and where the others came from or went.

Topics are compared by the papers that both fits know, and by their centroids where these can be compared.
What happened to them as rows of a table is in `events.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.exact import Floats, Ints

MIN_OVERLAP = 0.3  # of the papers in either that both hold (Jaccard): less is another topic
COSINE_WEIGHT = 0.1  # beside the overlap: decides between equal ones
LARGE_PART = 0.5  # of a topic's papers that came out of one topic: it split from that one (MONIC's threshold)


@dataclass(frozen=True)
class Lineage:
    """How the topics of one level follow from those of the fit before."""

    lived_as: Ints
    """(new topics,) number of the old topic that it is, -1 for a topic that began."""
    came_from: Ints
    """(new topics,) number of the old topic that most of its known papers were in, -1 if there is none."""
    came_count: Ints
    """(new topics,) how many papers these are."""
    went_to: Ints
    """(old topics,) number of the new topic that most of its papers are in, -1 if there is none."""
    went_count: Ints
    """(old topics,) how many papers these are."""


def trace_topics(old: Ints, new: Ints, counts: tuple[int, int], cosines: Floats) -> Lineage:
    """Match topics one to one so that the overlap is largest (Hungarian method, Kuhn 1955).

    A topic lives on, splits or merges by shares of its papers, as MONIC (Spiliopoulou et al. 2006) has it.

    Args:
        old: (papers,) old topic of each paper that both fits know.
        new: (papers,) its new topic.
        counts: How many old and new topics there are.
        cosines: (old topics, new topics) of their centroids.
    """
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    shared = np.zeros(counts, dtype=np.int64)
    np.add.at(shared, (old, new), 1)
    sizes = np.bincount(old, minlength=counts[0]), np.bincount(new, minlength=counts[1])
    overlap = shared / np.maximum(sizes[0][:, None] + sizes[1][None, :] - shared, 1)
    same = overlap >= MIN_OVERLAP
    worth = np.where(same, 1.0 + overlap + COSINE_WEIGHT * np.round(cosines, 6), 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    lived_as = np.full(counts[1], -1, dtype=np.int64)
    kept = same[rows, columns]
    lived_as[columns[kept]] = rows[kept]
    return Lineage(lived_as, *_largest_part(shared.T, sizes[1]), *_largest_part(shared, sizes[0]))


def _largest_part(shared: Ints, sizes: Ints) -> tuple[Ints, Ints]:
    """For each row the column that holds the largest part of it, if that is large, and how much it holds."""
    if shared.shape[1] == 0:
        nothing = np.zeros(len(shared), dtype=np.int64)
        return nothing - 1, nothing
    best = shared.argmax(axis=1)
    count = np.take_along_axis(shared, best[:, None], axis=1)[:, 0]
    large = (count > 0) & (count >= LARGE_PART * sizes)
    return np.where(large, best, -1), np.where(large, count, 0)
