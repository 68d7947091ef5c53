"""A lake that grows and shrinks between fits has the tables that a run from nothing with its model gives."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from paperlake.catalogue import partitioning
from paperlake.catalogue.files import TOPIC_MODEL
from paperlake.catalogue.paper_tables import EMBEDDINGS, PAPERS
from paperlake.catalogue.topic_tables import PAPER_TOPICS, TOPICS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.runner import StageResult, committed_checks
from paperlake.topics import building, filing
from paperlake.topics.stage import TABLES, TOPICS_STAGE
from tests.support.lakes import build, commit_tables
from tests.support.planted_topics import Planted, plant
from tests.support.storm import size

POLICY = Settings(embedder="hashing", topic_refit="never")


@pytest.fixture(autouse=True)
def tiny_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few papers in a partition, in a batch and in a fit."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 10)
    monkeypatch.setattr(building, "MAX_FITTED_PAPERS", 120)
    monkeypatch.setattr(filing, "MAX_BATCH_PAPERS", 25)
    monkeypatch.setattr(filing, "MAX_COUNTED_PAPERS", 40)
    monkeypatch.setattr(building, "draw_model", lambda _: b"a picture takes a second")


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(30)


class World:
    """A lake whose papers a test changes."""

    def __init__(self, root: Path, planted: Planted) -> None:
        self.lake = Lake.open(root)
        self.planted = planted

    def put(self, rows: Sequence[int], day: str | None = None) -> None:
        """Commit these papers; `day` changes what is no text."""
        papers = self.planted.papers[sorted(rows)]
        if day is not None:
            papers = papers.with_columns(published_date=pl.lit(day).str.to_date())
        commit_tables(self.lake, {PAPERS: papers})
        build(self.lake, POLICY, "paper_embeddings")

    def run(self, policy: Settings = POLICY) -> StageResult:
        return build(self.lake, policy, "topics")

    def tables(self) -> dict[str, pl.DataFrame]:
        return {table.name: self.lake.read(table) for table in TABLES}

    def from_nothing(self) -> dict[str, pl.DataFrame]:
        """The tables that a copy of the lake has, in which all but the model is built again."""
        copy = Lake.open(self.lake.root.with_name("copy"))
        shutil.rmtree(copy.root)
        shutil.copytree(self.lake.root, copy.root)
        for entry in copy.entries_of(PAPER_TOPICS):
            (copy.root / entry.path).unlink()
        other = World(copy.root, self.planted)
        assert other.run().facts["fit_number"] == self.lake.manifest("topics").facts["fit_number"]
        return other.tables()

    def assert_as_from_nothing(self) -> None:
        ours = self.tables()
        for name, table in self.from_nothing().items():
            assert_frame_equal(table, ours[name], check_exact=True)
        assert all(check.passed for check in committed_checks(TOPICS_STAGE, self.lake))


@pytest.fixture
def world(tmp_path: Path, planted: Planted) -> World:
    return World(tmp_path / "lake", planted)


def test_only_changed_partitions_are_filed(world: World) -> None:
    world.put(range(280))
    first = world.run()
    assert (first.facts["fitted_papers"], first.facts["papers"]) == (120, 280)
    model = world.lake.path_of(TOPIC_MODEL).read_bytes()
    before = {entry.partition: entry.path for entry in world.lake.entries_of(PAPER_TOPICS)}
    assert len(before) == 32
    world.put([*range(2, 280), 281])
    result = world.run()
    after = {entry.partition: entry.path for entry in world.lake.entries_of(PAPER_TOPICS)}
    assert 1 <= len([name for name in after if after[name] != before.get(name)]) <= 3
    assert result.facts["fit"] == "assignment"
    assert world.lake.path_of(TOPIC_MODEL).read_bytes() == model
    counts = {check.check_name: check.checked_row_count for check in result.checks}
    assert counts["paper_topics_complete"] == counts["paper_topics_schema"] == 2 * 279
    assert (
        world.lake.read(TOPICS)["paper_count"].sum()
        == world.lake.read(PAPER_TOPICS).filter(~pl.col("is_outlier")).height
    )
    world.assert_as_from_nothing()


def test_a_date_that_changed_is_counted_and_files_nothing(world: World) -> None:
    world.put(range(200))
    world.run()
    before = [entry.path for entry in world.lake.entries_of(PAPER_TOPICS)]
    world.put(range(200), day="2021-02-03")
    world.run()
    assert [entry.path for entry in world.lake.entries_of(PAPER_TOPICS)] == before
    assert world.tables()["topic_trends"]["month"].unique().to_list()[0].year == 2021


def test_the_model_has_the_papers_of_the_fit_only(world: World) -> None:
    world.put(range(150))
    world.run()
    size = world.lake.path_of(TOPIC_MODEL).stat().st_size
    world.put(range(300))
    world.run()
    assert world.lake.path_of(TOPIC_MODEL).stat().st_size == size
    forced = build(world.lake, POLICY, "topics", refit=True)
    assert (forced.facts["fit_number"], forced.facts["fitted_papers"]) == (2, 120)
    assert world.lake.path_of(TOPIC_MODEL).stat().st_size < 1.5 * size
    world.assert_as_from_nothing()


def test_a_field_that_comes_is_drift_and_a_refit_files_all(world: World) -> None:
    policy = POLICY.model_copy(update={"topic_refit": "drift"})
    world.put(range(200))
    world.run(policy)
    world.put(range(300))
    result = world.run(policy)
    assert result.facts["fit_number"] == 2
    assert world.lake.read(PAPER_TOPICS).height == 600
    counts = {check.check_name: check.checked_row_count for check in result.checks}
    assert counts["paper_topics_complete"] == counts["paper_topics_schema"] == 600
    world.assert_as_from_nothing()


ROWS = st.sets(st.integers(0, 299), min_size=1, max_size=300)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), ROWS),
        st.tuples(st.just("remove"), ROWS),
        st.tuples(st.just("date"), st.just(frozenset())),
        st.tuples(st.just("refit"), st.just(frozenset())),
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=size(3, 50),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(start=st.sets(st.integers(0, 299), min_size=90, max_size=250), steps=STEPS)
def test_any_history_gives_the_tables_of_a_run_from_nothing(
    tmp_path_factory: pytest.TempPathFactory, planted: Planted, start: set[int], steps: list
) -> None:
    world = World(tmp_path_factory.mktemp("history") / "lake", planted)
    rows = set(start)
    world.put(rows)
    world.run()
    for number, (action, some) in enumerate(steps):
        if action == "refit":
            build(world.lake, POLICY, "topics", refit=True)
            continue
        rows = rows | some if action == "add" else rows - some
        world.put(rows, day=f"202{number}-01-01" if action == "date" else None)
        world.run()
    world.assert_as_from_nothing()


def test_vectors_of_the_sample_decide_the_fit(world: World) -> None:
    """Papers beyond the sample are filed and change no topic."""
    world.put(range(300))
    world.run()
    ids = world.lake.read(EMBEDDINGS)["paper_id"].sort()
    last = ids[119]
    fitted = world.lake.read(PAPER_TOPICS).filter(pl.col("paper_id") <= last)
    beyond = [
        row for row, paper_id in enumerate(world.planted.papers["paper_id"].to_list()) if paper_id > last
    ]
    world.put(set(range(300)) - set(beyond[:20]))
    build(world.lake, POLICY, "topics", refit=True)
    now = world.lake.read(PAPER_TOPICS).filter(pl.col("paper_id") <= last)
    assert np.mean(now["topic_id"].to_numpy() == fitted["topic_id"].to_numpy()) > 0.9
