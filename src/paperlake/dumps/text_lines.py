"""Decoding the bytes of a text dump to lines: encodings, line ends, control characters, binary data.

A line that cannot be decoded is marked, not repaired, so that its content never reaches a table. The readers
decide what the lines mean.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MAX_CONTROL_SHARE = 0.02  # of the characters in the head; damaged text has a far smaller share

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_REPLACED = re.compile("\ufffd")
_ODD_BYTES = bytes(set(range(0x20)) - set(b"\n\r")) + b"\x7f"
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_WINDOWS_1252_GAPS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_TRUNCATED = re.compile(
    r"(?:\.\.\.\s*|…\s*)?[\[(<]?\s*(?:\.\.\.|…)?\s*(?:(?:content|text|output|page|document|file|message|response)\s+(?:was\s+)?)?"
    r"truncated(?:\s+(?:here|due to|at|after|for)\b[^\]\n]{0,80})?\s*(?:\.\.\.|…|\.)?\s*[\])>]?",
    re.IGNORECASE,
)
_UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class TextLines:
    """The lines of a text dump."""

    lines: list[str]
    """Without line ends; line n of the file, from 1, is `lines[n - 1]`."""
    damaged: frozenset[int]
    """Indices, from 0, of lines with bytes that cannot be decoded or with control characters."""
    plain: bool
    """True if the only ASCII white space in the lines is blanks, and they hold no control character."""


def looks_binary(head: bytes) -> bool:
    """Return whether a file that begins with `head` is text in none of the encodings of `decode_lines`."""
    if head.startswith(tuple(_UTF16_BOMS)):
        return False
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return controls > MAX_CONTROL_SHARE * len(head)


def is_truncation_mark(line: str) -> bool:
    """Return whether a line says that the tool that saved the text cut it: `[Content truncated]`."""
    bare = line.strip().strip("*_` ")
    return len(bare) <= 120 and _TRUNCATED.fullmatch(bare) is not None


def decode_lines(content: bytes) -> TextLines:
    """Decode a text dump and split it into lines.

    Encodings are UTF-8 with or without BOM and UTF-16 with BOM; a file with more lines of invalid UTF-8 than
    lines of valid UTF-8 beyond ASCII is Windows-1252. Lines end with LF, CRLF or CR.
    """
    for bom, encoding in _UTF16_BOMS.items():
        if content.startswith(bom):
            text = content[len(bom) :].decode(encoding, "replace")
            lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
            return TextLines(lines, _with(_CONTROL, lines) | _with(_REPLACED, lines), False)
    content = content.removeprefix(codecs.BOM_UTF8)
    plain = len(content.translate(None, _ODD_BYTES)) == len(content)
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    raw = content.split(b"\n")
    if raw[-1] == b"":
        raw.pop()
    damaged: frozenset[int] = frozenset()
    try:
        lines = [line.decode() for line in raw]
    except UnicodeDecodeError:
        lines, damaged = _decode_line_by_line(raw)
    return TextLines(lines, damaged if plain else damaged | _with(_CONTROL, lines), plain)


def decode_head(head: bytes) -> str:
    """Return the head of a dump as text, for detection only: undecodable bytes are dropped."""
    for bom, encoding in _UTF16_BOMS.items():
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "ignore")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore")


def _with(pattern: re.Pattern[str], lines: list[str]) -> frozenset[int]:
    """Return the indices of the lines in which a pattern occurs."""
    if pattern.search("\n".join(lines)) is None:
        return frozenset()
    return frozenset(index for index, line in enumerate(lines) if pattern.search(line))


def _decode_line_by_line(raw: list[bytes]) -> tuple[list[str], frozenset[int]]:
    """Decode a file that is not all UTF-8 line by line, so that damage costs only its own line.

    Returns:
        The lines, and the indices of those that are neither UTF-8 nor probably Windows-1252.
    """
    lines: list[str] = []
    broken: list[int] = []
    kept = 0
    for index, line in enumerate(raw):
        try:
            lines.append(line.decode())
            kept += not line.isascii()
        except UnicodeDecodeError:
            lines.append("")
            broken.append(index)
    damaged: set[int] = set()
    for index in broken:
        is_windows = len(broken) > kept and not _WINDOWS_1252_GAPS.search(raw[index])
        lines[index] = raw[index].decode("cp1252" if is_windows else "utf-8", "replace")
        if not is_windows:
            damaged.add(index)
    return lines, frozenset(damaged)
