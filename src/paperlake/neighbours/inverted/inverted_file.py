"""The neighbours of all papers of a large lake, by an inverted file.

Each paper is compared with the papers of the lists whose centroids are nearest to it (Jégou, Douze and
Schmid, TPAMI 2011). A comparison serves both papers: a pair is found when either probes the list of the
other, which halves the lists to probe. All papers that probe a list are compared with it by one product.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.neighbours.inverted.probed_lists import ProbedLists
from paperlake.neighbours.lists import Pairs, exact_similarities
from paperlake.neighbours.workers import Workers
from paperlake.progress import Advance
from paperlake.vectors.arrays import Ints, Vectors

SPARE = 4  # candidates more than neighbours: float32 confuses the order of nearly equal similarities
QUERY_ROWS = 1_024  # probing papers in one product: they and their similarities stay in the cache
TILE_ROWS = 2_048  # papers compared with as many others where all are compared: 16 MB of similarities
MIN_MERGED_PAIRS = 1 << 21  # candidates that wait before they are merged: 25 MB
MERGED_PER_PAPER = 4  # of many papers: a merge costs as much as the candidates that papers have already
MERGED_PAPERS = 1 << 19  # whose candidates are sorted at a time: 300 MB
BATCH_LISTS = 32  # lists between two checks of the number of candidates
RANKED_ROWS = 512  # papers whose candidates are ordered at a time

Numbers = npt.NDArray[np.int32]
Lists = npt.NDArray[np.uint16]


@dataclass
class Candidates:
    """The best candidates of each paper so far, in no order; papers are places in the order of lists."""

    places: Numbers
    """(papers, kept); -1 where there is none."""
    cosines: Vectors
    """float32 (papers, kept); negative infinity where there is none."""
    bounds: Vectors
    """The least cosine of each paper's candidates, (papers,)."""

    @classmethod
    def of(cls, paper_count: int, kept: int) -> Candidates:
        """Return no candidates."""
        return cls(
            np.full((paper_count, kept), -1, np.int32),
            np.full((paper_count, kept), -np.inf, np.float32),
            np.full(paper_count, -np.inf, np.float32),
        )

    def merge(self, found: list[_Found]) -> None:
        """Keep the best of the candidates and of what was found; no pair comes twice."""
        target = np.concatenate([part.target for part in found])
        place = np.concatenate([part.place for part in found])
        cosine = np.concatenate([part.cosine for part in found])
        is_near = cosine >= self.bounds[target]
        for first in range(0, len(self.bounds), MERGED_PAPERS):
            is_here = is_near & (target >= first) & (target < first + MERGED_PAPERS)
            if is_here.any():
                self._merge(target[is_here], place[is_here], cosine[is_here])

    def _merge(self, target: Numbers, place: Numbers, cosine: Vectors) -> None:
        touched = np.flatnonzero(np.bincount(target, minlength=len(self.bounds)))
        kept = self.places.shape[1]
        target = np.concatenate([np.repeat(touched, kept).astype(np.int32), target])
        place = np.concatenate([self.places[touched].ravel(), place])
        cosine = np.concatenate([self.cosines[touched].ravel(), cosine])
        order = np.argsort(_sort_keys(target, cosine))
        target = target[order]
        starts = np.flatnonzero(np.concatenate([[True], target[1:] != target[:-1]]))
        position = np.arange(len(target)) - np.repeat(starts, np.diff(np.append(starts, len(target))))
        best = order[position < kept]
        self.places[touched] = place[best].reshape(-1, kept)
        self.cosines[touched] = cosine[best].reshape(-1, kept)
        self.bounds[touched] = self.cosines[touched, -1]


def _sort_keys(target: Numbers, cosine: Vectors) -> npt.NDArray[np.uint64]:
    """Return one number for each pair, ascending by target, then falling by cosine, to sort by."""
    falling = np.where(np.isneginf(cosine), 2.0, 1.0 - cosine.astype(np.float64)) * (1 << 30)
    return (target.astype(np.uint64) << np.uint64(32)) | falling.clip(0, (1 << 32) - 1).astype(np.uint64)


@dataclass(frozen=True)
class _Found:
    target: Numbers
    place: Numbers
    cosine: Vectors


@dataclass(frozen=True)
class InvertedFile:
    """All vectors in the order of their lists."""

    vectors: Vectors
    """float32 (papers, dimension), in the order of `rows`."""
    rows: Ints
    """The row number of the paper at each place, (papers,); ascending within a list."""
    starts: Ints
    """The place at which each list starts, and the number of papers, (lists + 1,)."""
    centroids: Vectors
    """float32 (lists, dimension)."""

    @property
    def lists(self) -> Lists:
        """Return the list of each place, (papers,)."""
        return np.repeat(np.arange(len(self.centroids), dtype=np.uint16), np.diff(self.starts))

    def neighbours(
        self, count: int, probes: int, workers: Workers, advance: Advance = lambda _count: None
    ) -> Iterator[Pairs]:
        """Find the nearest papers of each paper.

        Args:
            count: Neighbours of a paper.
            probes: Lists that a paper probes, its own among them; as many as there are compare all papers.
            workers: Threads.
            advance: Called with the number of papers done.

        Yields:
            The best pairs of some papers, by row number.
        """
        candidates = Candidates.of(len(self.rows), count + SPARE)
        self._compare_within_lists(candidates, workers)
        if probes < len(self.centroids):
            compared = self._compared_with_probed(candidates, probes, workers)
        else:
            compared = self._compared_with_all(candidates, workers)
        found: list[_Found] = []
        enough = max(MIN_MERGED_PAIRS, MERGED_PER_PAPER * len(self.rows))
        for parts, done in compared:
            found += parts
            if sum(len(part.target) for part in found) > enough:
                candidates.merge(found)
                found = []
            advance(done)
        if found:
            candidates.merge(found)
        places = range(0, len(self.rows), RANKED_ROWS)
        yield from workers.map(lambda start: self._ranked(candidates, start, count), places)

    def _compare_within_lists(self, candidates: Candidates, workers: Workers) -> None:
        """Fill the candidates of each paper from its own list."""
        list(workers.map(lambda number: self._compare_list(number, candidates), range(len(self.centroids))))

    def _compare_list(self, number: int, candidates: Candidates) -> None:
        start, stop = self.starts[number], self.starts[number + 1]
        kept = min(candidates.places.shape[1], stop - start - 1)
        if kept <= 0:
            return
        members = self.vectors[start:stop]
        for at in range(start, stop, QUERY_ROWS):
            part = np.arange(at, min(at + QUERY_ROWS, stop))
            cosines = self.vectors[part] @ members.T
            cosines[part - at, part - start] = -np.inf
            best = np.argpartition(-cosines, kept - 1, axis=1)[:, :kept]
            candidates.places[part, :kept] = best + start
            candidates.cosines[part, :kept] = np.take_along_axis(cosines, best, axis=1)
        candidates.bounds[start:stop] = candidates.cosines[start:stop].min(axis=1)

    def _compared_with_probed(
        self, candidates: Candidates, probes: int, workers: Workers
    ) -> Iterator[tuple[list[_Found], int]]:
        """Yield what papers find in the lists that they probe, and how many papers these lists have."""
        own = self.lists
        probed = ProbedLists.choose(self.vectors, own, self.centroids, probes, workers)
        for first in range(0, len(self.centroids), BATCH_LISTS):
            numbers = range(first, min(first + BATCH_LISTS, len(self.centroids)))
            tasks = (
                (number, places[at : at + QUERY_ROWS])
                for number, places in zip(numbers, workers.map(probed.probers, numbers), strict=True)
                for at in range(0, len(places), QUERY_ROWS)
            )
            found = workers.map(lambda task: self._compare(task, own, probed, candidates.bounds), tasks)
            yield list(found), int(self.starts[numbers[-1] + 1] - self.starts[first])

    def _compared_with_all(
        self, candidates: Candidates, workers: Workers
    ) -> Iterator[tuple[list[_Found], int]]:
        """Yield what some papers and all further ones find in each other, and how many papers these are."""
        own = self.lists
        count = len(self.rows)
        for first in range(0, count, TILE_ROWS):
            others = range(first, count, TILE_ROWS)
            found = workers.map(lambda at: self._compare_tiles(first, at, own, candidates.bounds), others)  # noqa: B023
            yield list(found), min(TILE_ROWS, count - first)

    def _compare_tiles(self, first: int, second: int, own: Lists, bounds: Vectors) -> _Found:
        """Compare papers at some places with those at others; pairs of one list were compared before."""
        rows, columns = (slice(at, min(at + TILE_ROWS, len(self.rows))) for at in (first, second))
        cosines = self.vectors[rows] @ self.vectors[columns].T
        near = np.flatnonzero(cosines >= bounds[rows, None])
        # Of a tile with itself each pair is there twice, and both are found as near.
        wanted = np.flatnonzero(cosines >= bounds[None, columns]) if first != second else near[:0]
        flat = np.concatenate([near, wanted])
        row, column = np.divmod(flat, cosines.shape[1])
        row, column = row + first, column + second
        is_near = np.arange(len(flat)) < len(near)
        kept = own[row] != own[column]
        target = np.where(is_near, row, column)[kept]
        other = np.where(is_near, column, row)[kept]
        return _Found(target.astype(np.int32), other.astype(np.int32), cosines.ravel()[flat[kept]])

    def _compare(self, task: tuple[int, Ints], own: Lists, probed: ProbedLists, bounds: Vectors) -> _Found:
        """Compare papers with the members of a list that they probe; each side may find the other."""
        number, places = task
        start, stop = int(self.starts[number]), int(self.starts[number + 1])
        cosines = self.vectors[places] @ self.vectors[start:stop].T
        near = np.flatnonzero(cosines >= bounds[places][:, None])
        wanted = np.flatnonzero(cosines >= bounds[start:stop][None, :])
        flat = np.concatenate([near, wanted])
        query, member = np.divmod(flat, max(1, stop - start))
        query, member = places[query], member + start
        # Where both probe the list of the other, the pair is met twice; the list of greater number counts.
        lists = own[query]
        is_met_again = (lists > number) & probed.contain(lists, member)
        is_near = np.arange(len(flat)) < len(near)
        target = np.where(is_near, query, member)
        other = np.where(is_near, member, query)
        kept = ~is_met_again
        return _Found(
            target[kept].astype(np.int32), other[kept].astype(np.int32), cosines.ravel()[flat[kept]]
        )

    def _ranked(self, candidates: Candidates, start: int, count: int) -> Pairs:
        """Return the best candidates of some papers by exact similarity."""
        part = candidates.places[start : start + RANKED_ROWS]
        query, column = np.nonzero(part >= 0)
        place = part[query, column].astype(np.int64)
        similarities = exact_similarities(self.vectors, query + start, self.vectors, place)
        return Pairs(self.rows[query + start], self.rows[place], similarities).best(count)


def fill(
    chunks: Iterator[tuple[int, Vectors]], lists: Ints, centroids: Vectors, into: Vectors
) -> InvertedFile:
    """Write all vectors in the order of their lists.

    Args:
        chunks: The row number of the first paper of a chunk, and its vectors; all papers.
        lists: The list of each row, (papers,).
        centroids: float32 (lists, dimension).
        into: Where to write, float32 (papers, dimension).
    """
    rows = np.argsort(lists.astype(np.uint16), kind="stable")
    place = np.empty_like(rows)
    place[rows] = np.arange(len(rows))
    for start, chunk in chunks:
        into[place[start : start + len(chunk)]] = chunk
    sizes = np.bincount(lists, minlength=len(centroids))
    return InvertedFile(into, rows, np.concatenate([[0], np.cumsum(sizes)]), centroids)
