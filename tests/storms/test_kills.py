"""Kills: a run that ends at any rename of a file, of any stage, leaves a lake that the next run completes.

A kill is simulated in the process at every rename (nothing is cleaned up after it), and done with SIGKILL to a
process of its own at some of them.
"""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import connect
from tests.support.killing import Killed, watching
from tests.support.lakes import SAMPLES, assert_equal_tables, fill, forget_topics, put, tables, without_topics
from tests.support.listing_writer import write_small_listing
from tests.support.storm import size
from tests.support.templates import Templates

PROJECT = Path(__file__).resolve().parents[2]

# Each test of the whole lake kills at every STRIDE-th rename, beginning at another one.
STRIDE = size(11, 1)
RENAMES = frozenset({"rename"})


def killed_run(lake: Lake, settings: Settings, number: int, when: str) -> bool:
    """Run until killed at a rename; return whether the run was killed before it was done."""
    with watching(number, when, RENAMES):
        try:
            with lake.lock("a run that will be killed"):
                fill(lake, settings)
        except Killed:
            return True
    return False


def run(lake: Lake, settings: Settings) -> None:
    with lake.lock("the next run"):
        fill(lake, settings)


@pytest.fixture(scope="module")
def state_a(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake of one small dump, run to the end from nothing; tests work on copies."""
    lake = Lake.open(tmp_path_factory.mktemp("state_a") / "lake")
    write_small_listing(lake.raw / "a.txt", seed=1)
    run(lake, Settings(lake=lake.root, embedder="hashing"))
    return lake


@pytest.fixture(scope="module")
def tables_of_b(state_a: Lake, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The tables of a run from nothing over the dump of A and another one."""
    fresh = Lake.open(tmp_path_factory.mktemp("state_b") / "lake")
    shutil.copytree(state_a.raw, fresh.raw, dirs_exist_ok=True)
    write_small_listing(fresh.raw / "b.txt", seed=2)
    fill(fresh, Settings(lake=fresh.root, embedder="hashing"))
    return tables(fresh)


def start_again(lake: Lake, state_a: Lake) -> None:
    """Replace a lake by state A."""
    shutil.rmtree(lake.root)
    shutil.copytree(state_a.root, lake.root)


def assert_as_from_nothing(lake: Lake, settings: Settings, expected: dict) -> None:
    """Topics also follow from the fits before, so they are forgotten before they are compared."""
    assert_equal_tables(without_topics(tables(lake)), without_topics(expected))
    forget_topics(lake)
    run(lake, settings)
    assert_equal_tables(tables(lake), expected)
    assert not list(lake.root.rglob("*.partial*"))


OTHER_SETTINGS = {
    "max_line_chars": 50_000,
    "near_duplicate_jaccard": 0.7,
    "topic_min_papers": 3,
    "similar_count": 2,
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "when", "first"),
    [("dump", "before", 1), ("dump", "after", 2), ("settings", "before", 3), ("settings", "after", 4)],
)
def test_a_kill_on_the_way_to_b_is_no_harm_back_at_a(
    state_a: Lake,
    lake: Lake,
    settings: Settings,
    change: str,
    when: str,
    first: int,
    record_property: Callable[..., None],
) -> None:
    """A to B, killed at each rename of each stage, and back to A: the tables of A from nothing, which a reader
    of files alone cannot tell from B's: sizes are equal, and DuckDB's files grow in blocks."""
    expected = tables(state_a)
    other = settings.model_copy(update=OTHER_SETTINGS) if change == "settings" else settings
    number, was_killed, kills = first, True, 0
    while was_killed:
        start_again(lake, state_a)
        if change == "dump":
            write_small_listing(lake.raw / "b.txt", seed=2)
        was_killed = killed_run(lake, other, number, when)
        kills += was_killed
        with connect(lake) as connection:  # a reader sees a whole build
            assert connection.execute("SELECT count(*) FROM papers").fetchone()[0] > 0
        (lake.raw / "b.txt").unlink(missing_ok=True)
        run(lake, settings)
        assert_as_from_nothing(lake, settings, expected)
        number += STRIDE
    assert number > 15
    record_property("kills", kills)


@pytest.mark.slow
@pytest.mark.parametrize(("when", "first"), [("before", 5), ("after", 6)])
def test_a_killed_run_is_completed_by_the_next(
    state_a: Lake,
    tables_of_b: dict,
    lake: Lake,
    settings: Settings,
    when: str,
    first: int,
    record_property: Callable[..., None],
) -> None:
    """A to B, killed at each rename, and B again: the tables of B without a kill."""
    number, was_killed, kills = first, True, 0
    while was_killed:
        start_again(lake, state_a)
        write_small_listing(lake.raw / "b.txt", seed=2)
        was_killed = killed_run(lake, settings, number, when)
        kills += was_killed
        run(lake, settings)
        assert_as_from_nothing(lake, settings, tables_of_b)
        number += STRIDE
    assert number > 15
    record_property("kills", kills)


# A run in a process of its own that is killed at its n-th rename of a file.
KILLED_PROCESS = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.support.lakes import fill
from paperlake.lake import Lake
from paperlake.settings import Settings
root, count = Path(sys.argv[2]), int(sys.argv[3])
replace, renamed = Path.replace, 0
def killing(self, target):
    global renamed
    replace(self, target)
    renamed += 1
    if renamed == count:
        os.kill(os.getpid(), signal.SIGKILL)
Path.replace = killing
lake = Lake.open(root)
with lake.lock("a run that will be killed"):
    fill(lake, Settings(lake=root, embedder="hashing"))
"""


@dataclass(frozen=True)
class Samples:
    """A lake of a sample dump, and the tables of a run from nothing with another dump."""

    lake: Lake
    tables_of_both: dict


DUMPS = ("listing/saved_page_june.txt", "listing/browser_copy.txt")


@pytest.fixture(scope="module")
def samples(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Samples:
    folder = tmp_path_factory.mktemp("samples")
    return Samples(
        templates.filled(folder / "lake", DUMPS[0]), tables(templates.filled(folder / "both", *DUMPS))
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [9, 21])
def test_a_killed_process_leaves_a_whole_lake(
    samples: Samples, lake: Lake, settings: Settings, number: int
) -> None:
    start_again(lake, samples.lake)
    put(lake, SAMPLES / DUMPS[1])
    command = [sys.executable, "-c", KILLED_PROCESS, str(PROJECT), str(lake.root), str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    with connect(lake) as connection:
        assert connection.execute("SELECT count(*) FROM papers").fetchone()[0] > 0
    run(lake, settings)
    assert_as_from_nothing(lake, settings, samples.tables_of_both)
