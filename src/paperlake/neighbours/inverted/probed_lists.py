"""The lists that each paper probes, one bit for each list and paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.neighbours.inverted.centroids import nearest_lists
from paperlake.neighbours.workers import Workers
from paperlake.vectors.arrays import Flags, Ints, Vectors

PROBE_ROWS = 4_096  # papers whose lists are chosen at a time

Bits = npt.NDArray[np.uint8]
Lists = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class ProbedLists:
    """The lists that each paper probes besides its own: 60 MB for 400,000 papers and 1,265 lists."""

    bits: Bits
    """(lists / 8, papers); the first of eight lists is the lowest bit."""

    @classmethod
    def choose(
        cls, vectors: Vectors, own: Lists, centroids: Vectors, probes: int, workers: Workers
    ) -> ProbedLists:
        """Choose the nearest lists of each paper.

        Args:
            vectors: float32 (papers, dimension).
            own: The list of each paper, (papers,).
            centroids: float32 (lists, dimension).
            probes: Lists that a paper probes, its own among them.
            workers: Threads.
        """
        width = -(-len(centroids) // 8)
        bits = np.zeros((width, len(vectors)), np.uint8)

        def choose(start: int) -> None:
            part = slice(start, start + PROBE_ROWS)
            near = nearest_lists(vectors[part], centroids, min(probes, len(centroids)))
            is_probed = np.zeros((len(near), 8 * width), dtype=np.bool_)
            np.put_along_axis(is_probed, near.astype(np.int64), values=True, axis=1)
            is_probed[np.arange(len(near)), own[part]] = False
            bits[:, part] = np.packbits(is_probed, axis=1, bitorder="little").T

        for _ in workers.map(choose, range(0, len(vectors), PROBE_ROWS)):
            pass
        return cls(bits)

    def probers(self, number: int) -> Ints:
        """Return the papers that probe a list, ascending."""
        return np.flatnonzero(self.bits[number >> 3] & np.uint8(1 << (number & 7)))

    def contain(self, lists: Lists, papers: Ints) -> Flags:
        """Return whether each of some papers probes the list given for it, (n,)."""
        found: Flags = (self.bits[lists >> 3, papers] >> (lists & 7).astype(np.uint8) & 1).astype(np.bool_)
        return found
