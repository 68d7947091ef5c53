"""Nearest neighbours against a full sort."""

from __future__ import annotations

import numpy as np
import pytest

from paperlake.topics.grouping import neighbours as module
from paperlake.topics.grouping.exact import UNIT, to_fixed_point
from paperlake.topics.grouping.neighbours import find_neighbours


@pytest.mark.parametrize("rows", [2, 5, 400, 1_500])
def test_neighbours_are_those_of_a_full_sort(rows: int) -> None:
    vectors = to_fixed_point(np.random.default_rng(rows).normal(size=(rows, 16)))
    found = find_neighbours(vectors, 10)
    cosines = (vectors / UNIT) @ (vectors / UNIT).T
    np.fill_diagonal(cosines, -2.0)
    expected = np.sort(cosines, axis=1)[:, ::-1][:, : min(10, rows - 1)]
    assert np.allclose(found.cosines, expected, atol=1e-4)
    assert not (found.rows == np.arange(rows)[:, None]).any()


def test_a_single_row_has_no_neighbours() -> None:
    assert find_neighbours(to_fixed_point(np.ones((1, 4))), 10).rows.shape == (1, 0)


def test_many_rows_are_compared_with_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REFERENCE_ROWS", 50)
    vectors = to_fixed_point(np.random.default_rng(1).normal(size=(200, 16)))
    assert find_neighbours(vectors, 5).rows.max() < 50


def test_equal_rows_are_ordered_by_row_number() -> None:
    """An oracle without blocks, coarse grid or partial sort; half of the rows repeat the other half."""
    half = to_fixed_point(np.random.default_rng(2).normal(size=(700, 16)))
    vectors = np.concatenate([half, half])
    found = find_neighbours(vectors, 5)
    for row in range(0, 1_400, 97):
        cosines = vectors @ vectors[row] / (UNIT * UNIT)
        order = np.lexsort((np.arange(1_400), -cosines))
        assert found.rows[row].tolist() == [other for other in order if other != row][:5]
