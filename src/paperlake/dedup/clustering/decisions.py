"""Read and check what people decided about pairs of entries: `curated/decisions.csv`.

Each line calls two entry_ids the same paper or different papers. How a decision is applied is in `links.py`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from paperlake.catalogue.vocabulary import ID_PATTERN, MatchDecision
from paperlake.dedup.clustering.disjoint_set import DisjointSet
from paperlake.errors import UsageError

COLUMNS = ("entry_id_a", "entry_id_b", "decision", "note")
_ENTRY_ID = re.compile(ID_PATTERN)


@dataclass(frozen=True)
class Decision:
    """A person's decision on two entries."""

    entry_id_a: str
    entry_id_b: str
    same: bool
    line: int
    """Its line in the file, from 1."""

    @property
    def pair(self) -> tuple[str, str]:
        """Return the two ids, the lesser first."""
        return min(self.entry_id_a, self.entry_id_b), max(self.entry_id_a, self.entry_id_b)


def read_decisions(path: Path) -> list[Decision]:
    """Read the decisions of a file; none if there is no file.

    Raises:
        UsageError: The file is no such CSV, or two lines contradict each other; the message names the lines.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the decisions in {path}: {error}. Save it as UTF-8.") from error
    return parse_decisions(content, str(path))


def parse_decisions(content: str, name: str) -> list[Decision]:
    """Parse the decisions of a CSV text; `name` is the file in messages."""
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
        decisions.append(Decision(one, other, word == MatchDecision.SAME, reader.line_num))
    _refuse_contradictions(decisions, name)
    return decisions


def _problem(one: str, other: str, word: str) -> str | None:
    """Return what is wrong with a line; None if nothing is."""
    for entry_id in (one, other):
        if not _ENTRY_ID.match(entry_id):
            return f"{entry_id[:40]!r} is not an entry_id (16 hexadecimal digits)."
    if word not in (MatchDecision.SAME, MatchDecision.DIFFERENT):
        return f"the decision is {word[:40]!r}; write same or different."
    if one == other and word == MatchDecision.DIFFERENT:
        return "an entry cannot be different from itself: equal texts have equal entry_ids."
    return None


def _refuse_contradictions(decisions: Sequence[Decision], name: str) -> None:
    """Refuse lines that say `same` and together connect two entries that another line calls different."""
    components = DisjointSet[str]()
    for decision in decisions:
        for entry_id in decision.pair:
            components.add(entry_id)
        if decision.same:
            components.merge(*decision.pair)
    for decision in decisions:
        if not decision.same and components.connected(*decision.pair):
            connected = components.members(decision.entry_id_a)
            others = [str(line.line) for line in decisions if line.same and line.entry_id_a in connected]
            raise UsageError(
                f"{name}, line {decision.line} calls {decision.entry_id_a} and {decision.entry_id_b} "
                f"different, but together the lines {', '.join(others)} call them the same. "
                "Delete one of them."
            )


def stale(decisions: Iterable[Decision], missing: set[str]) -> list[str]:
    """Return one message for each decision about an entry that is in no dump, which are `missing`."""
    messages = []
    for decision in decisions:
        absent = [entry_id for entry_id in decision.pair if entry_id in missing]
        if absent:
            messages.append(
                f"decisions.csv, line {decision.line}: no dump contains {' or '.join(absent)}; "
                "the line has no effect."
            )
    return messages
