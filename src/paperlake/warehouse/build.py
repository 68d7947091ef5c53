"""Write the DuckDB file of a build: an updated copy of the last build, or everything from nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import duckdb

from paperlake.catalogue.files import WAREHOUSE
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.catalogue.table import Table
from paperlake.errors import LakeError
from paperlake.lake.copying import copy_verified
from paperlake.progress import Progress
from paperlake.search_index.writing import write_search_index
from paperlake.stages.run import StageRun
from paperlake.stages.stage import hash_json
from paperlake.text.sql_files import quoted, read_sql
from paperlake.warehouse.load import LakeTable, count_rows, load_table
from paperlake.warehouse.update import FullBuildError, update_tables
from paperlake.warehouse.views import VIEWS, create_views, macros_sql

_log = logging.getLogger(__name__)

MEMORY_LIMIT = "2GB"  # DuckDB writes what it needs beyond to a folder beside the file
# Rows that DuckDB stores together, and writes again when rows are added to the last of them: 25 MB of vectors
# of 384 numbers. Its default is 122,880.
ROW_GROUP_ROWS = 16_384
WRITE_ERRORS = (duckdb.IOException, duckdb.TransactionException)  # a full disk, in a write and in a commit
MAX_UPDATES = 50  # of a build, before one is made in full: each adds rows out of order

Copied = Callable[[], bool]


def build_form(sources: list[LakeTable]) -> str:
    """Return a hash of the columns, types, keys and descriptions of the tables, and of views and macros."""
    tables = [
        [
            one.table.name,
            one.table.description,
            one.table.index,
            one.types,
            one.table.descriptions,
            [one.table.nullable(name) for name in one.types],
        ]
        for one in sources
    ]
    views = [{name: own for name, (own, _tables) in VIEWS.items()}, read_sql(__package__, "views")]
    return hash_json([tables, views, macros_sql()])


@contextmanager
def copying_last_build(run: StageRun, path: Path) -> Iterator[Copied]:
    """Copy the last build, where there is one to update, by a thread while the tables are written.

    Args:
        run: The build of the stage.
        path: A new file.

    Yields:
        A function that waits for the copy, and returns whether it is there and as it was committed.
    """
    with ThreadPoolExecutor(max_workers=1) as thread:
        if run.changed_partitions(PAPERS) is None:
            yield lambda: False
        else:
            yield thread.submit(_copy_last_build, run, path).result


def write_build(run: StageRun, sources: list[LakeTable], path: Path, form: str, copied: Copied) -> int:
    """Write a DuckDB file of all tables, views and indexes, close it, and report how many rows it has.

    Args:
        run: The build of the stage.
        sources: The tables.
        path: A new file, or the copy of the last build.
        form: The form of this build (`build_form`).
        copied: Tells whether the copy is there (`copying_last_build`).

    Returns:
        How many times a full build was updated to become this one; 0 for a full build.

    Raises:
        LakeError: The file cannot be written.
    """
    try:
        return _write_build(run, sources, path, form, copied)
    except WRITE_ERRORS as error:
        raise LakeError(
            f"Cannot write the warehouse {path}: {str(error).splitlines()[0]}. What was finished is kept. "
            "Free space on the disk of the lake, or ask for permission to write, then run again."
        ) from error


def _write_build(run: StageRun, sources: list[LakeTable], path: Path, form: str, copied: Copied) -> int:
    update_number, is_copied = _update_number(run, form), copied()
    if update_number and is_copied:
        try:
            run.report("row_counts_survive", *_update(run, sources, path))
        except (FullBuildError, duckdb.Error) as error:
            _log.info("The warehouse is built in full: %s.", str(error).splitlines()[0])
        else:
            return update_number
    for leftover in (path, path.with_name(f"{path.name}.wal")):
        leftover.unlink(missing_ok=True)
    run.report("row_counts_survive", *_write_in_full(run, sources, path))
    return 0


def _update_number(run: StageRun, form: str) -> int:
    """Return which update of a full build this one is; 0 where it has to be a full build."""
    entry = run.previous_entry(WAREHOUSE)
    if run.previous is None or entry is None or entry.built_from != form:
        return 0
    if any(run.changed_partitions(table) is None for table in run.pipeline.public_tables_until(run.stage)):
        return 0
    number = int(run.previous.facts.get("update_number") or 0) + 1
    return number if number <= MAX_UPDATES else 0


def _copy_last_build(run: StageRun, path: Path) -> bool:
    """Copy the last build; return whether there is one whose content is as it was committed."""
    entry = run.previous_entry(WAREHOUSE)
    if entry is None:
        return False
    source = run.lake.root / entry.path
    try:
        is_as_committed = copy_verified(source, path, entry)
    except OSError as error:
        _log.warning("%s cannot be copied (%s): the warehouse is built in full.", source, error)
        return False
    if not is_as_committed:
        _log.warning("%s is damaged: the warehouse is built in full.", source)
    return is_as_committed


def _update(run: StageRun, sources: list[LakeTable], path: Path) -> tuple[int, list[str]]:
    connection = open_to_write(path)
    try:
        update_tables(connection, run, sources)
        rows, lost = _compare_counts(connection, sources)
        if lost:
            raise FullBuildError(f"the update has other rows than the lake ({'; '.join(lost)})")
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return rows, lost


def _write_in_full(run: StageRun, sources: list[LakeTable], path: Path) -> tuple[int, list[str]]:
    """Write a file of all tables, views and indexes.

    Returns:
        How many rows there were, and one line per table that lost some.
    """
    connection = open_to_write(path)
    try:
        fill_file(connection, sources, run.paths_of, run.progress)
        counts = _compare_counts(connection, sources)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return counts


def fill_file(
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[LakeTable],
    paths_of: Callable[[Table], Sequence[Path]],
    progress: Progress,
) -> None:
    """Fill an empty DuckDB file with all tables, views, macros and indexes.

    Args:
        connection: Open on the file, for writing.
        sources: The tables.
        paths_of: Returns the Parquet files of a table, in the order of its rows.
        progress: Reports the tables and papers done.
    """
    with progress.task("Loading tables", len(sources), "tables") as advance:
        for source in sources:
            load_table(connection, source, paths_of(source.table))
            advance(1)
    create_views(connection)
    write_search_index(connection, progress)
    connection.execute(macros_sql())


def open_to_write(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a file to write; its tables have small groups of rows, which only an attached file can.

    There is no write-ahead log, which would be flushed to disk for each of some 300 statements: a build that
    is interrupted is deleted.

    Raises:
        duckdb.IOException: The file cannot be written.
    """
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": f"{path}.tmp",
    }
    connection = duckdb.connect(config=settings)
    try:
        options = f"ROW_GROUP_SIZE {ROW_GROUP_ROWS}, RECOVERY_MODE no_wal_writes"
        connection.execute(f"ATTACH {quoted(str(path))} AS build ({options})")
        connection.execute("USE build")
    except duckdb.IOException:
        connection.close()
        raise
    return connection


def _compare_counts(connection: duckdb.DuckDBPyConnection, sources: list[LakeTable]) -> tuple[int, list[str]]:
    """Return how many rows the lake has, and one line per table that has another number in the warehouse."""
    lost = []
    for source in sources:
        found = count_rows(connection, source.table)
        if found != source.row_count:
            lost.append(f"{source.table.name}: {found} rows in the warehouse, {source.row_count} in the lake")
    return sum(source.row_count for source in sources), lost
