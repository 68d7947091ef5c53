"""One dump from its bytes to the rows of dumps, entries and rejects: detected, read, given ids, checked.

Rows that break the rules of `entries` become rejects here. Files are written by `stage.py` and `storing.py`.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.catalogue.failure_cases import failure_cases
from paperlake.catalogue.table import Table
from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.identity import content_id, entry_ids
from paperlake.dumps.opening import DumpFile
from paperlake.dumps.reading import (
    ENTRY_COLUMNS,
    REJECT_COLUMNS,
    DumpError,
    DumpTooLargeError,
    ParsedDump,
    ParsedPart,
    ReaderFailedError,
)
from paperlake.errors import LakeError, PaperlakeError
from paperlake.settings import Settings
from paperlake.text.display import plural, reject_text

PartRows = tuple[pl.DataFrame, pl.DataFrame]
"""Entries and rejects of one part of a dump, with all columns of their tables."""

MAX_WARNING_KINDS = 20  # kinds of warnings that are written to a row of dumps; all are counted
MAX_SHOWN_ERROR_CHARS = 500  # of the message of an exception, in the reason of a reject
MAX_SHOWN_LINES = 5  # lines that nothing accounts for, named in a failing check
_ENTRY_NAMES, _REJECT_NAMES = list(ENTRIES.dtypes), list(REJECTS.dtypes)

_log = logging.getLogger(__name__)


@dataclass
class DumpSums:
    """The row of `dumps` of one dump, and the counts and mistakes so far."""

    row: dict[str, Any]
    """Columns and values of `dumps`."""
    lost_lines: list[str] = field(default_factory=list)
    """Lines that nothing accounts for: a mistake of the reader."""
    wrong_counts: list[str] = field(default_factory=list)
    """Numbers that do not add up: a mistake of the reader."""
    bad_rejects: list[str] = field(default_factory=list)
    """Rejects that break the rules of their table: a mistake of the reader."""
    last_number: int = 0

    def add(self, rows: PartRows) -> None:
        """Add the counts of rows that are about to be written."""
        entries, rejects = rows
        self.row["entry_count"] += entries.height
        self.row["reject_count"] += rejects.height
        numbers = [self.last_number, *entries.get_column("entry_number").to_list()]
        if any(number <= before for before, number in pairwise(numbers)):
            self.wrong_counts.append(f"{self.row['path']}: entry numbers do not grow")
        self.last_number = numbers[-1]

    @property
    def is_wrong(self) -> bool:
        """Return whether the reader made a mistake, so that nothing may be written."""
        return bool(self.lost_lines or self.wrong_counts or self.bad_rejects)


@dataclass
class OpenedRows:
    """A dump whose format was recognised: its sums, and the iterator of its rows."""

    sums: DumpSums
    rows: Iterator[PartRows]


def dump_row(path: str, sha256: str, byte_size: int) -> dict[str, Any]:
    """Return the row of `dumps` of a file that has not been read."""
    unknown = dict.fromkeys(("format", "layout", "line_count", "snapshot_date", "listed_date"))
    known = {"dump_id": content_id(sha256), "path": path, "sha256": sha256, "byte_size": byte_size}
    counts = {"entry_count": 0, "reject_count": 0, "warning_count": 0}
    return {**known, **unknown, **counts, "warnings": None}


def read_dump(dump: DumpFile, row: dict[str, Any], settings: Settings) -> OpenedRows:
    """Detect the format of a dump and begin to read it.

    Args:
        dump: The opened dump.
        row: Its `dump_row`; filled in here.
        settings: The limits.

    Returns:
        The sums, to which the caller adds the rows that it keeps, and the rows, not yet checked.

    Raises:
        DumpError: The dump cannot be read. The iterator of the rows raises it too; rows that it returned
            before are then invalid.
    """
    # All readers take 0.1 s to load, and a run with no new dump needs none.
    from paperlake.dumps.formats import detect, unknown_format_error  # noqa: PLC0415

    head = dump.head()
    with _reader_failures(dump.path, None):
        reader = detect(head, dump.path, dump.mappings)
    if reader is None:
        raise unknown_format_error(head)
    row["format"] = reader.format
    with _reader_failures(dump.path, reader.format):
        parsed = reader.read(dump, settings)
    row.update(
        format=reader.format if parsed.is_recognised else None,
        layout=parsed.layout,
        line_count=parsed.line_count,
        snapshot_date=parsed.snapshot_date,
        listed_date=parsed.listed_date,
    )
    sums = DumpSums(row)
    if parsed.uncovered_lines:
        shown = ", ".join(str(line) for line in parsed.uncovered_lines[:MAX_SHOWN_LINES])
        lines = "line" if len(parsed.uncovered_lines) == 1 else "lines"
        sums.lost_lines = [f"{dump.path}: line {line}" for line in parsed.uncovered_lines]
        sums.wrong_counts = [f"{dump.path}: nothing accounts for {lines} {shown}"]
    return OpenedRows(sums, _rows_with_ids(parsed, sums, settings))


@contextmanager
def _reader_failures(path: str, dump_format: DumpFormat | None) -> Iterator[None]:
    """Turn what a reader raises and should not into the error of its dump; the log gets the traceback.

    Raises:
        DumpError: With the format of the dump.
        PaperlakeError, MemoryError: As they are: they are of the whole run.
    """
    try:
        yield
    except DumpError as error:
        error.format = dump_format
        raise
    except (PaperlakeError, MemoryError):
        raise
    except (Exception, pl.exceptions.PanicException) as error:
        _log.exception("%s could not be read and is rejected; the reader failed", path)
        shown = " ".join(f"{type(error).__name__}: {error}".split()).encode(errors="replace").decode()
        failure = ReaderFailedError(f"The reader failed: {shown[:MAX_SHOWN_ERROR_CHARS]}")
        failure.format = dump_format
        raise failure from error


def _parts(parsed: ParsedDump, path: str, dump_format: DumpFormat) -> Iterator[ParsedPart]:
    """Yield the parts of a dump, with the columns and types that a part has.

    Raises:
        DumpError: The dump cannot be read to its end.
    """
    while True:
        with _reader_failures(path, dump_format):
            part = next(parsed.parts, None)
            if part is None:
                return
            _require_schema(part)
        yield part


def _require_schema(part: ParsedPart) -> None:
    """Refuse a part with other columns or types; raise TypeError, a mistake of the reader."""
    for frame, expected in ((part.entries, ENTRY_COLUMNS), (part.rejects, REJECT_COLUMNS)):
        found = frame.schema  # built by polars on every use
        wrong = {name: found.get(name) for name in expected if found.get(name) != expected[name]}
        if wrong:
            raise TypeError(f"columns of the wrong type: {wrong}")


def _rows_with_ids(parsed: ParsedDump, sums: DumpSums, settings: Settings) -> Iterator[PartRows]:
    """Yield the parts of a dump as rows of their tables; add its warnings to the sums."""
    count = shown = 0
    row = sums.row
    dump_id, dump_format = str(row["dump_id"]), row["format"]
    warnings: Counter[str] = Counter()
    try:
        for part in _parts(parsed, row["path"], dump_format):
            count += part.entries.height
            shown += part.entries.height + part.rejects.height
            if count > settings.max_dump_entries:
                raise DumpTooLargeError(
                    f"The dump contains more than {plural(settings.max_dump_entries, 'entry')} "
                    "(max_dump_entries)."
                )
            ids = entry_ids(part.entries.get_column("title"), part.entries.get_column("abstract"))
            # By series, not by expressions: a plan for each of 10,000 small dumps takes longer than they do.
            entry_id = pl.Series("entry_id", ids, dtype=pl.String)
            entries = part.entries.hstack([entry_id, _repeated(dump_id, part.entries.height)])
            rejects = part.rejects.hstack([_repeated(dump_id, part.rejects.height)])
            warnings.update(part.warnings)
            row.update(warning_count=warnings.total(), warnings=_warning_texts(warnings))
            yield entries[_ENTRY_NAMES], rejects[_REJECT_NAMES]
    except DumpError as error:
        error.format = dump_format
        raise
    if not shown:
        nothing = DumpError("The dump contains no paper.", RejectCode.NO_ENTRIES)
        nothing.format = dump_format
        raise nothing


def _repeated(dump_id: str, count: int) -> pl.Series:
    return pl.Series("dump_id", [dump_id], dtype=pl.String).new_from_index(0, count)


def _warning_texts(warnings: Counter[str]) -> list[str] | None:
    """Return one sentence per kind of warning, the most frequent first; None without warnings."""
    ordered = sorted(warnings.items(), key=lambda kind: (-kind[1], kind[0]))[:MAX_WARNING_KINDS]
    return [f"{text} ({plural(count, 'entry')})." for text, count in ordered] or None


def whole_reject(row: dict[str, Any], error: DumpError) -> tuple[DumpSums, PartRows]:
    """Return the sums and the only reject of a dump that could not be read."""
    empty = dump_row(row["path"], row["sha256"], row["byte_size"])
    reject = {"dump_id": row["dump_id"], "reason_code": error.code, "reason": str(error)}
    return DumpSums({**empty, "format": error.format}), (ENTRIES.empty(), REJECTS.frame([reject]))


def check_rows(sums: DumpSums, rows: PartRows) -> PartRows:
    """Return rows that obey the rules of their tables.

    An entry that breaks a rule becomes a reject with that rule as its reason; for a reject that breaks one, a
    line is added to `sums.bad_rejects`.
    """
    entries, rejects = rows
    sums.bad_rejects += broken_rules(REJECTS, rejects).values()
    broken = broken_rules(ENTRIES, entries)
    if broken:
        bad = entries.with_row_index("row").filter(pl.col("row").is_in(list(broken)))
        moved = REJECTS.frame([
            {
                **{name: entry[name] for name in ("dump_id", "entry_number", "line_start", "line_end")},
                "reason_code": RejectCode.INVALID_VALUE,
                "reason": broken[entry["row"]],
                "text": reject_text(f"{entry['title']}\n{entry['abstract'] or ''}".strip()),
            }
            for entry in bad.iter_rows(named=True)
        ])  # fmt: skip
        kept = entries.with_row_index("row").filter(~pl.col("row").is_in(list(broken))).drop("row")
        entries, rejects = kept, pl.concat([rejects, moved])
    return entries, rejects


def broken_rules(table: Table, frame: pl.DataFrame) -> dict[int, str]:
    """Return the rows of a frame that break a rule of `table`: row index, and a sentence on the first rule.

    Raises:
        LakeError: The columns of the frame are not those of the table: a mistake of the reader.
    """
    if not frame.height:
        return {}
    broken: dict[int, str] = {}
    for case in failure_cases(table.schema, frame):
        if case.row is None:
            raise LakeError(f"The rows do not fit the table {table.name}: {case.value} ({case.rule}).")
        reason = f"The entry's {case.column} is {case.value!r}, which breaks the rule {case.rule}."
        broken.setdefault(case.row, reason)
    return broken
