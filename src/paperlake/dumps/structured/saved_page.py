"""The reader of `saved_page`: a listing page as HTML, by its embedded JSON or else by its cards.

The JSON is that of daily_api and is read in the same way. The markup has no abstracts and only the number of
authors; it is read where the JSON is missing or broken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import read_iso_day, retrieved_day_in_path
from paperlake.dumps.reading import (
    DumpTooLargeError,
    OpenDump,
    ParsedDump,
    ParsedPart,
    ParsedRow,
    RejectReason,
    entries_frame,
    reject_row,
    rejects_frame,
)
from paperlake.dumps.structured.daily_api import answer_objects, object_parts, whole_reject
from paperlake.dumps.structured.json_objects import BadObjectError, known_text
from paperlake.dumps.structured.paper_objects import arxiv_id
from paperlake.settings import Settings
from paperlake.text.display import reject_text
from paperlake.text.folding import fold

EMBEDDED = "DailyPapers"  # the `data-target` of the element whose `data-props` holds the papers
MAX_PAGE_BYTES = 32 << 20  # a page of 100 papers has 2 MB; Python's parser reads some 5 MB/s

NO_PAPERS = RejectReason(RejectCode.NO_ENTRIES, "The page shows no papers: neither embedded JSON nor cards.")

_BEGINS_PAGE = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype\s+html|html|head|body|!--)", re.IGNORECASE)
# Comments and declarations hold no papers; with unclosed ones Python's parser needs quadratic time.
_COMMENTS = re.compile(r"<!--.*?(?:-->|\Z)|<[!?][^>]*+(?:>|\Z)", re.DOTALL)
_PAPER_LINK = re.compile(r"(?:https?://[^/?#]+)?/papers/([^/?#]+)")
_AUTHOR_COUNT = re.compile(r"(\d{1,6}) authors?\b")
_NUMBER = re.compile(r"\d{1,12}")


@dataclass
class Link:
    """A link of a card: its target and its text."""

    href: str
    shown: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return the text of the link, white space folded."""
        return fold("".join(self.shown)) or ""


@dataclass
class Card:
    """The markup of one paper."""

    title: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)


class SavedPageReader:
    """Reads a saved HTML page of the daily listing."""

    format = DumpFormat.SAVED_PAGE

    def recognises(self, head: bytes, path: str) -> bool:  # noqa: ARG002
        """Return whether it begins like an HTML page."""
        return _BEGINS_PAGE.match(head) is not None

    def read(self, dump: OpenDump, settings: Settings) -> ParsedDump:
        """Read the embedded papers; without them, each card is an entry or a reject, by its number."""
        content = dump.content()
        if len(content) > MAX_PAGE_BYTES:
            raise DumpTooLargeError(
                f"The page has {len(content):,} bytes; pages are read up to {MAX_PAGE_BYTES:,}."
            )
        page = _parse(content.decode("utf-8", "surrogateescape"))
        snapshot = retrieved_day_in_path(dump.path)
        failure: ParsedRow | None = None
        if page.embedded is not None:
            try:
                objects, listed = answer_objects(page.embedded.encode(errors="surrogateescape"))
                parts = object_parts(objects, snapshot, settings.max_json_depth)
                return ParsedDump(None, None, snapshot, listed, parts)
            except BadObjectError as error:
                reason = RejectReason(error.code, f"The embedded papers: {error}")
                failure = reject_row(reason, reject_text(page.embedded))
        if not page.cards and failure is None:
            parts = iter([whole_reject(NO_PAPERS, reject_text(" ".join(page.title)))])
        else:
            parts = iter([_cards_part(page.cards, failure)])
        return ParsedDump(None, None, snapshot, page.listed_date, parts)


READER = SavedPageReader()


def _parse(text: str) -> _PageParser:
    parser = _PageParser()
    plain = _COMMENTS.sub("", text)
    parser.feed(plain[: plain.rfind(">") + 1])
    parser.close()
    return parser


class _PageParser(HTMLParser):
    """Collects the embedded papers, the cards and the date of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.embedded: str | None = None
        self.cards: list[Card] = []
        self.listed_date: date | None = None
        self.title: list[str] = []
        self._card: Card | None = None
        self._link: Link | None = None
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("data-target") == EMBEDDED and self.embedded is None:
            self.embedded = values.get("data-props")
        if tag == "article":
            self._card = Card()
            self.cards.append(self._card)
        elif tag == "time" and self.listed_date is None and self._card is None:
            self.listed_date = read_iso_day(values.get("datetime"))
        elif tag in ("h3", "title"):
            self._inside = tag
        elif tag == "a" and self._card is not None:
            self._link = Link(values.get("href") or "")
            self._card.links.append(self._link)

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._card = self._link = None
        elif tag == "a":
            self._link = None
        elif tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title.append(data)
        if self._card is None:
            return
        self._card.shown.append(data)
        if self._inside == "h3":
            self._card.title.append(data)
        if self._link is not None:
            self._link.shown.append(data)


def _cards_part(cards: Sequence[Card], failure: ParsedRow | None) -> ParsedPart:
    entries: list[ParsedRow] = []
    rejects: list[ParsedRow] = [] if failure is None else [failure]
    for number, card in enumerate(cards, start=1):
        try:
            entries.append({"entry_number": number, **_card_row(card)})
        except BadObjectError as error:
            text = reject_text(fold(" ".join(card.shown)) or "")
            rejects.append(reject_row(error.reason, text, entry_number=number))
    return ParsedPart(entries_frame(entries), rejects_frame(rejects))


def _card_row(card: Card) -> ParsedRow:
    """Return the columns of `entries` that the markup of a card fills.

    Raises:
        BadObjectError: The card has no title or no link to a paper.
    """
    title = fold(known_text("".join(card.title), "title"))
    if title is None:
        raise BadObjectError("The card has no title.", RejectCode.MISSING_FIELD)
    papers = [(link, found[1]) for link in card.links if (found := _PAPER_LINK.match(link.href))]
    if not papers:
        raise BadObjectError("The card has no link to a paper.", RejectCode.MISSING_FIELD)
    link, paper = papers[0]
    authors = _AUTHOR_COUNT.search(fold("".join(card.shown)) or "")
    return {
        "title": title,
        "author_count": (int(authors[1]) or None) if authors else None,
        "comment_count": _number(card, lambda href: href.endswith("#community")),
        "upvote_count": _number(card, lambda href: "/login?next=" in href),
        "arxiv_id": arxiv_id(paper),
        "url": known_text(link.href, "link") if link.href.startswith("http") else None,
    }


def _number(card: Card, is_wanted: Callable[[str], bool]) -> int | None:
    """Return the number in the first wanted link; None for `-` or without such a link."""
    for link in card.links:
        if is_wanted(link.href):
            return int(link.text) if _NUMBER.fullmatch(link.text) else None
    return None
