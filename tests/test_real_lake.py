"""The three real listing dumps through every stage, with the real model: what a user would see."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from paperlake.lake import Lake
from paperlake.warehouse.reading import query
from tests.support.lakes import assert_equal_tables, put, tables

pytestmark = [pytest.mark.real_data, pytest.mark.model, pytest.mark.slow]

APART = [
    ("PROP: Pre-training with Representative Words", "B-PROP: Bootstrapped"),
    ("ERNIE 3.0: Large-scale", "ERNIE 3.0 Titan"),
    ("MTEB: Massive Text", "FinMTEB: Finance"),
]


def test_378_entries_become_364_papers_and_nothing_is_rejected(real_lake: Lake) -> None:
    found = tables(real_lake)
    assert sorted(found["dumps"]["entry_count"]) == [44, 113, 221]
    assert found["rejects"].is_empty()
    assert found["papers"].height == 364
    assert found["paper_sources"].height == 378


@pytest.mark.parametrize(("one", "other"), APART, ids=["PROP", "ERNIE", "MTEB"])
def test_papers_that_are_alike_but_different_stay_apart(real_lake: Lake, one: str, other: str) -> None:
    sql = "SELECT count(*) FROM papers WHERE starts_with(title, ?) OR starts_with(title, ?)"
    assert query(real_lake, sql, [one, other])[1] == [(2,)]


def test_the_dates_that_the_listing_leaves_out(real_lake: Lake) -> None:
    sql = (
        "SELECT published_date::VARCHAR, year_inferred, snapshot_date::VARCHAR FROM entries "
        "JOIN dumps USING (dump_id) WHERE starts_with(title, 'HILGEN')"
    )
    assert query(real_lake, sql)[1] == [("2025-03-06", True, "2025-12-12")]
    sql = "SELECT snapshot_date FROM dumps WHERE path LIKE '%004_%'"
    assert query(real_lake, sql)[1] == [(None,)]


def test_topics_are_many_enough_and_few_papers_fit_nowhere(real_lake: Lake) -> None:
    found = tables(real_lake)
    subtopics = found["topics"].filter(pl.col("level") == 2)
    assert 12 <= subtopics.height <= 40
    filed = found["paper_topics"].filter(pl.col("level") == 2)
    assert filed["is_outlier"].mean() <= 0.15


def test_another_number_of_threads_gives_the_same_tables(
    real_lake: Lake, real_data: Path, tmp_path: Path
) -> None:
    """A process with another number of threads, from the same dumps and vectors to its own warehouse."""
    lake = Lake.open(tmp_path / "lake")
    put(lake, *sorted((real_data / "dumps/listing").glob("*.txt")))
    shutil.copytree(real_lake.root / "vectors", lake.root / "vectors")
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "from pathlib import Path\nfrom tests.support.lakes import fill\nfrom paperlake.lake import Lake\n"
        "from paperlake.settings import Settings\n"
        "lake = Lake.open(Path(sys.argv[1]))\nfill(lake, Settings(lake=lake.root))\n"
    )
    other = "2" if os.environ.get("OMP_NUM_THREADS") == "1" else "1"
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), other)
    subprocess.run([sys.executable, "-c", code, str(lake.root)], check=True, env={**os.environ, **threads})
    assert_equal_tables(tables(lake), tables(real_lake))
