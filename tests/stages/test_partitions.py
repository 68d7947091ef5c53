"""Tables divided by a prefix of their key: what a stage is told of changes, and what it keeps."""

from pathlib import Path

import polars as pl
import pytest

from paperlake.catalogue import columns, partitioning
from paperlake.catalogue.partitioning import ByKeyPrefix, bits_of, partition_of
from paperlake.catalogue.table import declare
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import run_stages
from paperlake.stages.stage import RunContext, Stage

ITEMS = declare(
    "items",
    "first",
    ["item_id"],
    "One row per item.",
    partitioning=ByKeyPrefix("item_id", sized_by="items"),
    item_id=columns.identifier("The item."),
    value=columns.integer("A number."),
)
DOUBLES = declare(
    "doubles",
    "second",
    ["item_id"],
    "One row per item.",
    partitioning=ByKeyPrefix("item_id", sized_by="items"),
    item_id=columns.identifier("The item."),
    value=columns.integer("Twice the number."),
)


def key(number: int) -> str:
    return f"{(number * 40_503) % 65_536:04x}{number:012x}"


class World:
    """A pipeline of two stages over items that a test changes."""

    def __init__(self, root: Path) -> None:
        self.lake = Lake.open(root)
        self.items: dict[str, int] = {}
        self.seen: list[frozenset[str] | None] = []
        self.pipeline = Pipeline(
            (
                Stage("first", "Items.", (), (ITEMS,), 1, self.write_items, inputs=lambda _: self.items),
                Stage("second", "Doubles.", (ITEMS,), (DOUBLES,), 1, self.write_doubles),
            )
        )

    def write_items(self, run: StageRun) -> Facts:
        run.write(ITEMS, ITEMS.frame([{"item_id": k, "value": v} for k, v in self.items.items()]))
        return {}

    def write_doubles(self, run: StageRun) -> Facts:
        changed = run.changed_partitions(ITEMS)
        self.seen.append(changed)
        twice = pl.col("value") * 2
        if changed is None:
            run.write(DOUBLES, run.read(ITEMS).with_columns(twice))
        else:
            run.replace(DOUBLES, run.read_partitions(ITEMS, changed).with_columns(twice), changed)
        return {}

    def run(self, rebuild: bool = False) -> None:
        settings = Settings(lake=self.lake.root)
        with self.lake.lock("a test"):
            run_stages(self.pipeline, RunContext(self.lake, settings, lambda: None, rebuild=rebuild))

    def assert_doubled(self) -> None:
        found = dict(self.lake.read(DOUBLES).iter_rows())
        assert found == {key: 2 * value for key, value in self.items.items()}
        names = [entry.partition for entry in self.lake.entries_of(DOUBLES)]
        assert names == sorted(names)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 10)
    return World(tmp_path / "lake")


def test_only_partitions_with_a_changed_row_are_told_and_written(world: World) -> None:
    world.items = {key(number): number for number in range(150)}
    world.run()
    assert world.seen == [None]
    assert bits_of(world.lake.row_counts(DOUBLES)) == 4
    before = {entry.partition: entry.path for entry in world.lake.entries_of(DOUBLES)}
    changed, removed, added = key(3), key(70), key(200)
    world.items[changed] = 33
    world.items[added] = 200
    del world.items[removed]
    world.run()
    keys = pl.DataFrame({"k": [changed, removed, added]})
    assert world.seen[-1] == frozenset(keys.select(partition_of("k", 4))["k"])
    after = {entry.partition: entry.path for entry in world.lake.entries_of(DOUBLES)}
    assert {name for name in after if after[name] != before.get(name)} == world.seen[-1]
    world.assert_doubled()
    (check,) = world.lake.manifest("second").checks
    assert check.checked_row_count == 150


def test_a_partition_that_lost_all_rows_is_dropped(world: World) -> None:
    world.items = {key(number): number for number in range(150)}
    world.run()
    (name,) = pl.DataFrame({"k": [key(3)]}).select(partition_of("k", 4))["k"]
    gone = pl.DataFrame({"k": list(world.items)}).filter(partition_of("k", 4).eq(name))["k"]
    for one in gone:
        del world.items[one]
    for number in range(1_000, 1_000 + len(gone)):  # as many others, so that the division stays
        if not pl.DataFrame({"k": [key(number)]}).select(partition_of("k", 4).eq(name)).item():
            world.items[key(number)] = number
    world.run()
    assert name in world.seen[-1]
    assert name not in world.lake.row_counts(DOUBLES)
    world.assert_doubled()


def test_a_lake_that_grew_is_divided_as_one_from_nothing(world: World, tmp_path: Path) -> None:
    world.items = {key(number): number for number in range(150)}
    world.run()
    world.items |= {key(number): number for number in range(150, 200)}
    world.run()
    fresh = World(tmp_path / "fresh")
    fresh.items = world.items
    fresh.run()
    for table in (ITEMS, DOUBLES):
        assert [e.partition for e in world.lake.entries_of(table)] == [
            e.partition for e in fresh.lake.entries_of(table)
        ]
        assert world.lake.manifest(table.stage).content(table.name) == fresh.lake.manifest(
            table.stage
        ).content(table.name)
    world.assert_doubled()


def test_everything_counts_as_changed_without_a_usable_commit(world: World) -> None:
    world.items = {key(number): number for number in range(50)}
    world.run()
    world.run(rebuild=True)
    assert world.seen == [None, None]
    (world.lake.root / world.lake.entries_of(DOUBLES)[0].path).unlink()
    world.run()
    assert world.seen[-1] is None
    world.items[key(3)] = 4
    world.run()
    assert world.seen[-1] is not None
    world.assert_doubled()


def test_rows_of_a_partition_that_is_not_replaced_are_refused(world: World) -> None:
    world.items = {key(number): number for number in range(50)}
    world.run()
    with world.lake.lock("a test"):
        context = RunContext(world.lake, Settings(lake=world.lake.root), lambda: None)
        run = StageRun(world.pipeline.stages[1], world.pipeline, context)
        with pytest.raises(ValueError, match="other partitions"):
            run.replace(DOUBLES, world.lake.read(DOUBLES), ["3_0"])
