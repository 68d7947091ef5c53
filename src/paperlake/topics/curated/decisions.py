"""Read and check what people decided about topics: `curated/topics.csv`.

Each line renames, merges, splits or pins a topic, or files papers under it. Which topic of a fit a line is
about is found in `resolution.py`; the tables that follow are built in `published.py`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from paperlake.catalogue.topic_tables import MAX_DESCRIPTION_CHARS, MAX_LABEL_CHARS
from paperlake.catalogue.vocabulary import ID_PATTERN
from paperlake.errors import UsageError

COLUMNS = ("action", "topic_id", "ids", "label", "description", "note")
REQUIRED = COLUMNS[:2]
MAX_SHOWN_CHARS = 40  # of a wrong value, in an error
_ID = re.compile(ID_PATTERN)
_SEPARATORS = re.compile(r"[\s,;]+")


class TopicAction(StrEnum):
    """What a line does with its topic."""

    RENAME = "rename"
    """Give it a label, and perhaps a description."""
    MERGE = "merge"
    """Add to it the topics `ids`, which end."""
    SPLIT = "split"
    """Make a topic of its papers that are like `ids`; of a topic of level 1, of its subtopics `ids`."""
    PIN = "pin"
    """Keep its label and the papers that it has now."""
    FILE = "file"
    """File the papers `ids` under it."""


NEEDS_IDS = (TopicAction.MERGE, TopicAction.SPLIT, TopicAction.FILE)
NEEDS_LABEL = (TopicAction.RENAME, TopicAction.SPLIT)


@dataclass(frozen=True)
class TopicDecision:
    """A person's decision about one topic."""

    action: TopicAction
    topic_id: str
    ids: tuple[str, ...]
    """Topics or papers, without repeats, in ascending order."""
    label: str | None
    description: str | None
    line: int
    """Its line in the file, from 1."""

    @property
    def content(self) -> list[object]:
        """Return all but the line, as JSON values."""
        return [self.action, self.topic_id, list(self.ids), self.label, self.description]


def read_topic_decisions(path: Path) -> list[TopicDecision]:
    """Read the decisions of a file, in an order of their own; none if there is no file.

    Raises:
        UsageError: The file is no such CSV, or two lines contradict each other; the message names the lines.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the decisions in {path}: {error}. Save it as UTF-8.") from error
    return parse_topic_decisions(content, str(path))


def parse_topic_decisions(content: str, name: str) -> list[TopicDecision]:
    """Parse the decisions of a CSV text; `name` is the file in messages."""
    if not content.strip():
        return []
    reader = csv.DictReader(io.StringIO(content), skipinitialspace=True)
    header = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = header
    if set(REQUIRED) - set(header):
        raise UsageError(
            f"{name}: the first line must name the columns {', '.join(COLUMNS)}; found {', '.join(header)}."
        )
    decisions = []
    for row in reader:
        values = {column: " ".join(str(row.get(column) or "").split()) for column in COLUMNS}
        if not any(values.values()):
            continue
        problem = _problem(values)
        if problem:
            raise UsageError(f"{name}, line {reader.line_num}: {problem}")
        decisions.append(_decision(values, reader.line_num))
    _refuse_contradictions(decisions, name)
    return sorted(decisions, key=lambda one: (one.action, one.topic_id, one.ids, one.line))


def _decision(values: dict[str, str], line: int) -> TopicDecision:
    return TopicDecision(
        TopicAction(values["action"].lower()),
        values["topic_id"].lower(),
        tuple(sorted(set(_split_ids(values["ids"])))),
        values["label"] or None,
        values["description"] or None,
        line,
    )


def _split_ids(text: str) -> list[str]:
    return [part for part in _SEPARATORS.split(text.lower()) if part]


def _problem(values: dict[str, str]) -> str | None:
    """Return what is wrong with a line; None if nothing is."""
    action, topic_id = values["action"].lower(), values["topic_id"].lower()
    ids = _split_ids(values["ids"])
    if action not in list(TopicAction):
        return f"the action is {action[:MAX_SHOWN_CHARS]!r}; write {', '.join(TopicAction)}."
    wrong = [one for one in (topic_id, *ids) if not _ID.match(one)]
    if wrong:
        return f"{wrong[0][:MAX_SHOWN_CHARS]!r} is not an id (16 hexadecimal digits)."
    if action in NEEDS_IDS and not ids:
        return f"{action} needs the column ids: topics or papers, separated by spaces."
    if action in NEEDS_LABEL and not values["label"]:
        return f"{action} needs the column label."
    if action == TopicAction.MERGE and topic_id in ids:
        return "a topic cannot be merged into itself."
    return _too_long(values)


def _too_long(values: dict[str, str]) -> str | None:
    for column, limit in (("label", MAX_LABEL_CHARS), ("description", MAX_DESCRIPTION_CHARS)):
        if len(values[column]) > limit:
            return f"the {column} has {len(values[column])} characters; at most {limit} are shown."
    return None


def _refuse_contradictions(decisions: Sequence[TopicDecision], name: str) -> None:
    """Refuse two lines that decide the same thing differently, and topics that are merged in a circle."""
    seen: dict[tuple[str, str], TopicDecision] = {}
    for decision in decisions:
        for key in _decided(decision):
            other = seen.setdefault(key, decision)
            if other is not decision and other.content != decision.content:
                raise UsageError(
                    f"{name}, lines {other.line} and {decision.line} both {decision.action} {key[1]}. "
                    "Delete one of them."
                )
    into = {key[1]: one.topic_id for key, one in seen.items() if key[0] == TopicAction.MERGE}
    for start in sorted(into):
        passed, topic_id = {start}, into[start]
        while topic_id in into and topic_id not in passed:
            passed.add(topic_id)
            topic_id = into[topic_id]
        if topic_id in passed:
            lines = sorted({seen[TopicAction.MERGE, one].line for one in passed})
            raise UsageError(
                f"{name}, lines {', '.join(map(str, lines))} merge topics in a circle. Delete one of them."
            )


def _decided(decision: TopicDecision) -> Iterable[tuple[str, str]]:
    """Return what a line decides, as keys that only one line may have."""
    if decision.action in NEEDS_IDS:
        return [(decision.action, one) for one in decision.ids]
    return [(decision.action, decision.topic_id)]
