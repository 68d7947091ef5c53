"""The lists that each paper probes, one bit for each list and paper."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from paperlake.neighbours.inverted.centroids import nearest_lists
from paperlake.vectors.arrays import Flags, Ints, Vectors

Bits = npt.NDArray[np.uint8]
"""(lists / 8, papers), 60 MB for 400,000 papers; the first of eight lists is the lowest bit."""
Lists = npt.NDArray[np.uint16]


def bit_rows(list_count: int) -> int:
    """Return the number of bytes that have one bit for each list."""
    return -(-list_count // 8)


def probed_bits(vectors: Vectors, own: Lists, centroids: Vectors, probes: int) -> Bits:
    """Choose the lists that papers probe besides their own: the nearest ones.

    Args:
        vectors: float32 (papers, dimension).
        own: The list of each paper, (papers,).
        centroids: float32 (lists, dimension).
        probes: Lists that a paper probes, its own among them.
    """
    near = nearest_lists(vectors, centroids, min(probes, len(centroids)))
    is_probed = np.zeros((len(near), 8 * bit_rows(len(centroids))), dtype=np.bool_)
    np.put_along_axis(is_probed, near.astype(np.int64), values=True, axis=1)
    is_probed[np.arange(len(near)), own] = False
    bits: Bits = np.packbits(is_probed, axis=1, bitorder="little").T
    return bits


def probers(bits: Bits, number: int) -> Ints:
    """Return the papers that probe a list, ascending."""
    return np.flatnonzero(bits[number >> 3] & np.uint8(1 << (number & 7)))


def contains(bits: Bits, lists: Lists, papers: Ints) -> Flags:
    """Return whether each of some papers probes the list given for it, (n,)."""
    found: Flags = (bits[lists >> 3, papers] >> (lists & 7).astype(np.uint8) & 1).astype(np.bool_)
    return found
