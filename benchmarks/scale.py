"""Measure whole runs as a lake grows: from nothing, unchanged, a dump of 200 more, and without it again.

Needs PAPERLAKE_REAL_DATA: the entries are generated from arXiv samples by word-level edits
(`dedup_generated.py`), a fifth of them repeat another with a twentieth of its words replaced. They are
written as arXiv snapshots of up to 100,000 lines. Each run is the command in a process of its own. The load
of the machine is stated beside each figure. One command per size:

    python benchmarks/scale.py 18000 [--embedder hashing] [--folder DIR] [--write]

`--embedder lsi` takes the vectors of `lsi_embedder.py`, which lie in groups as those of a language model do;
hashed words lie in all directions, so that the neighbours of a large lake cost nearly its square.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import polars as pl
from dedup_generated import blocks
from lsi_command import REPLACED, replace_hashing

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.search.searcher import Searcher
from paperlake.settings import Settings

RESULTS = Path(__file__).parent / "results" / "scale.md"
DUMP_LINES = 100_000
ADDED = 200
QUESTIONS = 50
QUESTION_WORDS = 6
FIRST_YEAR, MONTHS = 2008, 216
CATEGORIES = ("cs.CL", "cs.LG", "cs.CV", "math.PR", "hep-th", "quant-ph", "astro-ph.GA", "stat.ML")
FAMILY_NAMES = ("Moor", "Kestrel", "Lindqvist", "Okafor", "Tanaka", "Varga", "Sorel", "Banerjee", "Quist")
NAMES = ("Ada", "Bo", "Chen", "Dora", "Emil", "Fay", "Gus", "Hana", "Ivo", "June", "Kai", "Lena")
LSI = "lsi"
LSI_COMMAND = (sys.executable, str(Path(__file__).with_name("lsi_command.py")))
HEADER = (
    "| entries | embedder | run | wall s | CPU s | peak GB | by stage, s | load "
    "| warehouse MB | report MB |\n"
    "|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Measured:
    """One run of the command."""

    wall_seconds: float
    cpu_seconds: float
    peak_gigabytes: float
    load: float
    """Mean number of processes that wanted a core in the minute before the end."""
    stages: dict[str, float]
    """Seconds of each stage that was built."""


def arxiv_line(paper: int, title: str, abstract: str) -> str:
    """Return a paper as a line of an arXiv snapshot; a duplicate has the id of the paper that it repeats."""
    random = Random(paper)
    year, month = FIRST_YEAR + paper % MONTHS // 12, 1 + paper % 12
    day = 1 + paper % 28
    names = [f"{random.choice(NAMES)} {random.choice(FAMILY_NAMES)}" for _ in range(1 + paper % 4)]
    created = datetime(year, month, day, tzinfo=UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    content = {
        "id": f"{year % 100:02}{month:02}.{paper // MONTHS + 1:05}",
        "authors": ", ".join(names),
        "title": title,
        "categories": " ".join(random.sample(CATEGORIES, 1 + paper % 2)),
        "abstract": abstract,
        "versions": [{"version": "v1", "created": created}],
        "update_date": f"{year}-{month:02}-{day:02}",
        "authors_parsed": [[*reversed(name.split(" ")), ""] for name in names],
    }
    return json.dumps(content)


def write_dumps(count: int, raw: Path, more: Path) -> None:
    """Write `count` generated entries into raw/, and a dump of `ADDED` more beside the lake."""
    lines = _lines(count + ADDED)
    for number, begin in enumerate(range(0, count, DUMP_LINES)):
        with (raw / f"arxiv-{number:03}.json").open("w") as file:
            file.writelines(next(lines) for _ in range(min(DUMP_LINES, count - begin)))
    more.write_text("".join(lines))


def _lines(count: int) -> Iterator[str]:
    for block in blocks(count):
        for title, abstract, paper in block.select("title", "abstract", "paper").iter_rows():
            yield arxiv_line(paper, title, abstract) + "\n"


def command_of(embedder: str) -> tuple[Sequence[str], str]:
    """Return the program that is the command, and the kind of embedder that it is given."""
    return (LSI_COMMAND, REPLACED) if embedder == LSI else ((sys.executable, "-m", "paperlake"), embedder)


def measure(lake: Lake, embedder: str) -> Measured:
    """Run the command on the lake in a process of its own."""
    program, kind = command_of(embedder)
    began, started = datetime.now(UTC), time.perf_counter()
    process = subprocess.Popen([*program, "run", "--quiet", "--lake", str(lake.root), "--embedder", kind])
    _pid, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"paperlake run ended with {os.waitstatus_to_exitcode(status)}")
    manifests = stage_list.PIPELINE.manifests(Lake(lake.root)).values()
    unit = 2**30 if sys.platform == "darwin" else 2**20
    return Measured(
        seconds,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / unit,
        os.getloadavg()[0],
        {one.stage: one.seconds for one in manifests if one.finished_at >= began},
    )


def row(count: int, embedder: str, name: str, lake: Lake, found: Measured) -> str:
    """Return a run as a row of the table."""
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found.stages.items())
    sizes = [f"{path.stat().st_size / 1e6:,.1f}" for path in (lake.warehouse, lake.report)]
    figures = [f"{found.wall_seconds:,.1f}", f"{found.cpu_seconds:,.1f}", f"{found.peak_gigabytes:.2f}"]
    cells = [f"{count:,}", embedder, name, *figures, stages or "none", f"{found.load:.1f}", *sizes]
    return f"| {' | '.join(cells)} |"


def questions(lake: Lake) -> list[str]:
    """Return words of the titles of some papers, as they stand."""
    titles = lake.scan(_papers()).select("title").collect()["title"]
    chosen = titles.gather_every(max(1, len(titles) // QUESTIONS)).head(QUESTIONS)
    return [" ".join(title.split(" ")[:QUESTION_WORDS]) for title in chosen]


def _papers():  # noqa: ANN202
    return next(table for table in stage_list.PIPELINE.tables if table.name == "papers")


def measure_search(lake: Lake, embedder: str) -> tuple[float, float, float]:
    """Return the seconds of a search as a command, of opening a searcher, and the median of warm searches."""
    asked = questions(lake)
    program, kind = command_of(embedder)
    command = [*program, "search", asked[0], "--json", "--lake", str(lake.root)]
    environment = {**os.environ, "PAPERLAKE_EMBEDDER": kind}
    started = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    cold = time.perf_counter() - started
    started = time.perf_counter()
    if embedder == LSI:
        replace_hashing()
    with Searcher(lake, Settings(lake=lake.root, embedder=kind)) as searcher:
        opening = time.perf_counter() - started
        searcher.search(asked[0])
        seconds = []
        for text in asked:
            started = time.perf_counter()
            searcher.search(text)
            seconds.append(time.perf_counter() - started)
    return cold, opening, statistics.median(seconds)


def measure_all(count: int, embedder: str, folder: Path) -> Iterator[str]:
    """Yield the lines of the results of one size."""
    lake, more = Lake.open(folder / "lake"), folder / "more.json"
    write_dumps(count, lake.raw, more)
    papers: list[str] = []
    for name in ("from nothing", "unchanged", "200 more", "200 removed"):
        if name == "200 more":
            shutil.copyfile(more, lake.raw / more.name)
        elif name == "200 removed":
            (lake.raw / more.name).unlink()
        yield row(count, embedder, name, lake, measure(lake, embedder))
        papers.append(ids_of_papers(lake))
    if papers[0] != papers[-1]:
        raise SystemExit("the papers are not those from before the dump came")
    cold, opening, warm = measure_search(lake, embedder)
    yield (
        f"\nsearch at {count:,} entries: command {cold:.2f} s, opening {opening:.3f} s, "
        f"warm median of {QUESTIONS} {1000 * warm:.0f} ms, load {os.getloadavg()[0]:.1f}"
    )


def ids_of_papers(lake: Lake) -> str:
    """Return a hash of the ids of all papers."""
    ids = Lake(lake.root).scan(_papers()).select("paper_id").collect()["paper_id"].sort()
    return str(pl.DataFrame(ids).hash_rows().implode().hash()[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", type=int)
    parser.add_argument("--embedder", default="hashing")
    parser.add_argument("--folder", type=Path, help="an empty folder, for the lake, which stays there")
    parser.add_argument("--write", action="store_true", help=f"append the figures to {RESULTS.name}")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="scale-"))
    lines = [HEADER]
    print(HEADER, flush=True)
    try:
        for line in measure_all(arguments.entries, arguments.embedder, folder):
            print(line, flush=True)
            lines.append(line)
    finally:
        if not arguments.folder:
            shutil.rmtree(folder)
    if arguments.write:
        with RESULTS.open("a") as file:
            file.write("\n" + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
