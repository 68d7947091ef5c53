"""Lakes whose dumps, entries and decisions a test changes at will, and the papers stage on them."""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import polars.testing
import pytest

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.dedup.stage import PAPERS_STAGE
from paperlake.lake import Lake
from paperlake.lake.manifest import Facts, Manifest
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.stages.run import StageRun
from paperlake.stages.runner import StageResult, run_stages
from paperlake.stages.stage import RunContext, Stage
from tests.support.dedup_building import dump, dump_id, entry
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = [text for pair in HARD_PAIRS for text in (pair.one, pair.other)]
DECISIONS_HEADER = "entry_id_a,entry_id_b,decision\n"
NEWS_FACTS = ("new_text_count", "new_pair_count")


@dataclass
class History:
    """A lake, and the dumps and decisions that it has at the moment."""

    lake: Lake
    dumps: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The rows of the table dumps, by the names of the dumps."""
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    decisions: list[tuple[str, str, str]] = field(default_factory=list)
    threshold: float = 0.5

    def add(self, name: str, entries: list[dict[str, Any]], **described: Any) -> None:
        """Add a dump, or change it."""
        self.dumps[name] = {**dump(name), "warning_count": 0, **described}
        self.entries[name] = entries

    def remove(self, name: str) -> None:
        """Remove a dump."""
        del self.dumps[name], self.entries[name]

    def build(self, rebuild: bool = False) -> StageResult:
        """Run the stage."""
        self.lake.decisions.parent.mkdir(exist_ok=True)
        lines = "".join(f"{one},{other},{decision}\n" for one, other, decision in self.decisions)
        self.lake.decisions.write_text(DECISIONS_HEADER + lines)
        settings = Settings(lake=self.lake.root, near_duplicate_jaccard=self.threshold)
        inputs = Stage(
            DUMPS.stage, "", (), (DUMPS, ENTRIES), 1, self._write, inputs=lambda _: [self.dumps, self.entries]
        )
        context = RunContext(self.lake, settings, lambda: None, rebuild=rebuild)
        with self.lake.lock("a test"):
            return run_stages(Pipeline((inputs, PAPERS_STAGE)), context)["papers"]

    def build_killed_before_commit(self) -> None:
        """Run the stage up to the commit of its manifest, as if it was killed there."""
        write = Lake.write_manifest

        def killed(lake: Lake, manifest: Manifest) -> None:
            if manifest.stage == PAPERS_STAGE.name:
                raise KeyboardInterrupt
            write(lake, manifest)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Lake, "write_manifest", killed)
            with contextlib.suppress(KeyboardInterrupt):
                self.build()

    def _write(self, run: StageRun) -> Facts:
        rows = []
        for name in sorted(self.dumps):
            frame = ENTRIES.frame(self.entries[name])
            content = hashlib.sha256(repr(self.entries[name]).encode()).hexdigest()
            if not run.keep(ENTRIES, dump_id(name), content):
                with run.partition(ENTRIES, dump_id(name), content) as writer:
                    for part in frame.iter_slices(2):  # several row groups
                        writer.add(part)
            rows.append({**self.dumps[name], "entry_count": frame.height})
        run.order(ENTRIES, [dump_id(name) for name in sorted(self.dumps)])
        run.write(DUMPS, DUMPS.frame(rows))
        return {}

    def copy_to(self, root: Path) -> History:
        """Return the same dumps and decisions in a new lake."""
        return History(Lake.open(root), self.dumps, self.entries, self.decisions, self.threshold)


def assert_as_from_nothing(history: History, result: StageResult, root: Path) -> None:
    """Compare the tables, their files and the facts with those of a run from nothing."""
    fresh = history.copy_to(root)
    expected = fresh.build()
    for table in PAPERS_STAGE.tables:
        polars.testing.assert_frame_equal(history.lake.read(table), fresh.lake.read(table))
        assert result.manifest.content(table.name) == expected.manifest.content(table.name), table.name
    facts = {name: value for name, value in expected.facts.items() if name not in NEWS_FACTS}
    assert {name: value for name, value in result.facts.items() if name not in NEWS_FACTS} == facts
    counts = {check.check_name: check.checked_row_count for check in expected.checks}
    assert {check.check_name: check.checked_row_count for check in result.checks} == counts


def random_entries(name: str, random: Random, count: int) -> list[dict[str, Any]]:
    """Entries of a dump: texts from a pool, often of one work, with or without identifiers and authors."""
    rows = []
    for number in range(1, count + 1):
        title, abstract = random.choice(TEXTS)
        if random.random() < 0.2:
            title = title.upper()  # the same entry_id, other letters
        if random.random() < 0.15:
            abstract = None
        authors = random.choice(
            [None, None, ["Ada Lovelace"], ["Ada Lovelace", "Alan Turing"], ["Emmy Noether"]]
        )
        rows.append(
            entry(
                title, abstract, dump=name, number=number, authors=authors,
                arxiv_id=random.choice([None, None, None, "2401.00001", "2401.00002"]),
                doi=random.choice([None, None, "10.1/x", "10.1/y", "10.48550/arxiv.2401.00001"]),
                identifiers=random.choice([None, None, ["openalex:W1"], ["dblp:conf/a/1", "issn:1234-5678"]]),
                upvote_count=random.choice([None, 0, 3]),
            )
        )  # fmt: skip
    return rows


def random_step(history: History, random: Random, names: str = "abcdefgh") -> str:
    """Change something of a lake; return what."""
    present = sorted(history.dumps)
    step = random.choice(["add", "add", "add", "remove", "change", "rename", "decide", "decide", "undecide"])
    if step == "add" or not present:
        name = random.choice(names)
        day = random.choice([None, date(2025, 1, random.randint(1, 9))])
        history.add(name, random_entries(name, random, random.randint(0, 6)), snapshot_date=day)
    elif step == "remove":
        history.remove(random.choice(present))
    elif step == "change":
        name = random.choice(present)
        history.entries[name] = random_entries(name, random, random.randint(0, 6))
    elif step == "rename":
        name = random.choice(present)
        day = random.choice([None, date(2025, 1, random.randint(1, 9))])
        history.dumps[name] = {**history.dumps[name], "path": f"{random.random()}", "snapshot_date": day}
    elif step == "decide":
        _decide(history, random)
    elif history.decisions:
        history.decisions.pop(random.randrange(len(history.decisions)))
    return step


def _decide(history: History, random: Random) -> None:
    """Decide about two entries, or about one that is in no dump."""
    ids = sorted({row["entry_id"] for rows in history.entries.values() for row in rows} | {"0" * 16})
    if len(ids) > 1:
        pair = random.sample(ids, 2)
        named = {end for one, other, _ in history.decisions for end in (one, other)}
        if named.isdisjoint(pair):  # so that no two decisions contradict each other
            history.decisions.append((*pair, random.choice(["same", "different"])))
