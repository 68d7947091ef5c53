"""How rows become Parquet, CSV and JSON lines: batch by batch, so that memory does not grow with the table.

Parquet and JSON lines hold every value as it is. CSV is for spreadsheets: a text that would be a formula, or
steer a terminal, is changed, so it is not lossless.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from paperlake.progress import Advance
from paperlake.text.display import BIDI_CONTROLS, REPLACEMENT

BATCH_ROWS = 20_000  # with a vector of 384 numbers each, 30 MB
PARTITIONED_BY = "published_date"
PARTITIONS = ("year", "month")
MAX_PARTITIONS = 100_000  # months; a date may lie in any year
OPEN_FILES = 64  # of partitions written at once
ROW_GROUP_ROWS = 100_000
# What spreadsheets take for a formula (OWASP, CSV Injection), in full width too; a line break can hide one.
FORMULA_START = r"^[\t\r\n=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
_TEXT_TYPES = ("VARCHAR", "UUID")
_NUMBER_TYPES = (
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "BOOLEAN",
)  # fmt: skip
_CONTROLS = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, *sorted(map(ord, BIDI_CONTROLS))]
_KEPT_IN_CSV = {ord("\t"), ord("\n"), ord("\r")}
_CSV_REPLACED = "[" + "".join(f"\\x{{{code:X}}}" for code in _CONTROLS if code not in _KEPT_IN_CSV) + "]"
# In JSON the same characters can be told by an escape, which loses nothing.
_JSON_ESCAPES = {code: f"\\u{code:04x}" for code in _CONTROLS if code >= 0x7F}


@dataclass(frozen=True)
class Column:
    """A column as DuckDB knows it."""

    name: str
    type: str


@dataclass(frozen=True)
class Source:
    """Rows to export: a table, or the result of a query."""

    name: str
    query: str
    columns: list[Column]
    row_count: int

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, name: str, query: str) -> Source:
        """Ask for the columns and the number of rows of a query."""
        inner = f"(\n{query}\n)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {inner}").fetchall()  # noqa: S608
        (row_count,) = connection.execute(f"SELECT count(*) FROM {inner}").fetchone() or (0,)  # noqa: S608
        return cls(name, inner, [Column(row[0], row[1]) for row in described], row_count)

    @property
    def is_partitioned(self) -> bool:
        """Whether its Parquet is laid out by year and month."""
        types = {column.name: column.type for column in self.columns}
        return types.get(PARTITIONED_BY) == "DATE" and not types.keys() & set(PARTITIONS)


Writer = Callable[[duckdb.DuckDBPyConnection, Source, Path, Advance], list[Path]]


def write_parquet(
    connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, advance: Advance
) -> list[Path]:
    """Parquet in a folder of the table's name, in `year=` and `month=` folders where rows have a date."""
    target = folder / source.name
    partitioned = source.is_partitioned and source.row_count > 0
    if partitioned:
        parts = ", ".join(f'{part}("{PARTITIONED_BY}") AS "{part}"' for part in PARTITIONS)
        query = f"SELECT *, {parts} FROM {source.query}"  # noqa: S608
    else:
        query = f"SELECT * FROM {source.query}"  # noqa: S608
    reader = connection.execute(query).to_arrow_reader(BATCH_ROWS)
    if not source.row_count:  # a dataset of no rows has no files, and its columns would be lost
        path = target / "part-0.parquet"
        target.mkdir()
        pq.write_table(reader.read_all(), path)
        return [path]
    fields = [reader.schema.field(part) for part in PARTITIONS] if partitioned else []
    written: list[Path] = []
    ds.write_dataset(
        pa.RecordBatchReader.from_batches(reader.schema, _counted(reader, advance)),
        target,
        format="parquet",
        basename_template="part-{i}.parquet",
        partitioning=ds.partitioning(pa.schema(fields), flavor="hive") if fields else None,
        file_options=ds.ParquetFileFormat().make_write_options(compression="zstd", write_page_checksum=True),
        file_visitor=lambda file: written.append(Path(file.path)),
        max_partitions=MAX_PARTITIONS,
        max_open_files=OPEN_FILES,
        max_rows_per_group=ROW_GROUP_ROWS,
        use_threads=False,  # the order of rows is the order of the query
    )
    return written


def write_csv(
    connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, advance: Advance
) -> list[Path]:
    """Write one CSV file: every text in quotes, formulas and control characters made harmless, NULL empty."""
    path = folder / f"{source.name}.csv"
    selected = ", ".join(_as_cell(column) for column in source.columns)
    reader = connection.execute(f"SELECT {selected} FROM {source.query}").to_arrow_reader(BATCH_ROWS)  # noqa: S608
    names = pl.DataFrame({"name": [column.name for column in source.columns]})
    header = pl.DataFrame(schema=names.select(_harmless(pl.col("name")))["name"].to_list())
    with path.open("wb") as file:
        header.write_csv(file)
        for batch in _counted(reader, advance):
            frame = pl.DataFrame(batch)
            frame.with_columns(_harmless(pl.col(pl.String))).write_csv(
                file, include_header=False, quote_style="non_numeric"
            )
    return [path]


def write_json_lines(
    connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, advance: Advance
) -> list[Path]:
    """Write one file with a JSON object per line: days and times in ISO 8601, times in UTC."""
    path = folder / f"{source.name}.jsonl"
    selected = ", ".join(_as_json(column) for column in source.columns)
    query = f"SELECT to_json(line)::VARCHAR AS line FROM (SELECT {selected} FROM {source.query}) AS line"  # noqa: S608
    reader = connection.execute(query).to_arrow_reader(BATCH_ROWS)
    with path.open("wb") as file:
        for batch in _counted(reader, advance):
            lines = "\n".join(batch.column(0).to_pylist()) + "\n"
            file.write(lines.translate(_JSON_ESCAPES).encode())
    return [path]


def _counted(reader: pa.RecordBatchReader, advance: Advance) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        if batch.num_rows:
            yield batch
            advance(batch.num_rows)


def _as_cell(column: Column) -> str:
    """Return the SQL of a column as CSV shows it: numbers, times as text, all else as JSON."""
    name = _quoted(column.name)
    if column.type in (*_NUMBER_TYPES, *_TEXT_TYPES, "FLOAT", "DOUBLE", "DATE"):
        return name if column.type != "UUID" else f"{name}::VARCHAR AS {name}"
    if column.type.startswith("DECIMAL") or column.type in ("HUGEINT", "UHUGEINT"):
        return f"{name}::DOUBLE AS {name}"
    return _as_json(column) if column.type.startswith("TIMESTAMP") else f"to_json({name})::VARCHAR AS {name}"


def _as_json(column: Column) -> str:
    """Return the SQL of a column as JSON can say it: there is no NaN, and a time is in UTC."""
    name = _quoted(column.name)
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return f"strftime({name} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%S.%fZ') AS {name}"
    if column.type.startswith("TIMESTAMP"):
        return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%f') AS {name}"
    if column.type in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite({name}) THEN {name} END AS {name}"
    return name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _harmless(text: pl.Expr) -> pl.Expr:
    """Return the SQL of a text that no spreadsheet evaluates and no terminal executes."""
    plain = text.str.replace_all(_CSV_REPLACED, REPLACEMENT)
    return pl.when(plain.str.contains(FORMULA_START)).then(pl.lit("'") + plain).otherwise(plain).name.keep()


FORMATS: dict[str, Writer] = {"parquet": write_parquet, "csv": write_csv, "jsonl": write_json_lines}
