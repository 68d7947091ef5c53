"""Read a few rows of a large Parquet file: only the row groups that can have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.errors import DamagedFileError

MAX_GROUPS_AT_ONCE = 64  # bounds memory: 64 groups of 4,000 rows with abstracts are 400 MB


def read_rows_where(path: Path, column: str, values: pl.Series) -> Iterator[pl.DataFrame]:
    """Yield the rows of a Parquet file whose integer column has one of some values.

    Row groups are chosen by their statistics and read with their page checksums verified; the hash of the
    whole file is not.

    Args:
        path: The file.
        column: An integer column. The fewer of the values a row group spans, the less is read.
        values: The values.

    Raises:
        DamagedFileError: The file is missing or corrupt; the message names it.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            groups = _groups_with(file.metadata, column, np.unique(values.to_numpy()))
            for start in range(0, len(groups), MAX_GROUPS_AT_ONCE):
                table = file.read_row_groups(groups[start : start + MAX_GROUPS_AT_ONCE])
                frame = pl.from_arrow(table)
                assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a Table is never a Series
                yield frame.filter(pl.col(column).is_in(values.implode()))
    except FileNotFoundError as error:
        raise DamagedFileError(path, "is missing. Run `paperlake run` to build it again.") from error
    except (OSError, pa.ArrowException) as error:
        raise DamagedFileError(
            path, f"is corrupt ({str(error).splitlines()[0]}). Delete it and run `paperlake run`."
        ) from error


def _groups_with(metadata: Any, column: str, values: np.ndarray) -> list[int]:  # noqa: ANN401  # pyarrow has no types
    """Return the row groups whose statistics span a value; all that have none."""
    place = metadata.schema.to_arrow_schema().get_field_index(column)
    chosen = []
    for number in range(metadata.num_row_groups):
        chunk = _column_chunk(metadata.row_group(number), column, place)
        statistics = chunk.statistics
        if (
            statistics is None
            or not statistics.has_min_max
            or np.searchsorted(values, statistics.min) < np.searchsorted(values, statistics.max, "right")
        ):
            chosen.append(number)
    return chosen


def _column_chunk(group: Any, column: str, place: int) -> Any:  # noqa: ANN401
    """Return the chunk of a column; columns with nested types before it take more places."""
    return next(
        chunk
        for chunk in (group.column(number) for number in range(place, group.num_columns))
        if chunk.path_in_schema == column
    )
