"""Loading tables into a DuckDB file: columns, keys and comments as the catalogue declares them.

Rows go from Parquet to DuckDB a batch at a time, so that memory does not grow with the lake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.partitioning import Whole
from paperlake.catalogue.table import Table
from paperlake.lake.files import to_arrow
from paperlake.stages.run import StageRun
from paperlake.text.sql_files import quoted

BATCH_ROWS = 20_000  # of a Parquet file in memory at once
SQL_TYPES = {
    pl.String(): "VARCHAR",
    pl.Int64(): "BIGINT",
    pl.Float64(): "DOUBLE",
    pl.Boolean(): "BOOLEAN",
    pl.Date(): "DATE",
    pl.List(pl.String()): "VARCHAR[]",
    pl.Datetime("us", "UTC"): "TIMESTAMPTZ",
}


def sql_type(dtype: pl.DataType) -> str:
    """Return DuckDB's name of a column type."""
    return f"FLOAT[{dtype.size}]" if isinstance(dtype, pl.Array) else SQL_TYPES[dtype]


@dataclass(frozen=True)
class LakeTable:
    """A table of the lake that is loaded into the warehouse."""

    table: Table
    partition_rows: dict[str, int]
    """Rows by partition."""
    schema: pa.Schema
    """Arrow types of the files."""

    @property
    def row_count(self) -> int:
        """The number of rows."""
        return sum(self.partition_rows.values())

    @property
    def types(self) -> dict[str, str]:
        """DuckDB's types by column; the length of a vector is that of the files."""
        found = {
            name: pl.Array(pl.Float32(), self.schema.field(name).type.list_size)
            for name, dtype in self.table.dtypes.items()
            if isinstance(dtype, pl.Array)
        }
        return {name: sql_type(found.get(name, dtype)) for name, dtype in self.table.dtypes.items()}

    @property
    def has_vectors(self) -> bool:
        """Whether a column is a vector."""
        return any(isinstance(dtype, pl.Array) for dtype in self.table.dtypes.values())


def lake_table(run: StageRun, table: Table) -> LakeTable:
    """Return a table as committed, or as this stage has written it.

    Raises:
        LakeError: The table is missing, or its first file is damaged.
    """
    rows = run.row_counts(table)
    first = run.paths_of(table, list(rows)[:1])
    schema = pq.read_schema(first[0]) if first else to_arrow(table.empty()).schema
    return LakeTable(table, rows, schema)


def read_rows(source: LakeTable, paths: Sequence[Path]) -> pa.RecordBatchReader:
    """Read rows of Parquet files in order, a batch at a time."""

    def batches() -> Iterator[pa.RecordBatch]:
        for path in paths:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(BATCH_ROWS):
                    yield batch.cast(source.schema)

    return pa.RecordBatchReader.from_batches(source.schema, batches())


def load_table(connection: duckdb.DuckDBPyConnection, source: LakeTable, paths: Sequence[Path]) -> None:
    """Create a table and insert the rows of its files, which are in the order of its rows."""
    table = source.table
    columns = ", ".join(
        f'"{name}" {sql_type}{"" if table.nullable(name) else " NOT NULL"}'
        for name, sql_type in source.types.items()
    )
    constraint = "PRIMARY KEY" if table.index == table.key else "UNIQUE"
    unique = f", {constraint} ({_listed(table.index)})" if table.index else ""
    connection.execute(f'CREATE TABLE "{table.name}" ({columns}{unique})')
    # Rows of other tables come sorted by the column that divides them, so that DuckDB can skip what a query
    # does not need.
    order = f" ORDER BY {key_columns(table)}" if table.key and isinstance(table.partitioning, Whole) else ""
    with compressed_for(connection, source):
        connection.register("incoming", read_rows(source, paths))
        connection.execute(f'INSERT INTO "{table.name}" BY NAME SELECT * FROM incoming{order}')  # noqa: S608
        connection.unregister("incoming")
    _comment(connection, table)


@contextmanager
def compressed_for(connection: duckdb.DuckDBPyConnection, source: LakeTable) -> Iterator[None]:
    """Write vectors uncompressed to the file, if the table has any.

    They hardly compress, and DuckDB reads single rows only of what is not compressed: 0.1 s instead of 0.6 s
    for 2,000 of 500,000.
    """
    if not source.has_vectors:
        yield
        return
    connection.execute("SET force_compression = 'uncompressed'")
    yield
    connection.execute("CHECKPOINT")  # compression is decided when rows are written to the file
    connection.execute("RESET force_compression")


def count_rows(connection: duckdb.DuckDBPyConnection, table: Table) -> int:
    """Return the number of rows of a table of the warehouse."""
    (count,) = connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone() or (0,)  # noqa: S608
    return int(count)


def key_columns(table: Table) -> str:
    """Return the columns of a table's key as SQL."""
    return _listed(table.key)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _comment(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    connection.execute(f'COMMENT ON TABLE "{table.name}" IS {quoted(table.description)}')
    for column, description in table.descriptions.items():
        connection.execute(f'COMMENT ON COLUMN "{table.name}"."{column}" IS {quoted(description)}')
