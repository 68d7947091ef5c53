"""The reader of saved listing pages as plain text, in the layouts cards, titled and compact.

Runs the steps (lines, kinds of lines, pages, runs, entries), then reads the fields, dates the entries and
accounts for every line. Markdown and HTML pages have their own readers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from paperlake.catalogue.vocabulary import DumpFormat, Layout, RejectCode
from paperlake.dumps.fields.dates import (
    EntryDate,
    date_entries,
    day_in_path,
    front_matter,
    retrieved_day_in_front_matter,
    retrieved_day_in_path,
)
from paperlake.dumps.listing.blocks import EntryDraft, decode_run
from paperlake.dumps.listing.evidence.score import MIN_SCORE, is_other_document, weigh
from paperlake.dumps.listing.line_marks import (
    DateLine,
    LineKind,
    Tokens,
    read_author_count,
    read_date_line,
    tokenise,
)
from paperlake.dumps.listing.notebook import NO_LINKS, PaperLinks, is_export, plain_tokens
from paperlake.dumps.listing.pages import PageSpan, find_runs, split_pages
from paperlake.dumps.reading import (
    EVIDENCE_ANY_TEXT,
    PART_ROWS,
    DumpError,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    RejectReason,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.text_lines import TextLines, decode_head, decode_lines, looks_binary
from paperlake.dumps.unrecognised import shown_lines, whole_text_reject
from paperlake.settings import Settings
from paperlake.text.folding import PARAGRAPH_BREAK

MAX_FRONT_MATTER_LINES = 40  # front matter is shorter; a `---` further down is a rule

_OTHER_THAN_LISTING = re.compile(r'[{<]|\[\s*(?:[\[{"\]]|-?\d+\s*,)|%PDF|#!')


@dataclass
class _ListingPage:
    """One page and its entries."""

    tokens: PageSpan
    drafts: list[EntryDraft] = field(default_factory=list)
    dates: list[EntryDate] = field(default_factory=list)
    snapshot: date | None = None


class ListingTextReader:
    """Reads a saved listing page as plain text."""

    format = DumpFormat.LISTING_TEXT

    def recognises(self, head: bytes, path: str) -> float:  # noqa: ARG002
        """Return weak evidence for any text; only `read` finds out whether it is a listing."""
        if looks_binary(head):
            return 0.0
        text = decode_head(head).lstrip()
        return EVIDENCE_ANY_TEXT if text and _OTHER_THAN_LISTING.match(text) is None else 0.0

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read a listing; each line is part of an entry or a reject, furniture or blank.

        Raises:
            DumpError: The dump is empty or cannot be read.
        """
        text = decode_lines(dump.content())
        if not text.lines:
            raise DumpError("The dump is empty.", RejectCode.EMPTY_DUMP)
        matter = _front_matter_lines(text)
        tokens = tokenise(text, matter, settings.max_line_chars)
        retrieved = (
            retrieved_day_in_path(dump.path)
            or retrieved_day_in_front_matter("\n".join(text.lines[:matter]))
            or day_in_path(dump.path)
        )
        links = NO_LINKS
        if is_export(tokens):
            tokens, links = plain_tokens(tokens, "\n".join(text.lines[:matter]))
        return _Listing(text, tokens, retrieved, links).parse()


READER = ListingTextReader()


def _front_matter_lines(text: TextLines) -> int:
    """Return the number of lines of front matter at the beginning."""
    beginning = "\n".join(text.lines[:MAX_FRONT_MATTER_LINES])
    matter = front_matter(beginning)
    return matter.count("\n") + 3 if matter is not None else 0


class _Listing:
    """One listing: its lines, and the rejects found so far."""

    def __init__(
        self, text: TextLines, tokens: Tokens, retrieved: date | None, links: PaperLinks = NO_LINKS
    ) -> None:
        self._text = text
        self._links = links
        self._tokens = tokens
        self._retrieved = retrieved
        self._rejected: list[tuple[list[int], RejectReason]] = []

    def parse(self) -> ParsedDump:
        line_count = len(self._text.lines)
        is_other = is_other_document(self._tokens)
        pages = [] if is_other else [self._read_page(page) for page in split_pages(self._tokens)]
        if is_other or not self._is_listing(pages):
            part = _part([], [whole_text_reject(self._text.lines)])
            return ParsedDump(None, line_count, self._retrieved, None, iter([part]), is_recognised=False)
        filled = [page for page in pages if page.drafts]
        snapshots = {page.snapshot for page in filled}
        return ParsedDump(
            layout=self._layout(filled),
            line_count=line_count,
            snapshot_date=snapshots.pop() if len(snapshots) == 1 else None,
            listed_date=None,
            parts=self._parts(filled),
            uncovered_lines=self._uncovered(pages),
        )

    def _read_page(self, page_tokens: PageSpan) -> _ListingPage:
        page = _ListingPage(page_tokens)
        found = find_runs(self._tokens, page_tokens)
        self._rejected += found.strays
        for run in found.runs:
            decoded = decode_run(self._tokens, run, found.page)
            page.drafts += decoded.drafts
            self._rejected += decoded.rejected
        lines = [self._date_line(draft) for draft in page.drafts]
        page.dates, page.snapshot = date_entries(
            [line.printed if line else None for line in lines],
            [None] * len(lines),
            self._retrieved,
            page_tokens.lone_date,
        )
        return page

    def _is_listing(self, pages: list[_ListingPage]) -> bool:
        """Return whether the whole text has the evidence of a listing."""
        drafts = [draft for page in pages for draft in page.drafts]
        furniture = {place for page in pages for place in page.tokens.furniture}
        return weigh(self._tokens, drafts, furniture).score >= MIN_SCORE

    def _layout(self, pages: list[_ListingPage]) -> Layout:
        """Return the layout of most entries."""
        lines = self._tokens.lines
        layouts: Counter[Layout] = Counter()
        for page in pages:
            for draft in page.drafts:
                if draft.slot:
                    layouts[Layout.CARDS] += 1
                elif lines[draft.places[-1]] - lines[draft.places[0]] >= len(draft.places):
                    layouts[Layout.TITLED] += 1
                else:
                    layouts[Layout.COMPACT] += 1
        return layouts.most_common(1)[0][0]

    def _date_line(self, draft: EntryDraft) -> DateLine | None:
        if draft.slot and self._tokens.kinds[draft.slot[-1]] is LineKind.DATE:
            return read_date_line(self._tokens.texts[draft.slot[-1]])
        return None

    def _parts(self, pages: list[_ListingPage]) -> Iterator[ParsedPart]:
        """Yield rows in parts of bounded size; rejects are in the part of the entries around them."""
        doubled = _are_doubled([draft.organization for page in pages for draft in page.drafts])
        drafts = [pair for page in pages for pair in zip(page.drafts, page.dates, strict=True)]
        rejects = self._reject_spans()
        place = 0
        for start in range(0, len(drafts), PART_ROWS):
            rows = [
                self._entry_row(number, draft, day, doubled)
                for number, (draft, day) in enumerate(drafts[start : start + PART_ROWS], start=start + 1)
            ]
            self._add_links(rows)
            is_last = start + PART_ROWS >= len(drafts)
            end = place
            last_line = self._tokens.lines[drafts[start + len(rows) - 1][0].places[-1]]
            while end < len(rejects) and (is_last or rejects[end][0] <= last_line):
                end += 1
            yield _part(rows, [self._reject(*reject) for reject in rejects[place:end]])
            place = end

    def _entry_row(self, number: int, draft: EntryDraft, day: EntryDate, doubled: bool) -> ParsedRow:
        lines = self._tokens.lines
        row: ParsedRow = {
            "entry_number": number,
            "line_start": lines[draft.places[0]],
            "line_end": max(lines[draft.places[-1]], lines[draft.slot[-1]] if draft.slot else 0),
            "title": draft.title,
            "abstract": PARAGRAPH_BREAK.join(draft.paragraphs) or None,
            "published_date": day.published,
            "year_inferred": day.year_inferred,
        }
        for place in draft.slot:
            if self._tokens.kinds[place] is LineKind.AUTHORS:
                row["author_count"] = read_author_count(self._tokens.texts[place])
        if draft.organization is not None:
            row["organization"] = _half(draft.organization) if doubled else draft.organization
        printed = self._date_line(draft)
        if printed is not None:
            row["published_text"], row["comment_count"] = printed.text, printed.comment_count
        if draft.number is not None and self._tokens.texts[draft.number].isdigit():
            row["upvote_count"] = int(self._tokens.texts[draft.number])
        return row

    def _add_links(self, rows: list[ParsedRow]) -> None:
        """Add the links of an export that has them on lines of their own: the first after each title."""
        starts = [int(str(row["line_start"])) for row in rows]
        for row, start, end in zip(rows, starts, [*starts[1:], len(self._text.lines) + 1], strict=True):
            found = self._links.between(start, end)
            if found is not None:
                row["url"], row["arxiv_id"] = found

    def _reject_spans(self) -> list[tuple[int, int, RejectReason]]:
        """Return first line, last line and reason of the rejects; neighbours of one reason are merged."""
        lines = self._tokens.lines
        spans: list[tuple[int, int, RejectReason]] = []
        for places, reason in sorted(self._rejected, key=lambda rejected: min(rejected[0])):
            first, last = min(places), max(places)
            if spans and spans[-1][2] == reason and spans[-1][1] + 1 == first:
                spans[-1] = (spans[-1][0], last, reason)
            else:
                spans.append((first, last, reason))
        return [(lines[first], lines[last], reason) for first, last, reason in spans]

    def _reject(self, line_start: int, line_end: int, reason: RejectReason) -> ParsedRow:
        text = shown_lines(self._text.lines[line_start - 1 : line_end])
        return reject_row(reason, text, line_start=line_start, line_end=line_end)

    def _uncovered(self, pages: list[_ListingPage]) -> tuple[int, ...]:
        """Return the lines that are part of no entry or reject, no furniture and not blank."""
        tokens = self._tokens
        covered = bytearray(len(tokens.lines))
        for page in pages:
            for draft in page.drafts:
                for place in (*draft.places, *draft.slot):
                    covered[place] = 1
                if draft.number is not None:
                    covered[draft.number] = 1
            for place in page.tokens.furniture:
                covered[place] = 1
        for places, _ in self._rejected:
            for place in places:
                covered[place] = 1
        for place, kind in enumerate(tokens.kinds):
            if kind is LineKind.FURNITURE or kind is LineKind.SUBMITTER:
                covered[place] = 1
        return tuple(tokens.lines[place] for place, mark in enumerate(covered) if not mark)


def _part(entries: list[ParsedRow], rejects: list[ParsedRow]) -> ParsedPart:
    return ParsedPart(entries_frame(entries), rejects_frame(rejects))


def _are_doubled(organizations: list[str | None]) -> bool:
    """Return whether this export prints each organization twice; exports print all of them twice or none."""
    return all(_half(name) is not None for name in organizations if name is not None)


def _half(name: str) -> str | None:
    """Return `Acme Lab` for `Acme Lab Acme Lab`; None if a name is not printed twice."""
    words = name.split()
    middle = len(words) // 2
    is_twice = len(words) % 2 == 0 and words[:middle] == words[middle:]
    return " ".join(words[:middle]) if is_twice else None
