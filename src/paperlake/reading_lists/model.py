"""The linear model that ranks papers for a reading list: the listed papers against all others.

Linear discriminant analysis with a shrunk covariance: the direction is the inverse covariance of all papers'
vectors, times the difference of the mean of the list and the mean of all. It has a closed form, so it is
deterministic, and what takes long (the covariance) is computed once for all lists.
benchmarks/results/reading_lists.md compares it with support vector machines.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.vectors.arrays import Floats, Vectors

SHRINKAGE = 3.0  # of the covariance towards a multiple of the identity; benchmarks/reading_lists.py chose it
LEAST = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Background:
    """All papers, as far as the model needs them."""

    mean: Floats
    """(dimension,)"""
    covariance: Floats
    """Shrunk, (dimension, dimension)."""

    @classmethod
    def of(cls, vectors: Vectors, shrinkage: float = SHRINKAGE) -> Background:
        """Measure the vectors of all papers, or of a sample of them.

        Args:
            vectors: (papers, dimension), at least one.
            shrinkage: Weight of the identity, in mean variances of a dimension.
        """
        mean = vectors.mean(axis=0, dtype=np.float64)
        centred = vectors - mean
        covariance = centred.T @ centred / len(vectors)
        spread = max(float(np.trace(covariance)) / len(mean), LEAST)
        return cls(mean, covariance + shrinkage * spread * np.eye(len(mean)))

    def direction(self, listed: Vectors) -> Floats:
        """Return the direction in which papers are more like some others, (dimension,).

        Args:
            listed: The vectors of the others, (n, dimension), at least one.
        """
        direction: Floats = np.linalg.solve(
            self.covariance, listed.mean(axis=0, dtype=np.float64) - self.mean
        )
        return direction


@dataclass(frozen=True)
class ListModel:
    """The model of one list: a score is the product of a vector and `direction`, less `origin`, by `scale`.

    A paper like the mean of all papers has the score 0; the listed papers have a mean of 1, each scored by a
    model of the others, so that a list scores as papers do that are not yet in it.
    """

    direction: Floats
    """(dimension,)"""
    origin: float
    scale: float
    example_count: int

    @classmethod
    def of(cls, background: Background, listed: Vectors) -> ListModel:
        """Compute the model.

        Args:
            background: All papers.
            listed: The vectors of the listed papers, (n, dimension), at least one.
        """
        direction = background.direction(listed)
        origin = float(direction @ background.mean)
        products = listed @ direction - origin  # each paper with the mean of all listed ones, itself included
        count = len(listed)
        if count > 1:
            centred = listed - background.mean
            own = np.einsum("nd,nd->n", centred, np.linalg.solve(background.covariance, centred.T).T)
            products = (count * products - own) / (count - 1)
        scale = float(products.mean())
        return cls(direction, origin, scale if scale > LEAST else 1.0, count)
