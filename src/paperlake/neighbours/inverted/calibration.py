"""The number of lists to probe: as many as a sample of papers needs for the recall that is promised.

How many that are depends on the model. Vectors of a language model need some ten of 1,470 lists; vectors of
hashed words, which lie in all directions, two fifths of all. So that the cost does not grow
with the square of the lake, a paper is compared with a bounded number of others, and the recall is stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.neighbours.blocks import ArrayBlocks
from paperlake.neighbours.exact import Queries, compare_with_all
from paperlake.neighbours.inverted.centroids import ASSIGN_ROWS
from paperlake.neighbours.inverted.inverted_file import InvertedFile
from paperlake.neighbours.workers import Workers
from paperlake.vectors.arrays import Ints, Vectors

MIN_RECALL = 0.99  # what is promised
AIMED_RECALL = 0.995  # on the sample: of 500 papers it was off by up to 0.004
SAMPLE_PAPERS = 1_000
MIN_PROBES = 4
MAX_COMPARED_PAPERS = 200_000  # with each paper: some 2 ms
ALL_SHARE = 1 / 3  # of the lists: to compare each pair of papers once costs less than to probe more
MAX_ALL_PAPERS = 450_000  # each is compared with half of all


@dataclass(frozen=True)
class Probes:
    """How many lists a paper probes."""

    mutual: int
    """Where a pair is found when either paper probes the list of the other: all papers against all."""
    single: int
    """Where a paper that lost a neighbour looks for the next one, in the lists that it probes alone."""
    recall: float
    """The share of the nearest papers of the sample that `mutual` finds."""


def choose_probes(inverted_file: InvertedFile, count: int, workers: Workers) -> Probes:
    """Compare a sample of papers with all, and count in how many lists their neighbours are."""
    paper_count = len(inverted_file.rows)
    sampled = min(SAMPLE_PAPERS, paper_count)
    # The sample is by id, not by place: big lists have as many papers in it as they have in the lake.
    chosen = np.argsort(inverted_file.rows)[np.arange(sampled) * paper_count // max(1, sampled)]
    chosen = np.sort(chosen)
    queries = Queries(chosen, inverted_file.vectors[chosen], 2 * count)
    compare_with_all(queries, ArrayBlocks(pl.DataFrame(), inverted_file.vectors), workers)
    query, neighbour = chosen[queries.pairs.queries], queries.pairs.rows
    lists = inverted_file.lists.astype(np.int64)
    forward = _list_ranks(inverted_file, query, lists[neighbour])
    backward = _list_ranks(inverted_file, neighbour, lists[query])
    is_next = queries.pairs.ranks() > count
    mutual = np.minimum(forward, backward)[~is_next]
    list_count = len(inverted_file.centroids)
    most = max(MIN_PROBES, MAX_COMPARED_PAPERS * list_count // max(1, paper_count))
    probes = max(_needed(mutual), MIN_PROBES)
    if probes > ALL_SHARE * list_count and paper_count <= MAX_ALL_PAPERS:
        probes = list_count
    elif probes > most:
        probes = most
    return Probes(
        mutual=min(probes, list_count),
        single=min(max(_needed(forward[is_next]), MIN_PROBES), list_count),
        recall=float((mutual < probes).mean()) if len(mutual) else 1.0,
    )


def _needed(ranks: Ints) -> int:
    """Return how many lists contain the aimed share of the neighbours, given the rank of the list of each."""
    if not len(ranks):
        return 1
    return int(np.sort(ranks)[int(np.ceil(AIMED_RECALL * len(ranks))) - 1]) + 1


def _list_ranks(inverted_file: InvertedFile, places: Ints, lists: Ints) -> Ints:
    """Return how many lists are nearer to each paper than the given list; 0 for its own list."""
    own = inverted_file.lists[places].astype(np.int64)
    ranks = np.empty(len(places), np.int64)
    for start in range(0, len(places), ASSIGN_ROWS):
        part = slice(start, start + ASSIGN_ROWS)
        cosines = inverted_file.vectors[places[part]] @ inverted_file.centroids.T
        ranks[part] = _ranks_of(cosines, lists[part])
    return np.where(own == lists, 0, np.maximum(ranks, 1))


def _ranks_of(cosines: Vectors, columns: Ints) -> Ints:
    at = cosines[np.arange(len(cosines)), columns]
    ranks: Ints = (cosines > at[:, None]).sum(axis=1)
    return ranks
