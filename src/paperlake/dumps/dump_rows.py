"""One dump from its bytes to the rows of dumps, entries and rejects: detected, read, numbered, checked.

Rows that break the rules of `entries` become rejects here. Nothing is written: that is `parse.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
from pandera.errors import SchemaErrors

from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.catalogue.table import Table
from paperlake.dumps.formats import detect, why_unknown
from paperlake.dumps.identity import content_id, entry_ids
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.reading import DumpError, DumpTooLargeError, Reading
from paperlake.settings import Settings

Rows = tuple[pl.DataFrame, pl.DataFrame]
"""Entries and rejects, with all columns of their tables."""

SHOWN_LINES = 5  # lines that nothing accounts for, named in a failing check
REJECT_TEXT_CHARS = 500  # of a whole entry that breaks a rule: enough to find it


@dataclass
class DumpSums:
    """One dump and what has been counted of it so far."""

    row: dict[str, Any]
    """Its row of `dumps`."""
    lost_lines: list[str] = field(default_factory=list)
    """Lines that nothing accounts for: a mistake of the reader."""
    wrong_counts: list[str] = field(default_factory=list)
    """Numbers that do not add up: a mistake of the reader."""
    bad_rejects: list[str] = field(default_factory=list)
    """Rejects that break the rules of their table: a mistake of the reader."""
    last_number: int = 0

    def add(self, rows: Rows) -> None:
        """Count rows that are about to be written."""
        entries, rejects = rows
        self.row["entry_count"] += entries.height
        self.row["reject_count"] += rejects.height
        numbers = entries.get_column("entry_number")
        if numbers.len():
            steps = pl.concat([pl.Series([self.last_number], dtype=pl.Int64), numbers]).diff().drop_nulls()
            if (steps <= 0).any():
                self.wrong_counts.append(f"{self.row['path']}: entry numbers do not grow")
            self.last_number = int(numbers[-1])

    @property
    def is_wrong(self) -> bool:
        """Whether the reader made a mistake, so that nothing may be written."""
        return bool(self.lost_lines or self.wrong_counts or self.bad_rejects)


@dataclass
class OpenedRows:
    """A dump that was recognised: its sums, and its rows still to come."""

    sums: DumpSums
    rows: Iterator[Rows]


def dump_row(path: str, sha256: str, byte_size: int) -> dict[str, Any]:
    """The row of `dumps` of a dump of which nothing is known yet but the file."""
    unknown = dict.fromkeys(("format", "layout", "line_count", "snapshot_date", "listed_date"))
    known = {"dump_id": content_id(sha256), "path": path, "sha256": sha256, "byte_size": byte_size}
    return {**known, **unknown, "entry_count": 0, "reject_count": 0}


def read_dump(dump: DumpFile, row: dict[str, Any], settings: Settings) -> OpenedRows:
    """Detect the format of a dump and begin to read it.

    Args:
        dump: The opened dump.
        row: Its `dump_row`; filled in here.
        settings: The bounds.

    Returns:
        The sums, to which the caller adds the rows that it takes, and the rows, not yet checked.

    Raises:
        DumpError: The dump cannot be read; also while rows are taken, and then none of them counts.
    """
    head = dump.head()
    reader = detect(head, dump.path)
    if reader is None:
        raise DumpError(why_unknown(head))
    row["format"] = reader.format
    try:
        reading = reader.read(dump, settings)
    except DumpError as error:
        error.format = reader.format
        raise
    row.update(
        layout=reading.layout,
        line_count=reading.line_count,
        snapshot_date=reading.snapshot_date,
        listed_date=reading.listed_date,
    )
    sums = DumpSums(row)
    if reading.uncovered_lines:
        shown = ", ".join(str(line) for line in reading.uncovered_lines[:SHOWN_LINES])
        sums.lost_lines = [f"{dump.path}: line {line}" for line in reading.uncovered_lines]
        sums.wrong_counts = [f"{dump.path}: nothing accounts for lines {shown}"]
    return OpenedRows(sums, _rows_with_ids(reading, reader.format, str(row["dump_id"]), settings))


def _rows_with_ids(reading: Reading, format_name: str, dump_id: str, settings: Settings) -> Iterator[Rows]:
    """The parts of a reading as rows of their tables."""
    count = shown = 0
    try:
        for part in reading.parts:
            count += part.entries.height
            shown += part.entries.height + part.rejects.height
            if count > settings.max_dump_entries:
                raise DumpTooLargeError(
                    f"The dump holds more than {settings.max_dump_entries:,} entries (max_dump_entries)."
                )
            ids = entry_ids(part.entries.get_column("title"), part.entries.get_column("abstract"))
            entries = part.entries.with_columns(
                pl.Series("entry_id", ids, dtype=pl.String), pl.lit(dump_id).alias("dump_id")
            )
            rejects = part.rejects.with_columns(pl.lit(dump_id).alias("dump_id"))
            yield entries.select(*ENTRIES.dtypes), rejects.select(*REJECTS.dtypes)
    except DumpError as error:
        error.format = format_name
        raise
    if not shown:
        nothing = DumpError("The dump holds no paper.")
        nothing.format = format_name
        raise nothing


def whole_reject(row: dict[str, Any], error: DumpError) -> tuple[DumpSums, Rows]:
    """The sums and the only reject of a dump that could not be read."""
    empty = dump_row(row["path"], row["sha256"], row["byte_size"])
    reject = REJECTS.frame([{"dump_id": row["dump_id"], "reason": str(error)}])
    return DumpSums({**empty, "format": error.format}), (ENTRIES.empty(), reject)


def check_rows(sums: DumpSums, rows: Rows) -> Rows:
    """Rows that keep the rules of their tables.

    Entries that break one become rejects with the rule as reason; rejects that break one are noted in `sums`.
    """
    entries, rejects = rows
    sums.bad_rejects += broken_rules(REJECTS, rejects).values()
    broken = broken_rules(ENTRIES, entries)
    if broken:
        bad = entries.with_row_index("row").filter(pl.col("row").is_in(list(broken)))
        moved = REJECTS.frame([
            {
                **{name: entry[name] for name in ("dump_id", "entry_number", "line_start", "line_end")},
                "reason": broken[entry["row"]],
                "text": f"{entry['title']}\n{entry['abstract'] or ''}".strip()[:REJECT_TEXT_CHARS] or None,
            }
            for entry in bad.iter_rows(named=True)
        ])  # fmt: skip
        kept = entries.with_row_index("row").filter(~pl.col("row").is_in(list(broken))).drop("row")
        entries, rejects = kept, pl.concat([rejects, moved])
    return entries, rejects


def broken_rules(table: Table, frame: pl.DataFrame) -> dict[int, str]:
    """Row numbers that break a rule of `table`, with the first rule that each breaks."""
    if not frame.height:
        return {}
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        broken: dict[int, str] = {}
        for case in pl.DataFrame(error.failure_cases).iter_rows(named=True):
            if case["index"] is None:
                raise
            found = str(case["failure_case"])[:80]
            reason = f"The entry's {case['column']} is {found!r}, which breaks the rule {case['check']}."
            broken.setdefault(int(case["index"]), reason)
        return broken
    return {}
