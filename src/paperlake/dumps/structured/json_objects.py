"""JSON that may be damaged: decodes one value, splits a broken list, checks its texts.

Values are decoded strictly by msgspec, and on failure by the standard library, which also accepts NaN and
bare control characters. The objects are interpreted in `paper_objects.py` and the readers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.reading import RejectReason
from paperlake.errors import PaperlakeError

MAX_SHOWN_NAME = 100  # characters of a field's name in a message

_strict = msgspec.json.Decoder()
# Possessive, so that an endless string takes one pass and not one per quote.
_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{},]', re.DOTALL)


class BadObjectError(PaperlakeError):
    """A part of a dump that is no entry; it becomes one reject with this message."""

    def __init__(self, message: str, code: RejectCode) -> None:
        """Describe the problem: `message` is the `reason` of the reject, `code` its `reason_code`."""
        super().__init__(message)
        self.code = code

    @property
    def reason(self) -> RejectReason:
        """Return the reason of the reject."""
        return RejectReason(self.code, str(self))


@dataclass(frozen=True)
class UndecodedElement:
    """One element of a list that could not be decoded as a whole."""

    text: str
    is_cut: bool
    """True if the text ended before the list: in this element or, if it is empty, after the last one."""


def decode(raw: bytes) -> object:
    """Return the value of a JSON text; NaN and infinities become floats.

    Bytes that are not UTF-8 become lone surrogates, which `known_text` refuses. An object with a field twice
    is a `RepeatedField`, which `refuse_repeated_fields` refuses; the second pass for it takes 8 µs per kB.

    Raises:
        BadObjectError: The text is not JSON, or its nesting is too deep.
    """
    try:
        value: object = _strict.decode(raw)
        return _with_repeated_fields(raw, value)
    except RecursionError:
        raise BadObjectError("The JSON is nested too deep.", RejectCode.LIMIT_EXCEEDED) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        text = raw.decode("utf-8-sig", "surrogateescape")
        value = json.loads(text, strict=False, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise BadObjectError(
            f"The JSON is broken: {error.msg.lower()} at character {error.pos + 1}.", RejectCode.MALFORMED
        ) from None
    except ValueError:
        raise BadObjectError(
            "The JSON contains a number with too many digits.", RejectCode.LIMIT_EXCEEDED
        ) from None
    except RecursionError:
        raise BadObjectError("The JSON is nested too deep.", RejectCode.LIMIT_EXCEEDED) from None
    return value


class RepeatedField(dict[str, object]):
    """An object that has a field twice; the last value is in the dictionary, as JSON parsers have it."""

    name: str
    """The first such field."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeated = RepeatedField(found)
    names = [name for name, _ in pairs]
    repeated.name = next(name for place, name in enumerate(names) if name in names[:place])
    return repeated


def _with_repeated_fields(raw: bytes, value: object) -> object:
    """Return a decoded value, or the same with `RepeatedField` where an object has a field twice."""
    is_repeated = False

    def look(pairs: list[tuple[str, object]]) -> dict[str, object]:
        nonlocal is_repeated
        found = _object(pairs)
        is_repeated = is_repeated or isinstance(found, RepeatedField)
        return found

    try:
        again: object = json.loads(raw, object_pairs_hook=look)
    except ValueError:  # a number with too many digits, of which msgspec makes a float
        return value
    return again if is_repeated else value


def refuse_repeated_fields(value: object) -> None:
    """Refuse a decoded value in which an object has a field twice: one of the values would be lost.

    Raises:
        BadObjectError: There is one; the message names the field.
    """
    if isinstance(value, RepeatedField):
        shown = value.name.encode(errors="replace").decode()[:MAX_SHOWN_NAME]
        raise BadObjectError(f"The object has the field {shown!r} more than once.", RejectCode.MALFORMED)
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            if isinstance(inner, dict | list):
                refuse_repeated_fields(inner)


def split_list(text: str, start: int) -> Iterator[UndecodedElement]:
    """Yield the elements of a broken JSON list, undecoded.

    Args:
        text: The whole text.
        start: Index of the character after the `[` of the list.
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
                yield UndecodedElement(piece, is_cut=False)
            begin = token.end()
        if depth < 0:
            break
    rest = text[begin:].strip()
    if depth < 0:
        rest = rest.lstrip("}")  # the end of an object that wraps the list
    if rest:
        yield UndecodedElement(rest, is_cut=depth >= 0)
    if depth == 0:
        yield UndecodedElement("", is_cut=True)


def is_deeper_than(value: object, levels: int) -> bool:
    """Return whether lists and objects nest in more than `levels` levels."""
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
    """Return the text of a field; None if it is missing, empty or of another type.

    Raises:
        BadObjectError: It holds lone surrogates, which no Unicode text may hold.
    """
    if not isinstance(value, str):
        return None
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadObjectError(
                f"The {name} contains characters that are not Unicode text.", RejectCode.DAMAGED_TEXT
            ) from None
    return value or None
