"""The reader of `openreview`: notes of OpenReview's API, of which the submissions are papers.

In the second version of the API each field of the content is `{"value": …}`. Reviews and comments are notes,
too; they have neither authors nor abstract and are rejects.
"""

from __future__ import annotations

from paperlake.catalogue.vocabulary import DumpFormat, RejectCode
from paperlake.dumps.fields.identifiers import read_arxiv_id, read_identifier
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
)
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.structured.json_shape import JsonShape

DATE_FIELDS = ("pdate", "odate", "cdate", "tcdate")  # published, made public, created
_OWN_FIELDS = (
    "invitation",
    "invitations",
    "signatures",
    "readers",
    "forum",
    "tcdate",
    "tmdate",
    "nonreaders",
)


def read_note(value: dict[str, object], warnings: Warnings) -> ParsedRow:
    """Return the columns of `entries` that a note fills.

    Raises:
        BadObjectError: The note is no submission.
    """
    content = value.get("content")
    if not isinstance(content, dict):
        raise BadObjectError("The note has no content.", RejectCode.MISSING_FIELD)
    fields = {name.lower(): _value(one) for name, one in content.items()}
    abstract = read_paragraphs(fields.get("abstract"), "abstract", warnings)
    authors = read_authors(fields.get("authors"), warnings)
    if abstract is None and authors is None:
        raise BadObjectError(
            "The note is no submission: it has neither abstract nor authors.", RejectCode.MISSING_FIELD
        )
    date = next((value[name] for name in DATE_FIELDS if not is_empty(value.get(name))), None)
    published, text = read_day(date, "cdate", warnings)
    code = next(
        (fields[name] for name in ("code", "code_url", "software") if _is_link(fields.get(name))), None
    )
    return {
        "title": read_line(fields.get("title"), "title", warnings),
        "abstract": abstract,
        "authors": authors,
        "published_date": published,
        "published_text": text,
        "arxiv_id": read_arxiv_id(fields.get("arxiv") or fields.get("arxiv_id")),
        "identifiers": _identifiers(value),
        "url": read_link(fields.get("html"), "html", warnings) if _is_link(fields.get("html")) else None,
        "code_url": read_link(code, "code", warnings),
        "venue": read_line(fields.get("venue"), "venue", warnings),
        "license": read_line(value.get("license"), "license", warnings),
        "summary": read_paragraphs(
            fields.get("tldr") or fields.get("tl;dr") or fields.get("one-sentence_summary"), "TLDR", warnings
        ),
        "categories": read_list(fields.get("primary_area") or fields.get("subject_areas"), "area", warnings),
        "keywords": read_list(fields.get("keywords"), "keywords", warnings),
    }


def _value(field: object) -> object:
    return field.get("value") if isinstance(field, dict) and "value" in field else field


def _is_link(value: object) -> bool:
    return isinstance(value, str) and value.startswith("http")


def _identifiers(value: dict[str, object]) -> list[str] | None:
    found = read_identifier("openreview", value.get("forum") or value.get("id"))
    return [found] if found else None


def _is_ours(shape: JsonShape, path: str) -> bool:  # noqa: ARG001
    return any(
        isinstance(content := one.get("content"), dict)
        and sum(name in one for name in _OWN_FIELDS) >= 2
        and ("abstract" in content or "authors" in content)
        for one in shape.sample
    )


READER = ObjectReader(DumpFormat.OPENREVIEW, _is_ours, read_note)
