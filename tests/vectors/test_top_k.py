"""Exact top-k against a full sort."""

import numpy as np
import pytest

from paperlake.vectors.top_k import top_k


def sorted_columns(scores: np.ndarray, count: int) -> list[list[int]]:
    """Every column of each row by descending score, ties by column, cut to `count`."""
    columns = np.arange(scores.shape[1])
    return [np.lexsort((columns, -row))[:count].tolist() for row in scores]


@pytest.mark.parametrize("shape", [(3, 1), (4, 7), (5, 300), (3, 5_000)])
@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("kinds", [3, 10_000_000])
def test_equal_to_a_full_sort(shape: tuple[int, int], count: int, kinds: int) -> None:
    """With 3 different scores nearly all are ties; 5,000 columns use the maxima of groups."""
    scores = np.random.default_rng(7).integers(-kinds, kinds, shape)
    for typed in (scores, scores.astype(np.float64), (scores % 1000).astype(np.float32)):
        columns, values = top_k(typed, count)
        assert columns.tolist() == sorted_columns(typed, count)
        assert (values == np.take_along_axis(typed, columns, axis=1)).all()


def test_scores_equal_after_rounding_are_ties() -> None:
    """Without the rounding the order would follow the last bits, which differ between processors."""
    scores = np.random.default_rng(8).random((20, 3_000)).astype(np.float32)
    columns, values = top_k(scores, 10, decimals=2)
    assert columns.tolist() == sorted_columns(scores.round(2), 10)
    assert (values == np.take_along_axis(scores.round(2), columns, axis=1)).all()


def test_excluded_scores_come_last() -> None:
    assert top_k(np.array([[0.5, -np.inf, 0.7]]), 3)[0].tolist() == [[2, 0, 1]]


@pytest.mark.parametrize(("shape", "count"), [((0, 5), 3), ((2, 0), 3), ((2, 5), 0), ((2, 5), -1)])
def test_nothing_to_select(shape: tuple[int, int], count: int) -> None:
    columns, values = top_k(np.zeros(shape), count)
    assert columns.shape == values.shape == (shape[0], 0)
