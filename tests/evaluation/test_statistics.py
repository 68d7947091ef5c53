"""Intervals and tests: what they cover, and what they say of equal values."""

import numpy as np
import pytest

from paperlake.evaluation.statistics import bootstrap, delete_half


def test_intervals_cover_the_truth() -> None:
    random = np.random.default_rng(3)
    covered = 0
    for seed in range(60):
        values = random.binomial(1, 0.3, (1, 200)).astype(float)
        (estimate,), _ = bootstrap(values, seed)
        covered += estimate.low <= 0.3 <= estimate.high
    assert covered >= 53  # 57 are expected; fewer than 53 have a chance of 2 percent


def test_intervals_of_differences_are_paired() -> None:
    random = np.random.default_rng(0)
    queries = random.normal(size=300)
    (one, _), (difference,) = bootstrap(np.stack([queries, queries + 0.05]), 0)
    assert one.high - one.low > 0.2
    assert difference.estimate.low == pytest.approx(0.05)
    assert difference.p_value == 0.0


def test_a_single_query_that_differs_is_chance() -> None:
    values = np.zeros((2, 100))
    values[1, 7] = 1.0
    _, (difference,) = bootstrap(values, 0)
    assert difference.p_value > 0.2


def test_the_same_values_have_no_difference() -> None:
    values = np.tile(np.random.default_rng(0).random(50), (2, 1))
    _, (difference,) = bootstrap(values, 0)
    assert (difference.estimate.value, difference.p_value) == (0.0, 1.0)


def test_another_seed_gives_nearly_the_same_interval() -> None:
    values = np.random.default_rng(0).random((1, 400))
    (one,), _ = bootstrap(values, 0)
    (other,), _ = bootstrap(values, 1)
    assert one != other
    assert one.low == pytest.approx(other.low, abs=0.005)


def test_halves_that_agree_make_a_difference_sure() -> None:
    halves = np.array([[0.5, 0.7], [0.52, 0.73], [0.48, 0.69], [0.51, 0.70]])
    (one, _), (difference,) = delete_half(np.array([0.5, 0.7]), halves)
    assert one.low < 0.5 < one.high
    assert difference.p_value < 0.01
