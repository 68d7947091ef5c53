"""Measure how fast JSON dumps are read, against DuckDB's read_json; daily_api by step.

Needs `dumps/arxiv` and `dumps/daily_api` of the real data (`PAPERLAKE_REAL_DATA`); records of services are
generated. Both sides read the same file and columns in one process and write Parquet; paperlake also folds
texts, builds abstracts, and parses names, dates and identifiers.
"""

import argparse
import gzip
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import duckdb

from paperlake import stage_list
from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.dumps.dump_rows import check_rows, dump_row, read_dump
from paperlake.dumps.formats import detect
from paperlake.dumps.identity import content_id
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.stage import PARSED_ENTRIES
from paperlake.dumps.structured.arxiv_snapshot import READER as ARXIV_SNAPSHOT
from paperlake.dumps.structured.daily_api import READER as DAILY_API
from paperlake.dumps.structured.daily_api import answer_objects
from paperlake.lake import Lake
from paperlake.lake.files import hash_file, parquet_writer, to_arrow, write_bytes, write_rows, writing
from paperlake.settings import Settings
from paperlake.stages.run import StageRun
from tests.support import scholarly_records as records

REPEATS = 5
WORKS = 10_000
TARGET_RATIO = 0.5  # of DuckDB's speed
COLUMNS = (
    "{id: 'VARCHAR', title: 'VARCHAR', abstract: 'VARCHAR', authors: 'VARCHAR',"
    " authors_parsed: 'VARCHAR[][]', categories: 'VARCHAR', doi: 'VARCHAR',"
    " versions: 'STRUCT(version VARCHAR, created VARCHAR)[]'}"
)


def best_seconds(*works: Callable[[], object]) -> list[float]:
    """Return the best time of each, measured in turns so that a busy moment affects all."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(REPEATS):
        for place, work in enumerate(works):
            started = time.perf_counter()
            work()
            times[place].append(time.perf_counter() - started)
    return [min(one) for one in times]


def arxiv_snapshot(file: Path, folder: Path) -> None:
    settings = Settings()
    dump = DumpFile(file, f"arxiv/{file.name}", settings)

    def with_paperlake() -> None:
        parts = iter(ARXIV_SNAPSHOT.read(dump, settings).parts)
        first = next(parts)
        schema = to_arrow(first.entries.head(0)).schema
        with writing(folder / "paperlake.parquet") as out, parquet_writer(out, schema) as writer:
            for part in chain((first,), parts):
                write_rows(writer, part.entries)

    def with_duckdb() -> None:
        query = f"SELECT * FROM read_json('{file}', columns={COLUMNS}, format='newline_delimited')"
        duckdb.sql(f"COPY ({query}) TO '{folder / 'duckdb.parquet'}' (COMPRESSION zstd)")

    ours, theirs = best_seconds(with_paperlake, with_duckdb)
    size = sum(len(chunk) for chunk in dump.chunks()) / 1e6
    ratio = theirs / ours
    print(
        f"{file.name}: {size:.0f} MB; paperlake {ours:.2f} s ({size / ours:.0f} MB/s), "
        f"DuckDB {theirs:.2f} s ({size / theirs:.0f} MB/s); {ratio:.2f} of DuckDB's speed "
        f"({'meets' if ratio >= TARGET_RATIO else 'misses'} {TARGET_RATIO})"
    )


def services(folder: Path, count: int) -> None:
    """Compare records of services, as lines and as a list, with DuckDB, which infers the columns."""
    settings = Settings()
    some = [records.Work(number) for number in range(count)]
    made = {
        "openalex": records.openalex,
        "crossref": records.crossref,
        "semantic_scholar": records.semantic_scholar,
        "paper_json": records.own_shape,
        "arXiv lines with lists": records.daily_arxiv_enhanced,
    }
    for name, build in made.items():
        texts = [json.dumps(build(work)) for work in some]
        for shape, content in (("lines", "\n".join(texts)), ("list", f"[{', '.join(texts)}]")):
            file = folder / f"{name}.json"
            write_bytes(file, content.encode())
            size = file.stat().st_size / 1e6
            reader = detect(DumpFile(file, file.name, settings).head(), file.name)
            query = f"SELECT * FROM read_json('{file}', maximum_object_size=1000000000)"
            ours, theirs = best_seconds(
                lambda file=file, reader=reader: [
                    part.entries.height for part in reader.read(DumpFile(file, "x", settings), settings).parts
                ],
                lambda query=query: duckdb.sql(query).to_arrow_table(),
            )
            print(
                f"{name}, {shape}: {size:.0f} MB; paperlake {size / ours:.1f} MB/s "
                f"({count / ours:,.0f} papers/s), DuckDB {size / theirs:.1f} MB/s; "
                f"{theirs / ours:.2f} of DuckDB's speed"
            )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of all: {peak:.0f} MB")


def daily_api(files: list[Path], folder: Path) -> None:
    settings = Settings()
    context = stage_list.run_context(Lake.open(folder / "lake"), settings)
    run = StageRun(PARSED_ENTRIES, stage_list.PIPELINE, context)
    seconds = dict.fromkeys(("decoding", "building", "ids and rows", "checking", "writing"), 0.0)

    def timed(step: str, started: float) -> float:
        now = time.perf_counter()
        seconds[step] += now - started
        return now

    entry_count = 0
    for file in files:
        dump = DumpFile(file, f"daily_api/{file.name}", settings)
        sha256 = hash_file(file)
        started = time.perf_counter()
        answer_objects(dump.content())
        now = timed("decoding", started)
        for _part in DAILY_API.read(dump, settings).parts:
            pass
        whole = time.perf_counter() - now
        seconds["building"] += whole - (now - started)
        row = dump_row(dump.path, sha256, file.stat().st_size)
        now = time.perf_counter()
        opened = read_dump(dump, row, settings)
        parts = list(opened.rows)
        seconds["ids and rows"] += time.perf_counter() - now - whole
        now = time.perf_counter()
        checked = [check_rows(opened.sums, rows) for rows in parts]
        now = timed("checking", now)
        dump_id = content_id(sha256)
        with run.partition(ENTRIES, dump_id) as entries, run.partition(REJECTS, dump_id) as rejects:
            for rows in checked:
                entries.add(rows[0])
                rejects.add(rows[1])
        entry_count += entries.row_count
        timed("writing", now)
    total = sum(seconds.values())
    size = sum(file.stat().st_size for file in files) / 1e6
    print(
        f"daily_api: {len(files)} files, {size:.0f} MB, {entry_count:,} entries in {total:.2f} s: "
        f"{len(files) / total:.0f} files/s, {size / total:.1f} MB/s"
    )
    print("  " + ", ".join(f"{step} {one:.2f} s ({one / total:.0%})" for step, one in seconds.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--works", type=int, default=WORKS, help="generated records of each service")
    work_count = parser.parse_args().works
    default = Path(__file__).resolve().parent.parent / "../shared/data"
    dumps = Path(os.environ.get("PAPERLAKE_REAL_DATA", default)).resolve() / "dumps"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        services(folder, work_count)
        for file in sorted((dumps / "arxiv").glob("*.jsonl.gz")):
            arxiv_snapshot(file, folder)
            plain = folder / file.stem
            write_bytes(plain, gzip.decompress(file.read_bytes()))
            arxiv_snapshot(plain, folder)
        daily_api(sorted((dumps / "daily_api").glob("*.json")), folder)


if __name__ == "__main__":
    main()
