"""Compute measures of retrieval and of neighbours: one value per query, for one embedder.

Cosines are rounded, so that the last bits of a vector decide nothing, and ties count half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from paperlake.evaluation.judged_papers import OTHER_TEXTS, SENTENCES, TITLES, JudgedPapers
from paperlake.text.display import plural
from paperlake.vectors.arrays import Flags, Floats, Ints, Vectors
from paperlake.vectors.top_k import top_k

NEIGHBOURS = 10
MIN_QUERIES = 20  # fewer have no interval worth the name
DECIMALS = 6  # of cosines that are compared
ROWS_AT_ONCE = 1_024


@dataclass(frozen=True)
class Measure:
    """A measure, its name in tables and what is counted."""

    name: str
    title: str
    unit: str
    """What one value is of, in the singular."""


RETRIEVAL = {
    TITLES: "titles",
    SENTENCES: "first sentences",
    OTHER_TEXTS: "other texts",
}
MEASURES = (
    *(
        Measure(f"{task}_{suffix}", f"{label}: {short}", "query")
        for task, label in RETRIEVAL.items()
        for suffix, short in (("mrr", "MRR"), ("recall", "R@10"))
    ),
    Measure("same_category", "same category: P@10", "paper with a category"),
    Measure("common_keyword", "common keyword: P@10", "paper with a keyword of another paper"),
    Measure("common_author", "common author: R@10", "paper with an author of another paper"),
)


@dataclass(frozen=True)
class QueryValues:
    """The values of one measure for one embedder, or the reason why there are none."""

    values: Floats | None
    """Their mean is the measure; one per query, or per paper for the measures of neighbours."""
    reason: str | None = None
    count: int = 0
    """Queries, or papers that have what is asked for."""


def query_values(
    judged: JudgedPapers, papers: Vectors, questions: dict[str, Vectors] | None
) -> dict[str, QueryValues]:
    """Compute all measures of one embedder.

    Args:
        judged: The papers and what is known about them.
        papers: (papers, dimension) their vectors, of unit length.
        questions: The vectors of the texts of each task; None where no embedder of the model is at hand.
    """
    found: dict[str, QueryValues] = {}
    for task in RETRIEVAL:
        asked = judged.questions[task]
        reason = too_few(len(asked.rows), "query")
        if questions is None:
            reason = reason or "the model itself is not at hand, only its vectors in the lake"
        if reason or questions is None:
            found |= {f"{task}_{suffix}": QueryValues(None, reason) for suffix in ("mrr", "recall")}
            continue
        ranks = answer_ranks(papers, questions[task], asked.rows)
        found[f"{task}_mrr"] = QueryValues(1.0 / ranks, count=len(ranks))
        recalled = (ranks <= NEIGHBOURS).astype(np.float64)
        found[f"{task}_recall"] = QueryValues(recalled, count=len(ranks))
    return found | _neighbour_values(judged, nearest(papers))


def too_few(count: int, unit: str) -> str | None:
    """Return the reason why a measure of so few values is not taken; None where they are enough."""
    if count >= MIN_QUERIES:
        return None
    having = (
        f"there is {plural(count, unit)}" if count == 1 else f"there are {count or 'no'} {_several(unit)}"
    )
    return having if not count else f"{having}, {MIN_QUERIES} are needed"


def _several(unit: str) -> str:
    first, _, rest = unit.partition(" ")
    return " ".join(filter(None, (plural(2, first).removeprefix("2 "), rest)))


def answer_ranks(papers: Vectors, questions: Vectors, rows: Ints) -> Floats:
    """Return the rank of the right paper for each question, from 1; ties count half, (questions,)."""
    ranks = np.empty(len(rows))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = slice(start, start + ROWS_AT_ONCE)
        cosines = np.round(questions[part] @ papers.T, DECIMALS)
        own = cosines[np.arange(len(cosines)), rows[part]][:, None]
        ranks[part] = 1.0 + (cosines > own).sum(axis=1) + ((cosines == own).sum(axis=1) - 1) / 2.0
    return ranks


def nearest(papers: Vectors) -> Ints:
    """Return the rows of the nearest papers of each paper without itself, (papers, NEIGHBOURS)."""
    found = []
    for start in range(0, len(papers), ROWS_AT_ONCE):
        cosines = papers[start : start + ROWS_AT_ONCE] @ papers.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2.0
        found.append(top_k(cosines, NEIGHBOURS, DECIMALS)[0])
    return np.concatenate(found)


def _neighbour_values(judged: JudgedPapers, neighbours: Ints) -> dict[str, QueryValues]:
    same = judged.categories[neighbours] == judged.categories[:, None]
    has_keyword = np.diff(judged.keywords.indptr) > 0
    common = _common(judged.keywords, neighbours)
    by_author = _common(judged.authors, neighbours)
    joint = (judged.authors @ judged.authors.T).tocsr()
    joint.setdiag(0)
    joint.eliminate_zeros()
    author_counts = np.diff(joint.indptr)
    reachable = np.clip(author_counts, 1, NEIGHBOURS)[:, None]
    shares = {
        "same_category": (same / NEIGHBOURS, judged.categories >= 0),
        "common_keyword": (common / NEIGHBOURS, has_keyword),
        "common_author": (by_author / reachable, author_counts > 0),
    }
    units = {measure.name: measure.unit for measure in MEASURES}
    return {name: _of(parts, asks, neighbours, units[name]) for name, (parts, asks) in shares.items()}


def _of(parts: Floats, asks: Flags, neighbours: Ints, unit: str) -> QueryValues:
    """Return the values of the papers that have data, or the reason why they are too few.

    A paper is a query and also a neighbour of others, so that the values of queries depend on one another. So
    each paper is given what it adds in both roles (the dyadic-robust variance of Fafchamps and Gubert 2007);
    the mean is that of the queries. Without it, intervals are up to 1.7 times too narrow.

    Args:
        parts: (papers, neighbours) what each neighbour adds to the value of a paper.
        asks: (papers,) whether the paper has data.
        neighbours: (papers, neighbours) rows.
        unit: What is counted.
    """
    count = int(asks.sum())
    reason = too_few(count, unit)
    if reason:
        return QueryValues(None, reason)
    sums = parts.sum(axis=1)
    mean = float(sums[asks].mean())
    as_neighbour = np.bincount(
        neighbours[asks].reshape(-1),
        weights=(parts[asks] - mean / parts.shape[1]).reshape(-1),
        minlength=len(parts),
    )
    influence: Floats = np.where(asks, sums - mean, 0.0) + as_neighbour
    values: Floats = mean + influence * (len(parts) / count)
    return QueryValues(values, count=count)


def _common(incidence: Any, neighbours: Ints) -> Flags:  # noqa: ANN401  # scipy is untyped
    """Return whether each paper has a term in common with each of its neighbours, (papers, neighbours)."""
    columns = [
        np.asarray(incidence.multiply(incidence[neighbours[:, place]]).sum(axis=1)).reshape(-1) > 0
        for place in range(neighbours.shape[1])
    ]
    return np.stack(columns, axis=1)
