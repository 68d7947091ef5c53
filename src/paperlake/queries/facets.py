"""Counts of papers by topic, category, organization and year, from arrays of one build.

A query that counts 100 papers by five facets takes 25 ms, and one that counts a whole lake of 200,000 some
seconds. The arrays are read once for each build, 40 MB for a million papers, and a count takes under 1 ms.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.queries.open_builds.builds import Build, Row
from paperlake.text.sql_files import read_sql
from paperlake.vectors.arrays import Ints

FACET_VALUES = 8
NAMES = ("topic", "category", "organization", "year", "code")


@dataclass(frozen=True)
class Coded:
    """The values of one facet: which papers have which."""

    rows: npt.NDArray[np.int32]
    """Places of papers, ascending, once for each value that a paper has, (pairs,)."""
    codes: npt.NDArray[np.int32]
    """Places in `values`, (pairs,)."""
    values: Sequence[str]
    labels: Sequence[str]

    def counts(self, chosen: Ints | None, paper_count: int) -> Ints:
        """Return the number of chosen papers that have each value, (values,); of all papers if None."""
        codes = self.codes
        if chosen is not None and len(chosen) * 50 < paper_count:  # few: a search on the ascending rows
            begins = np.searchsorted(self.rows, chosen, "left")
            sizes = np.searchsorted(self.rows, chosen, "right") - begins
            inside = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            codes = codes[np.repeat(begins, sizes) + inside]
        elif chosen is not None:
            is_chosen = np.zeros(paper_count, dtype=bool)
            is_chosen[chosen] = True
            codes = codes[is_chosen[self.rows]]
        return np.bincount(codes, minlength=len(self.values))


class FacetIndex:
    """The facets of all papers of a build."""

    def __init__(self, build: Build) -> None:
        with build.cursor() as cursor:
            papers = _frame(cursor.execute(read_sql(__package__, "facet_papers")))
            filed = _frame(cursor.execute(read_sql(__package__, "facet_topics")))
        papers = papers.sort("id_order")
        self._ids = papers["id_order"].to_numpy()
        papers = papers.with_columns(row=pl.int_range(pl.len(), dtype=pl.Int32))
        categories = papers.select("row", value="categories").explode("value", empty_as_null=True)
        self._category = _coded(categories)
        self._organization = _coded(papers.select("row", value="organization"))
        self._year = _coded(papers.select("row", value=pl.col("year").cast(pl.String)))
        self._code = _coded(papers.filter("has_code").select("row", value=pl.lit("true")), "with code")
        filed = filed.with_columns(row=pl.Series(self._places(filed["id_order"].to_numpy()), dtype=pl.Int32))
        self._topic = _coded(filed.select("row", value="topic_id"))
        listed = build.rows("topics", {"topic_id": None})
        self._topics = {row["topic_id"]: row for row in listed}

    def counted(self, chosen: Ints | None, within: str | None) -> dict[str, list[Row]]:
        """Count papers by facet: the values with the greatest counts, the latest years.

        Args:
            chosen: Places of papers, see `places_of`; None for all.
            within: A topic whose subtopics are counted in place of topics.
        """
        topic_counts = self._topic.counts(chosen, len(self._ids))
        counted = {"topic": self._topic_rows(topic_counts, within)}
        for name, coded in (
            ("category", self._category),
            ("organization", self._organization),
            ("year", self._year),
            ("code", self._code),
        ):
            counts = coded.counts(chosen, len(self._ids))
            found = _rows(name, zip(coded.values, coded.labels, counts.tolist(), strict=True))
            counted[name] = found[:FACET_VALUES]
        return counted

    def places_of(self, paper_ids: Sequence[str]) -> Ints:
        """Return the places of papers; those that the build does not have are left out."""
        numbers = np.array([int(paper_id, 16) for paper_id in paper_ids], dtype=np.uint64)
        return self.places_of_numbers(numbers)

    def places_of_numbers(self, numbers: npt.NDArray[np.uint64]) -> Ints:
        """Return the places of papers by their ids as numbers, ascending."""
        numbers = np.sort(numbers)
        places = self._places(numbers)
        is_known = places < len(self._ids)
        is_known[is_known] = self._ids[places[is_known]] == numbers[is_known]
        return places[is_known]

    def _places(self, numbers: npt.NDArray[np.uint64]) -> Ints:
        return np.searchsorted(self._ids, numbers)

    def _topic_rows(self, counts: Ints, within: str | None) -> list[Row]:
        parent = within.lower() if within else None

        def is_counted(topic: Row) -> bool:
            return bool(topic["parent_topic_id"] == parent if parent else topic["level"] == 1)

        known = zip(self._topic.values, counts.tolist(), strict=True)
        rows = [
            (topic_id, self._topics[topic_id]["label"], count)
            for topic_id, count in known
            if topic_id in self._topics and is_counted(self._topics[topic_id])
        ]
        return _rows("topic", rows)[:FACET_VALUES]


def _rows(name: str, counted: Iterable[tuple[str, str, int]]) -> list[Row]:
    """Return rows of facet, value, label and paper_count; greatest count first, but latest year."""
    found = [(value, label, count) for value, label, count in counted if count]
    if name == "year":
        found.sort(key=lambda one: -int(one[0]))
    else:
        found.sort(key=lambda one: (-one[2], one[1], one[0]))
    return [
        {"facet": name, "value": value, "label": label, "paper_count": count} for value, label, count in found
    ]


def _coded(pairs: pl.DataFrame, label: str | None = None) -> Coded:
    """Return the pairs of row and value as codes; pairs without a value are left out."""
    pairs = pairs.drop_nulls("value").sort("row", maintain_order=True)
    values = pairs["value"].unique().sort()
    codes = pairs.select(
        pl.col("value").replace_strict(values, pl.int_range(len(values), eager=True), return_dtype=pl.Int32)
    )["value"]
    listed = values.to_list()
    rows = pairs["row"].cast(pl.Int32).to_numpy()
    return Coded(rows, codes.cast(pl.Int32).to_numpy(), listed, [label] * len(listed) if label else listed)


def _frame(executed: Any) -> pl.DataFrame:  # noqa: ANN401  # a connection of DuckDB
    return pl.DataFrame(executed.to_arrow_table())
