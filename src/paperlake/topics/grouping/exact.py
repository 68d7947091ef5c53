"""Fixed-point vectors: products and sums that come out the same on every machine.

Scaled to length 2**26 and rounded, two vectors have a dot product under 2**53: every partial sum is a whole
number that a float64 holds exactly, whatever order and number of threads the BLAS takes. Why this is so is
told in docs/decisions/0005-fixed-point-vectors.md. No topic, text or table is known here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from paperlake.vectors.arrays import Floats, Ints

UNIT = float(1 << 26)  # length of a fixed-point vector: its square, 2**52, still leaves a bit to spare
SCALED_ROWS = 8_192  # rows scaled at a time: they stay in the cache
MAX_BLOCK_ENTRIES = 1 << 24  # numbers in one block of cosines: 128 MB of float64
MIN_CENTERED = 1e-3  # of the unit: the largest entry of centred rows; under it, all rows are alike


def to_fixed_point(vectors: npt.NDArray[np.floating]) -> Floats:
    """Scale rows to length `UNIT` and round to whole numbers; rows of zeros stay zeros."""
    return _scale_in_place(vectors.astype(np.float64))


def _scale_in_place(rows: Floats) -> Floats:
    """Scale and round some rows at a time: half a million papers fit into memory once."""
    for start in range(0, len(rows), SCALED_ROWS):
        block = rows[start : start + SCALED_ROWS]
        lengths = np.sqrt(np.square(block).sum(axis=1, keepdims=True))
        block /= np.where(lengths > 0, lengths, 1.0)
        block *= UNIT
        np.rint(block, out=block)
    return rows


def center(vectors: Floats) -> Floats:
    """Subtract the mean vector from fixed-point rows and scale them again.

    The mean vector of papers of one field says "machine learning paper"; without it, differences within the
    field decide. Where all rows are alike nothing would be left, so the rows are returned as they are.
    """
    return subtract_mean(vectors, mean_vector(vectors))


def mean_vector(vectors: Floats) -> Floats:
    """Return the (dimensions,) mean of fixed-point rows in whole numbers; empty where all rows are alike."""
    if not len(vectors):
        return np.zeros(0)
    mean: Floats = np.rint(vectors.sum(axis=0) / len(vectors))
    largest = max((vectors.max(axis=0) - mean).max(), (mean - vectors.min(axis=0)).max())
    return mean if largest >= UNIT * MIN_CENTERED else np.zeros(0)


def subtract_mean(vectors: Floats, mean: Floats) -> Floats:
    """Subtract a mean vector from fixed-point rows and scale them again; do nothing for an empty one."""
    return _scale_in_place(vectors - mean) if mean.size else vectors


def cosine_blocks(rows: Floats, columns: Floats) -> Iterator[tuple[slice, Floats]]:
    """Compute the cosines of all rows with all columns, block by block.

    Yields:
        The slice of the rows, and their (rows of the block, columns) cosines, exact but for the last
        division.
    """
    height = max(1, MAX_BLOCK_ENTRIES // max(1, len(columns)))
    for start in range(0, len(rows), height):
        block = slice(start, min(start + height, len(rows)))
        similarity = rows[block] @ columns.T
        similarity *= 1.0 / (UNIT * UNIT)  # a power of two: exact
        yield block, similarity


def group_sums(vectors: Floats, groups: Ints, count: int) -> Floats:
    """Sum the rows of each of `count` groups, exactly; rows of group -1 are left out."""
    sums = np.zeros((count, vectors.shape[1]))
    for start in range(0, len(vectors), SCALED_ROWS):
        own = groups[start : start + SCALED_ROWS]
        order = np.argsort(own, kind="stable")
        order = order[np.searchsorted(own[order], 0) :]
        present, first = np.unique(own[order], return_index=True)
        if len(present):
            sums[present] += np.add.reduceat(vectors[start + order], first, axis=0)
    return sums


def sample_evenly(count: int, max_rows: int) -> Ints:
    """Return at most `max_rows` of `count` row numbers, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, max_rows)).astype(np.int64))
