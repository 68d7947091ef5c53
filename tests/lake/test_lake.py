"""The lake: its tables as committed, verified, and its format version."""

import threading
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPER_COUNTS, PAPERS
from paperlake.catalogue.partitioning import partition_of
from paperlake.errors import LakeError, UsageError
from paperlake.lake import FORMAT_VERSION, Lake
from tests.support.lakes import commit_tables
from tests.support.planted_topics import plant


def damaged(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x01
    path.write_bytes(content)


def test_a_table_never_built_says_what_to_run(lake: Lake) -> None:
    with pytest.raises(LakeError, match=r"no papers yet. Run `paperlake run --until papers`"):
        lake.read(PAPERS)
    assert not lake.has(PAPERS)


def test_read_and_scan_give_what_was_committed(lake: Lake) -> None:
    papers = plant(2).papers
    commit_tables(lake, {PAPERS: papers})
    papers = papers.sort("paper_id")
    assert lake.read(PAPERS).equals(papers)
    assert lake.scan(PAPERS).select("title").collect().equals(papers.select("title"))


def test_a_changed_byte_is_noticed_before_it_is_read(lake: Lake) -> None:
    commit_tables(lake, {PAPERS: plant(2).papers})
    (entry,) = lake.entries_of(PAPERS)
    damaged(lake.root / entry.path)
    with pytest.raises(LakeError, match=r"is damaged.*Delete it and run `paperlake run`"):
        lake.read(PAPERS)


def test_a_file_that_is_gone_says_what_to_do(lake: Lake) -> None:
    commit_tables(lake, {PAPERS: plant(2).papers})
    (entry,) = lake.entries_of(PAPERS)
    (lake.root / entry.path).unlink()
    with pytest.raises(LakeError, match=r"is missing. Run `paperlake run`"):
        lake.read(PAPERS)


def test_an_empty_table_has_its_columns(lake: Lake) -> None:
    commit_tables(lake, {PAPERS: PAPERS.empty()})
    assert lake.read(PAPERS).schema == PAPERS.empty().schema


def test_a_table_of_a_large_lake_is_many_files(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A prefix of the key names the file; the rows of all files are the table."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 2)
    frame = pl.DataFrame(
        {
            "paper_id": [f"{number * 37 % 256:02x}{number:014x}" for number in range(40)],
            "model_id": "m",
            "text_hash": "0" * 64,
            "embedding": [[1.0, 0.0]] * 40,
        },
        schema={**EMBEDDINGS.dtypes, "embedding": pl.Array(pl.Float32, 2)},
    )
    commit_tables(lake, {EMBEDDINGS: frame})
    entries = lake.entries_of(EMBEDDINGS)
    assert len(entries) > 10
    assert lake.read(EMBEDDINGS).equals(frame.sort("paper_id"))
    chosen = lake.read(EMBEDDINGS, entries[3].partition)
    assert set(chosen.select(partition_of("paper_id", 5))["paper_id"]) == {entries[3].partition}
    before = {entry.path for entry in entries}
    commit_tables(lake, {EMBEDDINGS: frame.slice(1)})
    after = {entry.path for entry in lake.entries_of(EMBEDDINGS)}
    assert len(before - after) == 1, "one partition changed, the others keep their files"


def test_reading_goes_on_while_commits_replace_files(lake: Lake) -> None:
    """A commit deletes the files of the one before; a reader without the lock tries again."""
    one, other = plant(2).papers, plant(3).papers
    commit_tables(lake, {PAPERS: one})
    heights, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            heights.add(lake.read(PAPERS).height)

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(30):
        commit_tables(lake, {PAPERS: other if turn % 2 == 0 else one})
    stop.set()
    reader.join()
    assert heights == {one.height, other.height}


def test_an_unknown_format_version_is_refused(lake: Lake) -> None:
    (lake.root / "format_version").write_text(f"{FORMAT_VERSION + 1}\n")
    with pytest.raises(LakeError, match=f"format version {FORMAT_VERSION + 1}"):
        Lake.open(lake.root)


def test_a_lake_that_cannot_be_created_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match="is not a folder"):
        Lake.open(tmp_path / "file")


def test_temporary_files_are_deleted_but_raw_is_not_touched(lake: Lake) -> None:
    commit_tables(lake, {PAPER_COUNTS: PAPER_COUNTS.empty()})
    leftover = lake.folder_of(PAPER_COUNTS) / ".x.parquet.1-abc.partial"
    leftover.write_bytes(b"half")
    mine = lake.raw / "notes.partial"
    mine.write_bytes(b"somebody's file")
    with lake.lock("run"):
        assert not leftover.exists()
    assert mine.exists()
    assert lake.has(PAPER_COUNTS)
