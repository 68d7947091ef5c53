"""Convert between hexadecimal ids and integers, and slice arrays that are stored end to end."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from paperlake.vectors.arrays import Hashes, Ints

SEPARATOR = "\x1f"  # between values that are hashed as one
NO_HASHES: Hashes = np.zeros(0, np.uint64)


def ids_to_numbers(ids: pl.Series) -> Hashes:
    """Return ids of 16 hexadecimal digits as integers."""
    numbers: Hashes = ids.str.to_integer(base=16, dtype=pl.UInt64).to_numpy()
    return numbers


def numbers_to_ids(numbers: Iterable[int]) -> list[str]:
    """Return integers as ids of 16 hexadecimal digits."""
    return [f"{int(number):016x}" for number in numbers]


def id_series(numbers: Hashes) -> pl.Series:
    """Return integers as a series of ids."""
    return pl.Series(numbers_to_ids(numbers.tolist()), dtype=pl.String)


def ranges(starts: Ints, sizes: Ints) -> Ints:
    """Return the integers of several ranges, one after the other.

    >>> ranges(np.array([5, 9]), np.array([2, 1])).tolist()
    [5, 6, 9]
    """
    before = np.cumsum(sizes) - sizes
    numbers: Ints = np.arange(int(sizes.sum())) + np.repeat(starts - before, sizes)
    return numbers


def equal_ranges(ordered: Hashes, wanted: Hashes) -> tuple[Ints, Ints]:
    """Return where each wanted value begins in a sorted array, and how often it is there."""
    starts = np.searchsorted(ordered, wanted, "left").astype(np.int64)
    return starts, np.searchsorted(ordered, wanted, "right").astype(np.int64) - starts


def contains(ordered: Hashes, values: Hashes) -> np.ndarray:
    """Return for each value whether a sorted array has it."""
    if len(ordered) == 0:
        return np.zeros(len(values), bool)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: np.ndarray = ordered[places] == values
    return found
