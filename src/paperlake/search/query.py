"""Parse a search text: an identifier, quoted phrases, words.

Recognizes the ways in which people write arXiv ids and DOIs; finding papers with them is in `searcher.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperlake.search_index.words import plain_text, remove_stop_words, stems

MAX_QUERY_WORDS = 64  # a long sentence; words beyond are compared in meaning only

_QUOTED = re.compile(r'["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]+)["\u201c\u201d]')
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


@dataclass(frozen=True)
class Query:
    """A parsed search text."""

    text: str
    """The text without its quotation marks, to compare in meaning."""
    identifier: Identifier | None
    phrases: tuple[str, ...]
    """Quoted parts, plain; every paper found must contain them."""
    words: tuple[str, ...]
    """Plain words without stop words, each once, in their order."""
    stems: tuple[str, ...]
    """The stem of each word."""
    title: str
    """The whole text, plain, to compare with titles."""


def parse_query(text: str) -> Query:
    """Parse a search text. No text is an error: an unpaired quotation mark is a character."""
    phrases = [phrase for phrase in map(plain_text, _QUOTED.findall(text)) if phrase]
    title = plain_text(text)
    words = tuple(dict.fromkeys(remove_stop_words(title.split())))[:MAX_QUERY_WORDS]
    return Query(
        text=_QUOTED.sub(r"\1", text).strip(),
        identifier=identifier(text),
        phrases=tuple(dict.fromkeys(phrases)),
        words=words,
        stems=tuple(stems(list(words))),
        title=title,
    )


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
