"""What a single line of a listing says by itself: text, author slot, separator, date, number, furniture.

The marks by which entries are recognised. How marks make entries is decided in `listing_blocks.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from paperlake.dumps.dates import MONTH_PATTERN, PrintedDate, read_printed_date
from paperlake.dumps.listing.furniture import is_furniture, is_submitter
from paperlake.dumps.text import TextLines, fold

MAX_MARK = 120  # characters; a longer line is text without being looked at


class Kind(IntEnum):
    """What a line is."""

    BLANK = 0
    TEXT = 1
    AUTHORS = 2
    SEPARATOR = 3
    DATE = 4
    NUMBER = 5
    FURNITURE = 6
    SUBMITTER = 7
    NOISE = 8
    """No letter or digit in it, or longer than a line may be."""
    SLOT = 9
    """Author slot, separator and date in one line; `tokenise` makes three marks of it."""


SLOT_KINDS = (Kind.AUTHORS, Kind.SEPARATOR, Kind.DATE)


@dataclass(frozen=True)
class DateLine:
    """A line such as `Mar 6, 2025 2`."""

    printed: PrintedDate
    text: str
    """The date as it is printed."""
    comment_count: int | None


@dataclass(frozen=True)
class Tokens:
    """The lines of a dump that are not blank, as parallel lists."""

    kinds: list[Kind]
    texts: list[str]
    """Folded."""
    lines: list[int]
    """Line numbers, from 1."""
    damaged: frozenset[int]
    """Places in these lists of lines that hold bytes that are no text."""


_AUTHORS = re.compile(r"(?:[•·*∙●-]\s?)?(\d{1,5}) authors?")
_SEPARATOR = frozenset("·•∙⋅・")
_DATE = re.compile(rf"((?:{MONTH_PATTERN})\.? \d{{1,2}}(?:, ?\d{{4}})?)(?: (\d{{1,6}}))?")
_SLOT = re.compile(rf"(.{{1,100}}?) ?[·•|] ?({_DATE.pattern})")
_MARK = re.compile(rf"(?P<authors>{_AUTHORS.pattern})|(?P<date>{_DATE.pattern})|\d{{1,6}}|[-–—]")


def mark(line: str) -> Kind:
    """What a folded line of at most `MAX_MARK` characters is."""
    if not line or line in _SEPARATOR:
        return Kind.SEPARATOR if line else Kind.BLANK
    if is_furniture(line):
        return Kind.FURNITURE
    if is_submitter(line):
        return Kind.SUBMITTER
    found = _MARK.fullmatch(line)
    if found is None and _SLOT.fullmatch(line):
        return Kind.SLOT
    if found is None or (found["date"] and read_date_line(line) is None):
        return Kind.TEXT if any(map(str.isalnum, line)) else Kind.NOISE
    return Kind.DATE if found["date"] else Kind.AUTHORS if found["authors"] else Kind.NUMBER


def read_author_count(line: str) -> int | None:
    """The number of authors in an author slot; None for none."""
    match = _AUTHORS.fullmatch(line)
    return (int(match[1]) or None) if match else None


@lru_cache(maxsize=10_000)  # the days of some twenty years
def read_date_line(line: str) -> DateLine | None:
    """Read a folded date line; None if it is none."""
    match = _DATE.fullmatch(line)
    printed = read_printed_date(match[1]) if match else None
    if match is None or printed is None:
        return None
    return DateLine(printed, match[1], int(match[2]) if match[2] else None)


class _Marks(dict[str, tuple[Kind, str]]):
    """Short lines as they were met, with their kind and folded text: slots and dates come again and again."""

    def __missing__(self, line: str) -> tuple[Kind, str]:
        folded = fold(line)
        found = (mark(folded), folded)
        self[line] = found
        return found


def tokenise(text: TextLines, first: int, max_line_chars: int) -> Tokens:
    """Mark the lines of a dump from index `first` on; blank lines are left out."""
    marks = _Marks()
    kinds: list[Kind] = []
    texts: list[str] = []
    lines: list[int] = []
    plain = text.plain
    for index, line in enumerate(text.lines[first:] if first else text.lines, start=first + 1):
        if not line:
            continue
        if len(line) <= MAX_MARK:
            kind, folded = marks[line]
            if kind is Kind.BLANK:
                continue
        else:
            kind = Kind.TEXT if len(line) <= max_line_chars else Kind.NOISE
            folded = line.strip() if plain and line.isascii() and "  " not in line else fold(line)
            if not folded:
                continue
        if kind is Kind.SLOT:
            parts = _SLOT.fullmatch(folded)
            assert parts is not None  # noqa: S101  # that is what made it a slot
            kinds += (mark(parts[1]), Kind.SEPARATOR, Kind.DATE)
            texts += (parts[1], "·", parts[2])
            lines += (index, index, index)
            continue
        kinds.append(kind)
        texts.append(folded)
        lines.append(index)
    damaged = {place for place, line in enumerate(lines) if line - 1 in text.damaged} if text.damaged else ()
    for place in damaged:
        if kinds[place] is not Kind.TEXT:
            kinds[place] = Kind.NOISE  # a mark of which a byte is wrong says nothing
    return Tokens(kinds, texts, lines, frozenset(damaged))
