"""Fixed-point vectors: products and sums must be exact in any order."""

from __future__ import annotations

import numpy as np

from paperlake.topics.grouping.exact import (
    UNIT,
    center,
    cosine_blocks,
    group_sums,
    sample_evenly,
    to_fixed_point,
)


def vectors(rows: int = 500, dimensions: int = 384) -> np.ndarray:
    return to_fixed_point(np.random.default_rng(8).normal(size=(rows, dimensions)).astype(np.float32))


def test_products_are_exact_in_any_order() -> None:
    """A permutation of the dimensions changes the order of summation, and with floats the last bits."""
    found = vectors()
    order = np.random.default_rng(9).permutation(found.shape[1])
    assert np.array_equal(found @ found.T, found[:, order] @ found[:, order].T)
    shuffled = np.random.default_rng(9).permutation(len(found))
    assert np.array_equal(found.sum(axis=0), found[shuffled].sum(axis=0))


def test_plain_float64_products_depend_on_the_order() -> None:
    """Otherwise fixed-point vectors would not be needed."""
    plain = np.random.default_rng(8).normal(size=(500, 384))
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    order = np.random.default_rng(9).permutation(384)
    assert not np.array_equal(plain @ plain.T, plain[:, order] @ plain[:, order].T)


def test_fixed_point_vectors_have_the_length_of_the_unit() -> None:
    lengths = np.linalg.norm(vectors(), axis=1)
    assert np.allclose(lengths, UNIT, rtol=1e-6)
    assert not to_fixed_point(np.zeros((2, 3))).any()


def test_centering_keeps_equal_rows() -> None:
    alike = to_fixed_point(np.ones((5, 4)))
    assert np.array_equal(center(alike), alike)
    assert np.abs(center(vectors()).mean(axis=0)).max() < UNIT * 1e-2


def test_cosine_blocks_cover_all_rows() -> None:
    found = vectors(50)
    blocks = np.concatenate([block for _, block in cosine_blocks(found, found[:7])])
    assert np.allclose(blocks, (found / UNIT) @ (found[:7] / UNIT).T)


def test_group_sums_leave_out_negative_groups() -> None:
    found = vectors(6)
    sums = group_sums(found, np.array([0, 0, 2, -1, 2, 2]), 3)
    assert np.array_equal(sums, [found[:2].sum(axis=0), np.zeros(384), found[[2, 4, 5]].sum(axis=0)])


def test_sampled_rows_are_evenly_spread() -> None:
    assert sample_evenly(100, 5).tolist() == [0, 24, 49, 74, 99]
    assert sample_evenly(3, 5).tolist() == [0, 1, 2]
