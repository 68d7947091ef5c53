"""Bring a copy of the last build up to date: only rows that differ are deleted and inserted.

The rows of the partitions that changed are compared with those of the build, a few partitions at a time. The
file so grows by what is new, and its indexes are touched for that alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import duckdb
import polars as pl
import pyarrow as pa

from paperlake.catalogue.dump_tables import DUMPS
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.partitioning import ByDump, ByKeyPrefix, Whole, bits_of, key_prefixes
from paperlake.catalogue.table import Table
from paperlake.errors import LakeError
from paperlake.lake.files import to_arrow
from paperlake.search_index.writing import is_worn, update_search_index
from paperlake.stages.run import StageRun
from paperlake.text.sql_files import quoted, read_sql
from paperlake.warehouse.load import LakeTable, compressed_for, key_columns, read_rows

BATCH_ROWS = 100_000  # compared at a time; as many vectors take 150 MB
MAX_CHANGED_SHARE = 1 / 3  # of the papers; a full build costs less for more
MAX_FREE_SHARE = 1 / 2  # of the file's blocks that hold nothing
# The columns from which the search index is computed: a paper that differs in one of them is indexed again.
INDEXED = {PAPERS: ("title", "abstract"), EMBEDDINGS: ("embedding",)}
OLD_ROWS = "(old rows)"  # where the rows of the build are named in a statement
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
        try:
            update_search_index(connection, (paper_id for (paper_id,) in ids), run.progress)
        except LakeError as error:
            raise FullBuildError(str(error)) from error


def _is_divided_otherwise(table: Table, changed: frozenset[str]) -> bool:
    """Return whether the prefixes that divide a table are longer or shorter than they were."""
    return isinstance(table.partitioning, ByKeyPrefix) and len({bits_of([name]) for name in changed}) > 1


def _refuse_worn(connection: duckdb.DuckDBPyConnection) -> None:
    sizes = connection.execute(
        "SELECT total_blocks, free_blocks FROM pragma_database_size() "
        "WHERE database_name = current_database()"
    ).fetchone()
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
    by_key = {name: keys for name, keys in run.changed_keys(table).items() if name in changed}
    for partitions in _batches({name: len(keys) for name, keys in by_key.items()}, by_key.keys()):
        keys = [key for name in sorted(partitions) for key in by_key[name]]
        rows = to_arrow(run.read_keys(table, list(table.dtypes), partitions, keys)).cast(source.schema)
        _compare(connection, source, rows, _scope_of_keys(table, keys), statements)
    for partitions in _batches(source.partition_rows, changed - by_key.keys()):
        incoming = read_rows(source, run.paths_of(table, partitions))
        _compare(connection, source, incoming, _scope(table, partitions), statements)
    counts = "SELECT (SELECT count(*) FROM stale), (SELECT count(*) FROM fresh)"
    stale, fresh = connection.execute(counts).fetchone() or (0, 0)
    if table in INDEXED and fresh > source.row_count * MAX_CHANGED_SHARE:
        raise FullBuildError(f"{fresh:,} of {source.row_count:,} rows of {table.name} are new")
    if stale or fresh:
        with compressed_for(connection, source):
            # In two transactions: within one, a key that was deleted still counts as used.
            connection.execute(statements["delete"])
            connection.execute(statements["insert"])
    connection.execute("DROP TABLE stale; DROP TABLE fresh; DROP TABLE new; DROP TABLE different")


def _compare(
    connection: duckdb.DuckDBPyConnection,
    source: LakeTable,
    incoming: pa.Table | pa.RecordBatchReader,
    scope: str,
    statements: dict[str, str],
) -> None:
    """Compare rows with those of the build: `stale` gets the rows to delete, `fresh` those to insert.

    Args:
        connection: The copy of the last build.
        source: The table.
        incoming: The rows of the lake.
        scope: The condition of the rows of the build.
        statements: Those of the table.
    """
    connection.register("incoming", incoming)
    connection.execute("CREATE OR REPLACE TEMP TABLE new AS SELECT * FROM incoming")
    connection.unregister("incoming")
    scope = _with_literals(connection, source.table, scope)
    old = f'(SELECT rowid AS row_number, * FROM "{source.table.name}" WHERE {scope})'  # noqa: S608
    connection.execute(statements["compare"].replace(OLD_ROWS, old))
    connection.execute("INSERT INTO stale SELECT row_number FROM different WHERE row_number IS NOT NULL")
    connection.execute("INSERT INTO fresh BY NAME FROM new WHERE rowid IN (SELECT new_number FROM different)")
    if source.table in INDEXED:
        connection.execute("INSERT INTO changed_ids SELECT paper_id FROM different WHERE is_to_index")


def _statements(table: Table) -> dict[str, str]:
    """Return the statements that compare and replace the rows of one table."""
    order = f"ORDER BY {key_columns(table)}" if table.key else ""
    return {
        "begin": read_sql(__package__, "begin_update", table=table.name),
        "compare": _comparison(table),
        "delete": f'DELETE FROM "{table.name}" WHERE rowid IN (FROM stale)',  # noqa: S608
        "insert": f'INSERT INTO "{table.name}" BY NAME SELECT * FROM fresh {order}',  # noqa: S608
    }


def _comparison(table: Table) -> str:
    if not table.key:  # nothing says which row is which: all are replaced
        return read_sql(__package__, "all_different", old=OLD_ROWS)
    key = table.key[0]
    missing = f'old."{key}" IS NULL OR new."{key}" IS NULL'
    indexed = INDEXED.get(table, ())
    return read_sql(
        __package__,
        "different_rows",
        old=OLD_ROWS,
        key=key_columns(table),
        differs=_or([missing, *(_differs(table, name) for name in table.dtypes if name not in table.key)]),
        to_index=_or([missing, *(_differs(table, name) for name in indexed)]) if indexed else "false",
        paper_id='coalesce(old."paper_id", new."paper_id")' if indexed else "NULL",
    )


def _or(conditions: list[str]) -> str:
    return " OR ".join(conditions)


def _differs(table: Table, column: str) -> str:
    old, new = f'old."{column}"', f'new."{column}"'
    if isinstance(table.dtypes[column], pl.Array):
        return f"array_distance({old}, {new}) <> 0"  # ten times as fast as comparing the vectors
    return f"{old} IS DISTINCT FROM {new}"


def _batches(row_counts: Mapping[str, int], changed: Collection[str]) -> Iterator[frozenset[str]]:
    """Yield changed partitions in order of name, as many as have `BATCH_ROWS` rows together, or one."""
    batch: list[str] = []
    rows = 0
    for partition in sorted(changed):
        count = row_counts.get(partition, 0)
        if batch and rows + count > BATCH_ROWS:
            yield frozenset(batch)
            batch, rows = [], 0
        batch.append(partition)
        rows += count
    if batch:
        yield frozenset(batch)


def _scope_of_keys(table: Table, keys: Sequence[str]) -> str:
    """Return the condition of the rows of some keys of a table by key prefix."""
    by = table.partitioning
    if not isinstance(by, ByKeyPrefix):
        raise TypeError(f"{table.name} has no partitions by key prefix")
    return f'"{by.column}" IN ({", ".join(map(quoted, keys)) or "NULL"})'


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


def _with_literals(connection: duckdb.DuckDBPyConnection, table: Table, scope: str) -> str:
    """Return the condition with the dumps that it is true of as literals, for a table by dump.

    DuckDB then skips the rows of other dumps. With the subqueries it reads all rows and columns: 1.6 s of
    1,000,000 entries instead of 0.1.
    """
    if not isinstance(table.partitioning, ByDump):
        return scope
    found = connection.execute(f'SELECT DISTINCT dump_id FROM "{table.name}" WHERE {scope}').fetchall()  # noqa: S608
    return f"dump_id IN ({', '.join(quoted(name) for (name,) in found) or 'NULL'})"
