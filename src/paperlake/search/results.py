"""The papers that a search finds, in order, and what explains each: scores, ranks, matching words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from paperlake.search.highlights import highlights, matching_words
from paperlake.search.open_index import OpenIndex
from paperlake.search.query import Query
from paperlake.search.retrieval import Hits
from paperlake.search_index.words import plain_texts
from paperlake.vectors.arrays import Flags, Floats, Ints

COLUMNS = ("paper_id", "title", "published_date", "topic", "organization", "arxiv_id", "url")  # of a row


@dataclass(frozen=True)
class Found:
    """The rows of a search, best first, and a notice if it was limited in some way."""

    rows: list[dict[str, Any]]
    notice: str | None = None


@dataclass(frozen=True)
class Ranked:
    """The papers that a search finds, best first. All arrays are (papers,)."""

    query: Query
    numbers: Ints
    paper_ids: tuple[str, ...]
    scores: Floats
    has_exact_title: Flags
    cosines: Floats | None = None
    """None if meaning is not searched."""
    meaning_ranks: Ints | None = None
    word_scores: Floats | None = None
    """None if words are not searched."""
    word_ranks: Ints | None = None
    languages: tuple[str, ...] = ()
    """Codes of the languages other than English by whose stems words match."""
    notice: str | None = None
    _places: Mapping[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "_places", {paper_id: place for place, paper_id in enumerate(self.paper_ids)}
        )

    def rows(self, papers: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return one row for each of some papers that were found: columns, scores, ranks, highlights.

        Args:
            papers: Each with `COLUMNS` and its abstract.
        """
        titles = plain_texts([paper["title"] for paper in papers])
        abstracts = plain_texts([paper["abstract"] or "" for paper in papers])
        matching = matching_words(self.query, [*titles, *abstracts], self.languages)
        return [
            self._row(paper, highlights(self.query, matching, title, abstract, self._is_exact(paper)))
            for paper, title, abstract in zip(papers, titles, abstracts, strict=True)
        ]

    def _row(self, paper: Mapping[str, Any], why: Mapping[str, Any]) -> dict[str, Any]:
        place = self._places[paper["paper_id"]]
        word_score = None if self.word_scores is None else float(self.word_scores[place])
        has_word_rank = word_score and self.word_ranks is not None
        return {
            "score": round(float(self.scores[place]), 6),
            **{name: paper[name] for name in COLUMNS},
            "similarity": None if self.cosines is None else float(self.cosines[place]),
            "meaning_rank": None if self.meaning_ranks is None else int(self.meaning_ranks[place]),
            "word_score": word_score or None,
            "word_rank": int(self.word_ranks[place])
            if has_word_rank and self.word_ranks is not None
            else None,
            **why,
        }

    def _is_exact(self, paper: Mapping[str, Any]) -> bool:
        return bool(self.has_exact_title[self._places[paper["paper_id"]]])


def ranked_results(index: OpenIndex, query: Query, hits: Hits, limit: int) -> Ranked:
    """Return the best `limit` candidates: exact titles first, then by score, ties by paper id."""
    scores = hits.scores()
    order = np.lexsort((index.ids[hits.numbers], -scores, ~hits.has_exact_title))[:limit]
    return Ranked(
        query=query,
        numbers=hits.numbers[order],
        paper_ids=tuple(index.paper_ids(hits.numbers[order])),
        scores=scores[order],
        has_exact_title=hits.has_exact_title[order],
        cosines=_at(hits.cosines, order),
        meaning_ranks=_at(_ranks(hits.cosines), order),
        word_scores=_at(hits.word_scores, order),
        word_ranks=_at(_ranks(hits.word_scores), order),
        languages=index.languages,
        notice=" ".join(hits.notices) or None,
    )


def identified_results(
    index: OpenIndex, query: Query, numbers: Ints, limit: int, notice: str | None = None
) -> Ranked:
    """Return the papers that the query's identifier names, all with score 1."""
    numbers = numbers[:limit]
    no_titles = np.zeros(len(numbers), dtype=bool)
    ids = tuple(index.paper_ids(numbers))
    ones = np.ones(len(numbers))
    return Ranked(query, numbers, ids, ones, no_titles, languages=index.languages, notice=notice)


def _at(values: npt.NDArray[Any] | None, places: Ints) -> Any:  # noqa: ANN401  # of the type that was given
    return None if values is None else values[places]


def _ranks(scores: Floats | None) -> Ints | None:
    """Return the rank of each score, (n,): 1 for the greatest; equal scores share the better rank."""
    if scores is None:
        return None
    ascending = np.sort(-scores)
    return np.searchsorted(ascending, -scores) + 1
