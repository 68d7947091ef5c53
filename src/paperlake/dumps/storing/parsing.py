"""Parse dumps and write the partitions of their entries and rejects; keep what is there already.

A dump is known by the fingerprint of what decides how it is read (`known_dumps.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

import polars as pl
import pyarrow as pa

from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.dumps.dump_rows import (
    DumpSums,
    OpenedRows,
    PartRows,
    broken_rules,
    check_rows,
    dump_row,
    read_dump,
    whole_reject,
)
from paperlake.dumps.fields.mappings import read_mappings
from paperlake.dumps.formats import MAPPED_FORMATS
from paperlake.dumps.identity import content_id
from paperlake.dumps.opening import DumpFile, refusal_error
from paperlake.dumps.reading import PART_ROWS, DumpError, PassingDumpError
from paperlake.dumps.storing.known_dumps import KnownDumps, footer
from paperlake.dumps.storing.partitions import MAX_SHARED_ROWS
from paperlake.lake.files import to_arrow
from paperlake.lake.manifest import FileEntry
from paperlake.stages.run import StageRun
from paperlake.stages.stage import hash_json

NOT_READ_YET = "not read yet"  # no fingerprint is equal to it: such a dump is read again
TABLES = (ENTRIES, REJECTS)


@dataclass(frozen=True)
class Dump:
    """One content of the inventory, and the fingerprints of how it would be read now."""

    dump_id: str
    row: dict[str, Any]
    """Of the inventory."""
    plain: str
    """Of a dump in a format that no mapping changes."""
    mapped: str
    """Of a dump in a format for which there are mappings."""


@dataclass
class _Reading:
    """One dump as it was read, or is known."""

    built_from: str
    sums: DumpSums
    rows: PartRows | None = None
    """None for a dump whose rows are in a file of the last commit."""


class Parsing:
    """Parses dumps one after the other and writes their partitions.

    Dumps of one part are held back and checked together: Pandera costs 17 ms per call, whatever the rows.
    """

    def __init__(self, run: StageRun) -> None:
        self._run = run
        self._known = KnownDumps(run)
        self._mappings = read_mappings(run.lake.mappings)
        self._mappings_fingerprint = self._mappings.fingerprint()
        self._code_version = run.stage.code_version(run.settings)
        self._held: list[tuple[str, DumpSums, PartRows]] = []
        self._held_rows = 0
        self.done: list[DumpSums] = []
        self.read_count = self.read_bytes = self.unread_count = 0

    def dump(self, row: dict[str, Any]) -> Dump:
        """Return a dump of the inventory with its fingerprints."""
        decides = [self._code_version, row["path"], row["sha256"], row["refusal"]]
        mapped = hash_json([*decides, self._mappings_fingerprint])
        return Dump(content_id(row["sha256"]), row, hash_json(decides), mapped)

    def take(self, dump: Dump) -> None:
        """Parse a dump that has its own partition, unless that is there already."""
        if self._keep_own(dump):
            return
        try:
            built_from, opened = self._open(dump)
            self._hold_or_write(built_from, opened)
        except DumpError as error:
            self._write(*self._rejected(dump, error))

    def take_shared(self, partition: str, dumps: Sequence[Dump]) -> None:
        """Parse dumps that share a partition, unless it is there already, and keep what is known of them."""
        shared = [dump for dump in sorted(dumps, key=lambda one: one.dump_id) if not self._keep_own(dump)]
        if not shared or any(self._keep_shared(partition, one) for one in self._fingerprints(shared)):
            return
        known = self._known.may_be_in(partition)
        readings: list[_Reading] = []
        for dump in shared:
            built_from, row = known.get(dump.dump_id, (None, {}))
            if built_from in (dump.plain, dump.mapped):
                readings.append(_Reading(built_from, DumpSums(row)))
            else:
                readings += [_Reading(*read) for read in self._read_small(dump)]
        if readings:
            self._write_shared(partition, self._shared_fingerprint(shared, readings), readings)

    def _shared_fingerprint(self, dumps: Sequence[Dump], readings: Sequence[_Reading]) -> str:
        """Return what a shared partition is built from, for `_keep_shared`."""
        if any(one.built_from == NOT_READ_YET for one in readings):
            return NOT_READ_YET
        ids, used = _ids(readings), {one.built_from for one in readings}
        plain, mapped = self._fingerprints([dump for dump in dumps if dump.dump_id in ids])
        return plain if used <= {dump.plain for dump in dumps} else mapped

    def _fingerprints(self, dumps: Sequence[Dump]) -> tuple[str, str]:
        """Return the fingerprints of a shared partition: if mappings change no dump in it, if they do."""
        plain = hash_json([[dump.dump_id, dump.plain] for dump in dumps])
        return plain, hash_json([plain, self._mappings_fingerprint])

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

    # Reading

    def _open(self, dump: Dump) -> tuple[str, OpenedRows]:
        """Begin to read a dump; return its fingerprint and its rows.

        Raises:
            DumpError: It cannot be read.
        """
        self.read_count += 1
        self.read_bytes += dump.row["byte_size"]
        settings, path = self._run.settings, dump.row["path"]
        if dump.row["refusal"] is not None:
            raise refusal_error(dump.row["refusal"], dump.row["byte_size"], settings)
        expected = (dump.row["byte_size"], dump.row["modified_ns"])
        file = DumpFile(self._run.lake.raw / path, path, settings, expected, self._mappings)
        row = dump_row(path, dump.row["sha256"], dump.row["byte_size"])
        opened = read_dump(file, row, settings)
        return dump.mapped if row["format"] in MAPPED_FORMATS else dump.plain, opened

    def _rejected(self, dump: Dump, error: DumpError) -> tuple[str, DumpSums, PartRows]:
        built_from = dump.mapped if error.format in MAPPED_FORMATS else dump.plain
        if isinstance(error, PassingDumpError):
            self.unread_count += 1
            built_from = NOT_READ_YET
        row = dump_row(dump.row["path"], dump.row["sha256"], dump.row["byte_size"])
        return built_from, *whole_reject(row, error)

    def _read_small(self, dump: Dump) -> list[tuple[str, DumpSums, PartRows]]:
        """Read a small dump; none if it has so many rows that it was written to its own partition."""
        try:
            built_from, opened = self._open(dump)
            parts: list[PartRows] = []
            for rows in opened.rows:
                parts.append(rows)
                if sum(frame.height for part in parts for frame in part) > MAX_SHARED_ROWS:
                    self._write_parts(built_from, opened.sums, chain(parts, opened.rows))
                    return []
        except DumpError as error:
            return [self._rejected(dump, error)]
        entries, rejects = (pl.concat(frames) for frames in zip(*parts, strict=True))
        return [(built_from, opened.sums, (entries, rejects))]

    def _hold_or_write(self, built_from: str, opened: OpenedRows) -> None:
        """Hold back a dump of one part; write a larger one part by part."""
        first = next(opened.rows)
        second = next(opened.rows, None)
        if second is not None:
            self._write_parts(built_from, opened.sums, chain((first, second), opened.rows))
            return
        self._held.append((built_from, opened.sums, first))
        self._held_rows += sum(frame.height for frame in first)
        if self._held_rows > PART_ROWS:
            self.flush()

    # Writing

    def _write_parts(self, built_from: str, sums: DumpSums, parts: Iterator[PartRows]) -> None:
        """Write a dump to its own partition, part by part."""
        with _discarding(), self._own_writers(built_from, sums) as add:
            for rows in parts:
                checked = check_rows(sums, rows)
                sums.add(checked)
                add(checked)
            if sums.is_wrong:
                raise _DiscardError
        self.done.append(sums)

    def flush(self) -> None:
        """Check and write the dumps that were held back."""
        held, self._held, self._held_rows = self._held, [], 0
        if not held:
            return
        together = [pl.concat([rows[place] for _, _, rows in held]) for place in (0, 1)]
        if any(broken_rules(table, together[place]) for place, table in enumerate(TABLES)):
            for built_from, sums, rows in held:
                self._write(built_from, sums, check_rows(sums, rows))
            return
        arrow = [to_arrow(frame) for frame in together]
        starts = [0, 0]
        for built_from, sums, rows in held:
            parts = [
                table.slice(start, rows[place].height)
                for place, (table, start) in enumerate(zip(arrow, starts, strict=True))
            ]
            starts = [start + frame.height for start, frame in zip(starts, rows, strict=True)]
            self._write(built_from, sums, rows, parts)

    def _write(
        self, built_from: str, sums: DumpSums, rows: PartRows, arrow: Sequence[pa.Table] | None = None
    ) -> None:
        """Write a dump to its own partition; `arrow` has the same rows if they were converted before."""
        sums.add(rows)
        if not sums.is_wrong:
            with self._own_writers(built_from, sums) as add:
                add(arrow or rows)
        self.done.append(sums)

    def _write_shared(self, partition: str, built_from: str, readings: list[_Reading]) -> None:
        """Check what was read, and write it with what is known, in the order of the ids of the dumps."""
        fresh = [one for one in readings if one.rows is not None]
        frames = self._known.frames(partition, _ids(readings) - _ids(fresh))
        frames += _checked_together(fresh)
        self.done += [one.sums for one in readings]
        if any(one.sums.is_wrong for one in readings):
            return
        rows = [
            pl.concat([part[place] for part in frames]).sort("dump_id", maintain_order=True)
            for place in (0, 1)
        ]
        with self._writers(partition, built_from, readings) as add:
            add(rows)

    def _own_writers(self, built_from: str, sums: DumpSums) -> Any:  # noqa: ANN401  # a context manager
        return self._writers(str(sums.row["dump_id"]), built_from, [_Reading(built_from, sums)])

    @contextmanager
    def _writers(
        self, partition: str, built_from: str, readings: Sequence[_Reading]
    ) -> Iterator[Callable[[Sequence[Any]], None]]:
        """Write a partition of both tables; footers state the fingerprints and the rows of dumps."""
        with (
            self._run.partition(ENTRIES, partition, built_from) as entries,
            self._run.partition(REJECTS, partition, built_from) as rejects,
        ):

            def add(rows: Sequence[Any]) -> None:
                entries.add(rows[0])
                rejects.add(rows[1])

            yield add
            entries.annotate(footer(built_from, [(one.built_from, one.sums.row) for one in readings]))
            rejects.annotate({"built_from": built_from})


def _checked_together(readings: Sequence[_Reading]) -> list[PartRows]:
    """Return the rows of dumps that obey the rules of their tables, and add them to the sums."""
    rows = [one.rows for one in readings if one.rows is not None]
    if rows and any(
        broken_rules(table, pl.concat([part[place] for part in rows])) for place, table in enumerate(TABLES)
    ):
        rows = [check_rows(one.sums, part) for one, part in zip(readings, rows, strict=True)]
    for one, part in zip(readings, rows, strict=True):
        one.sums.add(part)
    return rows


def _ids(readings: Sequence[_Reading]) -> set[str]:
    return {str(one.sums.row["dump_id"]) for one in readings}


class _DiscardError(Exception):
    """Leaves the context of half-written partitions, so that they are discarded."""


@contextmanager
def _discarding() -> Iterator[None]:
    """Discard half-written partitions: the stage fails by its checks, and the last commit stays."""
    with suppress(_DiscardError):
        yield
