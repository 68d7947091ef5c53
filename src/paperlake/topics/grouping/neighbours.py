"""The nearest papers of each paper, the same whatever the number of threads.

Neighbours are looked for on a coarse grid of float32, which is fast and still exact, and are then put in
order by their exact cosines. What neighbours are good for is decided in `clustering.py`, `whitening.py` and
`membership.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.exact import UNIT
from paperlake.vectors.arrays import Floats, Ints, Vectors
from paperlake.vectors.top_k import top_k

REFERENCE_ROWS = 10_000  # rows among which neighbours are looked for; 6,000 cost 0.003 of AMI at 18,000
COARSE_UNIT = 4_000.0  # length on the coarse grid: every partial sum of a product stays under 2**24
SPARE = 3  # candidates more than neighbours: the coarse cosine is off by 1e-4
ROWS_AT_ONCE = 1_024  # rows compared at a time: 40 MB of cosines


@dataclass(frozen=True)
class Neighbours:
    """The nearest other rows of each row, nearest first."""

    rows: Ints
    """(rows, count) row numbers."""
    cosines: Floats
    """(rows, count)"""


def find_neighbours(grid: Floats, count: int) -> Neighbours:
    """Find the `count` nearest other rows of each row, up to ties of 1e-4.

    Beyond `REFERENCE_ROWS` rows, neighbours are looked for among the first that many: the work then grows
    with the rows, not with their square. Rows come in the order of paper_id, which is a hash, so the first
    ones are a fair sample, and nearly the same one when papers are added. `count` is cut to what there is.
    """
    reference = min(len(grid), REFERENCE_ROWS)
    count = min(count, reference - 1)
    rows = np.empty((len(grid), count), dtype=np.int64)
    cosines = np.empty((len(grid), count))
    if count == 0:
        return Neighbours(rows, cosines)
    columns = coarse(grid[:reference])
    for start in range(0, len(grid), ROWS_AT_ONCE):
        block = grid[start : start + ROWS_AT_ONCE]
        similarity = coarse(block) @ columns.T
        inside = np.arange(min(len(block), max(0, reference - start)))
        similarity[inside, start + inside] = -np.inf  # a row is no neighbour of itself
        candidates, _ = top_k(similarity, min(count + SPARE, reference - 1))
        place = slice(start, start + len(block))
        rows[place], cosines[place] = _in_order(block, candidates, grid, count, UNIT * UNIT)
    return Neighbours(rows, cosines)


def find_nearest(grid: Floats, reference: Floats, columns: Vectors, count: int) -> Neighbours:
    """Find the `count` nearest reference rows of each row, up to ties of 1e-4.

    Args:
        grid: (rows, dimensions) fixed-point vectors, none of them among the reference rows.
        reference: (reference rows, dimensions) on the coarse grid.
        columns: The same as float32.
        count: Cut to what there is.
    """
    count = min(count, len(reference))
    rows = np.empty((len(grid), count), dtype=np.int64)
    cosines = np.empty((len(grid), count))
    for start in range(0, len(grid) if count else 0, ROWS_AT_ONCE):
        block = grid[start : start + ROWS_AT_ONCE]
        candidates, _ = top_k(coarse(block) @ columns.T, min(count + SPARE, len(reference)))
        place = slice(start, start + len(block))
        rows[place], cosines[place] = _in_order(block, candidates, reference, count, COARSE_UNIT * UNIT)
    return Neighbours(rows, cosines)


def _in_order(
    block: Floats, candidates: Ints, reference: Floats, count: int, unit: float
) -> tuple[Ints, Floats]:
    """Return the `count` nearest candidates of each row by exact cosines, and these."""
    found = np.sort(candidates, axis=1)  # ties of the exact cosines are ordered by row number
    exact = np.einsum("rcd,rd->rc", reference[found], block) / unit
    order = np.argsort(-exact, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(exact, order, axis=1)


def coarse(grid: Floats) -> Vectors:
    """Round the rows to whole numbers that float32 multiplies and adds exactly."""
    return np.rint(grid * (COARSE_UNIT / UNIT)).astype(np.float32)
