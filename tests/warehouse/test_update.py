"""A build that updates the last one has the tables and the search results of a build from nothing."""

import shutil
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperlake.catalogue import partitioning
from paperlake.catalogue.files import WAREHOUSE
from paperlake.search import Searcher
from paperlake.warehouse import build, stage, update
from tests.support.warehouse_world import World, rows

QUERIES = ("lake river", "quantum", '"sparse dense" graph', "parser grammar vote", "nothing of it")
DIVIDED_OTHERWISE = "counts as changed"
MODES = ("both", "words", "meaning")

PAPERS = st.lists(
    st.tuples(st.integers(0, 25), st.integers(0, 2)), min_size=1, max_size=12, unique_by=lambda one: one[0]
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["first", "second", "third"]),
        PAPERS | st.none(),
        st.sets(st.integers(1, 25), max_size=2),
        st.integers(1, 2),
    ),
    min_size=2,
    max_size=4,
)


@pytest.fixture(autouse=True)
def tiny_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Force partitions of a few papers, and updates however much changed."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 3)
    monkeypatch.setattr(update, "MAX_CHANGED_SHARE", 10.0)
    monkeypatch.setattr(update, "MAX_FREE_SHARE", 1.0)
    monkeypatch.setattr(update, "BATCH_ROWS", 7)
    monkeypatch.setattr(update, "is_worn", lambda _connection: False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path / "lake")
    world.dumps = {"always": [(number, 0) for number in range(14)]}
    assert update_number(world) == 0
    return world


def update_number(world: World, rebuild: bool = False) -> object:
    """Run; return how many updates are between the build and the last full one."""
    return world.run(rebuild).facts["update_number"]


def found(world: World) -> list[object]:
    """Return the results of some searches."""
    with Searcher(world.lake, world.settings) as searcher:
        return [searcher.search(text, 8, mode) for text in QUERIES for mode in MODES]


def paper_numbers(world: World) -> dict[str, int]:
    """Return the number in the index of each paper."""
    with duckdb.connect(str(world.lake.warehouse), read_only=True) as connection:
        return dict(connection.execute("SELECT paper_id, paper_number FROM search.documents").fetchall())


@given(steps=STEPS)
@settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_updates_give_what_a_build_from_nothing_gives(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    steps: list[tuple[str, list[tuple[int, int]] | None, set[int], int]],
) -> None:
    caplog.set_level("INFO", logger="paperlake.warehouse")
    caplog.clear()
    shutil.rmtree(tmp_path, ignore_errors=True)
    world = World(tmp_path / "lake")
    world.dumps["always"] = [(number, 0) for number in range(14)]
    world.run()
    for dump, listed, world.joined, world.topic_count in steps:
        world.dumps.pop(dump, None)
        if listed is not None:
            world.dumps[dump] = listed
        world.run()
    fresh = world.fresh(tmp_path / "fresh")
    assert rows(world) == rows(fresh)
    assert found(world) == found(fresh)
    in_full = [record.getMessage() for record in caplog.records if "in full" in record.getMessage()]
    assert [message for message in in_full if DIVIDED_OTHERWISE not in message] == []


def test_a_paper_keeps_its_number_while_others_come_and_go(world: World) -> None:
    before = paper_numbers(world)
    world.dumps["more"] = [(3, 1), (20, 0), (21, 0)]  # another text for paper 3
    assert update_number(world) == 1
    with_more = paper_numbers(world)
    del world.dumps["more"]
    assert update_number(world) == 2
    after = paper_numbers(world)
    assert before.keys() == after.keys()
    changed = {paper_id for paper_id, number in before.items() if after[paper_id] != number}
    assert len(changed) == 1
    assert len(with_more) == len(before) + 2
    assert not {with_more[paper_id] for paper_id in with_more.keys() - before.keys()} & set(after.values())


def test_opening_reads_nothing_that_has_an_element_for_every_paper(world: World) -> None:
    with Searcher(world.lake, world.settings) as searcher:
        assert not [name for name, value in vars(searcher.index).items() if hasattr(value, "__len__")]


def test_a_damaged_last_build_is_not_updated(world: World) -> None:
    (entry,) = world.lake.entries_of(WAREHOUSE)
    path = world.lake.root / entry.path
    content = bytearray(path.read_bytes())
    content[-5000] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    world.dumps["more"] = [(20, 0)]
    assert update_number(world) == 0


def test_an_update_leaves_the_last_build_as_it_was(world: World) -> None:
    (last,) = world.lake.warehouse_builds()
    content = last.read_bytes()
    world.dumps["more"] = [(20, 0)]
    assert update_number(world) == 1
    assert last.read_bytes() == content


def test_a_full_build_where_an_update_would_not_do(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.dumps["more"] = [(20, 0)]
    assert update_number(world, rebuild=True) == 0
    with monkeypatch.context() as patch:
        patch.setattr(update, "MAX_CHANGED_SHARE", 1 / 3)
        world.dumps["more"] = [(number, 0) for number in range(20, 30)]
        assert update_number(world) == 0
    world.dumps["more"] = [(number, 0) for number in range(20, 40)]  # partitions by one bit more
    assert update_number(world) == 0
    with monkeypatch.context() as patch:
        patch.setattr(stage, "build_form", lambda _sources: "other columns")
        world.topic_count = 1
        assert update_number(world) == 0
    del world.dumps["more"]
    monkeypatch.setattr(build, "MAX_UPDATES", 0)
    assert update_number(world) == 0


def test_an_update_that_lost_rows_is_followed_by_a_full_build(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches = update._batches
    monkeypatch.setattr(update, "_batches", lambda *given: list(batches(*given))[1:])
    world.dumps["more"] = [(number, 0) for number in range(20, 24)]
    assert update_number(world) == 0
    assert len(paper_numbers(world)) == 18
