"""Read dumps and write the partitions of their entries and rejects: what an engine computes for one item.

Everything is done where the item is computed: rows never leave it, and the files are in the lake's folder.
The process that runs the stage gets the entries of the files, and the sums of the dumps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
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
from paperlake.dumps.fields.mappings import MAPPED_FORMATS, Mappings
from paperlake.dumps.opening import DumpFile, refusal_error
from paperlake.dumps.reading import PART_ROWS, DumpError, PassingDumpError
from paperlake.dumps.storing.known_dumps import FingerprintedRow, footer, frames_of
from paperlake.dumps.storing.partitions import MAX_SHARED_ROWS
from paperlake.lake import Lake
from paperlake.lake.files import to_arrow
from paperlake.lake.manifest import FileEntry
from paperlake.settings import Settings
from paperlake.stages.output_files import writing_partition
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


@dataclass(frozen=True)
class ReadingJob:
    """What all items of a run share."""

    root: Path
    """Of the lake."""
    settings: Settings
    mappings: Mappings
    mappings_fingerprint: list[str]


@dataclass(frozen=True)
class OwnDumps:
    """Dumps that are each written to a partition of their own."""

    dumps: tuple[Dump, ...]


@dataclass(frozen=True)
class SharedDumps:
    """Dumps that share a partition."""

    dumps: tuple[Dump, ...]
    """In the order of their ids."""
    partition: str
    known: Mapping[str, FingerprintedRow]
    """Those whose rows are in the files."""
    files: tuple[tuple[FileEntry, FileEntry], ...]
    """Of the last commit."""


@dataclass
class ReadDumps:
    """The result of an item."""

    done: list[DumpSums] = field(default_factory=list)
    files: list[tuple[FileEntry, FileEntry]] = field(default_factory=list)
    """Of entries and of rejects."""
    read_count: int = 0
    read_bytes: int = 0
    unread_count: int = 0


@dataclass
class _Reading:
    """One dump as it was read, or is known."""

    built_from: str
    sums: DumpSums
    rows: PartRows | None = None
    """None for a dump whose rows are in a file of the last commit."""


def read_dumps(item: OwnDumps | SharedDumps, job: ReadingJob) -> ReadDumps:
    """Read dumps and write their partitions."""
    task = _Task(job)
    if isinstance(item, SharedDumps):
        task.read_shared(item)
    else:
        task.read_own(item)
    return task.result


def fingerprints(dumps: Sequence[Dump], mappings_fingerprint: list[str]) -> tuple[str, str]:
    """Return the fingerprints of a shared partition: if mappings change no dump in it, if they do."""
    plain = hash_json([[dump.dump_id, dump.plain] for dump in dumps])
    return plain, hash_json([plain, mappings_fingerprint])


class _Task:
    """Reads the dumps of one item.

    Dumps of one part are held back and checked together: Pandera costs 17 ms per call, whatever the rows.
    """

    def __init__(self, job: ReadingJob) -> None:
        self._job = job
        self._lake = Lake(job.root)
        self._held: list[tuple[str, DumpSums, PartRows]] = []
        self._held_rows = 0
        self.result = ReadDumps()

    def read_own(self, item: OwnDumps) -> None:
        """Read dumps that each have a partition."""
        for dump in item.dumps:
            try:
                built_from, opened = self._open(dump)
                self._hold_or_write(built_from, opened)
            except DumpError as error:
                self._write(*self._rejected(dump, error))
        self._flush()

    def read_shared(self, item: SharedDumps) -> None:
        """Read the dumps that are not known, and write the partition that they share with the others."""
        readings: list[_Reading] = []
        for dump in item.dumps:
            if dump.dump_id in item.known:
                built_from, row = item.known[dump.dump_id]
                readings.append(_Reading(built_from, DumpSums(row)))
            else:
                readings += [_Reading(*read) for read in self._read_small(dump)]
        if readings:
            built_from = self._shared_fingerprint(item.dumps, readings)
            self._write_shared(item.partition, built_from, readings, item.files)

    def _shared_fingerprint(self, dumps: Sequence[Dump], readings: Sequence[_Reading]) -> str:
        """Return what a shared partition is built from."""
        if any(one.built_from == NOT_READ_YET for one in readings):
            return NOT_READ_YET
        ids, used = _ids(readings), {one.built_from for one in readings}
        read = [dump for dump in dumps if dump.dump_id in ids]
        plain, mapped = fingerprints(read, self._job.mappings_fingerprint)
        return plain if used <= {dump.plain for dump in dumps} else mapped

    def _open(self, dump: Dump) -> tuple[str, OpenedRows]:
        """Begin to read a dump; return its fingerprint and its rows.

        Raises:
            DumpError: It cannot be read.
        """
        self.result.read_count += 1
        self.result.read_bytes += dump.row["byte_size"]
        settings, path = self._job.settings, dump.row["path"]
        if dump.row["refusal"] is not None:
            raise refusal_error(dump.row["refusal"], dump.row["byte_size"], settings)
        expected = (dump.row["byte_size"], dump.row["modified_ns"])
        file = DumpFile(self._lake.raw / path, path, settings, expected, self._job.mappings)
        row = dump_row(path, dump.row["sha256"], dump.row["byte_size"])
        opened = read_dump(file, row, settings)
        return dump.mapped if row["format"] in MAPPED_FORMATS else dump.plain, opened

    def _rejected(self, dump: Dump, error: DumpError) -> tuple[str, DumpSums, PartRows]:
        built_from = dump.mapped if error.format in MAPPED_FORMATS else dump.plain
        if isinstance(error, PassingDumpError):
            self.result.unread_count += 1
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
            self._flush()

    def _write_parts(self, built_from: str, sums: DumpSums, parts: Iterator[PartRows]) -> None:
        """Write a dump to its own partition, part by part."""
        with _discarding(), self._own_writers(built_from, sums) as add:
            for rows in parts:
                checked = check_rows(sums, rows)
                sums.add(checked)
                add(checked)
            if sums.is_wrong:
                raise _DiscardError
        self.result.done.append(sums)

    def _flush(self) -> None:
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
        self.result.done.append(sums)

    def _write_shared(
        self,
        partition: str,
        built_from: str,
        readings: list[_Reading],
        files: Sequence[tuple[FileEntry, FileEntry]],
    ) -> None:
        """Check what was read, and write it with what is known, in the order of the ids of the dumps."""
        fresh = [one for one in readings if one.rows is not None]
        frames = frames_of(self._lake, files, _ids(readings) - _ids(fresh))
        frames += _checked_together(fresh)
        self.result.done += [one.sums for one in readings]
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
            writing_partition(self._lake, ENTRIES, partition, built_from) as entries,
            writing_partition(self._lake, REJECTS, partition, built_from) as rejects,
        ):

            def add(rows: Sequence[Any]) -> None:
                entries.add(rows[0])
                rejects.add(rows[1])

            yield add
            entries.annotate(footer(built_from, [(one.built_from, one.sums.row) for one in readings]))
            rejects.annotate({"built_from": built_from})
        assert entries.entry is not None  # noqa: S101  # the context ended without an error
        assert rejects.entry is not None  # noqa: S101
        self.result.files.append((entries.entry, rejects.entry))


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
