"""The reader of `paper_json`: JSON of papers in shapes of people's own, read by the names of its fields.

Names are those of `field_names.py`. An arXiv listing in a near shape of arXiv's snapshot is read by the same
rules (`arxiv_snapshot.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.field_names import (
    COUNTER_NAMES,
    IDENTIFIER_SCHEMES,
    PaperField,
    field_of,
    fields_of,
    fold_name,
)
from paperlake.dumps.fields.identifiers import (
    identifier,
    identifier_of_link,
    read_arxiv_id,
    read_doi,
    read_identifier,
)
from paperlake.dumps.fields.paper_marks import ARXIV_CATEGORY, is_paper_host
from paperlake.dumps.reading import ParsedRow
from paperlake.dumps.scholarly_json.object_reader import ObjectReader
from paperlake.dumps.scholarly_json.people import read_authors
from paperlake.dumps.scholarly_json.values import (
    Warnings,
    is_empty,
    read_count,
    read_day,
    read_line,
    read_link,
    read_list,
    read_paragraphs,
    read_text,
    warn,
)
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.structured.json_shape import PAPER_KEYS, JsonShape
from paperlake.text.folding import fold

MIN_ABSTRACT_CHARS = 40  # of the text of an abstract that counts as evidence
MAX_CACHED_NAMES = 200
MIN_SUMMARY_CHARS = 120  # of a summary, which posts and books have as well
# Names, folded, of software and data sets, which have authors and DOIs as well.
SOFTWARE_NAMES = frozenset({
    "version", "softwareversion", "programminglanguage", "coderepository", "uploadtype", "resourcetype",
    "cffversion", "dependencies", "downloads", "filesize",
})  # fmt: skip
_PAPER_WORDS = re.compile(
    r"paper|arxiv|publication|preprint|articles?\b|literature|bibliograph", re.IGNORECASE
)
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+$")

Reads = Callable[[object, str, Warnings], object]


def _fields(value: dict[str, object]) -> dict[PaperField, list[str]]:
    """Return the names in an object by field; the objects of one dump have few sets of names."""
    return _known_fields(tuple(value)) if len(value) <= MAX_CACHED_NAMES else fields_of(value)


_known_fields = lru_cache(maxsize=256)(fields_of)


def read_paper(value: dict[str, object], warnings: Warnings) -> ParsedRow:
    """Return the columns of `entries` that an object of any shape fills, by the names of its fields."""
    value = unwrapped(value)
    record = _Record(value, warnings)
    published = record.day(PaperField.PUBLISHED)
    arxiv_id, doi = record.arxiv_id(), record.doi()
    row: ParsedRow = {
        "title": record.first(PaperField.TITLE, read_line),
        "abstract": record.first(PaperField.ABSTRACT, read_paragraphs),
        "authors": _parsed_authors(value) or record.authors(),
        "author_count": record.first(PaperField.AUTHOR_COUNT, read_count) or None,
        "published_date": published[0],
        "published_text": published[1] or record.year(),
        "updated_date": record.day(PaperField.UPDATED)[0],
        "arxiv_id": arxiv_id,
        "doi": doi,
        "identifiers": record.identifiers(),
        "url": record.url(),
        "code_url": record.first(PaperField.CODE_URL, _code_link),
        "code_star_count": record.first(PaperField.CODE_STAR_COUNT, read_count),
        "project_url": record.first(PaperField.PROJECT_URL, read_link),
        "venue": record.first(PaperField.VENUE, read_line),
        "license": record.first(PaperField.LICENSE, read_line),
        "summary": record.first(PaperField.SUMMARY, read_paragraphs) or _tldr(value, warnings),
        "categories": record.first(PaperField.CATEGORIES, read_list),
        "keywords": record.first(PaperField.KEYWORDS, read_list),
        "upvote_count": record.first(PaperField.UPVOTE_COUNT, read_count),
        "comment_count": record.first(PaperField.COMMENT_COUNT, read_count),
    }
    if row["summary"] is not None and row["summary"] == row["abstract"]:
        row["summary"] = None
    return row


def unwrapped(value: dict[str, object]) -> dict[str, object]:
    """Return the object of the paper, where it stands below a key; members beside it are kept."""
    if PaperField.TITLE in _fields(value):
        return value
    for key in PAPER_KEYS:
        inner = value.get(key)
        if isinstance(inner, dict):
            beside = {name: one for name, one in value.items() if name not in (key, *inner)}
            if key == "info" and "key" in inner:
                beside["dblp_key"] = inner["key"]
                beside.pop("id", None)
            return {**inner, **beside}
    return value


class _Record:
    """One object, asked by field."""

    def __init__(self, value: dict[str, object], warnings: Warnings) -> None:
        self._value = value
        self._warnings = warnings
        self._fields = _fields(value)

    def values(self, field: PaperField) -> list[tuple[str, object]]:
        """Return the names and values of a field that are not empty, the best first."""
        names = self._fields.get(field)
        if not names:
            return []
        labels = (name if name.isascii() and name.isprintable() else field.value for name in names)
        return [
            (label, self._value[name])
            for label, name in zip(labels, names, strict=True)
            if not is_empty(self._value[name])
        ]

    def first(self, field: PaperField, read: Reads) -> object:
        """Return the first value of a field that is understood."""
        if field not in self._fields:
            return None
        for name, value in self.values(field):
            found = read(value, name, self._warnings)
            if found is not None:
                return found
        return None

    def url(self) -> object:
        """Return the link to the paper; the id if it is a link, else the link to the PDF."""
        return (
            self.first(PaperField.URL, _link_or_id)
            or self.first(PaperField.ID, _link_of_id)
            or self.first(PaperField.PDF_URL, _link_or_id)
        )

    def authors(self) -> list[str] | None:
        for _, value in self.values(PaperField.AUTHORS):
            found = read_authors(value, self._warnings)
            if found:
                return found
        return None

    def day(self, field: PaperField) -> tuple[object, str | None]:
        """Return the first day that the record states, or else the first text for one."""
        if field is PaperField.PUBLISHED and (created := _first_version(self._value)) is not None:
            return read_day(created, "versions", self._warnings)
        kept: tuple[object, str | None] = (None, None)
        for name, value in self.values(field):
            if isinstance(value, bool) or read_doi(value):  # `published: 10.1000/x` of bioRxiv
                continue
            found = read_day(value, name, self._warnings)
            if found[0] is not None:
                return found
            kept = kept if kept[1] else found
        return kept

    def year(self) -> str | None:
        for name, value in self.values(PaperField.YEAR):
            text = str(value) if isinstance(value, int) else read_text(value, name, self._warnings)
            if text:
                return fold(text)
        return None

    def arxiv_id(self) -> str | None:
        for field in (PaperField.ARXIV_ID, PaperField.ID, PaperField.URL, PaperField.PDF_URL, PaperField.DOI):
            for name, value in self.values(field):
                found = next((one for one in map(read_arxiv_id, _texts(value)) if one), None)
                if found:
                    return found
                if field is PaperField.ARXIV_ID and not isinstance(value, dict):
                    self._warnings[f"{name} is no arXiv id"] += 1
        return None

    def doi(self) -> str | None:
        for field in (PaperField.DOI, PaperField.ID, PaperField.URL):
            for name, value in self.values(field):
                found = next((one for one in map(read_doi, _texts(value)) if one), None)
                if found:
                    return found
                if field is PaperField.DOI:
                    self._warnings[f"{name} is no DOI"] += 1
        return None

    def identifiers(self) -> list[str] | None:
        found: list[str] = []
        for field in self._fields.keys() & IDENTIFIER_SCHEMES.keys():
            scheme = IDENTIFIER_SCHEMES[field]
            for name, value in self.values(field):
                one = read_identifier(scheme, value)
                if one is None:
                    warn(self._warnings, name, value)
                else:
                    found.append(one)
        for _, value in self.values(PaperField.PUBLISHED):  # `published: 10.1000/x` of bioRxiv: the journal's
            if one := identifier("doi", read_doi(value)):
                found.append(one)
        for field in (PaperField.URL, PaperField.PDF_URL, PaperField.ID):
            links = [str(text) for _, value in self.values(field) for text in _texts(value)]
            found += [one for one in map(identifier_of_link, links) if one]
        scheme_of_id = {"MED": "pmid", "PMC": "pmcid"}.get(str(self._value.get("source")))  # of Europe PMC
        if scheme_of_id and (one := read_identifier(scheme_of_id, self._value.get("id"))):
            found.append(one)
        return sorted(set(found)) or None


def _texts(value: object) -> list[object]:
    """Return the texts in a value that may be a link: itself, those of a list, or of an object's link."""
    if isinstance(value, list):
        return [text for one in value[:20] for text in _texts(one)]
    if isinstance(value, dict):
        return [value[key] for key in ("url", "href", "value", "id") if isinstance(value.get(key), str)]
    return [value] if isinstance(value, str) else []


def _link_or_id(value: object, label: str, warnings: Warnings) -> str | None:
    """Return a link; nothing for an identifier in the place of one, which is read as such."""
    if isinstance(value, str) and (read_arxiv_id(value) or read_doi(value)) and "//" not in value:
        return None
    return read_link(value, label, warnings)


def _link_of_id(value: object, label: str, warnings: Warnings) -> str | None:
    """Return an id that is a link; nothing for other ids."""
    is_link = isinstance(value, str) and value.strip().lower().startswith(("http://", "https://"))
    return read_link(value, label, warnings) if is_link else None


def _code_link(value: object, label: str, warnings: Warnings) -> str | None:
    """Return a link to code; a repository's name is one on GitHub."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _REPOSITORY.match(value.strip()):
        return f"https://github.com/{value.strip()}"
    return read_link(value, label, warnings)


def _first_version(value: dict[str, object]) -> object:
    """Return the date of arXiv's first version."""
    versions = value.get("versions")
    first = versions[0] if isinstance(versions, list) and versions else None
    created = first.get("created") if isinstance(first, dict) else None
    return None if is_empty(created) else created


def _parsed_authors(value: dict[str, object]) -> list[str] | None:
    """Return the names in arXiv's `[[last, first, suffix], …]`; None if they are not that."""
    parsed = value.get("authors_parsed")
    if not isinstance(parsed, list):
        return None
    if not all(isinstance(one, list) and all(isinstance(part, str) for part in one) for one in parsed):
        return None
    return read_authors([one for one in parsed if any(map(str.strip, one))], Warnings())


def _tldr(value: dict[str, object], warnings: Warnings) -> str | None:
    """Return the summary in the object `AI` of daily-arXiv-ai-enhanced."""
    made = value.get("AI")
    return read_paragraphs(made.get("tldr"), "AI.tldr", warnings) if isinstance(made, dict) else None


def tells_a_paper(value: dict[str, object], is_called_papers: bool = False) -> bool:
    """Return whether an object is a paper by its names and values.

    A title, and an abstract with authors, a date, a venue or an identifier; or authors and an identifier or a
    link to a site of papers. Where the dump or its list is called papers, a long summary with authors is
    enough. Names of other things count against it, unless there is an identifier.
    """
    value = unwrapped(value)
    fields = _fields(value)
    record = _Record(value, Warnings())
    title = next((one for _, one in record.values(PaperField.TITLE)), None)
    if title is None or not isinstance(title, str | list | dict):
        return False
    has_identifier = bool(record.identifiers()) or _has_identifier(record)
    if not has_identifier and any(fold_name(name) in COUNTER_NAMES for name in value):
        return False
    if PaperField.ABSTRACT not in fields and any(fold_name(name) in SOFTWARE_NAMES for name in value):
        return False
    authors = next((one for one in record.values(PaperField.AUTHORS)), None)
    is_plural = authors is not None and (
        isinstance(authors[1], list | dict) or fold_name(authors[0]).rstrip("s") != "author"
        or fold_name(authors[0]).endswith("s")
    )  # fmt: skip
    abstracts = record.values(PaperField.ABSTRACT)
    abstract = max((len(str(one)) for _, one in abstracts), default=0)
    is_named_abstract = any(field_of(name) is PaperField.ABSTRACT for name, _ in abstracts)
    if is_named_abstract and abstract >= MIN_ABSTRACT_CHARS:
        beside = (PaperField.PUBLISHED, PaperField.YEAR, PaperField.VENUE, PaperField.CATEGORIES)
        return authors is not None or has_identifier or any(field in fields for field in beside)
    if has_identifier and is_plural:
        return True
    return abstract >= MIN_SUMMARY_CHARS and is_plural and (is_called_papers or has_identifier)


def is_arxiv_paper(value: dict[str, object]) -> bool:
    """Return whether an object is arXiv's metadata in any shape: title, arXiv id and categories."""
    record = _Record(unwrapped(value), Warnings())
    has_texts = record.values(PaperField.ABSTRACT) or record.values(PaperField.AUTHORS)
    try:
        labels = record.first(PaperField.CATEGORIES, read_list)
    except BadObjectError:  # lone surrogates
        return False
    return bool(
        record.values(PaperField.TITLE)
        and isinstance(labels, list)
        and ARXIV_CATEGORY.match(labels[0])
        and has_texts
        and record.arxiv_id()
    )


def _has_identifier(record: _Record) -> bool:
    """Return whether an arXiv id, a DOI or a link to a site of papers is there."""
    if record.arxiv_id() or record.doi():
        return True
    links = [
        text
        for field in (PaperField.URL, PaperField.PDF_URL, PaperField.ID)
        for _, value in record.values(field)
        for text in _texts(value)
    ]
    return any(is_paper_host(str(link)) for link in links)


def _is_ours(shape: JsonShape, path: str) -> bool:
    names = [path.rsplit("/", 1)[-1], *(key for key in shape.path if key)]
    is_called_papers = any(_PAPER_WORDS.search(name) for name in names)
    told = sum(tells_a_paper(one, is_called_papers) for one in shape.sample)
    return 2 * told >= len(shape.sample) and told > 0


READER = ObjectReader(DumpFormat.PAPER_JSON, _is_ours, read_paper)
