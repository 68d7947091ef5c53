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
from paperlake.search.open_index import MAX_CODE_CANDIDATES
from paperlake.search_index.binary_codes import (
    WORD_COLUMNS,
    binary_codes,
    estimated_similarities,
    hamming_distances,
    make_hyperplanes,
)
from paperlake.vectors.arrays import Hashes, Ints, Vectors
from paperlake.vectors.top_k import top_k
from paperlake.warehouse.reading import connect

QUERIES = 300
NOISE = 0.03  # standard deviation added to each component
NEAREST = 10
DEPTHS = (10, 100, 200)
COMPARED = (200, 300, 500, 1000, 2000)
GRAPH_DEGREE, GRAPH_EFFORT = 32, 128  # edges of a paper; papers compared to insert or to find one


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
    report_recall(vectors, queries, np.stack(codes, axis=1), hyperplanes)
    report_graph(vectors, queries, exact)


def report_recall(vectors: Vectors, queries: Vectors, codes: Hashes, hyperplanes: Vectors) -> None:
    """Print which part of the nearest are among the nearest by code, and by the second estimate."""
    exact = top_k(queries @ vectors.T, max(DEPTHS))[0]
    by_code, by_estimate = [], []
    for query, code in zip(queries, binary_codes(queries, hyperplanes), strict=True):
        distances = hamming_distances(codes.T, code).astype(np.int64)
        near = top_k(-distances[None, :], MAX_CODE_CANDIDATES)[0][0]
        estimates = estimated_similarities(codes[near], query, hyperplanes)
        by_code.append(near)
        by_estimate.append(near[top_k(estimates[None, :], max(COMPARED))[0][0]])
    for depth in DEPTHS:
        for name, found in (("codes", by_code), ("estimate", by_estimate)):
            for candidates in sorted({*COMPARED, len(found[0])}):
                if candidates <= len(found[0]):
                    share = recall(exact[:, :depth], np.stack(found)[:, :candidates])
                    print(f"{name}: {share:.4f} of the {depth} nearest among {candidates}")


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
    """Print the same of an HNSW graph; its recall of 20,000 real papers is 0.9998."""
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
