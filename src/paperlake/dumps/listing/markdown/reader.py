"""The reader of `listing_markdown`: a listing page as Markdown, or as text with numbered links.

An entry is the votes, a heading `### [Title](link)`, the abstract, the author slot and the date line. Bytes
are decoded in `text_lines.py`, years are inferred in `dates.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import (
    MONTH_PATTERN,
    PrintedDate,
    date_entries,
    day_in_path,
    front_matter,
    read_printed_date,
    retrieved_day_in_front_matter,
    retrieved_day_in_path,
)
from paperlake.dumps.listing.furniture import is_furniture
from paperlake.dumps.listing.markdown.trending import TrendingLines, is_trending_page
from paperlake.dumps.reading import (
    PART_ROWS,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    RejectReason,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.structured.paper_objects import arxiv_id
from paperlake.dumps.text_lines import decode_head, decode_lines, is_truncation_mark
from paperlake.dumps.unrecognised import CUT_HERE, whole_text_reject
from paperlake.settings import Settings
from paperlake.text.display import plural, reject_text
from paperlake.text.folding import fold, fold_paragraphs

MAX_TITLE_LINES = 4  # a title of 200 characters wraps over two lines of 120; more is damage
MAX_FURNITURE_CHARS = 1000  # furniture with its links and pictures is shorter
MAX_VOTE_LINES = 4  # `[`, the number, `][31]`, and one blank
MAX_OTHER_SHARE = (
    3  # lines that are no part of a listing, for each of one; a manual that shows a sample has more
)
MAX_INCOMPLETE_LINES = (
    4  # of an entry that could not be read; what follows up to the next heading is other text
)
MAX_REJECT_LINES = 40  # of a reject's text, before it is cut to its length
MAX_REJECT_LINE_CHARS = 2000  # of each of them

UNPLACED = RejectReason(RejectCode.UNPLACED_TEXT, "Neither page chrome nor part of an entry.")
DAMAGED = RejectReason(RejectCode.DAMAGED_TEXT, "The line contains bytes that are no text.")
NO_LINK = RejectReason(RejectCode.INCOMPLETE_ENTRY, "The heading is no link to a paper.")
NO_TITLE = RejectReason(RejectCode.MISSING_FIELD, "The heading shows no title.")
NO_BODY = RejectReason(
    RejectCode.INCOMPLETE_ENTRY, "After the title comes neither an abstract nor authors nor a date."
)

_TARGET = r"(?:\((?P<url>[^()\s]*)\)|\[(?P<number>\d+)\])"
_ANY_TARGET = r"(?:\([^()\s]*\)|\[\d+\])"
_IMAGE = r"!\[[^\]\n]{0,300}\]\([^()\s]*\)"
_HEADING = re.compile(rf"###\s+\[(?P<title>.+)\]{_TARGET}\s*", re.DOTALL)
_HEADING_LINE = re.compile(rf"^###\s+\[[^\n]*\]{_TARGET}[ \t\r]*$", re.MULTILINE)
_VOTES = re.compile(rf"\[\s*(?P<votes>-|[\d,]{{1,12}})\s*\]{_ANY_TARGET}")
_NUMBERED_ABSTRACT = re.compile(r"\s*\[[ \t]*\n(?P<abstract>.*?)\n[ \t]*\]\[\d+\][ \t]*(?:\n|\Z)", re.DOTALL)
_AUTHORS = rf"\[(?:[^\[\]]|{_IMAGE})*?(?P<authors>\d{{1,6}}) authors?\s*\]{_ANY_TARGET}"
_NAMED = rf"\[(?:{_IMAGE}|\[[^\[\]\n]*\])?[ \t]*(?P<organization>[^\[\]\s][^\[\]\n]*)\]{_ANY_TARGET}"
_SLOT = re.compile(rf"\s*(?:{_AUTHORS}|{_NAMED})[ \t]*(?:\n|\Z)")
_AUTHOR_COUNT = re.compile(r"\d authors?\s*\]")
_DATE = re.compile(
    rf"\s*·\s*(?P<date>(?:{MONTH_PATTERN})\.? \d{{1,2}}(?:, ?\d{{4}})?)"
    rf"[ \t]*(?:\[\s*(?P<comments>\d{{1,12}})\s*\]{_ANY_TARGET})?[ \t]*(?:\n|\Z)"
)
_DEFINITION = re.compile(r"\s*\[(\d+)\]:\s+(\S+)\s*$")
_LINE_BREAK = re.compile(r"\\{1,2}(?:[ \t]*\n|[ \t]{2,}|\Z)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_LINK = re.compile(rf"\[([^\[\]\n]*)\]{_ANY_TARGET}")
_PAPER_LINK = re.compile(r"/papers/([^/?#]+)")


@dataclass
class _MarkdownEntry:
    """One heading and the lines after it, as an entry or as a reject."""

    start: int
    """Index of the first line."""
    end: int = 0
    """Index after the last line."""
    row: ParsedRow = field(default_factory=dict)
    date: PrintedDate | None = None
    problem: RejectReason | None = None
    """None for an entry."""


class ListingMarkdownReader:
    """Reads listing pages that were exported as Markdown or with numbered links."""

    format = DumpFormat.LISTING_MARKDOWN

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether a heading is a link to a paper or a numbered link, or it is the trending page."""
        text = decode_head(head)
        headings = _HEADING_LINE.finditer(text)
        return any(one["number"] or "/papers/" in one["url"] for one in headings) or is_trending_page(text)

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read a page; each of its lines is part of an entry or a reject, furniture or blank."""
        decoded = decode_lines(dump.content())
        page = _MarkdownPage(decoded.lines, decoded.damaged, settings.max_line_chars)
        is_trending = is_trending_page("\n".join(page.lines))
        found = page.read_trending() if is_trending else page.read_entries()
        if page.is_other_document(found):
            part = ParsedPart(entries_frame([]), rejects_frame([whole_text_reject(page.lines)]))
            return ParsedDump(None, len(page.lines), None, None, iter([part]), is_recognised=False)
        rejects = page.rejects(found)
        retrieved = (
            retrieved_day_in_front_matter("\n".join(page.lines))
            or retrieved_day_in_path(dump.path)
            or day_in_path(dump.path)
        )
        entries = [one for one in found if one.problem is None]
        snapshot = _date(entries, retrieved, page.lone_date)
        return ParsedDump(
            layout=None,
            line_count=len(page.lines),
            snapshot_date=snapshot,
            listed_date=None,
            parts=_parts([one.row for one in entries], rejects),
            uncovered_lines=tuple(index + 1 for index, known in enumerate(page.covered) if not known),
        )


READER = ListingMarkdownReader()


class _MarkdownPage:
    """The lines of a page, and a mark for each line that is accounted for."""

    def __init__(self, lines: list[str], damaged: frozenset[int], max_line_chars: int) -> None:
        self.lines = lines
        self.covered = bytearray(not line.strip() for line in lines)
        self.unreadable = {
            index: RejectReason(
                RejectCode.LIMIT_EXCEEDED,
                f"The line has more than {plural(max_line_chars, 'character')} (max_line_chars).",
            )
            for index, line in enumerate(lines)
            if len(line) > max_line_chars
        } | dict.fromkeys(damaged, DAMAGED)
        self.lone_date: PrintedDate | None = None
        self.targets: dict[str, str] = {}
        self._take_definitions()

    def read_entries(self) -> list[_MarkdownEntry]:
        """Return every heading with its lines, as an entry or with its problem."""
        headings = [index for index, line in enumerate(self.lines) if line.startswith("### ")]
        starts = [self._start_of(heading) for heading in headings]
        self._take_furniture(0, starts[0] if starts else len(self.lines))
        found: list[_MarkdownEntry] = []
        for place, (start, heading) in enumerate(zip(starts, headings, strict=True)):
            end = starts[place + 1] if place + 1 < len(starts) else len(self.lines)
            one = self._read_entry(start, heading, end)
            self._cover(one.start, one.end)
            self._take_furniture(one.end, end)
            found.append(one)
        return found

    def read_trending(self) -> list[_MarkdownEntry]:
        """Return every heading of a trending page with its lines, as an entry or with its problem."""
        page = TrendingLines(self.lines)
        found: list[_MarkdownEntry] = []
        for entry in page.entries():
            one = _MarkdownEntry(entry.start, entry.end, entry.row, entry.date)
            one.row |= {"line_start": entry.start + 1, "line_end": entry.end}
            bad = (self.unreadable[index] for index in range(one.start, one.end) if index in self.unreadable)
            one.problem = next(bad, None)
            if one.problem is None and entry.row["title"] is None:
                one.problem = NO_TITLE
            if one.problem is None and not (entry.row["abstract"] or entry.has_marks):
                one.problem = NO_BODY
            self._cover(one.start, one.end)
            found.append(one)
        for index in page.furniture - self.unreadable.keys():
            self.covered[index] = 1
        return found

    def is_other_document(self, found: Sequence[_MarkdownEntry]) -> bool:
        """Return whether most lines are of another document, which shows a few entries as samples."""
        taken, other = 0, self.covered.count(0)
        for one in found:
            count = sum(bool(line.strip()) for line in self.lines[one.start : one.end])
            own = count if one.problem is None else min(count, MAX_INCOMPLETE_LINES)
            taken, other = taken + own, other + count - own
        return other > MAX_OTHER_SHARE * taken

    def rejects(self, found: Sequence[_MarkdownEntry]) -> list[ParsedRow]:
        """Return the rejects: entries with a problem, and runs of lines that are not accounted for."""
        rows = [self._reject(one.start, one.end, one.problem) for one in found if one.problem is not None]
        index = 0
        while index < len(self.lines):
            if self.covered[index]:
                index += 1
                continue
            start = index
            while index < len(self.lines) and not self.covered[index]:
                index += 1
            reason = next(
                (self.unreadable[line] for line in range(start, index) if line in self.unreadable),
                CUT_HERE if any(map(is_truncation_mark, self.lines[start:index])) else UNPLACED,
            )
            self._cover(start, index)
            rows.append(self._reject(start, index, reason))
        return sorted(rows, key=_first_line)

    def _reject(self, start: int, end: int, reason: RejectReason) -> ParsedRow:
        shown = self.lines[start : min(end, start + MAX_REJECT_LINES)]
        text = reject_text("\n".join(line[:MAX_REJECT_LINE_CHARS] for line in shown))
        return reject_row(reason, text, line_start=start + 1, line_end=end)

    def _cover(self, start: int, end: int) -> None:
        self.covered[start:end] = b"\x01" * (end - start)

    def _take_definitions(self) -> None:
        """Cover the front matter, and collect the targets of numbered links."""
        matter = front_matter("\n".join(self.lines[:200]))
        if matter is not None:
            self._cover(0, matter.count("\n") + 3)
        for index, line in enumerate(self.lines):
            definition = _DEFINITION.match(line) if line.lstrip().startswith("[") else None
            if definition and index not in self.unreadable:
                self.targets.setdefault(definition[1], definition[2])
                self.covered[index] = 1

    def _take_furniture(self, start: int, end: int) -> None:
        for index in range(start, end):
            if (
                self.covered[index]
                or index in self.unreadable
                or len(self.lines[index]) > MAX_FURNITURE_CHARS
            ):
                continue
            plain = _plain(self.lines[index])
            printed = read_printed_date(plain)
            if printed is not None and self.lone_date is None and start == 0:
                self.lone_date = printed
                self.covered[index] = 1
            elif is_furniture(plain) or is_furniture(self.lines[index].strip()):
                self.covered[index] = 1

    def _start_of(self, heading: int) -> int:
        """Return the first line of the votes before a heading, as an index; the heading if there are none."""
        last = heading - 1
        while last >= 0 and not self.lines[last].strip():
            last -= 1
        for first in range(last, max(last - MAX_VOTE_LINES, -1), -1):
            if _VOTES.fullmatch("\n".join(self.lines[first : last + 1]).strip()):
                return first
        return heading

    def _read_entry(self, start: int, heading: int, end: int) -> _MarkdownEntry:
        """Read the entry between two lines; its `end` is the first line that is not part of it."""
        while end > heading + 1 and self.covered[end - 1]:
            end -= 1
        found = _MarkdownEntry(start, end)
        found.problem = next(
            (self.unreadable[index] for index in range(start, end) if index in self.unreadable), None
        )
        if found.problem is not None:
            return found
        matched = self._match_heading(heading, end)
        if matched is None:
            found.problem = NO_LINK
            return found
        title, after = matched
        votes = _VOTES.match("\n".join(self.lines[start:heading]))
        rest = _EntryText("\n".join(self.lines[after:end]))
        found.row = self._title_row(title, votes)
        found.problem = _read_body(rest, found, title)
        if found.problem is None:
            found.end = after + rest.lines_taken()
            found.row |= {"line_start": start + 1, "line_end": found.end}
        return found

    def _match_heading(self, heading: int, end: int) -> tuple[re.Match[str], int] | None:
        """Return the heading and the index after it; a long title may have several lines."""
        for after in range(heading + 1, min(heading + MAX_TITLE_LINES, end) + 1):
            matched = _HEADING.fullmatch("\n".join(self.lines[heading:after]))
            if matched is not None:
                return matched, after
        return None

    def _title_row(self, heading: re.Match[str], votes: re.Match[str] | None) -> ParsedRow:
        url = heading["url"] or self.targets.get(heading["number"])
        paper = _PAPER_LINK.search(url) if url else None
        shown = votes["votes"].replace(",", "") if votes else "-"
        return {
            "title": fold(_unescape(heading["title"]) if heading["url"] else heading["title"]),
            "upvote_count": int(shown) if shown.isdecimal() else None,
            "arxiv_id": arxiv_id(paper[1]) if paper else None,
            "url": url,
        }


class _EntryText:
    """The text after a heading, consumed from its beginning."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Match a pattern at the position, and move the position behind it; None without a match."""
        matched = pattern.match(self.text, self.position)
        if matched is not None:
            self.position = matched.end()
        return matched

    def lines_taken(self) -> int:
        """Return the number of consumed lines; the last may lack its line end."""
        taken = self.text[: self.position]
        return taken.count("\n") + (1 if taken and not taken.endswith("\n") else 0)


def _read_body(rest: _EntryText, found: _MarkdownEntry, heading: re.Match[str]) -> RejectReason | None:
    """Read abstract, author slot and date into `found`; return a reason if there is other text instead."""
    is_markdown = heading["url"] is not None
    abstract = _NUMBERED_ABSTRACT if not is_markdown else _markdown_abstract(heading["url"])
    before = rest.position
    taken = rest.take(abstract)
    if taken is not None and _SLOT.fullmatch(taken[0]) and _AUTHOR_COUNT.search(taken[0]):
        rest.position = before  # the abstract is missing, and this is the author slot
        taken = None
    if taken is not None:
        text = _unescape(taken["abstract"]) if is_markdown else taken["abstract"]
        found.row["abstract"] = fold_paragraphs(text)
    slot = rest.take(_SLOT)
    if slot is not None:
        found.row["author_count"] = int(slot["authors"]) or None if slot["authors"] else None
        found.row["organization"] = fold(slot["organization"])
    printed = rest.take(_DATE)
    if printed is not None:
        found.date = read_printed_date(printed["date"])
        found.row["published_text"] = printed["date"]
        found.row["comment_count"] = int(printed["comments"]) if printed["comments"] else None
    if found.row["title"] is None:
        return NO_TITLE
    if rest.position == 0 and rest.text.strip():
        return NO_BODY
    return None


def _markdown_abstract(url: str) -> re.Pattern[str]:
    """Return the pattern of an abstract: a link to the same paper as the title."""
    return re.compile(rf"\s*\[(?P<abstract>.+?)\]\({re.escape(url)}\)[ \t]*(?:\n|\Z)", re.DOTALL)


def _unescape(text: str) -> str:
    """Return Markdown text without escapes and hard line breaks."""
    return _ESCAPE.sub(r"\1", _LINE_BREAK.sub(" ", text))


def _plain(line: str) -> str:
    """Return a line of furniture, folded, without links, pictures and marks of headings and lists."""
    bare = _LINK.sub(r"\1", re.sub(_IMAGE, "", line))
    return fold(bare.strip().lstrip("#-*• ")) or ""


def _date(entries: Sequence[_MarkdownEntry], retrieved: date | None, lone: PrintedDate | None) -> date | None:
    """Set the dates of publication of the entries; return the day on which the page was saved."""
    ids = [str(one.row["arxiv_id"]) if one.row.get("arxiv_id") else None for one in entries]
    dates, snapshot = date_entries([one.date for one in entries], ids, retrieved, lone)
    for one, dated in zip(entries, dates, strict=True):
        one.row |= {"published_date": dated.published, "year_inferred": dated.year_inferred}
    return snapshot


def _first_line(row: ParsedRow) -> int:
    line = row["line_start"]
    assert isinstance(line, int)  # noqa: S101  # every reject of a text dump has lines
    return line


def _parts(entries: list[ParsedRow], rejects: list[ParsedRow]) -> Iterator[ParsedPart]:
    """Yield the entries, numbered in order, in parts of bounded size; the rejects are in the first part."""
    for start in range(0, max(len(entries), 1), PART_ROWS):
        rows = [
            {"entry_number": number, **row}
            for number, row in enumerate(entries[start : start + PART_ROWS], start=start + 1)
        ]
        yield ParsedPart(entries_frame(rows), rejects_frame(rejects if start == 0 else []))
