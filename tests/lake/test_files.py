"""Files: whole writes, named corruption."""

from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest

from paperlake.errors import LakeError
from paperlake.lake.files import read_parquet, write_parquet

FRAME = pl.DataFrame({"paper_id": ["a", "b"], "count": [1, 2]})


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "papers.parquet"
    write_parquet(path, FRAME)

    def disk_full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("paperlake.lake.files.pq.ParquetWriter.write_table", disk_full)
    with pytest.raises(OSError, match="No space left"):
        write_parquet(path, FRAME.head(1))
    assert read_parquet(path).equals(FRAME)
    assert [file.name for file in path.parent.iterdir()] == ["papers.parquet"]


def test_lists_and_vectors_round_trip(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {"authors": [["A", "B"], None], "embedding": [[1.0, 0.0], [0.0, 1.0]]},
        schema={"authors": pl.List(pl.String), "embedding": pl.Array(pl.Float32, 2)},
    )
    path = tmp_path / "papers.parquet"
    write_parquet(path, frame)
    assert read_parquet(path).equals(frame)
    assert read_parquet(path).schema == frame.schema


def test_numbers_with_a_fraction_have_no_dictionary(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "name": ["a", "a"],
            "names": [["x"], ["x", "y"]],
            "vector": [[0.5, 0.25], [0.5, 0.25]],
            "score": [0.5, 0.5],
            "parts": [[{"name": "a", "share": 0.5}], []],
        },
        schema_overrides={"vector": pl.Array(pl.Float32, 2)},
    )
    write_parquet(tmp_path / "some.parquet", frame)
    row_group = pq.read_metadata(tmp_path / "some.parquet").row_group(0)
    columns = [row_group.column(number) for number in range(row_group.num_columns)]
    assert {one.path_in_schema: one.has_dictionary_page for one in columns} == {
        "name": True,
        "names.list.element": True,
        "vector.list.element": False,
        "score": False,
        "parts.list.element.name": True,
        "parts.list.element.share": False,
    }
    assert read_parquet(tmp_path / "some.parquet").equals(frame)


def test_a_flipped_byte_is_noticed_and_the_file_named(tmp_path: Path) -> None:
    path = tmp_path / "papers.parquet"
    write_parquet(path, pl.DataFrame({"text": [f"text number {n}" for n in range(5000)]}))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(LakeError, match=r"papers\.parquet is corrupt"):
        read_parquet(path)
