"""What a table is: one declaration of its columns, key, rules, partitions and descriptions.

Parquet files, DuckDB tables, column comments, Dagster's column schemas, checks and docs/tables.md are derived
from a `Table`. Where its files are is known to `paperlake.lake`; how it is built, to the stage it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

import pandera.polars as pa
import polars as pl

from paperlake.catalogue.partitioning import Partitioning, Whole

ROW_GROUP_ROWS = 100_000  # 150 MB of abstracts
Compression = Literal["zstd", "lz4"]


@dataclass(frozen=True)
class Table:
    """One table: its Pandera schema, its key, and the stage that builds it. Tables are equal by name."""

    name: str
    stage: str = field(compare=False)
    key: tuple[str, ...] = field(compare=False)
    schema: pa.DataFrameSchema = field(compare=False, repr=False)
    partitioning: Partitioning = field(compare=False, default=Whole())
    is_public: bool = field(compare=False, default=True)
    """Whether it is a table of the warehouse and part of an export."""
    preview: tuple[str, ...] = field(compare=False, default=())
    """Columns to show where there is room for few."""
    row_group_rows: int = field(compare=False, default=ROW_GROUP_ROWS)
    """Rows of a file in one row group: the least that is read to get one row."""
    compression: Compression = field(compare=False, default="zstd")
    """Of its files."""
    index: tuple[str, ...] = field(compare=False, default=())
    """The unique columns by which the warehouse finds single rows; none of a large table that is sorted."""
    references: Mapping[tuple[str, ...], str] = field(compare=False, default_factory=dict)
    """Foreign keys: the table whose key some columns hold, by these columns; NULL refers to nothing."""

    @property
    def folder(self) -> str:
        """Where its files are, relative to the lake."""
        return f"tables/{self.name}"

    @property
    def description(self) -> str:
        """What a row is."""
        return str(self.schema.description)

    @property
    def dtypes(self) -> dict[str, pl.DataType]:
        """Column names and polars types, in order."""
        return {name: column.dtype.type for name, column in self.schema.columns.items()}

    @property
    def descriptions(self) -> dict[str, str]:
        """Column names and what they mean, in order."""
        return {name: str(column.description) for name, column in self.schema.columns.items()}

    @property
    def columns(self) -> SimpleNamespace:
        """The columns as polars expressions.

        >>> from paperlake.catalogue.paper_tables import PAPERS
        >>> str(PAPERS.columns.title)
        'col("title")'
        """
        return SimpleNamespace(**{name: pl.col(name) for name in self.schema.columns})

    def sized_as(self, frame: pl.DataFrame) -> pa.DataFrameSchema:
        """Return the schema for vectors as long as those of `frame`: the dimension is the model's."""
        schema = self.schema
        for name, dtype in self.dtypes.items():
            found = frame.schema.get(name)
            if isinstance(dtype, pl.Array) and isinstance(found, pl.Array) and found.inner == dtype.inner:
                schema = schema.update_column(name, dtype=found)
        return schema

    def nullable(self, column: str) -> bool:
        """Return whether a column may contain NULL."""
        return bool(self.schema.columns[column].nullable)

    def empty(self) -> pl.DataFrame:
        """Return a frame of no rows."""
        return pl.DataFrame(schema=self.dtypes)

    def frame(self, rows: Sequence[dict[str, Any]]) -> pl.DataFrame:
        """Return a frame of `rows`, with this table's columns and types; missing keys become NULL."""
        return pl.DataFrame(rows, schema=self.dtypes) if rows else self.empty()


@dataclass(frozen=True)
class File:
    """One file that a stage builds and that is no table. Files are equal by name."""

    name: str
    stage: str = field(compare=False)
    description: str = field(compare=False)
    suffix: str = field(compare=False)
    published_as: str | None = field(compare=False, default=None)
    """Where users find it, relative to the lake; None for a file that only paperlake reads."""
    version_folder: str = field(compare=False, default="")
    """Where its versions are, relative to the lake; `files/<name>` by default."""
    keeps_versions: bool = field(compare=False, default=False)
    """Whether the stage, and not the runner, deletes earlier versions."""

    @property
    def folder(self) -> str:
        """Where its versions are, relative to the lake."""
        return self.version_folder or f"files/{self.name}"


def declare(
    name: str,
    stage: str,
    key: Sequence[str],
    description: str,
    /,
    *,
    rules: Mapping[str, pl.Expr] | None = None,
    partitioning: Partitioning | None = None,
    is_public: bool = True,
    preview: Sequence[str] = (),
    index: Sequence[str] | None = None,
    row_group_rows: int = ROW_GROUP_ROWS,
    compression: Compression = "zstd",
    references: Mapping[tuple[str, ...], str] | None = None,
    **columns: pa.Column,
) -> Table:
    """Declare a table.

    Args:
        name: Its name everywhere.
        stage: The stage that builds it.
        key: The columns that name a row; no two rows agree in all of them.
        description: What a row is: "One row per …".
        rules: Conditions over several columns by the sentence that states each; NULL passes.
        partitioning: How its rows are divided into files; one file by default.
        is_public: Whether it is a table of the warehouse.
        preview: Columns to show where there is room for few.
        index: The unique columns that the warehouse indexes; by default the key.
        row_group_rows: Rows of a file in one row group.
        compression: Of its files.
        references: Foreign keys: the name of the table whose key some columns hold, by these columns.
        columns: Its columns, in order.
    """
    schema = pa.DataFrameSchema(
        columns,
        checks=[_rule(sentence, condition) for sentence, condition in (rules or {}).items()],
        name=name,
        description=description,
        strict=True,
        ordered=True,
        unique=list(key) or None,
    )
    return Table(
        name,
        stage,
        tuple(key),
        schema,
        partitioning or Whole(),
        is_public,
        tuple(preview),
        row_group_rows,
        compression,
        tuple(key if index is None else index),
        dict(references or {}),
    )


def _rule(sentence: str, condition: pl.Expr) -> pa.Check:
    def holds(data: pa.PolarsData) -> pl.LazyFrame:
        return data.lazyframe.select(condition.fill_null(value=True))

    return pa.Check(holds, name=sentence, error=sentence)
