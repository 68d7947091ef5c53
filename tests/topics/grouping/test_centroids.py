"""Centroids, nearest assignment and dissolving small groups, against plain computations."""

from __future__ import annotations

import numpy as np
import pytest

from paperlake.topics.grouping.centroids import (
    centroids,
    dissolve_small_groups,
    nearest_centroid,
    pairwise_cosines,
)
from paperlake.topics.grouping.exact import UNIT, to_fixed_point


def around(*angles: float) -> np.ndarray:
    """Fixed-point vectors in the plane at angles in degrees."""
    radians = np.radians(angles)
    return to_fixed_point(np.stack([np.cos(radians), np.sin(radians)], axis=1))


@pytest.fixture
def random_vectors() -> np.ndarray:
    return to_fixed_point(np.random.default_rng(4).normal(size=(300, 24)))


def test_centroids_are_normalised_means(random_vectors: np.ndarray) -> None:
    groups = np.arange(300) % 7 - 1  # -1 counts for none
    found = centroids(random_vectors, groups)
    for group in range(6):
        mean = random_vectors[groups == group].mean(axis=0)
        assert np.allclose(found[group] / UNIT, mean / np.linalg.norm(mean), atol=1e-7)


def test_centroid_of_an_empty_group_is_zero() -> None:
    assert np.array_equal(centroids(around(0, 10), np.array([0, 0]), 2)[1], [0.0, 0.0])


def test_nearest_centroid_has_the_highest_cosine(random_vectors: np.ndarray) -> None:
    centers = random_vectors[:9]
    expected = [int(np.argmax([center @ vector for center in centers])) for vector in random_vectors]
    assert nearest_centroid(random_vectors, centers).tolist() == expected


def test_pairwise_cosines_are_of_all_pairs() -> None:
    expected = np.cos(np.radians([[0, 60, 90], [60, 0, 30], [90, 30, 0]]))
    assert np.allclose(pairwise_cosines(around(0, 60, 90)), expected, atol=1e-7)


def test_small_groups_go_to_their_nearest() -> None:
    vectors = around(0, 1, 2, 50, 90, 91, 92)
    groups, remaining = dissolve_small_groups(vectors, np.array([0, 0, 0, 1, 2, 2, 2]), 2)
    assert groups.tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert remaining.tolist() == [0, 2]


def test_the_smallest_group_is_dissolved_first() -> None:
    """The single paper joins the pair, which is then large enough to stay."""
    groups, remaining = dissolve_small_groups(around(0, 1, 2, 60, 61, 70), np.array([0, 0, 0, 1, 1, 2]), 3)
    assert groups.tolist() == [0, 0, 0, 1, 1, 1]
    assert remaining.tolist() == [0, 1]


def test_a_single_group_stays_whatever_its_size() -> None:
    groups, remaining = dissolve_small_groups(around(0, 90), np.array([0, 0]), 10)
    assert (groups.tolist(), remaining.tolist()) == ([0, 0], [0])
