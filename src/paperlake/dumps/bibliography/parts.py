"""Entries and rejects of text dumps, collected to parts of bounded size, and the day of a dump."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date

from paperlake.dumps.bibliography.stated_dates import read_stated_date
from paperlake.dumps.fields.dates import retrieved_day_in_path
from paperlake.dumps.reading import (
    PART_ROWS,
    OpenDump,
    ParsedPart,
    ParsedRow,
    RejectReason,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.text_lines import decode_head

PART_CHARS = 32 << 20  # of the titles and abstracts of one part

_EXPORT_DATE = re.compile(
    r"\bexport(?:ed)? date\s*:\s*(\d{1,2} [A-Za-z]+ \d{4}|\d{4}-\d\d-\d\d)", re.IGNORECASE
)


class PartBuilder:
    """Numbers the records of a dump and collects their rows."""

    def __init__(self) -> None:
        self._entries: list[ParsedRow] = []
        self._rejects: list[ParsedRow] = []
        self._warnings: Counter[str] = Counter()
        self._chars = 0
        self.number = 0
        """Of the last entry."""

    def entry(
        self,
        row: ParsedRow,
        warnings: Iterable[str],
        line_start: int | None = None,
        line_end: int | None = None,
    ) -> None:
        """Add an entry with the next number."""
        self.number += 1
        place = {"entry_number": self.number, "line_start": line_start, "line_end": line_end}
        self._entries.append({**place, **row})
        self._warnings.update(set(warnings))
        self._chars += len(str(row.get("title"))) + len(str(row.get("abstract")))

    def row_entry(self, number: int, row: ParsedRow, warnings: Iterable[str]) -> None:
        """Add an entry of a dump without lines, with the number of its row."""
        self.number = number - 1
        self.entry(row, warnings)

    def row_reject(self, reason: RejectReason, text: str | None, number: int) -> None:
        """Add a reject of a dump without lines, with the number of its row."""
        self._rejects.append(reject_row(reason, text, entry_number=number))
        self._chars += len(text or "")

    def reject(self, reason: RejectReason, text: str | None, line_start: int, line_end: int) -> None:
        """Add a reject with its lines."""
        self._rejects.append(reject_row(reason, text, line_start=line_start, line_end=line_end))
        self._chars += len(text or "")

    @property
    def is_full(self) -> bool:
        """Return whether the rows are to be taken as a part."""
        return len(self._entries) + len(self._rejects) >= PART_ROWS or self._chars >= PART_CHARS

    def part(self) -> ParsedPart:
        """Return the rows collected since the last part."""
        part = ParsedPart(entries_frame(self._entries), rejects_frame(self._rejects), dict(self._warnings))
        self._entries, self._rejects, self._warnings, self._chars = [], [], Counter(), 0
        return part


def snapshot_day(dump: OpenDump) -> date | None:
    """Return the day of retrieval: a date with a time in the path, or the `Export Date` of Scopus."""
    in_path = retrieved_day_in_path(dump.path)
    found = None if in_path else _EXPORT_DATE.search(decode_head(dump.head()))
    return in_path or (read_stated_date(found[1]).day if found else None)
