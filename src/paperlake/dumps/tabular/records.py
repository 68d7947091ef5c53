"""The records of a text with delimiters: its dialect, and each record with its lines.

The csv module of the standard library parses; after a record that cannot be one, it goes on at the line after
the first line of that record, so that a lost quote costs one record.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.bibliography.line_stream import Line
from paperlake.dumps.reading import RejectReason
from paperlake.text.display import plural

DELIMITERS = (",", ";", "\t", "|")
MAX_RECORD_LINES = 2_000  # of one record; more are a quote that nothing closes
MAX_RECORD_CHARS = 1 << 22
MAX_PREFACE = 5  # records before the header, such as `sep=;` of Excel
MIN_COLUMNS = 2

OPEN_QUOTE = RejectReason(RejectCode.MALFORMED, "The record has a quote that nothing closes.")

csv.field_size_limit(MAX_RECORD_CHARS)  # the default of 131,072 is less than the full text of a paper


class _RecordTooLongError(Exception):
    """A record has more lines or characters than any has."""


@dataclass
class _Feed:
    """The lines for the parser; lines can be given back."""

    lines: Iterator[Line]
    given_back: deque[Line] = field(default_factory=deque)
    taken: list[Line] = field(default_factory=list)
    """Lines of the current record."""
    size: int = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_RECORD_LINES or self.size > MAX_RECORD_CHARS:
            raise _RecordTooLongError
        line = self.given_back.popleft() if self.given_back else next(self.lines)
        self.taken.append(line)
        self.size += len(line.text) + 1
        return line.text + "\n"

    def take(self) -> list[Line]:
        taken, self.taken, self.size = self.taken, [], 0
        return taken

    def give_back(self, lines: Sequence[Line]) -> None:
        self.given_back.extendleft(reversed(lines))


@dataclass(frozen=True)
class Record:
    """One record with its lines."""

    lines: list[Line]
    cells: list[str]
    fault: RejectReason | None = None


def records(lines: Iterator[Line], delimiter: str, width: int | None) -> Iterator[Record]:
    """Yield the records of a text.

    Args:
        lines: The lines.
        delimiter: One of `DELIMITERS`.
        width: Number of columns of the header; a record of another number gets a fault. None for any number.
    """
    feed = _Feed(lines)
    parser = csv.reader(feed, delimiter=delimiter)
    while True:
        fault = None
        cells: list[str] = []
        try:
            cells = next(parser)
        except StopIteration:
            return
        except (csv.Error, _RecordTooLongError):
            fault = OPEN_QUOTE
            parser = csv.reader(feed, delimiter=delimiter)
        taken = feed.take()
        if fault is None and width is not None:
            cells, fault = _fitted(cells, width)
            if fault is not None and len(taken) > 1:
                fault = OPEN_QUOTE
        if fault is not None and len(taken) > 1:
            feed.give_back(taken[1:])
            taken = taken[:1]
        yield Record(taken, cells, fault)


def _fitted(cells: list[str], width: int) -> tuple[list[str], RejectReason | None]:
    """Return a record without surplus empty cells, and why it does not fit the header."""
    if not any(cells):
        return [], None
    while len(cells) > width and not cells[-1]:
        cells = cells[:-1]
    if len(cells) == width:
        return cells, None
    found = plural(len(cells), "field")
    return cells, RejectReason(RejectCode.MALFORMED, f"The record has {found}, the header {width}.")


@dataclass(frozen=True)
class Header:
    """The dialect of a text and its header."""

    delimiter: str
    names: list[str]
    records_before: int
    """Records before the header, which are furniture."""


def headers(lines: Iterable[str]) -> Iterator[Header]:
    """Yield what may be the header of a text: its first records under each delimiter, the widest first."""
    numbered = [Line(number, text) for number, text in enumerate(lines, start=1)]
    found: list[Header] = []
    for delimiter in DELIMITERS:
        for place, record in enumerate(records(iter(numbered), delimiter, None)):
            if place > MAX_PREFACE:
                break
            names = [name.strip() for name in record.cells]
            is_markdown = delimiter == "|" and not (names and names[0] and names[-1])
            if record.fault is None and len(names) >= MIN_COLUMNS and not is_markdown:
                found.append(Header(delimiter, names, place))
    yield from sorted(found, key=lambda header: -len(header.names))
