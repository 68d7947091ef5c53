"""Splitting a JSON dump of any size to the texts of its objects, in bounded memory.

An object that is broken costs only itself where objects stand on lines of their own; else it can take the
objects after it with it, up to the size that one object may have. Shapes are found in `json_shape.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from paperlake.dumps.reading import PART_ROWS
from paperlake.dumps.structured.json_scanner import Element, JsonScanner, balanced_end
from paperlake.dumps.structured.json_shape import BYTE_ORDER_MARK, JsonShape, bare_line

PART_BYTES = 64 << 20  # of one part; the memory needed at once is some five times this

_CLOSERS = re.compile(rb"[\s,\]}]*")


def line_blocks(chunks: Iterator[bytes], max_line_bytes: int) -> Iterator[list[bytes]]:
    """Yield the lines of a stream in blocks of up to `PART_ROWS`, each cut to `max_line_bytes` + 1 bytes."""
    block: list[bytes] = []
    size = 0
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).split(b"\n")
        rest = lines.pop()[: max_line_bytes + 1]
        for line in lines:
            block.append(line[: max_line_bytes + 1])
            size += len(block[-1])
            if len(block) == PART_ROWS or size >= PART_BYTES:
                yield block
                block, size = [], 0
    if rest:
        block.append(rest)
    if block:
        yield block


def element_blocks(chunks: Iterator[bytes], shape: JsonShape, max_bytes: int) -> Iterator[list[Element]]:
    """Yield the objects of a dump in blocks of up to `PART_ROWS`, each cut to `max_bytes` + 1 bytes."""
    block: list[Element] = []
    size = 0
    for element in _elements(chunks, shape, max_bytes):
        block.append(element)
        size += len(element.text)
        if len(block) == PART_ROWS or size >= PART_BYTES:
            yield block
            block, size = [], 0
    if block:
        yield block


def _elements(chunks: Iterator[bytes], shape: JsonShape, max_bytes: int) -> Iterator[Element]:
    if shape.by_line:
        return _lines(chunks, bool(shape.path), max_bytes)
    if shape.indent is not None:
        return _indented(chunks, shape.indent, bool(shape.path), max_bytes)
    return JsonScanner(shape.path, max_bytes).elements(chunks)


def _lines(chunks: Iterator[bytes], are_in_list: bool, max_bytes: int) -> Iterator[Element]:
    number = 0
    for block in line_blocks(chunks, max_bytes):
        for line in block:
            number += 1
            text = line.removeprefix(BYTE_ORDER_MARK) if number == 1 else line
            text = bare_line(text) if are_in_list else text.strip()
            if text:
                yield Element(number, text)


def _indented(chunks: Iterator[bytes], indent: bytes, are_in_list: bool, max_bytes: int) -> Iterator[Element]:
    """Yield the objects whose `{` stand on lines of their own after the same white space."""
    begin = b"\n" + indent + b"{"
    pieces = _pieces(chunks, begin, max_bytes)
    before = next(pieces, b"").strip()
    number = 0
    if before.strip(b"[") and not are_in_list:
        number += 1
        yield Element(number, before)
    for piece, is_last in _with_last(pieces):
        text = (b"{" + piece).rstrip(b" \t\r\n,")
        if not is_last and text.endswith(b"}"):
            number += 1
            yield Element(number, text)
            continue
        end = balanced_end(text)
        number += 1
        yield Element(number, text[:end], is_cut=end is None and is_last)
        rest = b"" if end is None else text[end:].strip()
        if is_last and are_in_list and rest.startswith(b"]"):
            continue  # the end of the list, and members beside it
        if _CLOSERS.sub(b"", rest):
            number += 1
            yield Element(number, rest[: max_bytes + 1])
        if is_last and are_in_list and end is not None:
            number += 1
            yield Element(number, b"", is_cut=True)


def _pieces(chunks: Iterator[bytes], separator: bytes, max_bytes: int) -> Iterator[bytes]:
    """Yield the pieces of a stream between separators, each cut to one byte more than `max_bytes`."""
    buffer = b"\n"
    is_first = True
    for chunk in chunks:
        if is_first:
            chunk = chunk.removeprefix(BYTE_ORDER_MARK).lstrip()  # noqa: PLW2901  # the same text
            is_first = not chunk
        *pieces, buffer = (buffer + chunk).split(separator)
        for piece in pieces:
            yield piece[: max_bytes + 1]
        if len(buffer) > 2 * max_bytes:
            buffer = buffer[: max_bytes + 1] + buffer[-len(separator) :]
    yield buffer[: max_bytes + 1]


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield each piece, and whether it is the last."""
    held = next(pieces, None)
    while held is not None:
        following = next(pieces, None)
        yield held, following is None
        held = following
