"""The warehouse at size: building it, its file, its neighbours, and how fast it is searched.

Needs the lake that benchmarks/search.py makes. Its papers are multiplied: each copy has an id of its own and
the vector of its paper with noise added, so that the nearest neighbours are not all copies.

    python benchmarks/warehouse.py [papers, default 500000] [with or without `neighbours`]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from paperlake.embedding.stage import read_vectors
from paperlake.lake import Lake
from paperlake.progress import Silent
from paperlake.schemas import TABLES, embeddings_table
from paperlake.search import Filters, Searcher
from paperlake.settings import Settings
from paperlake.warehouse import build
from paperlake.warehouse.similar import nearest, similar_papers

BENCH_LAKE = Path("data_lake/bench/search")
NOISE = 0.6  # length of the noise added to a unit vector: copies have cosine 0.74 with each other
SAMPLE = 512  # papers whose neighbours are compared with the exact ones
QUERIES = (
    "diffusion models for video generation",
    "retrieval augmented generation for question answering",
    "graph neural networks for molecules",
    "why do large language models hallucinate",
    "dark matter halo simulations",
)


def main() -> None:
    """Print one line a measurement."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    lake = Lake.open(BENCH_LAKE)
    papers, vectors = multiplied(lake, count)
    print(f"{papers.height:,} papers of dimension {vectors.shape[1]}")
    if "neighbours" in sys.argv:
        measure_neighbours(papers["paper_id"].to_list(), vectors)
    with tempfile.TemporaryDirectory(dir=BENCH_LAKE) as scratch:
        big = Lake.open(Path(scratch) / "lake")
        big.warehouse.parent.mkdir()
        measure_build(big, papers, vectors)
        measure_search(big)
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


def multiplied(lake: Lake, count: int) -> tuple[pl.DataFrame, np.ndarray]:
    """`count` papers and their vectors, in order of id."""
    papers = lake.read_table("papers").sort("paper_id")
    ids, vectors = read_vectors(lake)
    vectors = vectors[np.argsort(ids)]
    generator = np.random.default_rng(0)
    frames, blocks = [], []
    for copy in range(-(-count // papers.height)):
        kept = min(papers.height, count - copy * papers.height)
        frames.append(
            papers[:kept].with_columns(paper_id=pl.lit(f"{copy:02x}") + pl.col("paper_id").str.slice(0, 14))
        )
        noise = generator.standard_normal((kept, vectors.shape[1]), dtype=np.float32)
        block = vectors[:kept] + (NOISE * (copy > 0) / vectors.shape[1] ** 0.5) * noise
        blocks.append(block / np.linalg.norm(block, axis=1, keepdims=True))
    return pl.concat(frames), np.concatenate(blocks).astype(np.float32)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    started, used = time.perf_counter(), time.process_time()
    yield
    print(
        f"{what}: {time.perf_counter() - started:.1f} s, {time.process_time() - used:.1f} s of CPU",
        flush=True,
    )


def measure_neighbours(ids: list[str], vectors: np.ndarray) -> None:
    """similar_papers, and which part of the exact neighbours it finds."""
    with timed("similar_papers"):
        table = similar_papers(ids, vectors, 10)
    chosen = np.sort(np.random.default_rng(1).choice(len(ids), SAMPLE, replace=False))
    exact, _ = nearest(vectors, vectors[chosen], 10, exclude=chosen)
    found = table["similar_paper_id"].to_numpy().reshape(len(ids), -1)[chosen]
    known = np.array(ids)
    shared = [len(set(known[rows]) & set(mine)) for rows, mine in zip(exact, found, strict=True)]
    print(f"recall at 10: {np.mean(shared) / 10:.4f}")


def measure_build(big: Lake, papers: pl.DataFrame, vectors: np.ndarray) -> None:
    """A bare load of the Parquet files, the load of the tables, and what the search index adds."""
    table = embeddings_table(vectors.shape[1])
    embeddings = pl.DataFrame(
        {
            "paper_id": papers["paper_id"],
            "model_id": pl.repeat("all-MiniLM-L6-v2-53aa5117-mean-256", papers.height, eager=True),
            "text_hash": pl.repeat("0" * 64, papers.height, eager=True),
            "embedding": pl.Series(vectors, dtype=pl.Array(pl.Float32, vectors.shape[1])),
        }
    )
    tables = {"papers": papers, "embeddings": embeddings}
    files = {name: big.root / f"{name}.parquet" for name in tables}
    for name, frame in tables.items():
        big.write_parquet(files[name], frame)
    bare = big.root / "bare.duckdb"
    with timed("bare load of the Parquet files"), duckdb.connect(str(bare)) as connection:
        for name, file in files.items():
            connection.execute(f"CREATE TABLE {name} AS FROM '{file}'")
        connection.execute("CHECKPOINT")
    print(f"bare file: {bare.stat().st_size / 1e6:,.0f} MB")
    bare.unlink()
    connection = duckdb.connect(str(big.warehouse))
    with timed("tables, keys and comments"):
        for name, frame in tables.items():
            build._load(connection, TABLES.get(name, table), frame)
        for name, other in TABLES.items():
            if name not in tables:
                build._load(connection, other, other.empty())
        connection.execute("CHECKPOINT")
    loaded = big.warehouse.stat().st_size
    with timed("search index"):
        build._write_extras(connection, tables, Silent())
        connection.execute("CHECKPOINT")
    connection.close()
    print(f"file: {loaded / 1e6:,.0f} MB, with the search index {big.warehouse.stat().st_size / 1e6:,.0f} MB")


def measure_search(big: Lake) -> None:
    """How long a search takes in an open Searcher, the first apart."""
    filters = {"no filter": None, "one category": Filters(category="cs")}
    with Searcher(big, Settings(lake=big.root)) as searcher:
        with timed("first search"):
            searcher.search(QUERIES[0])
        for mode in ("words", "meaning", "both"):
            for name, chosen in filters.items():
                taken = []
                for text in QUERIES * 3:
                    started = time.perf_counter()
                    searcher.search(text, 10, mode, chosen)
                    taken.append(time.perf_counter() - started)
                median, worst = np.median(taken) * 1000, max(taken) * 1000
                print(f"{mode}, {name}: median {median:.0f} ms, worst {worst:.0f} ms")


if __name__ == "__main__":
    main()
