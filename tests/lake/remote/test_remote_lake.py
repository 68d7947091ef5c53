"""Whole lakes in a bucket, from several machines, with kills, pauses and a server that misbehaves."""

import logging
import os
import random
import shutil
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from paperlake import stage_list
from paperlake.catalogue.paper_tables import PAPERS
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.remote import lease, remote_lake
from paperlake.lake.remote.following import Follower
from paperlake.lake.remote.head import read_head
from paperlake.lake.remote.object_store import ObjectStore
from paperlake.settings import Settings
from tests.lake.remote.conftest import Machines
from tests.support.killing import Killed
from tests.support.lakes import assert_equal_tables, fill, last, tables
from tests.support.listing_writer import write_small_listing
from tests.support.s3_server import S3Server

STORM = os.environ.get("STORM") == "1"
STAGES = [stage.name for stage in stage_list.PIPELINE.stages]
FIRST_STAGES = stage_list.PIPELINE.until("papers")
FIRST_TABLES = [table for stage in FIRST_STAGES for table in stage.tables if table.is_public]


def put_dump(store: ObjectStore, folder: Path, seed: int) -> None:
    path = folder / f"2025-01-{seed:02}.txt"
    write_small_listing(path, seed)
    store.put(f"raw/listing/{path.name}", path)


def run(folder: Path, until: str | None = "papers") -> Lake:
    """Bring a lake up to date, as a process of its own would."""
    remote_lake.remote_lake.cache_clear()
    lake = Lake.open(folder)
    with lake.lock("a test"):
        fill(lake, Settings(lake=folder, embedder="hashing"), until)
    return lake


def seen(folder: Path) -> dict:
    """Return the first tables of a lake as a machine sees them that only reads."""
    remote_lake.remote_lake.cache_clear()
    return first_tables(Lake.find(folder))


def first_tables(lake: Lake) -> dict:
    """Return the tables up to those of papers."""
    return {table.name: lake.read(table).sort(table.key) for table in FIRST_TABLES}


@pytest.fixture
def dumps(store: ObjectStore, tmp_path: Path) -> Callable[[int], None]:
    (tmp_path / "dumps").mkdir()
    return lambda seed: put_dump(store, tmp_path / "dumps", seed)


@pytest.fixture
def expected(tmp_path: Path) -> Callable[..., dict]:
    """Gives the tables of a lake in a folder with the dumps of some seeds."""

    def build(*seeds: int, until: str | None = "papers") -> dict:
        root = tmp_path / f"local-{'-'.join(map(str, seeds))}"
        lake = Lake.open(root)
        (lake.raw / "listing").mkdir(exist_ok=True)
        for seed in seeds:
            write_small_listing(lake.raw / "listing" / f"2025-01-{seed:02}.txt", seed)
        fill(lake, Settings(lake=root, embedder="hashing"), until)
        return tables(lake) if until is None else first_tables(lake)

    return build


def test_one_machine_builds_and_others_read(
    machines: Machines, store: ObjectStore, dumps: Callable, expected: Callable
) -> None:
    dumps(1)
    run(machines.copy("a"), None)
    assert read_head(store).head.generation == len(STAGES)
    lake = Lake.find(machines.copy("reader"))
    assert_equal_tables(tables(lake), expected(1, until=None))
    assert lake.read(PAPERS).height == last(lake, "papers").row_counts["papers"]
    assert store.find("warehouse/papers.duckdb").byte_size == lake.warehouse.stat().st_size
    assert store.find("report/index.html") is not None


def test_another_machine_goes_on_from_there(machines: Machines, dumps: Callable, expected: Callable) -> None:
    dumps(1)
    run(machines.copy("a"), "paper_embeddings")
    dumps(2)
    lake = run(machines.copy("b"), "paper_embeddings")
    assert 0 < last(lake, "paper_embeddings").facts["embedded_text_count"] <= 6  # those of dump 2
    assert_equal_tables(seen(machines.copy("a")), expected(1, 2))


def test_a_dump_that_is_deleted_in_the_bucket_leaves_the_tables(
    machines: Machines, store: ObjectStore, dumps: Callable, expected: Callable
) -> None:
    dumps(1)
    dumps(2)
    run(machines.copy("a"))
    store.delete(["raw/listing/2025-01-02.txt"])
    run(machines.copy("a"))
    assert_equal_tables(seen(machines.copy("reader")), expected(1))


def test_what_is_harvested_here_is_put_there(machines: Machines, store: ObjectStore) -> None:
    folder = machines.copy("a")
    lake = Lake.open(folder)
    with lake.lock("a harvest"):
        (lake.raw / "harvest").mkdir()
        write_small_listing(lake.raw / "harvest" / "day.txt", 3)
    assert store.find("raw/harvest/day.txt") is not None


def test_names_that_lead_elsewhere_are_not_read(
    machines: Machines, store: ObjectStore, dumps: Callable, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    dumps(1)
    store.put("raw/a\\b.txt", b"x")
    (machines.copy("a") / "raw" / "away").symlink_to(tmp_path)
    store.put("raw/away/planted.txt", b"x")
    with caplog.at_level(logging.WARNING):
        run(machines.copy("a"))
    assert "is not read: its name" in caplog.text
    assert not (tmp_path / "planted.txt").exists()


def test_a_damaged_copy_is_fetched_again(machines: Machines, dumps: Callable) -> None:
    dumps(1)
    lake = run(machines.copy("a"))
    (entry,) = lake.entries_of(stage_list.PIPELINE.stage("papers").tables[0])[:1]
    path = lake.root / entry.path
    path.write_bytes(bytes(len(path.read_bytes())))
    before = last(lake, "papers").finished_at
    dumps(2)
    lake = run(machines.copy("a"))
    assert last(lake, "papers").finished_at > before
    assert lake.read(PAPERS).height > 6


def test_an_object_that_is_gone_is_built_again(
    machines: Machines, store: ObjectStore, dumps: Callable, expected: Callable
) -> None:
    dumps(1)
    lake = run(machines.copy("a"))
    paths = [entry.path for entry in lake.entries_of(PAPERS)]
    store.delete(paths)
    run(machines.copy("b"))
    assert all(store.find(path) for path in paths)
    assert_equal_tables(seen(machines.copy("c")), expected(1))


def test_files_of_the_commit_before_stay_for_readers(
    machines: Machines, store: ObjectStore, dumps: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    dumps(1)
    lake = run(machines.copy("a"))
    before = [entry.path for entry in lake.entries_of(PAPERS)]
    dumps(2)
    run(machines.copy("a"))
    assert all(store.find(path) for path in before)
    monkeypatch.setattr(remote_lake, "KEEP_SECONDS", 0.0)
    run(machines.copy("a"))
    assert not any(store.find(path) for path in before)


def test_a_holder_that_was_paused_commits_nothing(
    machines: Machines, store: ObjectStore, dumps: Callable, expected: Callable
) -> None:
    dumps(1)
    remote_lake.remote_lake.cache_clear()
    paused = Lake.open(machines.copy("paused"))
    with paused.lock("paused"):
        fill(paused, Settings(lake=paused.root, embedder="hashing"), until="papers")
        paused.remote._held.stop()
        dumps(2)
        remote_lake.remote_lake.cache_clear()
        run(machines.copy("b"))
        with pytest.raises(lease.LeaseLostError):
            fill(paused, Settings(lake=paused.root, embedder="hashing"), until="paper_embeddings")
    assert_equal_tables(seen(machines.copy("reader")), expected(1, 2))


def test_a_server_that_misbehaves_makes_no_difference(
    machines: Machines, store: ObjectStore, server: S3Server, dumps: Callable, expected: Callable
) -> None:
    dumps(1)
    dice = random.Random(7)

    def fault(method: str, _path: str) -> str | None:
        draw = dice.random()
        return "refuse" if draw < 0.08 else "lose" if draw < 0.16 and method == "PUT" else None

    server.delay_seconds, server.fault = 0.002, fault
    run(machines.copy("a"))
    server.recover()
    assert read_head(store).head.generation == len(FIRST_STAGES)
    assert_equal_tables(seen(machines.copy("reader")), expected(1))


@contextmanager
def killed_at(number: int, when: str, monkeypatch: pytest.MonkeyPatch):
    """End the process, as far as the store is concerned, at one of its writes."""
    done = []
    with monkeypatch.context() as patch:
        for name in ("put", "put_if", "copy", "delete"):
            real = getattr(ObjectStore, name)

            def write(self, *arguments, _real=real):
                if len(done) >= number:
                    raise Killed
                done.append(arguments[0])
                if len(done) == number and when == "before":
                    raise Killed
                result = _real(self, *arguments)
                if len(done) == number:
                    raise Killed
                return result

            patch.setattr(ObjectStore, name, write)
        yield done


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_at_any_write_is_made_good_by_the_next_run(
    when: str, machines: Machines, store: ObjectStore, dumps: Callable, expected: Callable,
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    monkeypatch.setattr(lease, "BEATS_PER_LEASE", 0.001)  # no beats: they would count as writes
    monkeypatch.setattr("tests.lake.remote.conftest.LEASE_SECONDS", 0.1)
    dumps(1)
    run(machines.copy("a"))
    first, both = expected(1), expected(1, 2)
    number, step = 1, 1 if STORM else 13
    while True:
        shutil.rmtree(tmp_path / "k", ignore_errors=True)
        dumps(2)
        finished = False
        with killed_at(number, when, monkeypatch):
            try:
                run(machines.copy("k"))
                finished = True
            except Killed:
                pass
        kept = seen(machines.copy("reader"))
        assert all(frame.equals(first[name]) or frame.equals(both[name]) for name, frame in kept.items())
        run(machines.copy("other"))
        assert_equal_tables(seen(machines.copy("reader")), both)
        head = read_head(store).head
        assert head.lease is None
        if finished:
            break
        store.delete(["raw/listing/2025-01-02.txt"])
        run(machines.copy("other"))
        number += step
    assert number > len(FIRST_STAGES)


def test_a_reader_for_a_long_time_follows(machines: Machines, store: ObjectStore, server: S3Server) -> None:
    remote_lake.remote_lake.cache_clear()
    lake = Lake.find(machines.copy("reader"))
    follower = Follower(lake, 0.05)
    store.put("paperlake.toml", b"similar_count = 7")
    deadline = time.monotonic() + 20
    while not lake.settings_file.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    follower.stop()
    assert lake.settings_file.read_text() == "similar_count = 7"
    server.requests.clear()
    time.sleep(0.2)
    assert server.requests == []


def test_without_a_server_a_lake_is_an_error_that_says_so(
    machines: Machines, server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from paperlake.lake.remote import object_store

    monkeypatch.setattr(object_store, "MAX_RETRIES", 0)
    server.fault = lambda _method, _path: "refuse"
    remote_lake.remote_lake.cache_clear()
    with pytest.raises(LakeError, match=r"Cannot read s3://.*Check the network"):
        Lake.open(machines.copy("a"))
