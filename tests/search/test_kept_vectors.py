"""The vectors that are kept are those of the papers, however few fit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from paperlake.search.kept_vectors import KeptVectors
from paperlake.vectors.arrays import Ints, Vectors

DIMENSION = 4
VECTORS = np.arange(100 * DIMENSION, dtype=np.float32).reshape(100, DIMENSION)


@pytest.fixture
def reads() -> list[int]:
    """Count of the vectors of each read."""
    return []


@pytest.fixture
def keep(reads: list[int]) -> Callable[[int], KeptVectors]:
    def read(numbers: Ints) -> Vectors:
        reads.append(len(numbers))
        return VECTORS[numbers]

    def read_all() -> tuple[Ints, Vectors]:
        reads.append(len(VECTORS))
        return np.arange(100), VECTORS

    return lambda fitting: KeptVectors(100, DIMENSION, read, read_all, fitting * 4 * DIMENSION)


def test_all_are_read_once_where_they_fit_but_not_by_a_single_search(
    keep: Callable[[int], KeptVectors], reads: list[int]
) -> None:
    kept = keep(100)
    for numbers in (np.array([3, 1]), np.array([1, 50]), np.arange(100)):
        assert (kept.of(numbers) == VECTORS[numbers]).all()
    assert reads == [2, 100]


def test_the_oldest_make_room(keep: Callable[[int], KeptVectors], reads: list[int]) -> None:
    kept = keep(10)
    random = np.random.default_rng(3)
    for _ in range(50):
        numbers = np.sort(random.choice(100, 6, replace=False))
        assert (kept.of(numbers) == VECTORS[numbers]).all()
    assert sum(reads) > 100
    kept.of(np.arange(5))
    reads.clear()
    kept.of(np.arange(5))
    assert not reads
    numbers = np.arange(30)  # more than fit
    assert (kept.of(numbers) == VECTORS[numbers]).all()


def test_threads_get_their_own(keep: Callable[[int], KeptVectors]) -> None:
    kept = keep(20)

    def look(seed: int) -> bool:
        random = np.random.default_rng(seed)
        chosen = [np.sort(random.choice(100, 15, replace=False)) for _ in range(200)]
        return all((kept.of(numbers) == VECTORS[numbers]).all() for numbers in chosen)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(8)))
