"""Measure how fast bibliographies and tables are read, beside a public reader; and the memory.

The dumps are generated: works of the tests with long abstracts, repeated to `--megabytes`. bibtexparser
and rispy parse alone, DuckDB reads the table and counts its rows; the reader also converts LaTeX, names and
dates, accounts for lines, and builds the rows of entries. Times are CPU times of all threads, ratios are of
one run. The peak of memory is of a process that only reads. Run it with
`PYTHONPATH=src:. python benchmarks/bibliographies.py`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import rispy
from bibtexparser.splitter import Splitter

from paperlake.dumps.formats import READERS
from paperlake.dumps.opening import DumpFile
from paperlake.settings import Settings
from tests.support.works import draw_works, to_bibtex, to_csv, to_ris

MEGABYTES = 10
WORKS = 2_000
MAX_MEMORY_MB = 1_000
SENTENCE = "We measure ponds of many sizes and depths, and we report what we find. "
MEASURE_MEMORY = """
import resource, sys
from benchmarks.bibliographies import parse
from pathlib import Path
parse(sys.argv[1], Path(sys.argv[2]))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(peak // 1024 if sys.platform != "darwin" else peak >> 20)
"""


def seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def parse(name: str, file: Path) -> int:
    reader = next(reader for reader in READERS if reader.format == name)
    settings = Settings()
    return sum(
        part.entries.height for part in reader.read(DumpFile(file, file.name, settings), settings).parts
    )


def with_bibtexparser(file: Path) -> int:
    return len(Splitter(file.read_text()).split().entries)


def with_rispy(file: Path) -> int:
    return len(rispy.loads(file.read_text()))


def with_duckdb(file: Path) -> int:
    query = "SELECT count(*), sum(length(Abstract)) FROM read_csv(?, header=true)"
    found = duckdb.sql(query, params=[str(file)]).fetchone()
    return int(found[0]) if found else 0


FORMATS = {
    "bibtex": (to_bibtex, with_bibtexparser, "bibtexparser"),
    "ris": (to_ris, with_rispy, "rispy"),
    "csv": (to_csv, with_duckdb, "DuckDB"),
}


def write_dump(name: str, file: Path, megabytes: float) -> None:
    works = [replace(work, abstract=f"{work.abstract} {SENTENCE * 14}".strip()) for work in draw_works(WORKS)]
    text = FORMATS[name][0](works).encode()
    rest = text.split(b"\n", 1)[1] if name == "csv" else text
    with file.open("wb") as dump:
        dump.write(text)
        for _ in range(int(megabytes * 1e6 / len(text)) - 1):
            dump.write(rest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="size of each dump")
    parser.add_argument("--format", choices=FORMATS, action="append", help="only this format")
    parser.add_argument(
        "--alone", action="store_true", help="without the public readers, which read whole files"
    )
    options = parser.parse_args()
    print("format    entries     MB   MB/s   public reader  MB/s  ratio   peak MB")
    with tempfile.TemporaryDirectory() as folder:
        for name in options.format or FORMATS:
            _, public, public_name = FORMATS[name]
            file = Path(folder) / f"dump.{name}"
            write_dump(name, file, options.megabytes)
            size = file.stat().st_size / 1e6
            rate = size / seconds(lambda name=name, file=file: parse(name, file))
            count = parse(name, file) if not options.alone else 0
            other = None if options.alone else size / seconds(lambda file=file, public=public: public(file))
            command = [sys.executable, "-c", MEASURE_MEMORY, name, str(file)]
            peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            beside = f"{public_name:>13}{other:>6.1f}{rate / other:>7.2f}" if other else f"{'':>26}"
            verdict = "ok" if peak <= MAX_MEMORY_MB else f"above {MAX_MEMORY_MB}"
            print(f"{name:<8}{count:>9,}{size:>7.0f}{rate:>7.1f}  {beside}{peak:>9} {verdict}", flush=True)


if __name__ == "__main__":
    main()
