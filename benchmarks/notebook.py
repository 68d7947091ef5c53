"""Time the whole job beside the script that people write for it: cold, and for one dump more.

The script reads listings into pandas, finds near-duplicates with datasketch, embeds with
sentence-transformers, groups with BERTopic, and writes tables with DuckDB; for one dump more it does
everything again. Both embed in float32 with the bundled model. 5,200 generated entries
(`dedup_generated.py`, needs PAPERLAKE_REAL_DATA) in 10 listings, then one of 200 more. Needs the extra bench.

    python benchmarks/notebook.py [entries, default 5200]
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
from dedup_generated import blocks

from paperlake.embedding.kinds.model_folder import open_model_folder
from paperlake.lake import Lake

if TYPE_CHECKING:
    import pandas as pd

# ruff: noqa: PLC0415  # the libraries of the script are loaded, and timed, in its own process

DUMPS = 10
ADDED = 200
MIN_JACCARD = 0.8  # of the sets of three words of two abstracts
SHINGLE_WORDS = 3
PERMUTATIONS = 128
MAX_TOKENS = 256
MIN_TOPIC_SIZE = 10
CARD = re.compile(r"(?P<title>.+)\n\n(?P<abstract>.+)\n\n  • (?P<authors>\d+) authors\n·\n(?P<date>.+)\n")


@dataclass(frozen=True)
class Timed:
    """One run."""

    wall_seconds: float
    cpu_seconds: float


def write_listings(folder: Path, texts: pl.DataFrame, first: int, count: int) -> None:
    """Write texts as saved listing pages of equal size."""
    size = -(-texts.height // count)
    for number in range(count):
        cards = [
            f"{on_one_line(title)}\n\n{on_one_line(abstract)}\n\n"
            f"  • {2 + place % 5} authors\n·\nJun {1 + place % 28}, 2024\n"
            for place, (title, abstract) in enumerate(texts.slice(number * size, size).iter_rows())
        ]
        path = folder / f"2024-07-{first + number:02}.txt"
        path.write_text("Daily Papers\n\n" + "\n".join(cards), encoding="utf-8")


def on_one_line(text: str) -> str:
    """Return a text as a page shows it; the script's pattern reads no other."""
    return " ".join(text.split())


def generated(count: int) -> pl.DataFrame:
    """Return generated titles and abstracts in a random order, so that each dump has duplicates."""
    texts = pl.concat(list(blocks(count))).select("title", "abstract")
    return texts.sample(fraction=1.0, shuffle=True, seed=7)


# The script


def run_script(raw: Path, model: str, database: Path) -> None:
    """Do the whole job as a notebook does."""
    import duckdb
    import pandas as pd
    from bertopic import BERTopic
    from sentence_transformers import SentenceTransformer
    from umap import UMAP

    rows = [
        {**found.groupdict(), "dump": path.name}
        for path in sorted(raw.glob("*.txt"))
        for found in CARD.finditer(path.read_text(encoding="utf-8"))
    ]
    entries = pd.DataFrame(rows)
    entries["paper"] = near_duplicates(entries)
    papers = entries.groupby("paper", as_index=False).first()
    texts = (papers["title"] + "\n" + papers["abstract"]).tolist()
    encoder = SentenceTransformer(model, device="cpu")
    encoder.max_seq_length = MAX_TOKENS
    vectors = encoder.encode(texts, batch_size=32, normalize_embeddings=True, show_progress_bar=False)
    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=7)
    topics, _ = BERTopic(umap_model=reducer, min_topic_size=MIN_TOPIC_SIZE).fit_transform(texts, vectors)
    papers["topic"], papers["embedding"] = topics, list(vectors)
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as connection:
        for name, frame in (("entries", entries), ("papers", papers)):
            connection.register("frame", frame)
            connection.execute(f"CREATE TABLE {name} AS FROM frame")
    print(f"script: {len(entries):,} entries, {len(papers):,} papers, {len(set(topics))} topics", flush=True)


def near_duplicates(entries: pd.DataFrame) -> list[int]:
    """Return for each entry the number of the first entry that it repeats."""
    from datasketch import MinHash, MinHashLSH

    lsh = MinHashLSH(threshold=MIN_JACCARD, num_perm=PERMUTATIONS)
    papers: list[int] = []
    for number, abstract in enumerate(entries["abstract"]):
        words = abstract.lower().split()
        signature = MinHash(num_perm=PERMUTATIONS)
        signature.update_batch(
            [
                " ".join(words[place : place + SHINGLE_WORDS]).encode()
                for place in range(max(1, len(words) - SHINGLE_WORDS + 1))
            ]
        )
        similar = lsh.query(signature)
        papers.append(min((papers[other] for other in similar), default=number))
        lsh.insert(number, signature)
    return papers


# Both


def timed(command: list[str], **environment: str) -> Timed:
    """Run a command in a process of its own."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env={**os.environ, **environment})
    _pid, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[1:4]} ended with {os.waitstatus_to_exitcode(status)}")
    return Timed(time.perf_counter() - started, used.ru_utime + used.ru_stime)


def compare(folder: Path, count: int) -> None:
    """Run both on the same dumps and print their seconds and ratios."""
    lake = Lake.open(folder / "lake")
    texts = generated(count + ADDED)
    write_listings(lake.raw, texts.head(count), 1, DUMPS)
    model = str(open_model_folder("bundled", MAX_TOKENS).path)
    ours = [sys.executable, "-m", "paperlake", "run", "--quiet", "--lake", str(lake.root)]
    script = [sys.executable, __file__, "--script", str(lake.raw), model, str(folder / "script.duckdb")]
    print("| run | script wall s | CPU s | paperlake wall s | CPU s | wall ratio | CPU ratio | load |")
    print("|---|---|---|---|---|---|---|---|", flush=True)
    for name in (f"{count:,} entries, cold", f"{ADDED} more"):
        if name == f"{ADDED} more":
            write_listings(lake.raw, texts.tail(ADDED), DUMPS + 1, 1)
        theirs = timed(script)
        own = timed(ours, PAPERLAKE_EMBEDDER="torch", PAPERLAKE_EMBEDDER_DTYPE="float32")
        cells = [theirs.wall_seconds, theirs.cpu_seconds, own.wall_seconds, own.cpu_seconds]
        ratios = [theirs.wall_seconds / own.wall_seconds, theirs.cpu_seconds / own.cpu_seconds]
        shown = [f"{cell:.1f}" for cell in [*cells, *ratios, os.getloadavg()[0]]]
        print(f"| {name} | {' | '.join(shown)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("entries", type=int, nargs="?", default=5_200)
    parser.add_argument("--script", nargs=3, metavar=("RAW", "MODEL", "DATABASE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.script:
        raw, model, database = arguments.script
        run_script(Path(raw), model, Path(database))
        return
    folder = Path(tempfile.mkdtemp(prefix="notebook-"))
    try:
        compare(folder, arguments.entries)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
