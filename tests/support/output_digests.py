"""Digests of what each stage builds from the sample dumps: `python -m tests.support.output_digests` records them.

A stage's version must be raised when the same inputs give other tables, or old lakes would keep the old ones. The
digests are of rows, not of files, with floats rounded, so that they do not depend on the machine.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import polars as pl

from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stage_list import PIPELINE
from tests.support.lakes import CLOCK_COLUMNS, SAMPLES, fill

RECORDED = Path(__file__).resolve().parents[1] / "data" / "output_digests.json"
DECIMALS = 4  # similarities and coordinates differ in later digits between processors
SOURCE = Path(__file__).resolve().parents[2] / "src" / "paperlake"
SOURCES = {"warehouse": ("warehouse/sql", "search_index/sql"), "report": ("report/page", "report/sql")}
TIMES = ("modified_ns",)


def digest(frame: pl.DataFrame) -> str:
    """Return a hash of a table's rows, in an order of their own."""
    kept = frame.drop([*CLOCK_COLUMNS, *TIMES, "embedding"], strict=False)
    floats = [name for name, dtype in kept.schema.items() if dtype.is_float()]
    rounded = kept.with_columns(pl.col(floats).round(DECIMALS) + 0.0)
    lines = sorted(json.dumps(row, default=str) for row in rounded.iter_rows())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def source_digest(folders: tuple[str, ...]) -> str:
    """Return a hash of the text files that decide what a stage builds beside tables."""
    files = sorted(
        file
        for folder in folders
        for file in (SOURCE / folder).iterdir()
        if file.suffix != ".py" and file.is_file()
    )
    return hashlib.sha256(b"\n".join(file.read_bytes() for file in files)).hexdigest()[:16]


def output_digests(folder: Path) -> dict[str, dict[str, object]]:
    """Return version and digests of the tables of every stage, for the sample dumps."""
    lake = Lake.open(folder / "lake")
    shutil.copytree(SAMPLES, lake.raw, dirs_exist_ok=True)
    fill(lake, Settings(lake=lake.root, embedder="hashing"))
    return {
        stage.name: {
            "version": stage.version,
            "sources": source_digest(SOURCES.get(stage.name, ())),
            "tables": {table.name: digest(lake.read(table)) for table in stage.tables},
        }
        for stage in PIPELINE
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        RECORDED.write_text(json.dumps(output_digests(Path(scratch)), indent=1) + "\n")
