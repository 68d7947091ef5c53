"""The stage parsed_entries: each content once, bad dumps as rejects, nothing lost by a kill."""

import random
import shutil
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, REJECTS
from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.dump_rows import check_rows, dump_row, read_dump
from paperlake.dumps.listing.reader import READER
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.reading import DumpChangedError, ParsedDump, entries_frame
from paperlake.dumps.stage import parse_file
from paperlake.dumps.storing import partitions
from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import CheckFailedError, StageResult
from tests.support.lakes import fill, last
from tests.support.listing_writer import draw_papers, write_listing


def listing(seed: int, count: int = 3) -> bytes:
    random_ = random.Random(seed)
    written = write_listing(random_, draw_papers(random_, count), "cards", ["Daily Papers", "Daily"])
    return "\n".join(written.lines).encode()


def put(lake: Lake, path: str, content: bytes) -> Path:
    file = lake.raw / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def run(lake: Lake, settings: Settings) -> StageResult:
    return fill(lake, settings, "parsed_entries")["parsed_entries"]


def tables(lake: Lake) -> list[pl.DataFrame]:
    return [lake.read(DUMPS), lake.read(ENTRIES), lake.read(REJECTS)]


def assert_same(before: list[pl.DataFrame], after: list[pl.DataFrame]) -> None:
    for one, other in zip(before, after, strict=True):
        assert one.equals(other)


def test_bad_dumps_become_rejects_and_block_no_other(lake: Lake, settings: Settings) -> None:
    put(lake, "good.txt", listing(1))
    put(lake, "zero.txt", b"")
    put(lake, "binary.txt", bytes(range(256)) * 20)
    put(lake, "prose.txt", b"dear diary\nnothing happened today\n")
    put(lake, "cut.gz", b"\x1f\x8b\x08")
    put(lake, "unknown.json", b'{"hello": [1, 2]}')
    (lake.raw / "link.txt").symlink_to("/etc/hostname")
    result = run(lake, settings)
    dumps = lake.read(DUMPS)
    assert dumps.get_column("entry_count").sum() == 3
    bad = dumps.filter(pl.col("path") != "good.txt")
    assert bad.get_column("reject_count").to_list() == [1] * 6
    found = lake.read(REJECTS).join(dumps, on="dump_id").sort("path")
    assert found.select("path", "reason_code").rows() == [
        ("binary.txt", RejectCode.UNKNOWN_FORMAT),
        ("cut.gz", RejectCode.DAMAGED_COMPRESSION),
        ("link.txt", RejectCode.UNREADABLE_FILE),
        ("prose.txt", RejectCode.NOT_A_LISTING),
        ("unknown.json", RejectCode.UNKNOWN_FORMAT),
        ("zero.txt", RejectCode.EMPTY_DUMP),
    ]
    reasons = found.get_column("reason").to_list()
    assert reasons[2] == "A link that leaves raw/ is not followed."
    assert reasons[5] == "The dump is empty."
    assert {check.check_name: check.passed for check in result.checks} == {
        "entries_schema": True,
        "rejects_schema": True,
        "line_accounting": True,
        "counts_add_up": True,
        "entry_numbers_grow": True,
        "dumps_schema": True,
    }


def test_no_entry_at_all_still_makes_tables(lake: Lake, settings: Settings) -> None:
    put(lake, "zero.txt", b"")
    run(lake, settings)
    assert lake.read(ENTRIES).schema == ENTRIES.empty().schema
    assert lake.read(DUMPS).get_column("format").to_list() == [None]


def test_second_run_reads_nothing_and_changes_nothing(lake: Lake, settings: Settings) -> None:
    put(lake, "a.txt", listing(1))
    put(lake, "b.txt", listing(2))
    run(lake, settings)
    before = tables(lake)
    assert run(lake, settings).reused
    put(lake, "c.txt", listing(3))
    result = run(lake, settings)
    assert (result.facts["parsed_dump_count"], result.facts["known_dump_count"]) == (1, 2)
    (lake.raw / "c.txt").unlink()
    result = run(lake, settings)
    assert result.facts["parsed_dump_count"] == 0
    assert_same(before, tables(lake))
    assert len(list(lake.folder_of(ENTRIES).iterdir())) == 1


def test_a_copy_counts_once_under_its_first_name(lake: Lake, settings: Settings) -> None:
    put(lake, "b.txt", listing(1))
    put(lake, "a/copy.txt", listing(1))
    run(lake, settings)
    assert lake.read(DUMPS).get_column("path").to_list() == ["a/copy.txt"]
    assert lake.read(ENTRIES).height == 3


def test_moved_dump_is_read_again_since_its_path_tells_days(lake: Lake, settings: Settings) -> None:
    file = put(lake, "a.txt", listing(1))
    run(lake, settings)
    target = lake.raw / "2026-12-30T01-02-03Z.txt"
    file.rename(target)
    assert run(lake, settings).facts["parsed_dump_count"] == 1
    assert str(lake.read(DUMPS).get_column("snapshot_date")[0]) == "2026-12-30"


def test_order_of_arrival_does_not_matter(tmp_path: Path, settings: Settings) -> None:
    lakes = []
    for order in ((1, 2, 3), (3, 1, 2)):
        lake = Lake.open(tmp_path / f"lake{order[0]}")
        for seed in order:
            put(lake, f"{seed}.txt", listing(seed))
            run(lake, settings)
        lakes.append(tables(lake))
    assert_same(*lakes)


def test_changed_settings_read_everything_again(lake: Lake, settings: Settings) -> None:
    put(lake, "a.txt", listing(1))
    run(lake, settings)
    other = settings.model_copy(update={"max_dump_entries": 2})
    assert run(lake, other).facts["parsed_dump_count"] == 1
    assert lake.read(REJECTS).get_column("reason").to_list() == [
        "The dump contains more than 2 entries (max_dump_entries)."
    ]
    assert lake.read(DUMPS).get_column("format").to_list() == ["listing_text"]


@pytest.mark.parametrize("is_small", [True, False], ids=["small", "large"])
@pytest.mark.parametrize("lost", ["manifest", "entries", "rejects", "dumps", "half"])
def test_a_kill_at_any_moment_is_completed(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch, lost: str, is_small: bool
) -> None:
    """Whatever files an interrupted run leaves or lacks, the next one gives the same tables."""
    if not is_small:
        monkeypatch.setattr(partitions, "MAX_SHARED_BYTES", 0)
    for seed in (1, 2, 3):
        put(lake, f"{seed}.txt", listing(seed))
    run(lake, settings)
    before = tables(lake)
    outputs = last(lake, "parsed_entries").outputs
    entries, rejects, dumps = (lake.root / outputs[name][-1].path for name in ("entries", "rejects", "dumps"))
    lake.manifest_path("parsed_entries").unlink()
    if lost == "entries":
        entries.unlink()
    elif lost == "rejects":
        rejects.unlink()
    elif lost == "dumps":
        dumps.unlink()
    elif lost == "half":
        entries.write_bytes(entries.read_bytes()[:100])
    result = run(lake, settings)
    read_again = 3 if is_small else 1  # small dumps are in one file
    assert result.facts["parsed_dump_count"] == (read_again if lost in ("entries", "rejects", "half") else 0)
    assert_same(before, tables(lake))


def test_partitions_of_other_settings_are_not_kept(lake: Lake, settings: Settings) -> None:
    """A kill may leave entries of one reading and rejects of another."""
    put(lake, "a.txt", listing(1))
    run(lake, settings)
    (old,) = lake.folder_of(REJECTS).iterdir()
    shutil.copy(old, lake.root / "old")
    changed = settings.model_copy(update={"max_line_chars": 10_000})
    run(lake, changed)
    for path in lake.folder_of(REJECTS).iterdir():
        path.unlink()
    shutil.copy(lake.root / "old", old)
    lake.manifest_path("parsed_entries").unlink()
    assert run(lake, changed).facts["parsed_dump_count"] == 1


def test_dump_that_changes_while_it_is_read_is_tried_again(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it a file that was being copied would stay a reject permanently."""
    put(lake, "a.txt", listing(1))
    put(lake, "b.txt", listing(2))
    original = DumpFile.content

    def vanishing(self: DumpFile) -> bytes:
        if self.path == "a.txt":
            raise DumpChangedError("The dump changed while it was read; the next run reads it again.")
        return original(self)

    with monkeypatch.context() as patched:
        patched.setattr(DumpFile, "content", vanishing)
        result = run(lake, settings)
    assert result.facts["unread_dump_count"] == 1
    assert lake.read(ENTRIES).height == 3
    result = run(lake, settings)
    assert (result.reused, result.facts["unread_dump_count"]) == (False, 0)
    assert lake.read(ENTRIES).height == 6
    assert lake.read(REJECTS).is_empty()


def test_lost_line_fails_the_stage_and_keeps_the_tables(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(lake, "a.txt", listing(1))
    run(lake, settings)
    before = tables(lake)
    original = type(READER).read

    def losing(self, dump, settings):
        parsed = original(self, dump, settings)
        return ParsedDump(parsed.layout, parsed.line_count, None, None, parsed.parts, uncovered_lines=(7,))

    put(lake, "b.txt", listing(2))
    with monkeypatch.context() as patched:
        patched.setattr(type(READER), "read", losing)
        with pytest.raises(CheckFailedError, match=r"line_accounting.*b\.txt: line 7"):
            run(lake, settings)
    assert_same(before, tables(lake))
    assert run(lake, settings).facts["parsed_dump_count"] == 1


def test_rows_that_break_the_schema_become_rejects(tmp_path: Path, settings: Settings) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(listing(1))
    row = dump_row("a.txt", "0" * 64, 1)
    opened = read_dump(DumpFile(file, "a.txt", settings), row, settings)
    entries, rejects = next(opened.rows)
    broken = entries.with_columns(
        arxiv_id=pl.Series(["nonsense", None, "2401.00001"]), comment_count=pl.Series([1, -5, None])
    )
    kept, moved = check_rows(opened.sums, (broken, rejects))
    assert kept.get_column("entry_number").to_list() == [3]
    assert moved.get_column("entry_number").to_list() == [1, 2]
    assert moved.get_column("reason_code").to_list() == [RejectCode.INVALID_VALUE] * 2
    assert "arxiv_id is 'nonsense'" in moved.get_column("reason")[0]
    assert moved.schema == REJECTS.empty().schema


def test_a_dump_of_many_parts_is_written_whole(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it parts after the first could get lost, or their numbers clash."""
    put(lake, "a.txt", listing(1, 25))
    run(lake, settings)
    before = tables(lake)
    monkeypatch.setattr("paperlake.dumps.listing.reader.PART_ROWS", 7)
    lake.manifest_path("parsed_entries").unlink()
    for path in lake.folder_of(ENTRIES).iterdir():
        path.unlink()
    run(lake, settings)
    assert_same(before, tables(lake))


def test_parse_file_gives_the_same_as_the_lake(lake: Lake, settings: Settings) -> None:
    file = put(lake, "2026-12-30T01-02-03Z/a.txt", listing(1))
    run(lake, settings)
    row, entries, rejects = parse_file(file, settings)
    assert_same(tables(lake), [pl.DataFrame([row], schema=lake.read(DUMPS).schema), entries, rejects])


def test_parse_file_of_nothing(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(UsageError, match="no such file"):
        parse_file(tmp_path / "gone.txt", settings)
    (tmp_path / "zero").write_bytes(b"")
    row, entries, rejects = parse_file(tmp_path / "zero", settings)
    assert (row["format"], row["entry_count"], row["reject_count"]) == (None, 0, 1)
    assert entries.is_empty()
    assert rejects.height == 1


def test_empty_frames_have_the_columns_of_readers() -> None:
    assert entries_frame([]).width == ENTRIES.empty().width - 2
