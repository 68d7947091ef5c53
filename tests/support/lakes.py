"""Whole lakes for tests: filling one without Dagster, and comparing the tables of two."""

import shutil
from pathlib import Path

import numpy as np
import polars as pl
from polars.testing import assert_frame_equal

from paperlake import stage_list
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.table import Table
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts, Manifest
from paperlake.settings import Settings
from paperlake.stages.checks import check_table, run_check
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import StageResult, run_stage, run_stages
from paperlake.stages.stage import Stage
from paperlake.topics.checks import TOPIC_CHECKS
from paperlake.warehouse.reading import connect

SAMPLES = Path(__file__).resolve().parents[2] / "data_lake" / "raw"
CLOCK_COLUMNS = ("checked_at",)
TABLES = {table.name: table for table in stage_list.PIPELINE.public_tables}
TOPIC_TABLES = tuple(name for name, table in TABLES.items() if table.stage == "topics")


def fill(
    lake: Lake, settings: Settings, until: str | None = None, refit: bool = False
) -> dict[str, StageResult]:
    """Build every stage in order, as a run does, without Dagster."""
    return run_stages(stage_list.PIPELINE, stage_list.run_context(lake, settings, refit=refit), until)


def build(lake: Lake, settings: Settings, stage: str, refit: bool = False) -> StageResult:
    """Build one stage, the ones before it being there."""
    context = stage_list.run_context(lake, settings, refit=refit)
    return run_stage(stage_list.PIPELINE, stage_list.PIPELINE.stage(stage), context)


def commit_tables(lake: Lake, tables: dict[Table, pl.DataFrame]) -> None:
    """Commit tables of one stage that is not under test, as if it had built them; checks are left out."""
    inputs = [int(frame.hash_rows().sum()) if frame.height else 0 for frame in tables.values()]

    def write(run: StageRun) -> Facts:
        for table, frame in tables.items():
            run.write(table, frame)
        return {}

    (name,) = {table.stage for table in tables}
    stage = Stage(name, "", (), tuple(tables), 1, write, inputs=lambda _context: inputs)
    run_stage(Pipeline((stage,)), stage, stage_list.run_context(lake, Settings(lake=lake.root)))


class FrameReader:
    """Gives frames as tables, for checks."""

    def __init__(self, tables: dict[Table, pl.DataFrame]) -> None:
        self._tables = tables

    def read(self, table: Table) -> pl.DataFrame:
        """Return the frame of a table."""
        return self._tables[table]

    def scan(self, table: Table) -> pl.LazyFrame:
        """Return the frame of a table, lazily."""
        return self._tables[table].lazy()

    def row_counts(self, table: Table) -> dict[str, int]:
        """Return the number of rows."""
        return {"": self._tables[table].height}


def failed_topic_checks(papers: pl.DataFrame, topic_tables: object) -> list[str]:
    """Return one line per check that the tables of topics fail: their declarations, and those across tables."""
    frames = {
        table: getattr(topic_tables, table.name)
        for table in TABLES.values()
        if table.stage == "topics" and table.is_public
    }
    results = [check_table(table, frame) for table, frame in frames.items()]
    reader = FrameReader({PAPERS: papers, **frames})
    results += [run_check(check, reader) for check in TOPIC_CHECKS]
    return [result.summary() for result in results if not result.passed]


def last(lake: Lake, stage: str) -> Manifest:
    """Return the last commit of a stage."""
    manifest = lake.manifest(stage)
    assert manifest is not None
    return manifest


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
    """Forget the fits of topics, so that topics are found as in a new lake."""
    lake.manifest_path("topics").unlink()


def assert_equal_tables(one: dict[str, pl.DataFrame], other: dict[str, pl.DataFrame]) -> None:
    """Equal to the last row; vectors and similarities within 1e-5."""
    assert one.keys() == other.keys()
    for name in one:
        if name == "embeddings":
            vectors = [side[name]["embedding"].to_numpy() for side in (one, other)]
            assert np.allclose(*vectors, atol=1e-5)
        rest = [side[name].drop("embedding", strict=False) for side in (one, other)]
        assert_frame_equal(*rest, abs_tol=1e-5)
