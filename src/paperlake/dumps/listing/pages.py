"""Splitting a text dump into pages at furniture, and each page into runs of texts and slots.

A dump is one page, or several pages that were concatenated. The entries of a run are found in `blocks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.fields.dates import PrintedDate
from paperlake.dumps.listing.blocks import DAMAGED, NUMBER_ALONE, REPEATED, SLOT_ALONE
from paperlake.dumps.listing.furniture import GLUED_BEGINNINGS, unglue
from paperlake.dumps.listing.line_marks import SLOT_KINDS, LineKind, Tokens, read_date_line
from paperlake.dumps.listing.text_shapes import MAX_TITLE, MIN_LONG
from paperlake.dumps.listing.units import PageTraits, TextRun
from paperlake.dumps.reading import RejectReason
from paperlake.dumps.text_lines import is_truncation_mark
from paperlake.dumps.unrecognised import CUT_HERE

MAX_FURNITURE_GAP = 3  # places between furniture lines of one group
MIN_FURNITURE = 2  # lines that begin a new page; a single one may be stray
MIN_VOTED_SHARE = 0.6  # of the entries; where fewer have a number in front, it is not their votes

REPEATED_IN_PAGE = RejectReason(
    RejectCode.REPEATED_TEXT, "A short line that the page repeats before different texts: no title."
)
NOISE = RejectReason(RejectCode.UNPLACED_TEXT, "No text: neither letters nor digits.")
TOO_LONG = RejectReason(
    RejectCode.LIMIT_EXCEEDED, "The line is longer than the limit of characters (max_line_chars)."
)


@dataclass
class PageSpan:
    """One page as a range of places in the tokens."""

    first: int
    end: int
    lone_date: PrintedDate | None = None
    furniture: set[int] = field(default_factory=set)
    breaks: set[int] = field(default_factory=set)
    """Furniture that ends an entry; a single stray line does not."""


@dataclass
class PageRuns:
    """The content of a page."""

    page: PageTraits
    runs: list[TextRun] = field(default_factory=list)
    strays: list[tuple[list[int], RejectReason]] = field(default_factory=list)
    """Places of lines that belong to no run, and the reason why they are no entry."""


def split_pages(tokens: Tokens) -> list[PageSpan]:
    """Find the pages of a dump; remove furniture that is glued to a title from the title in `tokens`."""
    glued = _unglue_all(tokens)
    marks = sorted(
        {place for place, kind in enumerate(tokens.kinds) if kind is LineKind.FURNITURE} | glued.keys()
    )
    pages = [PageSpan(0, len(tokens.kinds))]
    for group in _groups(marks):
        if (
            len(group) >= MIN_FURNITURE
            and group[0] > pages[-1].first
            and _has_text(tokens, pages[-1].first, group[0])
        ):
            pages[-1].end = group[0]
            pages.append(PageSpan(group[0], len(tokens.kinds)))
        page = pages[-1]
        page.furniture |= {place for place in group if place not in glued}
        _find_lone_date(tokens, page, group, glued)
        members = set(group)
        page.breaks |= {place for place in group if place - 1 in page.furniture or place + 1 in members}
    if 0 not in marks:
        _find_lone_date(tokens, pages[0], [-1], glued)
    return pages


def _unglue_all(tokens: Tokens) -> dict[int, PrintedDate | None]:
    """Return the places of titles that furniture was glued to, with the lone date if that was glued."""
    glued = {}
    previous = LineKind.BLANK
    for place, kind in enumerate(tokens.kinds):
        if kind is LineKind.TEXT:
            text = tokens.texts[place]
            after_furniture = previous is LineKind.FURNITURE
            if after_furniture or text.startswith(GLUED_BEGINNINGS):
                found = unglue(text, after_furniture) if len(text) <= MAX_TITLE else None
                if found is not None:
                    tokens.texts[place], glued[place] = found
        if kind is not LineKind.DATE or previous is not LineKind.FURNITURE:
            previous = kind
    return glued


def _groups(marks: list[int]) -> Iterator[list[int]]:
    """Yield groups of furniture lines that are near each other."""
    group: list[int] = []
    for place in marks:
        if group and place - group[-1] > MAX_FURNITURE_GAP:
            yield group
            group = []
        group.append(place)
    if group:
        yield group


def _has_text(tokens: Tokens, first: int, end: int) -> bool:
    return any(len(tokens.texts[place]) >= MIN_LONG for place in range(first, end))


def _find_lone_date(
    tokens: Tokens, page: PageSpan, group: list[int], glued: dict[int, PrintedDate | None]
) -> None:
    """Record the date directly after furniture: the day on which the page was saved."""
    for place in group:
        if glued.get(place):
            page.lone_date = glued[place]
        after = place + 1
        if place in glued or after >= len(tokens.kinds) or tokens.kinds[after] is not LineKind.DATE:
            continue
        line = read_date_line(tokens.texts[after])
        if line is not None and line.comment_count is None:
            page.lone_date = line.printed
            page.furniture.add(after)


def find_runs(tokens: Tokens, page: PageSpan) -> PageRuns:
    """Return the runs of one page."""
    kinds = tokens.kinds[page.first : page.end]
    places = range(page.first, page.end)
    has_slots = LineKind.AUTHORS in kinds or any(
        kind is LineKind.SEPARATOR and after is LineKind.DATE for kind, after in pairwise(kinds)
    )
    longest = max((len(tokens.texts[p]) for p in places if len(tokens.texts[p]) <= MAX_TITLE), default=0)
    known = PageTraits(
        has_slots, _is_gapped(tokens, page), longest, has_slots and _lacks_abstracts(tokens, page)
    )
    finder = _RunFinder(tokens, known, _numbers_are_votes(tokens, page))
    repeated = _repeated(tokens, page)
    for place, kind in zip(places, kinds, strict=True):
        if kind is LineKind.TEXT:
            if place in repeated:
                finder.found.strays.append(([place], REPEATED_IN_PAGE))
            else:
                finder.text(place)
        elif kind is LineKind.FURNITURE or kind is LineKind.SUBMITTER or place in page.furniture:
            if place in page.breaks:
                finder.finish()
        elif kind in SLOT_KINDS:
            finder.slot(place, kind)
        elif kind is LineKind.NUMBER:
            finder.number(place)
        else:
            finder.found.strays.append(([place], _why_no_text(tokens, place)))
    finder.finish()
    return finder.found


def _why_no_text(tokens: Tokens, place: int) -> RejectReason:
    if place in tokens.damaged:
        return DAMAGED
    if is_truncation_mark(tokens.texts[place]):
        return CUT_HERE
    return TOO_LONG if tokens.kinds[place] is LineKind.TOO_LONG else NOISE


def _is_gapped(tokens: Tokens, page: PageSpan) -> bool:
    """Return whether blank lines separate titles and abstracts."""
    gaps = adjacent = 0
    span = slice(page.first, page.end)
    lines, lengths = tokens.lines[span], [len(text) for text in tokens.texts[span]]
    for place in range(1, len(lines)):
        if lengths[place - 1] >= MIN_LONG or lengths[place] >= MIN_LONG:
            if lines[place] == lines[place - 1] + 1:
                adjacent += 1
            else:
                gaps += 1
    if not gaps and not adjacent:
        gaps = sum(after > line + 1 for line, after in pairwise(lines))
    return gaps > adjacent


def _repeated(tokens: Tokens, page: PageSpan) -> set[int]:
    """Return the places of short texts beside titles and before different texts: unknown furniture.

    Other repetitions are no furniture: a paper listed twice has the same abstract twice, a doubled line is
    before itself, and two papers of the same title are between abstracts.
    """
    followers: dict[str, tuple[str, list[int]]] = {}
    repeated: set[int] = set()
    following = ""
    for place in range(page.end - 1, page.first - 1, -1):
        text = tokens.texts[place]
        if tokens.kinds[place] is not LineKind.TEXT:
            following = ""
            continue
        is_beside_short = len(following) <= MAX_TITLE or (
            place > page.first
            and tokens.kinds[place - 1] is LineKind.TEXT
            and len(tokens.texts[place - 1]) <= MAX_TITLE
        )
        if following and len(text) <= MAX_TITLE and text != following and is_beside_short:
            known, places = followers.setdefault(text, (following, []))
            places.append(place)
            if known != following:
                repeated.update(places)
                followers[text] = ("", [])  # no text follows as an empty one: every further place is added
        following = text
    return repeated


def _lacks_abstracts(tokens: Tokens, page: PageSpan) -> bool:
    """Return whether any slot has no long text before it."""
    texts = longs = 0
    slot: int | None = None
    for place in range(page.first, page.end):
        kind = tokens.kinds[place]
        if kind is LineKind.TEXT:
            texts += 1
            longs += len(tokens.texts[place]) >= MIN_LONG
        elif kind in SLOT_KINDS and place not in page.furniture:
            begins_again = slot is not None and kind < tokens.kinds[slot]
            if not longs and (texts or begins_again):
                return True
            texts, slot = 0, place
            longs = 0 if kind is LineKind.DATE else longs
    return False


def _numbers_are_votes(tokens: Tokens, page: PageSpan) -> bool:
    """Return whether most entries of a page have a number in front, as pages show their votes."""
    kinds = tokens.kinds[page.first : page.end]
    if LineKind.NUMBER not in kinds:
        return False
    before_text = sum(kind is LineKind.NUMBER and after is LineKind.TEXT for kind, after in pairwise(kinds))
    entries = max(
        kinds.count(LineKind.DATE) - (page.lone_date is not None),
        sum(len(text) >= MIN_LONG for text in tokens.texts[page.first : page.end]),
    )
    first_text = kinds.index(LineKind.TEXT) if LineKind.TEXT in kinds else 0
    return before_text >= MIN_VOTED_SHARE * entries and (
        (first_text > 0 and kinds[first_text - 1] is LineKind.NUMBER) or before_text >= entries
    )


class _RunFinder:
    """Collects the runs of one page from its lines, which are given in order."""

    def __init__(self, tokens: Tokens, page: PageTraits, numbers_are_votes: bool) -> None:
        self.found = PageRuns(page)
        self._tokens = tokens
        self._numbers_are_votes = numbers_are_votes
        self._run = TextRun([], [])

    def text(self, place: int) -> None:
        if self._run.slot:
            self.finish()
        self._run.texts.append(place)

    def slot(self, place: int, kind: LineKind) -> None:
        run, tokens = self._run, self._tokens
        if not self.found.page.has_slots:
            self.found.strays.append(([place], SLOT_ALONE))
        elif not run.slot or kind > tokens.kinds[run.slot[-1]]:
            run.slot.append(place)
        elif tokens.texts[place] == tokens.texts[run.slot[-1]]:
            self.found.strays.append(([place], REPEATED))
        else:
            self.finish()
            self._run.slot.append(place)

    def number(self, place: int) -> None:
        after = place + 1
        is_before_text = after < len(self._tokens.kinds) and self._tokens.kinds[after] is LineKind.TEXT
        if self._numbers_are_votes and is_before_text and len(self._tokens.texts[after]) <= MAX_TITLE:
            self.finish()
            self._run.number = place
        else:
            self.found.strays.append(([place], NUMBER_ALONE))

    def finish(self) -> None:
        run = self._run
        if run.texts or run.slot:
            run.is_first = not self.found.runs
            self.found.runs.append(run)
        elif run.number is not None:
            self.found.strays.append(([run.number], NUMBER_ALONE))
        self._run = TextRun([], [])
