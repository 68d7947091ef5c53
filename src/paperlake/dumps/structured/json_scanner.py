"""Splitting a JSON text by its brackets, quotes and commas, whatever its lines, in bounded memory.

Used by `json_stream.py` where objects do not stand on lines of their own. Objects are not decoded here.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from paperlake.dumps.structured.json_objects import BadObjectError, decode
from paperlake.dumps.structured.json_shape import BYTE_ORDER_MARK, Path

# Possessive, so that an endless string takes one pass and not one per quote.
_TOKENS = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)(\s*:)?|[\[\]{},]', re.DOTALL)
# All strings and other text up to the next bracket, which are many times faster skipped than looked at.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"(?:[^"\\]++|\\.)*+"[^"\[\]{}]*+)*+[\[\]{}]', re.DOTALL)
_STRING_REST = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_SPACE = b" \t\r\n,"


@dataclass(frozen=True)
class Element:
    """One object of a dump, not yet decoded."""

    number: int
    """From 1: the number of the line, or the place among the objects."""
    text: bytes
    """Cut to one byte more than an object may have; empty if the dump ends before its list does."""
    key: str | None = None
    """The key under which the object stands, where papers are the values of an object."""
    is_cut: bool = False
    """True if the dump ends in it."""


@dataclass
class _Container:
    """An open list or object around the papers."""

    is_list: bool
    key: str | None = None


class JsonScanner:
    """Finds the objects at one path of a stream of JSON."""

    def __init__(self, path: Path, max_bytes: int) -> None:
        """Bind the path of the objects and the size to which each is cut, less one byte."""
        self._path = path
        self._max_bytes = max_bytes
        self._are_lists: list[bool] = []  # of each level of the path, as first seen
        self._opened: list[_Container] = []
        self._inner = 0  # brackets open within an object, or within a member beside the path
        self._collected = bytearray()  # since the last separator
        self._number = 0

    def elements(self, chunks: Iterator[bytes]) -> Iterator[Element]:
        """Yield the objects at the path, other values in their places, and texts outside the brackets."""
        rest = b""
        is_first, in_string = True, False
        for chunk in chunks:
            if is_first:
                is_first = False
                chunk = chunk.removeprefix(BYTE_ORDER_MARK)  # noqa: PLW2901  # the same text
            buffer, place = rest + chunk, 0
            if in_string:
                place = _end_of_string(buffer, 0)
                in_string = buffer[place : place + 1] != b'"'
                place += not in_string
                self._collect(buffer[:place])
                rest = buffer[place:]
                if in_string:
                    continue
            place = yield from self._scan(buffer, place)
            rest = buffer[place:]
            if len(rest) > self._max_bytes and rest.startswith(b'"'):
                place = _end_of_string(rest, 1)
                in_string = rest[place : place + 1] != b'"'
                if in_string:
                    self._collect(rest[:place])
                    rest = rest[place:]
        self._collect(rest)
        yield from self._flush(is_end=True)

    def _scan(self, buffer: bytes, begin: int) -> Generator[Element, None, int]:
        """Yield the objects that end in a buffer; return the index up to which it was read."""
        place = begin
        while token := _TOKENS.search(buffer, self._skip(buffer, place)):
            place = token.end()
            mark = token[0][:1]
            if mark == b'"':
                if not token[1] or place == len(buffer):  # it may go on in the next chunk, or be a key
                    self._collect(buffer[begin : token.start()])
                    return token.start()
                if token[2] and not self._inner and self._opened and not self._opened[-1].is_list:
                    self._opened[-1].key = _key(token[0])
                    self._collected.clear()
                    begin = place
            elif self._inner:
                self._inner += 1 if mark in b"[{" else -1 if mark in b"]}" else 0
                if not self._inner and not self._opened:
                    self._collect(buffer[begin:place])
                    begin = place
                    yield from self._flush()
            elif mark in b"[{":
                self._collect(buffer[begin : token.start()])
                begin = token.start()
                if self._opens_container(mark == b"["):
                    begin = place
                    yield from self._flush()
                    self._opened.append(_Container(mark == b"["))
                else:
                    yield from self._begin_object()
            else:
                self._collect(buffer[begin : token.start()])
                begin = place
                yield from self._flush()
                if mark in b"]}" and self._opened:
                    self._opened.pop()
        self._collect(buffer[begin:])
        return len(buffer)

    def _skip(self, buffer: bytes, place: int) -> int:
        """Return the index before the last bracket of an object, or of what cannot be skipped at once."""
        while self._inner and (found := _TO_BRACKET.match(buffer, place)):
            closes = buffer[found.end() - 1] in b"]}"
            if closes and self._inner == 1:
                return found.end() - 1
            self._inner += -1 if closes else 1
            place = found.end()
        return place

    def _begin_object(self) -> Iterator[Element]:
        """Count the brackets of an object or of a member beside the path; yield a text before it."""
        if not self._opened or self._collected.rstrip().endswith(b"}"):
            yield from self._flush()
        self._inner = 1

    def _opens_container(self, is_list: bool) -> bool:
        """Return whether a bracket here opens a list or object of the path."""
        level = len(self._opened)
        if level >= len(self._path):
            return False
        if self._opened and self._path[level - 1] not in (None, self._opened[-1].key):
            return False
        if level == len(self._are_lists):
            self._are_lists.append(is_list)
        return self._are_lists[level] == is_list

    def _collect(self, text: bytes) -> None:
        room = self._max_bytes + 1 - len(self._collected)
        if room > 0:
            self._collected += text[:room]

    def _flush(self, is_end: bool = False) -> Iterator[Element]:
        """Yield what was collected, if it is in the place of a paper or outside of all brackets."""
        text = bytes(self._collected).strip(_SPACE)
        self._collected.clear()
        is_cut = is_end and bool(self._opened or self._inner)
        if (text and self._is_at_place()) or is_cut:
            self._number += 1
            key = self._opened[-1].key if self._opened else None
            yield Element(self._number, text, key, is_cut)

    def _is_at_place(self) -> bool:
        if not self._opened:
            return True
        if len(self._opened) < len(self._path):
            return False
        last = self._opened[-1]
        return self._path[-1] in (None, last.key) and (last.is_list or last.key is not None)


def _end_of_string(text: bytes, begin: int) -> int:
    """Return the index of the quote that ends a string, or of what ends the text within it."""
    found = _STRING_REST.match(text, begin)
    return found.end() if found else begin


def _key(token: bytes) -> str | None:
    try:
        value = decode(token.rstrip(b": \t\r\n"))
    except BadObjectError:
        return None
    return value if isinstance(value, str) else None


def balanced_end(text: bytes) -> int | None:
    """Return the end of the first bracketed value of a text; None if it does not end."""
    depth = 0
    for token in _TOKENS.finditer(text):
        mark = token[0][:1]
        if mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
            if depth <= 0:
                return token.end()
    return None
