"""The papers nearest to each paper: exact, by blocks of matrix products."""

from __future__ import annotations

import numpy as np
import polars as pl

from paperlake.progress import Advance
from paperlake.schemas import SIMILAR_PAPERS

BLOCK_ROWS = 1024  # 1,024 x 500,000 similarities in float32 are 2 GB; 50,000 papers need 200 MB
SIMILARITY_DECIMALS = 6  # the last bits depend on the order of additions; equal to this many is a tie


def nearest(
    vectors: np.ndarray, queries: np.ndarray, count: int, exclude: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """The `count` rows of `vectors` with the greatest cosine to each query, ties by row number.

    Args:
        vectors: float32 (n, d), unit length.
        queries: float32 (q, d), unit length.
        count: How many; fewer come back if there are fewer rows.
        exclude: For each query a row that may not come back (itself), int64 (q,).

    Returns:
        Row numbers (q, k) and rounded cosines (q, k), greatest first.
    """
    similarities = np.round(np.clip(queries @ vectors.T, -1.0, 1.0), SIMILARITY_DECIMALS)
    if exclude is not None:
        similarities[np.arange(len(queries)), exclude] = -np.inf
    available = vectors.shape[0] - (1 if exclude is not None else 0)
    kept = min(count, available)
    if kept <= 0:
        empty = np.empty((len(queries), 0))
        return empty.astype(np.int64), empty
    # All rows tied with the last one kept must be seen, or partition would choose among them at random.
    threshold = -np.partition(-similarities, kept - 1, axis=1)[:, kept - 1]
    rows = np.empty((len(queries), kept), dtype=np.int64)
    for index, (line, least) in enumerate(zip(similarities, threshold, strict=True)):
        candidates = np.flatnonzero(line >= least)
        order = np.lexsort((candidates, -line[candidates]))[:kept]
        rows[index] = candidates[order]
    return rows, np.take_along_axis(similarities, rows, axis=1).astype(np.float64)


def similar_papers(
    paper_ids: list[str], vectors: np.ndarray, count: int, advance: Advance = lambda _count: None
) -> pl.DataFrame:
    """The table similar_papers: for each paper its `count` nearest, by exact cosine.

    Args:
        paper_ids: n ids in ascending order, so that ties go by id.
        vectors: float32 (n, d), unit length, in the same order.
        count: Neighbours for each paper.
        advance: Called with the number of papers done.
    """
    ids = np.array(paper_ids, dtype=object)
    frames = [SIMILAR_PAPERS.empty()]
    for start in range(0, len(ids), BLOCK_ROWS):
        block = np.arange(start, min(start + BLOCK_ROWS, len(ids)))
        rows, similarities = nearest(vectors, vectors[block], count, exclude=block)
        kept = rows.shape[1]
        frames.append(
            pl.DataFrame(
                {
                    "paper_id": np.repeat(ids[block], kept),
                    "similar_paper_id": ids[rows.ravel()],
                    "rank": np.tile(np.arange(1, kept + 1), len(block)),
                    "similarity": np.round(similarities.ravel(), SIMILARITY_DECIMALS),
                },
                schema=SIMILAR_PAPERS.dtypes,
            )
        )
        advance(len(block))
    return pl.concat(frames)
