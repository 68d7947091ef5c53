"""What every reader of a format is given and gives back.

A reader takes an `OpenDump` and gives a `Reading`: what it learned of the dump as a whole, and its entries
and rejects in parts of bounded size. Ids are added by `parse.py`; files are opened by `opening.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES, REJECTS
from paperlake.errors import PaperlakeError
from paperlake.settings import Settings

ENTRY_COLUMNS = {name: dtype for name, dtype in ENTRIES.dtypes.items() if name not in ("entry_id", "dump_id")}
REJECT_COLUMNS = {name: dtype for name, dtype in REJECTS.dtypes.items() if name != "dump_id"}
PART_ROWS = 20_000  # entries in one part: about 60 MB of abstracts
HEAD_BYTES = 65_536  # what detection looks at
PARAGRAPH_BREAK = "\n\n"  # between the paragraphs of one abstract


class DumpError(PaperlakeError):
    """A dump that cannot be read; it becomes one reject with this message, and the others go on."""

    format: str | None = None
    """What the dump was taken for, if it came so far."""


class DumpTooLargeError(DumpError):
    """A dump, or what it holds when decompressed, is past a limit of the settings."""


class DumpChangedError(DumpError):
    """A dump vanished or changed while it was read; the next run tries it again."""


class OpenDump(Protocol):
    """One dump, opened for reading: compression is undone and sizes are bounded on the way."""

    path: str
    """Relative to raw/, with forward slashes: days stand in it."""
    file: Path
    """The file itself; read it through the methods, which bound what they give."""

    def head(self) -> bytes:
        """The first `HEAD_BYTES` bytes, decompressed."""
        ...

    def chunks(self) -> Iterator[bytes]:
        """All bytes, decompressed, in chunks; raises DumpTooLargeError past the limit."""
        ...

    def content(self) -> bytes:
        """All bytes at once, decompressed; raises DumpTooLargeError past the limit."""
        ...


@dataclass(frozen=True)
class Part:
    """Some entries and rejects of a dump, in the dump's order."""

    entries: pl.DataFrame
    """Columns of `ENTRY_COLUMNS`."""
    rejects: pl.DataFrame
    """Columns of `REJECT_COLUMNS`."""


@dataclass(frozen=True)
class Reading:
    """What a reader found: the dump as a whole, and its parts."""

    layout: str | None
    line_count: int | None
    """Lines of a text dump, accounted for by entries, furniture, blanks and rejects; None for JSON, HTML."""
    snapshot_date: date | None
    listed_date: date | None
    parts: Iterator[Part]
    uncovered_lines: tuple[int, ...] = ()
    """Lines of a text dump that nothing accounts for: a mistake of the reader, shown by a check."""


class Reader(Protocol):
    """Reads the dumps of one format."""

    format: str

    def recognises(self, head: bytes, path: str) -> bool:
        """Whether a dump that begins with `head` is of this format; by content, `path` only as a hint."""
        ...

    def read(self, dump: OpenDump, settings: Settings) -> Reading:
        """Read the whole dump."""
        ...


def entries_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """A frame of `ENTRY_COLUMNS`; missing keys become NULL, `year_inferred` False."""
    filled = [{"year_inferred": False, **row} for row in rows]
    return pl.DataFrame(filled, schema=ENTRY_COLUMNS)


def rejects_frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    """A frame of `REJECT_COLUMNS`; missing keys become NULL."""
    return pl.DataFrame(rows, schema=REJECT_COLUMNS)
