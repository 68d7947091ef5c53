"""Compare ways to find the ten nearest papers of all papers: exact, a graph (HNSW), and the inverted file.

The vectors are those of a lake, or of a file, multiplied with noise to as many as asked for. Each way is
compared with the exact neighbours of 500 papers. Then 200 papers come, and 200 go.

    python benchmarks/neighbours.py [papers, default 540000] [--lake LAKE | --vectors FILE.npy] [--graph]
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
import polars as pl

from paperlake.catalogue.paper_tables import EMBEDDINGS
from paperlake.lake import Lake
from paperlake.neighbours.blocks import ArrayBlocks
from paperlake.neighbours.exact import Queries, compare_with_all
from paperlake.neighbours.full_build import Work
from paperlake.neighbours.update import NeighbourUpdate, update_neighbours
from paperlake.neighbours.workers import workers
from paperlake.vectors.arrays import Ints, Vectors

BENCH_LAKE = Path("data_lake/bench/search")  # benchmarks/search.py makes it
COUNT = 10
SAMPLE = 500  # papers whose neighbours are compared with the exact ones
NEWS = 200
GRAPH_DEGREE, GRAPH_EFFORT = 32, 128  # HNSW: edges of a paper; papers compared to insert or to find one

Result = TypeVar("Result")


def main() -> None:
    """Print one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("papers", type=int, nargs="?", default=540_000)
    parser.add_argument("--lake", type=Path, default=BENCH_LAKE)
    parser.add_argument("--vectors", type=Path, help="float32 vectors of unit length, instead of a lake's")
    parser.add_argument("--noise", type=float, default=0.6, help="length of the noise on each copy")
    parser.add_argument("--blend", action="store_true", help="mix each copy with a neighbour of its paper")
    parser.add_argument("--graph", action="store_true", help="measure HNSW as well: minutes by one thread")
    options = parser.parse_args()
    seeds = (
        np.load(options.vectors)
        if options.vectors
        else Lake.find(options.lake).read(EMBEDDINGS)["embedding"].to_numpy()
    )
    vectors = multiplied(seeds, options.papers, options.noise, options.blend)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{len(vectors):,} vectors of {vectors.shape[1]}, {len(seeds):,} of them as they came; load {load}")
    chosen = np.arange(SAMPLE) * len(vectors) // SAMPLE + len(vectors) // (2 * SAMPLE)
    exact = timed(f"exact for {SAMPLE} papers", lambda: exact_neighbours(vectors, chosen))
    if options.graph:
        found = timed("HNSW, one thread", lambda: by_graph(vectors, chosen))
        print(f"  recall at {COUNT}: {recall(exact, found):.4f}")
    measure_update(vectors, chosen)
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


def vectors_of(lake: Path) -> Vectors:
    """Return the vectors of a lake."""
    return Lake.find(lake).read(EMBEDDINGS)["embedding"].to_numpy()


def timed(what: str, work: Callable[[], Result]) -> Result:
    """Print how long something took, in wall time and in CPU time of all threads."""
    started, used = time.perf_counter(), time.process_time()
    result = work()
    taken, cpu = time.perf_counter() - started, time.process_time() - used
    print(f"{what}: {taken:.1f} s, {cpu:.1f} s of CPU", flush=True)
    return result


def multiplied(seeds: Vectors, count: int, noise: float, blend: bool) -> Vectors:
    """Return the vectors unchanged, then copies with noise, `count` in total and in no order."""
    generator = np.random.default_rng(0)
    near = nearest_of(seeds) if blend else None
    vectors = np.empty((count, seeds.shape[1]), np.float32)
    for start in range(0, count, len(seeds)):
        block = seeds[: count - start].copy()
        if start and near is not None:
            other = seeds[near[np.arange(len(block)), generator.integers(0, near.shape[1], len(block))]]
            share = generator.uniform(0, 0.7, (len(block), 1)).astype(np.float32)
            block = (1 - share) * block + share * other
            block /= np.linalg.norm(block, axis=1, keepdims=True)
        if start:
            size = np.float32(noise / seeds.shape[1] ** 0.5)
            block += size * generator.standard_normal(block.shape, dtype=np.float32)
        vectors[start : start + len(block)] = block / np.linalg.norm(block, axis=1, keepdims=True)
    generator.shuffle(vectors)
    return vectors


def nearest_of(seeds: Vectors) -> Ints:
    """Return the ten nearest of each seed, (seeds, 10)."""
    parts = []
    for start in range(0, len(seeds), 2_000):
        cosines = seeds[start : start + 2_000] @ seeds.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2
        parts.append(np.argpartition(-cosines, COUNT, axis=1)[:, :COUNT])
    return np.concatenate(parts)


def exact_neighbours(vectors: Vectors, chosen: Ints) -> Ints:
    """Return the nearest rows of some rows, (chosen, COUNT)."""
    queries = Queries(chosen, vectors[chosen], COUNT)
    with workers() as pool:
        compare_with_all(queries, ArrayBlocks(pl.DataFrame(), vectors), pool)
    return queries.pairs.rows.reshape(-1, COUNT)


def recall(exact: Ints, found: Ints) -> float:
    """Return the mean share of the exact neighbours that were found."""
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(exact, found, strict=True)]))


def by_graph(vectors: Vectors, chosen: Ints) -> Ints:
    """Return what a graph built by one thread finds for all papers, of which the chosen ones are kept."""
    from usearch.index import Index  # noqa: PLC0415  # only where it is asked for

    graph = Index(
        ndim=vectors.shape[1], metric="ip", dtype="bf16", connectivity=GRAPH_DEGREE,
        expansion_add=GRAPH_EFFORT, expansion_search=GRAPH_EFFORT,
    )  # fmt: skip
    graph.add(np.arange(len(vectors)), vectors, threads=1)
    found = np.concatenate(
        [
            np.asarray(graph.search(vectors[start : start + 10_000], 2 * COUNT).keys, np.int64)
            for start in range(0, len(vectors), 10_000)
        ]
    )
    candidates = found[chosen]
    cosines = np.einsum("qcd,qd->qc", vectors[candidates], vectors[chosen])
    cosines[candidates == chosen[:, None]] = -2
    best = np.argsort(-cosines, axis=1)[:, :COUNT]
    return np.take_along_axis(candidates, best, axis=1)


def measure_update(vectors: Vectors, chosen: Ints) -> None:
    """Measure a build from nothing, 200 papers that come, and 200 that go."""
    generator = np.random.default_rng(1)
    spread = generator.permutation(len(vectors))
    late, gone = spread[:NEWS], spread[NEWS : 2 * NEWS]
    everyone = np.arange(len(vectors))
    before = np.setdiff1d(everyone, late)
    after = np.setdiff1d(everyone, gone)
    with workers() as pool, tempfile.TemporaryDirectory() as folder:
        work = Work(pool, scratch=Path(folder))
        built = timed("from nothing", lambda: update_neighbours(None, source(vectors, before), COUNT, work))
        describe(built)
        report("  recall", vectors, before, built, np.intersect1d(chosen, before))
        come = timed(
            f"{NEWS} come",
            lambda: update_neighbours(built.index, source(vectors, everyone), COUNT, work),
        )
        print(f"  {len(come.changed):,} lists change")
        report("  recall", vectors, everyone, come, chosen)
        less = timed(f"{NEWS} go", lambda: update_neighbours(come.index, source(vectors, after), COUNT, work))
        print(f"  {len(less.changed):,} lists change")
        report("  recall of the lists that lost a paper", vectors, after, less, after[less.changed[:SAMPLE]])


def source(vectors: Vectors, rows: Ints) -> ArrayBlocks:
    """Return some of the vectors as papers; the id says the row."""
    names = pl.Series("paper_id", rows).to_frame().select(pl.format("{}", pl.col("paper_id")).str.zfill(16))
    papers = names.with_columns(pl.lit("0").alias("fingerprint"))
    return ArrayBlocks(papers, vectors if len(rows) == len(vectors) else vectors[rows])


def describe(update: NeighbourUpdate) -> None:
    """Print what the inverted file is like."""
    index = update.index
    if index.probes is not None and index.centroids is not None:
        print(
            f"  {len(index.centroids):,} lists, {index.probes.mutual} probed, {index.probes.single} where a"
        )
        print(f"  paper lost a neighbour; recall on its own sample {index.probes.recall:.4f}")


def report(what: str, vectors: Vectors, rows: Ints, update: NeighbourUpdate, chosen: Ints) -> None:
    """Print the recall of the lists of some papers among the papers that there are."""
    numbers = np.searchsorted(rows, chosen)
    exact = exact_neighbours(vectors[rows], numbers)
    print(f"{what}: {recall(exact, update.index.kept.rows[numbers, :COUNT]):.4f}", flush=True)


if __name__ == "__main__":
    main()
