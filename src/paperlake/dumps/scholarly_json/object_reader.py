"""A reader of dumps that hold one JSON object per paper: splits, decodes, counts and rejects.

What the objects of a format mean is in the file of the format, as a function from an object to a row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import retrieved_day_in_path
from paperlake.dumps.reading import (
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.scholarly_json.values import Warnings, kind_of
from paperlake.dumps.structured.json_objects import BadObjectError, decode, refuse_repeated_fields
from paperlake.dumps.structured.json_scanner import Element
from paperlake.dumps.structured.json_shape import JsonShape, find_shape
from paperlake.dumps.structured.json_stream import element_blocks
from paperlake.settings import Settings
from paperlake.text.display import plural, reject_text

MAX_SHOWN_BYTES = 4000  # of a rejected object that are decoded to be shown

_BRACKETS = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)

ReadObject = Callable[[dict[str, object], Warnings], ParsedRow]
"""Returns the row of one paper; raises BadObjectError if the object is none."""


class ObjectReader:
    """Reads dumps of one format, whose papers are JSON objects in any of the shapes of `json_shape.py`."""

    def __init__(
        self,
        dump_format: DumpFormat,
        is_ours: Callable[[JsonShape, str], bool],
        read_object: ReadObject,
    ) -> None:
        """Bind a format.

        Args:
            dump_format: Its name.
            is_ours: Says by the shape and first objects of a dump, and its path, whether it has the format.
            read_object: The meaning of one object.
        """
        self.format = dump_format
        self._is_ours = is_ours
        self._read_object = read_object

    def recognises(self, head: bytes, path: str) -> bool:
        """Return whether it is JSON with objects of this format."""
        shape = find_shape(head)
        return shape is not None and bool(shape.sample) and self._is_ours(shape, path)

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read object by object; each is an entry or a reject, by its number."""
        snapshot = retrieved_day_in_path(dump.path)
        shape = find_shape(dump.head()) or JsonShape((), True, None, ())
        return ParsedDump(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=None,
            parts=self._parts(dump, shape, settings, snapshot),
        )

    def _parts(
        self, dump: OpenDump, shape: JsonShape, settings: Settings, latest: date | None
    ) -> Iterator[ParsedPart]:
        for block in element_blocks(dump.chunks(), shape, settings.max_line_chars):
            yield read_elements(block, self._read_object, settings, latest)


def read_elements(
    elements: list[Element], read_object: ReadObject, settings: Settings, latest: date | None
) -> ParsedPart:
    """Return the entries and rejects of some objects.

    Args:
        elements: The objects, undecoded.
        read_object: The meaning of one object.
        settings: The limits.
        latest: The day of retrieval; a later date of publication is left out.
    """
    entries: list[ParsedRow] = []
    rejects: list[ParsedRow] = []
    warnings: Warnings = Counter()
    for element in elements:
        try:
            value = decode_element(element, settings)
            seen: Warnings = Counter()
            row = checked_row(read_object(value, seen), latest)
        except BadObjectError as error:
            text = reject_text(element.text[:MAX_SHOWN_BYTES].decode(errors="replace"))
            rejects.append(reject_row(error.reason, text, entry_number=element.number))
        else:
            warnings.update(seen)
            entries.append({"entry_number": element.number, **row})
    return ParsedPart(entries_frame(entries), rejects_frame(rejects), warnings)


def decode_element(element: Element, settings: Settings) -> dict[str, object]:
    """Return the object of an element; a key under which it stands alone becomes its `id` if it has none.

    Raises:
        BadObjectError: It is too long, nests too deep, is broken, or is no object.
    """
    text = element.text
    if len(text) > settings.max_line_chars:
        raise BadObjectError(
            f"The object has more than {plural(settings.max_line_chars, 'byte')} (max_line_chars).",
            RejectCode.LIMIT_EXCEEDED,
        )
    require_depth(text, settings.max_json_depth)
    if not text:
        raise BadObjectError("The dump ends before its list does.", RejectCode.TRUNCATED)
    try:
        value = decode(text)
    except BadObjectError as error:
        if element.is_cut:
            raise BadObjectError(
                "The dump ends in the middle of this object.", RejectCode.TRUNCATED
            ) from error
        raise
    if not isinstance(value, dict):
        raise BadObjectError(f"Not an object but {kind_of(value)}.", RejectCode.WRONG_TYPE)
    refuse_repeated_fields(value)
    if element.key is not None and "id" not in value:
        value = {**value, "id": element.key}
    return value


def require_depth(text: bytes, levels: int) -> None:
    """Raise BadObjectError if the brackets of a JSON text nest in more levels."""
    if text.count(b"[") + text.count(b"{") > levels and _depth(text) > levels:
        raise BadObjectError(
            f"The object nests in more than {plural(levels, 'level')} (max_json_depth).",
            RejectCode.LIMIT_EXCEEDED,
        )


def _depth(text: bytes) -> int:
    """Return the number of levels in which the brackets of a text nest, without those in strings."""
    depth = deepest = 0
    for token in _BRACKETS.finditer(text):
        mark = text[token.start()]
        if mark in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in b"]}":
            depth -= 1
    return deepest


def checked_row(row: ParsedRow, latest: date | None) -> ParsedRow:
    """Return a row whose dates are not after the day of retrieval, and whose authors are counted.

    Raises:
        BadObjectError: The row has no title, or none of abstract, authors and date: any titled object could
            be that.
    """
    if row.get("title") is None:
        raise BadObjectError("The paper has no title.", RejectCode.MISSING_FIELD)
    if not any(
        row.get(name) for name in ("abstract", "authors", "author_count", "published_text", "updated_date")
    ):
        raise BadObjectError(
            "The object has neither abstract nor authors nor a date.", RejectCode.MISSING_FIELD
        )
    authors = row.get("authors")
    if isinstance(authors, list):
        counted = row.get("author_count")
        row["author_count"] = max(len(authors), counted if isinstance(counted, int) else 0)
    for name in ("published_date", "updated_date"):
        day = row.get(name)
        if isinstance(day, date) and latest and day > latest:
            row[name] = None
    return row
