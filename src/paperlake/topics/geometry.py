"""Vectors on a grid of whole numbers, so that products and sums come out the same everywhere.

Scaled to length 2**26 and rounded, two vectors have a dot product under 2**53: every partial sum is a whole
number that a float64 holds exactly, whatever order and number of threads the BLAS takes. Clustering stands
on these products; no topic, text or table is known here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNIT = float(1 << 26)  # length of a vector on the grid: its square, 2**52, still leaves a bit to spare
REFERENCE_ROWS = 10_000  # rows among which neighbours are looked for: 20 s for 100,000 papers on 2 cores
BLOCK_ENTRIES = 1 << 25  # numbers in one block of products: 256 MB of float64


def to_grid(vectors: npt.NDArray[np.floating]) -> Floats:
    """Scale rows to length `UNIT` and round to whole numbers; rows of zeros stay zeros."""
    rows = vectors.astype(np.float64)
    lengths = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.rint(rows / np.where(lengths > 0, lengths, 1.0) * UNIT)


def centred(grid: Floats) -> Floats:
    """The rows without what all of them share, on the grid again.

    The mean vector of papers of one field says "machine learning paper"; without it, differences within the
    field decide. Where all rows are alike nothing would be left, so the rows are given back as they are.
    """
    rest = grid - np.rint(grid.sum(axis=0) / len(grid))
    if np.abs(rest).max(initial=0.0) < UNIT * 1e-3:
        return grid
    return to_grid(rest)


def products(rows: Floats, columns: Floats) -> Iterator[tuple[slice, Floats]]:
    """Cosines of all rows with all columns, block by block, exact but for the last division."""
    height = max(1, BLOCK_ENTRIES // max(1, len(columns)))
    for start in range(0, len(rows), height):
        block = slice(start, min(start + height, len(rows)))
        yield block, (rows[block] @ columns.T) / (UNIT * UNIT)


def group_sums(grid: Floats, groups: Ints, count: int) -> Floats:
    """Sum of the rows of each of `count` groups, exact; rows of group -1 are left out."""
    from scipy.sparse import csr_array  # noqa: PLC0415

    inside = np.flatnonzero(groups >= 0)
    ones = np.ones(len(inside))
    member = csr_array((ones, (groups[inside], inside)), shape=(count, len(grid)))
    sums: Floats = member @ grid
    return sums


@dataclass(frozen=True)
class Neighbours:
    """The nearest other rows of each row, nearest first."""

    rows: Ints
    """(rows, count) row numbers."""
    cosines: Floats
    """(rows, count)"""


def find_neighbours(grid: Floats, count: int) -> Neighbours:
    """The `count` nearest other rows of each row; exact up to `REFERENCE_ROWS` rows.

    Beyond that, neighbours are looked for among an evenly spread sample of that many rows: the work then
    grows with the rows, not with their square. `count` is cut to what there is.
    """
    reference = spread_rows(len(grid), REFERENCE_ROWS)
    count = min(count, len(reference) - 1)
    rows = np.empty((len(grid), count), dtype=np.int64)
    cosines = np.empty((len(grid), count))
    if count == 0:
        return Neighbours(rows, cosines)
    place = np.full(len(grid), -1)
    place[reference] = np.arange(len(reference))
    for block, similarity in products(grid, grid[reference]):
        inside = np.flatnonzero(place[block] >= 0)
        similarity[inside, place[block][inside]] = -2.0  # a row is no neighbour of itself
        best = np.sort(np.argpartition(-similarity, count - 1, axis=1)[:, :count], axis=1)
        values = np.take_along_axis(similarity, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        rows[block] = reference[np.take_along_axis(best, order, axis=1)]
        cosines[block] = np.take_along_axis(values, order, axis=1)
    return Neighbours(rows, cosines)


def spread_rows(count: int, most: int) -> Ints:
    """At most `most` of `count` row numbers, evenly spread."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.int64))
