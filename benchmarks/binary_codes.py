"""Compare binary codes with a saved usearch index: size, opening time, recall of the 10 nearest.

Queries are vectors of papers with noise. Run it on any lake that has a warehouse.

    python benchmarks/binary_codes.py LAKE
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from usearch.index import Index

from paperlake.lake import Lake
from paperlake.search_index.binary_codes import (
    WORD_COLUMNS,
    binary_codes,
    hamming_distances,
    make_hyperplanes,
)
from paperlake.vectors.arrays import Ints, Vectors
from paperlake.vectors.top_k import top_k
from paperlake.warehouse.reading import connect
from paperlake.warehouse.similar import GRAPH_DEGREE, GRAPH_EFFORT

QUERIES = 300
NOISE = 0.03  # standard deviation added to each component
NEAREST = 10


def main() -> None:
    """Print one line per index and number of candidates."""
    with connect(Lake(Path(sys.argv[1]))) as connection:
        rows = pl.DataFrame(
            connection.execute(
                "SELECT embeddings.* FROM embeddings JOIN search.documents USING (paper_id) "
                "ORDER BY paper_number"
            ).to_arrow_table()
        )
        started = time.perf_counter()
        columns = connection.execute("SELECT * EXCLUDE (paper_id) FROM search.codes").fetchnumpy()
        order = np.argsort(columns["paper_number"])
        codes = [columns[name][order] for name in WORD_COLUMNS]
        seconds = time.perf_counter() - started
    vectors = np.stack(rows["embedding"].to_list()).astype(np.float32)
    print(f"{len(vectors)} vectors of {vectors.shape[1]} numbers, {rows['model_id'][0]}")
    queries = noisy(vectors)
    exact = top_k(queries @ vectors.T, NEAREST)[0]
    print(f"codes: {sum(word.nbytes for word in codes) / 1e6:.1f} MB, read in {seconds:.3f} s")
    started = time.perf_counter()
    hyperplanes = make_hyperplanes(vectors.shape[1])
    binary_codes(vectors, hyperplanes)
    print(f"codes: computed in {time.perf_counter() - started:.1f} s")
    distances = np.stack([hamming_distances(codes, code) for code in binary_codes(queries, hyperplanes)])
    for candidates in (200, 500, 2000):
        found = top_k(-distances.astype(np.int64), candidates)[0]
        print(f"codes: recall {recall(exact, found):.4f} among {candidates} candidates")
    report_graph(vectors, queries, exact)


def noisy(vectors: Vectors) -> Vectors:
    """Return some of the vectors with noise, of unit length."""
    generator = np.random.default_rng(0)
    chosen = vectors[generator.choice(len(vectors), QUERIES, replace=False)]
    chosen = chosen + generator.normal(0, NOISE, chosen.shape).astype(np.float32)
    normalised: Vectors = chosen / np.linalg.norm(chosen, axis=1, keepdims=True)
    return normalised


def recall(exact: Ints, found: Ints) -> float:
    """Return the mean share of the exact neighbours that are among those found."""
    return float(np.mean([np.isin(one, other).mean() for one, other in zip(exact, found, strict=True)]))


def report_graph(vectors: Vectors, queries: Vectors, exact: Ints) -> None:
    """Print the same of an HNSW graph, with the parameters of `similar_papers`."""
    graph = Index(
        ndim=vectors.shape[1], metric="ip", dtype="bf16", connectivity=GRAPH_DEGREE,
        expansion_add=GRAPH_EFFORT, expansion_search=GRAPH_EFFORT,
    )  # fmt: skip
    started = time.perf_counter()
    graph.add(np.arange(len(vectors)), vectors, threads=1)
    print(f"graph: built in {time.perf_counter() - started:.1f} s by one thread")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "index.usearch"
        graph.save(str(file))
        started = time.perf_counter()
        saved = Index.restore(str(file))
        seconds = time.perf_counter() - started
        print(f"graph: {file.stat().st_size / 1e6:.1f} MB, read in {seconds:.3f} s")
    for candidates in (10, 200, 500):
        found = np.asarray(saved.search(queries, candidates).keys, dtype=np.int64)
        print(f"graph: recall {recall(exact, found):.4f} among {candidates} candidates")


if __name__ == "__main__":
    main()
