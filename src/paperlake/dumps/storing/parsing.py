"""Parse the dumps that are not known yet, and keep what is there already.

A dump is known by the fingerprint of what decides how it is read (`known_dumps.py`). Reading is the engine's
(`dump_tasks.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from paperlake.dumps.dump_rows import DumpSums
from paperlake.dumps.fields.mappings import read_mappings
from paperlake.dumps.identity import content_id
from paperlake.dumps.storing.dump_tasks import (
    TABLES,
    Dump,
    OwnDumps,
    ReadDumps,
    ReadingJob,
    SharedDumps,
    fingerprints,
    read_dumps,
)
from paperlake.dumps.storing.known_dumps import KnownDumps
from paperlake.lake.manifest import FileEntry
from paperlake.progress import Advance
from paperlake.settings import without_secrets
from paperlake.stages.run import StageRun
from paperlake.stages.stage import hash_json

ITEM_BYTES = 8 << 20  # of small dumps that are read as one item; a larger dump is an item
TASK_BYTES = 512 << 20  # a page is read whole, and 20,000 entries are in memory at a time


class Parsing:
    """Parses the dumps that are not known, and collects what the stage has to know of all."""

    def __init__(self, run: StageRun) -> None:
        self._run = run
        self._known = KnownDumps(run)
        mappings = read_mappings(run.lake.mappings)
        settings = without_secrets(run.settings)
        self._job = ReadingJob(run.lake.root, settings, mappings, mappings.fingerprint())
        self._code_version = run.stage.code_version(run.settings)
        self.done: list[DumpSums] = []
        self.read_count = self.read_bytes = self.unread_count = 0

    def dump(self, row: dict[str, Any]) -> Dump:
        """Return a dump of the inventory with its fingerprints."""
        decides = [self._code_version, row["path"], row["sha256"], row["refusal"]]
        mapped = hash_json([*decides, self._job.mappings_fingerprint])
        return Dump(content_id(row["sha256"]), row, hash_json(decides), mapped)

    def take_all(self, own: Sequence[Dump], shared: dict[str, list[Dump]], advance: Advance) -> None:
        """Parse what is not there already.

        Args:
            own: Dumps that have a partition each.
            shared: Dumps of each shared partition.
            advance: Called with the number of dumps done.
        """
        taken: list[OwnDumps | SharedDumps] = []

        def items() -> Iterator[OwnDumps | SharedDumps]:
            for item in self._items(own, shared, advance):
                taken.append(item)
                yield item

        compute = partial(read_dumps, job=self._job)
        results = self._run.engine.map(compute, items(), memory=TASK_BYTES, in_python=True)
        for number, result in enumerate(results):
            self._add(result)
            advance(len(taken[number].dumps))

    def _add(self, result: ReadDumps) -> None:
        for files in result.files:
            for table, entry in zip(TABLES, files, strict=True):
                self._run.take(table, entry)
        self.done += result.done
        self.read_count += result.read_count
        self.read_bytes += result.read_bytes
        self.unread_count += result.unread_count

    def _items(
        self, own: Sequence[Dump], shared: dict[str, list[Dump]], advance: Advance
    ) -> Iterator[OwnDumps | SharedDumps]:
        """Yield what is not there already."""
        waiting: list[Dump] = []
        for dump in own:
            if self._keep_own(dump):
                advance(1)
                continue
            waiting.append(dump)
            if sum(one.row["byte_size"] for one in waiting) >= ITEM_BYTES:
                yield OwnDumps(tuple(waiting))
                waiting = []
        if waiting:
            yield OwnDumps(tuple(waiting))
        for partition, dumps in sorted(shared.items()):
            item = self._shared_item(partition, dumps)
            advance(len(dumps) - (len(item.dumps) if item else 0))
            if item:
                yield item

    def _shared_item(self, partition: str, dumps: Sequence[Dump]) -> SharedDumps | None:
        """Return dumps that share a partition, unless it is there already, and what is known of them."""
        rest = [dump for dump in sorted(dumps, key=lambda one: one.dump_id) if not self._keep_own(dump)]
        possible = fingerprints(rest, self._job.mappings_fingerprint)
        if not rest or any(self._keep_shared(partition, one) for one in possible):
            return None
        found = self._known.may_be_in(partition)
        known = {
            dump.dump_id: found[dump.dump_id]
            for dump in rest
            if dump.dump_id in found and found[dump.dump_id][0] in (dump.plain, dump.mapped)
        }
        files = tuple(self._known.overlapping(partition)) if known else ()
        return SharedDumps(tuple(rest), partition, known, files)

    # What is there already

    def _keep_own(self, dump: Dump) -> bool:
        """Keep the partition that a dump has alone, if it is there."""
        for built_from in (dump.plain, dump.mapped):
            kept = self._keep(dump.dump_id, built_from)
            if kept is not None:
                row = self._known.row_of(kept, dump.dump_id)
                if row is not None:
                    self.done.append(DumpSums(row))
                    return True
                self._drop(dump.dump_id)
        return False

    def _keep_shared(self, partition: str, built_from: str) -> bool:
        """Keep a shared partition, if it is there and has the same dumps."""
        kept = self._keep(partition, built_from)
        if kept is None:
            return False
        dumps = self._known.rows_in(kept)
        if not dumps:
            self._drop(partition)
        self.done += [DumpSums(row) for _built_from, row in dumps]
        return bool(dumps)

    def _keep(self, partition: str, built_from: str) -> FileEntry | None:
        """Keep a partition of both tables; return its file of entries, or None if one is not there."""
        kept = [self._run.keep(table, partition, built_from) for table in TABLES]
        if all(kept):
            return kept[0]
        if any(kept):
            self._drop(partition)
        return None

    def _drop(self, partition: str) -> None:
        for table in TABLES:
            self._run.drop(table, partition)
