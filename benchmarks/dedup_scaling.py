"""How the time and memory of deduplication grow from 10,000 to 1,000,000 entries, and datasketch beside it.

Needs `dumps/arxiv/` of the real data (`PAPERLAKE_REAL_DATA`) and datasketch. Entries are made from 36,876
arXiv papers: four of five are papers of their own (three words of five drawn anew from the words of all
papers), every fifth repeats another with a twentieth of its words changed. Each size runs in its own process.
"""

import argparse
import hashlib
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.dedup import SAMPLES, Truth, minhash, read_lines
from paperlake.dedup.deduplicate import deduplicate
from paperlake.dedup.signatures import SignatureStore
from paperlake.dumps.identity import content_id, entry_ids
from paperlake.lake import Lake
from paperlake.schemas import DUMPS, ENTRIES
from paperlake.settings import Settings

SIZES = (10_000, 30_000, 100_000, 1_000_000)
DUPLICATE_SHARE = 0.2
NEW_WORDS = 0.6  # of a paper of its own: it shares two words of five with its pattern
EDITED_WORDS = 0.05  # of a duplicate
ADDED = 200  # entries of the dump that is added to a lake


def redrawn(words: np.ndarray, share: float, pool: np.ndarray, random: np.random.Generator) -> np.ndarray:
    words = words.copy()
    chosen = random.random(len(words)) < share
    words[chosen] = pool[random.integers(0, len(pool), int(chosen.sum()))]
    return words


def split(text: str) -> np.ndarray:
    return np.array(text.split(), dtype=object)


def made_texts(count: int) -> pl.DataFrame:
    """`count` texts with `paper`, the number of the paper that each is about."""
    patterns = pl.concat([read_lines(path).select("title", "abstract") for path in SAMPLES])
    titles = [split(title) for title in patterns["title"]]
    abstracts = [split(abstract) for abstract in patterns["abstract"]]
    pool = np.concatenate(abstracts)
    random = np.random.default_rng(7)
    distinct = count - int(count * DUPLICATE_SHARE)
    rows: list[tuple[str, str, int]] = []
    for number in range(count):
        paper = number if number < distinct else int(random.integers(0, distinct))
        pattern = paper % len(titles)
        if number < distinct:
            words = [redrawn(part[pattern], NEW_WORDS, pool, random) for part in (titles, abstracts)]
        else:
            words = [redrawn(split(text), EDITED_WORDS, pool, random) for text in rows[paper][:2]]
        rows.append((" ".join(words[0]), " ".join(words[1]), paper))
    return pl.DataFrame(
        rows, schema={"title": pl.String, "abstract": pl.String, "paper": pl.Int64}, orient="row"
    )


def entries_of(texts: pl.DataFrame, dump: str) -> tuple[pl.DataFrame, dict[str, object]]:
    name = content_id(hashlib.sha256(dump.encode()).hexdigest())
    given = texts.select(
        "title", "abstract",
        entry_id=pl.Series(entry_ids(texts["title"], texts["abstract"])),
        dump_id=pl.lit(name),
        entry_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
        year_inferred=pl.lit(False),
    )  # fmt: skip
    missing = [
        pl.lit(None, dtype).alias(key) for key, dtype in ENTRIES.dtypes.items() if key not in given.columns
    ]
    return given.with_columns(missing).select(*ENTRIES.dtypes), {
        "dump_id": name,
        "path": dump,
        "sha256": "0" * 64,
    }


def gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def measure(texts: pl.DataFrame) -> dict[str, object]:
    """Deduplicate in a fresh lake, then once more with a dump of `ADDED` further entries."""
    added, texts = texts.tail(ADDED), texts.head(-ADDED)
    entries, dump = entries_of(texts, "all")
    more, other = entries_of(added, "added")
    before, settings = gigabytes(), Settings()
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(folder))
        started = time.perf_counter()
        result = deduplicate(entries, DUMPS.frame([dump]), settings, SignatureStore(lake, settings))
        seconds, peak = time.perf_counter() - started, gigabytes()
        entries, dumps = pl.concat([entries, more]), DUMPS.frame([dump, other])
        started = time.perf_counter()
        deduplicate(entries, dumps, settings, SignatureStore(lake, settings))
        again = time.perf_counter() - started
    paper_ids = result.paper_sources.sort("entry_number")["paper_id"]
    split_papers = texts.with_columns(paper_ids).group_by("paper").agg(pl.col("paper_id").n_unique())
    return {
        "seconds": round(seconds, 1),
        "seconds with a dump more": round(again, 1),
        "GB of the entries": round(before, 2),
        "GB at most": round(peak, 2),
        "pairs compared": result.compared_count,
        "papers": result.papers.height,
        "papers made": texts["paper"].n_unique(),
        "papers split": int((split_papers["paper_id"] > 1).sum()),
    }


def measure_datasketch(texts: pl.DataFrame) -> dict[str, object]:
    ids = pl.Series("entry_id", entry_ids(texts["title"], texts["abstract"]))
    truth = Truth.of(texts.with_columns(ids, arxiv_id=pl.col("paper").cast(pl.String), origin=pl.lit("made")))
    started = time.perf_counter()
    found = len(minhash(truth, 0.5))
    return {"datasketch seconds": round(time.perf_counter() - started, 1), "pairs found": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--datasketch", action="store_true", help="measure datasketch instead")
    arguments = parser.parse_args()
    work = measure_datasketch if arguments.datasketch else measure
    processes = multiprocessing.get_context("spawn")
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "texts.parquet"
            for step in ((make_file, size + ADDED, file), (measure_file, work, file)):
                process = processes.Process(target=step[0], args=step[1:])
                process.start()
                process.join()


def make_file(count: int, file: Path) -> None:
    made_texts(count).write_parquet(file)


def measure_file(work: Callable[[pl.DataFrame], dict[str, object]], file: Path) -> None:
    texts = pl.read_parquet(file)
    print(json.dumps({"entries": texts.height - ADDED, **work(texts)}), flush=True)


if __name__ == "__main__":
    main()
