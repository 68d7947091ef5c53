"""The reader of `oai_pmh`: harvested records in the formats arXiv, arXivRaw and oai_dc."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date
from email.utils import parsedate_to_datetime

from lxml import etree

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.dates import read_iso_day
from paperlake.dumps.fields.identifiers import identifier, read_arxiv_id, read_doi
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.xml_records.documents import Head
from paperlake.dumps.xml_records.elements import (
    Children,
    children_of,
    descend,
    first_http,
    first_text,
    known_day,
    known_doi,
    name_of,
    plain_line,
    plain_paragraphs,
    text_of,
    texts_of,
    unique,
)
from paperlake.dumps.xml_records.record_reader import XmlReader
from paperlake.text.names import natural_order, split_names

ROOTS = frozenset({"OAI-PMH", "ListRecords", "GetRecord", "records", "record"})
# Types of Dublin Core that are no text.
OTHER_TYPES = frozenset(
    {"collection", "dataset", "event", "image", "interactiveresource", "movingimage", "physicalobject",
     "service", "software", "sound", "stillimage"}
)  # fmt: skip

_METADATA = re.compile(
    rb"http://arxiv\.org/OAI/(?:arXiv|arXivRaw)/|http://www\.openarchives\.org/OAI/2\.0/oai_dc/|"
    rb"metadataPrefix\s*=\s*[\"'](?:arXiv|arXivRaw|oai_dc)[\"']"
)
_COMMENT = re.compile(r"Comments?:", re.IGNORECASE)


class OaiPmh:
    """The records of OAI-PMH answers."""

    format = DumpFormat.OAI_PMH
    furniture = (
        "OAI-PMH", "responseDate", "request", "ListRecords", "GetRecord", "records", "resumptionToken",
        "error",
    )  # fmt: skip
    head_furniture = ()

    def record_names(self, root: str, head: bytes) -> Sequence[str]:
        """Return `record` if the answer has metadata of a format that is read."""
        return ("record",) if root in ROOTS and _METADATA.search(head) else ()

    def days(self, head: Head) -> tuple[date | None, date | None]:
        """Return the day of the answer."""
        return read_iso_day(head.texts.get("responseDate")), None

    def row(self, record: etree._Element, warnings: Counter[str]) -> ParsedRow:
        """Return the columns that a record fills."""
        header = descend(record, "header")
        oai_id = text_of(descend(record, "header", "identifier"))
        if header is not None and header.get("status") == "deleted":
            shown = f" {oai_id}" if oai_id else ""
            raise BadObjectError(f"The source has deleted the record{shown}.", RejectCode.NOT_A_PAPER)
        metadata = descend(record, "metadata")
        paper = metadata[0] if metadata is not None and len(metadata) else None
        if paper is None:
            raise BadObjectError("The record has no metadata.", RejectCode.MISSING_FIELD)
        reader = {"arXiv": _arxiv, "arXivRaw": _arxiv_raw, "dc": _dublin_core}.get(name_of(paper))
        if reader is None:
            raise BadObjectError(
                f"The metadata is {name_of(paper)}, and not arXiv, arXivRaw or oai_dc.", RejectCode.WRONG_TYPE
            )
        row = reader(children_of(paper), warnings)
        if row.get("arxiv_id") is None:
            row["arxiv_id"] = read_arxiv_id(oai_id)
        if row["arxiv_id"] is None and oai_id and oai_id.startswith("oai:"):
            row["identifiers"] = unique([identifier("oai", oai_id.removeprefix("oai:"))])
        return row


READER = XmlReader(OaiPmh())


def _of_arxiv(children: Children, warnings: Counter[str]) -> ParsedRow:
    """Return what the formats arXiv and arXivRaw write alike."""
    arxiv_id = first_text(children, "id")
    if arxiv_id and read_arxiv_id(arxiv_id) is None:
        warnings["id is no arXiv id"] += 1
    abstract = next(iter(children.get("abstract", ())), None)
    categories = first_text(children, "categories")
    return {
        "title": plain_line(first_text(children, "title")),
        "abstract": plain_paragraphs(abstract),
        "arxiv_id": read_arxiv_id(arxiv_id),
        "doi": known_doi([first_text(children, "doi")], warnings),
        "venue": first_text(children, "journal-ref"),
        "license": first_text(children, "license"),
        "categories": unique((categories or "").replace(",", " ").split()),
    }


def _arxiv(children: Children, warnings: Counter[str]) -> ParsedRow:
    created = first_text(children, "created")
    return {
        **_of_arxiv(children, warnings),
        "authors": unique(_arxiv_name(author) for group in children.get("authors", ()) for author in group),
        "published_text": created,
        "published_date": known_day(created, "created", warnings),
        "updated_date": known_day(first_text(children, "updated"), "updated", warnings),
    }


def _arxiv_name(author: etree._Element) -> str | None:
    parts = children_of(author)
    names = (first_text(parts, name) for name in ("forenames", "keyname", "suffix"))
    return " ".join(filter(None, names)) or None


def _arxiv_raw(children: Children, warnings: Counter[str]) -> ParsedRow:
    versions = [text_of(descend(version, "date")) for version in children.get("version", ())]
    days = [_version_day(text, warnings) for text in versions]
    return {
        **_of_arxiv(children, warnings),
        "authors": split_names(first_text(children, "authors")),
        "published_text": versions[0] if versions else None,
        "published_date": days[0] if days else None,
        "updated_date": days[-1] if len(days) > 1 else None,
    }


def _version_day(text: str | None, warnings: Counter[str]) -> date | None:
    """Return the day, in UTC, of such a date as `Mon, 2 Apr 2007 19:18:42 GMT`."""
    try:
        moment = parsedate_to_datetime(text or "")
    except ValueError:
        return known_day(text, "date of a version", warnings)
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()


def _dublin_core(children: Children, warnings: Counter[str]) -> ParsedRow:
    types = [text.rpartition("/")[2].replace(" ", "").lower() for text in texts_of(children.get("type", ()))]
    if types and all(kind in OTHER_TYPES for kind in types):
        raise BadObjectError(f"The record is of the type {types[0]}, and no paper.", RejectCode.NOT_A_PAPER)
    dates = texts_of(children.get("date", ()))
    days = [day for text in dates if (day := known_day(text, "date", warnings))]
    identifiers = texts_of([*children.get("identifier", ()), *children.get("relation", ())])
    own = texts_of(children.get("identifier", ()))
    descriptions = [one for one in children.get("description", ()) if not _COMMENT.match(text_of(one) or "")]
    return {
        "title": plain_line(first_text(children, "title")),
        "abstract": plain_paragraphs(descriptions[0]) if descriptions else None,
        "authors": unique(natural_order(name) for name in texts_of(children.get("creator", ()))),
        "published_text": dates[0] if dates else None,
        "published_date": min(days, default=None),
        "updated_date": max(days) if len(days) > 1 else None,
        "arxiv_id": next((found for text in own if (found := read_arxiv_id(text))), None),
        "doi": next((found for text in identifiers if (found := _journal_doi(text))), None),
        "url": first_http(own),
        "license": first_http(texts_of(children.get("rights", ()))),
        "categories": unique(texts_of(children.get("subject", ()))),
    }


def _journal_doi(text: str) -> str | None:
    """Return a DOI that is none of an arXiv id."""
    return None if read_arxiv_id(text) else read_doi(text)
