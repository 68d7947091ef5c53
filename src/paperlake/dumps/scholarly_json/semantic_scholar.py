"""The reader of `semantic_scholar`: papers of its API and lines of its datasets (papers, S2ORC).

Keys of the datasets are those of the API in lower case. Fields of study are labels that came with the data:
categories.
"""

from __future__ import annotations

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.identifiers import read_arxiv_id, read_doi, read_identifier
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

# Scheme of `identifiers` for each external id, by its name in lower case.
EXTERNAL_SCHEMES = {
    "mag": "mag", "pubmed": "pmid", "pubmedcentral": "pmcid", "dblp": "dblp", "acl": "acl",
    "corpusid": "corpusid",
}  # fmt: skip


def read_paper(value: dict[str, object], warnings: Warnings) -> ParsedRow:
    """Return the columns of `entries` that a paper of Semantic Scholar fills."""
    fields = {name.lower(): one for name, one in _paper(value).items()}
    access = fields.get("openaccessinfo")
    external = _external(fields.get("externalids") or _member(access, "externalids"), warnings)
    published, text = read_day(fields.get("publicationdate"), "publicationDate", warnings)
    year = fields.get("year")
    pdf = fields.get("openaccesspdf")
    return {
        "title": read_line(fields.get("title"), "title", warnings),
        "abstract": read_paragraphs(fields.get("abstract"), "abstract", warnings),
        "authors": read_authors(fields.get("authors"), warnings),
        "published_date": published,
        "published_text": text
        or (str(year) if isinstance(year, int) and not isinstance(year, bool) else None),
        "arxiv_id": read_arxiv_id(external.get("arxiv")) or read_arxiv_id(external.get("doi")),
        "doi": read_doi(external.get("doi")),
        "identifiers": _identifiers(fields, external),
        "url": read_link(fields.get("url"), "url", warnings),
        "venue": read_line(fields.get("venue"), "venue", warnings)
        or read_line(_member(fields.get("journal"), "name"), "journal", warnings)
        or read_line(fields.get("publicationvenue"), "publicationVenue", warnings),
        "license": read_line(_member(pdf, "license") or _member(access, "license"), "license", warnings),
        "summary": read_paragraphs(_member(fields.get("tldr"), "text"), "tldr", warnings),
        "categories": read_list(
            fields.get("s2fieldsofstudy") or fields.get("fieldsofstudy"), "fieldsOfStudy", warnings
        ),
    }


def _paper(value: dict[str, object]) -> dict[str, object]:
    """Return the paper of a citation or reference; the object itself otherwise."""
    for key in ("citingPaper", "citedPaper"):
        inner = value.get(key)
        if isinstance(inner, dict):
            return inner
    return value


def _external(value: object, warnings: Warnings) -> dict[str, object]:
    """Return the external ids by their names in lower case."""
    if is_empty(value):
        return {}
    if not isinstance(value, dict):
        warn(warnings, "externalIds", value)
        return {}
    return {str(name).lower(): one for name, one in value.items() if not is_empty(one)}


def _identifiers(fields: dict[str, object], external: dict[str, object]) -> list[str] | None:
    found = [
        read_identifier("s2", fields.get("paperid")),
        read_identifier("corpusid", fields.get("corpusid")),
    ]
    found += [read_identifier(scheme, external.get(name)) for name, scheme in EXTERNAL_SCHEMES.items()]
    return list(dict.fromkeys(one for one in found if one)) or None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _is_ours(shape: JsonShape, path: str) -> bool:  # noqa: ARG001
    return any(_is_paper(_paper(one)) for one in shape.sample)


def _is_paper(value: dict[str, object]) -> bool:
    names = {name.lower() for name in value}
    has_own_id = bool(names & {"corpusid", "externalids"}) or (
        "paperid" in names and bool(names & {"publicationdate", "citationcount", "s2fieldsofstudy", "tldr",
                                             "openaccesspdf", "isopenaccess", "fieldsofstudy"})
    )  # fmt: skip
    return "title" in names and has_own_id and bool(names & {"authors", "abstract", "venue", "year"})


READER = ObjectReader(DumpFormat.SEMANTIC_SCHOLAR, _is_ours, read_paper)
