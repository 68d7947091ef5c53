"""The papers nearest to each paper: exact up to 50,000 papers, by a graph of neighbours (HNSW) beyond that.

The graph (Malkov and Yashunin, TPAMI 2020; by usearch) gives candidates, whose cosines are then computed
exactly. It is built by one thread, so that it is the same on every run.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.progress import Advance
from paperlake.vectors.arrays import Floats, Ints, Vectors
from paperlake.vectors.top_k import top_k

BLOCK_ROWS = 1024  # 1,024 x 50,000 similarities in float32 are 200 MB
SIMILARITY_DECIMALS = 6  # the last bits depend on the order of additions; equal to this many is a tie
EXACT_PAPERS = 50_000  # exact costs the square: 20 s for so many, over half an hour for 500,000
GRAPH_DEGREE = 32  # edges of a paper
GRAPH_EFFORT = 128  # papers compared to insert or to find one: recall of the 10 nearest of 20,000 is 0.9998
SPARE_CANDIDATES = 10  # more than are needed: bfloat16 confuses the order of nearly equal cosines
SEARCH_ROWS = 10_000  # searched between two reports of progress; the vectors of their candidates take 300 MB


def nearest(
    vectors: Vectors, queries: Vectors, count: int, exclude: Ints | None = None
) -> tuple[Ints, Floats]:
    """Find the `count` rows of `vectors` with the greatest cosine to each query, ties by row number.

    Args:
        vectors: (n, d), unit length.
        queries: (q, d), unit length.
        count: Cut to the number of rows that are not excluded.
        exclude: For each query a row that is not returned (its own), (q,).

    Returns:
        Row numbers (q, count) and rounded cosines (q, count), greatest first.
    """
    cosines = queries @ vectors.T
    np.clip(cosines, -1.0, 1.0, out=cosines)
    if exclude is not None:
        cosines[np.arange(len(queries)), exclude] = -np.inf
        count = min(count, len(vectors) - 1)
    rows, best = top_k(cosines, count, SIMILARITY_DECIMALS)
    return rows, best.astype(np.float64)


def similar_papers(
    paper_ids: list[str], vectors: Vectors, count: int, advance: Advance = lambda _count: None
) -> pl.DataFrame:
    """Build the table similar_papers: for each paper its `count` nearest by cosine.

    Args:
        paper_ids: n ids in ascending order, so that ties are ordered by id.
        vectors: float32 (n, d), unit length, in the same order.
        count: Neighbours for each paper.
        advance: Called with the number of papers done.
    """
    kept = max(min(count, len(paper_ids) - 1), 0)
    find = _exact if len(paper_ids) <= EXACT_PAPERS else _by_graph
    parts = [(np.empty((0, kept), np.int64), np.empty((0, kept)))]
    for part in find(vectors, kept):
        parts.append(part)
        advance(len(part[0]))
    rows, similarities = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _table(paper_ids, rows, similarities)


def _exact(vectors: Vectors, count: int) -> Iterator[tuple[Ints, Floats]]:
    for start in range(0, len(vectors), BLOCK_ROWS):
        block = np.arange(start, min(start + BLOCK_ROWS, len(vectors)))
        yield nearest(vectors, vectors[block], count, exclude=block)


def _by_graph(vectors: Vectors, count: int) -> Iterator[tuple[Ints, Floats]]:
    from usearch.index import Index  # noqa: PLC0415  # loads slowly, and only many papers need it

    graph = Index(
        ndim=vectors.shape[1],
        metric="ip",
        dtype="bf16",
        connectivity=GRAPH_DEGREE,
        expansion_add=GRAPH_EFFORT,
        expansion_search=GRAPH_EFFORT,
    )
    graph.add(np.arange(len(vectors)), vectors, threads=1)
    for start in range(0, len(vectors), SEARCH_ROWS):
        block = np.arange(start, min(start + SEARCH_ROWS, len(vectors)))
        found = graph.search(vectors[block], count + 1 + SPARE_CANDIDATES)
        yield _best_of(vectors, block, np.asarray(found.keys, dtype=np.int64), count)


def _best_of(vectors: Vectors, block: Ints, candidates: Ints, count: int) -> tuple[Ints, Floats]:
    """Select each paper's best `count` candidates by exact cosine, without itself; ties by row number."""
    candidates = np.sort(candidates, axis=1)
    cosines = np.empty(candidates.shape, dtype=np.float64)
    for start in range(0, len(block), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        near = vectors[np.clip(candidates[part], 0, len(vectors) - 1)]
        cosines[part] = np.einsum("qcd,qd->qc", near, vectors[block[part]])
    cosines = np.clip(cosines, -1.0, 1.0).round(SIMILARITY_DECIMALS)
    # Where the graph found too few, the key is beyond all papers or repeats the one before.
    empty = (candidates < 0) | (candidates >= len(vectors))
    empty[:, 1:] |= candidates[:, 1:] == candidates[:, :-1]
    cosines[empty | (candidates == block[:, None])] = -np.inf
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    rows = np.take_along_axis(candidates, order, axis=1)
    best: Floats = np.take_along_axis(cosines, order, axis=1)
    for place in np.flatnonzero(np.isneginf(best).any(axis=1)):  # the graph did not reach enough papers
        own = block[place : place + 1]
        rows[place : place + 1], best[place : place + 1] = nearest(vectors, vectors[own], count, own)
    return rows, best


def _table(paper_ids: list[str], neighbours: Ints, similarities: Floats) -> pl.DataFrame:
    count, kept = neighbours.shape
    ids = pl.Series(paper_ids, dtype=pl.String)
    return pl.DataFrame(
        {
            "paper_id": ids.gather(np.repeat(np.arange(count), kept)),
            "similar_paper_id": ids.gather(neighbours.ravel()),
            "rank": np.tile(np.arange(1, kept + 1), count),
            "similarity": np.round(similarities.ravel(), SIMILARITY_DECIMALS),
        },
        schema=SIMILAR_PAPERS.dtypes,
    )
