"""Read the warehouse in other processes while it is built repeatedly: no error, no partial build.

Builds a lake of the sample dumps, starts the readers, and builds the warehouse with other settings each time,
so that builds differ. Each reader opens the warehouse, compares its tables with each other, searches by
words, and closes it.

    python benchmarks/readers.py [readers, default 20] [builds, default 20]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from pathlib import Path

from paperlake import stage_list
from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.search import Searcher
from paperlake.settings import Settings
from paperlake.stages.runner import run_stage, run_stages
from paperlake.warehouse.reading import query
from paperlake.warehouse.stage import WAREHOUSE_STAGE

SAMPLES = Path("data_lake/raw")
TEXT = "image generation"
COUNTS = (
    "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM embeddings), "
    "(SELECT count(*) FROM search.documents), (SELECT count(*) FROM search.codes), "
    "(SELECT count(*) FROM similar_papers)"
)


@dataclass(frozen=True)
class Seen:
    """The observations of one reader."""

    looks: int
    similar_counts: set[int]
    """Numbers of neighbours per paper in the builds that it read."""
    faults: list[str]


def main() -> None:
    """Print the observations of the readers, and fail if there was an error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", type=int, nargs="?", default=20)
    parser.add_argument("builds", type=int, nargs="?", default=20)
    options = parser.parse_args()
    readers, builds = options.readers, options.builds
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(folder) / "lake")
        fill(lake)
        stop, answers = context.Event(), context.Queue()
        processes = [context.Process(target=read, args=(lake.root, stop, answers)) for _ in range(readers)]
        for process in processes:
            process.start()
        for number in range(builds):
            context = stage_list.run_context(lake, settings(lake, number))
            run_stage(stage_list.PIPELINE, WAREHOUSE_STAGE, context)
            print(f"build {number + 1}", flush=True)
        stop.set()
        seen: list[Seen] = [answers.get() for _ in processes]
        for process in processes:
            process.join()
    looks = [one.looks for one in seen]
    faults = [fault for one in seen for fault in one.faults]
    print(f"{readers} readers, {builds} builds: {sum(looks)} looks, the least of one reader {min(looks)}")
    print(f"different builds met by one reader: {min(len(one.similar_counts) for one in seen)} or more")
    print(f"{len(faults)} faults", *faults[:5], sep="\n")
    sys.exit(bool(faults))


def settings(lake: Lake, number: int) -> Settings:
    """Return settings that give every build another number of neighbours."""
    return Settings(lake=lake.root, embedder="hashing", similar_count=5 + number)


def fill(lake: Lake) -> None:
    """Run every stage up to the warehouse on the sample dumps."""
    shutil.copytree(SAMPLES, lake.raw, dirs_exist_ok=True)
    context = stage_list.run_context(lake, settings(lake, -1))
    run_stages(stage_list.PIPELINE, context, WAREHOUSE_STAGE.name)


def read(root: Path, stop: Event, answers: multiprocessing.Queue[Seen]) -> None:
    """Read the warehouse until the stop signal is set."""
    os.nice(10)  # or the builds would wait for the readers
    lake = Lake(root)
    looks, met, faults = 0, set(), []
    while not stop.is_set():
        try:
            ((papers, vectors, numbered, sketched, neighbours),) = query(lake, COUNTS)[1]
            if not (papers == vectors == numbered == sketched and neighbours % papers == 0):
                faults.append(f"half a build: {(papers, vectors, numbered, sketched, neighbours)}")
            met.add(neighbours // papers)
            with Searcher(lake, Settings(lake=root)) as searcher:
                found = searcher.search(TEXT, mode="words")
            if not found.rows:
                faults.append("nothing found")
        except PaperlakeError as error:
            faults.append(str(error))
        looks += 1
    answers.put(Seen(looks, met, faults))


if __name__ == "__main__":
    main()
