"""Records of labelled lines: blocks that begin with `Title:`, and headings with labelled lines below.

The labels are read in `fields.py`; whether the whole text is a digest is decided in `reader.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from paperlake.catalogue.vocabulary import Layout
from paperlake.dumps.digests.fields import read_label
from paperlake.dumps.digests.lines import DigestLines, is_chrome
from paperlake.dumps.text_lines import is_truncation_mark

MAX_LABEL_LINE = 200  # characters looked at for a label; values may be longer
LONG_FIELDS = frozenset({"abstract", "summary", "tldr"})  # may go on over blank lines

_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(\S.*?)\s*#*\s*")
_NUMBER = re.compile(r"(?:\d{1,3}[.)]|\[\d{1,3}\])\s+")
_FENCE = re.compile(r"\s*(?:```|~~~)")


@dataclass
class Record:
    """Lines of one paper, as values by field."""

    layout: Layout
    start: int
    """Index of the first line."""
    end: int
    """Index after the last line."""
    values: dict[str, list[str]] = field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """Return the values as one text each."""
        return {name: "\n".join(parts) for name, parts in self.values.items()}


def find_records(text: DigestLines) -> list[Record]:
    """Return the records of a text: titles with at least one labelled line; headings alone are covered."""
    finder = _Finder(text)
    for index in range(text.first, len(text.lines)):
        finder.line(index)
    finder.close()
    _drop_numbers(finder.found)
    return finder.found


class _Finder:
    """Collects records from lines that are given in order."""

    def __init__(self, text: DigestLines) -> None:
        self.found: list[Record] = []
        self._text = text
        self._record: Record | None = None
        self._field: str | None = None
        self._blank = False
        self._fenced = False

    def line(self, index: int) -> None:
        line = self._text.lines[index]
        if not line.strip():
            self._blank = True
            if self._record is not None and self._field in LONG_FIELDS:
                self._record.values[self._field].append("")
            return
        if _FENCE.match(line):
            self._fenced = not self._fenced
            self.close()
        elif self._fenced or is_truncation_mark(line):
            self.close()
        elif is_chrome(line):
            self.close()
            self._text.cover(index, index + 1)
        else:
            self._content(index, line)
        self._blank = False

    def _content(self, index: int, line: str) -> None:
        heading = _HEADING.fullmatch(line) if line.lstrip().startswith("#") else None
        if heading is not None:
            self.close()
            self._record = Record(Layout.HEADINGS, index, index + 1, {"title": [heading[2]]})
            return
        label = read_label(line) if ":" in line[:MAX_LABEL_LINE] or "：" in line[:MAX_LABEL_LINE] else None
        if label is not None and label[0] == "title":
            if self._record is None or len(self._record.values) > 1 or "title" in self._record.values:
                self.close()
            self._record = Record(Layout.BLOCKS, index, index + 1, {"title": [label[1]]})
            self._field = "title"
        elif self._record is None:
            return
        elif label is not None:
            self._field = label[0]
            self._record.values.setdefault(label[0], []).append(label[1])
            self._record.end = index + 1
        elif self._field is not None and (not self._blank or self._field in LONG_FIELDS):
            self._record.values[self._field].append(line)
            self._record.end = index + 1
        else:
            self.close()

    def close(self) -> None:
        """End the record; a heading without labelled lines is only a heading."""
        record, self._record, self._field = self._record, None, None
        if record is None:
            return
        if len(record.values) > 1:
            self.found.append(record)
        elif record.layout is Layout.HEADINGS and record.start not in self._text.unreadable:
            self._text.cover(record.start, record.end)


def _drop_numbers(records: list[Record]) -> None:
    """Remove numbers before titles where nearly all have one: `3. Title`."""
    numbered = [record for record in records if _NUMBER.match(record.values["title"][0])]
    if len(numbered) > 1 and len(numbered) >= 0.8 * len(records):
        for record in numbered:
            record.values["title"][0] = _NUMBER.sub("", record.values["title"][0], count=1)
