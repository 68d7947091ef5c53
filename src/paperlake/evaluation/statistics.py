"""Intervals and tests of the means of measures: bootstrap over queries, paired between embedders.

The bootstrap is Efron's percentile method; what is no mean of queries has the delete-half jackknife (Shao and
Wu 1989), in which topics are found again in random halves. Several tests of one comparison are corrected by
Holm's method (1979). All is deterministic for a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from paperlake.vectors.arrays import Floats

RESAMPLES = 2_000
RESAMPLES_AT_ONCE = 200  # with 5,000 queries, 8 MB of places
LEVEL = 0.95
TINY = 1e-12  # a smaller deviation is rounding


@dataclass(frozen=True)
class Estimate:
    """A value with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How one embedder differs from the first one in one measure."""

    estimate: Estimate
    p_value: float
    """Of no difference, two-sided, not corrected."""


def bootstrap(values: Floats, seed: int) -> tuple[list[Estimate], list[Difference]]:
    """Estimate the means of a measure, and their differences from the first embedder's.

    Args:
        values: (embedders, queries) the value of each query; the same queries for all.
        seed: Of the resampling.

    Returns:
        The estimate of each embedder, and the difference of each but the first.
    """
    random = np.random.default_rng(seed)
    count = values.shape[1]
    means = np.empty((RESAMPLES, len(values)))
    for start in range(0, RESAMPLES, RESAMPLES_AT_ONCE):
        places = random.integers(0, count, (RESAMPLES_AT_ONCE, count))
        for number, row in enumerate(values):
            means[start : start + RESAMPLES_AT_ONCE, number] = row[places].mean(axis=1)
    tail = (1.0 - LEVEL) / 2.0
    observed = values.mean(axis=1)
    bounds = np.quantile(means, (tail, 1.0 - tail), axis=0)
    estimates = [Estimate(*map(float, row)) for row in zip(observed, *bounds, strict=True)]
    gaps = means[:, 1:] - means[:, :1]
    gap_bounds = np.quantile(gaps, (tail, 1.0 - tail), axis=0)
    deviations = gaps.std(axis=0, ddof=1)
    differences = [
        Difference(Estimate(float(gap), float(low), float(high)), _normal_p(float(gap), float(deviation)))
        for gap, low, high, deviation in zip(observed[1:] - observed[0], *gap_bounds, deviations, strict=True)
    ]
    return estimates, differences


def delete_half(full: Floats, halves: Floats) -> tuple[list[Estimate], list[Difference]]:
    """Estimate a statistic that is no mean of queries, and its differences from the first embedder's.

    Args:
        full: (embedders,) the statistic of all papers.
        halves: (halves, embedders) the statistic of random halves of them, the same for all embedders.
    """
    freedom = len(halves) - 1
    width = float(stats.t.ppf((1.0 + LEVEL) / 2.0, freedom))
    spread = halves.std(axis=0, ddof=1)
    estimates = [
        _around(float(value), width * float(error)) for value, error in zip(full, spread, strict=True)
    ]
    gap_spread = (halves[:, 1:] - halves[:, :1]).std(axis=0, ddof=1)
    differences = []
    for gap, error in zip((full[1:] - full[0]).tolist(), gap_spread.tolist(), strict=True):
        p_value = _certain_p(gap) if error < TINY else 2.0 * float(stats.t.sf(abs(gap) / error, freedom))
        differences.append(Difference(_around(gap, width * error), p_value))
    return estimates, differences


def holm(p_values: list[float]) -> list[float]:
    """Return p values corrected for their number: the chance of any false one is then below each.

    >>> [round(value, 3) for value in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    corrected = [0.0] * len(p_values)
    greatest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        greatest = max(greatest, min(1.0, p_values[place] * (len(p_values) - rank)))
        corrected[place] = greatest
    return corrected


def _around(value: float, width: float) -> Estimate:
    return Estimate(value, value - width, value + width)


def _normal_p(gap: float, error: float) -> float:
    return _certain_p(gap) if error < TINY else 2.0 * float(stats.norm.sf(abs(gap) / error))


def _certain_p(gap: float) -> float:
    """Return the p value where all queries differ by the same."""
    return 1.0 if abs(gap) < TINY else 0.0
