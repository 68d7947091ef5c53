"""The lake: whole writes, named corruption, the lock, the format version."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from paperlake.errors import LakeBusyError, LakeError
from paperlake.lake import FORMAT_VERSION, Lake

FRAME = pl.DataFrame({"paper_id": ["a", "b"], "count": [1, 2]})


def test_a_write_that_fails_leaves_the_old_file_and_no_leftover(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = lake.table("papers")
    write_parquet(path, FRAME)

    def disk_full(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("paperlake.lake.pq.ParquetWriter.write_table", disk_full)
    with pytest.raises(OSError, match="No space left"):
        write_parquet(path, FRAME.head(1))
    assert read_parquet(path).equals(FRAME)
    assert [file.name for file in path.parent.iterdir()] == ["papers.parquet"]


def test_lists_and_vectors_come_back_as_they_were(lake: Lake) -> None:
    frame = pl.DataFrame(
        {"authors": [["A", "B"], None], "embedding": [[1.0, 0.0], [0.0, 1.0]]},
        schema={"authors": pl.List(pl.String), "embedding": pl.Array(pl.Float32, 2)},
    )
    path = lake.table("papers")
    write_parquet(path, frame)
    assert read_parquet(path).equals(frame)
    assert read_parquet(path).schema == frame.schema


def test_a_flipped_byte_is_noticed_and_the_file_named(lake: Lake) -> None:
    path = lake.table("papers")
    write_parquet(path, pl.DataFrame({"text": [f"text number {n}" for n in range(5000)]}))
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(LakeError, match=r"papers\.parquet is corrupt"):
        read_parquet(path)


def test_a_missing_file_says_what_to_do(lake: Lake) -> None:
    with pytest.raises(LakeError, match="Run `paperlake run`"):
        lake.read(PAPERS)


def test_a_lake_of_another_format_version_is_refused(lake: Lake) -> None:
    (lake.root / "format_version").write_text(f"{FORMAT_VERSION + 1}\n")
    with pytest.raises(LakeError, match=f"format version {FORMAT_VERSION + 1}"):
        Lake.open(lake.root)


def test_a_lake_that_cannot_be_made_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(LakeError, match="Cannot open the lake"):
        Lake.open(tmp_path / "file")


HOLD = """
import sys, pathlib
from paperlake.lake import Lake
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake.files import read_parquet
from paperlake.lake.files import write_parquet
lake = Lake.open(pathlib.Path(sys.argv[1]))
with lake.lock("the other run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_run(lake: Lake):
    """A process that holds the lake until its standard input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lake.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_second_run_is_told_who_holds_the_lake(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    with pytest.raises(LakeBusyError, match=f"the other run \\(process {other_run.pid} on"), lake.lock("me"):
        pass
    assert lake.holder()["who"] == "the other run"


def test_a_killed_holder_frees_the_lake(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    other_run.kill()
    other_run.wait()
    with lake.lock("me"):
        assert json.loads((lake.root / "lock").read_text())["who"] == "me"
    assert lake.holder() is None


def test_a_waiting_run_goes_on_when_the_lake_is_free(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    told: list[str] = []

    def on_wait(message: str) -> None:
        told.append(message)
        other_run.stdin.close()

    with lake.lock("me", wait_seconds=60, on_wait=on_wait):
        pass
    assert "held by the other run" in told[0]


def test_the_same_process_may_take_the_lock_again(lake: Lake) -> None:
    with lake.lock("run"), lake.lock("its step"):
        pass
    assert lake.holder() is None


def test_leftovers_of_a_killed_run_are_swept_but_raw_is_not_touched(lake: Lake) -> None:
    lake.write_table("papers", FRAME)
    leftover = lake.table("papers").with_name(".papers.parquet.1-abc.partial")
    leftover.write_bytes(b"half")
    mine = lake.raw / "notes.partial"
    mine.write_bytes(b"somebody's file")
    with lake.lock("run"):
        assert not leftover.exists()
    assert mine.exists()
    assert lake.table("papers").exists()
