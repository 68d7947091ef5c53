"""The reader of every XML format: its records as entries and rejects, in parts of bounded size.

What a record of one format states is read by a `RecordFormat`, in the file of its format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from typing import Protocol

import polars as pl
from lxml import etree

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import retrieved_day_in_path
from paperlake.dumps.reading import (
    ENTRY_COLUMNS,
    PART_ROWS,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.xml_records.documents import (
    MAX_HEAD_BYTES,
    Furniture,
    Head,
    RecordParser,
    read_head,
    root_of,
)
from paperlake.dumps.xml_records.encoding import utf8_chunks, utf8_head
from paperlake.dumps.xml_records.records import Part, Piece, split_records
from paperlake.settings import Settings
from paperlake.text.display import plural, reject_text

EVIDENCE = ("abstract", "authors", "published_text")  # besides the title: one of them tells a paper


class NotAPaperError(Exception):
    """A record that the format has beside papers, such as a person's; it is counted, and no reject."""


class RecordFormat(Protocol):
    """What is known about the records of one format."""

    @property
    def format(self) -> DumpFormat:
        """Return the format."""
        ...

    @property
    def furniture(self) -> Sequence[str]:
        """Return the local names of the elements between records."""
        ...

    @property
    def head_furniture(self) -> Sequence[str]:
        """Return the local names of the elements before the first record, besides those."""
        ...

    def record_names(self, root: str, head: bytes) -> Sequence[str]:
        """Return the names of the elements that are records; none if the file has another format."""
        ...

    def row(self, record: etree._Element, warnings: Counter[str]) -> ParsedRow:
        """Return the columns of `entries` that a record fills.

        Raises:
            BadObjectError: The record is no entry.
            NotAPaperError: The record is none of a paper.
        """
        ...

    def days(self, head: Head) -> tuple[date | None, date | None]:
        """Return the day of retrieval and the day that is listed, as far as the dump states them."""
        ...


class XmlReader:
    """Reads the dumps of one XML format."""

    def __init__(self, records: RecordFormat) -> None:
        self.records = records
        self.format: DumpFormat = records.format

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether it is XML with a root element and marks of the format."""
        if b"<" not in head[:16]:
            return False
        text = utf8_head(head)
        root = root_of(text)
        return root is not None and bool(self.records.record_names(root.decode(), text))

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read record by record; the number of an entry is that of its record."""
        text = utf8_head(dump.head())
        root = (root_of(text) or b"").decode()
        names = self.records.record_names(root, text)
        pieces = split_records(utf8_chunks(dump.chunks()), names, settings.max_xml_record_bytes)
        before, pieces = _take_head(pieces)
        head = read_head(before)
        stated, listed = self.records.days(head)
        snapshot = retrieved_day_in_path(dump.path) or stated
        reading = _Reading(self.records, head, root in names, settings, snapshot)
        return ParsedDump(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=listed,
            parts=reading.parts(before, pieces),
        )


def _take_head(pieces: Iterator[Piece]) -> tuple[bytes, Iterator[Piece]]:
    """Return the text before the first record, and the pieces from that record on."""
    before = b""
    for piece in pieces:
        if piece.part is not Part.GAP:
            return before, chain([piece], pieces)
        before += piece.content
        if len(before) > MAX_HEAD_BYTES:
            break
    return before, pieces


@dataclass
class _Reading:
    """The state of reading one dump."""

    records: RecordFormat
    head: Head
    is_root_record: bool
    """Whether the file is one record without an element around it."""
    settings: Settings
    latest: date | None
    entries: list[ParsedRow] = field(default_factory=list)
    rejects: list[ParsedRow] = field(default_factory=list)
    warnings: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def parts(self, before: bytes, pieces: Iterator[Piece]) -> Iterator[ParsedPart]:
        """Yield the entries and rejects."""
        parser = RecordParser(self.head.namespaces)
        between = Furniture(self.records.furniture)
        document = Furniture([*self.records.furniture, *self.records.head_furniture])
        root_tag = f"<{self.head.root}".encode()
        self._add_gap(before, document)
        last = Piece(Part.GAP, before)
        for piece in pieces:
            if piece.part is Part.GAP:
                # Where files were joined, the head of the next one follows.
                self._add_gap(piece.content, document if root_tag in piece.content else between)
            else:
                self.number += 1
                self._add_record(piece, parser)
            last = piece if piece.content.strip() or piece.part is not Part.GAP else last
            if len(self.entries) >= PART_ROWS or len(self.rejects) >= PART_ROWS:
                yield self._part()
        self._check_end(last)
        yield self._part()

    def _add_record(self, piece: Piece, parser: RecordParser) -> None:
        try:
            if piece.part is not Part.RECORD:
                raise _incomplete(piece.part, self.settings)
            row = self.records.row(parser.parse(piece.content, self.warnings), self.warnings)
            self.entries.append({"entry_number": self.number, **self._checked(row)})
        except NotAPaperError as error:
            self.warnings[str(error)] += 1
        except BadObjectError as error:
            self.rejects.append(reject_row(error.reason, _shown(piece.content), entry_number=self.number))

    def _checked(self, row: ParsedRow) -> ParsedRow:
        """Return the row of an entry.

        Raises:
            BadObjectError: It has no title, or nothing that tells it from any titled object.
        """
        if row.get("title") is None:
            raise BadObjectError("The record has no title.", RejectCode.MISSING_FIELD)
        if all(row.get(name) is None for name in EVIDENCE):
            raise BadObjectError(
                "The record has a title, and no abstract, author or date.", RejectCode.MISSING_FIELD
            )
        authors = row.get("authors")
        row["author_count"] = len(authors) if isinstance(authors, list) else None
        for name in ("published_date", "updated_date"):
            day = row.get(name)
            if isinstance(day, date) and self.latest and day > self.latest:
                row[name] = None
        return row

    def _add_gap(self, text: bytes, furniture: Furniture) -> None:
        rest = furniture.rest(text)
        if rest:
            reason = BadObjectError(
                "Text between the records that belongs to none of them.", RejectCode.UNPLACED_TEXT
            ).reason
            self.rejects.append(reject_row(reason, _shown(rest)))

    def _check_end(self, last: Piece) -> None:
        """Add a reject if the dump ends before its root element does."""
        root_end = re.compile(rf"</(?:[\w.-]+:)?{re.escape(self.head.root)}\s*>".encode())
        is_whole = self.is_root_record or root_end.search(last.content) is not None
        if last.part is not Part.CUT and not is_whole:
            reason = BadObjectError(
                f"The dump ends before its element {self.head.root} does; what followed is missing.",
                RejectCode.TRUNCATED,
            ).reason
            self.rejects.append(reject_row(reason, None))

    def _part(self) -> ParsedPart:
        entries = _frame(self.entries)
        part = ParsedPart(entries, rejects_frame(self.rejects), dict(self.warnings))
        self.entries, self.rejects, self.warnings = [], [], Counter()
        return part


def _frame(rows: list[ParsedRow]) -> pl.DataFrame:
    """Return rows as `ENTRY_COLUMNS`, only the columns that they fill: the rest would take half the time."""
    used = set().union(*rows) & ENTRY_COLUMNS.keys()
    columns = {name: [row.get(name) for row in rows] for name in ENTRY_COLUMNS if name in used}
    filled = {name: values for name, values in columns.items() if any(value is not None for value in values)}
    frame = pl.DataFrame(filled, schema={name: ENTRY_COLUMNS[name] for name in filled})
    missing = [
        pl.lit(False if name == "year_inferred" else None, dtype).alias(name)
        for name, dtype in ENTRY_COLUMNS.items()
        if name not in filled
    ]
    return frame.with_columns(missing).select(*ENTRY_COLUMNS) if rows else pl.DataFrame(schema=ENTRY_COLUMNS)


def _incomplete(part: Part, settings: Settings) -> BadObjectError:
    if part is Part.LONG:
        limit = plural(settings.max_xml_record_bytes, "byte")
        return BadObjectError(
            f"The record has more than {limit} (max_xml_record_bytes).", RejectCode.LIMIT_EXCEEDED
        )
    if part is Part.CUT:
        return BadObjectError("The dump ends in the middle of this record.", RejectCode.TRUNCATED)
    return BadObjectError("The record does not end where the next one begins.", RejectCode.MALFORMED)


def _shown(text: bytes) -> str | None:
    return reject_text(text[:4000].decode(errors="replace"))
