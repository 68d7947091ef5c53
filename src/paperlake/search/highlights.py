"""Highlights of a found paper: the words and phrases of the query that its title and abstract contain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from paperlake.languages.scripts import without_pairs
from paperlake.search.query import Query
from paperlake.search_index.words import marked_stems, stems_of_words


def matching_words(query: Query, texts: Iterable[str], languages: Sequence[str] = ()) -> dict[str, str]:
    """Return the words of plain texts that have a stem of a query, each with the English stem that was asked.

    Args:
        query: The parsed query.
        texts: Plain texts.
        languages: Codes of the languages by whose stems words match, too.
    """
    stem_of = stems_of_words(texts)
    words = list(stem_of)
    matching: dict[str, str] = {}
    for language in languages:
        asked = dict(zip(marked_stems(list(query.words), language), query.stems, strict=True))
        of_language = zip(words, marked_stems(words, language), strict=True)
        matching |= {word: asked[stem] for word, stem in of_language if stem in asked}
    wanted = set(query.stems)
    return matching | {word: stem for word, stem in stem_of.items() if stem in wanted}


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
        row[f"{name}_words"] = without_pairs(
            word for word, stem in zip(query.words, query.stems, strict=True) if stem in contained
        )
        row[f"{name}_phrases"] = [
            " ".join(without_pairs(phrase.split()))
            for phrase in query.phrases
            if f" {phrase} " in f" {words} "
        ]
    return row
