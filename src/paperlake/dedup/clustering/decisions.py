"""What people decided about pairs of entries: `curated/decisions.csv`, read and checked.

Each line says of two entry_ids that they are the same paper or different papers. How a decision is obeyed is
in `deduplicate.py`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from paperlake.catalogue.columns import ID_PATTERN
from paperlake.errors import UsageError

COLUMNS = ("entry_id_a", "entry_id_b", "decision", "note")
_ENTRY_ID = re.compile(ID_PATTERN)


@dataclass(frozen=True)
class Decision:
    """A person's word on two entries."""

    entry_id_a: str
    entry_id_b: str
    same: bool
    line: int
    """Where it stands in the file, from 1."""

    @property
    def pair(self) -> tuple[str, str]:
        """The two ids, the lesser first."""
        return min(self.entry_id_a, self.entry_id_b), max(self.entry_id_a, self.entry_id_b)


def read_decisions(path: Path) -> list[Decision]:
    """The decisions of a file; none if there is no file.

    Raises:
        UsageError: The file is not the CSV it should be, or two lines contradict each other; the message
            names the lines.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the decisions in {path}: {error}. Save it as UTF-8.") from error
    return parse_decisions(content, str(path))


def parse_decisions(content: str, name: str) -> list[Decision]:
    """The decisions of a CSV text; `name` stands in messages."""
    reader = csv.DictReader(io.StringIO(content))
    header = [column.strip() for column in reader.fieldnames or ()]
    if not content.strip():
        return []
    if set(COLUMNS[:3]) - set(header):
        raise UsageError(
            f"{name}: the first line must name the columns {', '.join(COLUMNS)}; found {', '.join(header)}."
        )
    decisions = []
    for row in reader:
        one, other, word = (str(row.get(column) or "").strip().lower() for column in COLUMNS[:3])
        problem = _problem(one, other, word)
        if problem:
            raise UsageError(f"{name}, line {reader.line_num}: {problem}")
        decisions.append(Decision(one, other, word == "same", reader.line_num))
    _refuse_contradictions(decisions, name)
    return decisions


def _problem(one: str, other: str, word: str) -> str | None:
    for entry_id in (one, other):
        if not _ENTRY_ID.match(entry_id):
            return f"{entry_id[:40]!r} is not an entry_id (16 hexadecimal digits)."
    if word not in ("same", "different"):
        return f"the decision is {word[:40]!r}; write same or different."
    if one == other and word == "different":
        return "an entry cannot be different from itself: equal texts have equal entry_ids."
    return None


def _refuse_contradictions(decisions: Iterable[Decision], name: str) -> None:
    """Refuse lines that say `same` and together connect two entries that another line calls different."""
    parent: dict[str, str] = {}

    def find(entry_id: str) -> str:
        while parent.setdefault(entry_id, entry_id) != entry_id:
            entry_id = parent[entry_id]
        return entry_id

    for decision in decisions:
        if decision.same:
            parent[find(decision.entry_id_a)] = find(decision.entry_id_b)
    for decision in decisions:
        if not decision.same and find(decision.entry_id_a) == find(decision.entry_id_b):
            root = find(decision.entry_id_a)
            others = [str(line.line) for line in decisions if line.same and find(line.entry_id_a) == root]
            raise UsageError(
                f"{name}, line {decision.line} calls {decision.entry_id_a} and {decision.entry_id_b} "
                f"different, but together the lines {', '.join(others)} call them the same. "
                "Delete one of them."
            )


def stale(decisions: Iterable[Decision], entry_ids: set[str]) -> list[str]:
    """One message for each decision about an entry that no dump holds any more."""
    messages = []
    for decision in decisions:
        gone = [entry_id for entry_id in decision.pair if entry_id not in entry_ids]
        if gone:
            messages.append(
                f"decisions.csv, line {decision.line}: no dump holds {' or '.join(gone)}; "
                "the line has no effect."
            )
    return messages
