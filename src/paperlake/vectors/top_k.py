"""The exact k greatest scores of each row, ties by column."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

from paperlake.vectors.arrays import Ints

GROUP_COLUMNS = 64  # scores of which only the maximum is partitioned: a sixtieth of the work

Score = TypeVar("Score", np.float32, np.float64, np.int64)


def top_k(
    scores: npt.NDArray[Score], count: int, decimals: int | None = None
) -> tuple[Ints, npt.NDArray[Score]]:
    """Find the `count` greatest scores of each row, greatest first, ties by column.

    Args:
        scores: (rows, columns), without NaN. Unsigned types are not supported.
        count: Cut to the number of columns.
        decimals: Round first, so that scores equal to so many decimals are ties; None compares exactly.

    Returns:
        Columns and (rounded) scores, both (rows, count).

    >>> top_k(np.array([[1, 3, 2, 3]], dtype=np.int64), 3)[0].tolist()
    [[1, 3, 2]]
    """
    count = min(count, scores.shape[1])
    if count <= 0 or not len(scores):
        return np.empty((len(scores), 0), np.int64), np.empty((len(scores), 0), scores.dtype)
    # A score that rounding makes equal to the last one is a candidate as well.
    tolerance = 0 if decimals is None else 10.0**-decimals
    bound = lower_bound(scores, count) - tolerance
    row, column = np.divmod(np.flatnonzero(scores >= bound[:, None]), scores.shape[1])
    value = scores[row, column]
    if decimals is not None:
        value = np.round(value, decimals)
    order = np.lexsort((column, -value, row))
    row, column, value = row[order], column[order], value[order]
    is_kept = np.arange(len(row)) - np.searchsorted(row, row) < count
    shape = (len(scores), count)
    return column[is_kept].reshape(shape), value[is_kept].reshape(shape)


def lower_bound(scores: npt.NDArray[Score], count: int) -> npt.NDArray[Score]:
    """Compute for each row a bound that at least `count` of its scores reach, and few more: (rows,).

    It is the count-th greatest of the maxima of groups of columns.
    """
    width = scores.shape[1]
    groups = width // GROUP_COLUMNS
    if groups < 2 * count:
        return np.partition(scores, width - count, axis=1)[:, width - count]
    maxima = scores[:, : groups * GROUP_COLUMNS].reshape(len(scores), GROUP_COLUMNS, groups).max(axis=1)
    return np.partition(maxima, groups - count, axis=1)[:, groups - count]
