"""The formats of bibliographies, by the name that users give."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from paperlake.bibliography.bibtex import write_bibtex
from paperlake.bibliography.citation import Citation
from paperlake.bibliography.csl_json import write_csl_json
from paperlake.bibliography.ris import write_ris


@dataclass(frozen=True)
class BibliographyFormat:
    """One format."""

    name: str
    label: str
    """As people call it."""
    ending: str
    """Of a file, without dot."""
    media_type: str
    write: Callable[[Iterable[Citation], bool], Iterator[str]]
    """Yields the pieces of the file; the second argument says whether abstracts are written."""
    shows_abstract: bool
    """Whether abstracts are written where nobody asked; programs import them, and people read BibTeX."""


FORMATS: Mapping[str, BibliographyFormat] = {
    one.name: one
    for one in (
        BibliographyFormat("bibtex", "BibTeX", "bib", "application/x-bibtex", write_bibtex, False),
        BibliographyFormat(
            "ris", "RIS", "ris", "application/x-research-info-systems", write_ris, True
        ),
        BibliographyFormat(
            "csl-json", "CSL-JSON", "json", "application/vnd.citationstyles.csl+json", write_csl_json, True
        ),
    )
}  # fmt: skip


def bibliography(name: str, citations: Iterable[Citation]) -> str:
    """Return citations in a format of `FORMATS`, as one text."""
    chosen = FORMATS[name]
    return "".join(chosen.write(citations, chosen.shows_abstract))
