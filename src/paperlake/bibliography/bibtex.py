"""Write BibTeX, by bibtexparser's writer: one entry per citation.

A publication is an @article or @inproceedings, with the arXiv id as `eprint` beside; a preprint is a @misc.
"""

from __future__ import annotations

import re
from calendar import month_abbr
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from bibtexparser.library import Library
from bibtexparser.model import Entry, Field
from bibtexparser.writer import BibtexFormat, write

from paperlake.bibliography.citation import Citation
from paperlake.bibliography.latex import to_latex
from paperlake.bibliography.venues import Kind
from paperlake.text.names import Name

ENTRY_TYPES = {Kind.ARTICLE: "article", Kind.CONFERENCE: "inproceedings", Kind.PREPRINT: "misc"}
VENUE_FIELDS = {Kind.ARTICLE: "journal", Kind.CONFERENCE: "booktitle"}

_FORMAT = BibtexFormat()  # type: ignore[no-untyped-call]
_FORMAT.indent = "  "
_FORMAT.block_separator = "\n"
_UNSAFE = re.compile(
    r"[{}\\\s\"%]+(?<!%)|%(?![0-9A-Fa-f]{2})"
)  # in links and identifiers, which have no escapes


def write_bibtex(citations: Iterable[Citation], with_abstract: bool = False) -> Iterator[str]:
    """Yield one entry per citation, with an empty line between."""
    for number, one in enumerate(citations):
        yield "\n" * bool(number) + bibtex_entry(one, with_abstract)


def bibtex_entry(citation: Citation, with_abstract: bool = False) -> str:
    """Return one entry, with a line break at its end."""
    fields = {
        "title": to_latex(citation.title, keep_case=True),
        "author": " and ".join(map(_author, citation.authors)),
        VENUE_FIELDS.get(citation.kind, "note"): to_latex(citation.venue or ""),
        **dict(zip(("year", "month", "day"), map(str, citation.published), strict=False)),
        "doi": _verbatim(citation.doi or ""),
        "eprint": citation.arxiv_id or "",
        "archivePrefix": "arXiv" if citation.arxiv_id else "",
        "primaryClass": citation.arxiv_class or "",
        "url": _verbatim(citation.url or ""),
        "keywords": to_latex("; ".join(word.replace(";", ",") for word in citation.keywords)),
        "abstract": to_latex(citation.abstract or "") if with_abstract else "",
    }
    given = [Field(name, f"{{{value}}}") for name, value in fields.items() if value and name != "month"]
    if len(citation.published) > 1:
        month = month_abbr[citation.published[1]].lower()
        place = next(place for place, field in enumerate(given) if field.key == "year")
        given.insert(place + 1, Field("month", month))  # a macro of BibTeX, so that a style can spell it
    return write(Library([Entry(ENTRY_TYPES[citation.kind], citation.key, given)]), _FORMAT)


def _author(name: Name) -> str:
    """Return a name as BibTeX takes it apart; in braces where it has no parts."""
    if not name.family:
        return f"{{{to_latex(name.whole)}}}"
    return ", ".join(to_latex(part) for part in (name.family, name.suffix, name.given) if part)


def _verbatim(text: str) -> str:
    """Return a link or identifier without characters that would end its field, percent-encoded."""
    return _UNSAFE.sub(lambda found: quote(found[0], safe=""), text)
