"""Bring a copy of the last build up to date: only rows that differ are deleted and inserted.

The rows of the partitions that changed are compared with those of the build, a few partitions at a time. The
file so grows by what is new, and its indexes are touched for that alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from paperlake.catalogue.dump_tables import DUMPS
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.partitioning import ByDump, ByKeyPrefix, Whole, bits_of, key_prefixes
from paperlake.catalogue.table import Table
from paperlake.search_index.writing import is_worn, update_search_index
from paperlake.stages.run import StageRun
from paperlake.text.sql_files import quoted, read_sql
from paperlake.warehouse.load import LakeTable, compressed_for, key_columns, read_rows

BATCH_ROWS = 100_000  # compared at a time; as many vectors take 150 MB
MAX_CHANGED_SHARE = 1 / 3  # of the papers; a full build costs less for more
MAX_FREE_SHARE = 1 / 4  # of the file's blocks that hold nothing
# The columns from which the search index is computed: a paper that differs in one of them is indexed again.
INDEXED = {PAPERS: ("title", "abstract"), EMBEDDINGS: ("embedding",)}
NO_END = "g"  # greater than every hexadecimal digit


class FullBuildError(Exception):
    """The last build cannot be updated, or a full build costs less; the message says why."""


def update_tables(connection: duckdb.DuckDBPyConnection, run: StageRun, sources: list[LakeTable]) -> None:
    """Update every table and the search index of a copy of the last build.

    Raises:
        FullBuildError: So much changed, or so much of the file is unused, that a full build costs less.
    """
    _refuse_worn(connection)
    connection.execute("CREATE TEMP TABLE changed_ids (paper_id VARCHAR NOT NULL)")
    with run.progress.task("Updating tables", len(sources), "tables") as advance:
        # Whole tables first: `dumps` says which dumps are gone.
        for source in sorted(sources, key=lambda one: not isinstance(one.table.partitioning, Whole)):
            changed = run.changed_partitions(source.table)
            if changed is None or _is_divided_otherwise(source.table, changed):
                raise FullBuildError(f"everything of {source.table.name} counts as changed")
            if changed:
                _update_table(connection, run, source, changed)
            advance(1)
    ids = connection.execute("SELECT DISTINCT paper_id FROM changed_ids").fetchall()
    if ids:
        update_search_index(connection, (paper_id for (paper_id,) in ids), run.progress)


def _is_divided_otherwise(table: Table, changed: frozenset[str]) -> bool:
    """Return whether the prefixes that divide a table are longer or shorter than they were."""
    return isinstance(table.partitioning, ByKeyPrefix) and len({bits_of([name]) for name in changed}) > 1


def _refuse_worn(connection: duckdb.DuckDBPyConnection) -> None:
    sizes = connection.execute("SELECT total_blocks, free_blocks FROM pragma_database_size()").fetchone()
    total, free = sizes or (0, 0)
    if free > total * MAX_FREE_SHARE:
        raise FullBuildError(f"{free:,} of {total:,} blocks of the file are free")
    if is_worn(connection):
        raise FullBuildError("many papers have left the search index")


def _update_table(
    connection: duckdb.DuckDBPyConnection, run: StageRun, source: LakeTable, changed: frozenset[str]
) -> None:
    table = source.table
    statements = _statements(table)
    connection.execute(statements["begin"])
    for partitions in _batches(source, changed):
        paths = run.paths_of(table, partitions)
        _compare(connection, source, paths, partitions, statements)
    (fresh,) = connection.execute("SELECT count(*) FROM fresh").fetchone() or (0,)
    if table in INDEXED and fresh > source.row_count * MAX_CHANGED_SHARE:
        raise FullBuildError(f"{fresh:,} of {source.row_count:,} rows of {table.name} are new")
    with compressed_for(connection, source):
        # In two transactions: within one, a key that was deleted still counts as used.
        connection.execute(statements["delete"])
        connection.execute(statements["insert"])
    connection.execute(
        "DROP TABLE stale; DROP TABLE fresh; DROP TABLE IF EXISTS old; DROP TABLE IF EXISTS new"
    )


def _compare(
    connection: duckdb.DuckDBPyConnection,
    source: LakeTable,
    paths: list[Path],
    partitions: frozenset[str],
    statements: dict[str, str],
) -> None:
    """Compare some partitions: `stale` gets the rows to delete, `fresh` those to insert."""
    connection.register("incoming", read_rows(source, paths))
    connection.execute("CREATE OR REPLACE TEMP TABLE new AS SELECT * FROM incoming")
    connection.unregister("incoming")
    scope = _scope(source.table, partitions)
    connection.execute(
        f'CREATE OR REPLACE TEMP TABLE old AS SELECT rowid AS row_number, * FROM "{source.table.name}" '  # noqa: S608
        f"WHERE {scope}"
    )
    for name in ("stale", "fresh", "changed"):
        if name in statements:
            connection.execute(statements[name])


def _statements(table: Table) -> dict[str, str]:
    """Return the statements that compare and replace the rows of one table."""
    by_name = {
        "begin": read_sql(__package__, "begin_update", table=table.name),
        "delete": f'DELETE FROM "{table.name}" WHERE rowid IN (FROM stale)',  # noqa: S608
        "insert": f'INSERT INTO "{table.name}" BY NAME SELECT * FROM fresh '  # noqa: S608
        + (f"ORDER BY {key_columns(table)}" if table.key else ""),
    }
    if not table.key:
        all_rows = {"stale": "SELECT row_number FROM old", "fresh": "SELECT * FROM new"}
        return by_name | {name: f"INSERT INTO {name} {rows}" for name, rows in all_rows.items()}
    differs = " OR ".join(
        f'old."{name}" IS DISTINCT FROM new."{name}"' for name in table.dtypes if name not in table.key
    )
    pasted = {"key": key_columns(table), "first": table.key[0], "differs": differs or "false"}
    for name in ("stale", "fresh"):
        by_name[name] = read_sql(__package__, f"{name}_rows", **pasted)
    if table in INDEXED:
        differs = " OR ".join(f'old."{name}" IS DISTINCT FROM new."{name}"' for name in INDEXED[table])
        by_name["changed"] = read_sql(__package__, "changed_ids", key=pasted["key"], differs=differs)
    return by_name


def _batches(source: LakeTable, changed: frozenset[str]) -> Iterator[frozenset[str]]:
    """Yield changed partitions in order of name, as many as have `BATCH_ROWS` rows together, or one."""
    batch: list[str] = []
    rows = 0
    for partition in sorted(changed):
        count = source.partition_rows.get(partition, 0)
        if batch and rows + count > BATCH_ROWS:
            yield frozenset(batch)
            batch, rows = [], 0
        batch.append(partition)
        rows += count
    yield frozenset(batch)


def _scope(table: Table, partitions: frozenset[str]) -> str:
    """Return the condition of the rows that are in some partitions, or were when the build was made."""
    by = table.partitioning
    if isinstance(by, ByKeyPrefix):
        prefixes = sorted(prefix for name in partitions for prefix in key_prefixes(name))
        if "" in prefixes:
            return "true"
        first, last = quoted(prefixes[0]), quoted(f"{prefixes[-1]}{NO_END}")
        listed = ", ".join(map(quoted, prefixes))
        column = f'"{by.column}"'
        # The range lets DuckDB skip what is sorted by the column.
        return f"{column} >= {first} AND {column} < {last} AND {column}[:{len(prefixes[0])}] IN ({listed})"
    if isinstance(by, ByDump):
        names = ", ".join(map(quoted, sorted(partitions)))
        changed = f"dump_id IN ({names}) OR dump_id IN (SELECT dump_id FROM new)"  # noqa: S608
        return f"{changed} OR dump_id NOT IN (SELECT dump_id FROM {DUMPS.name})"  # noqa: S608
    return "true"
