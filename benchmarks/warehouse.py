"""Measure a large warehouse: time to build, file size, and time per search.

Needs the lake that benchmarks/search.py makes. Its papers are multiplied: each copy has its own id and
the vector of its paper with noise added, so that the nearest neighbours are not all copies. The large lake
stays in data_lake/bench/large, so that `searches` can be measured again without building it.

    python benchmarks/warehouse.py build|searches [papers, default 500000]
"""

from __future__ import annotations

import argparse
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from search import BENCH_LAKE, EMBEDDER, REAL_DATA, grouped, questions_of

from paperlake import stage_list
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.table import Table
from paperlake.catalogue.topic_tables import PAPER_TOPICS, TOPICS
from paperlake.lake import Lake
from paperlake.lake.files import write_parquet
from paperlake.progress import Silent
from paperlake.search import Filters, Searcher
from paperlake.search_index.writing import write_search_index
from paperlake.settings import Settings
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.load import load_table
from paperlake.warehouse.reading import query

LARGE_LAKE = Path("data_lake/bench/large")
NOISE = 0.6  # length of the noise added to a unit vector: copies have cosine 0.74 with each other
QUERIES_PER_KIND = 10  # old titles, first sentences of old abstracts, sets of keywords: 30 in all
MULTIPLIED = (PAPERS, PAPER_TOPICS)  # tables that grow with the papers, besides embeddings


def main() -> None:
    """Print one line per measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("build", "searches"), nargs="?", default="build")
    parser.add_argument("papers", type=int, nargs="?", default=500_000)
    options = parser.parse_args()
    if options.what == "build":
        measure_build(options.papers)
    else:
        measure_searches()
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} GB")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print how long something took."""
    started, used = time.perf_counter(), time.process_time()
    yield
    taken = time.perf_counter() - started
    print(f"{what}: {taken:.1f} s, {time.process_time() - used:.1f} s of CPU", flush=True)


def copies(vectors: np.ndarray, count: int) -> Iterator[np.ndarray]:
    """Return the vectors unchanged, then copies with noise, `count` in total."""
    generator = np.random.default_rng(0)
    for copy in range(-(-count // len(vectors))):
        kept = vectors[: count - copy * len(vectors)]
        noise = generator.standard_normal(kept.shape, dtype=np.float32)
        block = kept + (NOISE * (copy > 0) / vectors.shape[1] ** 0.5) * noise
        yield (block / np.linalg.norm(block, axis=1, keepdims=True)).astype(np.float32)


def multiplied(frame: pl.DataFrame, papers: list[str], count: int) -> pl.DataFrame:
    """Return the rows of a table for `count` papers, each copy of a paper with its own id."""
    frames = []
    for copy in range(-(-count // len(papers))):
        kept = pl.Series(papers[: count - copy * len(papers)])
        rows = frame.filter(pl.col("paper_id").is_in(kept.implode()))
        frames.append(rows.with_columns(paper_id=pl.lit(f"{copy:02x}") + pl.col("paper_id").str.head(14)))
    return pl.concat(frames)


def write_large_lake(count: int) -> Lake:
    """Return a lake of Parquet files of `count` papers, in the order of their ids."""
    small = Lake.open(BENCH_LAKE)
    shutil.rmtree(LARGE_LAKE, ignore_errors=True)
    large = Lake.open(LARGE_LAKE)
    embeddings = small.read(EMBEDDINGS).sort("paper_id")
    ids = embeddings["paper_id"].to_list()
    for table in MULTIPLIED:
        write_parquet(_parquet(table), multiplied(small.read(table).sort("paper_id"), ids, count))
    write_parquet(_parquet(TOPICS), small.read(TOPICS))
    many = multiplied(embeddings.drop("embedding"), ids, count)
    vectors = np.concatenate(list(copies(embeddings["embedding"].to_numpy(), count)))
    embedding = pl.Series(vectors, dtype=pl.Array(pl.Float32, vectors.shape[1]))
    write_parquet(_parquet(EMBEDDINGS), many.with_columns(embedding=embedding))
    return large


def _parquet(table: Table) -> Path:
    return LARGE_LAKE / f"{table.name}.parquet"


def measure_build(count: int) -> None:
    """Measure loading the Parquet files alone, loading the tables, and the addition of the search index."""
    with timed("writing the Parquet files"):
        large = write_large_lake(count)
    filled = (*MULTIPLIED, TOPICS, EMBEDDINGS)
    for turn in ("first", "second"):  # the first brings the files into the cache
        bare = LARGE_LAKE / "bare.duckdb"
        with timed(f"bare load, {turn} time"), duckdb.connect(str(bare)) as connection:
            for table in filled:
                connection.execute(f"CREATE TABLE {table.name} AS FROM '{_parquet(table)}'")
            connection.execute("CHECKPOINT")
        print(f"bare file: {bare.stat().st_size / 1e6:,.0f} MB")
        bare.unlink()
    large.warehouse.parent.mkdir(exist_ok=True)
    connection = duckdb.connect(str(large.warehouse))
    with timed("tables, keys and comments"):
        frames = {table: pl.read_parquet(_parquet(table)) for table in filled}
        for table in stage_list.PIPELINE.public_tables:
            frame = frames.get(table, table.empty())
            load_table(connection, table, frame.sort(table.key, nulls_last=True) if table.key else frame)
        connection.execute("CHECKPOINT")
    loaded = large.warehouse.stat().st_size
    with timed("search index"):
        for name in ("views", "macros"):
            connection.execute(read_sql("paperlake.warehouse", name))
        write_search_index(connection, frames[PAPERS], frames[EMBEDDINGS], Silent())
        connection.execute("CHECKPOINT")
    connection.close()
    print(
        f"file: {loaded / 1e6:,.0f} MB, with the search index {large.warehouse.stat().st_size / 1e6:,.0f} MB"
    )


def real_queries() -> list[str]:
    """Return 30 texts that people wrote, of three kinds, in turns."""
    kinds = grouped(questions_of(REAL_DATA)).values()
    spread = [[questions[at * len(questions) // QUERIES_PER_KIND] for questions in kinds]
              for at in range(QUERIES_PER_KIND)]  # fmt: skip
    return [question.text for turn in spread for question in turn]


def measure_searches() -> None:
    """Measure the time per search in an open Searcher, the first separately."""
    large = Lake.open(LARGE_LAKE)
    (label, count), *_ = query(
        large, "SELECT label, paper_count FROM topics WHERE level = 2 ORDER BY 2 DESC"
    )[1]
    print(f"topic filter: {label} ({count} papers before they were multiplied)")
    filters = {
        "no filter": None,
        "category cs": Filters(category="cs"),
        "since 2025": Filters(published_from=date(2025, 1, 1)),
        "a topic": Filters(topic=label),
    }
    texts = real_queries()
    with Searcher(large, Settings(lake=large.root, embedder=EMBEDDER)) as searcher:
        with timed("opening, and the first search"):
            searcher.search(texts[-1])
        print("\n| by | filter | median | worst | CPU, median | CPU, worst |\n|---|---|---|---|---|---|")
        for mode in ("words", "meaning", "both"):
            for name, chosen in filters.items():
                taken = np.array([milliseconds(searcher, text, mode, chosen) for text in texts])
                figures = np.stack([np.median(taken, axis=0), taken.max(axis=0)], axis=1).ravel()
                print(f"| {mode} | {name} | " + " | ".join(f"{figure:.0f} ms" for figure in figures) + " |")


def milliseconds(searcher: Searcher, text: str, mode: str, chosen: Filters | None) -> tuple[float, float]:
    """Return the wall time and the CPU time of all threads of one search."""
    started, used = time.perf_counter(), time.process_time()
    searcher.search(text, 10, mode, chosen)
    return (time.perf_counter() - started) * 1000, (time.process_time() - used) * 1000


if __name__ == "__main__":
    main()
