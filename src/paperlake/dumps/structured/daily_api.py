"""The reader of `daily_api`: one JSON answer of the daily listing's API, a list of paper objects.

A broken answer is taken apart object by object, so that damage costs its own object. What one object means
is said in `paper_objects.py`; fetching answers is in `daily_landing.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from paperlake.dumps.dates import day_in_path, read_iso_day, retrieved_day_in_path
from paperlake.dumps.reading import PART_ROWS, OpenDump, Part, Reading, entries_frame, rejects_frame
from paperlake.dumps.structured.json_objects import BadObjectError, decode, excerpt, split_list
from paperlake.dumps.structured.paper_objects import objects_to_rows
from paperlake.settings import Settings

# The fields that may hold the list where the answer is an object: an archive's wrapper, a saved page.
LIST_FIELDS = ("data", "dailyPapers")

_LIST_FIELD = re.compile(rf'"(?:{"|".join(LIST_FIELDS)})"\s*:\s*\[')
_BEGINS_LIST = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*\[\s*(?:[{\"\]]|\Z)")
_BEGINS_OBJECT = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*\{")
_PAPER = re.compile(rb"""["']paper\\?["']\s*:\s*\{""")


class DailyApiReader:
    """Reads the answers of the daily listing's API, as they came or in an archive's wrapper."""

    format = "daily_api"

    def recognises(self, head: bytes, path: str) -> bool:
        """Whether it is a list of papers, or an object with such a list; by its name, any list or object."""
        is_hinted = "daily_api" in path.split("/")
        if _BEGINS_LIST.match(head):
            return is_hinted or _PAPER.search(head) is not None
        if _BEGINS_OBJECT.match(head):
            has_list = any(f'"{name}"'.encode() in head for name in LIST_FIELDS)
            return is_hinted or (has_list and _PAPER.search(head) is not None)
        return False

    def read(self, dump: OpenDump, settings: Settings) -> Reading:
        """Read a whole answer: every object is an entry or a reject under its number."""
        content = dump.content()
        snapshot = retrieved_day_in_path(dump.path)
        try:
            objects, answer_date = answer_objects(content)
            parts = object_parts(objects, snapshot, settings.max_json_depth)
        except BadObjectError as error:
            answer_date = None
            text = excerpt(content[:2000].decode(errors="replace"))
            parts = iter([whole_reject(str(error), text)])
        return Reading(
            layout=None,
            line_count=None,
            snapshot_date=snapshot,
            listed_date=listed_day_in_path(dump.path) or answer_date,
            parts=parts,
        )


READER = DailyApiReader()


def answer_objects(content: bytes) -> tuple[Sequence[object], date | None]:
    """The objects of an answer, decoded or as pieces of a broken list, and the day the answer says it is for.

    Raises:
        BadObjectError: It is neither a list nor an object that holds one.
    """
    try:
        value = decode(content)
    except BadObjectError as error:
        return _broken_answer_objects(content, error), None
    if isinstance(value, list):
        return value, None
    if isinstance(value, dict):
        for name in LIST_FIELDS:
            objects = value.get(name)
            if isinstance(objects, list):
                return objects, read_iso_day(value.get("date"))
    raise BadObjectError("The answer is neither a list of papers nor an object that holds one.")


def _broken_answer_objects(content: bytes, error: BadObjectError) -> Sequence[object]:
    text = content.decode("utf-8-sig", "surrogateescape")
    bare = text.lstrip()
    if bare.startswith("["):
        return list(split_list(text, len(text) - len(bare) + 1))
    found = _LIST_FIELD.search(text) if bare.startswith("{") else None
    if found is None:
        raise error
    return list(split_list(text, found.end()))


def object_parts(objects: Sequence[object], latest: date | None, max_depth: int) -> Iterator[Part]:
    """Entries and rejects of API objects, in parts of bounded size."""
    for start in range(0, len(objects), PART_ROWS):
        entries, rejects = objects_to_rows(objects[start : start + PART_ROWS], start + 1, latest, max_depth)
        yield Part(entries_frame(entries), rejects_frame(rejects))


def whole_reject(reason: str, text: str | None) -> Part:
    """The only part of a dump that could not be taken apart."""
    return Part(entries_frame([]), rejects_frame([{"reason": reason, "text": text}]))


def listed_day_in_path(path: str) -> date | None:
    """The day that names the file, or the folder of files named by their time of retrieval."""
    for name in reversed(path.split("/")):
        day = day_in_path(name)
        if day is not None and retrieved_day_in_path(name) is None:
            return day
    return None
