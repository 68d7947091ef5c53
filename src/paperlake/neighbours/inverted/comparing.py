"""The comparisons of an inverted file, as functions of one item of an engine.

An item has the cosines from which its papers want a candidate, as they were when it was given away. Bounds
that have risen since would leave out some pairs, which the merge leaves out, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from paperlake.neighbours.inverted.candidates import Found
from paperlake.neighbours.inverted.inverted_file import InvertedFile
from paperlake.neighbours.inverted.probed_lists import Bits, contains, probed_bits
from paperlake.neighbours.lists import Numbers, Pairs, exact_similarities
from paperlake.vectors.arrays import Ints, Vectors

QUERY_ROWS = 1_024  # probing papers in one product: they and their similarities stay in the cache
TILE_ROWS = 2_048  # papers compared with as many others where all are compared: 16 MB of similarities
PROBE_ROWS = 4_096  # papers whose lists are chosen at a time
RANKED_ROWS = 512  # papers whose candidates are ordered at a time


@dataclass(frozen=True)
class ProbersOfList:
    """A list, and the papers that probe it."""

    number: int
    places: Ints
    """The papers that probe it, ascending."""
    bounds: Vectors
    """Of each of them."""
    own_bounds: Vectors
    """Of each paper of the list."""
    own_bits: Bits
    """The lists that each paper of the list probes, (lists / 8, papers of the list)."""


@dataclass(frozen=True)
class Tiles:
    """A tile of papers, and the tiles that it is compared with: itself, or further ones."""

    first: int
    """The place where it begins."""
    bounds: Vectors
    others: range
    """The places where the other tiles begin."""
    other_bounds: Vectors
    """Of the papers from the first of these places on."""


def find_probed(places: range, *, file: InvertedFile, probes: int) -> Bits:
    """Return the lists that some papers probe, as bits, (lists / 8, papers)."""
    parts = [slice(at, min(at + PROBE_ROWS, places.stop)) for at in places[::PROBE_ROWS]]
    found = [probed_bits(file.vectors[part], file.lists[part], file.centroids, probes) for part in parts]
    return np.concatenate(found, axis=1)


def compare_within_lists(
    numbers: range, *, file: InvertedFile, kept: int
) -> list[tuple[int, Numbers, Vectors]]:
    """Find candidates of the papers of some lists among those of the same list.

    Returns:
        For each list the place where it begins, and places and cosines, (papers, kept).
    """
    return [_within_list(number, file, kept) for number in numbers]


def _within_list(number: int, file: InvertedFile, kept: int) -> tuple[int, Numbers, Vectors]:
    start, stop = file.bounds_of(number)
    places = np.full((stop - start, kept), -1, np.int32)
    similar = np.full((stop - start, kept), -np.inf, np.float32)
    found = min(kept, stop - start - 1)
    if found <= 0:
        return start, places, similar
    members = file.vectors[start:stop]
    for at in range(0, stop - start, QUERY_ROWS):
        part = np.arange(at, min(at + QUERY_ROWS, stop - start))
        cosines = members[part] @ members.T
        cosines[part - at, part] = -np.inf
        best = np.argpartition(-cosines, found - 1, axis=1)[:, :found]
        places[part, :found] = best + start
        similar[part, :found] = np.take_along_axis(cosines, best, axis=1)
    return start, places, similar


def compare_probers(lists: Sequence[ProbersOfList], *, file: InvertedFile) -> tuple[Found, int]:
    """Compare papers with the papers of the lists that they probe.

    Returns:
        What they find in each other, and the number of papers of the lists.
    """
    found = [_compare(one, at, file) for one in lists for at in range(0, len(one.places), QUERY_ROWS)]
    return Found.concatenate(found), sum(len(one.own_bounds) for one in lists)


def _compare(one: ProbersOfList, at: int, file: InvertedFile) -> Found:
    """Compare papers with the members of a list that they probe; each side may find the other."""
    start, stop = file.bounds_of(one.number)
    places, bounds = one.places[at : at + QUERY_ROWS], one.bounds[at : at + QUERY_ROWS]
    cosines = file.vectors[places] @ file.vectors[start:stop].T
    near = np.flatnonzero(cosines >= bounds[:, None])
    wanted = np.flatnonzero(cosines >= one.own_bounds[None, :])
    flat = np.concatenate([near, wanted])
    query, member = np.divmod(flat, max(1, stop - start))
    query = places[query]
    # Where both probe the list of the other, the pair is met twice; the list of greater number counts.
    lists = file.lists[query]
    kept = ~((lists > one.number) & contains(one.own_bits, lists, member))
    member += start
    is_near = np.arange(len(flat)) < len(near)
    target, other = np.where(is_near, query, member)[kept], np.where(is_near, member, query)[kept]
    return Found(target.astype(np.int32), other.astype(np.int32), cosines.ravel()[flat[kept]])


def compare_tiles(tiles: Tiles, *, file: InvertedFile) -> tuple[Found, int]:
    """Compare the papers of a tile with those of others.

    Returns:
        What they find in each other, and the number of papers of the tile where the last of all tiles is
        among the others: then it is compared with all.
    """
    found = [_compare_tile(tiles, at, file) for at in tiles.others]
    is_last = tiles.others[-1] + TILE_ROWS >= len(file.rows)
    return Found.concatenate(found), len(tiles.bounds) if is_last else 0


def _compare_tile(tiles: Tiles, second: int, file: InvertedFile) -> Found:
    """Compare the papers of two tiles; pairs of one list were compared before."""
    first = tiles.first
    rows, columns = (slice(at, min(at + TILE_ROWS, len(file.rows))) for at in (first, second))
    cosines = file.vectors[rows] @ file.vectors[columns].T
    column_bounds = tiles.other_bounds[second - tiles.others.start :][: cosines.shape[1]]
    near = np.flatnonzero(cosines >= tiles.bounds[:, None])
    # Of a tile with itself each pair is there twice, and both are found as near.
    wanted = np.flatnonzero(cosines >= column_bounds[None, :]) if first != second else near[:0]
    flat = np.concatenate([near, wanted])
    row, column = np.divmod(flat, cosines.shape[1])
    row, column = row + first, column + second
    is_near = np.arange(len(flat)) < len(near)
    kept = file.lists[row] != file.lists[column]
    target, other = np.where(is_near, row, column)[kept], np.where(is_near, column, row)[kept]
    return Found(target.astype(np.int32), other.astype(np.int32), cosines.ravel()[flat[kept]])


def rank(item: tuple[int, Numbers], *, file: InvertedFile, count: int) -> list[Pairs]:
    """Return the best candidates of some papers by exact similarity, by row number.

    Args:
        item: The place of the first paper, and the places of the candidates of each, (papers, kept).
        file: The inverted file.
        count: Neighbours of a paper.
    """
    return list(_ranked(*item, file, count))


def _ranked(first: int, places: Numbers, file: InvertedFile, count: int) -> Iterator[Pairs]:
    for at in range(0, len(places), RANKED_ROWS):
        part = places[at : at + RANKED_ROWS]
        query, column = np.nonzero(part >= 0)
        place = part[query, column].astype(np.int64)
        query += first + at
        similarities = exact_similarities(file.vectors, query, file.vectors, place)
        yield Pairs(file.rows[query], file.rows[place], similarities).best(count)
