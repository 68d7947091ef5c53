"""The lines of a digest, and a mark for each line that is accounted for."""

from __future__ import annotations

import re

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.fields.dates import front_matter
from paperlake.dumps.reading import ParsedRow, RejectReason, reject_row
from paperlake.dumps.text_lines import TextLines, is_truncation_mark
from paperlake.dumps.unrecognised import CUT_HERE, shown_lines
from paperlake.text.display import plural

MAX_FRONT_MATTER_LINES = 40

UNPLACED = RejectReason(RejectCode.UNPLACED_TEXT, "Neither part of a paper nor a heading.")
DAMAGED = RejectReason(RejectCode.DAMAGED_TEXT, "The text contains bytes or characters that are no text.")

_RULE = re.compile(r"\s*(?:([-=_*~])\s?){3,}\s*")
_ANCHOR = re.compile(
    r"\s*(?:<a\s[^<>]*>(?:</a>)?|</?(?:details|summary|p|div|br|center)\b[^<>]*>|<!--.*?-->)+\s*"
)


class DigestLines:
    """The lines of a digest: which are covered, which cannot be read, and the rejects of the others."""

    def __init__(self, text: TextLines, max_line_chars: int) -> None:
        self.lines = text.lines
        self.covered = bytearray(not line.strip() for line in self.lines)
        too_long = RejectReason(
            RejectCode.LIMIT_EXCEEDED,
            f"The line has more than {plural(max_line_chars, 'character')} (max_line_chars).",
        )
        self.unreadable = {
            index: too_long for index, line in enumerate(self.lines) if len(line) > max_line_chars
        } | dict.fromkeys(text.damaged, DAMAGED)
        matter = front_matter("\n".join(self.lines[:MAX_FRONT_MATTER_LINES]))
        self.first = matter.count("\n") + 3 if matter is not None else 0
        self.cover(0, min(self.first, len(self.lines)))
        self.matter = "\n".join(self.lines[: self.first])

    def cover(self, start: int, end: int) -> None:
        """Mark the lines from index `start` to before `end` as accounted for."""
        self.covered[start:end] = b"\x01" * (end - start)

    def problem(self, start: int, end: int) -> RejectReason | None:
        """Return why lines cannot be read; None if all can."""
        if not self.unreadable:
            return None
        return next((self.unreadable[index] for index in range(start, end) if index in self.unreadable), None)

    def reject(self, start: int, end: int, reason: RejectReason) -> ParsedRow:
        """Cover lines, and return their reject."""
        self.cover(start, end)
        return reject_row(reason, shown_lines(self.lines[start:end]), line_start=start + 1, line_end=end)

    def rest(self) -> list[ParsedRow]:
        """Return the rejects of the lines that nothing covers, neighbours together."""
        rows: list[ParsedRow] = []
        index = 0
        while index < len(self.lines):
            if self.covered[index]:
                index += 1
                continue
            start = index
            reason = self._reason(index)
            while index < len(self.lines) and not self.covered[index] and self._reason(index) == reason:
                index += 1
            rows.append(self.reject(start, index, reason))
        return rows

    def _reason(self, index: int) -> RejectReason:
        if index in self.unreadable:
            return self.unreadable[index]
        return CUT_HERE if is_truncation_mark(self.lines[index]) else UNPLACED


def is_rule(line: str) -> bool:
    """Return whether a line is a horizontal rule."""
    return len(line) < 200 and _RULE.fullmatch(line) is not None


def is_chrome(line: str) -> bool:
    """Return whether a line holds nothing but a rule or tags that show nothing."""
    return is_rule(line) or (len(line) < 500 and _ANCHOR.fullmatch(line) is not None)
