"""Why a paper was found: which words and phrases of the query stand in its title and abstract."""

from __future__ import annotations

from typing import Any

from paperlake.search.query import Query
from paperlake.search_index.words import plain_text, stems


def evidence(query: Query, title: str, abstract: str | None, titled: bool) -> dict[str, Any]:
    """What speaks for one paper.

    Returns:
        matched: `arXiv id 2401.00001` and the like, `exact title`, or None.
        title_words, abstract_words: Words of the query, as the query writes them, that stand there.
        title_phrases, abstract_phrases: Quoted phrases that stand there.
    """
    matched = "exact title" if titled else None
    if query.identifier:
        matched = f"{query.identifier.kind} {query.identifier.value}"
    row: dict[str, Any] = {"matched": matched}
    for name, text in (("title", title), ("abstract", abstract or "")):
        words = plain_text(text)
        held = set(stems(words.split()))
        row[f"{name}_words"] = [
            word for word, stem in zip(query.words, query.stems, strict=True) if stem in held
        ]
        row[f"{name}_phrases"] = [phrase for phrase in query.phrases if f" {phrase} " in f" {words} "]
    return row
