"""The Parquet file of one partition of a table: writing it part by part, and what its footer says."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.table import Table
from paperlake.lake.files import to_arrow, write_rows
from paperlake.lake.manifest import FileEntry


class PartitionWriter:
    """Takes the rows of one partition, part by part."""

    def __init__(self, writer: pq.ParquetWriter, row_group_rows: int) -> None:
        self._writer = writer
        self._row_group_rows = row_group_rows
        self.row_count = 0
        self.entry: FileEntry | None = None
        """The finished file."""

    def add(self, rows: pl.DataFrame | pa.Table) -> None:
        """Append rows that were checked against the table's declaration."""
        if isinstance(rows, pl.DataFrame):
            write_rows(self._writer, rows, self._row_group_rows)
            self.row_count += rows.height
        elif rows.num_rows:
            self._writer.write_table(rows, row_group_size=self._row_group_rows)
            self.row_count += rows.num_rows

    def annotate(self, metadata: Mapping[str, str]) -> None:
        """Write texts into the footer of the file."""
        self._writer.add_key_value_metadata(dict(metadata))


def read_footer(path: Path) -> dict[str, str] | None:
    """Return the texts in the footer of a Parquet file; None if it cannot be read."""
    try:
        metadata: dict[bytes, bytes] = pq.read_metadata(path).metadata or {}
    except (OSError, pa.ArrowException):
        return None
    return {key.decode(): value.decode() for key, value in metadata.items() if key != b"ARROW:schema"}


@cache
def arrow_schema(table: Table) -> Any:  # noqa: ANN401  # pyarrow has no types
    """Return the Arrow schema of the columns that a table declares."""
    return to_arrow(table.empty()).schema
