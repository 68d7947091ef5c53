"""The best candidates of each paper of an inverted file: the greatest cosines, ties by place.

What is kept is a function of the pairs that were compared, and not of their order, so that it makes no
difference how the comparisons are divided and when their results are merged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from paperlake.neighbours.lists import Numbers
from paperlake.vectors.arrays import Vectors

MERGED_PAPERS = 1 << 19  # whose candidates are sorted at a time: 300 MB


@dataclass(frozen=True)
class Found:
    """Pairs of places and their cosines: the paper at `place` may be near to the one at `target`."""

    target: Numbers
    place: Numbers
    cosine: Vectors

    @classmethod
    def concatenate(cls, parts: list[Found]) -> Found:
        """Return the pairs of all parts."""
        if not parts:
            return cls(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.float32))
        return cls(
            np.concatenate([part.target for part in parts]),
            np.concatenate([part.place for part in parts]),
            np.concatenate([part.cosine for part in parts]),
        )


@dataclass
class Candidates:
    """The best candidates of each paper so far; papers are places in the order of lists."""

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

    def put(self, start: int, places: Numbers, cosines: Vectors) -> None:
        """Set the candidates of some papers, which have none yet."""
        part = slice(start, start + len(places))
        self.places[part], self.cosines[part] = places, cosines
        self.bounds[part] = cosines.min(axis=1)

    def merge(self, found: list[Found]) -> None:
        """Keep the best of the candidates and of what was found; no pair comes twice."""
        pairs = Found.concatenate(found)
        is_near = pairs.cosine >= self.bounds[pairs.target]
        for first in range(0, len(self.bounds), MERGED_PAPERS):
            is_here = is_near & (pairs.target >= first) & (pairs.target < first + MERGED_PAPERS)
            if is_here.any():
                self._merge(pairs.target[is_here], pairs.place[is_here], pairs.cosine[is_here])

    def _merge(self, target: Numbers, place: Numbers, cosine: Vectors) -> None:
        touched = np.flatnonzero(np.bincount(target, minlength=len(self.bounds)))
        kept = self.places.shape[1]
        target = np.concatenate([np.repeat(touched, kept).astype(np.int32), target])
        place = np.concatenate([self.places[touched].ravel(), place])
        cosine = np.concatenate([self.cosines[touched].ravel(), cosine])
        order = _best_first(target, place, cosine)
        target = target[order]
        starts = np.flatnonzero(np.concatenate([[True], target[1:] != target[:-1]]))
        position = np.arange(len(target)) - np.repeat(starts, np.diff(np.append(starts, len(target))))
        best = order[position < kept]
        self.places[touched] = place[best].reshape(-1, kept)
        self.cosines[touched] = cosine[best].reshape(-1, kept)
        self.bounds[touched] = self.cosines[touched, -1]


def _best_first(target: Numbers, place: Numbers, cosine: Vectors) -> npt.NDArray[np.int64]:
    """Return the order by target, then falling cosine, then place.

    A sort of 64-bit numbers, and one of the ties, which are few, cost less than one by three keys.
    """
    keys = (target.astype(np.uint64) << np.uint64(32)) | _falling(cosine)
    order: npt.NDArray[np.int64] = np.argsort(keys)
    ordered = keys[order]
    is_tie = np.zeros(len(order), bool)
    is_tie[1:] = ordered[1:] == ordered[:-1]
    is_tie[:-1] |= is_tie[1:]
    at = np.flatnonzero(is_tie)
    tied = order[at]
    order[at] = tied[np.lexsort((place[tied], keys[tied]))]
    return order


def _falling(cosine: Vectors) -> npt.NDArray[np.uint64]:
    """Return one number for each float32, the less the greater it is: its bits, but for the sign."""
    bits = cosine.view(np.uint32)
    is_negative = bits >> np.uint32(31) != 0
    return np.where(is_negative, bits, ~bits & np.uint32(0x7FFFFFFF)).astype(np.uint64)
