"""The neighbours of some papers of a large lake, by the lists that each of them probes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.neighbours.blocks import VectorBlocks, chunks
from paperlake.neighbours.exact import Queries
from paperlake.neighbours.inverted.centroids import ASSIGN_ROWS, nearest_lists
from paperlake.neighbours.inverted.searching import SPARE
from paperlake.neighbours.lists import Pairs, exact_similarities
from paperlake.neighbours.workers import Workers
from paperlake.vectors.arrays import Ints, Vectors
from paperlake.vectors.top_k import lower_bound

MIN_CHUNK_ROWS = 100_000  # papers in order of list at a time: 150 MB; fewer make very small products


@dataclass(frozen=True)
class Probing:
    """Papers, and the lists that they probe."""

    queries: Queries
    by_list: tuple[Ints, Ints]
    """Lists, ascending, and the number of the query that probes each."""


def start_probing(queries: Queries, centroids: Vectors, probes: int) -> Probing:
    """Choose the lists that each query probes."""
    parts = [
        nearest_lists(queries.vectors[start : start + ASSIGN_ROWS], centroids, probes)
        for start in range(0, len(queries.rows), ASSIGN_ROWS)
    ]
    lists = np.concatenate(parts).astype(np.int64)
    order = np.argsort(lists, axis=None, kind="stable")
    return Probing(queries, (lists.ravel()[order], order // lists.shape[1]))


def probe(probing: Probing, vectors: VectorBlocks, lists: Ints, workers: Workers) -> None:
    """Fill the lists of the queries with the nearest papers of the lists that they probe.

    Args:
        probing: The queries; what is in their lists already stays there, unless better is found.
        vectors: The vectors of all papers.
        lists: The list of each paper, (papers,).
        workers: Threads.
    """
    for start, chunk in chunks(vectors, workers, MIN_CHUNK_ROWS):
        _probe_chunk(probing, start, chunk, lists[start : start + len(chunk)], workers)


def _probe_chunk(probing: Probing, first_row: int, chunk: Vectors, lists: Ints, workers: Workers) -> None:
    queries = probing.queries
    probed, numbers = probing.by_list
    bounds = queries.bounds().astype(np.float32)
    order = np.argsort(lists, kind="stable")
    wanted, firsts = np.unique(probed, return_index=True)
    lasts = np.append(firsts[1:], len(probed))
    starts, stops = (np.searchsorted(lists[order], wanted, side) for side in ("left", "right"))

    def compare(at: int) -> tuple[Ints, Ints, Vectors]:
        members = order[starts[at] : stops[at]]
        probers = numbers[firsts[at] : lasts[at]]
        cosines = queries.vectors[probers] @ chunk[members].T
        cosines[queries.rows[probers][:, None] == members + first_row] = -np.inf
        floor = bounds[probers]
        if len(members) > queries.count + SPARE:
            floor = np.maximum(floor, lower_bound(cosines, queries.count + SPARE))
        query, member = np.nonzero((cosines >= floor[:, None]) & (cosines > -np.inf))
        return probers[query], members[member], cosines[query, member]

    found = list(workers.map(compare, np.flatnonzero(stops > starts).tolist()))
    if found:
        query, row, cosine = (np.concatenate(part) for part in zip(*found, strict=True))
        best = Pairs(query, row, cosine.astype(np.float64)).best(queries.count + SPARE)
        similarities = exact_similarities(queries.vectors, best.queries, chunk, best.rows)
        queries.add([Pairs(best.queries, best.rows + first_row, similarities)])
