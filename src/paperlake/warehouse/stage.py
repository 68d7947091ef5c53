"""The stage `warehouse`: every public table in one DuckDB file, built aside and checked.

A reader opens the file by its path and keeps what it opened; a build never touches a committed file. Reading
is in `reading.py`; writing the file in `build.py`; the search index is `paperlake.search_index`'s.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from paperlake.catalogue.files import NEIGHBOUR_INDEX, WAREHOUSE
from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS, STAGE_CHECKS
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import TEMPORARY_SUFFIX, delete_large
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.checks import Check
from paperlake.stages.run import StageRun
from paperlake.stages.stage import EVERY_TABLE, Stage
from paperlake.warehouse.build import build_form, copying_last_build, write_build
from paperlake.warehouse.load import lake_table
from paperlake.warehouse.similar_papers import write_similar_papers

BUILD_NAME = "%Y-%m-%dT%H%M%S.%fZ"  # names in order of time; two builds of one second differ


def _build(run: StageRun) -> Facts:
    """Build the warehouse from the tables of the lake: update a copy of the last build, or build in full.

    Raises:
        LakeError: A write-ahead log of another program is beside the warehouse.
    """
    _refuse_stray_log(run.lake)
    build = run.lake.warehouse_build(datetime.now(UTC).strftime(BUILD_NAME))
    build.parent.mkdir(parents=True, exist_ok=True)
    partial = build.with_name(f".{build.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    try:
        with copying_last_build(run, partial) as copied:
            neighbour_facts = write_similar_papers(run)
            run.write(STAGE_CHECKS, _stage_checks(run))
            sources = [lake_table(run, table) for table in run.pipeline.public_tables_until(run.stage)]
            form = build_form(sources)
            update_number = write_build(run, sources, partial, form, copied)
        _finish(partial, build)
        run.adopt(WAREHOUSE, build, form)
    finally:
        partial.unlink(missing_ok=True)
    return {
        "file_megabytes": round(build.stat().st_size / 1e6, 1),
        "tables": len(sources),
        "update_number": update_number,
        **neighbour_facts,
    }


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
        delete_large(build)


WAREHOUSE_STAGE = Stage(
    name="warehouse",
    description="Build the DuckDB file that analysts query, with neighbours and the search index.",
    reads=EVERY_TABLE,
    writes=(WAREHOUSE, SIMILAR_PAPERS, STAGE_CHECKS, NEIGHBOUR_INDEX),
    version=7,
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
