"""The inventory of raw/: what is listed, what is left out, what is refused, what is hashed again."""

import hashlib
import os
from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue.dump_tables import INVENTORY
from paperlake.dumps import inventory as inventory_module
from paperlake.dumps.inventory import list_raw, take_inventory
from paperlake.errors import NothingToReadError
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import build


def put(lake: Lake, path: str, content: bytes = b"content") -> Path:
    file = lake.raw / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


def refusals(frame: pl.DataFrame) -> dict[str, str]:
    return dict(frame.filter(pl.col("refusal").is_not_null()).select("path", "refusal").iter_rows())


def test_files_are_listed_by_name_with_hash_and_size(lake: Lake, settings: Settings) -> None:
    for path in ("b.txt", "a/z.txt", "a.txt"):
        put(lake, path, path.encode())
    found = take_inventory(lake, settings).table
    assert found.get_column("path").to_list() == ["a.txt", "a/z.txt", "b.txt"]
    assert found.row(1, named=True)["sha256"] == hashlib.sha256(b"a/z.txt").hexdigest()
    assert found.row(1, named=True)["byte_size"] == len("a/z.txt")
    assert found.get_column("refusal").null_count() == 3
    assert [row[0] for row in list_raw(lake)] == found.get_column("path").to_list()


@pytest.mark.parametrize("name", [".hidden", ".git/config", "a.txt~", "a.part", "a.json.tmp", "a.crdownload"])
def test_hidden_and_half_finished_files_are_left_out(lake: Lake, settings: Settings, name: str) -> None:
    put(lake, name)
    put(lake, "a.txt")
    assert take_inventory(lake, settings).table.get_column("path").to_list() == ["a.txt"]


def test_links_that_leave_raw_are_refused_and_shown(lake: Lake, settings: Settings, tmp_path: Path) -> None:
    """Without it a link in raw/ could bring any file of the machine into the warehouse."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key.txt").write_text("secret")
    (lake.raw / "file.txt").symlink_to(secret / "key.txt")
    (lake.raw / "folder.txt").symlink_to(secret)
    (lake.raw / "nowhere.txt").symlink_to(lake.raw / "gone")
    found = take_inventory(lake, settings).table
    assert refusals(found) == {
        "file.txt": "A link that leaves raw/ is not followed.",
        "folder.txt": "A link that leaves raw/ is not followed.",
        "nowhere.txt": "The link leads nowhere.",
    }
    assert found.get_column("sha256").n_unique() == 3
    assert hashlib.sha256(b"secret").hexdigest() not in found.get_column("sha256")


def test_link_within_raw_is_a_copy_and_loops_end(lake: Lake, settings: Settings) -> None:
    put(lake, "a/a.txt")
    (lake.raw / "b.txt").symlink_to(lake.raw / "a/a.txt")
    (lake.raw / "a/loop").symlink_to(lake.raw)
    (lake.raw / "self").symlink_to(lake.raw / "self")
    found = take_inventory(lake, settings).table
    assert found.get_column("path").to_list()[:2] == ["a/a.txt", "b.txt"]
    assert found.get_column("sha256")[0] == found.get_column("sha256")[1]


def test_pipe_is_refused_and_not_opened(lake: Lake, settings: Settings) -> None:
    os.mkfifo(lake.raw / "pipe.txt")
    assert "plain files" in refusals(take_inventory(lake, settings).table)["pipe.txt"]


def test_folder_named_like_a_dump_is_a_folder(lake: Lake, settings: Settings) -> None:
    put(lake, "dump.txt/inner.txt")
    (lake.raw / "empty.json").mkdir()
    assert take_inventory(lake, settings).table.get_column("path").to_list() == ["dump.txt/inner.txt"]


def test_large_file_is_refused_without_hashing(lake: Lake, settings: Settings) -> None:
    with put(lake, "huge.txt").open("wb") as file:
        file.truncate(1 << 40)  # a hole: takes no room on the disk
    assert "max_dump_bytes" in refusals(take_inventory(lake, settings).table)["huge.txt"]


def test_name_that_is_no_utf8_is_refused(lake: Lake, settings: Settings) -> None:
    try:
        Path(os.fsdecode(os.fsencode(lake.raw) + b"/caf\xe9.txt")).write_text("x")
    except OSError:
        pytest.skip("this filesystem takes only UTF-8 names")
    found = refusals(take_inventory(lake, settings).table)
    assert list(found.values()) == ["The file's name is not UTF-8; rename it."]


def test_only_changed_files_are_hashed_again(
    lake: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without it each run would read all of raw/."""
    put(lake, "a.txt", b"one")
    put(lake, "b.txt", b"two")
    build(lake, settings, "raw_dumps")
    hashed: list[str] = []
    original = inventory_module.hash_file
    monkeypatch.setattr(
        inventory_module, "hash_file", lambda path: hashed.append(path.name) or original(path)
    )
    assert build(lake, settings, "raw_dumps").reused
    put(lake, "b.txt", b"three")
    result = build(lake, settings, "raw_dumps")
    assert (result.reused, hashed, result.facts["hashed"]) == (False, ["b.txt"], 1)
    assert lake.read(INVENTORY).get_column("sha256")[1] == hashlib.sha256(b"three").hexdigest()


def test_damaged_inventory_is_made_again(lake: Lake, settings: Settings) -> None:
    put(lake, "a.txt")
    build(lake, settings, "raw_dumps")
    (lake.root / lake.entries_of(INVENTORY)[0].path).write_bytes(b"no parquet")
    assert not build(lake, settings, "raw_dumps").reused
    assert lake.read(INVENTORY).height == 1


def test_empty_raw_says_where_to_put_what(lake: Lake, settings: Settings) -> None:
    with pytest.raises(NothingToReadError) as caught:
        build(lake, settings, "raw_dumps")
    assert str(lake.raw) in str(caught.value)
    assert "arXiv" in str(caught.value)
    assert caught.value.exit_code == 3


def test_checks_always_report(lake: Lake, settings: Settings) -> None:
    put(lake, "a.txt")
    checks = build(lake, settings, "raw_dumps").checks
    assert {check.check_name: check.passed for check in checks} == {
        "inventory_schema": True,
        "inventory_complete": True,
    }
