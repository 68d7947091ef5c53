"""Rejects that all readers of text share: of a text of no known format, and of the place where a tool cut it.

Whether a text is recognised is decided by the readers.
"""

from __future__ import annotations

from collections.abc import Sequence

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.reading import ParsedRow, RejectReason, reject_row
from paperlake.text.display import MAX_REJECT_TEXT_CHARS, reject_text

HOW_TO_GO_ON = (
    f"Known formats: {', '.join(DumpFormat)}. Remove the file from raw/, or save the papers in one of these "
    "formats (docs/sources.md)."
)
NOT_A_LISTING = RejectReason(
    RejectCode.NOT_A_LISTING, f"No listing of papers is recognised in this text. {HOW_TO_GO_ON}"
)
CUT_HERE = RejectReason(RejectCode.TRUNCATED, "The tool that saved the text says that it cut it here.")


def shown_lines(lines: Sequence[str]) -> str | None:
    """Return the beginning of lines for the `text` of a reject, without blank ones; None if all are blank."""
    shown: list[str] = []
    size = 0
    for line in lines:
        text = line[: MAX_REJECT_TEXT_CHARS + 1].strip()
        if text:
            shown.append(text)
            size += len(text)
        if size > MAX_REJECT_TEXT_CHARS:
            break
    return reject_text("\n".join(shown))


def whole_text_reject(lines: Sequence[str]) -> ParsedRow:
    """Return the reject of a text of at least one line that is no listing; it shows the first lines."""
    return reject_row(NOT_A_LISTING, shown_lines(lines), line_start=1, line_end=len(lines))
