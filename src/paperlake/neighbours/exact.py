"""Compare some papers exactly with all papers, whose vectors come block by block."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from paperlake.neighbours.blocks import VectorBlocks, chunks
from paperlake.neighbours.lists import TOLERANCE, Pairs, exact_similarities
from paperlake.neighbours.workers import Workers
from paperlake.progress import Advance
from paperlake.vectors.arrays import Floats, Ints, Vectors
from paperlake.vectors.top_k import lower_bound

QUERY_ROWS = 1_024  # with 8,192 columns, 32 MB of similarities
COLUMN_ROWS = 8_192  # a longer chunk is divided


@dataclass
class Queries:
    """Papers whose neighbours are wanted, and the best pairs so far.

    Pairs are of numbers of queries (places in `rows`), not of rows.
    """

    rows: Ints
    """Row numbers among all papers, ascending, (q,)."""
    vectors: Vectors
    """float32 (q, dimension)."""
    count: int
    pairs: Pairs = field(default_factory=Pairs.none)

    def bounds(self) -> Floats:
        """Return the similarity that a pair must reach to enter the list of a query, (q,)."""
        return self.pairs.last_similarities(len(self.rows), self.count)

    def by_row(self) -> Pairs:
        """Return the lists by row number."""
        return Pairs(self.rows[self.pairs.queries], self.pairs.rows, self.pairs.similarities)

    def add(self, pairs: list[Pairs]) -> None:
        """Merge pairs into the lists."""
        self.pairs = Pairs.concatenate([self.pairs, *pairs]).best(self.count)


@dataclass(frozen=True)
class _Tile:
    queries: Queries
    first_query: int
    first_row: int
    block: Vectors
    bounds: Floats
    row_bounds: Floats | None


def compare_with_all(
    queries: Queries,
    vectors: VectorBlocks,
    workers: Workers,
    row_bounds: Floats | None = None,
    advance: Advance = lambda _count: None,
) -> Pairs:
    """Find the nearest rows of each query, and the rows to which a query is near enough.

    Args:
        queries: Their lists are filled.
        vectors: The vectors of all papers.
        workers: Threads.
        row_bounds: For each row, the similarity from which a query is wanted; infinite where none is, (n,).
        advance: Called with the number of rows that were compared.

    Returns:
        Pairs of a row number (as query) and the row number of a query, at least as similar as the bound.
    """
    reverse = []
    for start, chunk in chunks(vectors, workers):
        for at in range(0, len(chunk), COLUMN_ROWS):
            columns = chunk[at : at + COLUMN_ROWS]
            near, wanted = _compare_block(queries, start + at, columns, workers, row_bounds)
            queries.add(near)
            reverse.append(wanted)
            advance(len(columns))
    return Pairs.concatenate(reverse)


def _compare_block(
    queries: Queries, first_row: int, block: Vectors, workers: Workers, row_bounds: Floats | None
) -> tuple[list[Pairs], Pairs]:
    bounds = queries.bounds()
    column_bounds = None if row_bounds is None else row_bounds[first_row : first_row + len(block)]
    tiles = [
        _Tile(queries, at, first_row, block, bounds[at : at + QUERY_ROWS], column_bounds)
        for at in range(0, len(queries.rows), QUERY_ROWS)
    ]
    near, wanted = [], []
    for pairs in workers.map(_compare_tile, tiles):
        near.append(pairs)
        if column_bounds is not None:
            is_wanted = pairs.similarities >= column_bounds[pairs.rows - first_row]
            chosen = pairs.where(is_wanted)
            wanted.append(Pairs(chosen.rows, queries.rows[chosen.queries], chosen.similarities))
    return near, Pairs.concatenate(wanted)


def _compare_tile(tile: _Tile) -> Pairs:
    """Return the pairs of a tile that may enter a list, with exact similarities."""
    part = slice(tile.first_query, tile.first_query + QUERY_ROWS)
    cosines = tile.queries.vectors[part] @ tile.block.T
    own = tile.queries.rows[part] - tile.first_row
    is_here = np.flatnonzero((own >= 0) & (own < len(tile.block)))
    cosines[is_here, own[is_here]] = -np.inf
    bounds = tile.bounds.astype(np.float32)
    if len(tile.block) >= tile.queries.count:
        bounds = np.maximum(bounds, lower_bound(cosines, tile.queries.count))
    is_near = cosines >= (bounds - TOLERANCE)[:, None]
    if tile.row_bounds is not None:
        is_near |= cosines >= (tile.row_bounds.astype(np.float32) - TOLERANCE)[None, :]
    is_near[is_here, own[is_here]] = False
    query, row = np.divmod(np.flatnonzero(is_near), len(tile.block))
    query += tile.first_query
    similarities = exact_similarities(tile.queries.vectors, query, tile.block, row)
    return Pairs(query, row + tile.first_row, similarities)
