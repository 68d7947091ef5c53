"""What is cited of a paper: the data of its published version where a source states them.

A paper is merged from entries of several sources: a preprint server states when it was submitted, a publisher
where and when it appeared. `citation` takes venue, DOI and date from the entries that state a venue, and
keeps the arXiv id beside them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from paperlake.bibliography.venues import Kind, venue_kind
from paperlake.catalogue.vocabulary import DumpFormat
from paperlake.report.links import paper_link
from paperlake.text.display import BIDI_CONTROLS, REPLACEMENT
from paperlake.text.names import Name, split_name

# Formats whose date is that of the preprint, though they state the venue of the publication.
PREPRINT_FORMATS = frozenset({DumpFormat.ARXIV_SNAPSHOT, DumpFormat.OAI_PMH, DumpFormat.ARXIV_FEED})
PREPRINT_DOI = re.compile(r"10\.(?:48550|1101|26434|2139|21203|31234|20944)/")
MAX_KEY_CHARS = 20  # of the family name, and of the word of the title
KEY_ID_CHARS = 8  # of the paper_id: with name, year and word, no two of a million papers share a key

_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|20)\d\d(?!\d)")
_LAST_YEAR = re.compile(r"\((?:[^()]*\D)?((?:1[6-9]|20)\d\d)\)|(?<!\d)((?:19|20)\d\d)\s*$")
_CATEGORY = re.compile(
    r"(?:astro-ph|cond-mat|cs|econ|eess|gr-qc|hep-(?:ex|lat|ph|th)|math|math-ph|nlin|nucl-(?:ex|th)|physics"
    r"|q-bio|q-fin|quant-ph|stat)(?:\.[A-Za-z-]{2,})?"
)
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_COMMON_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "by", "can", "do", "for", "from", "how", "in", "is", "its", "of",
     "on", "or", "the", "to", "towards", "via", "what", "when", "why", "with"}
)  # fmt: skip


@dataclass(frozen=True)
class Citation:
    """One work; every text is one line without control characters."""

    key: str
    """Depends on the paper alone: the same in every build, file and order."""
    kind: Kind
    title: str
    authors: Sequence[Name]
    published: tuple[int, ...]
    """Year; year and month; or year, month and day. Empty if unknown."""
    venue: str | None
    """None for a preprint."""
    doi: str | None
    arxiv_id: str | None
    arxiv_class: str | None
    """The first category of arXiv, such as `cs.CL`."""
    url: str | None
    """A web address, safe to show as a link."""
    abstract: str | None
    keywords: Sequence[str]


def citation(paper: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> Citation:
    """Return what is cited of a paper.

    Args:
        paper: The row of `papers`.
        versions: Its entries that state a venue or a DOI, in the order of the paper's sources: venue, doi,
            published_date, published_text, year_inferred and format.
    """
    published = _published_version(paper, versions)
    venue = _line(published["venue"] if published else None)
    doi = _line(published["doi"] if published and published["doi"] else _publisher_doi(paper, versions))
    categories = [name for name in paper["categories"] or () if _CATEGORY.fullmatch(name)]
    arxiv_id = _line(paper["arxiv_id"])
    return Citation(
        key=citation_key(paper),
        kind=venue_kind(venue) if venue else Kind.PREPRINT,
        title=_line(paper["title"]) or "",
        authors=[split_name(name) for name in map(_line, paper["authors"] or ()) if name],
        published=_date(paper, published),
        venue=venue,
        doi=doi,
        arxiv_id=arxiv_id,
        arxiv_class=categories[0] if arxiv_id and categories else None,
        url=paper_link(_line(paper["url"]), arxiv_id, doi),
        abstract=_line(paper["abstract"]),
        keywords=[word for word in map(_line, paper["keywords"] or ()) if word],
    )


def citation_key(paper: Mapping[str, Any]) -> str:
    """Return a key such as `lovelace1843notes-1f0c2a9b`: readable, and the same wherever the paper is cited.

    It is built from the first author, the day of publication, the title and the paper_id alone.
    """
    names = [split_name(name) for name in paper["authors"] or () if name.strip()]
    family = _plain(names[0].family or names[0].whole) if names else ""
    year = paper["published_date"].year if paper["published_date"] else ""
    words = [_plain(word) for word in paper["title"].split()]
    word = next((word for word in words if len(word) > 1 and word not in _COMMON_WORDS), "")
    return f"{family or 'paper'}{year}{word}-{paper['paper_id'][:KEY_ID_CHARS]}"


def _published_version(
    paper: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Return the entry to take venue and date from: the paper's venue before others, a publisher's first."""
    published = [one for one in versions if one["venue"] and venue_kind(one["venue"]) is not Kind.PREPRINT]
    return min(
        published,
        key=lambda one: (
            one["venue"] != paper["venue"],
            one["format"] in PREPRINT_FORMATS,
            one["published_date"] is None and not one["published_text"],
        ),
        default=None,
    )


def _publisher_doi(paper: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the DOI of the publication; that of a preprint server if there is no other."""
    known = [doi for doi in (paper["doi"], *(one["doi"] for one in versions)) if doi]
    return next((doi for doi in known if not PREPRINT_DOI.match(doi)), known[0] if known else None)


def _date(paper: Mapping[str, Any], published: Mapping[str, Any] | None) -> tuple[int, ...]:
    """Return the date of the published version; that of the paper where none is stated."""
    first: date | None = paper["published_date"]
    if published:
        if published["format"] in PREPRINT_FORMATS:
            year = _year_of_venue(published["venue"])
            if year and (first is None or year >= first.year):
                return _parts(first) if first and year == first.year else (year,)
        elif published["published_date"] and not published["year_inferred"]:
            return _parts(published["published_date"])
        elif found := _YEAR.search(published["published_text"] or ""):
            return (int(found[0]),)
    return _parts(first) if first else ()


def _year_of_venue(venue: str) -> int | None:
    """Return the year that a journal reference ends with.

    >>> _year_of_venue("Phys.Rev.D76:013009,2007"), _year_of_venue("Ann. Phys. 322 (2007) 1462-1476")
    (2007, 2007)
    """
    years = [int(found[1] or found[2]) for found in _LAST_YEAR.finditer(venue)]
    return years[-1] if years else None


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).lower()
    return _NO_LETTER.sub("", letters)[:MAX_KEY_CHARS]


def _line(text: str | None) -> str | None:
    """Return a text on one line; characters that steer a terminal or turn the direction become U+FFFD."""
    if not text:
        return None
    shown = "".join(" " if char.isspace() else REPLACEMENT if _is_control(char) else char for char in text)
    return " ".join(shown.split()) or None


def _is_control(char: str) -> bool:
    # Of the other characters of format, joiners belong to emoji and to words of several languages.
    return char in BIDI_CONTROLS or (
        not char.isprintable() and unicodedata.category(char) in ("Cc", "Cs", "Cn")
    )
