"""Build the rows of a search: the columns of each paper, its scores and ranks, and the highlights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from paperlake.search.highlights import highlights, matching_words
from paperlake.search.open_index import OpenIndex
from paperlake.search.query import Query
from paperlake.search.retrieval import Hits
from paperlake.search_index.words import plain
from paperlake.vectors.arrays import Floats, Ints


@dataclass(frozen=True)
class Found:
    """The rows of a search, best first, and a notice if it was limited in some way."""

    rows: list[dict[str, Any]]
    notice: str | None = None


def ranked_results(index: OpenIndex, query: Query, hits: Hits, limit: int) -> Found:
    """Return the best `limit` candidates: exact titles first, then by score, ties by paper id."""
    scores = hits.scores()
    order = np.lexsort((index.ids[hits.numbers], -scores, ~hits.has_exact_title))[:limit]
    return Found(_rows(index, query, hits, scores, order), " ".join(hits.notices) or None)


def identified_results(index: OpenIndex, query: Query, numbers: Ints, limit: int) -> Found:
    """Return the papers that the query's identifier names, all with score 1."""
    hits = Hits(numbers, None, None, np.zeros(len(numbers), dtype=bool))
    return Found(_rows(index, query, hits, np.ones(len(numbers)), np.arange(len(numbers))[:limit]))


def _rows(index: OpenIndex, query: Query, hits: Hits, scores: Floats, order: Ints) -> list[dict[str, Any]]:
    """Return one row for each of the places `order` of the candidates."""
    meaning_ranks = _ranks(hits.cosines)
    word_ranks = _ranks(hits.word_scores)
    rows = []
    papers = index.papers(hits.numbers[order])
    titles = plain(pl.Series([paper["title"] for paper in papers], dtype=pl.String))
    abstracts = plain(pl.Series([paper.pop("abstract") or "" for paper in papers], dtype=pl.String))
    matching = matching_words(query, [*titles, *abstracts], index.languages)
    for place, paper, title, abstract in zip(order, papers, titles, abstracts, strict=True):
        word_score = None if hits.word_scores is None else float(hits.word_scores[place])
        rows.append(
            {
                "score": round(float(scores[place]), 6),
                **paper,
                "similarity": None if hits.cosines is None else float(hits.cosines[place]),
                "meaning_rank": None if meaning_ranks is None else int(meaning_ranks[place]),
                "word_score": word_score or None,
                "word_rank": int(word_ranks[place]) if word_score and word_ranks is not None else None,
                **highlights(query, matching, title, abstract, bool(hits.has_exact_title[place])),
            }
        )
    return rows


def _ranks(scores: Floats | None) -> Ints | None:
    """Return the rank of each score, (n,): 1 for the greatest; equal scores share the better rank."""
    if scores is None:
        return None
    ascending = np.sort(-scores)
    return np.searchsorted(ascending, -scores) + 1
