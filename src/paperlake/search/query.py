"""What a search text asks for: an identifier, quoted phrases, words.

Knows the ways in which people write arXiv ids and DOIs; what is found with them is in `searcher.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperlake.search_index.words import plain_text, stems, telling

MAX_QUERY_WORDS = 64  # a long sentence; the rest of a whole abstract is left to meaning

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
    """What names one paper."""

    kind: str
    """paper id, arXiv id, DOI or URL."""
    value: str


@dataclass(frozen=True)
class Query:
    """A search text, understood."""

    text: str
    """What to compare in meaning: the text without its quotes."""
    identifier: Identifier | None
    phrases: tuple[str, ...]
    """Quoted parts, plain: what every paper found must hold."""
    words: tuple[str, ...]
    """Plain words that can tell papers apart, each once, in their order."""
    stems: tuple[str, ...]
    """The stem of each of them."""
    title: str
    """The whole text, plain: what an exact title is compared with."""


def understand(text: str) -> Query:
    """Read a search text. Whatever it holds, there is a reading: an unpaired quote is a character."""
    phrases = [phrase for phrase in map(plain_text, _QUOTED.findall(text)) if phrase]
    title = plain_text(text)
    words = tuple(dict.fromkeys(telling(title.split())))[:MAX_QUERY_WORDS]
    return Query(
        text=_QUOTED.sub(r"\1", text).strip(),
        identifier=identifier(text),
        phrases=tuple(dict.fromkeys(phrases)),
        words=words,
        stems=tuple(stems(list(words))),
        title=title,
    )


def identifier(text: str) -> Identifier | None:
    """The identifier that a text is, if it is nothing but one."""
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
