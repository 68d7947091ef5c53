"""The reader of `dblp_xml`: the computer science bibliography DBLP, whole or one person's page.

Entities come from its DTD, which is not loaded: all of its names are those of HTML.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

from lxml import etree

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.identifiers import identifier, read_arxiv_id, read_doi
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.xml_records.documents import Head
from paperlake.dumps.xml_records.elements import (
    Children,
    children_of,
    first_http,
    first_text,
    name_of,
    texts_of,
    unique,
)
from paperlake.dumps.xml_records.record_reader import NotAPaperError, XmlReader

PAPERS = ("article", "inproceedings", "incollection", "book", "phdthesis", "mastersthesis")
OTHERS = ("www", "proceedings", "person", "data")
PREPRINTS = "CoRR"  # what DBLP calls arXiv

_NUMBER = re.compile(r" \d{4}$")  # of one of several persons of the same name
_VOLUME_ID = re.compile(r"abs/(\S+)$")


class Dblp:
    """The records of DBLP."""

    format = DumpFormat.DBLP_XML
    furniture = ("dblp", "dblpperson", "r", "coauthors", "co", "na", "homonyms", "h", "f", "cite")
    head_furniture = ()

    def record_names(self, root: str, head: bytes) -> Sequence[str]:
        """Return the kinds of records."""
        return (*PAPERS, *OTHERS) if root in {"dblp", "dblpperson"} and b"key=" in head else ()

    def days(self, head: Head) -> tuple[date | None, date | None]:  # noqa: ARG002
        """Return nothing: a dump states neither day."""
        return None, None

    def row(self, record: etree._Element, warnings: Counter[str]) -> ParsedRow:  # noqa: ARG002
        """Return the columns that a publication fills."""
        kind = name_of(record)
        if kind in OTHERS:
            raise NotAPaperError(f"{kind} is a record that is no paper")
        children = children_of(record)
        links = texts_of(children.get("ee", ()))
        venue = first_text(children, "journal", "booktitle", "school")
        title = first_text(children, "title")
        return {
            "title": title if title is None or title.endswith("..") else title.removesuffix(".") or None,
            "authors": unique(_NUMBER.sub("", name) for name in _people(children)),
            "published_text": " ".join(
                filter(None, (first_text(children, "month"), first_text(children, "year")))
            )
            or None,
            "arxiv_id": _arxiv_id(children, links),
            "doi": next((doi for link in links if (doi := _published_doi(link))), None),
            "identifiers": unique([identifier("dblp", record.get("key"))]),
            "url": first_http(links),
            "venue": None if venue == PREPRINTS else venue,
        }


READER = XmlReader(Dblp())


def _people(children: Children) -> list[str]:
    return texts_of(children.get("author", ())) or texts_of(children.get("editor", ()))


def _arxiv_id(children: Children, links: list[str]) -> str | None:
    volume = _VOLUME_ID.match(first_text(children, "volume") or "")
    ids = [volume[1] if volume and first_text(children, "journal") == PREPRINTS else None, *links]
    return next((found for value in ids if (found := read_arxiv_id(value))), None)


def _published_doi(link: str) -> str | None:
    """Return the DOI of a link that is none of an arXiv id."""
    return None if read_arxiv_id(link) else read_doi(link)
