"""Binary codes: signs of products, and a Hamming distance that estimates the angle."""

import numpy as np
import pytest

from paperlake.search_index.binary_codes import (
    CODE_BITS,
    binary_codes,
    estimated_similarities,
    greatest_of_least,
    hamming_distances,
    make_hyperplanes,
)


def test_hamming_distance_counts_differing_signs() -> None:
    vectors = np.random.default_rng(2).normal(size=(50, 24)).astype(np.float32)
    hyperplanes = make_hyperplanes(24)
    signs = vectors @ hyperplanes.T > 0
    codes = binary_codes(vectors, hyperplanes)
    assert codes.shape == (50, CODE_BITS // 64)
    assert hamming_distances(codes.T, codes[3]).tolist() == (signs != signs[3]).sum(axis=1).tolist()


def test_distance_estimates_the_angle() -> None:
    """Charikar 2002: the expected share of differing bits is the angle divided by pi."""
    vectors = np.random.default_rng(3).normal(size=(200, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    codes = binary_codes(vectors, make_hyperplanes(64))
    angles = np.arccos(np.clip(vectors @ vectors[0], -1, 1))
    estimated = hamming_distances(codes.T, codes[0]) / CODE_BITS * np.pi
    assert np.abs(estimated - angles).max() < 0.25
    assert np.abs(estimated - angles).mean() < 0.06


@pytest.mark.parametrize("dimension", [3, 24, 384, 1024])
def test_hyperplanes_of_every_dimension(dimension: int) -> None:
    hyperplanes = make_hyperplanes(dimension)
    assert hyperplanes.shape == (CODE_BITS, dimension)
    assert np.allclose(np.linalg.norm(hyperplanes, axis=1), 1, atol=1e-5)
    assert np.array_equal(hyperplanes, make_hyperplanes(dimension))


def test_the_estimate_orders_better_than_the_distance_and_equally_in_any_batch() -> None:
    generator = np.random.default_rng(2)
    vectors = generator.normal(size=(5_000, 64)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hyperplanes = make_hyperplanes(64)
    codes = binary_codes(vectors, hyperplanes)
    found = {"distance": 0, "estimate": 0}
    for query in vectors[:20] + generator.normal(0, 0.1, (20, 64)).astype(np.float32):
        nearest = set(np.argsort(-(vectors @ query))[:20].tolist())
        code = binary_codes(query[None, :], hyperplanes)[0]
        estimates = estimated_similarities(codes, query, hyperplanes)
        orders = {"distance": hamming_distances(codes.T, code).astype(int), "estimate": -estimates}
        for name, order in orders.items():
            found[name] += len(nearest & set(np.argsort(order, kind="stable")[:30].tolist()))
        chosen = generator.permutation(5_000)[:77]
        assert (estimated_similarities(codes[chosen], query, hyperplanes) == estimates[chosen]).all()
    assert found["estimate"] > found["distance"] + 20  # of 400


def test_no_codes_have_no_estimates() -> None:
    hyperplanes = make_hyperplanes(8)
    none = np.empty((0, CODE_BITS // 64), np.uint64)
    assert estimated_similarities(none, np.ones(8, np.float32), hyperplanes).shape == (0,)


@pytest.mark.parametrize("count", [1, 7, 300, 301, 900])
def test_the_bound_of_the_least_distances_is_the_one_of_a_sort(count: int) -> None:
    distances = np.random.default_rng(5).integers(0, CODE_BITS + 1, 300).astype(np.uint16)
    assert greatest_of_least(distances, count) == np.sort(distances)[min(count, 300) - 1]
