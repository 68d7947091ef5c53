"""What fails for a while or by a mistake: a reader that raises, a file or folder that may not be read yet."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

import pytest

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, INVENTORY, REJECTS
from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps import inventory, opening
from paperlake.dumps.fields.dates import read_mail_day
from paperlake.dumps.inventory import is_inventory_current, list_raw
from paperlake.dumps.structured.daily_api import DailyApiReader
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.status import lake_status
from tests.support.lakes import fill, last
from tests.support.listing_writer import write_small_listing

ARXIV = '{"id": "0704.0001", "title": "On Ponds", "abstract": "We look.", "authors": "A. Lovelace", "journal-ref": null, "versions": [{"created": "%s"}]}\n'
PAPERS = '[{"paper": {"id": "2406.09414", "title": "On Ponds", "summary": "We look."}}]'


def parse(lake: Lake, settings: Settings) -> None:
    fill(lake, settings, "parsed_entries")


def stale(lake: Lake, settings: Settings) -> dict[str, str | None]:
    return {stage.stage: stage.stale for stage in lake_status(lake, settings).stages}


@pytest.mark.parametrize(
    "text",
    [
        "Mon, 2 Apr 99999999999999999999 19:18:42 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "Sat, 1 Jan 1600 00:00:00 +1200",
        "Mon, 2 Apr 2007 19:18:42 +99999999999999",
    ],
)
def test_a_date_past_the_end_is_unknown_and_keeps_its_text(lake: Lake, settings: Settings, text: str) -> None:
    """Without it one line of one dump ended every run of its lake with OverflowError."""
    assert read_mail_day(text) is None
    (lake.raw / "arxiv.json").write_text(ARXIV % text)
    parse(lake, settings)
    entry = lake.read(ENTRIES).row(0, named=True)
    assert (entry["published_date"], entry["published_text"]) == (None, text)


def fail(*_args: object) -> None:
    raise OverflowError("a number nobody thought of")


@pytest.mark.parametrize("method", ["recognises", "read"])
def test_a_reader_that_raises_costs_its_dump_only(
    lake: Lake,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    method: str,
) -> None:
    (lake.raw / "daily_api").mkdir()
    (lake.raw / "daily_api/a.json").write_text(PAPERS)
    write_small_listing(lake.raw / "a.txt", seed=1)
    with monkeypatch.context() as patched:
        patched.setattr(DailyApiReader, method, fail)
        if method == "recognises":  # it is asked about every dump that the formats before it do not know
            (lake.raw / "a.txt").unlink()
            (lake.raw / "a.json").write_text(ARXIV % "")
        with caplog.at_level(logging.ERROR):
            parse(lake, settings)
    rejected = lake.read(REJECTS).filter(reason_code=RejectCode.READER_FAILED).row(0, named=True)
    assert rejected["reason"] == "The reader failed: OverflowError: a number nobody thought of"
    assert "Traceback" in caplog.text
    assert "daily_api/a.json" in caplog.text
    assert set(lake.read(DUMPS).filter(entry_count=0)["path"]) >= {"daily_api/a.json"}


def test_too_little_memory_ends_the_run(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dump that was rejected for want of memory would stay a reject where there is enough."""

    def exhausted(*_args: object) -> None:
        raise MemoryError

    (lake.raw / "daily_api").mkdir()
    (lake.raw / "daily_api/a.json").write_text(PAPERS)
    monkeypatch.setattr(DailyApiReader, "read", exhausted)
    with pytest.raises(MemoryError):
        parse(lake, settings)


@pytest.mark.parametrize("when", ["hashed", "parsed"])
def test_a_file_that_may_not_be_read_is_tried_on_every_run(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """A change of mode leaves size and time as they are: without it the dump was never read again."""
    write_small_listing(lake.raw / "a.txt", seed=1)
    write_small_listing(lake.raw / "b.txt", seed=2)
    original_hash, original_open = inventory.hash_file, opening._open_at_once

    def refused_hash(path: Path) -> str:
        if path.name == "a.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return original_hash(path)

    def refused_open(path: str, flags: int) -> int:
        if Path(path).name == "a.txt":
            raise PermissionError(13, "Permission denied", path)
        return original_open(path, flags)

    stage = "raw_dumps" if when == "hashed" else "parsed_entries"
    with monkeypatch.context() as patched:
        if when == "hashed":
            patched.setattr(inventory, "hash_file", refused_hash)
        patched.setattr(opening, "_open_at_once", refused_open)
        fill(lake, settings)
        assert "Permission denied" in lake.read(REJECTS)["reason"][0]
        assert stale(lake, settings) == {
            name: "some dumps could not be read; the next run tries them again" if name == stage else None
            for name in stale(lake, settings)
        }
        built = {name: result.reused for name, result in fill(lake, settings).items()}
        assert built == {name: name != stage for name in built}
        assert is_inventory_current(lake, list_raw(lake))  # the sensor starts no run for it
    fill(lake, settings)
    assert lake.read(REJECTS).is_empty()
    assert set(lake.read(DUMPS)["path"]) == {"a.txt", "b.txt"}
    assert set(stale(lake, settings).values()) == {None}


@pytest.mark.parametrize("what", ["listed", "searched"])
def test_what_is_known_of_a_hidden_folder_is_kept(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Without it the folder vanished silently, and its entries with it."""
    (lake.raw / "saved/2025").mkdir(parents=True)
    write_small_listing(lake.raw / "saved/2025/a.txt", seed=1)
    write_small_listing(lake.raw / "saved.txt", seed=2)
    fill(lake, settings, "papers")
    before, papers = lake.read(ENTRIES), last(lake, "papers").content("papers")
    hide(monkeypatch, lake.raw / "saved" / ("2025" if what == "searched" else ""), what)
    fill(lake, settings, "papers")
    folder = "saved/2025" if what == "searched" else "saved"
    assert lake.read(REJECTS)["reason"].to_list() == [
        "The folder cannot be listed: Permission denied. What is known of its files is kept."
    ]
    assert lake.read(INVENTORY)["path"].to_list() == sorted([folder, "saved.txt", "saved/2025/a.txt"])
    assert lake.read(ENTRIES).sort("dump_id").equals(before.sort("dump_id"))
    assert is_inventory_current(lake, list_raw(lake))
    assert fill(lake, settings, "papers")["parsed_entries"].reused
    assert "tries them again" in str(stale(lake, settings)["raw_dumps"])
    monkeypatch.undo()
    fill(lake, settings, "papers")
    assert lake.read(REJECTS).is_empty()
    assert last(lake, "papers").content("papers") == papers


@contextmanager
def unsearched(folder: str, names: list[str]) -> Iterator[Iterator[mock.Mock]]:
    """A listing of a folder without the right to search it: names are known, nothing else is."""
    entries = []
    for name in names:
        error = PermissionError(13, "Permission denied", f"{folder}/{name}")
        entries.append(mock.Mock(path=f"{folder}/{name}", stat=mock.Mock(side_effect=error)))
        entries[-1].name = name
        entries[-1].is_dir.return_value = entries[-1].is_symlink.return_value = False
    yield iter(entries)


def hide(monkeypatch: pytest.MonkeyPatch, folder: Path, what: str) -> None:
    """Behave as if the folder had mode 000, or no right to search it: tests may run as root."""
    scandir = os.scandir

    def refused_scandir(path: str) -> object:
        if Path(path) != folder:
            return scandir(path)
        if what == "listed":
            raise PermissionError(13, "Permission denied", str(path))
        return unsearched(path, [entry.name for entry in scandir(path)])

    monkeypatch.setattr(os, "scandir", refused_scandir)


def test_a_raw_folder_that_cannot_be_listed_is_said(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    hide(monkeypatch, lake.raw, "listed")
    with pytest.raises(LakeError, match=r"raw cannot be listed: Permission denied\. Allow it and run again"):
        parse(lake, settings)
