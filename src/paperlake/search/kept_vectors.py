"""Vectors that searches compared, in a bounded block of memory, for any number of threads.

A search compares some 700 vectors exactly. DuckDB takes 25 to 40 ms to read them by the index of papers, and
40 ms to read 15,000 in one scan, so all are read at once where they fit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from paperlake.vectors.arrays import Flags, Ints, Vectors

MAX_VECTOR_BYTES = 64 << 20  # of one build: 43,000 vectors of 384 dimensions


class KeptVectors:
    """The vectors of the papers that were compared last.

    Args:
        number_count: One more than the greatest paper number.
        dimension: Of the vectors.
        read: Returns the vectors of some paper numbers, in their order.
        read_all: Returns the numbers of all papers, and their vectors.
        max_bytes: The greatest memory of the block.
    """

    def __init__(
        self,
        number_count: int,
        dimension: int,
        read: Callable[[Ints], Vectors],
        read_all: Callable[[], tuple[Ints, Vectors]],
        max_bytes: int = MAX_VECTOR_BYTES,
    ) -> None:
        self._read, self._read_all, self._dimension = read, read_all, dimension
        self._capacity = min(number_count, max_bytes // (4 * dimension))
        self._fits_all = self._capacity == number_count
        self._block: Vectors | None = None
        self._rows = np.full(number_count, -1, dtype=np.int32)  # of each paper in the block
        self._papers = np.full(self._capacity, -1, dtype=np.int32)  # of each row of the block
        self._next_row = 0
        self._has_read = False
        self._guard, self._reading_all = threading.Lock(), threading.Lock()

    def of(self, numbers: Ints) -> Vectors:
        """Return the vectors of some papers, each once, (n, dimension)."""
        found, is_missing = self._kept(numbers)
        if not is_missing.any():
            return found
        if self._has_read and self._fits_all:  # a program that searches once reads what it needs
            with self._reading_all:
                found, is_missing = self._kept(numbers)
                if is_missing.any():
                    self._keep(*self._read_all())
                    found, is_missing = self._kept(numbers)
        self._has_read = True
        if is_missing.any():
            found[is_missing] = self._read(numbers[is_missing])
            self._keep(numbers[is_missing], found[is_missing])
        return found

    def _kept(self, numbers: Ints) -> tuple[Vectors, Flags]:
        found = np.empty((len(numbers), self._dimension), dtype=np.float32)
        with self._guard:
            rows = self._rows[numbers]
            if self._block is not None:
                found[rows >= 0] = self._block[rows[rows >= 0]]
        return found, rows < 0

    def _keep(self, numbers: Ints, vectors: Vectors) -> None:
        """Keep vectors, those of the oldest rows in their place."""
        with self._guard:
            if self._block is None:
                self._block = np.empty((self._capacity, self._dimension), dtype=np.float32)
            is_new = self._rows[numbers] < 0
            numbers, vectors = numbers[is_new][: self._capacity], vectors[is_new][: self._capacity]
            rows = (self._next_row + np.arange(len(numbers))) % max(self._capacity, 1)
            replaced = self._papers[rows]
            self._rows[replaced[replaced >= 0]] = -1
            self._block[rows], self._papers[rows], self._rows[numbers] = vectors, numbers, rows
            self._next_row = (self._next_row + len(numbers)) % max(self._capacity, 1)
