"""Measure how fast listing_text is read, as a ratio to reading the same file and splitting its lines.

Needs `dumps/listing` of the real data (`PAPERLAKE_REAL_DATA`). Each layout's dump is repeated to
`--megabytes`; "parse alone" is the reader; ids, checks and writing are added to it. Times are
CPU times of all threads, so that other work on the machine has less influence.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from paperlake import stage_list
from paperlake.dumps.dump_rows import check_rows, dump_row, read_dump
from paperlake.dumps.listing.reader import READER
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.stage import PARSED_ENTRIES
from paperlake.lake import Lake
from paperlake.lake.files import hash_file, write_bytes
from paperlake.settings import Settings
from paperlake.stages.runner import run_stages

MEGABYTES = 20
REPEATS = 3
TARGET_MB_PER_SECOND = 50


def best_seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def read_and_split(file: Path) -> int:
    return len(file.read_bytes().decode().splitlines())


def parse(file: Path, settings: Settings) -> int:
    reading = READER.read(DumpFile(file, file.name, settings), settings)
    return sum(part.entries.height for part in reading.parts)


def parse_with_ids_and_checks(file: Path, settings: Settings) -> int:
    row = dump_row(file.name, hash_file(file), file.stat().st_size)
    opened = read_dump(DumpFile(file, file.name, settings), row, settings)
    return sum(check_rows(opened.sums, rows)[0].height for rows in opened.rows)


def through_the_lake(file: Path, settings: Settings) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(folder))
        os.link(file, lake.raw / file.name)
        context = stage_list.run_context(lake, settings)
        run_stages(stage_list.PIPELINE, context, PARSED_ENTRIES.name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="size of each dump")
    file_bytes = int(parser.parse_args().megabytes * 1_000_000)
    real_data = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data"))
    settings = Settings()
    print("layout    entries  naive  parse  ratio  checked   lake   (MB/s)")
    with tempfile.TemporaryDirectory() as folder:
        for source in sorted((real_data / "dumps/listing").iterdir()):
            content = source.read_bytes() + b"\n\n"
            file = Path(folder) / source.name
            write_bytes(file, content * max(1, file_bytes // len(content)))
            size = file.stat().st_size / 1e6
            reading = READER.read(DumpFile(file, file.name, settings), settings)
            count = sum(part.entries.height for part in reading.parts)
            naive = size / best_seconds(lambda file=file: read_and_split(file))
            rate = size / best_seconds(lambda file=file: parse(file, settings))
            checked = size / best_seconds(lambda file=file: parse_with_ids_and_checks(file, settings))
            whole = size / best_seconds(lambda file=file: through_the_lake(file, settings))
            verdict = "ok" if rate >= TARGET_MB_PER_SECOND else f"below {TARGET_MB_PER_SECOND}"
            rates = f"{naive:>7.0f}{rate:>7.1f}{rate / naive:>7.2f}{checked:>9.1f}{whole:>7.1f}"
            print(f"{reading.layout:<8}{count:>9,}{rates}   parse {verdict}")


if __name__ == "__main__":
    main()
