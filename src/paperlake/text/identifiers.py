"""Recognize the names of one paper as people write them: a paper_id, an arXiv id, a DOI, a link.

Finding the paper is done by those who read the tables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ACCEPTED_NAMES = (
    "a paper_id or entry_id (16 hexadecimal digits), an arXiv id (2401.12345), a DOI (10.1000/xyz), "
    "or a link to the paper"
)

_PAPER_ID = re.compile(r"[0-9a-f]{16}")
_ARXIV_NUMBER = r"(?P<number>\d{4}\.\d{4,5}|[a-z][a-z-]*(?:\.[a-z]{2})?/\d{7})(?:v\d+)?"
_ARXIV = (
    re.compile(rf"(?:arxiv:\s*)?{_ARXIV_NUMBER}"),
    re.compile(
        rf"(?:https?://)?(?:[a-z]+\.)?arxiv\.org/(?:abs|pdf|html)/{_ARXIV_NUMBER}(?:\.pdf)?/?(?:[?#].*)?"
    ),
    re.compile(rf"(?:https?://)?(?:www\.)?huggingface\.co/papers/{_ARXIV_NUMBER}/?(?:[?#].*)?"),
    re.compile(rf"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?10\.48550/arxiv\.{_ARXIV_NUMBER}"),
)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(?P<number>10\.\d{4,9}/\S+)")
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
    for pattern in _ARXIV:
        if found := pattern.fullmatch(lowered):
            return Identifier("arXiv id", found["number"])
    if found := _DOI.fullmatch(lowered):
        return Identifier("DOI", found["number"])
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
