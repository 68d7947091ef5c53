"""The lists of an inverted file: spherical k-means on a sample, and the list of each paper."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from paperlake.neighbours.blocks import VectorBlocks, gather
from paperlake.neighbours.workers import Workers
from paperlake.vectors.arrays import Ints, Vectors

LISTS_PER_ROOT = 2.0  # 1,470 lists for 540,000 papers: assigning costs a twentieth of comparing
SAMPLE_PER_LIST = 64  # more papers in the sample move the centroids, and hardly the recall
FIRST_ROUNDS = 4  # on a quarter of the sample
LAST_ROUNDS = 2  # on all of it
MAX_LIST_SIZES = 8  # a longer list, in mean lengths, is divided: identical vectors cannot be told apart
ASSIGN_ROWS = 4_096


def list_count(paper_count: int) -> int:
    """Return the number of lists for so many papers.

    >>> list_count(540_000)
    1470
    """
    return max(1, round(LISTS_PER_ROOT * math.sqrt(paper_count)))


def train(vectors: VectorBlocks, workers: Workers) -> Vectors:
    """Compute centroids by k-means on papers at equal distances in the order of their ids, which are hashes.

    Returns:
        float32 (lists, dimension), of unit length.
    """
    paper_count = vectors.papers.height
    lists = list_count(paper_count)
    rows = _evenly(paper_count, lists * SAMPLE_PER_LIST)
    sample = gather(vectors, rows, workers)
    centroids = sample[_evenly(len(sample), lists)].copy()
    for part in [sample[::4]] * FIRST_ROUNDS + [sample] * LAST_ROUNDS:
        centroids = _moved(centroids, part, assign(centroids, [part], workers))
    return centroids


def _evenly(total: int, count: int) -> Ints:
    """Return `count` different numbers under `total` at equal distances, or all of them."""
    count = min(count, total)
    return np.arange(count, dtype=np.int64) * total // max(count, 1)


def _moved(centroids: Vectors, sample: Vectors, lists: Ints) -> Vectors:
    """Return the mean directions of the papers of each list; a list without papers stays where it is."""
    order = np.argsort(lists, kind="stable")
    sizes = np.bincount(lists, minlength=len(centroids))
    is_filled = sizes > 0
    starts = np.cumsum(sizes) - sizes
    sums = np.add.reduceat(sample[order], starts[is_filled], axis=0)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = centroids.copy()
    moved[is_filled] = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), centroids[is_filled])
    return moved


def assign(centroids: Vectors, blocks: Iterable[Vectors], workers: Workers) -> Ints:
    """Return the list of each paper: the one of the nearest centroid, (n,)."""
    tiles = (
        block[start : start + ASSIGN_ROWS] for block in blocks for start in range(0, len(block), ASSIGN_ROWS)
    )
    parts = list(workers.map(lambda tile: _nearest_centroids(tile, centroids), tiles))
    return np.concatenate(parts) if parts else np.empty(0, np.int64)


def assign_chunk(vectors: Vectors, centroids: Vectors) -> Ints:
    """Return what `assign` does of some papers, in one thread."""
    starts = range(0, len(vectors), ASSIGN_ROWS)
    return np.concatenate([_nearest_centroids(vectors[at : at + ASSIGN_ROWS], centroids) for at in starts])


def _nearest_centroids(vectors: Vectors, centroids: Vectors) -> Ints:
    nearest: Ints = (vectors @ centroids.T).argmax(axis=1)
    return nearest


def divided(centroids: Vectors, lists: Ints) -> tuple[Vectors, Ints]:
    """Divide lists of very many papers in the order of their ids; the parts have the same centroid.

    Returns:
        The centroids, those of further parts at the end, and the list of each paper.
    """
    limit = max(1, MAX_LIST_SIZES * len(lists) // len(centroids))
    sizes = np.bincount(lists, minlength=len(centroids))
    lists = lists.copy()
    copies = [centroids]
    next_list = len(centroids)
    for number in np.flatnonzero(sizes > limit):
        members = np.flatnonzero(lists == number)
        bounds = np.linspace(0, len(members), -(-len(members) // limit) + 1).astype(np.int64)
        for start, stop in list(pairwise(bounds))[1:]:
            lists[members[start:stop]] = next_list
            copies.append(centroids[number : number + 1])
            next_list += 1
    return np.concatenate(copies), lists


def nearest_lists(vectors: Vectors, centroids: Vectors, count: int) -> Ints:
    """Return the `count` nearest lists of each paper, in no order, int32 (n, count)."""
    cosines = vectors @ centroids.T
    if count >= len(centroids):
        return np.broadcast_to(np.arange(len(centroids)), cosines.shape)
    return np.argpartition(-cosines, count - 1, axis=1)[:, :count]
