"""Markdown tables with one row per paper: `|date|title|authors|pdf|code|`."""

from __future__ import annotations

import re

from paperlake.catalogue.vocabulary import Layout
from paperlake.dumps.digests.fields import LABELS
from paperlake.dumps.digests.lines import DigestLines
from paperlake.dumps.digests.records import Record

MAX_CELLS = 40

_SEPARATOR = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*")
_CELL_BREAK = re.compile(r"(?<!\\)\|")
_HEADING = re.compile(r"#{1,6}\s+(\S.*?)\s*#*\s*")


def find_rows(text: DigestLines) -> list[Record]:
    """Return the rows of tables that have a column of titles; their headings and headers are covered."""
    found: list[Record] = []
    topic: str | None = None
    columns: list[str | None] | None = None
    for index in range(text.first, len(text.lines)):
        line = text.lines[index]
        heading = _HEADING.fullmatch(line)
        if heading is not None and index not in text.unreadable:
            topic, columns = heading[1], None
            text.cover(index, index + 1)
        elif _SEPARATOR.fullmatch(line[:2000]) and index > text.first:
            columns = _columns(text.lines[index - 1])
            if columns is not None:
                text.cover(index - 1, index + 1)
        elif columns is not None and "|" in line:
            cells = split_cells(line)
            if len(cells) == len(columns):
                found.append(_row(index, columns, cells, topic))
        elif line.strip():
            columns = None
    return found


def _row(index: int, columns: list[str | None], cells: list[str], topic: str | None) -> Record:
    record = Record(Layout.TABLE, index, index + 1)
    for name, cell in zip(columns, cells, strict=True):
        if name is not None:
            record.values.setdefault(name, []).append(cell)
    if topic is not None and "categories" not in record.values:
        record.values["categories"] = [topic.replace(",", " ").replace(";", " ")]
    return record


def _columns(header: str) -> list[str | None] | None:
    """Return the field of each column; None if none is the title or no other is known."""
    names = [LABELS.get(cell.strip("* ").lower()) for cell in split_cells(header)]
    return names if names.count("title") == 1 and len(set(names) - {None}) > 1 else None


def split_cells(line: str) -> list[str]:
    """Return the cells of a row, without the bars at its ends."""
    bare = line.strip()
    bare = bare.removeprefix("|")
    if bare.endswith("|") and not bare.endswith("\\|"):
        bare = bare[:-1]
    return [cell.replace("\\|", "|").strip() for cell in _CELL_BREAK.split(bare, maxsplit=MAX_CELLS)]
