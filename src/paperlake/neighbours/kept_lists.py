"""The lists of all papers as arrays: the neighbours that are shown, and a few more.

The papers beyond those that are shown take the places of papers that go, so that hardly a list is computed
again when a dump is removed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.neighbours.lists import SIMILARITY_DECIMALS, Numbers, Pairs
from paperlake.vectors.arrays import Flags, Floats, Ints

RESERVE = 4  # papers of a list beyond those that are shown
UNITS = 10**SIMILARITY_DECIMALS  # of a similarity of 1: rounded similarities are whole numbers of them
NO_ROW = -1
GONE = -2  # in the place of a paper that is gone, until lists are merged
NO_BOUND = np.iinfo(np.int32).min


@dataclass(frozen=True)
class KeptLists:
    """The nearest papers of each paper, by row number. Methods change the arrays in place."""

    rows: Numbers
    """The papers of each list, nearest first, ties by row number, (papers, kept); -1 after the last."""
    similarities: Numbers
    """In millionths, (papers, kept); 0 after the last."""
    bounds: Numbers
    """All papers nearer than this are in the list, in millionths, (papers,); `NO_BOUND` where all are."""

    @classmethod
    def empty(cls, paper_count: int, kept: int) -> KeptLists:
        """Return lists without papers."""
        return cls(
            np.full((paper_count, kept), NO_ROW, np.int32),
            np.zeros((paper_count, kept), np.int32),
            np.full(paper_count, NO_BOUND, np.int32),
        )

    @property
    def kept(self) -> int:
        """The length of a full list."""
        return int(self.rows.shape[1])

    def lengths(self, of: Ints | slice = slice(None)) -> Ints:
        """Return the number of papers in the lists of some rows, (n,)."""
        lengths: Ints = (self.rows[of] >= 0).sum(axis=1)
        return lengths

    def row_bounds(self) -> Floats:
        """Return the similarity from which a new paper is wanted in each list, (papers,)."""
        return np.where(self.bounds == NO_BOUND, -np.inf, self.bounds / UNITS)

    def pairs(self, of: Ints) -> Pairs:
        """Return the lists of some rows (n,), in order of `of` and rank."""
        query, place = np.nonzero(self.rows[of] >= 0)
        query = of[query]
        return Pairs(query, self.rows[query, place].astype(np.int64), self.similarities[query, place] / UNITS)

    def put(self, of: Ints, lists: Pairs) -> None:
        """Set the lists of some rows, which were compared with all papers, or all that count.

        Args:
            of: Row numbers, (n,).
            lists: Pairs that `Pairs.best` gave, of these rows alone.
        """
        self._fill(of, lists)
        self.bounds[of] = np.where(self.rows[of, -1] == NO_ROW, NO_BOUND, self.similarities[of, -1])

    def merge(self, of: Ints, news: Pairs, is_new: Flags) -> None:
        """Take new papers into the lists of some rows.

        A paper that is not in a list ranks after the papers in it, and is no nearer than the bound. So a new
        paper that ranks after all old ones counts only if it is nearer than the bound.

        Args:
            of: Row numbers, ascending, (n,): those of the pairs, and perhaps others.
            news: Pairs of such a row and a new paper, all that are as near as the bound.
            is_new: Whether each paper is new, (papers,).
        """
        pairs = Pairs.concatenate([self.pairs(of), news]).best(self.kept)
        starts = np.flatnonzero(np.diff(pairs.queries, prepend=NO_ROW))
        place = np.arange(len(pairs.queries))
        last_old = np.maximum.reduceat(np.where(is_new[pairs.rows], -1, place), starts)
        group = np.searchsorted(starts, place, side="right") - 1
        is_nearer = pairs.similarities > self.row_bounds()[pairs.queries]
        self._fill(of, pairs.where(is_nearer | (place <= last_old[group])))
        full = of[self.rows[of, -1] != NO_ROW]
        self.bounds[full] = np.maximum(self.bounds[full], self.similarities[full, -1])

    def _fill(self, of: Ints, lists: Pairs) -> None:
        self.rows[of], self.similarities[of] = NO_ROW, 0
        place = lists.ranks() - 1
        self.rows[lists.queries, place] = lists.rows
        self.similarities[lists.queries, place] = np.rint(lists.similarities * UNITS)

    def renumbered(self, before: Ints) -> tuple[KeptLists, Ints]:
        """Return the lists by other row numbers, and the rows whose lists lost a paper, ascending.

        A paper that is gone is `GONE`. New papers have no list.

        Args:
            before: For each new row number the old one, in the same order; -1 for a new paper, (papers,).
        """
        old = np.flatnonzero(before >= 0)
        after = np.full(len(self.rows) + 1, GONE, np.int32)
        after[before[old]], after[NO_ROW] = old, NO_ROW
        found = KeptLists.empty(len(before), self.kept)
        found.rows[old] = after[self.rows[before[old]]]
        found.similarities[old] = self.similarities[before[old]]
        found.bounds[old] = self.bounds[before[old]]
        if len(old) == len(self.rows):
            return found, np.empty(0, np.int64)
        return found, np.flatnonzero((found.rows == GONE).any(axis=1))


def kept_lists(pairs: Pairs, paper_count: int, kept: int) -> KeptLists:
    """Return the lists of all papers, of pairs that `Pairs.best(kept)` gave."""
    lists = KeptLists.empty(paper_count, kept)
    lists.put(np.arange(paper_count), pairs)
    return lists
