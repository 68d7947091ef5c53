"""Kills in each stage, at each operation on a file: the next run builds what a run without a kill builds.

A is a lake of one dump; B has another dump, or other settings. A run on the way from A to B is killed in one
stage. The next run goes on to B, or goes back to A.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.warehouse.reading import connect
from tests.support.killing import Killed, watching
from tests.support.lakes import assert_equal_tables, build, fill, forget_topics, last, tables, without_topics
from tests.support.listing_writer import write_small_listing
from tests.support.storm import IS_STORM, size

STAGES = stage_list.PIPELINE.names
OTHER_SETTINGS = {
    "max_dump_bytes": 1 << 20,
    "max_line_chars": 50_000,
    "near_duplicate_jaccard": 0.7,
    "topic_min_papers": 3,
    "similar_count": 2,
}
NEVER_EQUAL = ("warehouse", "stage_checks", "report")  # files with times in them; their tables are compared
# Kills of one parameter of the test: spread over the operations of the stage.
MAX_KILLS = size(1, 9)
WAYS = [(change, when) for change in ("dump", "settings") for when in ("before", "half", "after")]
# In each run of the tests every stage is killed in one way.
CASES = [
    (stage, change, when)
    for number, stage in enumerate(STAGES)
    for place, (change, when) in enumerate(WAYS)
    if IS_STORM or (number + place) % len(WAYS) == 0
]


@dataclass(frozen=True)
class Way:
    """The way from A to B, stage by stage."""

    folder: Path
    settings_b: Settings
    contents_a: dict[str, dict[str, str]]
    contents_b: dict[str, dict[str, str]]
    tables_a: dict
    tables_b: dict

    def start(self, stage: str) -> Path:
        """The lake in which the stages before this one are at B, and this one is at A."""
        return self.folder / f"before_{stage}"


def contents(lake: Lake, stage: str) -> dict[str, str]:
    """A hash of the content of each output of a stage."""
    manifest = last(lake, stage)
    return {name: manifest.content(name) for name in manifest.outputs if name not in NEVER_EQUAL}


def all_contents(lake: Lake) -> dict[str, dict[str, str]]:
    return {stage: contents(lake, stage) for stage in STAGES}


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Way]]:
    """The way to another dump and the way to other settings, each built once."""
    folder = tmp_path_factory.mktemp("ways")
    root = folder / "lake"
    settings = Settings(lake=root, embedder="hashing")
    lake = Lake.open(root)
    write_small_listing(lake.raw / "a.txt", seed=1)
    fill(lake, settings)
    contents_a, tables_a = all_contents(lake), tables(lake)
    shutil.copytree(root, folder / "a")
    found: dict[str, Way] = {}

    def way(change: str) -> Way:
        if change in found:
            return found[change]
        shutil.rmtree(root)
        shutil.copytree(folder / "a", root)
        own = folder / change
        other = settings
        if change == "dump":
            write_small_listing(lake.raw / "b.txt", seed=2)
        else:
            other = settings.model_copy(update=OTHER_SETTINGS)
        for stage in STAGES:
            shutil.copytree(root, own / f"before_{stage}")
            build(lake, other, stage)
        found[change] = Way(own, other, contents_a, all_contents(lake), tables_a, tables(lake))
        return found[change]

    yield way
    shutil.rmtree(folder)


def killed(way: Way, lake: Lake, stage: str, number: int, when: str) -> bool:
    """Build a stage until it is killed; return whether it was."""
    shutil.rmtree(lake.root, ignore_errors=True)
    shutil.copytree(way.start(stage), lake.root)
    with watching(number, when) as operations:
        try:
            with lake.lock("a run that will be killed"):
                build(lake, way.settings_b, stage)
        except Killed:
            return True
    return operations.is_dead


def operation_count(way: Way, lake: Lake, stage: str) -> int:
    """How many operations a build of the stage has."""
    shutil.rmtree(lake.root, ignore_errors=True)
    shutil.copytree(way.start(stage), lake.root)
    with watching(None) as operations, lake.lock("a run"):
        build(lake, way.settings_b, stage)
    return len(operations.done)


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "change", "when"), CASES)
def test_a_stage_that_was_killed_is_built_by_the_next_run(
    ways: Callable[[str], Way], stage: str, change: str, when: str, record_property: Callable[..., None]
) -> None:
    way = ways(change)
    lake = Lake(way.folder.parent / "lake")
    settings_a = Settings(lake=lake.root, embedder="hashing")
    count = operation_count(way, lake, stage)
    assert count > 5
    step = max(1, count // MAX_KILLS)
    kills, place = 0, CASES.index((stage, change, when))
    for number in range(1 + 3 * place % step, count + 1, step):
        assert killed(way, lake, stage, number, when)
        kills += 1
        with connect(lake) as connection:  # a reader sees a whole build
            assert connection.execute("SELECT count(*) FROM papers").fetchone()[0] > 0
        with lake.lock("the next run"):
            if (number + place) % 2:
                assert_reaches_b(lake, way, stage)
            else:
                assert_returns_to_a(lake, settings_a, way, stage)
        assert not list(lake.root.rglob("*.partial*"))
    record_property(f"kills in {stage}", kills)
    record_property("kills", kills)


def assert_reaches_b(lake: Lake, way: Way, stage: str) -> None:
    build(lake, way.settings_b, stage)
    assert contents(lake, stage) == way.contents_b[stage]
    if stage in ("warehouse", "report"):
        assert_equal_tables(tables(lake), way.tables_b)


def assert_returns_to_a(lake: Lake, settings: Settings, way: Way, stage: str) -> None:
    """Topics also follow from the fits before, so they are forgotten before they are compared."""
    (lake.raw / "b.txt").unlink(missing_ok=True)
    fill(lake, settings, stage)
    if STAGES.index(stage) >= STAGES.index("topics"):
        forget_topics(lake)
        fill(lake, settings, stage)
    for name in STAGES[: STAGES.index(stage) + 1]:
        assert contents(lake, name) == way.contents_a[name]
    if stage in ("warehouse", "report"):
        assert_equal_tables(without_topics(tables(lake)), without_topics(way.tables_a))
