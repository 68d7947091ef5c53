"""Highlights of a found paper: the words and phrases of the query that its title and abstract contain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from paperlake.search.query import Query
from paperlake.search_index.words import stems_of_words


def matching_words(query: Query, texts: Iterable[str]) -> dict[str, str]:
    """Return the words of plain texts that have a stem of a query, each with its stem."""
    wanted = set(query.stems)
    return {word: stem for word, stem in stems_of_words(texts).items() if stem in wanted}


def highlights(
    query: Query, matching: Mapping[str, str], title: str, abstract: str, exact_title: bool
) -> dict[str, Any]:
    """Find the matches of a query in one paper.

    Args:
        query: The parsed query.
        matching: Of `matching_words`, for texts among which are title and abstract.
        title: The paper's title, in plain words.
        abstract: The paper's abstract, in plain words.
        exact_title: Whether the title is the text of the query.

    Returns:
        matched: `arXiv id 2401.00001` and the like, `exact title`, or None.
        title_words, abstract_words: Words of the query, as written there, that the text contains.
        title_phrases, abstract_phrases: Quoted phrases that the text contains.
    """
    matched = "exact title" if exact_title else None
    if query.identifier:
        matched = f"{query.identifier.kind} {query.identifier.value}"
    row: dict[str, Any] = {"matched": matched}
    for name, words in (("title", title), ("abstract", abstract)):
        contained = {matching[word] for word in words.split() if word in matching}
        row[f"{name}_words"] = [
            word for word, stem in zip(query.words, query.stems, strict=True) if stem in contained
        ]
        row[f"{name}_phrases"] = [phrase for phrase in query.phrases if f" {phrase} " in f" {words} "]
    return row
