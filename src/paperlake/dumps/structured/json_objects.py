"""JSON that may be damaged: decoding one value, splitting a broken list, folding its texts.

Strict decoding is msgspec's; what it refuses is tried once more with the standard library, which also takes
NaN and bare control characters. What the objects mean is said in `paper_objects.py` and the readers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from paperlake.dumps.reading import PARAGRAPH_BREAK
from paperlake.errors import PaperlakeError

REJECT_TEXT_CHARS = 400  # what a reject shows: enough to find the place, short enough for a table

_strict = msgspec.json.Decoder()
_PARAGRAPHS = re.compile(r"\n[^\S\n]*\n|\u2029")
# Possessive, so that an endless string costs one pass and not one a quote.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)


class BadObjectError(PaperlakeError):
    """A part of a dump that is no entry; the message is the reason of its reject."""


@dataclass(frozen=True)
class Piece:
    """One element of a list that could not be decoded as a whole."""

    text: str
    is_cut: bool
    """Whether the text ended before the list did, in this element or, if it is empty, after the last one."""


def decode(raw: bytes) -> object:
    """The value that JSON text stands for; NaN and infinities are let through as floats.

    Bytes that are not UTF-8 become lone surrogates, which `known_text` refuses.

    Raises:
        BadObjectError: It is no JSON, or nested too deep; the message is a reason for a reject.
    """
    try:
        return _strict.decode(raw)
    except RecursionError:
        raise BadObjectError("The JSON is nested too deep.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        value: object = json.loads(raw.decode("utf-8-sig", "surrogateescape"), strict=False)
    except json.JSONDecodeError as error:
        raise BadObjectError(
            f"The JSON is broken: {error.msg.lower()} at character {error.pos + 1}."
        ) from None
    except ValueError:
        raise BadObjectError("The JSON holds a number with too many digits.") from None
    except RecursionError:
        raise BadObjectError("The JSON is nested too deep.") from None
    return value


def split_list(text: str, start: int) -> Iterator[Piece]:
    """The elements of a JSON list of which something is broken, one by one and undecoded.

    Args:
        text: The whole text.
        start: Where the list's first element begins, after its `[`.
    """
    depth = 0
    begin = start
    for token in _TOKENS.finditer(text, start):
        mark = token[0][0]
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        if depth < 0 or (depth == 0 and mark == ","):
            piece = text[begin : token.start()].strip()
            if piece or mark == ",":
                yield Piece(piece, is_cut=False)
            begin = token.end()
        if depth < 0:
            break
    rest = text[begin:].strip()
    if depth < 0:
        rest = rest.lstrip("}")  # the end of an object that wraps the list
    if rest:
        yield Piece(rest, is_cut=depth >= 0)
    if depth == 0:
        yield Piece("", is_cut=True)


def is_deeper_than(value: object, levels: int) -> bool:
    """Whether lists and objects nest in more than `levels` levels."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(levels):
        level = [
            inner
            for container in level
            for inner in (container.values() if isinstance(container, dict) else container)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return bool(level)


def known_text(value: object, name: str) -> str | None:
    """A field's text; None if it is missing, empty or of another type.

    Raises:
        BadObjectError: It holds code points that no Unicode text may hold.
    """
    if not isinstance(value, str):
        return None
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadObjectError(f"The {name} holds characters that are not Unicode text.") from None
    return value or None


def fold(text: str | None) -> str | None:
    """A text on one line with single spaces; None if nothing remains."""
    return " ".join(text.replace("\0", " ").split()) or None if text else None


def fold_paragraphs(text: str | None) -> str | None:
    """A text with one line a paragraph; blank lines separate paragraphs; None if nothing remains."""
    if not text:
        return None
    if "\n" not in text and "\u2029" not in text:
        return fold(text)
    paragraphs = (fold(paragraph) for paragraph in _PARAGRAPHS.split(text))
    return PARAGRAPH_BREAK.join(paragraph for paragraph in paragraphs if paragraph) or None


def excerpt(text: str) -> str | None:
    """The beginning of a text for a reject, made safe to store; None if nothing can be shown."""
    shown = text[: REJECT_TEXT_CHARS + 1].encode(errors="replace").decode().strip()
    if len(shown) > REJECT_TEXT_CHARS:
        shown = shown[: REJECT_TEXT_CHARS - 1] + "…"
    return shown or None
