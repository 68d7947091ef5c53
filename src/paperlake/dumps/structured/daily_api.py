"""The reader of `daily_api`: one JSON answer of the daily listing's API, a list of paper objects.

A broken answer is split object by object, so that damage costs only its own object. Single objects are read
in `paper_objects.py`; answers are downloaded in `dumps/harvest/`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import day_in_path, read_iso_day, retrieved_day_in_path
from paperlake.dumps.reading import (
    HEAD_BYTES,
    PART_ROWS,
    OpenDump,
    ParsedDump,
    ParsedPart,
    RejectReason,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.scholarly_json.values import Warnings
from paperlake.dumps.structured.json_objects import BadObjectError, UndecodedElement, decode, split_list
from paperlake.dumps.structured.json_shape import JsonShape, find_shape
from paperlake.dumps.structured.json_stream import element_blocks
from paperlake.dumps.structured.paper_objects import is_bare_paper, objects_to_rows
from paperlake.settings import Settings
from paperlake.text.display import reject_text

# The fields that may hold the list where the answer is an object: of an archive, or of a saved page.
LIST_FIELDS = ("data", "dailyPapers")

_LIST_FIELD = re.compile(rf'"(?:{"|".join(LIST_FIELDS)})"\s*:\s*\[')
_BEGINS_LIST = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*\[\s*(?:[{\"\]]|\Z)")
_BEGINS_OBJECT = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*\{")
_PAPER = re.compile(rb"""["']paper\\?["']\s*:\s*\{""")


class DailyApiReader:
    """Reads the answers of the daily listing's API, bare or in the wrapper object of an archive."""

    format = DumpFormat.DAILY_API

    def recognises(self, head: bytes, path: str) -> bool:
        """Return whether it holds objects of the API; in a folder daily_api, any list or object is enough."""
        is_hinted = "daily_api" in path.split("/")
        is_list = _BEGINS_LIST.match(head) is not None
        if not is_list and not _BEGINS_OBJECT.match(head):
            return False
        if is_hinted:
            return True
        if is_list or any(f'"{name}"'.encode() in head for name in LIST_FIELDS):
            return _PAPER.search(head) is not None or _has_bare_papers(head)
        return _has_bare_papers(head)

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read a whole answer; each object is an entry or a reject, by its number."""
        content = dump.content()
        snapshot = retrieved_day_in_path(dump.path)
        try:
            objects, answer_date = answer_objects(content)
            parts = object_parts(objects, snapshot, settings.max_json_depth)
        except BadObjectError as error:
            answer_date = None
            text = reject_text(content[:2000].decode(errors="replace"))
            parts = iter([whole_reject(error.reason, text)])
        return ParsedDump(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=listed_day_in_path(dump.path) or answer_date,
            parts=parts,
        )


READER = DailyApiReader()


def _has_bare_papers(head: bytes) -> bool:
    """Return whether most of the first objects are papers of the API, bare or below `paper`."""
    shape = find_shape(head)
    if shape is None:
        return False
    papers = [one for one in shape.sample if is_bare_paper(one) or is_bare_paper(one.get("paper"), True)]
    return bool(papers) and 2 * len(papers) >= len(shape.sample)


def answer_objects(content: bytes) -> tuple[Sequence[object], date | None]:
    """Return the objects of an answer, undecoded if the list is broken, and the day that the answer names.

    Raises:
        BadObjectError: The answer is neither a list nor an object that contains one.
    """
    try:
        value = decode(content)
    except BadObjectError as error:
        shape = find_shape(content[:HEAD_BYTES])
        if shape is not None and not shape.path:
            return _one_after_another(content, shape), None
        return _broken_answer_objects(content, error), None
    if isinstance(value, list):
        return value, None
    if isinstance(value, dict):
        if isinstance(value.get("paper"), dict) or is_bare_paper(value):
            return [value], None
        for name in LIST_FIELDS:
            objects = value.get(name)
            if isinstance(objects, list):
                return objects, read_iso_day(value.get("date"))
    raise BadObjectError(
        "The answer is neither a list of papers nor an object that contains one.", RejectCode.WRONG_TYPE
    )


def _one_after_another(content: bytes, shape: JsonShape) -> Sequence[object]:
    blocks = element_blocks(iter([content]), shape, len(content))
    return [
        UndecodedElement(element.text.decode("utf-8", "surrogateescape"), element.is_cut)
        for block in blocks
        for element in block
    ]


def _broken_answer_objects(content: bytes, error: BadObjectError) -> Sequence[object]:
    text = content.decode("utf-8-sig", "surrogateescape")
    bare = text.lstrip()
    if bare.startswith("["):
        return list(split_list(text, len(text) - len(bare) + 1))
    found = _LIST_FIELD.search(text) if bare.startswith("{") else None
    if found is None:
        raise error
    return list(split_list(text, found.end()))


def object_parts(objects: Sequence[object], latest: date | None, max_depth: int) -> Iterator[ParsedPart]:
    """Yield entries and rejects of API objects, in parts of bounded size."""
    for start in range(0, len(objects), PART_ROWS):
        warnings: Warnings = Counter()
        some = objects[start : start + PART_ROWS]
        entries, rejects = objects_to_rows(some, start + 1, latest, max_depth, warnings)
        yield ParsedPart(entries_frame(entries), rejects_frame(rejects), warnings)


def whole_reject(reason: RejectReason, text: str | None) -> ParsedPart:
    """Return the only part of a dump that is one reject."""
    return ParsedPart(entries_frame([]), rejects_frame([reject_row(reason, text)]))


def listed_day_in_path(path: str) -> date | None:
    """Return the day in the name of the file; of its folder if the file is named by its retrieval."""
    for name in reversed(path.split("/")):
        day = day_in_path(name)
        if day is not None and retrieved_day_in_path(name) is None:
            return day
    return None
