"""All vectors of a large lake in the order of their lists, in memory or in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paperlake.neighbours.inverted.probed_lists import Lists
from paperlake.vectors.arrays import Ints, Vectors


@dataclass(frozen=True)
class InvertedFile:
    """All vectors in the order of their lists. Where they are in a file, it is pickled without them."""

    vectors: Vectors
    """float32 (papers, dimension), in the order of `rows`."""
    rows: Ints
    """The row number of the paper at each place, (papers,); ascending within a list."""
    starts: Ints
    """The place at which each list starts, and the number of papers, (lists + 1,)."""
    centroids: Vectors
    """float32 (lists, dimension)."""
    lists: Lists
    """The list of each place, (papers,)."""

    def bounds_of(self, number: int) -> tuple[int, int]:
        """Return the places where a list begins and ends."""
        return int(self.starts[number]), int(self.starts[number + 1])

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields; of vectors in a file its path."""
        state = dict(vars(self))
        if isinstance(self.vectors, np.memmap) and self.vectors.filename:
            state["vectors"] = Path(self.vectors.filename)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Set the fields; open the file."""
        if isinstance(state["vectors"], Path):
            shape = (len(state["rows"]), state["centroids"].shape[1])
            state["vectors"] = np.memmap(state["vectors"], np.float32, "r", shape=shape)
        vars(self).update(state)


def fill(
    chunks: Iterator[tuple[int, Vectors]], lists: Ints, centroids: Vectors, into: Vectors
) -> InvertedFile:
    """Write all vectors in the order of their lists.

    Args:
        chunks: The row number of the first paper of a chunk, and its vectors; all papers.
        lists: The list of each row, (papers,).
        centroids: float32 (lists, dimension).
        into: Where to write, float32 (papers, dimension).
    """
    rows = np.argsort(lists.astype(np.uint16), kind="stable")
    place = np.empty_like(rows)
    place[rows] = np.arange(len(rows))
    for start, chunk in chunks:
        into[place[start : start + len(chunk)]] = chunk
    if isinstance(into, np.memmap):
        into.flush()  # other machines read it
    sizes = np.bincount(lists, minlength=len(centroids))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return InvertedFile(into, rows, starts, centroids, lists[rows].astype(np.uint16))
