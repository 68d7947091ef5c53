"""The three real listing dumps, held against what was checked by hand."""

import hashlib
import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from paperlake.dumps.listing.reader import READER
from paperlake.dumps.stage import parse_file
from paperlake.settings import Settings
from tests.support.memory_dump import MemoryDump, read

pytestmark = pytest.mark.real_data

DUMPS = {
    "cards": ("000_413bb6410a4219a3", 44, date(2025, 12, 12)),
    "compact": ("002_5e64fd8ada249111", 221, None),
    "titled": ("004_a891244ed6758bde", 113, None),
}


@pytest.mark.parametrize("layout", DUMPS)
def test_every_field_is_that_of_the_golden_file(real_data: Path, settings: Settings, layout: str) -> None:
    """Without it a change to the grammar could silently drop, shift or alter real entries."""
    name, count, snapshot_date = DUMPS[layout]
    row, entries, rejects = parse_file(real_data / f"dumps/listing/{name}.txt", settings)
    golden = [
        json.loads(line)
        for line in (real_data / f"golden/{name}.entries.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    found = entries.with_columns(
        pl.col("published_date").cast(pl.String),
        abstract_sha256=pl.col("abstract").map_elements(
            lambda text: hashlib.sha256(text.encode()).hexdigest(), return_dtype=pl.String
        ),
    )
    assert found.select(*golden[0]).to_dicts() == golden
    assert (row["format"], row["layout"], row["entry_count"]) == ("listing_text", layout, count)
    assert row["snapshot_date"] == snapshot_date
    assert rejects.is_empty()


@pytest.mark.parametrize("layout", DUMPS)
def test_every_line_is_accounted_for(real_data: Path, layout: str) -> None:
    """Without it a line could vanish between two entries."""
    file = real_data / f"dumps/listing/{DUMPS[layout][0]}.txt"
    found = read(READER, MemoryDump.of(file, "listing"))
    lines = file.read_text(encoding="utf-8").split("\n")
    assert found.parsed.line_count == len(lines) - (lines[-1] == "")
    assert found.parsed.uncovered_lines == ()
    last = found.entries.row(-1, named=True)
    assert last["line_end"] == max(number for number, line in enumerate(lines, start=1) if line.strip())
    assert found.entries.filter(pl.col("line_start") > pl.col("line_end")).is_empty()


def test_year_that_the_page_leaves_out_is_inferred_and_said_so(real_data: Path, settings: Settings) -> None:
    """The page prints 2024 as its newest year, so `Mar 6` is of 2025; a printed year is not inferred."""
    _, entries, _ = parse_file(real_data / "dumps/listing/000_413bb6410a4219a3.txt", settings)
    first = entries.row(0, named=True)
    assert first["title"].startswith("HILGEN")
    assert (first["published_date"], first["year_inferred"]) == (date(2025, 3, 6), True)
    assert entries.filter(pl.col("year_inferred")).get_column("published_text").str.contains(",").sum() == 0
