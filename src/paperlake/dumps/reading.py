"""The interface between the readers of formats and the stage that calls them.

A reader takes an `OpenDump` and returns a `ParsedDump`: the facts of the dump as a whole, and its entries and
rejects in parts of bounded size. Ids are added by `dump_rows.py`; files are opened by `opening.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.catalogue.vocabulary import DumpFormat, Layout, RejectCode
from paperlake.errors import PaperlakeError
from paperlake.settings import Settings

ENTRY_COLUMNS = {name: dtype for name, dtype in ENTRIES.dtypes.items() if name not in ("entry_id", "dump_id")}
REJECT_COLUMNS = {name: dtype for name, dtype in REJECTS.dtypes.items() if name != "dump_id"}
PART_ROWS = 20_000  # entries in one part: about 60 MB of abstracts
HEAD_BYTES = 65_536  # of a dump, given to detection

# Evidence that a dump has a format, as `Reader.recognises` returns it; True and False count as 1 and 0.
EVIDENCE_SURE = 1.0  # marks that no other format has
EVIDENCE_LIKELY = 0.6  # the marks of the format, in a text that could be another document; `read` judges it
EVIDENCE_ANY_TEXT = 0.1  # text of no other format; `read` judges it

ParsedRow = dict[str, object]
"""Column names and values of one entry or reject; a missing key is NULL."""


@dataclass(frozen=True)
class RejectReason:
    """Why a part of a dump is not an entry."""

    code: RejectCode
    sentence: str


class DumpError(PaperlakeError):
    """A dump that cannot be read; it becomes one reject with this message, and the others are still read."""

    default_code = RejectCode.UNREADABLE_FILE
    format: DumpFormat | None = None
    """The format that was recognised, if detection came that far."""

    def __init__(self, message: str, code: RejectCode | None = None) -> None:
        """Describe the problem.

        Args:
            message: The `reason` of the reject.
            code: Its `reason_code`; the one of the class if None.
        """
        super().__init__(message)
        self.code = code or self.default_code


class DumpTooLargeError(DumpError):
    """A dump exceeds a limit, as a file or when decompressed."""

    default_code = RejectCode.LIMIT_EXCEEDED


class PassingDumpError(DumpError):
    """A dump cannot be read now, for a reason that may pass: permission, I/O. The next run tries it."""


class DumpChangedError(PassingDumpError):
    """A dump vanished or changed while it was read; the next run tries it again."""

    default_code = RejectCode.CHANGED_FILE


class ReaderFailedError(DumpError):
    """A reader raised what no reader should raise: a mistake of its code, or a dump nobody thought of."""

    default_code = RejectCode.READER_FAILED


class OpenDump(Protocol):
    """One dump, opened for reading, decompressed and limited in size."""

    path: str
    """Relative to raw/, with forward slashes; readers take dates from it."""
    file: Path
    """The file itself; to be read through the methods only, since they limit its size."""

    def head(self) -> bytes:
        """Return the first `HEAD_BYTES` bytes, decompressed."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes, decompressed, in chunks; raise DumpTooLargeError past the limit."""
        ...

    def content(self) -> bytes:
        """Return all bytes at once, decompressed; raise DumpTooLargeError past the limit."""
        ...


@dataclass(frozen=True)
class ParsedPart:
    """Some entries and rejects of a dump, in the dump's order."""

    entries: pl.DataFrame
    """Columns of `ENTRY_COLUMNS`."""
    rejects: pl.DataFrame
    """Columns of `REJECT_COLUMNS`."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """Fields of the entries that are present and were not understood: a sentence without a full stop, such as
    `authors is a number`, and how often."""


@dataclass(frozen=True)
class ParsedDump:
    """The result of a reader: the dump as a whole, and its parts."""

    layout: Layout | None
    line_count: int | None
    """Lines of a text dump, each in an entry, page chrome, blank or in a reject; None for JSON and HTML."""
    snapshot_date: date | None
    listed_date: date | None
    parts: Iterator[ParsedPart]
    uncovered_lines: tuple[int, ...] = ()
    """Lines of a text dump that nothing accounts for: a mistake of the reader, shown by a check."""
    is_recognised: bool = True
    """False if the whole content shows that the dump is not of the reader's format: `dumps.format` is NULL,
    and one reject says so."""


class Reader(Protocol):
    """Reads the dumps of one format."""

    format: DumpFormat

    def recognises(self, head: bytes, path: str) -> float:
        """Return the evidence, 0 to 1, that a dump that begins with `head` has this format.

        `path` is only a hint. A reader whose marks cannot be mistaken may return a bool.
        """
        ...

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read a whole dump."""
        ...


def entries_frame(rows: list[ParsedRow]) -> pl.DataFrame:
    """Return a frame of `ENTRY_COLUMNS`; a missing `year_inferred` is False."""
    filled = [{"year_inferred": False, **row} for row in rows]
    return pl.DataFrame(filled, schema=ENTRY_COLUMNS)


def rejects_frame(rows: list[ParsedRow]) -> pl.DataFrame:
    """Return a frame of `REJECT_COLUMNS`."""
    return pl.DataFrame(rows, schema=REJECT_COLUMNS)


def reject_row(reason: RejectReason, text: str | None, **place: int) -> ParsedRow:
    """Return the row of one reject.

    Args:
        reason: Why it is not an entry.
        text: What the dump holds there, cut by `text.display.reject_text`.
        **place: `entry_number`, or `line_start` and `line_end`; nothing for a whole dump.
    """
    return {**place, "reason_code": reason.code, "reason": reason.sentence, "text": text}
