"""Measure time and memory of deduplication, and of datasketch, from 10,000 to 1,000,000 entries.

Needs `dumps/arxiv/` of the real data (`PAPERLAKE_REAL_DATA`) and datasketch. The whole stage is measured as
in a run: entries read from the lake, five tables checked and written. Then a dump of 200 further entries is
added to the same lake, and removed. `dedup_generated.py` generates the entries. Each step runs in its own
process, so that its memory is measured alone.
"""

import argparse
import hashlib
import json
import multiprocessing
import resource
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from dedup import Truth, exact_title, minhash
from dedup_generated import BLOCK, write_generated_texts

from paperlake import stage_list
from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.catalogue.paper_tables import PAPER_SOURCES
from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.matching.features import PASSES_OVERLAP_PREFILTER, overlap_features
from paperlake.dedup.stage import PAPERS_STAGE
from paperlake.dumps.identity import content_id, entry_ids
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import run_stage
from paperlake.stages.stage import Stage

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
PART_ROWS = 1_000  # of a row group, as the parser writes them
ADDED = 200  # entries of the dump that is added to a lake


def fill(lake: Lake, file: Path, count: int, added: int = 0) -> None:
    """Commit generated texts as parsed dumps of up to `BLOCK` entries, checks left out.

    Args:
        lake: The lake.
        file: The generated texts.
        count: How many of them are in these dumps.
        added: How many more are in one dump more.
    """

    def write(run: StageRun) -> Facts:
        dumps = []
        blocks = [(begin, min(BLOCK, count - begin)) for begin in range(0, count, BLOCK)]
        for begin, height in [*blocks, *([(count, added)] if added else [])]:
            sha256 = hashlib.sha256(f"{begin}-{height}".encode()).hexdigest()
            dump_id = content_id(sha256)
            if not run.keep(ENTRIES, dump_id, sha256):
                with run.partition(ENTRIES, dump_id, sha256) as partition:
                    for part in generated_entries(file, dump_id, begin, height).iter_slices(PART_ROWS):
                        partition.add(part)
            known = {"dump_id": dump_id, "path": f"{begin}", "sha256": sha256}
            dumps.append(
                {**known, "byte_size": 0, "entry_count": height, "reject_count": 0, "warning_count": 0}
            )
        run.write(DUMPS, DUMPS.frame(dumps))
        return {}

    stage = Stage(DUMPS.stage, "", (), (DUMPS, ENTRIES), 1, write, inputs=lambda _context: [count, added])
    run_stage(Pipeline((stage,)), stage, stage_list.run_context(lake, Settings(lake=lake.root)))


def generated_entries(file: Path, dump_id: str, begin: int, height: int) -> pl.DataFrame:
    """Return generated texts as the entries of one dump."""
    some = pl.scan_parquet(file).slice(begin, height).collect()
    given = some.select(
        "title", "abstract",
        entry_id=pl.Series(entry_ids(some["title"], some["abstract"])),
        dump_id=pl.lit(dump_id),
        entry_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        year_inferred=pl.lit(False),
    )  # fmt: skip
    missing = [
        pl.lit(None, kind).alias(key) for key, kind in ENTRIES.dtypes.items() if key not in given.columns
    ]
    return given.with_columns(missing).select(*ENTRIES.dtypes)


def measure(folder: Path, file: Path, count: int, name: str) -> None:
    """Build the papers of the lake and print time and memory."""
    lake = Lake.open(folder / "lake")
    started = time.perf_counter()
    context = stage_list.run_context(lake, Settings(lake=lake.root))
    result = run_stage(stage_list.PIPELINE, PAPERS_STAGE, context)
    seconds = time.perf_counter() - started
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    sources = lake.read(PAPER_SOURCES).join(
        lake.read(DUMPS).select("dump_id", begin=pl.col("path").cast(pl.Int64)), on="dump_id"
    )
    places = sources.select("paper_id", place=pl.col("begin") + pl.col("entry_number") - 1)
    generated = pl.read_parquet(file, columns=["paper"]).with_row_index("place").with_columns(
        pl.col("place").cast(pl.Int64)
    )  # fmt: skip
    truth = places.join(generated, on="place")
    split = truth.group_by("paper").agg(pl.col("paper_id").n_unique()).filter(pl.col("paper_id") > 1)
    report = {
        "entries": count,
        "step": name,
        "seconds": round(seconds, 1),
        "CPU seconds": round(cpu.ru_utime + cpu.ru_stime, 1),
        "GB at most": round(cpu.ru_maxrss / 2**20, 2),
        "new texts": result.facts["new_text_count"],
        "pairs": result.facts["compared_pair_count"],
        "new pairs": result.facts["new_pair_count"],
        "papers found": result.row_counts["papers"],
        "papers generated": truth["paper"].n_unique(),
        "papers split": split.height,
    }
    print(json.dumps(report), flush=True)


def timed(name: str, work: Callable[[], int]) -> None:
    started, used = time.perf_counter(), time.process_time()
    pairs = work()
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    report = {"step": name, "seconds": round(seconds, 1), "CPU seconds": round(cpu, 1), "pairs": pairs}
    print(json.dumps(report), flush=True)


def measure_datasketch(file: Path, count: int) -> None:
    """Time signatures, candidates and verification: of paperlake, and of datasketch with equal titles."""
    texts = pl.read_parquet(file).head(count)
    ids = pl.Series("entry_id", entry_ids(texts["title"], texts["abstract"]))
    truth = Truth.of(
        texts.with_columns(ids, arxiv_id=pl.col("paper").cast(pl.String), origin=pl.lit("generated"))
    )

    def ours() -> int:
        signatures = compute_signatures(texts, Settings())
        return (
            overlap_features(signatures, *candidate_pairs(signatures)).filter(PASSES_OVERLAP_PREFILTER).height
        )

    def datasketch() -> int:
        return len(np.union1d(minhash(truth, 0.5), exact_title(truth)))

    timed("paperlake", ours)
    timed("datasketch", datasketch)


def in_own_process(work: Callable[..., None], *given: object) -> None:
    process = multiprocessing.get_context("spawn").Process(target=work, args=given)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work.__name__} ended with {process.exitcode}")


def fill_lake(folder: Path, file: Path, count: int, added: int) -> None:
    fill(Lake.open(folder / "lake"), file, count, added)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--datasketch", action="store_true", help="the same step beside datasketch instead")
    arguments = parser.parse_args()
    for size in arguments.sizes:
        folder = Path(tempfile.mkdtemp(prefix="dedup-scaling-"))
        file = folder / "texts.parquet"
        in_own_process(write_generated_texts, size + ADDED, file)
        if arguments.datasketch:
            in_own_process(measure_datasketch, file, size)
        else:
            steps = ((0, "from nothing"), (ADDED, "a dump more"), (0, "without it again"))
            for added, name in steps:
                in_own_process(fill_lake, folder, file, size, added)
                in_own_process(measure, folder, file, size + added, name)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
