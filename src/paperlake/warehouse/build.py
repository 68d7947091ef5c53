"""The stage `warehouse`: every public table in one DuckDB file, built aside, checked, swapped in.

A reader opens the file by its path and keeps what it opened; a build never touches a published file.
Reading it is in `reading.py`; what a table is stands in `schemas.py`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa

from paperlake.checks import CheckResult, check_table, outcome
from paperlake.dumps.stage import read_entries, read_rejects
from paperlake.embedding.stage import current_model, read_embeddings, read_vectors
from paperlake.errors import LakeError
from paperlake.lake import TEMPORARY_SUFFIX, Lake
from paperlake.progress import Progress, Silent
from paperlake.schemas import STAGE_CHECKS, TABLES, Table, embeddings_table
from paperlake.search_index.sketches import write_sketches
from paperlake.search_index.word_index import write_word_index
from paperlake.settings import Settings
from paperlake.stages import (
    STAGES,
    CheckFailedError,
    Made,
    StageResult,
    fingerprint,
    last_result,
    run_stage,
    upstream,
)
from paperlake.warehouse.reading import read_sql
from paperlake.warehouse.similar import similar_papers

STAGE = "warehouse"
SQL_TYPES = {
    pl.String(): "VARCHAR",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    pl.List(pl.String()): "VARCHAR[]",
    pl.Datetime("us", "UTC"): "TIMESTAMPTZ",
}
BEFORE = STAGES[: STAGES.index(STAGE)]  # whose tables it holds
BUILD_NAME = "%Y-%m-%dT%H%M%S.%fZ"  # names in order of time; two builds of one second differ
UNKEYED = {"similar_papers", "embeddings"}  # large, and sorted by their key: an index would double the load


def warehouse_made_from(lake: Lake, settings: Settings) -> str:
    """The fingerprint of the warehouse as it would be made now."""
    return fingerprint(STAGE, settings, [upstream(lake, stage) for stage in BEFORE])


def make_warehouse(lake: Lake, settings: Settings, progress: Progress | None = None) -> StageResult:
    """Build the warehouse from the tables of the lake and swap it in.

    Raises:
        CheckFailedError: A table is not what its schema says, or rows were lost on the way.
        LakeError: A write-ahead log of another program lies beside the warehouse.
    """
    made_from = warehouse_made_from(lake, settings)
    return run_stage(lake, STAGE, made_from, lambda: _make(lake, settings, progress or Silent()))


def _make(lake: Lake, settings: Settings, progress: Progress) -> Made:
    tables = _tables(lake, settings, progress)
    results = [check_table(TABLES[name], tables[name]) for name in ("similar_papers", "stage_checks")]
    if not all(result.passed for result in results):
        raise CheckFailedError(STAGE, results)
    finished = lake.warehouse.with_name(f".{lake.warehouse.name}.{os.getpid()}{TEMPORARY_SUFFIX}")
    finished.parent.mkdir(parents=True, exist_ok=True)
    try:
        results.append(_build(finished, lake, tables, progress))
        if not results[-1].passed:
            raise CheckFailedError(STAGE, results)
        _swap_in(lake, finished)
        _keep_builds(lake, settings.warehouse_keep_builds)
    finally:
        finished.unlink(missing_ok=True)
    return Made(
        checks=results,
        facts={"file_megabytes": round(lake.warehouse.stat().st_size / 1e6, 1), "tables": len(tables)},
        row_counts={name: frame.height for name, frame in tables.items()},
        written=[lake.warehouse],
    )


def _tables(lake: Lake, settings: Settings, progress: Progress) -> dict[str, pl.DataFrame]:
    """Every public table, sorted by its key, so that DuckDB can skip what a query does not need."""
    frames = {
        "dumps": lake.read_table("dumps"),
        "entries": read_entries(lake),
        "rejects": read_rejects(lake),
        "embeddings": read_embeddings(lake),
        "stage_checks": _stage_checks(lake),
    }
    for name in (
        "papers",
        "paper_sources",
        "paper_counts",
        "matches",
        "topics",
        "paper_topics",
        "topic_trends",
        "emerging_topics",
        "topic_events",
    ):
        frames[name] = lake.read_table(name)
    paper_ids, vectors = read_vectors(lake)
    with progress.task("Finding neighbours", len(paper_ids), "papers") as advance:
        frames["similar_papers"] = similar_papers(paper_ids, vectors, settings.similar_count, advance)
    definitions = _definitions(lake)
    return {
        name: frames[name].sort(definitions[name].key, nulls_last=True)
        if definitions[name].key
        else frames[name]
        for name in definitions
    }


def _definitions(lake: Lake) -> dict[str, Table]:
    return {**TABLES, "embeddings": embeddings_table(current_model(lake).dimension)}


def _stage_checks(lake: Lake) -> pl.DataFrame:
    """The results of all checks of the stages before this one."""
    results = {stage: last_result(lake, stage) for stage in BEFORE}
    rows = [
        {
            "stage": stage,
            "check_name": check.check_name,
            "passed": check.passed,
            "failed_row_count": check.failed_row_count,
            "checked_row_count": check.checked_row_count,
            "checked_at": check.checked_at,
        }
        for stage, result in results.items()
        for check in (result.checks if result else [])
    ]
    return STAGE_CHECKS.frame(rows)


def _build(path: Path, lake: Lake, tables: dict[str, pl.DataFrame], progress: Progress) -> CheckResult:
    """Write a DuckDB file of all tables and views; check that no row was lost; close it cleanly."""
    definitions = _definitions(lake)
    lost = []
    connection = duckdb.connect(str(path))
    try:
        with progress.task("Loading tables", len(tables), "tables") as advance:
            for name, frame in tables.items():
                _load(connection, definitions[name], frame)
                (loaded,) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() or (0,)  # noqa: S608
                if loaded != frame.height:
                    lost.append(f"{name}: {loaded} rows in the warehouse, {frame.height} in the lake")
                advance(1)
        if not lost:
            _write_extras(connection, tables, progress)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return outcome(STAGE, "row_counts_survive", sum(frame.height for frame in tables.values()), lost)


def _write_extras(
    connection: duckdb.DuckDBPyConnection, tables: dict[str, pl.DataFrame], progress: Progress
) -> None:
    """Views, macros, and what `paperlake search` finds papers with, in the schema `search`."""
    connection.execute(read_sql("views"))
    connection.execute(read_sql("macros"))
    papers = tables["papers"].select("paper_id", "title", "abstract")
    with progress.task("Indexing words", papers.height, "papers") as advance:
        write_word_index(connection, papers, advance)
    vectors = tables["embeddings"]["embedding"].to_numpy()
    write_sketches(connection, vectors)


def _load(connection: duckdb.DuckDBPyConnection, table: Table, frame: pl.DataFrame) -> None:
    columns = ", ".join(
        f'"{name}" {sql_type(dtype)}{"" if table.nullable(name) else " NOT NULL"}'
        for name, dtype in table.dtypes.items()
    )
    key = ", ".join(f'"{column}"' for column in table.key)
    primary_key = f", PRIMARY KEY ({key})" if table.key and table.name not in UNKEYED else ""
    connection.execute(f'CREATE TABLE "{table.name}" ({columns}{primary_key})')
    arrow: pa.Table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    if table.name == "embeddings":
        # Vectors hardly compress, and DuckDB reads single rows only of what is not: 0.1 s instead of 0.6 s
        # for 2,000 of 500,000.
        connection.execute("SET force_compression = 'uncompressed'")
    connection.register("incoming", arrow)
    connection.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming')  # noqa: S608
    connection.unregister("incoming")
    if table.name == "embeddings":
        connection.execute("CHECKPOINT")  # what is compressed how is decided when it is written
        connection.execute("RESET force_compression")
    connection.execute(f'COMMENT ON TABLE "{table.name}" IS {_literal(table.description)}')
    for column, description in table.descriptions.items():
        connection.execute(f'COMMENT ON COLUMN "{table.name}"."{column}" IS {_literal(description)}')


def sql_type(dtype: pl.DataType) -> str:
    """DuckDB's name of a column type."""
    if isinstance(dtype, pl.Array):
        return f"FLOAT[{dtype.size}]"
    return SQL_TYPES[dtype]


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _swap_in(lake: Lake, finished: Path) -> None:
    """Publish a finished build, read-only, in one rename.

    A `.wal` beside the target would be replayed into the new file by the next reader: it belongs to a
    program that opened the warehouse for writing.
    """
    own_wal = finished.with_name(f"{finished.name}.wal")
    if own_wal.exists():
        raise LakeError(f"The build {finished} was not closed cleanly: {own_wal.name} is left. Run again.")
    stray = lake.warehouse.with_name(f"{lake.warehouse.name}.wal")
    if stray.exists():
        changed = datetime.fromtimestamp(stray.stat().st_mtime, UTC).isoformat(timespec="seconds")
        raise LakeError(
            f"{stray} (changed {changed}) lies beside the warehouse: some program opened it for writing. "
            "Close that program, delete the .wal file, and run again; the warehouse was not replaced."
        )
    with finished.open("rb") as file:
        os.fsync(file.fileno())
    finished.chmod(0o444)
    kept = lake.warehouse_build(datetime.now(UTC).strftime(BUILD_NAME))
    kept.parent.mkdir(exist_ok=True)
    kept.hardlink_to(finished)  # one file under two names: keeping the newest build takes no space
    lake.publish(finished, lake.warehouse)


def _keep_builds(lake: Lake, count: int) -> None:
    """Delete all but the newest builds; readers that have one open keep it."""
    for build in lake.warehouse_builds()[:-count]:
        build.unlink(missing_ok=True)
