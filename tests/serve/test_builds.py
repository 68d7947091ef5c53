"""Readers follow the published warehouse without a restart, and a build is closed after its last use."""

import gc
import multiprocessing
import shutil
import threading
import weakref
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.queries import Builds
from paperlake.queries.finding import Selection, search
from paperlake.queries.open_builds.builds import MAX_OPEN_BUILDS
from paperlake.queries.quality import overview
from paperlake.settings import Settings
from tests.serve.conftest import client_of
from tests.support.pages import make_warehouse


def publish(lake: Lake, name: str, papers: int) -> None:
    """Publish a build of some papers as the warehouse stage does: a build under its own name, linked."""
    made = Lake.open(lake.root.parent / f"made-{name}")
    rows = [
        {"paper_id": f"{number:016x}", "title": "A title", "source_count": 1, "dump_count": 1}
        for number in range(papers)
    ]
    make_warehouse(made, papers=rows)
    link(lake, name, made.warehouse)


def link(lake: Lake, name: str, file: Path) -> None:
    """Publish a file, which is moved, under the name of a build."""
    build = lake.warehouse_build(name)
    build.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(file, build)
    partial = lake.warehouse.with_name("partial")
    partial.hardlink_to(build)
    partial.replace(lake.warehouse)


def open_files(lake: Lake) -> int:
    """The builds of a lake that this process has open."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:  # that of the listing itself
            continue
        if target.startswith(str(lake.root)) and ".duckdb" in target:
            found.add(target)
    return len(found)


def anonymous_mb() -> float:
    """The memory of this process that is no page of a file."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) / 1000


@pytest.fixture
def builds(lake: Lake) -> Builds:
    return Builds(lake, Settings(lake=lake.root, embedder="hashing"))


def test_a_rebuild_is_followed_and_its_readers_finish_on_the_old_one(lake: Lake, builds: Builds) -> None:
    publish(lake, "1", 1)
    with builds.reading() as first:
        publish(lake, "2", 2)
        with builds.reading() as second:
            assert overview(second)["paper_count"] == 2
            assert first.id != second.id
        lake.warehouse_build("1").unlink()
        assert overview(first)["paper_count"] == 1
        assert first.row("newest_day") == {"newest_day": None}
    with pytest.raises(duckdb.Error):  # closed after its last use
        first.rows("days_seen", {"limit": 3})
    with builds.reading() as third:
        assert third is second


def test_what_a_build_may_take_is_bounded(lake: Lake) -> None:
    publish(lake, "1", 3)
    settings = Settings(lake=lake.root, embedder="hashing", serve_memory_mb=200)
    with Builds(lake, settings).reading() as build:
        with build.cursor() as cursor:
            (limit,) = cursor.execute("SELECT current_setting('memory_limit')").fetchone() or ("",)
        assert limit == "190.7 MiB"
        ids = [f"{number:016x}" for number in (2, 0, 7)]
        assert [row["paper_id"] for row in build.papers(ids)] == ids[:2]
        assert build.papers(ids[:1])[0] is build.papers(ids)[0]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are read from /proc")
def test_a_third_build_waits_for_the_readers_of_the_first(lake: Lake, builds: Builds) -> None:
    publish(lake, "1", 1)
    with builds.reading():
        publish(lake, "2", 2)
        with builds.reading() as second:
            publish(lake, "3", 3)
            with builds.reading() as also_second:
                assert also_second is second
            assert open_files(lake) == MAX_OPEN_BUILDS
    with builds.reading() as third:
        assert overview(third)["paper_count"] == 3
    assert open_files(lake) == 1


@dataclass
class Rebuilds:
    """What a process saw that read each of 20 builds of a lake with three threads."""

    opened: list[int] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    indexes_made: int = 0
    indexes_kept: int = 0
    open_at_end: int = 0


def read_rebuilds(root: Path, source: Path) -> Rebuilds:
    """Publish and search builds without collections: what refers to itself stays, what is let go of is freed."""
    gc.disable()
    lake = Lake.open(root)
    builds = Builds(lake, Settings(lake=root, embedder="hashing"))
    seen = Rebuilds()
    indexes: list[weakref.ref[object]] = []

    def read() -> None:
        with builds.reading() as build:
            assert search(build, "language models", Selection()).total
            seen.opened.append(open_files(lake))
            indexes.append(weakref.ref(build._opened_searcher().index))

    for number in range(20):
        shutil.copyfile(source, root.parent / "next.duckdb")
        link(lake, f"{number:02}", root.parent / "next.duckdb")
        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        seen.memory_mb.append(anonymous_mb())
    seen.indexes_made = len(indexes)
    seen.indexes_kept = len({id(index()) for index in indexes if index() is not None})
    builds.close()
    seen.open_at_end = open_files(lake)
    return seen


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="memory is read from /proc")
def test_memory_and_open_files_are_bounded_over_rebuilds(served: Lake, tmp_path: Path) -> None:
    """Each build has room for five million papers: 20 MB in its kept vectors alone, above what allocators keep.

    A process of its own reads them: in that of the tests, allocators keep what other tests freed.
    """
    source = tmp_path / "source.duckdb"
    shutil.copyfile(served.warehouse, source)
    with duckdb.connect(str(source)) as connection:
        connection.execute("UPDATE search.statistics SET next_number = 5000000")
    root = Lake.open(tmp_path / "rebuilt").root
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        seen = process.submit(read_rebuilds, root, source).result()
    assert seen.indexes_made == 60
    assert max(seen.opened) <= MAX_OPEN_BUILDS
    assert seen.indexes_kept == 1
    assert max(seen.memory_mb[10:]) < max(seen.memory_mb[:10]) + 100
    assert seen.open_at_end == 0


def test_a_lost_or_damaged_warehouse_leaves_the_last_build(lake: Lake, builds: Builds) -> None:
    publish(lake, "1", 1)
    with builds.reading():
        pass
    lake.warehouse.unlink()
    lake.warehouse.write_bytes(b"no database")
    with builds.reading() as build:
        assert overview(build)["paper_count"] == 1


def test_readers_never_see_a_mixture(lake: Lake, builds: Builds) -> None:
    publish(lake, "0", 1)
    problems: list[object] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            try:
                with builds.reading() as build:
                    counted = build.row("count", conditions="true")
                    assert counted == {"paper_count": overview(build)["paper_count"]}
            except BaseException as error:  # noqa: BLE001  # shown below
                problems.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for number in range(1, 6):
        publish(lake, str(number), number + 1)
    is_over.set()
    for reader in readers:
        reader.join()
    assert not problems
    with builds.reading() as build:
        assert overview(build)["paper_count"] == 6


def test_without_a_warehouse_the_message_says_what_to_do(lake: Lake, builds: Builds) -> None:
    with pytest.raises(LakeError, match="paperlake run"), builds.reading():
        pass
    with client_of(lake) as client:
        for path in ("/", "/api/v1/new"):
            answer = client.get(path)
            assert answer.status_code == 503
            assert "paperlake run" in answer.text


def test_the_entity_tag_changes_with_the_build(lake: Lake, tmp_path: Path) -> None:
    publish(lake, "1", 1)
    with client_of(lake) as client:
        tag = client.get("/api/v1/new").headers["etag"]
        publish(lake, "2", 2)
        answer = client.get("/api/v1/search", headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert answer.json()["total"] == 2
