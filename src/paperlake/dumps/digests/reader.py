"""The reader of `text_digest`: papers as labelled blocks, under Markdown headings, or as rows of tables.

A text is a digest if most of it is records with a link to a paper, or with authors and an abstract worded as
such; else it is one reject.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.digests.fields import MIN_ABSTRACT, is_paper_link, row_of
from paperlake.dumps.digests.lines import DigestLines
from paperlake.dumps.digests.records import Record, find_records
from paperlake.dumps.digests.tables import find_rows
from paperlake.dumps.fields.dates import day_in_path, retrieved_day_in_front_matter, retrieved_day_in_path
from paperlake.dumps.listing.evidence.wording import is_academic
from paperlake.dumps.reading import (
    EVIDENCE_LIKELY,
    PART_ROWS,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    RejectReason,
    entries_frame,
    rejects_frame,
)
from paperlake.dumps.text_lines import decode_head, decode_lines, looks_binary
from paperlake.dumps.unrecognised import whole_text_reject
from paperlake.settings import Settings

MIN_PAPER_SHARE = 0.6  # of the records that must show a paper
MIN_COVERAGE = 0.5  # of the characters, by records
MIN_UNLINKED = 3  # records without links; one alone is the head of a document

NO_TITLE = RejectReason(RejectCode.MISSING_FIELD, "The record has no title.")
NOTHING_BUT_TITLE = RejectReason(
    RejectCode.MISSING_FIELD, "The record has none of abstract, authors and date."
)

_LABEL_MARK = re.compile(
    r"^[ \t>*+-]{0,6}(?:\*\*|__)?(?:abstract|summary|authors?|pdf|link|tl;?dr|摘要|作者)(?:\*\*|__)?"
    r"[ \t]*[:\uff1a]",
    re.MULTILINE | re.IGNORECASE,
)
_TABLE_MARK = re.compile(
    r"^[^\n]{0,400}\btitle\b[^\n]*\n[ \t]*\|?[ \t]*:?-+:?[ \t]*\|",
    re.MULTILINE | re.IGNORECASE,
)


class TextDigestReader:
    """Reads digests of papers in plain text and Markdown."""

    format = DumpFormat.TEXT_DIGEST

    def recognises(self, head: bytes, path: str) -> float:  # noqa: ARG002
        """Return likely evidence if labels or a table of papers show on the head; `read` judges the whole."""
        if looks_binary(head):
            return 0.0
        text = decode_head(head).replace("\r\n", "\n")
        if text.lstrip()[:1] in ("{", "<", "["):
            return 0.0
        records = _records(DigestLines(decode_lines(text.encode()), len(text) + 1))
        return EVIDENCE_LIKELY if _is_digest(records, text) else 0.0

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read a digest; each line is part of an entry or a reject, a heading, a rule or blank."""
        decoded = decode_lines(dump.content())
        lines = DigestLines(decoded, settings.max_line_chars)
        snapshot = (
            retrieved_day_in_path(dump.path)
            or retrieved_day_in_front_matter(lines.matter)
            or day_in_path(dump.path)
        )
        records = _records(lines)
        if not _is_digest(records, "\n".join(lines.lines)):
            rejects = [whole_text_reject(lines.lines)] if lines.lines else []
            part = ParsedPart(entries_frame([]), rejects_frame(rejects))
            return ParsedDump(None, len(lines.lines), snapshot, None, iter([part]), is_recognised=False)
        rows, rejects, warnings = _rows(lines, records)
        rejects = sorted([*rejects, *lines.rest()], key=lambda row: int(str(row["line_start"])))
        return ParsedDump(
            layout=Counter(record.layout for record in records).most_common(1)[0][0],
            line_count=len(lines.lines),
            snapshot_date=snapshot,
            listed_date=None,
            parts=_parts(rows, rejects, warnings),
            uncovered_lines=tuple(index + 1 for index, known in enumerate(lines.covered) if not known),
        )


READER = TextDigestReader()


def _records(lines: DigestLines) -> list[Record]:
    """Return the labelled records, or the rows of tables if these are more."""
    covered = bytearray(lines.covered)
    labelled = find_records(lines)
    labelled_cover = lines.covered
    lines.covered = bytearray(covered)
    rows = find_rows(lines)
    if len(rows) > len(labelled):
        return rows
    lines.covered = labelled_cover
    return labelled


def _is_digest(records: Sequence[Record], text: str) -> bool:
    """Return whether most records show a paper, and most of the text is in records."""
    if not records or not (_LABEL_MARK.search(text) or _TABLE_MARK.search(text)):
        return False
    linked = unlinked = 0
    size = 0
    for record in records:
        values = record.texts()
        size += sum(map(len, values.values()))
        is_linked, is_worded = _shows_paper(values)
        linked += is_linked
        unlinked += is_worded and not is_linked
    papers = linked + (unlinked if unlinked >= MIN_UNLINKED or linked else 0)
    total = sum(len(line.strip()) for line in text.split("\n"))
    return papers >= MIN_PAPER_SHARE * len(records) and size >= MIN_COVERAGE * total


def _shows_paper(values: dict[str, str]) -> tuple[bool, bool]:
    """Return whether a record links a paper, with authors or a text, and whether it has both, worded so."""
    abstract = values.get("abstract") or values.get("summary") or ""
    has_text = len(abstract.strip()) >= MIN_ABSTRACT
    row = row_of({"link": values.get("link", ""), "title": values.get("title", "")}, Counter())
    url = row["url"]
    is_paper = bool(row["arxiv_id"] or row["doi"] or (isinstance(url, str) and is_paper_link(url)))
    is_worded = has_text and is_academic(abstract) and bool(values.get("authors", "").strip())
    return is_paper and (has_text or "authors" in values), is_worded


def _rows(
    lines: DigestLines, records: Sequence[Record]
) -> tuple[list[ParsedRow], list[ParsedRow], Counter[str]]:
    """Return entries, rejects and warnings of the records, and cover their lines."""
    rows: list[ParsedRow] = []
    rejects: list[ParsedRow] = []
    warnings: Counter[str] = Counter()
    for record in records:
        problem = lines.problem(record.start, record.end)
        row = row_of(record.texts(), warnings)
        if problem is None and row["title"] is None:
            problem = NO_TITLE
        known = (row["abstract"], row.get("authors"), row.get("published_text"))
        if problem is None and not any(known):
            problem = NOTHING_BUT_TITLE
        if problem is not None:
            rejects.append(lines.reject(record.start, record.end, problem))
            continue
        lines.cover(record.start, record.end)
        number = len(rows) + 1
        rows.append({"entry_number": number, "line_start": record.start + 1, "line_end": record.end, **row})
    return rows, rejects, warnings


def _parts(rows: list[ParsedRow], rejects: list[ParsedRow], warnings: Counter[str]) -> Iterator[ParsedPart]:
    """Yield the entries in parts of bounded size; rejects and warnings are in the first."""
    for start in range(0, max(len(rows), 1), PART_ROWS):
        entries = entries_frame(rows[start : start + PART_ROWS])
        if start:
            yield ParsedPart(entries, rejects_frame([]))
        else:
            yield ParsedPart(entries, rejects_frame(rejects), dict(warnings))
