"""The reader of `openalex`: works of OpenAlex, as answers of its API or as lines of its snapshot.

Abstracts come as an inverted index of words. Topics, and in older data concepts, are labels that came with
the data: categories. OpenAlex's own `updated_date` is that of its record and not of the paper.
"""

from __future__ import annotations

from collections.abc import Iterator

from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.dumps.fields.identifiers import read_arxiv_id, read_doi, read_identifier
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
    warn,
)
from paperlake.dumps.structured.json_shape import JsonShape

MIN_CONCEPT_SCORE = 0.3  # concepts below it are guesses; OpenAlex itself shows those from it on
MAX_ABSTRACT_WORDS = 50_000
SCHEMES = ("openalex", "mag", "pmid", "pmcid")

_OWN_FIELDS = (
    "authorships", "abstract_inverted_index", "primary_location", "host_venue", "referenced_works",
    "cited_by_count", "concepts", "topics", "open_access", "ids",
)  # fmt: skip


def read_work(value: dict[str, object], warnings: Warnings) -> ParsedRow:
    """Return the columns of `entries` that a work of OpenAlex fills."""
    places = list(_places(value))
    doi = read_doi(value.get("doi")) or read_doi(_member(value.get("ids"), "doi"))
    if doi is None and not is_empty(value.get("doi")):
        warnings["doi is no DOI"] += 1
    published, text = read_day(value.get("publication_date"), "publication_date", warnings)
    year = value.get("publication_year")
    return {
        "title": read_line(value.get("title"), "title", warnings)
        or read_line(value.get("display_name"), "display_name", warnings),
        "abstract": read_paragraphs(value.get("abstract"), "abstract", warnings)
        or abstract_of_index(value.get("abstract_inverted_index"), warnings),
        "authors": read_authors(value.get("authorships"), warnings),
        "author_count": read_count(value.get("authors_count"), "authors_count", warnings) or None,
        "published_date": published,
        "published_text": text
        or (str(year) if isinstance(year, int) and not isinstance(year, bool) else None),
        "arxiv_id": next(filter(None, map(read_arxiv_id, (doi, *_links(places)))), None),
        "doi": doi,
        "identifiers": _identifiers(value),
        "url": next(
            (link for place in places if (link := _link(place.get("landing_page_url"), warnings))), None
        ),
        "venue": _first(places, ("source", "raw_source_name"), warnings)
        or read_line(value.get("host_venue"), "host_venue", warnings),
        "license": _first(places, ("license",), warnings),
        "categories": read_list(value.get("topics"), "topics", warnings) or _concepts(value, warnings),
        "keywords": read_list(value.get("keywords"), "keywords", warnings),
    }


def abstract_of_index(index: object, warnings: Warnings) -> str | None:
    """Return the text of an inverted index: an object from each word to its places.

    >>> abstract_of_index({"count": [1], "We": [0], "sheep.": [2]}, Warnings())
    'We count sheep.'
    """
    if isinstance(index, dict) and isinstance(index.get("InvertedIndex"), dict):
        index = index["InvertedIndex"]  # of the older snapshots, from Microsoft Academic Graph
    if is_empty(index):
        return None
    if not isinstance(index, dict):
        warn(warnings, "abstract_inverted_index", index)
        return None
    words: dict[int, str] = {}
    for word, places in index.items():
        for place in places if isinstance(places, list) else ():
            if isinstance(place, int) and 0 <= place < MAX_ABSTRACT_WORDS:
                words[place] = word
    if not words:
        warnings["abstract_inverted_index has no places of words"] += 1
        return None
    return read_paragraphs(" ".join(words[place] for place in sorted(words)), "abstract", warnings)


def _places(value: dict[str, object]) -> Iterator[dict[str, object]]:
    """Yield the locations of a work, the primary one first."""
    for name in ("primary_location", "best_oa_location", "host_venue"):
        place = value.get(name)
        if isinstance(place, dict):
            yield place if name != "host_venue" else {
                "license": place.get("license"), "landing_page_url": place.get("url")
            }  # fmt: skip
    more = value.get("locations") or value.get("alternate_host_venues")
    if isinstance(more, list):
        yield from (place for place in more[:50] if isinstance(place, dict))


def _links(places: list[dict[str, object]]) -> Iterator[object]:
    for place in places:
        yield from (place.get("landing_page_url"), place.get("pdf_url"), place.get("url"))


def _link(value: object, warnings: Warnings) -> str | None:
    return read_link(value, "landing_page_url", warnings)


def _first(places: list[dict[str, object]], names: tuple[str, ...], warnings: Warnings) -> str | None:
    for place in places:
        for name in names:
            found = read_line(place.get(name), name, warnings)
            if found:
                return found
    return None


def _identifiers(value: dict[str, object]) -> list[str] | None:
    ids = value.get("ids")
    found = [read_identifier("openalex", value.get("id"))]
    found += [read_identifier(scheme, _member(ids, scheme)) for scheme in SCHEMES]
    return list(dict.fromkeys(one for one in found if one)) or None


def _member(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _concepts(value: dict[str, object], warnings: Warnings) -> list[str] | None:
    concepts = value.get("concepts")
    if is_empty(concepts) or not isinstance(concepts, list):
        return None
    sure = []
    for concept in concepts:
        score = _member(concept, "score")
        if not isinstance(score, (int, float)) or score >= MIN_CONCEPT_SCORE:
            sure.append(concept)
    return read_list(sure, "concepts", warnings)


def _is_ours(shape: JsonShape, path: str) -> bool:  # noqa: ARG001
    return any(sum(name in one for name in _OWN_FIELDS) >= 2 and _is_work(one) for one in shape.sample)


def _is_work(value: dict[str, object]) -> bool:
    own_id = str(value.get("id", ""))
    has_title = "title" in value or "display_name" in value
    return has_title and ("authorships" in value or "openalex.org/W" in own_id or "referenced_works" in value)


READER = ObjectReader(DumpFormat.OPENALEX, _is_ours, read_work)
