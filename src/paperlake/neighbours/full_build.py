"""The lists of all papers, from nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import Engine, halves
from paperlake.neighbours.blocks import VectorBlocks, chunks, gather, groups_of_blocks
from paperlake.neighbours.exact import QUERY_ROWS, Queries, compare_with_all
from paperlake.neighbours.index import NeighbourIndex
from paperlake.neighbours.inverted.calibration import choose_probes
from paperlake.neighbours.inverted.centroids import assign_chunk, divided, train
from paperlake.neighbours.inverted.inverted_file import fill
from paperlake.neighbours.inverted.searching import Search
from paperlake.neighbours.kept_lists import RESERVE, KeptLists, kept_lists
from paperlake.neighbours.lists import Pairs
from paperlake.neighbours.workers import Workers, workers
from paperlake.progress import Advance
from paperlake.vectors.arrays import Ints, Vectors

EXACT_PAPERS = 50_000  # exact costs the square: half a minute for so many, an hour for 500,000
RANGES_PER_PROCESS = 2  # all vectors are read once for each range
TASK_BYTES = 512 << 20  # vectors of the range, a block of them, and 32 MB of similarities
MAX_BYTES = 1 << 30  # vectors that need more are in a file, which the system caches as far as there is memory


@dataclass(frozen=True)
class Work:
    """What a build or an update is done with."""

    workers: Workers
    advance: Advance = field(default=lambda _count: None)
    """Called with the number of papers done; in all there are as many as there are papers."""
    scratch: Path | None = None
    """Where a file of the size of all vectors may be; by default the system's folder of temporary files.

    The processes of the engine must have it, too.
    """
    engine: Engine = field(default_factory=LocalEngine)
    """Divides comparisons of all with all over other processes, if it has any."""


def is_exact(paper_count: int) -> bool:
    """Return whether so many papers are all compared with each other."""
    return paper_count <= EXACT_PAPERS


def build_neighbours(vectors: VectorBlocks, count: int, work: Work) -> NeighbourIndex:
    """Build the lists of all papers."""
    if is_exact(vectors.papers.height):
        return build_exactly(vectors, count, work)
    return build_by_lists(vectors, count, work)


def build_exactly(vectors: VectorBlocks, count: int, work: Work) -> NeighbourIndex:
    """Compare all papers with each other."""
    kept = count + RESERVE
    pairs = Pairs.concatenate(list(_exact_lists(vectors, kept, work)))
    lists = kept_lists(pairs, vectors.papers.height, kept)
    return NeighbourIndex(vectors.model_id, count, vectors.papers, lists)


def _exact_lists(vectors: VectorBlocks, count: int, work: Work) -> Iterator[Pairs]:
    """Yield the lists of all papers, in order; those of other processes by ranges of papers."""
    paper_count, processes = vectors.papers.height, work.engine.process_count
    if processes == 1:
        yield _nearest(range(paper_count), vectors, count, work.workers, work.advance)
        return
    size = max(QUERY_ROWS, -(-paper_count // (processes * RANGES_PER_PROCESS)))
    ranges = [range(at, min(at + size, paper_count)) for at in range(0, paper_count, size)]
    compute = partial(_nearest_in_task, vectors=vectors, count=count)
    for pairs in work.engine.map(compute, ranges, memory=TASK_BYTES, split=halves):
        yield pairs
        work.advance(len(np.unique(pairs.queries)))


def _nearest_in_task(rows: range, vectors: VectorBlocks, count: int) -> Pairs:
    with workers(1) as pool:
        return _nearest(rows, vectors, count, pool)


def _nearest(
    rows: range,
    vectors: VectorBlocks,
    count: int,
    pool: Workers,
    advance: Advance = lambda _count: None,
) -> Pairs:
    """Return the lists of a range of papers, compared with all."""
    numbers = np.arange(rows.start, rows.stop)
    queries = Queries(numbers, gather(vectors, numbers, pool), count)
    compare_with_all(queries, vectors, pool, advance=advance)
    return queries.by_row()


def build_by_lists(vectors: VectorBlocks, count: int, work: Work) -> NeighbourIndex:
    """Train an inverted file, and compare each paper with those of the nearest lists."""
    paper_count = vectors.papers.height
    centroids = train(vectors, work.workers)
    centroids, lists = divided(centroids, _assigned(vectors, centroids, work))
    with _room(paper_count, vectors.dimension, work) as into:
        inverted_file = fill(chunks(vectors, work.workers), lists, centroids, into)
        probes = choose_probes(inverted_file, count, work.workers)
        search = Search(inverted_file, count + RESERVE, probes.mutual, work.engine, work.advance)
        kept = _found_lists(search)
    _complete(kept, vectors, work)
    return NeighbourIndex(
        vectors.model_id, count, vectors.papers, kept, lists, centroids, paper_count, probes
    )


def _assigned(vectors: VectorBlocks, centroids: Vectors, work: Work) -> Ints:
    """Return the list of each paper, (papers,)."""
    compute = partial(_lists_of_blocks, vectors=vectors, centroids=centroids)
    parts = work.engine.map(compute, groups_of_blocks(vectors.sizes), memory=TASK_BYTES, split=halves)
    return np.concatenate(list(parts))


def _lists_of_blocks(numbers: range, vectors: VectorBlocks, centroids: Vectors) -> Ints:
    return assign_chunk(np.concatenate([vectors.block(number) for number in numbers]), centroids)


@contextmanager
def _room(rows: int, dimension: int, work: Work) -> Iterator[Vectors]:
    """Yield an array: in memory, or in a file where it is large or other processes read it."""
    shape = (rows, dimension)
    if work.engine.process_count > 1:
        with tempfile.NamedTemporaryFile(dir=work.scratch, prefix=".", suffix=".vectors.partial") as named:
            yield np.memmap(named.name, np.float32, "r+", shape=shape)
    elif rows * dimension * 4 <= MAX_BYTES:
        yield np.empty(shape, np.float32)
    else:
        with tempfile.TemporaryFile(dir=work.scratch) as file:
            yield np.memmap(file, np.float32, "r+", shape=shape)


def _found_lists(search: Search) -> KeptLists:
    """Return the lists of all papers; some may lack papers."""
    lists = KeptLists.empty(len(search.file.rows), search.count)
    for part in search.pairs():
        lists.put(np.unique(part.queries), part)
    return lists


def _complete(lists: KeptLists, vectors: VectorBlocks, work: Work) -> None:
    """Compare papers whose lists had too few papers near them with all papers."""
    lacking: Ints = np.flatnonzero(lists.lengths() < min(lists.kept, vectors.papers.height - 1))
    if not len(lacking):
        return
    queries = Queries(lacking, gather(vectors, lacking, work.workers), lists.kept)
    compare_with_all(queries, vectors, work.workers)
    lists.put(lacking, queries.by_row())
