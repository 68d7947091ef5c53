"""Recognize the names of one paper as people write them: a paper_id, an arXiv id, a DOI, a link.

The spellings are those of `dumps/fields/identifiers.py`. Finding the paper is done by those who
read the tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperlake.dumps.fields.identifiers import read_arxiv_id, read_doi

ACCEPTED_NAMES = (
    "a paper_id or entry_id (16 hexadecimal digits), an arXiv id (2401.12345), a DOI (10.1000/xyz), "
    "or a link to the paper"
)

_PAPER_ID = re.compile(r"[0-9a-f]{16}")
# Pages about one paper, before its arXiv id; a query or fragment may follow the id.
_SITE = re.compile(
    r"(?:https?://)?(?:(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)|(?:www\.)?huggingface\.co/papers)/([^?#]+)"
)
_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True)
class Identifier:
    """A name of one paper."""

    kind: str
    """paper id, arXiv id, DOI or URL."""
    value: str


def identifier(text: str) -> Identifier | None:
    """Return the identifier if a text consists of one alone."""
    asked = text.strip().strip("\"'<>").rstrip(".,;")
    lowered = asked.lower()
    if _PAPER_ID.fullmatch(lowered):
        return Identifier("paper id", lowered)
    page = _SITE.match(lowered)
    if arxiv_id := read_arxiv_id(page[1] if page else lowered):
        return Identifier("arXiv id", arxiv_id)
    if doi := read_doi(lowered):
        return Identifier("DOI", doi)
    if _URL.fullmatch(asked):
        return Identifier("URL", asked)
    return None


def unknown_name(text: str, found: Identifier | None) -> str:
    """Return the message for a text that names no paper of the lake.

    Args:
        text: The text.
        found: The identifier that it is; None if it is none.
    """
    if found is None:
        said = f"{text[:60]!r} is no name of a paper"
    elif found.kind == "paper id":
        said = f"No paper and no entry has the id {found.value}"
    else:
        said = f"No paper has the {found.kind} {found.value}"
    return f"{said}. Accepted: {ACCEPTED_NAMES}. `paperlake search TEXT` finds papers and shows their ids."
