"""Whole lakes for tests: filling one without Dagster, and comparing the tables of two."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from paperlake.dedup.stage import make_papers
from paperlake.dumps.inventory import make_raw_dumps
from paperlake.dumps.stage import make_parsed_entries
from paperlake.embedding.registry import make_embedder
from paperlake.embedding.stage import make_paper_embeddings
from paperlake.lake import Lake
from paperlake.report.stage import make_report
from paperlake.schemas import TABLES
from paperlake.settings import Settings
from paperlake.stages import StageResult
from paperlake.topics.stage import make_topics
from paperlake.warehouse.build import make_warehouse
from paperlake.warehouse.reading import connect

SAMPLES = Path(__file__).resolve().parents[2] / "data_lake" / "raw"
CLOCK_COLUMNS = ("checked_at",)
TOPIC_TABLES = tuple(name for name, table in TABLES.items() if table.stage == "topics")


def fill(lake: Lake, settings: Settings) -> dict[str, StageResult]:
    """Make every stage in order, as a run does, without Dagster."""
    return {
        "raw_dumps": make_raw_dumps(lake, settings),
        "parsed_entries": make_parsed_entries(lake, settings),
        "papers": make_papers(lake, settings),
        "paper_embeddings": make_paper_embeddings(lake, settings, make_embedder(settings)),
        "topics": make_topics(lake, settings),
        "warehouse": make_warehouse(lake, settings),
        "report": make_report(lake, settings),
    }


def put(lake: Lake, *dumps: Path, folder: str = "listing") -> None:
    """Copy dumps into raw/."""
    (lake.raw / folder).mkdir(exist_ok=True)
    for dump in dumps:
        shutil.copyfile(dump, lake.raw / folder / dump.name)


def tables(lake: Lake) -> dict[str, pl.DataFrame]:
    """Every table of the warehouse, clock columns left out, in an order that does not depend on the file's."""
    with connect(lake) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'main'"
            ).fetchall()
        ]
        found = {}
        for name in names:
            frame = pl.DataFrame(connection.execute(f'SELECT * FROM "{name}"').to_arrow_table())
            kept = [column for column in frame.columns if column not in CLOCK_COLUMNS]
            sortable = [column for column in kept if frame.schema[column] not in (pl.List, pl.Array)]
            found[name] = frame.select(kept).sort(sortable, nulls_last=True)
    return found


def without_topics(found: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """All tables but those that also follow from the fits of topics before, and from how many there were."""
    return {name: frame for name, frame in found.items() if name not in (*TOPIC_TABLES, "stage_checks")}


def forget_topics(lake: Lake) -> None:
    """Delete the topic model, so that topics are found as in a new lake."""
    lake.topic_model.unlink()


def assert_equal_tables(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    """Equal to the last row; vectors and similarities within 1e-5."""
    assert one.keys() == other.keys()
    for name in one:
        if name == "embeddings":
            vectors = [side[name]["embedding"].to_numpy() for side in (one, other)]
            assert np.allclose(*vectors, atol=1e-5)
        rest = [side[name].drop("embedding", strict=False) for side in (one, other)]
        assert_frame_equal(*rest, abs_tol=1e-5)
