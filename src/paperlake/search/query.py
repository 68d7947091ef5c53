"""Parse a search text: an identifier, quoted phrases, words.

Identifiers are recognized by `paperlake.dedup.paper_names`; finding papers with them is in `searcher.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from paperlake.dedup.paper_names import Identifier, identifier
from paperlake.search_index.words import plain_text, remove_stop_words, stems

MAX_QUERY_WORDS = 64  # a long sentence; words beyond are compared in meaning only

_QUOTED = re.compile(r'["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]+)["\u201c\u201d]')


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
