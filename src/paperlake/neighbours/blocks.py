"""The vectors of all papers, block by block, in ascending order of paper_id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from paperlake.vectors.arrays import Ints, Vectors

BLOCK_ROWS = 20_000  # of `ArrayBlocks`; 30 MB of vectors of 384 numbers


class VectorBlocks(Protocol):
    """A source of vectors that may be read more than once."""

    @property
    def model_id(self) -> str:
        """Name the model; vectors of two models have nothing to do with each other."""
        ...

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        ...

    @property
    def papers(self) -> pl.DataFrame:
        """Return paper_id, ascending, and fingerprint, which changes when the vector of the paper does.

        Both are texts of ASCII characters.
        """
        ...

    def blocks(self) -> Iterator[Vectors]:
        """Yield the vectors in the order of `papers`: float32 (n, dimension), of unit length."""
        ...


@dataclass(frozen=True)
class ArrayBlocks:
    """Vectors that are in memory."""

    papers: pl.DataFrame
    vectors: Vectors
    model_id: str = ""
    block_rows: int = BLOCK_ROWS

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self.vectors.shape[1])

    def blocks(self) -> Iterator[Vectors]:
        """Yield the vectors, `block_rows` at a time."""
        for start in range(0, len(self.vectors), self.block_rows):
            yield self.vectors[start : start + self.block_rows]


def numbered(blocks: Iterator[Vectors]) -> Iterator[tuple[int, Vectors]]:
    """Yield the row number of the first vector of each block, and the block."""
    start = 0
    for block in blocks:
        yield start, block
        start += len(block)


def gather(blocks: Iterator[Vectors], rows: Ints, dimension: int) -> Vectors:
    """Read the vectors of some rows.

    Args:
        blocks: All vectors, in order.
        rows: Row numbers, ascending, each once, (n,).
        dimension: The length of a vector.

    Returns:
        float32 (n, dimension).
    """
    found = np.empty((len(rows), dimension), np.float32)
    if not len(rows):
        return found
    for start, block in numbered(blocks):
        first, last = np.searchsorted(rows, (start, start + len(block)))
        found[first:last] = block[rows[first:last] - start]
    return found
