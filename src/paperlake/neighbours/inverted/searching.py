"""The neighbours of all papers of a large lake, by an inverted file.

Each paper is compared with the papers of the lists whose centroids are nearest to it (Jégou, Douze and
Schmid, TPAMI 2011). A comparison serves both papers: a pair is found when either probes the list of the
other, which halves the lists to probe. All papers that probe a list are compared with it by one product.

The comparisons are items of an engine. Candidates, 18 of 8 bytes for each paper, and the bits of probed
lists are in this process.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from paperlake.engine.local import LocalEngine
from paperlake.engine.protocol import Engine, halves
from paperlake.neighbours.inverted import comparing
from paperlake.neighbours.inverted.candidates import Candidates, Found
from paperlake.neighbours.inverted.comparing import ProbersOfList, Tiles
from paperlake.neighbours.inverted.inverted_file import InvertedFile
from paperlake.neighbours.inverted.probed_lists import Bits, bit_rows, probers
from paperlake.neighbours.lists import Pairs
from paperlake.progress import Advance
from paperlake.settings.units import MEGABYTE

SPARE = 4  # candidates more than neighbours: float32 confuses the order of nearly equal similarities
MIN_MERGED_PAIRS = 1 << 21  # candidates that wait before they are merged: 25 MB
MERGED_PER_PAPER = 4  # of many papers: a merge costs as much as the candidates that papers have already
ITEM_LISTS = 8  # some 3,000 papers of a lake of 540,000
ITEM_TILES = 32  # with each of which a tile is compared: 65,536 papers
ITEM_ROWS = 8_192  # papers whose probed lists are chosen, or whose candidates are ordered
ITEM_BYTES = 128 * MEGABYTE


@dataclass(frozen=True)
class Search:
    """A search for the neighbours of all papers."""

    file: InvertedFile
    count: int
    """Neighbours of a paper."""
    probes: int
    """Lists that a paper probes, its own among them; as many as there are compare all papers."""
    engine: Engine = field(default_factory=LocalEngine)
    advance: Advance = field(default=lambda _count: None)
    """Called with the number of papers done."""

    def pairs(self) -> Iterator[Pairs]:
        """Yield the best pairs of some papers, by row number."""
        candidates = self._within_lists()
        waiting: list[Found] = []
        enough = max(MIN_MERGED_PAIRS, MERGED_PER_PAPER * len(self.file.rows))
        is_by_lists = self.probes < len(self.file.centroids)
        compared = self._with_probed(candidates) if is_by_lists else self._with_all(candidates)
        for found, done in compared:
            waiting.append(found)
            if sum(len(part.target) for part in waiting) > enough:
                candidates.merge(waiting)
                waiting = []
            self.advance(done)
        if waiting:
            candidates.merge(waiting)
        compute = partial(comparing.rank, file=self.file, count=self.count)
        items = ((part.start, candidates.places[part.start : part.stop]) for part in self._parts())
        for parts in self.engine.map(compute, items, memory=ITEM_BYTES):
            yield from parts

    def _parts(self) -> Iterator[range]:
        """Yield the places of all papers, some at a time."""
        places = range(len(self.file.rows))
        return (places[at : at + ITEM_ROWS] for at in places[::ITEM_ROWS])

    def _within_lists(self) -> Candidates:
        """Return the candidates of each paper from its own list."""
        kept = self.count + SPARE
        candidates = Candidates.of(len(self.file.rows), kept)
        numbers = range(len(self.file.centroids))
        items = (numbers[at : at + ITEM_LISTS] for at in numbers[::ITEM_LISTS])
        compute = partial(comparing.compare_within_lists, file=self.file, kept=kept)
        for lists in self.engine.map(compute, items, memory=ITEM_BYTES, split=halves):
            for start, places, cosines in lists:
                candidates.put(start, places, cosines)
        return candidates

    def _with_probed(self, candidates: Candidates) -> Iterator[tuple[Found, int]]:
        """Yield what papers find in the lists that they probe, and how many papers these lists have."""
        bits = self._probed()
        compute = partial(comparing.compare_probers, file=self.file)
        yield from self.engine.map(
            compute, self._probing_items(bits, candidates), memory=ITEM_BYTES, split=halves
        )

    def _probed(self) -> Bits:
        """Return the lists that each paper probes."""
        bits = np.empty((bit_rows(len(self.file.centroids)), len(self.file.rows)), np.uint8)
        compute = partial(comparing.find_probed, file=self.file, probes=self.probes)
        start = 0
        for part in self.engine.map(compute, self._parts(), memory=ITEM_BYTES, split=halves):
            bits[:, start : start + part.shape[1]] = part
            start += part.shape[1]
        return bits

    def _probing_items(self, bits: Bits, candidates: Candidates) -> Iterator[list[ProbersOfList]]:
        """Yield lists and the papers that probe them, with the bounds as they are now."""
        for first in range(0, len(self.file.centroids), ITEM_LISTS):
            item = []
            for number in range(first, min(first + ITEM_LISTS, len(self.file.centroids))):
                start, stop = self.file.bounds_of(number)
                places = probers(bits, number)
                item.append(
                    ProbersOfList(
                        number,
                        places,
                        candidates.bounds[places],
                        candidates.bounds[start:stop].copy(),
                        bits[:, start:stop],
                    )
                )
            yield item

    def _with_all(self, candidates: Candidates) -> Iterator[tuple[Found, int]]:
        """Yield what some papers and all further ones find in each other, and how many papers are done."""
        compute = partial(comparing.compare_tiles, file=self.file)
        yield from self.engine.map(compute, self._tiles(candidates), memory=ITEM_BYTES)

    def _tiles(self, candidates: Candidates) -> Iterator[Tiles]:
        """Yield tiles and those that they are compared with, with the bounds as they are now."""
        rows = comparing.TILE_ROWS
        bounds, count = candidates.bounds, len(self.file.rows)
        for first in range(0, count, rows):
            others = range(first, count, rows)
            for at in range(0, len(others), ITEM_TILES):
                some = others[at : at + ITEM_TILES]
                other_bounds = bounds[some.start : some[-1] + rows].copy()
                yield Tiles(first, bounds[first : first + rows].copy(), some, other_bounds)
