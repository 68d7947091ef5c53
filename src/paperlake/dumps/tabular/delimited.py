"""The reader of `csv`: tables with commas, semicolons, tabs or bars between the columns, streamed.

Each record is an entry or a reject, with its lines. A dump is recognised by the names of its columns, or by a
mapping.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.bibliography.line_stream import Line, line_blocks, shown_lines
from paperlake.dumps.bibliography.parts import PartBuilder, snapshot_day
from paperlake.dumps.fields.field_names import PaperField
from paperlake.dumps.fields.mappings import NO_MAPPINGS, Mappings
from paperlake.dumps.reading import DumpError, OpenDump, ParsedDump, ParsedPart, RejectReason
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.tabular.columns import Fields, needs_values, paper_fields, shows_paper, stated_work
from paperlake.dumps.tabular.records import Header, Record, headers, records
from paperlake.dumps.text_lines import decode_head, looks_binary
from paperlake.settings import Settings

MIN_TEXT_SHARE = 0.5  # of the first records: with a letter in the title
SAMPLE = 50  # records of the head that are looked at
MAX_HEADER_CHARS = 20_000

BEFORE_HEADER = RejectReason(RejectCode.UNPLACED_TEXT, "The record stands before the header.")

_OTHER_BEGINNINGS = ("{", "[", "<", "%PDF", "#!", "@")


class DelimitedReader:
    """Reads a table of papers; the number of an entry is its place among the entries."""

    format = DumpFormat.CSV

    def __init__(self, mappings: Mappings = NO_MAPPINGS) -> None:
        """Bind the mappings of a lake, which are tried before the list of names."""
        self._mappings = mappings

    def bind(self, mappings: Mappings) -> DelimitedReader:
        """Return a reader that tries these mappings before the list of names."""
        return DelimitedReader(mappings)

    def recognises(self, head: bytes, path: str) -> bool:
        """Return whether there is a header with the columns of papers, and records that fit it."""
        return self._find(head, path) is not None

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read record by record, in parts of bounded size.

        Raises:
            DumpError: The dump cannot be read.
        """
        found = self._find(dump.head(), dump.path)
        if found is None:
            raise DumpError("The table has no columns of papers.", RejectCode.UNKNOWN_FORMAT)
        header, fields = found
        limit = settings.max_line_chars
        snapshot = snapshot_day(dump)
        lines = (line for block in line_blocks(dump, limit) for line in block)
        return ParsedDump(
            layout=None,
            line_count=sum(len(block) for block in line_blocks(dump, limit)),
            snapshot_date=snapshot,
            listed_date=None,
            parts=_parts(lines, header, fields, snapshot),
        )

    def _find(self, head: bytes, path: str) -> tuple[Header, Fields] | None:
        """Return the header and the columns of each field; None if it is no table of papers."""
        lines = head_lines(head)
        for header in headers(lines):
            mapping = self._mappings.find(path, header.names)
            fields = mapping.fields() if mapping else paper_fields(header.names)
            if fields is None or sum(map(len, header.names)) > MAX_HEADER_CHARS:
                continue
            if mapping or _fits(lines, header, fields, needs_values(header.names, fields)):
                return header, fields
        return None


READER = DelimitedReader()


def head_lines(head: bytes) -> list[str]:
    """Return the whole lines of a head; none if it begins as other formats do."""
    text = "" if looks_binary(head) else decode_head(head)
    if not text.strip() or text.lstrip().startswith(_OTHER_BEGINNINGS):
        return []
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if len(lines) > 1 else lines


def _fits(lines: Sequence[str], header: Header, fields: Fields, needs_values: bool) -> bool:
    """Return whether the first records fit the header and have titles with letters, or there are none.

    If values are needed, most of them show a paper, too.
    """
    numbered = (Line(number, text) for number, text in enumerate(lines, start=1))
    good = seen = shown = 0
    for place, record in enumerate(records(numbered, header.delimiter, len(header.names))):
        if place <= header.records_before or not record.cells:
            continue
        if seen == SAMPLE:
            break
        seen += 1
        cells = dict(zip(reversed(header.names), reversed(record.cells), strict=False))
        titles = [cells.get(name, "") for name in fields[PaperField.TITLE]]
        good += record.fault is None and any(char.isalpha() for title in titles for char in title)
        shown += needs_values and shows_paper(cells, fields)
    if needs_values and not 2 * shown > seen:
        return False
    return good >= MIN_TEXT_SHARE * max(seen - 1, 0)  # the last record of a head may be cut


def _parts(
    lines: Iterator[Line], header: Header, fields: Fields, latest: date | None
) -> Iterator[ParsedPart]:
    builder = PartBuilder()
    for place, record in enumerate(records(lines, header.delimiter, len(header.names))):
        span = record.lines[0].number, record.lines[-1].number
        if place <= header.records_before:
            if place < header.records_before and len(record.cells) == len(header.names):
                builder.reject(BEFORE_HEADER, shown_lines(record.lines), *span)
            continue
        if not record.cells and record.fault is None:
            continue
        if [cell.strip() for cell in record.cells] == header.names:
            continue  # files that were joined repeat it
        try:
            _take(record, header, fields, latest, builder)
        except BadObjectError as error:
            builder.reject(error.reason, shown_lines(record.lines), *span)
        if builder.is_full:
            yield builder.part()
    yield builder.part()


def _take(record: Record, header: Header, fields: Fields, latest: date | None, builder: PartBuilder) -> None:
    """Add a record to the entries.

    Raises:
        BadObjectError: It is none.
    """
    fault = next((line.fault for line in record.lines if line.fault), None) or record.fault
    if fault is not None:
        raise BadObjectError(fault.sentence, fault.code)
    cells = dict(
        zip(reversed(header.names), reversed(record.cells), strict=True)
    )  # of equal names, the first
    work = stated_work(cells, fields)
    builder.entry(work.row(latest), work.warnings, record.lines[0].number, record.lines[-1].number)
