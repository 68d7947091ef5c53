"""The map: where papers and topics stand in two dimensions.

Every subtopic is an island: a disc whose area grows with its papers. Islands of like meaning lie near each
other and do not overlap; on an island, papers of the core stand in the middle, and a paper stands on the
side of the other topic it leans to. From fit to fit, islands and papers start where they stood. Drawing is in
`picture.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import Floats, Ints, group_sums, products, to_grid
from paperlake.topics.grouping.membership import Membership

DECIMALS = 3
WIDTH = 1.4  # of the map, whose height is 1: a picture beside text is wider than high
FILL = 0.3  # share of the map that islands cover
STRAIT = 0.09  # water between two islands: room for a label of two lines
EDGE = 0.8  # where the centres of the outermost islands stand, before islands push one another
LABELLED = 40  # islands whose labels a picture holds; more stand closer
MIN_DISTANCE = 1e-3
ROUNDS = 400  # of moving islands; they stop moving after about 200
DIRECTION = 2.0 * np.pi / 32  # leaning is told by 32 directions: last bits of vectors then move no paper
LEANING = 0.5  # how far the angle on the island follows leaning rather than even spread
OUTSIDE = 1.12  # outliers stand off the shore, at this many radii
ANCHORED = 3  # islands that hold the map in its place; with fewer it is laid out anew, and flipped at most
NEAREST_ISLANDS = 3  # a new island comes up between these


@dataclass(frozen=True)
class MapLayout:
    """Places on the map: x from about -1.4 to 1.4, y from about -1 to 1."""

    papers: Floats
    """(papers, 2)"""
    topics: Floats
    """(topics, 2)"""
    subtopics: Floats
    """(subtopics, 2)"""
    radii: Floats
    """(subtopics,) of the islands."""


@dataclass(frozen=True)
class MapBefore:
    """Where things stood on the map of the fit before; NaN for what is new or has moved to another topic."""

    centres: Floats
    """(subtopics, 2) by the numbers of now."""
    radii: Floats
    """(subtopics,)"""
    papers: Floats
    """(papers, 2)"""


def lay_out(
    grid: Floats, groups: Groups, membership: Membership, before: MapBefore | None = None
) -> MapLayout:
    """Place papers, subtopics and topics.

    Args:
        grid: (papers, dimensions) centred vectors on the grid.
        groups: Subtopics and topics of the papers.
        membership: Scores and leanings of the papers.
        before: The map that this one should look like.
    """
    count = len(groups.topic_of)
    sizes = np.bincount(groups.subtopic, minlength=count).astype(np.float64)
    radii = np.sqrt(sizes / sizes.sum() * FILL * 4.0 * WIDTH / np.pi)
    centroids = to_grid(group_sums(grid, groups.subtopic, count))
    similarity = np.concatenate([block for _, block in products(centroids, centroids)])
    old = before.centres if before else np.full((count, 2), np.nan)
    centres = np.round(_place_islands(similarity, groups.topic_of, radii, old), DECIMALS)
    papers = place_papers(centres, radii, groups.subtopic, membership)
    if before:
        papers = _kept_places(papers, centres, radii, groups.subtopic, before)
    topics = group_sums(centres * sizes[:, None], groups.topic_of, int(groups.topic_of.max()) + 1)
    topics /= np.bincount(groups.topic_of, weights=sizes)[:, None]
    return MapLayout(np.round(papers, DECIMALS), np.round(topics, DECIMALS), centres, radii)


def _place_islands(similarity: Floats, topic_of: Ints, radii: Floats, old: Floats) -> Floats:
    """Centres of islands that lie apart, as near to `old` (NaN for new islands) as that allows."""
    count = len(radii)
    known = ~np.isnan(old[:, 0])
    if count == 1:
        return np.where(known[:, None], old, 0.0)
    wanted = np.sqrt(np.maximum(2.0 - 2.0 * similarity, 0.0))
    wanted = np.where(topic_of[:, None] == topic_of[None, :], 0.6, 1.0) * wanted
    anchored = int(known.sum()) >= min(ANCHORED, count)
    places = _risen(similarity, old) if anchored else _flipped(_laid_out_anew(wanted), old)
    apart = radii[:, None] + radii[None, :] + STRAIT * min(1.0, np.sqrt(LABELLED / count))
    for _ in range(ROUNDS):
        places = _push_apart(places, apart)
    if anchored:
        # Pushing moves all islands a little one way or the other; labels should not drift with every fit.
        middle: Floats = (places[known] - old[known]).mean(axis=0)
    else:
        middle = (places.max(axis=0) + places.min(axis=0)) / 2.0
    return places - middle


def _laid_out_anew(wanted: Floats) -> Floats:
    """Places whose distances are near the wanted ones: classical scaling, then stress steps."""
    places = _classical_scaling(wanted)
    weight = 1.0 / np.square(np.maximum(wanted, MIN_DISTANCE))
    np.fill_diagonal(weight, 0.0)
    for _ in range(ROUNDS):
        places = _stress_step(places, wanted, weight)
    return _stretched(places)


def _risen(similarity: Floats, old: Floats) -> Floats:
    """The old places, and for new islands one between the old islands that are most like them."""
    places = old.copy()
    known = np.flatnonzero(~np.isnan(old[:, 0]))
    for island in np.flatnonzero(np.isnan(old[:, 0])).tolist():
        near = known[np.argsort(-similarity[island, known], kind="stable")[:NEAREST_ISLANDS]]
        pull = np.maximum(similarity[island, near], MIN_DISTANCE)
        places[island] = pull @ old[near] / pull.sum()
    return places


def _flipped(places: Floats, old: Floats) -> Floats:
    """The places, mirrored as fits the few old ones best: scaling leaves both directions open."""
    known = ~np.isnan(old[:, 0])
    if not known.any():
        return places
    mirrored = [places * np.array(signs) for signs in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    return min(mirrored, key=lambda found: float(np.round(np.square(found - old)[known].sum(), 6)))


def _stretched(places: Floats) -> Floats:
    """The places moved and scaled so that they fill the map from edge to edge."""
    low, high = places.min(axis=0), places.max(axis=0)
    reach = np.array([WIDTH, 1.0]) * EDGE
    scaled: Floats = (places - (low + high) / 2.0) / np.maximum((high - low) / 2.0, MIN_DISTANCE) * reach
    return scaled


def _classical_scaling(distances: Floats) -> Floats:
    """Torgerson's scaling into two dimensions, with signs fixed by the largest coordinate."""
    squares = np.square(distances)
    inner = -0.5 * (squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean())
    values, axes = np.linalg.eigh(inner)
    places: Floats = axes[:, -2:][:, ::-1] * np.sqrt(np.maximum(values[-2:][::-1], 1e-12))
    largest = np.abs(places).argmax(axis=0)
    return places * np.where(places[largest, [0, 1]] < 0, -1.0, 1.0)


def _differences(places: Floats) -> tuple[Floats, Floats]:
    """Directions and distances between all pairs; pairs at one place get a direction by their numbers."""
    steps = places[:, None, :] - places[None, :, :]
    numbers = np.arange(len(places))
    steps[..., 0] += np.where((steps == 0).all(axis=-1), (numbers[:, None] - numbers[None, :]) * 1e-6, 0.0)
    return steps, np.maximum(np.sqrt(np.square(steps).sum(axis=-1)), 1e-9)


def _stress_step(places: Floats, wanted: Floats, weight: Floats) -> Floats:
    """One majorisation step (Gansner, Koren and North 2005) towards the wanted distances."""
    steps, distances = _differences(places)
    targets = places[None, :, :] + steps * (wanted / distances)[..., None]
    moved: Floats = (weight[..., None] * targets).sum(axis=1) / weight.sum(axis=1)[:, None]
    return moved


def _push_apart(places: Floats, apart: Floats) -> Floats:
    """Move overlapping discs half their overlap away from each other."""
    steps, distances = _differences(places)
    overlap = np.maximum(apart - distances, 0.0)
    np.fill_diagonal(overlap, 0.0)
    moved: Floats = places + 0.5 * (steps / distances[..., None] * overlap[..., None]).sum(axis=1)
    return moved


def place_papers(centres: Floats, radii: Floats, subtopic: Ints, membership: Membership) -> Floats:
    """Places on the islands: the core in the middle, each paper on the side it leans to."""
    lean = membership.affinity.copy()
    lean[np.arange(len(lean)), subtopic] = 0.0
    pull = lean @ centres - lean.sum(axis=1, keepdims=True) * centres[subtopic]
    angles = np.rint(np.arctan2(pull[:, 1], pull[:, 0]) / DIRECTION) * DIRECTION
    places = np.empty((len(subtopic), 2))
    for group in range(len(centres)):
        members = np.flatnonzero(subtopic == group)
        outside = membership.is_outlier[members]
        rank = np.empty(len(members))
        rank[np.lexsort((members, -np.round(membership.centrality[members], 6), outside))] = np.arange(
            len(members)
        )
        turn = np.empty(len(members))
        turn[np.lexsort((members, angles[members]))] = np.arange(len(members))
        even = -np.pi + 2.0 * np.pi * (turn + 0.5) / len(members)
        angle = LEANING * angles[members] + (1.0 - LEANING) * even
        distance = radii[group] * np.where(outside, OUTSIDE, np.sqrt((rank + 0.5) / len(members)))
        places[members] = centres[group] + distance[:, None] * np.stack(
            [np.cos(angle), np.sin(angle)], axis=1
        )
    return places


def _kept_places(places: Floats, centres: Floats, radii: Floats, subtopic: Ints, before: MapBefore) -> Floats:
    """The places; for papers that stay in their topic the old ones, moved and scaled with the island."""
    old_centres, old_radii = before.centres[subtopic], before.radii[subtopic]
    scale = radii[subtopic] / np.where(old_radii > 0, old_radii, 1.0)
    moved = centres[subtopic] + (before.papers - old_centres) * scale[:, None]
    return np.where(np.isnan(moved), places, moved)
