"""The stage `warehouse`: every public table in one DuckDB file, built aside and checked.

A reader opens the file by its path and keeps what it opened; a build never touches a committed file. Reading
is in `reading.py`; loading a table in `load.py`; the search index is `paperlake.search_index`'s.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from paperlake.catalogue.files import NEIGHBOUR_INDEX, WAREHOUSE
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.table import Table
from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS, STAGE_CHECKS
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import TEMPORARY_SUFFIX
from paperlake.lake.manifest import Facts
from paperlake.progress import Progress
from paperlake.search_index.writing import write_search_index
from paperlake.settings import Settings
from paperlake.stages.checks import Check
from paperlake.stages.run import StageRun
from paperlake.stages.stage import EVERY_TABLE, Stage
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.load import load_table
from paperlake.warehouse.similar_papers import write_similar_papers
from paperlake.warehouse.views import create_views

BUILD_NAME = "%Y-%m-%dT%H%M%S.%fZ"  # names in order of time; two builds of one second differ


def _build(run: StageRun) -> Facts:
    """Build the warehouse from the tables of the lake.

    Raises:
        LakeError: A write-ahead log of another program is beside the warehouse.
    """
    _refuse_stray_log(run.lake)
    neighbour_facts = write_similar_papers(run)
    run.write(STAGE_CHECKS, _stage_checks(run))
    tables = {table: _sorted(table, run.read(table)) for table in run.pipeline.public_tables_until(run.stage)}
    build = run.lake.warehouse_build(datetime.now(UTC).strftime(BUILD_NAME))
    build.parent.mkdir(parents=True, exist_ok=True)
    partial = build.with_name(f".{build.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        run.report("row_counts_survive", *_write(partial, tables, run.progress))
        _finish(partial, build)
        run.adopt(WAREHOUSE, build)
    finally:
        partial.unlink(missing_ok=True)
    file_megabytes = round(build.stat().st_size / 1e6, 1)
    return {"file_megabytes": file_megabytes, "tables": len(tables)} | neighbour_facts


def _sorted(table: Table, frame: pl.DataFrame) -> pl.DataFrame:
    """Sort by the key, so that DuckDB can skip what a query does not need."""
    return frame.sort(table.key, nulls_last=True) if table.key else frame


def _stage_checks(run: StageRun) -> pl.DataFrame:
    """Return the results of all checks of the stages before this one."""
    manifests = run.pipeline.manifests(run.lake, run.pipeline.before(run.stage))
    rows = [
        {
            "stage": stage,
            "check_name": check.check_name,
            "passed": check.passed,
            "failed_row_count": check.failed_row_count,
            "checked_row_count": check.checked_row_count,
            "checked_at": check.checked_at,
        }
        for stage, manifest in manifests.items()
        for check in manifest.checks
    ]
    return STAGE_CHECKS.frame(rows)


def _write(path: Path, tables: dict[Table, pl.DataFrame], progress: Progress) -> tuple[int, list[str]]:
    """Write a DuckDB file of all tables, views and indexes, and close it.

    Returns:
        How many rows there were, and one line per table that lost some.
    """
    lost = []
    connection = duckdb.connect(str(path))
    try:
        with progress.task("Loading tables", len(tables), "tables") as advance:
            for table, frame in tables.items():
                loaded = load_table(connection, table, frame)
                if loaded != frame.height:
                    lost.append(f"{table.name}: {loaded} rows in the warehouse, {frame.height} in the lake")
                advance(1)
        create_views(connection)
        connection.execute(read_sql(__package__, "macros"))
        write_search_index(connection, tables[PAPERS], tables[EMBEDDINGS], progress)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return sum(frame.height for frame in tables.values()), lost


def _finish(partial: Path, build: Path) -> None:
    """Give a closed build its name, read-only and flushed to disk."""
    own_log = partial.with_name(f"{partial.name}.wal")
    if own_log.exists():
        raise LakeError(f"The build {partial} was not closed cleanly: {own_log.name} is left. Run again.")
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.chmod(0o444)
    partial.replace(build)


def _refuse_stray_log(lake: Lake) -> None:
    """Refuse to replace a warehouse beside which another program left a write-ahead log.

    The next reader would replay it into the new file.
    """
    stray = lake.warehouse.with_name(f"{lake.warehouse.name}.wal")
    if stray.exists():
        changed = datetime.fromtimestamp(stray.stat().st_mtime, UTC).isoformat(timespec="seconds")
        raise LakeError(
            f"{stray} (changed {changed}) is beside the warehouse: some program opened it for writing. "
            "Close that program, delete the .wal file, and run again; the warehouse was not replaced."
        )


def _keep_builds(lake: Lake, settings: Settings) -> None:
    """Delete all builds except the newest; readers that have one open keep it."""
    for build in lake.warehouse_builds()[: -settings.warehouse_keep_builds]:
        build.unlink(missing_ok=True)


WAREHOUSE_STAGE = Stage(
    name="warehouse",
    description="Build the DuckDB file that analysts query, with neighbours and the search index.",
    reads=EVERY_TABLE,
    writes=(WAREHOUSE, SIMILAR_PAPERS, STAGE_CHECKS, NEIGHBOUR_INDEX),
    version=4,
    build=_build,
    settings=("similar_count",),
    libraries=("duckdb",),
    checks=(
        Check(
            WAREHOUSE, "row_counts_survive", "Every table has as many rows in the warehouse as in the lake."
        ),
    ),
    kinds=frozenset({"duckdb"}),
    after_commit=_keep_builds,
)
