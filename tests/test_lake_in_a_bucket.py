"""The commands on a lake in a bucket: from raw/ there to the warehouse there, and search on another machine."""

import json
from pathlib import Path

import pytest

from paperlake.lake.remote.object_store import ObjectStore
from tests.support.command import paperlake
from tests.support.listing_writer import write_small_listing
from tests.support.s3_server import s3_server


def test_from_dumps_in_a_bucket_to_a_search_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server() as server:
        for name, value in {**server.environment, "PAPERLAKE_EMBEDDER": "hashing"}.items():
            monkeypatch.setenv(name, value)
        url = server.new_bucket()
        write_small_listing(tmp_path / "dump.txt", 5)
        ObjectStore(url).put("raw/day/dump.txt", tmp_path / "dump.txt")
        monkeypatch.setenv("PAPERLAKE_WORKING_COPIES", str(tmp_path / "a"))
        done = paperlake("run", "--lake", url)
        assert done.returncode == 0, done.stderr
        monkeypatch.setenv("PAPERLAKE_WORKING_COPIES", str(tmp_path / "b"))
        (row,) = [
            json.loads(line)
            for line in paperlake(
                "sql", "--lake", url, "--json", "SELECT count(*) AS n FROM papers"
            ).stdout.splitlines()
        ]
        assert row["n"] == 6
        found = paperlake("search", "--lake", url, "--json", "--limit", "2", "model")
        assert found.returncode == 0, found.stderr
        state = json.loads(paperlake("status", "--lake", url, "--json").stdout)
        assert state["lake"] == url
        copied = "\n".join(str(path) for path in (tmp_path / "b").rglob("*"))
        assert "papers.duckdb" in copied
        for path in tmp_path.rglob("*"):
            if path.is_file():
                assert b"planted-secret-of-the-store" not in path.read_bytes(), path
