"""Lakes in a bucket with real processes: killed at every replacement of the head, and two that race.

Only with STORM=1: each kill is a whole pipeline in two processes. Kills in this process, and races for the head
alone, are in tests/lake/remote.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from paperlake import stage_list
from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.lake import Lake
from paperlake.lake.remote import remote_lake
from paperlake.lake.remote.head import read_head
from paperlake.lake.remote.object_store import ObjectStore
from paperlake.lake.remote.working_copy import make_working_copy
from paperlake.settings import Settings
from tests.support.lakes import assert_equal_tables, fill, tables
from tests.support.listing_writer import write_small_listing
from tests.support.s3_server import S3Server, s3_server
from tests.support.storm import IS_STORM

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not IS_STORM, reason="STORM=1 runs it")]

PROJECT = Path(__file__).resolve().parents[2]
RACES = 50
LONG_LEASE, SHORT_LEASE = 600.0, 2.0  # seconds; with the long one no beat counts as a replacement

RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import fill
root = Path(sys.argv[2])
lake = Lake.open(root)
with lake.lock("a process", wait_seconds=60):
    fill(lake, Settings(lake=root, embedder="hashing"))
"""

# Puts a dump and brings the lake up to date, again and again; prints the generations that it committed.
RACE = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from paperlake.lake import Lake
from paperlake.lake.remote import lease, remote_lake
from paperlake.lake.remote.lease import LeaseLostError
from paperlake.lake.remote.object_store import ObjectStore
from paperlake.settings import Settings
from tests.support.lakes import fill
from tests.support.listing_writer import write_small_listing
root, url, name, first, races = Path(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]), int(sys.argv[6])
committed, lost, real = [], 0, lease.replace_head
def replacing(store, known, head):
    new = real(store, known, head)
    if known.head is not None and head.generation > known.head.generation:
        committed.append(head.generation)
    return new
lease.replace_head = replacing
store, dump = ObjectStore(url), root / f"{name}.txt"
for seed in range(first, first + races):
    write_small_listing(dump, seed)
    store.put(f"raw/{name}-{seed}.txt", dump)
    while True:
        remote_lake.remote_lake.cache_clear()
        lake = Lake.open(root)
        try:
            with lake.lock(name, wait_seconds=600):
                fill(lake, Settings(lake=root, embedder="hashing"), "parsed_entries")
            break
        except LeaseLostError:
            lost += 1
print(json.dumps([committed, lost]))
"""


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        yield running


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, str(PROJECT), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def local_tables(root: Path, *seeds: int) -> dict:
    lake = Lake.open(root)
    for seed in seeds:
        write_small_listing(lake.raw / f"{seed}.txt", seed)
    fill(lake, Settings(lake=root, embedder="hashing"))
    return tables(lake)


def reader(url: str, folder: Path) -> Lake:
    remote_lake.remote_lake.cache_clear()
    return Lake.find(make_working_copy(url, folder, LONG_LEASE))


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_that_is_killed_at_any_replacement_of_the_head(
    when: str, server: S3Server, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    """The head is replaced to take the lake, for each commit and file in a place of its own, and to give it back."""
    expected = local_tables(tmp_path / "local", 1)
    dump = tmp_path / "dump.txt"
    write_small_listing(dump, 1)
    kills = 0
    for number in range(1, 100):
        url = server.new_bucket()
        store = ObjectStore(url)
        store.put("raw/1.txt", dump)
        copy = make_working_copy(url, tmp_path / f"{when}-{number}", LONG_LEASE)
        process, seen = start(RUN, copy), []

        def kill(method: str, path: str) -> str | None:
            if method != "PUT" or not path.endswith("head.json"):
                return None
            seen.append(path)  # noqa: B023
            if len(seen) != number:  # noqa: B023
                return None
            os.kill(process.pid, signal.SIGKILL)  # noqa: B023
            return "refuse" if when == "before" else "lose"

        server.fault = kill
        _out, errors = process.communicate(timeout=200)
        server.recover()
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL, errors
        kills += 1
        head = read_head(store).head
        if head is not None and head.manifests:  # what is committed can be read
            lake = reader(url, tmp_path / f"{when}-{number}-seen")
            known = [stage for stage in stage_list.PIPELINE.stages if stage.name in head.manifests]
            for table in (table for stage in known for table in stage.tables):
                assert lake.read(table).height == sum(lake.row_counts(table).values())
        again = start(RUN, copy)
        _out, errors = again.communicate(timeout=200)
        assert again.returncode == 0, errors
        head = read_head(store).head
        assert (head.generation, head.lease) == (len(stage_list.PIPELINE.stages), None)
        assert_equal_tables(tables(reader(url, tmp_path / f"{when}-{number}-read")), expected)
    assert kills >= len(stage_list.PIPELINE.stages) + 2
    record_property("kills", kills)


def test_two_processes_that_race_lose_no_dump_and_no_generation(
    server: S3Server, tmp_path: Path, record_property: Callable[..., None]
) -> None:
    url = server.new_bucket()
    racing = [
        start(RACE, make_working_copy(url, tmp_path / name, SHORT_LEASE), url, name, 1 + RACES * at, RACES)
        for at, name in enumerate(("a", "b"))
    ]
    ended = [process.communicate(timeout=3000) for process in racing]
    assert [process.returncode for process in racing] == [0, 0], ended
    (one, one_lost), (other, other_lost) = (json.loads(out.splitlines()[-1]) for out, _ in ended)
    head = read_head(ObjectStore(url)).head
    assert sorted(one + other) == list(range(1, head.generation + 1))
    local = Lake.open(tmp_path / "local")
    for at, name in enumerate(("a", "b")):
        for seed in range(1 + RACES * at, 1 + RACES * (at + 1)):
            write_small_listing(local.raw / f"{name}-{seed}.txt", seed)
    fill(local, Settings(lake=local.root, embedder="hashing"), "parsed_entries")
    found = reader(url, tmp_path / "reader").read(ENTRIES)
    assert found["dump_id"].n_unique() == 2 * RACES
    assert found.sort(ENTRIES.key).equals(local.read(ENTRIES).sort(ENTRIES.key))
    record_property("races", RACES)
    record_property("generations", head.generation)
    record_property("leases taken over", one_lost + other_lost)
