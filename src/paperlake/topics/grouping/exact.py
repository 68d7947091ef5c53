"""Vectors on a grid of whole numbers, so that products and sums come out the same everywhere.

Scaled to length 2**26 and rounded, two vectors have a dot product under 2**53: every partial sum is a whole
number that a float64 holds exactly, whatever order and number of threads the BLAS takes. Clustering stands
on these products; no topic, text or table is known here.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNIT = float(1 << 26)  # length of a vector on the grid: its square, 2**52, still leaves a bit to spare
SCALED_ROWS = 8_192  # rows scaled at a time: they stay in the cache
BLOCK_ENTRIES = 1 << 24  # numbers in one block of products: 128 MB of float64


def to_grid(vectors: npt.NDArray[np.floating]) -> Floats:
    """Scale rows to length `UNIT` and round to whole numbers; rows of zeros stay zeros."""
    return _scaled(vectors.astype(np.float64))


def _scaled(rows: Floats) -> Floats:
    """`to_grid` in place, some rows at a time: half a million papers fit into memory once."""
    for start in range(0, len(rows), SCALED_ROWS):
        block = rows[start : start + SCALED_ROWS]
        lengths = np.sqrt(np.square(block).sum(axis=1, keepdims=True))
        block /= np.where(lengths > 0, lengths, 1.0)
        block *= UNIT
        np.rint(block, out=block)
    return rows


def centred(grid: Floats) -> Floats:
    """The rows without what all of them share, on the grid again.

    The mean vector of papers of one field says "machine learning paper"; without it, differences within the
    field decide. Where all rows are alike nothing would be left, so the rows are given back as they are.
    """
    rest = grid - np.rint(grid.sum(axis=0) / len(grid))
    if max(rest.max(initial=0.0), -rest.min(initial=0.0)) < UNIT * 1e-3:
        return grid
    return _scaled(rest)


def products(rows: Floats, columns: Floats) -> Iterator[tuple[slice, Floats]]:
    """Cosines of all rows with all columns, block by block, exact but for the last division."""
    height = max(1, BLOCK_ENTRIES // max(1, len(columns)))
    for start in range(0, len(rows), height):
        block = slice(start, min(start + height, len(rows)))
        similarity = rows[block] @ columns.T
        similarity *= 1.0 / (UNIT * UNIT)  # a power of two: exact
        yield block, similarity


def group_sums(grid: Floats, groups: Ints, count: int) -> Floats:
    """Sum of the rows of each of `count` groups, exact; rows of group -1 are left out."""
    from scipy.sparse import csr_array  # noqa: PLC0415

    inside = np.flatnonzero(groups >= 0)
    ones = np.ones(len(inside))
    member = csr_array((ones, (groups[inside], inside)), shape=(count, len(grid)))
    sums: Floats = member @ grid
    return sums


def spread_rows(count: int, most: int) -> Ints:
    """At most `most` of `count` row numbers, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
