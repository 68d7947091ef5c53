"""The kind of a single line of a listing: text, author slot, separator, date, number or furniture.

Entries are recognised by these kinds. How lines are combined to entries is decided in `blocks.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from paperlake.dumps.fields.dates import MONTH_PATTERN, PrintedDate, read_printed_date
from paperlake.dumps.listing.furniture import is_furniture, is_submitter
from paperlake.dumps.text_lines import TextLines, is_truncation_mark
from paperlake.text.folding import fold_printed_line

MAX_MARK = 120  # characters; a longer line is always text


class LineKind(IntEnum):
    """The kind of a line."""

    BLANK = 0
    TEXT = 1
    AUTHORS = 2
    SEPARATOR = 3
    DATE = 4
    NUMBER = 5
    FURNITURE = 6
    SUBMITTER = 7
    NOISE = 8
    """No letter or digit in it, or the mark of a tool that it cut the text here."""
    TOO_LONG = 10
    """Longer than `max_line_chars`."""
    SLOT = 9
    """Author slot, separator and date in one line; `tokenise` splits it into three."""


SLOT_KINDS = (LineKind.AUTHORS, LineKind.SEPARATOR, LineKind.DATE)


@dataclass(frozen=True)
class DateLine:
    """A line such as `Mar 6, 2025 2`."""

    printed: PrintedDate
    text: str
    """The date as it is printed."""
    comment_count: int | None


@dataclass(frozen=True)
class Tokens:
    """The lines of a dump that are not blank, as parallel lists; an index in them is called a place."""

    kinds: list[LineKind]
    texts: list[str]
    """Folded by `fold_printed_line`."""
    lines: list[int]
    """Line numbers, from 1."""
    damaged: frozenset[int]
    """Indices in these lists of lines with bytes that cannot be decoded or with control characters."""


_AUTHORS = re.compile(r"(?:[•·*∙●-]\s?)?(\d{1,5}) authors?")
_SEPARATOR = frozenset("·•∙⋅・")
_DATE = re.compile(rf"((?:{MONTH_PATTERN})\.? \d{{1,2}}(?:, ?\d{{4}})?)(?: (\d{{1,6}}))?")
_SLOT = re.compile(rf"(.{{1,100}}?) ?[·•|] ?({_DATE.pattern})")
_MARK = re.compile(rf"(?P<authors>{_AUTHORS.pattern})|(?P<date>{_DATE.pattern})|\d{{1,6}}|[-–—]")


def mark(line: str) -> LineKind:
    """Return the kind of a folded line of at most `MAX_MARK` characters."""
    if not line or line in _SEPARATOR:
        return LineKind.SEPARATOR if line else LineKind.BLANK
    if is_furniture(line):
        return LineKind.FURNITURE
    if is_submitter(line):
        return LineKind.SUBMITTER
    found = _MARK.fullmatch(line)
    if found is None and _SLOT.fullmatch(line):
        return LineKind.SLOT
    if found is None or (found["date"] and read_date_line(line) is None):
        is_text = any(map(str.isalnum, line)) and not is_truncation_mark(line)
        return LineKind.TEXT if is_text else LineKind.NOISE
    return LineKind.DATE if found["date"] else LineKind.AUTHORS if found["authors"] else LineKind.NUMBER


def read_author_count(line: str) -> int | None:
    """Return the number of authors in an author slot; None if the line is none or the number is 0."""
    match = _AUTHORS.fullmatch(line)
    return (int(match[1]) or None) if match else None


@lru_cache(maxsize=10_000)  # the days of some twenty years
def read_date_line(line: str) -> DateLine | None:
    """Return the date in a folded line; None if it is not a date line."""
    match = _DATE.fullmatch(line)
    printed = read_printed_date(match[1]) if match else None
    if match is None or printed is None:
        return None
    return DateLine(printed, match[1], int(match[2]) if match[2] else None)


class _Marks(dict[str, tuple[LineKind, str]]):
    """A cache from short lines to their kind and folded text, since slots and dates are often the same."""

    def __missing__(self, line: str) -> tuple[LineKind, str]:
        folded = fold_printed_line(line)
        found = (mark(folded), folded)
        self[line] = found
        return found


def tokenise(text: TextLines, first: int, max_line_chars: int) -> Tokens:
    """Return the lines of a dump from index `first` on with their kinds; blank lines are left out."""
    marks = _Marks()
    kinds: list[LineKind] = []
    texts: list[str] = []
    lines: list[int] = []
    plain = text.plain
    for index, line in enumerate(text.lines[first:] if first else text.lines, start=first + 1):
        if not line:
            continue
        if len(line) <= MAX_MARK:
            kind, folded = marks[line]
            if kind is LineKind.BLANK:
                continue
        else:
            kind = LineKind.TEXT if len(line) <= max_line_chars else LineKind.TOO_LONG
            is_folded = plain and line.isascii() and "  " not in line
            folded = line.strip() if is_folded else fold_printed_line(line)
            if not folded:
                continue
        if kind is LineKind.SLOT:
            parts = _SLOT.fullmatch(folded)
            assert parts is not None  # noqa: S101  # the kind is SLOT because the pattern matched
            kinds += (mark(parts[1]), LineKind.SEPARATOR, LineKind.DATE)
            texts += (parts[1], "·", parts[2])
            lines += (index, index, index)
            continue
        kinds.append(kind)
        texts.append(folded)
        lines.append(index)
    damaged = {place for place, line in enumerate(lines) if line - 1 in text.damaged} if text.damaged else ()
    for place in damaged:
        if kinds[place] is not LineKind.TEXT:
            kinds[place] = LineKind.NOISE  # a mark with a wrong byte is no evidence
    return Tokens(kinds, texts, lines, frozenset(damaged))
