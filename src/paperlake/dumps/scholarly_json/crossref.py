"""The reader of `crossref`: works of Crossref, as answers of its API, one work, or works as lines.

Dates are lists of parts; only year, month and day together are a day. The preprint of a work, and the
published version of a preprint, are its other identifiers.
"""

from __future__ import annotations

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.identifiers import identifier, read_arxiv_id, read_doi
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.scholarly_json.object_reader import ObjectReader
from paperlake.dumps.scholarly_json.people import read_authors
from paperlake.dumps.scholarly_json.values import (
    Warnings,
    is_empty,
    read_day,
    read_line,
    read_link,
    read_list,
    read_paragraphs,
    warn,
)
from paperlake.dumps.structured.json_shape import JsonShape
from paperlake.text.folding import PARAGRAPH_BREAK

# The first that states a day; else the text of the first that is there.
DATE_FIELDS = ("posted", "published", "published-online", "published-print", "issued", "accepted")
RELATIONS = (
    "has-preprint",
    "is-preprint-of",
    "is-version-of",
    "has-version",
    "is-same-as",
    "is-identical-to",
)

_OWN_FIELDS = (
    "publisher", "prefix", "member", "container-title", "indexed", "issued", "reference-count",
    "is-referenced-by-count", "content-domain", "deposited",
)  # fmt: skip


def read_work(value: dict[str, object], warnings: Warnings) -> ParsedRow:
    """Return the columns of `entries` that a work of Crossref fills."""
    doi = read_doi(value.get("DOI"))
    if doi is None and not is_empty(value.get("DOI")):
        warnings["DOI is no DOI"] += 1
    published, text = None, None
    for name in DATE_FIELDS:
        day, said = read_day(value.get(name), name, warnings)
        if day is not None:
            published, text = day, said
            break
        text = text or said
    relations = _relations(value.get("relation"), warnings)
    preprint = next((one for one in relations if one.startswith("arxiv:")), None)
    return {
        "title": read_line(value.get("title"), "title", warnings),
        "abstract": _abstract(value.get("abstract"), warnings),
        "authors": read_authors(value.get("author"), warnings),
        "published_date": published,
        "published_text": text,
        "arxiv_id": read_arxiv_id(doi) or (preprint and preprint.removeprefix("arxiv:")),
        "doi": doi,
        "identifiers": [one for one in relations if one != preprint] or None,
        "url": read_link(value.get("URL"), "URL", warnings),
        "venue": read_line(value.get("container-title"), "container-title", warnings)
        or read_line(value.get("institution"), "institution", warnings),
        "license": _license(value.get("license"), warnings),
        "categories": read_list(value.get("subject"), "subject", warnings),
    }


def _abstract(value: object, warnings: Warnings) -> str | None:
    """Return an abstract without its heading `Abstract`."""
    text = read_paragraphs(value, "abstract", warnings)
    if text is None:
        return None
    heading, _, rest = text.partition(PARAGRAPH_BREAK)
    if heading.strip(" .:").casefold() in ("abstract", "summary"):
        return rest or None
    return text


def _license(value: object, warnings: Warnings) -> str | None:
    """Return the link of the licence: that of the version of record, else the first."""
    if is_empty(value):
        return None
    if not isinstance(value, list):
        warn(warnings, "license", value)
        return None
    found = [one for one in value if isinstance(one, dict) and isinstance(one.get("URL"), str)]
    found.sort(key=lambda one: one.get("content-version") != "vor")
    return read_line(found[0]["URL"], "license", warnings) if found else None


def _relations(value: object, warnings: Warnings) -> list[str]:
    """Return the DOIs, as identifiers, of other versions of the same work."""
    if is_empty(value):
        return []
    if not isinstance(value, dict):
        warn(warnings, "relation", value)
        return []
    found: list[str] = []
    for name in RELATIONS:
        others = value.get(name)
        listed = others if isinstance(others, list) else [others]
        versions = (_other_version(other) for other in listed if isinstance(other, dict))
        found += [one for one in versions if one]
    return list(dict.fromkeys(found))


def _other_version(other: dict[str, object]) -> str | None:
    arxiv_id = read_arxiv_id(other.get("id"))
    if arxiv_id:
        return identifier("arxiv", arxiv_id)
    doi = read_doi(other.get("id"))
    return identifier("doi", doi) if doi else None


def _is_ours(shape: JsonShape, path: str) -> bool:  # noqa: ARG001
    return any(
        isinstance(one.get("DOI"), str) and "title" in one and sum(name in one for name in _OWN_FIELDS) >= 2
        for one in shape.sample
    )


READER = ObjectReader(DumpFormat.CROSSREF, _is_ours, read_work)
