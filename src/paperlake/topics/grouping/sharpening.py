"""Directions in which papers differ from the rest more than from their neighbours.

A linear map found from the vectors alone: it turns up what tells fields apart and turns down what differs
among papers of one field. Clustering (`clustering.py`) works on its result; neighbours come from
`neighbours.py`.
"""

from __future__ import annotations

import numpy as np

from paperlake.topics.grouping.exact import UNIT, Floats, Ints, to_grid

DIMENSIONS = 96  # kept: with 64 AMI falls by 0.002 on 18,000 arXiv papers, with 128 it stays
POWER = 0.2  # of a direction's weight: 0.5 loses 0.008 of AMI, none makes the cut sudden
SHRINKAGE = 0.3  # part of the mean scatter added to each direction, as few neighbours know it badly
MIN_ROWS = 100  # fewer papers show no directions; they stay as they are
ROWS = 4_096  # whose scatter is measured
NEIGHBOUR_ROWS = 2_048  # whose distance to their neighbours is measured
SCATTER_UNIT = float(1 << 17)  # length of vectors there: sums of their products stay exact


def sharpened(grid: Floats, neighbours: Ints) -> Floats:
    """Discriminant analysis (Fisher 1936) with neighbours in place of known classes, on the grid again.

    Every step but two is exact whatever the number of threads; those two, eigenvectors of small matrices,
    are computed in one thread.

    Args:
        grid: (papers, dimensions) centred vectors on the grid.
        neighbours: (papers, count) the nearest papers of each paper.

    Returns:
        (papers, at most `DIMENSIONS`) on the grid.
    """
    if len(grid) < MIN_ROWS or neighbours.shape[1] == 0:
        return grid
    rows = np.rint(grid[:ROWS] * (SCATTER_UNIT / UNIT))
    near = neighbours[:NEIGHBOUR_ROWS]
    apart = np.zeros((grid.shape[1], grid.shape[1]))
    for column in near.T:
        step = rows[: len(near)] - np.rint(grid[column] * (SCATTER_UNIT / UNIT))
        apart += step.T @ step
    directions = _directions(rows.T @ rows / len(rows), apart / near.size)
    return to_grid(grid @ directions)


def _directions(scatter: Floats, among_neighbours: Floats) -> Floats:
    """(dimensions, kept) directions of most scatter for their scatter among neighbours.

    Weights fall to zero at the cut, so that no direction comes or goes at once; their entries are whole
    numbers so small that products with vectors on the grid are exact.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    size = len(scatter)
    among_neighbours = among_neighbours + SHRINKAGE * np.trace(among_neighbours) / size * np.eye(size)
    with threadpool_limits(1):
        values, axes = np.linalg.eigh(among_neighbours)
        whitening = (axes / np.sqrt(values)) @ axes.T
        values, axes = np.linalg.eigh(whitening @ scatter @ whitening)
        kept = min(DIMENSIONS, size - 1)
        weights = np.maximum(values[-kept:] - values[-kept - 1], 0.0) ** POWER
        directions = whitening @ (axes[:, -kept:] * weights)
    longest = np.sqrt(np.square(directions).sum(axis=0).max())
    whole: Floats = np.rint(directions * (UNIT / longest))
    return whole
