"""Builds are swapped in whole, the last ones are kept, and readers never notice."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import CheckFailedError
from paperlake.warehouse import build as build_module
from paperlake.warehouse.reading import query
from tests.support.lakes import SAMPLES, build, fill, put
from tests.support.storm import size
from tests.support.templates import Templates

READERS, REBUILDS, PAUSE = size(3, 20), size(4, 20), size("0.2", "2")
READER = """
import sys, time
from pathlib import Path
from paperlake.lake import Lake
from paperlake.warehouse.reading import connect
lake, whole = Lake(Path(sys.argv[1])), set(map(int, sys.argv[2].split(",")))
looks = 0
print("ready", flush=True)
while not (lake.root / "stop").exists():
    with connect(lake) as connection:
        papers, filed, vectors, numbered, checks = connection.execute(
            "SELECT (SELECT count(*) FROM papers), (SELECT count(*) FROM paper_topics WHERE level = 1),"
            "(SELECT count(*) FROM embeddings), (SELECT count(*) FROM search.documents),"
            "(SELECT max(checked_at)::VARCHAR FROM stage_checks)"
        ).fetchone()
        assert papers in whole and papers == filed == vectors == numbered, (papers, filed, vectors, numbered)
        looks += 1
    time.sleep(float(sys.argv[3]))  # else the readers take the processor from the builds
print(looks)
"""


@pytest.fixture
def filled(templates: Templates, tmp_path: Path) -> Lake:
    return templates.filled(tmp_path / "lake", "listing/saved_page_june.txt")


def paper_count(lake: Lake) -> int:
    return query(lake, "SELECT count(*) FROM papers")[1][0][0]


def rebuild(lake: Lake, settings: Settings) -> None:
    lake.manifest_path("warehouse").unlink()
    build(lake, settings, "warehouse")


def test_the_last_builds_are_kept_and_can_be_gone_back_to(filled: Lake, settings: Settings) -> None:
    for _ in range(3):
        rebuild(filled, settings)
    older, newest = filled.warehouse_builds()
    assert newest.samefile(filled.warehouse)
    assert not older.samefile(filled.warehouse)
    count = query(filled, "SELECT count(*) FROM papers")[1]
    link = filled.warehouse.with_name("back.duckdb")
    link.hardlink_to(older)
    link.replace(filled.warehouse)
    assert query(filled, "SELECT count(*) FROM papers")[1] == count


def test_single_rows_are_found_by_an_index_of_unique_columns(filled: Lake) -> None:
    sql = (
        "SELECT table_name, constraint_type, constraint_column_names FROM duckdb_constraints() "
        "WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE')"
    )
    found = {name: (kind, columns) for name, kind, columns in query(filled, sql)[1]}
    assert found["papers"] == ("PRIMARY KEY", ["paper_id"])
    assert found["embeddings"] == ("UNIQUE", ["paper_id"])  # whose key names the model, too
    assert "similar_papers" not in found


def test_a_failed_check_leaves_the_old_file(
    filled: Lake, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = filled.warehouse.stat().st_ino
    count = build_module.count_rows
    monkeypatch.setattr(build_module, "count_rows", lambda *given: count(*given) - 1)
    filled.manifest_path("warehouse").unlink()
    with pytest.raises(CheckFailedError, match="rows in the warehouse"):
        build(filled, settings, "warehouse")
    assert filled.warehouse.stat().st_ino == before
    assert [path.name for path in filled.warehouse.parent.iterdir() if "partial" in path.name] == []


@pytest.mark.slow
def test_readers_in_other_processes_see_whole_builds_only(filled: Lake, settings: Settings) -> None:
    """Readers ask again and again while the warehouse is updated by dumps that come and go."""
    other = filled.raw / "listing/search_results.txt"
    small = paper_count(filled)
    put(filled, SAMPLES / "listing/search_results.txt")
    fill(filled, settings)
    whole = f"{small},{paper_count(filled)}"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(filled.root), whole, PAUSE],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(READERS)
    ]  # fmt: skip
    try:
        for reader in readers:
            assert reader.stdout is not None
            assert reader.stdout.readline() == "ready\n"
        for turn in range(REBUILDS):
            if turn % 2:
                put(filled, SAMPLES / "listing/search_results.txt")
            else:
                other.unlink()
            fill(filled, settings)
    finally:
        (filled.root / "stop").touch()
    for reader in readers:
        out, err = reader.communicate()
        assert reader.returncode == 0, err
        assert int(out.split()[-1]) > 5  # after the progress that DuckDB may print


def test_two_threads_of_one_process_read_while_a_build_is_swapped_in(
    filled: Lake, settings: Settings
) -> None:
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(query(filled, "SELECT count(*) FROM papers")[1][0][0])

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    rebuild(filled, settings)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(set(seen)) == 1


def test_a_killed_builds_spilled_pages_are_swept(lake: Lake, settings: Settings) -> None:
    spilled = lake.warehouse.with_name(".papers.duckdb.1.partial.tmp") / "duckdb_temp_block-1.block"
    Path(spilled).parent.mkdir(parents=True)
    spilled.write_bytes(b"x")
    with lake.lock("test"):
        pass
    assert not spilled.parent.exists()


def test_a_full_disk_is_said_with_what_to_do(filled: Lake, settings: Settings) -> None:
    """A limit on the size of files is what a full disk is to DuckDB: a write that fails."""
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY));"
        "from pathlib import Path; from paperlake.lake import Lake; from paperlake.settings import Settings;"
        "from tests.support.lakes import build;"
        "build(Lake.open(Path(sys.argv[1])), Settings(lake=sys.argv[1], embedder='hashing'), 'warehouse')"
    )
    filled.manifest_path("warehouse").unlink()
    before = filled.warehouse.read_bytes()
    process = subprocess.run(
        [sys.executable, "-c", limited, filled.root], capture_output=True, text=True, check=False
    )
    last = process.stderr.strip().splitlines()[-1]
    assert last.startswith("paperlake.errors.LakeError: Cannot write the warehouse")
    assert last.endswith(
        "Free space on the disk of the lake, or ask for permission to write, then run again."
    )
    assert filled.warehouse.read_bytes() == before
