"""Random histories of a whole lake: whatever was done to it, its tables are those of a run from nothing.

Dumps come, go, change and are renamed; people decide; settings change; runs are killed at any operation on a
file. Partitions are tiny, so that each of these touches some and leaves others.
"""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from paperlake.catalogue import partitioning
from paperlake.catalogue.paper_tables import PAPER_SOURCES
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.killing import Killed, watching
from tests.support.lakes import assert_equal_tables, fill, forget_topics, tables, without_topics
from tests.support.listing_writer import write_small_listing
from tests.support.storm import size

HISTORIES = size(1, 300)
STEPS = size(6, 12)
KILLED_SHARE = 0.3
MAX_OPERATION = 150  # a run has about as many operations on files
OTHER_SETTINGS = {"similar_count": [3, 10], "near_duplicate_jaccard": [0.5, 0.7], "topic_min_papers": [3, 5]}


class History:
    """A lake that things happen to."""

    def __init__(self, root: Path, draw: random.Random) -> None:
        self.lake = Lake.open(root)
        self.settings = Settings(lake=root, embedder="hashing")
        self.draw = draw
        self.kills = 0
        self._seed = 0
        self.add()

    def dumps(self) -> list[Path]:
        return sorted(self.lake.raw.glob("*.txt"))

    def add(self) -> None:
        self._seed += 1
        write_small_listing(self.lake.raw / f"{self._seed:02}.txt", seed=self.draw.randrange(6))

    def remove(self) -> None:
        if len(self.dumps()) > 1:
            self.draw.choice(self.dumps()).unlink()

    def change(self) -> None:
        write_small_listing(self.draw.choice(self.dumps()), seed=self.draw.randrange(6, 12))

    def rename(self) -> None:
        dump = self.draw.choice(self.dumps())
        dump.rename(dump.with_name(f"{self.draw.choice('az')}-{dump.name[-6:]}"))

    def decide(self) -> None:
        """Say of two texts that they are one paper, or of a merged pair that they are not."""
        if not self.lake.has(PAPER_SOURCES):
            return
        ids = self.lake.read(PAPER_SOURCES)["entry_id"].unique().sort().to_list()
        one, other = self.draw.sample(ids, 2)
        self.lake.decisions.parent.mkdir(exist_ok=True)
        verdict = self.draw.choice(["same", "different"])
        self.lake.decisions.write_text(f"entry_id_a,entry_id_b,decision\n{one},{other},{verdict}\n")

    def undecide(self) -> None:
        self.lake.decisions.unlink(missing_ok=True)

    def set(self) -> None:
        name = self.draw.choice(list(OTHER_SETTINGS))
        self.settings = self.settings.model_copy(update={name: self.draw.choice(OTHER_SETTINGS[name])})

    def step(self) -> str:
        name = self.draw.choice(["add", "add", "remove", "change", "rename", "decide", "undecide", "set"])
        getattr(self, name)()
        return name

    def run(self) -> None:
        """Run, or be killed on the way."""
        number = self.draw.randrange(1, MAX_OPERATION) if self.draw.random() < KILLED_SHARE else None
        with watching(number, self.draw.choice(["before", "half", "after"])) as operations:
            try:
                with self.lake.lock("a run"):
                    fill(self.lake, self.settings)
            except Killed:
                pass
        self.kills += operations.is_dead

    def finish(self) -> None:
        with self.lake.lock("the last run"):
            fill(self.lake, self.settings)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(HISTORIES))
def test_any_history_gives_the_tables_of_a_run_from_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, record_property: Callable[..., None]
) -> None:
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 5)
    draw = random.Random(number)
    history = History(tmp_path / "lake", draw)
    history.run()
    steps = []
    for _ in range(draw.randint(STEPS // 2, STEPS)):
        steps.append(history.step())
        history.run()
    history.finish()
    fresh = Lake.open(tmp_path / "fresh")
    for folder in ("raw", "curated"):
        if (history.lake.root / folder).exists():
            shutil.copytree(history.lake.root / folder, fresh.root / folder, dirs_exist_ok=True)
    fill(fresh, history.settings.model_copy(update={"lake": fresh.root}))
    expected = tables(fresh)
    assert_equal_tables(without_topics(tables(history.lake)), without_topics(expected))
    forget_topics(history.lake)
    history.finish()
    assert_equal_tables(tables(history.lake), expected)
    record_property("histories", 1)
    record_property("steps", len(steps))
    record_property("kills", history.kills)
