"""Write the data: one set of Parquet files per table, and the DuckDB file that is built from them.

Rows are sorted by the key and files are cut at row groups, so that equal tables give equal bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.table import Table
from paperlake.lake.files import hash_file
from paperlake.progress import Advance, Progress
from paperlake.publish.dataset import DataFile, PublishedTable, left_out
from paperlake.text.sql_files import quoted
from paperlake.warehouse.build import fill_file
from paperlake.warehouse.load import LakeTable

MEMORY_LIMIT = "2GB"
BATCH_ROWS = 10_000
ROW_GROUP_ROWS = 50_000  # with vectors of 384 numbers, 77 MB
MAX_FILE_BYTES = 256 << 20  # a file ends with the row group that passes it
DATA = "data"
DATABASE = "papers.duckdb"


@contextmanager
def reading(warehouse: Path, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a build of the warehouse read-only, with a folder of its own for large sorts."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(scratch),
        "threads": 2,
    }
    connection = duckdb.connect(":memory:", config=config)
    try:
        connection.execute(f"ATTACH {quoted(str(warehouse))} AS warehouse (READ_ONLY)")
        connection.execute("USE warehouse")
        yield connection
    finally:
        connection.close()


def write_table(
    connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, has_abstracts: bool, advance: Advance
) -> PublishedTable:
    """Write the Parquet files of one table below `folder`.

    Args:
        connection: Open on the warehouse.
        table: The table in its published form.
        folder: The folder of the data set.
        has_abstracts: Whether abstracts are published.
        advance: Gets the number of rows written.
    """
    target = folder / DATA / table.name
    target.mkdir(parents=True)
    reader = connection.execute(_query(table, has_abstracts)).to_arrow_reader(BATCH_ROWS)
    written: list[Path] = []
    writer: pq.ParquetWriter | None = None
    row_count = 0
    for group in _row_groups(reader):
        if writer is None:
            written.append(target / f"{len(written):05d}.partial")
            writer = pq.ParquetWriter(
                written[-1], reader.schema, compression="zstd", write_page_checksum=True
            )
        writer.write_table(group, row_group_size=ROW_GROUP_ROWS)
        row_count += group.num_rows
        advance(group.num_rows)
        if written[-1].stat().st_size > MAX_FILE_BYTES:
            writer.close()
            writer = None
    if writer is not None:
        writer.close()
    paths = [path.rename(target / f"{path.stem}-of-{len(written):05d}.parquet") for path in written]
    return PublishedTable(table, row_count, [data_file(path, folder) for path in paths])


def write_database(tables: Sequence[PublishedTable], folder: Path, progress: Progress) -> DataFile:
    """Write the DuckDB file of the published tables, with views, macros and the search index."""
    path = folder / DATABASE
    paths = {table.name: [folder / file.path for file in table.files] for table in tables}
    sources = [
        LakeTable(one.table, {"": one.row_count}, pq.read_schema(paths[one.name][0])) for one in tables
    ]
    # One thread: with more, rows may be laid out in another order in the file.
    connection = duckdb.connect(str(path), config={"memory_limit": MEMORY_LIMIT, "threads": 1})
    try:
        fill_file(connection, sources, lambda table: paths[table.name], progress)
        connection.execute("CHECKPOINT")
    finally:
        connection.close()
    return data_file(path, folder)


def data_file(path: Path, folder: Path) -> DataFile:
    """Return path, size and hash of a file."""
    return DataFile(path.relative_to(folder).as_posix(), path.stat().st_size, hash_file(path))


def _query(table: Table, has_abstracts: bool) -> str:
    empty = left_out(table, has_abstracts)
    columns = ", ".join(
        f'NULL::VARCHAR AS "{name}"' if name in empty else f'"{table.name}"."{name}"' for name in table.dtypes
    )
    # Qualified, so that a column that is left out still sorts the rows.
    order = ", ".join(f'"{table.name}"."{name}"' for name in table.key or table.dtypes)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY {order}'  # noqa: S608


def _row_groups(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Yield all rows, `ROW_GROUP_ROWS` at a time; one group without rows for an empty table."""
    waiting: list[pa.RecordBatch] = []
    count = 0
    is_empty = True
    for batch in reader:
        waiting.append(batch)
        count += batch.num_rows
        while count >= ROW_GROUP_ROWS:
            rows = pa.Table.from_batches(waiting, reader.schema)
            yield rows.slice(0, ROW_GROUP_ROWS)
            is_empty = False
            waiting = rows.slice(ROW_GROUP_ROWS).to_batches()
            count -= ROW_GROUP_ROWS
    if count or is_empty:
        yield pa.Table.from_batches(waiting, reader.schema)
