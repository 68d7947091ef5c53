"""A lake carried through all stages on three nodes has the tables of the local engine, also when nodes are killed."""

import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from paperlake import stage_list
from paperlake.catalogue import partitioning
from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.table import Table
from paperlake.dedup.blocking import signatures
from paperlake.dedup.matching import features
from paperlake.dumps.storing import parsing, partitions
from paperlake.lake import Lake
from paperlake.neighbours import full_build
from paperlake.neighbours.inverted import searching
from paperlake.settings import Settings
from paperlake.stages import output_files
from paperlake.stages.runner import run_stages
from tests.support.lakes import CLOCK_COLUMNS, SAMPLES, fill

HEAVY = ("Reading dumps", "Computing signatures", "Comparing", "Finding neighbours")


class Killing:
    """Kills a node after the first result of each heavy step."""

    def __init__(self, kill, labels) -> None:
        self.kill = kill
        self.waiting = set(labels)

    @contextmanager
    def task(self, label, total, unit):
        def advance(_count) -> None:
            if label in self.waiting:
                self.waiting.discard(label)
                self.kill()

        yield advance

    @contextmanager
    def step(self, label):
        yield


@pytest.fixture
def small_items(monkeypatch):
    """Divide the sample dumps into several items per step, as a large lake is."""
    monkeypatch.setattr(partitions, "MAX_SHARED_BYTES", 4_000)
    monkeypatch.setattr(parsing, "ITEM_BYTES", 100)
    monkeypatch.setattr(signatures, "TASK_TEXTS", 40)
    monkeypatch.setattr(features, "TASK_PAIRS", 60)
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 30)
    monkeypatch.setattr(output_files, "ITEM_ROWS", 50)
    monkeypatch.setattr(full_build, "EXACT_PAPERS", 20)
    monkeypatch.setattr(searching, "ITEM_LISTS", 4)
    monkeypatch.setattr(searching, "ITEM_ROWS", 50)


@pytest.fixture
def local_files(tmp_path, small_items):
    lake = sample_lake(tmp_path / "local")
    fill(lake, Settings(lake=lake.root, embedder="hashing"))
    return files_of_tables(lake)


def sample_lake(root: Path) -> Lake:
    lake = Lake.open(root)
    shutil.copytree(SAMPLES, lake.raw, dirs_exist_ok=True)
    return lake


def files_of_tables(lake: Lake) -> dict[str, list[tuple[str, str]]]:
    """Return the partitions of all tables without a clock column, with the hashes of their content."""
    manifests = stage_list.PIPELINE.manifests(lake)
    listed = {name: entries for one in manifests.values() for name, entries in one.outputs.items()}
    tables = [
        output
        for stage in stage_list.PIPELINE.stages
        for output in stage.writes
        if isinstance(output, Table) and not set(CLOCK_COLUMNS) & set(output.dtypes)
    ]
    return {table.name: [(entry.partition, entry.sha256) for entry in listed[table.name]] for table in tables}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_three_nodes_build_equal_tables_while_nodes_are_killed(nodes, tmp_path, local_files):
    lake = sample_lake(tmp_path / "ray")
    settings = Settings(
        lake=lake.root, embedder="hashing", engine="ray", engine_ray_address=nodes.cluster.address
    )
    killing = Killing(nodes.replace_one, HEAVY)
    run_stages(stage_list.PIPELINE, stage_list.run_context(lake, settings, killing))
    assert not killing.waiting
    found = files_of_tables(lake)
    assert sum(map(len, found.values())) > len(found)
    assert found == local_files


class StoppedError(Exception):
    """The process that runs the stages ends."""


def test_a_run_goes_on_from_finished_partitions(tmp_path, small_items, monkeypatch):
    """A run that ended in mid-stage parses only the dumps whose partitions are not there."""
    lake = sample_lake(tmp_path / "stopped")
    settings = Settings(lake=lake.root, embedder="hashing")

    def stop() -> None:
        raise StoppedError

    context = stage_list.run_context(lake, settings, Killing(stop, ["Reading dumps"]))
    with pytest.raises(StoppedError):
        run_stages(stage_list.PIPELINE, context, "parsed_entries")
    assert lake.manifest("parsed_entries") is None
    (done,) = {path.name.partition("-")[0] for path in lake.folder_of(ENTRIES).glob("*.parquet")}
    result = fill(lake, settings, "parsed_entries")["parsed_entries"]
    assert result.facts["known_dump_count"] == 1
    assert result.facts["parsed_dump_count"] > 1
    assert done in {entry.partition for entry in lake.entries_of(ENTRIES)}
