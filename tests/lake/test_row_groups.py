"""A few rows of a large file are found by the statistics of its row groups."""

import polars as pl
import pyarrow.parquet as pq
import pytest

from paperlake.errors import DamagedFileError
from paperlake.lake import row_groups
from paperlake.lake.files import parquet_writer, to_arrow
from paperlake.lake.row_groups import read_rows_where

ROWS = pl.DataFrame(
    {"names": [["a", "b"]] * 100, "number": list(range(1, 101)), "text": [f"text {n}" for n in range(1, 101)]}
)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "rows.parquet"
    with path.open("wb") as file, parquet_writer(file, to_arrow(ROWS).schema) as writer:
        for part in ROWS.iter_slices(10):
            writer.write_table(to_arrow(part))
    return path


@pytest.mark.parametrize("numbers", [[1], [10, 11], [99, 3, 3, 42], [0, 500], list(range(1, 101))])
def test_the_rows_with_a_value_are_found(path, monkeypatch, numbers):
    monkeypatch.setattr(row_groups, "MAX_GROUPS_AT_ONCE", 2)
    found = pl.concat([ROWS.head(0), *read_rows_where(path, "number", pl.Series(numbers, dtype=pl.Int64))])
    assert found.equals(ROWS.filter(pl.col("number").is_in(numbers)))


def test_other_row_groups_are_not_read(path, monkeypatch):
    read = []
    whole = pq.ParquetFile.read_row_groups
    monkeypatch.setattr(
        pq.ParquetFile, "read_row_groups", lambda file, groups: (read.extend(groups), whole(file, groups))[1]
    )
    list(read_rows_where(path, "number", pl.Series([15, 18, 95])))
    assert read == [1, 9]


def test_a_damaged_file_is_named(path):
    content = bytearray(path.read_bytes())
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(DamagedFileError, match=r"rows\.parquet"):
        list(read_rows_where(path, "number", pl.Series([1])))
    path.unlink()
    with pytest.raises(DamagedFileError, match="missing"):
        list(read_rows_where(path, "number", pl.Series([1])))
