"""The vectors of all papers, block by block, in ascending order of paper_id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from paperlake.neighbours.workers import Workers
from paperlake.vectors.arrays import Ints, Vectors

CHUNK_ROWS = 8_192  # with 1,024 queries, 32 MB of similarities


class VectorBlocks(Protocol):
    """A source of vectors that may be read more than once, by several threads at a time."""

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

    @property
    def sizes(self) -> Sequence[int]:
        """Return the number of papers of each block."""
        ...

    def block(self, number: int) -> Vectors:
        """Read one block: float32 (papers, dimension), of unit length."""
        ...


@dataclass(frozen=True)
class ArrayBlocks:
    """Vectors that are in memory."""

    papers: pl.DataFrame
    vectors: Vectors
    model_id: str = ""
    block_rows: int = CHUNK_ROWS

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return int(self.vectors.shape[1])

    @property
    def sizes(self) -> Sequence[int]:
        """Return the number of papers of each block."""
        starts = range(0, len(self.vectors), self.block_rows)
        return [min(self.block_rows, len(self.vectors) - start) for start in starts]

    def block(self, number: int) -> Vectors:
        """Return one block."""
        return self.vectors[number * self.block_rows : (number + 1) * self.block_rows]


def chunks(
    vectors: VectorBlocks, workers: Workers, chunk_rows: int = CHUNK_ROWS
) -> Iterator[tuple[int, Vectors]]:
    """Yield all vectors in chunks of at least `chunk_rows` papers, the last one aside, read ahead by threads.

    Yields:
        The row number of the first paper of a chunk, and the vectors.
    """
    start, waiting = 0, []
    for block in workers.map(vectors.block, range(len(vectors.sizes))):
        waiting.append(block)
        if sum(map(len, waiting)) >= chunk_rows:
            chunk = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
            yield start, chunk
            start, waiting = start + len(chunk), []
    if waiting:
        yield start, np.concatenate(waiting)


def groups_of_blocks(sizes: Sequence[int], chunk_rows: int = CHUNK_ROWS) -> Iterator[range]:
    """Yield the numbers of the blocks of each chunk that `chunks` gives.

    >>> list(groups_of_blocks([3, 2, 4, 1], 5))
    [range(0, 2), range(2, 4)]
    """
    first, rows = 0, 0
    for number, size in enumerate(sizes):
        rows += size
        if rows >= chunk_rows:
            yield range(first, number + 1)
            first, rows = number + 1, 0
    if first < len(sizes):
        yield range(first, len(sizes))


def gather(vectors: VectorBlocks, rows: Ints, workers: Workers) -> Vectors:
    """Read the vectors of some rows; blocks that have none of them are not read.

    Args:
        vectors: The source.
        rows: Row numbers, ascending, each once, (n,).
        workers: Threads.

    Returns:
        float32 (n, dimension).
    """
    stops = np.cumsum(np.asarray(vectors.sizes, dtype=np.int64))
    numbers = np.searchsorted(stops, rows, side="right")
    wanted = np.unique(numbers)
    found = np.empty((len(rows), vectors.dimension), np.float32)
    firsts = np.searchsorted(numbers, wanted)
    lasts = np.searchsorted(numbers, wanted, side="right")

    def read(at: int) -> None:
        number, part = int(wanted[at]), slice(firsts[at], lasts[at])
        start = stops[number] - vectors.sizes[number]
        found[part] = vectors.block(number)[rows[part] - start]

    for _ in workers.map(read, range(len(wanted))):
        pass
    return found
