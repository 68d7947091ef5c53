"""The table similar_papers: what an incremental run writes is what a run from nothing writes, and no more."""

import hashlib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from paperlake.catalogue import columns, partitioning
from paperlake.catalogue.files import NEIGHBOUR_INDEX
from paperlake.catalogue.paper_tables import BY_PAPER, EMBEDDINGS
from paperlake.catalogue.table import declare
from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.neighbours import full_build
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import run_stages
from paperlake.stages.stage import RunContext, Stage
from paperlake.warehouse import similar_papers
from paperlake.warehouse.similar_papers import EmbeddingBlocks, write_similar_papers
from tests.neighbours.made_vectors import in_groups
from tests.support.lakes import last

PAPERS = declare(
    "papers",
    "papers",
    ["paper_id"],
    "One row per paper.",
    partitioning=BY_PAPER,
    paper_id=columns.identifier("The paper."),
)
POOL = in_groups(400, dimension=16)


def paper_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:16]


class World:
    """A pipeline of papers, their vectors and their neighbours; a test changes the papers."""

    def __init__(self, root: Path, vectors: dict[str, np.ndarray]) -> None:
        self.lake = Lake.open(root)
        self.vectors = dict(vectors)
        self.similar_count = 5
        self.other = 0
        inputs = lambda _context: sorted((name, row.tobytes().hex()) for name, row in self.vectors.items())  # noqa: E731
        similar = Stage(
            "warehouse", "Neighbours.", (PAPERS, EMBEDDINGS), (SIMILAR_PAPERS, NEIGHBOUR_INDEX), 1,
            self.write_similar, settings=("similar_count",), inputs=lambda _context: self.other,
        )  # fmt: skip
        self.pipeline = Pipeline(
            (
                Stage("papers", "Papers.", (), (PAPERS,), 1, self.write_papers, inputs=inputs),
                Stage(
                    "paper_embeddings", "V.", (PAPERS,), (EMBEDDINGS,), 1, self.write_vectors, inputs=inputs
                ),
                similar,
            )
        )

    def write_papers(self, run: StageRun) -> Facts:
        run.write(PAPERS, PAPERS.frame([{"paper_id": name} for name in self.vectors]))
        return {}

    def write_vectors(self, run: StageRun) -> Facts:
        hashes = [hashlib.sha256(row.tobytes()).hexdigest() for row in self.vectors.values()]
        vectors = np.stack(list(self.vectors.values())) if self.vectors else np.empty((0, 16), np.float32)
        frame = pl.DataFrame(
            {
                "paper_id": pl.Series(list(self.vectors), dtype=pl.String),
                "model_id": pl.Series(["model"] * len(hashes), dtype=pl.String),
                "text_hash": pl.Series(hashes, dtype=pl.String),
                "embedding": pl.Series(vectors if len(vectors) else [], dtype=pl.Array(pl.Float32, 16)),
            }
        )
        run.write(EMBEDDINGS, frame)
        return {"model_id": "model", "dimension": 16, "embedder": "none"}

    def write_similar(self, run: StageRun) -> Facts:
        return write_similar_papers(run)

    def run(self) -> pl.DataFrame:
        settings = Settings(lake=self.lake.root, similar_count=self.similar_count)
        run_stages(self.pipeline, RunContext(self.lake, settings, lambda: None))
        return self.lake.read(SIMILAR_PAPERS)

    def files(self) -> set[str]:
        return {entry.path for entry in self.lake.entries_of(SIMILAR_PAPERS)}


@pytest.fixture(autouse=True)
def _small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 40)
    monkeypatch.setattr(similar_papers, "WRITTEN_PAPERS", 50)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "lake", {paper_id(number): POOL[number] for number in range(300)})


def from_nothing(world: World, folder: Path) -> pl.DataFrame:
    other = World(folder, world.vectors)
    other.similar_count = world.similar_count
    return other.run()


def test_papers_that_come_go_and_change_give_the_table_of_a_run_from_nothing(
    world: World, tmp_path: Path
) -> None:
    world.run()
    generator = np.random.default_rng(1)
    for step in range(2):
        for number in generator.choice(400, 15, replace=False):
            if world.vectors.pop(paper_id(number), None) is None or number % 3 == 0:
                world.vectors[paper_id(number)] = POOL[generator.integers(400)]
        assert world.run().equals(from_nothing(world, tmp_path / f"other{step}"))


def test_only_partitions_with_a_changed_list_are_written(world: World) -> None:
    before, files = world.run(), world.files()
    assert len(files) == 8
    world.vectors[paper_id(999)] = POOL[0]
    after = world.run()
    changed = after.join(before, on=after.columns, how="anti", nulls_equal=True)
    names = changed.select(partitioning.partition_of("paper_id", 3)).to_series().unique()
    assert 0 < len(world.files() - files) == len(names) < 8


def test_more_partitions_are_written_when_the_papers_ask_for_them(world: World, tmp_path: Path) -> None:
    world.run()
    world.vectors |= {paper_id(number): POOL[number] for number in range(300, 400)}
    assert world.run().equals(from_nothing(world, tmp_path / "other"))
    assert len(world.files()) == 16


def test_no_papers_and_the_first_papers(tmp_path: Path) -> None:
    world = World(tmp_path / "lake", {})
    assert world.run().is_empty()
    world.vectors = {paper_id(number): POOL[number] for number in range(12)}
    assert world.run().height == 60
    world.vectors = {}
    assert world.run().is_empty()


def test_another_number_of_neighbours_builds_all_lists(world: World, tmp_path: Path) -> None:
    world.run()
    world.similar_count = 3
    assert world.run().equals(from_nothing(world, tmp_path / "other"))


def test_vectors_that_did_not_change_are_not_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before, files = world.run(), world.files()
    world.other = 1
    monkeypatch.setattr(similar_papers, "update_neighbours", None)
    assert world.run().equals(before)
    assert world.files() == files


def test_a_lost_state_builds_all_lists(world: World, tmp_path: Path) -> None:
    world.run()
    for file in world.lake.folder_of(NEIGHBOUR_INDEX).glob("*.npz"):
        file.unlink()
    world.vectors[paper_id(999)] = POOL[0]
    assert world.run().equals(from_nothing(world, tmp_path / "other"))


def test_a_damaged_state_builds_all_lists(world: World, tmp_path: Path) -> None:
    world.run()
    (file,) = world.lake.folder_of(NEIGHBOUR_INDEX).glob("*.npz")
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-100])
    world.vectors[paper_id(999)] = POOL[0]
    assert world.run().equals(from_nothing(world, tmp_path / "other"))


def test_a_large_lake_is_updated_by_its_inverted_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_build, "EXACT_PAPERS", 100)
    monkeypatch.setattr(full_build, "MAX_BYTES", 1000)
    before = world.run()
    recall = last(world.lake, "warehouse").facts["neighbour_recall"]
    assert 0.99 < float(recall or 0) <= 1
    new = paper_id(999)
    world.vectors[new] = POOL[0]
    del world.vectors[paper_id(5)]
    after = world.run()
    assert after.filter(pl.col("paper_id") == new).height == 5
    assert after.filter(pl.col("similar_paper_id") == paper_id(5)).is_empty()
    assert after.height == before.height
    assert len(after.join(before, on=after.columns, how="anti")) < 300


def test_a_recall_below_the_promised_one_is_a_warning(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(full_build, "EXACT_PAPERS", 100)
    monkeypatch.setattr(similar_papers, "MIN_RECALL", 1.01)
    world.run()
    assert "of the nearest papers" in caplog.text


@pytest.mark.parametrize(("room", "read"), [(1 << 20, 1), (0, 3), (16 * 4 * 3 * 7, None)])
def test_the_first_blocks_of_vectors_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int, read: int | None
) -> None:
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 5)
    monkeypatch.setattr(similar_papers, "KEPT_BYTES", room)
    world = World(tmp_path, {paper_id(number): POOL[number] for number in range(60)})
    world.run()
    blocks = EmbeddingBlocks.of(world.lake)
    entries = []
    original = Lake.read_entry
    monkeypatch.setattr(
        Lake, "read_entry", lambda lake, entry, *more: entries.append(entry) or original(lake, entry, *more)
    )
    rows = [np.concatenate([blocks.block(number) for number in range(len(blocks.sizes))]) for _ in range(3)]
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[0], rows[2])
    counts = [entries.count(entry) for entry in blocks.entries]
    if read is None:  # room for some: the first ones
        assert counts[0] == 1
        assert counts[-1] == 3
        assert counts == sorted(counts)
    else:
        assert set(counts) == {read}
