"""From the bytes of a text dump to lines: encodings, line ends, odd characters, what is no text at all.

A line whose bytes make no sense is marked, not repaired, so that what stands in it never reaches a table.
What the lines mean is decided by the readers.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

BINARY_SHARE = 0.02  # of control characters in the head: text that was damaged by hand has far fewer

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_REPLACED = re.compile("\ufffd")
_ODD_BYTES = bytes(set(range(0x20)) - set(b"\n\r")) + b"\x7f"
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_WINDOWS_1252_GAPS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff]")
_COMBINING = re.compile(r"[\u0300-\u036f]")
# White space other than the plain single blank, or characters that nobody sees.
_UNTIDY = re.compile(r"[^\S ]|  |[\u200b\u2060\ufeff]")
_UTF16_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True)
class TextLines:
    """The lines of a text dump."""

    lines: list[str]
    """Without line ends; line n of the file is `lines[n - 1]`."""
    damaged: frozenset[int]
    """Indices (from 0) of lines that hold bytes that are no text, or control characters."""
    plain: bool
    """Whether no ASCII character in them is white space other than blanks, or a control character."""


def looks_binary(head: bytes) -> bool:
    """Whether a file that begins with `head` is no text in any encoding that dumps come in."""
    if head.startswith(tuple(_UTF16_BOMS)):
        return False
    controls = len(head) - len(head.translate(None, _CONTROL_BYTES))
    return controls > BINARY_SHARE * len(head)


def decode_lines(content: bytes) -> TextLines:
    """Decode a text dump and split it into lines.

    UTF-8 with or without BOM and UTF-16 with BOM; a file in which more lines break the rules of UTF-8 than
    keep them is Windows-1252. Lines end with LF, CRLF or CR.
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
    """The head of a dump as text, for recognition only: nothing of it reaches a table."""
    for bom, encoding in _UTF16_BOMS.items():
        if head.startswith(bom):
            return head[len(bom) :].decode(encoding, "ignore")
    return head.removeprefix(codecs.BOM_UTF8).decode("utf-8", "ignore")


def _is_decomposed(line: str) -> bool:
    if unicodedata.is_normalized("NFC", line):
        return False
    return _COMBINING.search(line) is not None or unicodedata.is_normalized("NFD", line)


def fold(line: str) -> str:
    """A line without invisible characters, each run of white space one blank, accents composed.

    Only a line that was decomposed is composed (NFC), so that other characters stay as they were written.
    """
    if not line.isascii() and _is_decomposed(line):
        line = unicodedata.normalize("NFC", line)
    if _UNTIDY.search(line) is None:
        return line.strip()
    return " ".join(_INVISIBLE.sub("", line).split())


def _with(pattern: re.Pattern[str], lines: list[str]) -> frozenset[int]:
    """Indices of the lines in which a pattern occurs."""
    if pattern.search("\n".join(lines)) is None:
        return frozenset()
    return frozenset(index for index, line in enumerate(lines) if pattern.search(line))


def _decode_line_by_line(raw: list[bytes]) -> tuple[list[str], frozenset[int]]:
    """Decode a file that is not all UTF-8: each line by itself, so that damage stays where it is.

    Returns:
        The lines, and the indices of those that are neither UTF-8 nor, as far as one can tell, Windows-1252.
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
