"""The papers nearest to each paper: exact for some 50,000, by a graph of neighbours (HNSW) beyond that.

The graph (Malkov and Yashunin, TPAMI 2020; by usearch) puts forward candidates, whose cosines are then
computed exactly. It is built by one thread, so that it is the same on every run.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.progress import Advance

BLOCK_ROWS = 1024  # 1,024 x 50,000 similarities in float32 are 200 MB
SIMILARITY_DECIMALS = 6  # the last bits depend on the order of additions; equal to this many is a tie
RUN_COLUMNS = 64  # similarities of which only the greatest is looked at first
EXACT_PAPERS = 50_000  # exact costs the square: 20 s for so many, over half an hour for 500,000
GRAPH_DEGREE = 32  # edges of a paper
GRAPH_EFFORT = 128  # papers looked at to place or to find one: 0.9998 of the 10 nearest of 20,000 papers
SPARE_CANDIDATES = 10  # put forward beyond what is asked for: bfloat16 mixes up what is nearly as near
SEARCH_ROWS = 10_000  # at once: progress shows, and their candidates' vectors take 300 MB

Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Cosines = npt.NDArray[np.float64]


def nearest(
    vectors: Vectors, queries: Vectors, count: int, exclude: Rows | None = None
) -> tuple[Rows, Cosines]:
    """The `count` rows of `vectors` with the greatest cosine to each query, ties by row number.

    Args:
        vectors: float32 (n, d), unit length.
        queries: float32 (q, d), unit length.
        count: How many; fewer come back if there are fewer rows.
        exclude: For each query a row that may not come back (itself), int64 (q,).

    Returns:
        Row numbers (q, k) and rounded cosines (q, k), greatest first.
    """
    similarities = queries @ vectors.T
    if exclude is not None:
        similarities[np.arange(len(queries)), exclude] = -np.inf
    kept = min(count, vectors.shape[0] - (1 if exclude is not None else 0))
    if kept <= 0 or not len(queries):
        empty = np.empty((len(queries), 0))
        return empty.astype(np.int64), empty
    # All rows that rounding may tie with the last one kept must be seen, or chance would choose among them.
    least = _reached_by(similarities, kept) - 10.0**-SIMILARITY_DECIMALS
    query, row = np.nonzero(similarities >= least[:, None])
    cosine = np.round(np.clip(similarities[query, row], -1.0, 1.0), SIMILARITY_DECIMALS)
    order = np.lexsort((row, -cosine, query))
    query, row, cosine = query[order], row[order], cosine[order]
    place = np.arange(len(query)) - np.searchsorted(query, query)
    shape = (len(queries), kept)
    return row[place < kept].reshape(shape), cosine[place < kept].astype(np.float64).reshape(shape)


def _reached_by(similarities: Vectors, count: int) -> Vectors:
    """For each line a bound that at least `count` of its numbers reach, and few more do.

    The count-th greatest of the maxima of short runs: a sixtieth of the numbers to partition.
    """
    width = similarities.shape[1]
    runs = width // RUN_COLUMNS
    if runs < 2 * count:
        return -np.partition(-similarities, count - 1, axis=1)[:, count - 1]
    head = similarities[:, : runs * RUN_COLUMNS].reshape(len(similarities), runs, RUN_COLUMNS)
    maxima = head.max(axis=2)
    bound: Vectors = np.partition(maxima, runs - count, axis=1)[:, runs - count]
    return bound


def similar_papers(
    paper_ids: list[str], vectors: Vectors, count: int, advance: Advance = lambda _count: None
) -> pl.DataFrame:
    """The table similar_papers: for each paper its `count` nearest by cosine.

    Args:
        paper_ids: n ids in ascending order, so that ties go by id.
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


def _exact(vectors: Vectors, count: int) -> Iterator[tuple[Rows, Cosines]]:
    for start in range(0, len(vectors), BLOCK_ROWS):
        block = np.arange(start, min(start + BLOCK_ROWS, len(vectors)))
        yield nearest(vectors, vectors[block], count, exclude=block)


def _by_graph(vectors: Vectors, count: int) -> Iterator[tuple[Rows, Cosines]]:
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


def _best_of(vectors: Vectors, block: Rows, candidates: Rows, count: int) -> tuple[Rows, Cosines]:
    """The best `count` of each paper's candidates by exact cosine, without itself; ties by row number."""
    candidates = np.sort(candidates, axis=1)
    cosines = np.empty(candidates.shape, dtype=np.float64)
    for start in range(0, len(block), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        near = vectors[np.clip(candidates[part], 0, len(vectors) - 1)]
        cosines[part] = np.einsum("qcd,qd->qc", near, vectors[block[part]])
    cosines = np.clip(cosines, -1.0, 1.0).round(SIMILARITY_DECIMALS)
    # A place that the graph left empty holds a number beyond all papers, or the one before again.
    empty = (candidates < 0) | (candidates >= len(vectors))
    empty[:, 1:] |= candidates[:, 1:] == candidates[:, :-1]
    cosines[empty | (candidates == block[:, None])] = -np.inf
    order = np.argsort(-cosines, axis=1, kind="stable")[:, :count]
    rows = np.take_along_axis(candidates, order, axis=1)
    best: Cosines = np.take_along_axis(cosines, order, axis=1)
    for place in np.flatnonzero(np.isneginf(best).any(axis=1)):  # the graph did not reach enough papers
        own = block[place : place + 1]
        rows[place : place + 1], best[place : place + 1] = nearest(vectors, vectors[own], count, own)
    return rows, best


def _table(paper_ids: list[str], neighbours: Rows, similarities: Cosines) -> pl.DataFrame:
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
