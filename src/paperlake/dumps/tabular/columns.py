"""The columns of a table: whether they are those of papers, which means what, and the texts of a cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from paperlake.dumps.bibliography.stated_work import StatedWork, is_absent
from paperlake.dumps.bibliography.tagged_formats import WOS
from paperlake.dumps.fields.field_names import (
    COUNTER_NAMES,
    IDENTIFIER_SCHEMES,
    PaperField,
    field_of,
    fields_of,
    fold_name,
)
from paperlake.dumps.fields.identifiers import read_arxiv_id, read_doi
from paperlake.dumps.fields.paper_marks import ARXIV_CATEGORY, is_paper_host
from paperlake.dumps.scholarly_json.values import split_list_text
from paperlake.dumps.structured.json_objects import BadObjectError
from paperlake.dumps.structured.paper_objects import read_printed

Fields = Mapping[PaperField, Sequence[str]]
"""The columns of each field, in order of preference."""

LISTS = frozenset({PaperField.AUTHORS, PaperField.CATEGORIES, PaperField.KEYWORDS})
VERSIONS = "versions"  # of arXiv's metadata: the first has the date of submission
# Names with full given names; better than `authors` beside them, which has initials.
FULL_NAMES = frozenset({"authorfullnames", "fullnames"})
PARSED_NAMES = "authors_parsed"  # of arXiv's metadata: lists of family and given name, without LaTeX
RECORDS_CREATED = frozenset({"pmid", "createdate", "publicationyear"})
LIBRARY_ITEM = "itemtype"
WOS_COLUMNS = frozenset({"PT", "AU", "TI", "SO"})  # of the tab-delimited export, whose names are tags
IDENTIFIED = frozenset({PaperField.ARXIV_ID, PaperField.DOI, *IDENTIFIER_SCHEMES})
BESIDE_AUTHORS = frozenset({PaperField.YEAR, PaperField.PUBLISHED, PaperField.VENUE, *IDENTIFIED})
BESIDE_AUTHORS_ALONE = frozenset({PaperField.VENUE, *IDENTIFIED})
BESIDE_SUMMARY = frozenset({PaperField.AUTHORS, PaperField.CATEGORIES, *IDENTIFIED})
NAME_KEYS = (
    "name",
    "display_name",
    "full_name",
    "fullname",
    "raw_author_name",
    "author",
    "keyword",
    "term",
    "label",
)

_CREATED = re.compile(r"['\"]created['\"]\s*:\s*['\"]([^'\"]+)")
_PRINTED_ARRAY = re.compile(r"['\"]\s+['\"]")  # numpy prints no commas
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)


def paper_fields(names: Sequence[str]) -> Fields | None:
    """Return the columns of each field; None if the columns are not those of a table of papers.

    Evidence is a column of titles and one of abstracts; or titles, authors and one of venue or identifiers.
    With a year, a date or a summary in their place, as in tables of news and books, `needs_values` is true.
    """
    if set(names) >= WOS_COLUMNS:
        return _wos_fields(names)
    fields = fields_of(names)
    found = set(fields)
    if PaperField.TITLE not in found:
        return None
    if not found & IDENTIFIED and any(fold_name(name) in COUNTER_NAMES for name in names):
        return None
    has_abstract = any(field_of(name) is PaperField.ABSTRACT for name in names)
    has_summary = PaperField.ABSTRACT in found and bool(found & BESIDE_SUMMARY)
    has_authors = PaperField.AUTHORS in found and bool(found & BESIDE_AUTHORS)
    if not (has_abstract or has_summary or has_authors):
        return None
    return _without_dates_of_programs(fields, names)


def needs_values(names: Sequence[str], fields: Fields) -> bool:
    """Return whether the columns may be those of news, posts or books, so that values must decide."""
    found = set(fields)
    has_abstract = any(field_of(name) is PaperField.ABSTRACT for name in names)
    has_authors = PaperField.AUTHORS in found and bool(found & BESIDE_AUTHORS_ALONE)
    has_summary = PaperField.ABSTRACT in found and bool(found & IDENTIFIED)
    return not (has_abstract or has_authors or has_summary)


def shows_paper(cells: Mapping[str, object], fields: Fields) -> bool:
    """Return whether a row has an arXiv id or category, a DOI, or a link to a site of papers."""
    texts = {
        field: [text for name in fields.get(field, ()) for text in cell_texts(cells.get(name), field)]
        for field in (PaperField.ID, PaperField.URL, PaperField.PDF_URL, PaperField.CATEGORIES)
    }
    labels = (label for text in texts.pop(PaperField.CATEGORIES) for label in split_list_text(text))
    values = [text for found in texts.values() for text in found]
    return any(map(ARXIV_CATEGORY.match, labels)) or any(
        read_arxiv_id(text) or read_doi(text) or is_paper_host(text) for text in values
    )


def _without_dates_of_programs(fields: dict[PaperField, list[str]], names: Sequence[str]) -> Fields:
    """Return the columns with the best names first, and without dates that are those of a record.

    PubMed's `Create Date` is the day of the record, Zotero's `Date Modified` that of the library's item.
    """
    folded = {fold_name(name): name for name in names}
    if set(folded) >= RECORDS_CREATED:
        fields[PaperField.PUBLISHED].remove(folded["createdate"])
    if LIBRARY_ITEM in folded:
        fields.pop(PaperField.UPDATED, None)
    authors = fields.get(PaperField.AUTHORS, [])
    authors.sort(key=lambda name: fold_name(name) not in FULL_NAMES)
    if PARSED_NAMES in names:
        fields[PaperField.AUTHORS] = [PARSED_NAMES, *authors]
    return fields


def _wos_fields(names: Sequence[str]) -> dict[PaperField, list[str]]:
    """Return the columns of the tab-delimited export of Web of Science."""
    fields = {field: [tag for tag in tags if tag in names] for field, tags in WOS.fields.items()}
    fields[PaperField.YEAR] = [tag for tag in ("PY",) if tag in names]
    return {field: tags for field, tags in fields.items() if tags}


def stated_work(cells: Mapping[str, object], fields: Fields) -> StatedWork:
    """Return what one row states.

    Args:
        cells: The values of the row by column: texts, numbers, dates, or lists and structs of them.
        fields: The columns of each field.
    """
    texts: dict[PaperField, list[str]] = {}
    for field, names in fields.items():
        found = [cell_texts(cells.get(name), field) for name in names]
        if field in LISTS:  # the first column that has any; keywords of several columns are one list
            known = [one for one in found if one]
            texts[field] = known[0] if known and field is not PaperField.KEYWORDS else _joined(known)
        else:
            texts[field] = [text for one in found for text in one]
    created = _CREATED.search(str(cells.get(VERSIONS) or ""))
    if created is not None:
        texts[PaperField.PUBLISHED] = [created[1], *texts.get(PaperField.PUBLISHED, ())]
    return StatedWork(texts)


def _joined(lists: Sequence[list[str]]) -> list[str]:
    return (
        lists[0] if len(lists) == 1 else [text for one in lists for part in one for text in part.split(";")]
    )


def cell_texts(value: object, field: PaperField) -> list[str]:
    """Return the texts of one cell: one, or those of a list; none where it is empty."""
    texts: list[str] = []
    if isinstance(value, str):
        texts = _texts_of_text(value, field)
    elif isinstance(value, datetime | date):
        texts = [value.isoformat()]
    elif isinstance(value, float) and value.is_integer():
        texts = [f"{value:.0f}"]
    elif isinstance(value, int | float) and not isinstance(value, bool):
        texts = [str(value)]
    elif isinstance(value, dict):
        named = next((value[key] for key in NAME_KEYS if value.get(key)), None)
        texts = cell_texts(named, field) if named is not None else []
    elif isinstance(value, list | tuple):
        texts = [text for one in value for text in _texts_of_element(one, field)]
    return texts


def _texts_of_element(element: object, field: PaperField) -> list[str]:
    """Return the text of one element; `[last, first, suffix]` of arXiv's metadata is one name."""
    is_parts = field is PaperField.AUTHORS and isinstance(element, list) and len(element) > 1
    if is_parts and isinstance(element, list) and all(isinstance(part, str) for part in element):
        return [" ".join(part for part in (element[1], element[0], *element[2:]) if part)]
    return [element] if isinstance(element, str) else cell_texts(element, field)


def _texts_of_text(value: str, field: PaperField) -> list[str]:
    """Return a text; the elements of a list that Python or JSON printed."""
    if is_absent(value):
        return []
    text = value.strip()
    if field in LISTS and text[0] in "[{" and text[-1] in "]}":
        if _PRINTED_ARRAY.search(text):
            return [one or other for one, other in _QUOTED.findall(text)]
        try:
            printed = read_printed(text)
        except BadObjectError:
            return [text.strip("[]")]
        return cell_texts(printed, field) if isinstance(printed, list | dict | tuple) else [text]
    return [value]
