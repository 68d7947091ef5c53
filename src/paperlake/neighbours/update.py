"""Bring lists of neighbours up to date: only what a new or removed paper touches is computed.

New papers are compared with all papers, which is exact. A list that lost a paper shows the next one that it
has (`kept_lists.RESERVE`). A list that has too few left is filled by a comparison with all papers in a small
lake, whose lists are those that a build from nothing gives, and by the lists that the paper probes in a large
one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from paperlake.neighbours.blocks import VectorBlocks, gather
from paperlake.neighbours.exact import Queries, compare_with_all
from paperlake.neighbours.full_build import Work, build_neighbours, is_exact
from paperlake.neighbours.index import NeighbourIndex
from paperlake.neighbours.inverted.centroids import assign
from paperlake.neighbours.inverted.probing import probe, start_probing
from paperlake.neighbours.kept_lists import NO_ROW, UNITS
from paperlake.neighbours.lists import Pairs
from paperlake.vectors.arrays import Ints, Vectors

CENTROID_ROUNDS = (
    3  # how often a build from nothing compares each paper with all centroids, training among it
)
PROBING_COST = 6  # of a comparison by lists, in comparisons with all: its products are small
MAX_GROWTH = 2.0  # of a large lake since its centroids were computed, and of the inverse when it shrinks


@dataclass(frozen=True)
class NeighbourUpdate:
    """What changes in the table of lists."""

    changed: Ints
    """The row numbers of the papers whose lists change, ascending; a list may be empty now."""
    gone: pl.Series
    """The papers that had a list and are not there any more."""
    is_complete: bool
    """Whether the lists of all papers were built from nothing."""
    index: NeighbourIndex
    """The lists of all papers, and the state for the next update."""

    @property
    def paper_ids(self) -> pl.Series:
        """All papers, ascending."""
        return self.index.papers["paper_id"]

    def row_count(self, numbers: Ints) -> int:
        """Return the number of rows of the table for some papers by row number."""
        return int(np.minimum(self.index.kept.lengths(numbers), self.index.count).sum())

    def frame(self, numbers: Ints | None = None) -> pl.DataFrame:
        """Return the rows of the table for some papers by row number; by default those whose lists change."""
        chosen = self.changed if numbers is None else numbers
        lists, shown = self.index.kept, slice(self.index.count)
        rows = lists.rows[chosen, shown]
        query, place = np.nonzero(rows != NO_ROW)
        return pl.DataFrame(
            {
                "paper_id": self.paper_ids.gather(chosen[query]),
                "similar_paper_id": self.paper_ids.gather(rows[query, place]),
                "rank": place + 1,
                "similarity": lists.similarities[chosen, shown][query, place] / UNITS,
            }
        )


def update_neighbours(
    index: NeighbourIndex | None, vectors: VectorBlocks, count: int, work: Work
) -> NeighbourUpdate:
    """Compute the lists that change.

    Args:
        index: The state that the last update gave; None builds all lists.
        vectors: The vectors of all papers as they are now.
        count: Neighbours of a paper.
        work: Threads, progress and scratch folder.
    """
    if index is not None and _fits(index, vectors, count):
        news = _News.between(index, vectors)
        if len(news.new) <= _max_new(index, vectors.papers.height):
            return _Update(index, vectors, news, work).result()
    built = build_neighbours(vectors, count, work)
    gone = pl.Series("paper_id", [], dtype=pl.String)
    return NeighbourUpdate(np.arange(vectors.papers.height), gone, is_complete=True, index=built)


def _fits(index: NeighbourIndex, vectors: VectorBlocks, count: int) -> bool:
    """Return whether the state has the same model and length of lists, and fitting centroids."""
    paper_count = vectors.papers.height
    if (index.model_id, index.count) != (vectors.model_id, count):
        return False
    if index.centroids is None or is_exact(paper_count):
        return index.centroids is None and is_exact(paper_count)
    is_trained_for = index.trained_count / MAX_GROWTH <= paper_count <= index.trained_count * MAX_GROWTH
    return is_trained_for and index.centroids.shape[1] == vectors.dimension


def _max_new(index: NeighbourIndex, paper_count: int) -> int:
    """Return how many papers may be compared with all before a build from nothing costs less.

    It compares each paper with so many papers and centroids.
    """
    if index.centroids is None or index.probes is None:
        return paper_count
    lists = len(index.centroids)
    return index.probes.mutual * paper_count // lists + CENTROID_ROUNDS * lists


@dataclass(frozen=True)
class _News:
    """How the papers differ from those of the last update. A paper with another vector is gone, and new."""

    new: Ints
    """Row numbers, ascending."""
    before: Ints
    """For each row its number in the index; -1 for a new paper, (papers,)."""
    gone: pl.Series
    """Ids of papers whose old vector is not there any more."""

    @classmethod
    def between(cls, index: NeighbourIndex, vectors: VectorBlocks) -> _News:
        old = index.papers.with_row_index("before")
        joined = vectors.papers.join(old, on="paper_id", how="left", maintain_order="left", suffix="_before")
        is_same = pl.col("fingerprint") == pl.col("fingerprint_before")
        number = pl.when(is_same).then(pl.col("before").cast(pl.Int64)).otherwise(-1)
        before = joined.select(number).to_series().to_numpy()
        is_gone = np.ones(old.height, bool)
        is_gone[before[before >= 0]] = False
        return cls(np.flatnonzero(before < 0), before, old["paper_id"].filter(pl.Series(is_gone)))


class _Update:
    """One update of lists whose state fits."""

    def __init__(self, index: NeighbourIndex, vectors: VectorBlocks, news: _News, work: Work) -> None:
        self.index = index
        self.vectors = vectors
        self.news = news
        self.work = work
        self.lists, self.lost = index.kept.renumbered(news.before)

    def result(self) -> NeighbourUpdate:
        index = self._next_index()
        queries = Queries(self.news.new, self._new_vectors, self.lists.kept)
        found = self._compare(queries)
        touched = np.union1d(self.lost, found.queries)
        shown = self.lists.rows[touched, : index.count]
        self.lists.merge(touched, found, self.news.before < 0)
        self._refill(index, touched)
        self.lists.put(self.news.new, queries.by_row())
        differs = (self.lists.rows[touched, : index.count] != shown).any(axis=1)
        changed = np.union1d(self.news.new, touched[differs])
        gone = self.news.gone.filter(~self.news.gone.is_in(self.vectors.papers["paper_id"].implode()))
        return NeighbourUpdate(changed, gone, is_complete=False, index=index)

    @cached_property
    def _new_vectors(self) -> Vectors:
        return gather(self.vectors, self.news.new, self.work.workers)

    def _next_index(self) -> NeighbourIndex:
        """Return the state with the papers as they are now; new papers are assigned to their lists."""
        index = replace(self.index, papers=self.vectors.papers, kept=self.lists)
        if index.lists is None or index.centroids is None:
            return index
        lists = index.lists[self.news.before]
        lists[self.news.new] = assign(index.centroids, [self._new_vectors], self.work.workers)
        return replace(index, lists=lists)

    def _compare(self, queries: Queries) -> Pairs:
        """Fill the lists of new papers; return pairs of an old paper and a new one that its list may take."""
        if not len(queries.rows):
            self.work.advance(self.vectors.papers.height)
            return Pairs.none()
        bounds = self.lists.row_bounds()
        bounds[self.news.new] = np.inf
        return compare_with_all(queries, self.vectors, self.work.workers, bounds, self.work.advance)

    def _refill(self, index: NeighbourIndex, touched: Ints) -> None:
        """Compute the lists that have too few papers left."""
        wanted = min(index.count, self.vectors.papers.height - 1)
        rows = touched[self.lists.lengths(touched) < wanted]
        if not len(rows):
            return
        queries = Queries(rows, gather(self.vectors, rows, self.work.workers), self.lists.kept)
        known = self.lists.pairs(rows)
        queries.add([Pairs(np.searchsorted(rows, known.queries), known.rows, known.similarities)])
        if (
            index.centroids is None
            or index.lists is None
            or index.probes is None
            or index.probes.single * PROBING_COST > len(index.centroids)
        ):
            compare_with_all(queries, self.vectors, self.work.workers)
        else:
            probing = start_probing(queries, index.centroids, index.probes.single)
            probe(probing, self.vectors, index.lists, self.work.workers)
        self.lists.put(rows, queries.by_row())
