"""Bring lists of neighbours up to date: only what a new or removed paper touches is computed.

New papers are compared with all papers, which is exact. A list that lost a paper is often full again by that:
a paper whose vector changed is both lost and new. Other such lists are filled by a comparison with all papers
in a small lake, whose lists are those that a build from nothing gives, and by the lists that the paper probes
in a large one.
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
from paperlake.neighbours.lists import Pairs
from paperlake.vectors.arrays import Flags, Floats, Ints, Vectors

CENTROID_ROUNDS = (
    3  # how often a build from nothing compares each paper with all centroids, training among it
)
PROBING_COST = 6  # of a comparison by lists, in comparisons with all: its products are small
MAX_GROWTH = 2.0  # of a large lake since its centroids were computed, and of the inverse when it shrinks
TABLE_COLUMNS = ("paper_id", "similar_paper_id", "rank", "similarity")


@dataclass(frozen=True)
class NeighbourUpdate:
    """What changes in the table of lists."""

    paper_ids: pl.Series
    """All papers, ascending."""
    changed: Ints
    """The row numbers of the papers whose lists change, ascending."""
    pairs: Pairs
    """Their whole lists, in order of row and rank; a list may be empty now."""
    gone: pl.Series
    """The papers that had a list and are not there any more."""
    is_complete: bool
    """Whether the lists of all papers were built from nothing."""
    index: NeighbourIndex
    """The state for the next update."""

    def frame(self, first: int = 0, last: int | None = None) -> pl.DataFrame:
        """Return the rows of the table for papers from row number `first` to before `last`."""
        end = len(self.paper_ids) if last is None else last
        at, stop = np.searchsorted(self.pairs.queries, (first, end))
        part = self.pairs.between(int(at), int(stop))
        return pl.DataFrame(
            {
                "paper_id": self.paper_ids.gather(part.queries),
                "similar_paper_id": self.paper_ids.gather(part.rows),
                "rank": part.ranks(),
                "similarity": part.similarities,
            }
        )


def update_neighbours(
    index: NeighbourIndex | None, previous: pl.LazyFrame | None, vectors: VectorBlocks, count: int, work: Work
) -> NeighbourUpdate:
    """Compute the lists that change.

    Args:
        index: The state that the last update gave; None builds all lists.
        previous: The table as the last update left it, with the columns of similar_papers.
        vectors: The vectors of all papers as they are now.
        count: Neighbours of a paper.
        work: Threads, progress and scratch folder.
    """
    if index is not None and previous is not None and _fits(index, vectors, count):
        news = _News.between(index, vectors)
        if len(news.new) <= _max_new(index, vectors.papers.height):
            return _Update(index, previous, vectors, news, work).result()
    pairs, built = build_neighbours(vectors, count, work)
    paper_ids = vectors.papers["paper_id"]
    gone = pl.Series("paper_id", [], dtype=pl.String)
    return NeighbourUpdate(paper_ids, np.arange(len(paper_ids)), pairs, gone, is_complete=True, index=built)


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

    def __init__(
        self, index: NeighbourIndex, previous: pl.LazyFrame, vectors: VectorBlocks, news: _News, work: Work
    ) -> None:
        self.index = index
        self.count = index.count
        self.previous = previous
        self.vectors = vectors
        self.news = news
        self.work = work
        self.rows = (
            vectors.papers.select("paper_id").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
        )

    def result(self) -> NeighbourUpdate:
        affected = self._affected()
        index = self._next_index()
        queries = Queries(self.news.new, self._new_vectors, self.count)
        updated = self._updated(self._compare(queries), affected)
        refilled = self._refilled(index, updated, self._unsettled(updated, affected))
        pairs = Pairs.concatenate([_by_row(queries), updated, refilled]).best(self.count)
        changed = np.unique(np.concatenate([self.news.new, affected, updated.queries]))
        last = self._last_similarities.copy()
        last[changed] = pairs.last_similarities(len(last), self.count)[changed]
        index = replace(index, last_similarities=last)
        paper_ids = self.vectors.papers["paper_id"]
        gone = self.news.gone.filter(~self.news.gone.is_in(paper_ids.implode()))
        return NeighbourUpdate(paper_ids, changed, pairs, gone, is_complete=False, index=index)

    def _affected(self) -> Ints:
        """Return the row numbers of old papers whose lists lost a paper."""
        if self.news.gone.is_empty():
            return np.empty(0, np.int64)
        lost = self.previous.filter(pl.col("similar_paper_id").is_in(self.news.gone.implode()))
        rows = lost.select("paper_id").unique().collect().join(self.rows, on="paper_id")["row"].to_numpy()
        affected: Ints = np.sort(rows)
        return affected[self.news.before[affected] >= 0]

    @cached_property
    def _new_vectors(self) -> Vectors:
        return gather(self.vectors, self.news.new, self.work.workers)

    def _next_index(self) -> NeighbourIndex:
        """Return the state with the papers as they are now; new papers are assigned to their lists."""
        papers = self.vectors.papers
        if self.index.lists is None or self.index.centroids is None:
            return replace(self.index, papers=papers)
        lists = self.index.lists[self.news.before]
        lists[self.news.new] = assign(self.index.centroids, [self._new_vectors], self.work.workers)
        return replace(self.index, papers=papers, lists=lists)

    def _compare(self, queries: Queries) -> Pairs:
        """Fill the lists of new papers; return pairs of an old paper and a new one that its list may take."""
        if not len(queries.rows):
            self.work.advance(self.vectors.papers.height)
            return Pairs.none()
        bounds = self._last_similarities.copy()
        bounds[self.news.new] = np.inf
        found = compare_with_all(queries, self.vectors, self.work.workers, bounds, self.work.advance)
        return found.where(self.news.before[found.rows] < 0)

    @cached_property
    def _last_similarities(self) -> Floats:
        """The last similarity of each list as it was; -infinity of a list that was not full, (papers,)."""
        similarities = np.full(len(self.news.before), -np.inf)
        is_old = self.news.before >= 0
        similarities[is_old] = self.index.last_similarities[self.news.before[is_old]]
        return similarities

    def _updated(self, found: Pairs, affected: Ints) -> Pairs:
        """Return the lists of old papers that lost a paper or get a new one, of the papers known so far."""
        before = self._lists_of(np.union1d(found.queries, affected))
        after = Pairs.concatenate([before, found]).best(self.count)
        is_new: Flags = self.news.before[after.rows] < 0
        return after.where(np.isin(after.queries, np.union1d(after.queries[is_new], affected)))

    def _unsettled(self, updated: Pairs, affected: Ints) -> Ints:
        """Return the papers whose list lost a paper and may want one that is not known.

        A paper that was not in a list ranks after the last one that was, and all new papers at least as near
        as that one were found. So a list is settled if it is full again, and ends with a paper that was in it
        or a nearer one.
        """
        if not len(self.news.new):
            return affected
        ends = updated.where(updated.ranks() == self.count)
        is_nearer = ends.similarities > self._last_similarities[ends.queries]
        was_listed = self.news.before[ends.rows] >= 0
        return np.setdiff1d(affected, ends.queries[is_nearer | was_listed])

    def _refilled(self, index: NeighbourIndex, updated: Pairs, rows: Ints) -> Pairs:
        """Return whole lists of some papers, from what is known of them."""
        if not len(rows):
            return Pairs.none()
        known = updated.where(np.isin(updated.queries, rows))
        queries = Queries(rows, gather(self.vectors, rows, self.work.workers), self.count)
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
        return _by_row(queries)

    def _lists_of(self, rows: Ints) -> Pairs:
        """Read the lists of old papers, without papers that are gone."""
        if not len(rows):
            return Pairs.none()
        ids = self.vectors.papers["paper_id"].gather(rows)
        lists = self.previous.filter(pl.col("paper_id").is_in(ids.implode())).collect()
        gone = self.news.gone.implode()
        lists = lists.filter(~pl.col("similar_paper_id").is_in(gone))
        joined = lists.join(self.rows.rename({"row": "query"}), on="paper_id").join(
            self.rows, left_on="similar_paper_id", right_on="paper_id"
        )
        return Pairs(joined["query"].to_numpy(), joined["row"].to_numpy(), joined["similarity"].to_numpy())


def _by_row(queries: Queries) -> Pairs:
    """Return the lists of queries by row number."""
    return Pairs(queries.rows[queries.pairs.queries], queries.pairs.rows, queries.pairs.similarities)
