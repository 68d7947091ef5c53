"""The lines of a large text dump in bounded blocks, numbered, with those that cannot be read marked.

The rules of decoding are those of `text_lines.py`; Windows-1252 is decided per block.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import NamedTuple

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.reading import OpenDump, RejectReason
from paperlake.dumps.text_lines import decode_lines
from paperlake.text.display import MAX_REJECT_TEXT_CHARS, plural, reject_text

UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
BYTES_PER_CHAR = 4  # at most, in UTF-8
REPLACED = "\ufffd"

DAMAGED = RejectReason(
    RejectCode.DAMAGED_TEXT, "The record has bytes that cannot be decoded, or control characters."
)


class Line(NamedTuple):
    """One line of a text dump."""

    number: int
    """From 1."""
    text: str
    fault: RejectReason | None = None
    """Why the text cannot be used; None if it can."""


def line_blocks(dump: OpenDump, max_line_chars: int) -> Iterator[list[Line]]:
    """Yield the lines of a dump, some megabytes at once.

    Args:
        dump: The dump.
        max_line_chars: A longer line is cut and gets a fault.
    """
    encoding = next((name for bom, name in UTF16.items() if dump.head().startswith(bom)), None)
    chunks = dump.chunks() if encoding is None else _recoded(dump.chunks(), encoding)
    too_long = RejectReason(
        RejectCode.LIMIT_EXCEEDED,
        f"A line has more than {plural(max_line_chars, 'character')} (max_line_chars).",
    )
    number = 1
    for piece in _whole_lines(chunks, BYTES_PER_CHAR * max_line_chars):
        decoded = decode_lines(piece)
        lines = [Line(place, text) for place, text in enumerate(decoded.lines, start=number)]
        faults = dict.fromkeys(decoded.damaged, DAMAGED)
        for index, text in enumerate(decoded.lines):
            if len(text) > max_line_chars:
                faults[index] = too_long
            elif encoding is not None and REPLACED in text:
                faults[index] = DAMAGED
        for index, fault in faults.items():
            lines[index] = Line(number + index, decoded.lines[index][: max_line_chars + 1], fault)
        yield lines
        number += len(lines)


def shown_lines(lines: list[Line]) -> str | None:
    """Return the beginning of some lines as the text of a reject."""
    shown: list[str] = []
    size = 0
    for line in lines:
        shown.append(line.text[: MAX_REJECT_TEXT_CHARS + 1].rstrip())
        size += len(shown[-1])
        if size > MAX_REJECT_TEXT_CHARS:
            break
    return reject_text("\n".join(text for text in shown if text))


def _recoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Yield UTF-16 with a byte order mark as UTF-8 without one; broken characters become U+FFFD."""
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    is_first = True
    for chunk in chunks:
        text = decoder.decode(chunk)
        if is_first and text:
            text, is_first = text.removeprefix("\ufeff"), False
        yield text.encode()
    yield decoder.decode(b"", final=True).encode()


def _whole_lines(chunks: Iterator[bytes], max_line_bytes: int) -> Iterator[bytes]:
    """Yield pieces that end at the end of a line; a line is cut to `max_line_bytes` + 1 bytes."""
    rest = b""
    for chunk in chunks:
        content = rest + chunk
        end = content.rfind(b"\n") + 1
        if not end:  # perhaps a file whose lines end with CR; one at the end may be half of CRLF
            end = content.rfind(b"\r", 0, len(content) - 1) + 1
        if end:
            yield content[:end]
        rest = content[end:][: max_line_bytes + 1]
    if rest:
        yield rest
