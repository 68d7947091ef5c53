"""Write RIS, by rispy's writer.

RIS has no escapes: a field is what follows on its line, so a text is on one line, and the comma in the name
of a group, which would make it a family name, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rispy import RisWriter

from paperlake.bibliography.citation import Citation
from paperlake.bibliography.venues import Kind
from paperlake.text.names import Name

TYPES = {Kind.ARTICLE: "JOUR", Kind.CONFERENCE: "CPAPER", Kind.PREPRINT: "UNPB"}


class _Writer(RisWriter):  # type: ignore[misc]  # rispy has no types
    """Writes records without a number before them."""

    def set_header(self, count: int) -> str:  # noqa: ARG002
        """Return no header."""
        return ""


def write_ris(citations: Iterable[Citation], with_abstract: bool = True) -> Iterator[str]:
    """Yield one record per citation, with an empty line between."""
    writer = _Writer()
    for number, one in enumerate(citations):
        yield "\n" * bool(number) + str(writer.formats([_record(one, with_abstract)]))


def _record(citation: Citation, with_abstract: bool) -> dict[str, Any]:
    arxiv = f"https://arxiv.org/abs/{citation.arxiv_id}" if citation.arxiv_id else None
    record: dict[str, Any] = {
        "type_of_reference": TYPES[citation.kind],
        "id": citation.key,
        "title": citation.title,
        "authors": [_author(name) for name in citation.authors],
        "secondary_title": citation.venue,
        "year": str(citation.published[0]) if citation.published else None,
        "date": "/".join(f"{part:02d}" for part in citation.published)
        if len(citation.published) > 1
        else None,
        "doi": citation.doi,
        "name_of_database": "arXiv" if citation.kind is Kind.PREPRINT and arxiv else None,
        "keywords": list(citation.keywords),
        "abstract": citation.abstract if with_abstract else None,
    }
    links = list(dict.fromkeys(link for link in (citation.url, arxiv) if link))
    return {**{name: value for name, value in record.items() if value}, **({"urls": links} if links else {})}


def _author(name: Name) -> str:
    if not name.family:
        return " ".join(name.whole.replace(",", " ").split())
    return ", ".join(part for part in (name.family, name.given, name.suffix) if part)
