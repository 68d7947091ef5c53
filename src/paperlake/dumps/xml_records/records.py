"""Split a stream of XML into its records and what is between them, in bounded memory.

Only the tags of records, comments and CDATA sections are looked for; what a record contains is parsed by
`documents.py`. So a broken record costs itself only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

MAX_GAP_BYTES = 1 << 16  # of text between records that is handed over at once
MAX_TAG_BYTES = 256  # of the name of a tag that a chunk may cut
SHOWN_BYTES = 4000  # of a record that is too long


class Part(Enum):
    """Kinds of pieces of a stream."""

    RECORD = "from the start tag of a record to its end tag"
    BROKEN = "a record without its end tag, up to the next one"
    CUT = "a record that the end of the stream cuts off"
    LONG = "the beginning of a record that is longer than the limit"
    GAP = "text outside of records"


@dataclass(frozen=True)
class Piece:
    """One piece of a stream of XML; all pieces together, but for what LONG leaves out, are the stream."""

    part: Part
    content: bytes


def split_records(chunks: Iterator[bytes], names: Sequence[str], max_bytes: int) -> Iterator[Piece]:
    """Yield the pieces of a stream in order; the last one is a GAP or CUT, possibly empty.

    Args:
        chunks: The stream, as UTF-8.
        names: Local names of the elements that are records; none is ever inside another.
        max_bytes: A longer record is LONG.
    """
    splitter = _Splitter(names, max_bytes)
    for chunk in chunks:
        yield from splitter.feed(chunk)
    yield from splitter.end()


class _Splitter:
    """The state between two chunks: the piece that has begun, and how far it was looked at."""

    def __init__(self, names: Sequence[str], max_bytes: int) -> None:
        alternatives = "|".join(map(re.escape, names))
        self._marks = re.compile(
            rf"<!--|<!\[CDATA\[|<(/?)((?:[\w.-]+:)?(?:{alternatives}))(?=[\s/>])".encode()
        )
        self._max_bytes = max_bytes
        self._text = b""
        self._begin = self._seen = 0
        self._open: bytes | None = None  # the name of the record that has begun
        self._is_skipping = False  # the rest of a record that was too long
        self._absent: set[bytes] = set()  # ends that do not occur in the rest of the text

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """Add a chunk; yield the pieces that it completes."""
        self._text = self._text[self._begin :] + chunk
        self._seen -= self._begin
        self._begin = 0
        self._absent.clear()
        while (mark := self._marks.search(self._text, self._seen)) is not None:
            end = self._end_of(mark)
            if end is None:
                self._seen = mark.start()
                if len(self._text) - mark.start() <= self._max_bytes:
                    break
                end = mark.end()  # a comment or tag that does not end is text
            elif mark[2]:
                yield from self._tag(mark, end)
            self._seen = end
        else:
            self._seen = max(self._seen, self._begin, len(self._text) - MAX_TAG_BYTES)
        yield from self._overlong()

    def _end_of(self, mark: re.Match[bytes]) -> int | None:
        closing = b">" if mark[2] else b"-->" if mark[0] == b"<!--" else b"]]>"
        if closing in self._absent:  # a search for each of a million comments would take hours
            return None
        found = self._text.find(closing, mark.end())
        if found < 0:
            self._absent.add(closing)
            return None
        return found + len(closing)

    def _tag(self, mark: re.Match[bytes], end: int) -> Iterator[Piece]:
        """Yield the pieces that the tag of a record completes."""
        name = mark[2]
        if not mark[1]:
            if self._open is not None:
                yield self._take(Part.BROKEN, mark.start())
            elif self._is_skipping:
                self._begin, self._is_skipping = mark.start(), False
            else:
                yield self._take(Part.GAP, mark.start())
            if self._text[end - 2 : end] == b"/>":
                yield self._take(Part.RECORD, end)
            else:
                self._open = name
        elif self._open is not None:
            yield self._take(Part.RECORD if name == self._open else Part.BROKEN, end)
        elif self._is_skipping:
            self._begin, self._is_skipping = end, False

    def _take(self, part: Part, end: int) -> Piece:
        content = self._text[self._begin : end]
        self._begin, self._open = end, None
        if part is not Part.GAP and len(content) > self._max_bytes:  # in one chunk
            return Piece(Part.LONG, content[:SHOWN_BYTES])
        return Piece(part, content)

    def _overlong(self) -> Iterator[Piece]:
        """Hand over or drop what need not be kept until the next chunk."""
        if self._open is not None and len(self._text) - self._begin > self._max_bytes:
            yield self._take(Part.LONG, len(self._text))
            self._is_skipping = True
        if self._open is None and self._is_skipping:
            self._begin = max(self._begin, self._seen)
        elif self._open is None and self._seen - self._begin > MAX_GAP_BYTES:
            yield self._take(Part.GAP, self._seen)

    def end(self) -> Iterator[Piece]:
        """Yield the last piece."""
        if self._is_skipping:
            self._begin = len(self._text)
        yield self._take(Part.GAP if self._open is None else Part.CUT, len(self._text))
