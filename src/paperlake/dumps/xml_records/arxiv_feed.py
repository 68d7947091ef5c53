"""The reader of `arxiv_feed`: answers of arXiv's API in Atom, and its daily feeds in Atom and RSS."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from email.utils import parsedate_to_datetime

from lxml import etree

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import read_iso_day
from paperlake.dumps.fields.identifiers import read_arxiv_id
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.xml_records.documents import Head
from paperlake.dumps.xml_records.elements import (
    Children,
    children_of,
    first_http,
    first_text,
    known_day,
    known_doi,
    plain_line,
    plain_paragraphs,
    texts_of,
    unique,
)
from paperlake.dumps.xml_records.record_reader import XmlReader
from paperlake.text.folding import fold_paragraphs
from paperlake.text.markup import strip_tags
from paperlake.text.names import split_names

ROOTS = {"feed": ("entry",), "entry": ("entry",), "rss": ("item",), "RDF": ("item",)}

# What only arXiv's own feeds have; and the links of their records, which others may have as well.
_OF_ARXIV = re.compile(
    rb"arxiv\.org/schemas/atom|oai:arxiv\.org:|//rss\.arxiv\.org|export\.arxiv\.org/(?:rss|api)",
    re.IGNORECASE,
)
_RECORD = re.compile(rb"<(?:\w+:)?(?:entry|item)[\s>]")
_RECORD_ID = re.compile(
    rb"<(?:id|guid|link)\b[^<>]*(?:>\s*|\shref=[\"'])https?://(?:www\.|export\.)?arxiv\.org/abs/",
    re.IGNORECASE,
)
_CATEGORY = re.compile(r"[a-z-]+(?:\.[A-Za-z]{2,}(?:-[A-Za-z]+)?)?$")
# What a daily feed prints before each abstract, and the feeds until 2024 after each title.
_ANNOUNCED = re.compile(r"^\s*arXiv:(\S+)\s+Announce Type:\s*(\S+)\s*(?:Abstract:)?\s*", re.IGNORECASE)
_TITLE_END = re.compile(r"\s*\(arXiv:(\S+)\s*(?:\[([^\]]*)\])?[^()]*\)\s*$")


class ArxivFeed:
    """The entries of arXiv's feeds."""

    format = DumpFormat.ARXIV_FEED
    furniture = ("feed", "rss", "channel", "RDF")
    head_furniture = (
        "id", "title", "updated", "link", "author", "name", "uri", "email", "category", "generator", "icon",
        "logo", "rights", "subtitle", "itemsPerPage", "totalResults", "startIndex", "Query", "description",
        "docs", "language", "copyright", "lastBuildDate", "managingEditor", "webMaster", "pubDate", "ttl",
        "skipDays", "day", "skipHours", "hour", "image", "url", "items", "Seq", "li", "date", "publisher",
        "subject", "creator", "rights", "updatePeriod", "updateFrequency", "updateBase", "generatorAgent",
        "errorReportsTo", "cloud", "rating", "textInput", "published", "height", "width",
    )  # fmt: skip

    def record_names(self, root: str, head: bytes) -> Sequence[str]:
        """Return `entry` or `item` if the feed is one of arXiv's."""
        names = ROOTS.get(root, ())
        return names if names and _is_of_arxiv(head) else ()

    def days(self, head: Head) -> tuple[date | None, date | None]:
        """Return the day of an answer of the API; for a daily feed the day that it lists."""
        if "api/" in head.texts.get("id", ""):
            return read_iso_day(head.texts.get("updated")), None
        printed = (head.texts.get(name) for name in ("pubDate", "lastBuildDate", "date", "updated"))
        return None, next((day for text in printed if (day := _day(text))), None)

    def row(self, record: etree._Element, warnings: Counter[str]) -> ParsedRow:
        """Return the columns that an entry or item fills."""
        children = children_of(record)
        links = [*texts_of(children.get("id", ())), *_links(children), *texts_of(children.get("guid", ()))]
        if any("/api/errors" in link for link in links):
            reason = first_text(children, "summary", "description") or "no reason is given"
            raise BadObjectError(f"The answer is an error of the API: {reason[:200]}", RejectCode.NOT_A_PAPER)
        title, title_id = _title(children)
        abstract, announced_id, announcement = _abstract(children)
        ids = (read_arxiv_id(value) for value in (*links, announced_id, title_id))
        arxiv_id = next((found for found in ids if found), None)
        if arxiv_id is None:
            raise BadObjectError("The item names no paper of arXiv.", RejectCode.NOT_A_PAPER)
        categories, others = _categories(children)
        return {
            "title": title,
            "abstract": abstract,
            "authors": _authors(children),
            **_dates(children, announcement, warnings),
            "arxiv_id": arxiv_id,
            "doi": known_doi(texts_of([*children.get("doi", ()), *children.get("DOI", ())]), warnings),
            "url": first_http(_links(children)),
            "venue": first_text(children, "journal_ref", "journal_reference"),
            "license": first_http(texts_of(children.get("rights", ()))),
            "categories": categories,
            "keywords": others,
        }


READER = XmlReader(ArxivFeed())


def _is_of_arxiv(head: bytes) -> bool:
    """Return whether a feed is one of arXiv's: by its own marks, or most records are pages of arXiv.

    A feed of news or a blog, which links to some papers, is none.
    """
    if _OF_ARXIV.search(head):
        return True
    return 2 * len(_RECORD_ID.findall(head)) > len(_RECORD.findall(head))


def _links(children: Children) -> list[str]:
    """Return the links of an entry, that to its page first."""
    found = children.get("link", [])
    pages = [link for link in found if link.get("rel", "alternate") == "alternate"]
    return [text for link in pages if (text := link.get("href") or (link.text or "").strip())]


def _title(children: Children) -> tuple[str | None, str | None]:
    """Return the title, and the id that old feeds print after it."""
    title = plain_line(first_text(children, "title"))
    end = _TITLE_END.search(title) if title else None
    return (title[: end.start()] or None, end[1]) if title and end else (title, None)


def _abstract(children: Children) -> tuple[str | None, str | None, str | None]:
    """Return the abstract, and the id and kind of announcement that daily feeds print before it."""
    element = next((one for name in ("summary", "description") for one in children.get(name, ())), None)
    text = plain_paragraphs(element)
    found = _ANNOUNCED.match(text) if text else None
    if text is None or found is None:
        return text, None, None
    return fold_paragraphs(strip_tags(text[found.end() :])), found[1], found[2]


def _authors(children: Children) -> list[str] | None:
    """Return the names of `author` elements; else of the text of `creator`."""
    names = [first_text(children_of(author), "name") for author in children.get("author", ())]
    listed = unique(map(plain_line, names))
    if listed:
        return listed
    texts = texts_of([*children.get("creator", ()), *children.get("author", ())])
    return [name for text in texts for name in split_names(plain_line(text)) or ()] or None


def _dates(children: Children, announcement: str | None, warnings: Counter[str]) -> ParsedRow:
    """Return the dates of an entry; those of a daily feed are of the announcement, and so no date of it."""
    published = first_text(children, "published", "pubDate", "date")
    announced = announcement or first_text(children, "announce_type")
    if announced or "pubDate" in children:
        return {"published_text": published}
    return {
        "published_text": published,
        "published_date": known_day(published, "published", warnings),
        "updated_date": known_day(first_text(children, "updated"), "updated", warnings),
    }


def _categories(children: Children) -> tuple[list[str] | None, list[str] | None]:
    """Return arXiv's categories, and the classes of other schemes such as `68T50`."""
    terms = [element.get("term") or element.text or "" for element in children.get("category", ())]
    primary = _primary(children)
    titles = _TITLE_END.search(first_text(children, "title") or "")
    words = [primary, *(term.strip() for term in terms), titles[2] if titles else None]
    categories = unique(word for word in words if word and _CATEGORY.match(word))
    others = [
        part.strip()
        for word in words
        if word and not _CATEGORY.match(word)
        for part in re.split("[;,]", word)
    ]
    return categories, unique(others)


def _primary(children: Children) -> str | None:
    """Return the category that arXiv calls primary."""
    found = children.get("primary_category", ())
    return found[0].get("term") if found else None


def _day(text: str | None) -> date | None:
    """Return the day of a date of RSS or Atom, as it is where it was written."""
    if not text:
        return None
    try:
        return read_iso_day(text) or parsedate_to_datetime(text).date()
    except ValueError:
        return None
