"""Rank the papers of a build of the warehouse for a reading list.

The listed papers are the examples, and a sample of all papers is the rest. Vectors are multiplied in DuckDB,
so that memory does not grow with the lake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from paperlake.queries import Build, Row
from paperlake.queries.finding import Selection, conditions, id_literals, papers_of
from paperlake.reading_lists.model import Background, ListModel
from paperlake.text.sql_files import read_sql
from paperlake.vectors.arrays import Vectors

MAX_BACKGROUND = 20_000  # papers that the covariance is measured on; more change it by less than its noise
MAX_EXAMPLES = 2000  # listed papers that the model is computed from, the last ones: what is read now

# Least score of a paper that fits a list. On arXiv it keeps 77% of the papers of a category, and 4% of all:
# benchmarks/results/reading_lists.md.
FITS = 0.7

Order = Literal["score", "newest"]
_ORDERS = {"score": "score DESC", "newest": "seen_date DESC NULLS LAST, score DESC"}


@dataclass(frozen=True)
class Ranking:
    """Papers for a list."""

    rows: list[Row]
    """The papers as `papers_of` gives them, with `score`: 0 is the mean of all papers, 1 that of the list."""
    example_count: int
    """Listed papers with a vector; without any, nothing is ranked."""


def ranked(
    build: Build,
    paper_ids: Sequence[str],
    selection: Selection | None = None,
    limit: int = 50,
    order: Order = "score",
    least: float | None = None,
) -> Ranking:
    """Return the papers that are most like a list and not in it.

    Args:
        build: The build.
        paper_ids: The listed papers.
        selection: Conditions that the papers must meet.
        limit: Maximum number.
        order: Greatest score first, or newest first by the day that a dump first had them.
        least: Papers of a lesser score are left out; None for no limit.
    """
    examples = tuple(paper_ids[-MAX_EXAMPLES:])
    key = ("reading list", examples)
    model: ListModel | None = build.remembered(key, lambda: _model(build, examples))
    if model is None:
        return Ranking([], 0)
    sql = read_sql(
        "paperlake.queries", "ranked_papers",
        ids=id_literals(paper_ids), conditions=conditions(), order=_ORDERS[order],
    )  # fmt: skip
    parameters = {
        **(selection or Selection()).parameters(),
        "direction": str(model.direction.tolist()),
        "origin": model.origin,
        "scale": model.scale,
        "least": least,
        "limit": limit,
    }
    with build.cursor() as cursor:
        scores = dict(cursor.execute(sql, parameters).fetchall())
    rows = [{**row, "score": scores[row["paper_id"]]} for row in papers_of(build, list(scores))]
    return Ranking(rows, model.example_count)


def _model(build: Build, paper_ids: Sequence[str]) -> ListModel | None:
    """Return the model of a list; None if none of its papers has a vector."""
    if not paper_ids:
        return None
    examples = _vectors(build, "vectors_of_papers", {}, ids=id_literals(paper_ids))
    if not len(examples):
        return None
    background: Background = build.remembered(("background",), lambda: _background(build))
    return ListModel.of(background, examples)


def _background(build: Build) -> Background:
    return Background.of(_vectors(build, "background_vectors", {"limit": MAX_BACKGROUND}))


def _vectors(build: Build, name: str, parameters: Row, **pasted: str) -> Vectors:
    with build.cursor() as cursor:
        found = cursor.execute(read_sql("paperlake.queries", name, **pasted), parameters).to_arrow_table()
    vectors = pl.DataFrame(found)["embedding"].to_numpy()
    return np.ascontiguousarray(vectors, dtype=np.float32)
