"""The dumps that were read before: what the last commit, and the footers of its files, say of them.

The footer of a file of entries has the row of `dumps` of each dump in it, and the fingerprint of how it was
read; so what an interrupted run finished and never committed is known, too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES, REJECTS
from paperlake.dumps.dump_rows import PartRows
from paperlake.dumps.storing.partitions import is_shared, overlaps
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.manifest import FileEntry, has_size
from paperlake.stages.partition_file import read_footer
from paperlake.stages.run import StageRun

FingerprintedRow = tuple[str, dict[str, Any]]
"""The fingerprint of how a dump was read, and its row of `dumps`."""


class KnownDumps:
    """The dumps of the last commit of parsed_entries."""

    def __init__(self, run: StageRun) -> None:
        self._run = run

    def row_of(self, entries: FileEntry, dump_id: str) -> dict[str, Any] | None:
        """Return the row of `dumps` of a dump whose own file of entries this is; None if it is not known."""
        committed = self._committed.get(entries.partition)
        known = self._rows.get(dump_id) if committed and committed[0] == entries else None
        found = [] if known else self.rows_in(entries)
        return found[0][1] if found else known

    def rows_in(self, entries: FileEntry) -> list[FingerprintedRow]:
        """Return what the footer of a file of entries says; nothing if it has no such footer."""
        return _read_rows(self._run.lake.root / entries.path)

    def may_be_in(self, partition: str) -> dict[str, FingerprintedRow]:
        """Return the dumps of the last commit that may be in a shared partition now, by dump_id."""
        found = [self.rows_in(entries) for entries, _rejects in self.overlapping(partition)]
        return {known[1]["dump_id"]: known for rows in found for known in rows}

    def overlapping(self, partition: str) -> list[tuple[FileEntry, FileEntry]]:
        """Return the files of the last commit that may have dumps of a shared partition."""
        return [
            files for name, files in self._committed.items() if is_shared(name) and overlaps(name, partition)
        ]

    @cached_property
    def _committed(self) -> dict[str, tuple[FileEntry, FileEntry]]:
        """The files of entries and rejects of the last commit that are there, by partition."""
        previous = self._run.previous
        entries, rejects = (
            {
                one.partition: one
                for one in (previous.outputs.get(table.name, ()) if previous else ())
                if has_size(self._run.lake.root / one.path, one.byte_size)
            }
            for table in (ENTRIES, REJECTS)
        )
        return {name: (one, rejects[name]) for name, one in entries.items() if name in rejects}

    @cached_property
    def _rows(self) -> dict[str, dict[str, Any]]:
        """The rows of dumps of the last commit, by dump_id; footers have them, too."""
        if not (self._run.previous and DUMPS.name in self._run.previous.outputs):
            return {}
        try:
            return {str(row["dump_id"]): row for row in self._run.lake.read(DUMPS).iter_rows(named=True)}
        except LakeError:
            return {}


def frames_of(lake: Lake, files: Sequence[tuple[FileEntry, FileEntry]], dump_ids: set[str]) -> list[PartRows]:
    """Return the entries and rejects of some dumps in files of the last commit.

    Raises:
        DamagedFileError: A file of the last commit is damaged.
    """
    frames = []
    for pair in files if dump_ids else ():
        read = [lake.read_entry(entry) for entry in pair]
        first, second = (rows.filter(pl.col("dump_id").is_in(list(dump_ids))) for rows in read)
        frames.append((first, second))
    return frames


def footer(built_from: str, rows: Sequence[FingerprintedRow]) -> dict[str, str]:
    """Return the texts of the footer of a file of entries, for `KnownDumps`."""
    return {"built_from": built_from, "dumps": json.dumps(rows, default=date.isoformat)}


def _read_rows(entries: Path) -> list[FingerprintedRow]:
    try:
        dumps = json.loads((read_footer(entries) or {})["dumps"])
        return [(str(built_from), _with_dates(row)) for built_from, row in dumps]
    except (KeyError, TypeError, ValueError):
        return []


def _with_dates(row: dict[str, Any]) -> dict[str, Any]:
    days = {name: row[name] and date.fromisoformat(row[name]) for name in ("snapshot_date", "listed_date")}
    return {**row, **days}
