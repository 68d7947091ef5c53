"""Binary codes: signs of products, and a Hamming distance that estimates the angle."""

import numpy as np
import pytest

from paperlake.search_index.binary_codes import CODE_BITS, binary_codes, hamming_distances, make_hyperplanes


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
