"""The topic map: places of papers and topics in two dimensions.

Every subtopic is a disc whose area grows with its papers. Discs of similar subtopics are near each other and
do not overlap; in a disc, central papers are in the middle, and each paper is on the side of the other
subtopics that it has most affinity to. From fit to fit, discs and papers start at their previous places.
Drawing is in `picture.py`; docs/decisions/0008-topic-map.md says why the layout is of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from paperlake.topics.grouping.centroids import centroids, pairwise_cosines
from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.exact import group_sums
from paperlake.topics.grouping.levels import RANK_DECIMALS, Level
from paperlake.topics.grouping.membership import Membership
from paperlake.vectors.arrays import Floats, Ints

DECIMALS = 3
WIDTH = 1.4  # of the map, whose height is 1: a picture beside text is wider than high
COVERED_SHARE = 0.3  # of the map that discs cover
MIN_GAP = 0.09  # between two discs: room for a label of two lines
LAYOUT_SHARE = 0.8  # of the map that the centers of discs fill before discs push one another apart
MAX_LABELLED = 40  # discs whose labels a picture holds; more discs are closer together
SAME_TOPIC_FACTOR = 0.6  # of the wanted distance of two subtopics of one topic
MIN_DISTANCE = 1e-3
MIN_STEP = 1e-9  # distance of discs at one place
TIE_STEP = 1e-6  # by which discs at one place are moved apart, times the difference of their numbers
MIN_EIGENVALUE = 1e-12
ROUNDS = 400  # of moving discs; they stop moving after about 200
DIRECTIONS = 32  # that angles are rounded to: last bits of vectors then move no paper
ANGLE_STEP = 2.0 * np.pi / DIRECTIONS
AFFINITY_WEIGHT = 0.5  # of the direction of affinity in the angle in the disc; the rest is even spread
OUTLIER_RADIUS = 1.12  # radii from the center at which outliers are drawn, just outside the disc
MIN_ANCHORS = 3  # discs that keep the map in its place; with fewer it is laid out from scratch and mirrored
NEAREST_DISCS = 3  # a new disc is placed between these


@dataclass(frozen=True)
class MapLayout:
    """Places on the map: x from about -1.4 to 1.4, y from about -1 to 1."""

    papers: Floats
    """(papers, 2)"""
    topics: Floats
    """(topics, 2)"""
    subtopics: Floats
    """(subtopics, 2) centers of the discs."""
    radii: Floats
    """(subtopics,) of the discs."""

    @classmethod
    def empty(cls) -> MapLayout:
        """Return the map without papers."""
        return cls(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))


@dataclass(frozen=True)
class PreviousMap:
    """Places at the previous fit; NaN for new subtopics, and for papers that changed their subtopic."""

    centers: Floats
    """(subtopics, 2) by their current numbers."""
    radii: Floats
    """(subtopics,)"""
    papers: Floats
    """(papers, 2)"""


def lay_out(
    vectors: Floats, groups: Groups, membership: Membership, previous: PreviousMap | None = None
) -> MapLayout:
    """Place papers, subtopics and topics.

    Args:
        vectors: (papers, dimensions) centred fixed-point vectors.
        groups: Subtopics and topics of the papers.
        membership: Centrality and affinity of the papers.
        previous: The map that this one should resemble.
    """
    count = groups.subtopic_count
    sizes = np.bincount(groups.subtopic, minlength=count).astype(np.float64)
    radii = np.sqrt(sizes / sizes.sum() * COVERED_SHARE * 4.0 * WIDTH / np.pi)
    similarity = pairwise_cosines(centroids(vectors, groups.subtopic, count))
    old = previous.centers if previous else np.full((count, 2), np.nan)
    centers = np.round(_place_discs(similarity, groups.topic_of, radii, old), DECIMALS)
    papers = place_papers(centers, radii, membership)
    if previous:
        papers = _keep_places(papers, centers, radii, groups.subtopic, previous)
    topics = group_sums(centers * sizes[:, None], groups.topic_of, groups.topic_count)
    topics /= np.bincount(groups.topic_of, weights=sizes)[:, None]
    return MapLayout(np.round(papers, DECIMALS), np.round(topics, DECIMALS), centers, radii)


def _place_discs(similarity: Floats, topic_of: Ints, radii: Floats, old: Floats) -> Floats:
    """Return centers of discs that do not overlap, as near to `old` (NaN for new discs) as that allows."""
    count = len(radii)
    known = ~np.isnan(old[:, 0])
    if count == 1:
        return np.where(known[:, None], old, 0.0)
    wanted = np.sqrt(np.maximum(2.0 - 2.0 * similarity, 0.0))
    wanted = np.where(topic_of[:, None] == topic_of[None, :], SAME_TOPIC_FACTOR, 1.0) * wanted
    is_anchored = int(known.sum()) >= min(MIN_ANCHORS, count)
    places = _place_new_discs(similarity, old) if is_anchored else _mirror(_lay_out_discs(wanted), old)
    gap = MIN_GAP * min(1.0, np.sqrt(MAX_LABELLED / count))
    min_distances = radii[:, None] + radii[None, :] + gap
    for _ in range(ROUNDS):
        places = _push_apart(places, min_distances)
    if is_anchored:
        # Pushing moves all discs a little one way or the other; labels should not drift with every fit.
        middle: Floats = (places[known] - old[known]).mean(axis=0)
    else:
        middle = (places.max(axis=0) + places.min(axis=0)) / 2.0
    return places - middle


def _lay_out_discs(wanted: Floats) -> Floats:
    """Return places whose distances approximate the wanted ones: classical scaling, then stress steps."""
    places = _classical_scaling(wanted)
    weight = 1.0 / np.square(np.maximum(wanted, MIN_DISTANCE))
    np.fill_diagonal(weight, 0.0)
    for _ in range(ROUNDS):
        places = _stress_step(places, wanted, weight)
    return _stretch(places)


def _place_new_discs(similarity: Floats, old: Floats) -> Floats:
    """Return the old places, and for each new disc one between the old discs that are most similar to it."""
    places = old.copy()
    known = np.flatnonzero(~np.isnan(old[:, 0]))
    for disc in np.flatnonzero(np.isnan(old[:, 0])).tolist():
        near = known[np.argsort(-similarity[disc, known], kind="stable")[:NEAREST_DISCS]]
        weight = np.maximum(similarity[disc, near], MIN_DISTANCE)
        places[disc] = weight @ old[near] / weight.sum()
    return places


def _mirror(places: Floats, old: Floats) -> Floats:
    """Mirror the places so that they fit the few old ones best: scaling leaves both directions open."""
    known = ~np.isnan(old[:, 0])
    if not known.any():
        return places
    mirrored = [places * np.array(signs) for signs in ((1, 1), (-1, 1), (1, -1), (-1, -1))]
    return min(mirrored, key=lambda found: float(np.round(np.square(found - old)[known].sum(), 6)))


def _stretch(places: Floats) -> Floats:
    """Move and scale the places so that they fill `LAYOUT_SHARE` of the map in both directions."""
    low, high = places.min(axis=0), places.max(axis=0)
    reach = np.array([WIDTH, 1.0]) * LAYOUT_SHARE
    scaled: Floats = (places - (low + high) / 2.0) / np.maximum((high - low) / 2.0, MIN_DISTANCE) * reach
    return scaled


def _classical_scaling(distances: Floats) -> Floats:
    """Apply Torgerson's scaling into two dimensions, with signs fixed by the largest coordinate."""
    squares = np.square(distances)
    inner = -0.5 * (squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean())
    values, axes = np.linalg.eigh(inner)
    places: Floats = axes[:, -2:][:, ::-1] * np.sqrt(np.maximum(values[-2:][::-1], MIN_EIGENVALUE))
    largest = np.abs(places).argmax(axis=0)
    return places * np.where(places[largest, [0, 1]] < 0, -1.0, 1.0)


def _differences(places: Floats) -> tuple[Floats, Floats]:
    """Return directions and distances of all pairs; pairs at one place get a direction by their numbers."""
    steps = places[:, None, :] - places[None, :, :]
    numbers = np.arange(len(places))
    ties = (steps == 0).all(axis=-1)
    steps[..., 0] += np.where(ties, (numbers[:, None] - numbers[None, :]) * TIE_STEP, 0.0)
    return steps, np.maximum(np.sqrt(np.square(steps).sum(axis=-1)), MIN_STEP)


def _stress_step(places: Floats, wanted: Floats, weight: Floats) -> Floats:
    """Take one majorisation step (Gansner, Koren and North 2005) towards the wanted distances."""
    steps, distances = _differences(places)
    targets = places[None, :, :] + steps * (wanted / distances)[..., None]
    moved: Floats = (weight[..., None] * targets).sum(axis=1) / weight.sum(axis=1)[:, None]
    return moved


def _push_apart(places: Floats, min_distances: Floats) -> Floats:
    """Move overlapping discs half their overlap away from each other."""
    steps, distances = _differences(places)
    overlap = np.maximum(min_distances - distances, 0.0)
    np.fill_diagonal(overlap, 0.0)
    moved: Floats = places + 0.5 * (steps / distances[..., None] * overlap[..., None]).sum(axis=1)
    return moved


def place_papers(centers: Floats, radii: Floats, membership: Membership) -> Floats:
    """Place papers in their discs.

    Args:
        centers: (subtopics, 2)
        radii: (subtopics,)
        membership: Central papers are placed in the middle, each on the side of its affinity.

    Returns:
        (papers, 2)
    """
    subtopic = membership.subtopics.groups
    centrality = np.round(membership.subtopics.centrality, RANK_DECIMALS)
    angles = _affinity_angles(centers, membership)
    places = np.empty((len(subtopic), 2))
    for group in range(len(centers)):
        members = np.flatnonzero(subtopic == group)
        is_outlier = membership.is_outlier[members]
        rank = _ranks(np.lexsort((members, -centrality[members], is_outlier)))
        turn = _ranks(np.lexsort((members, angles[members])))
        even = -np.pi + 2.0 * np.pi * (turn + 0.5) / len(members)
        angle = AFFINITY_WEIGHT * angles[members] + (1.0 - AFFINITY_WEIGHT) * even
        in_disc = np.sqrt((rank + 0.5) / len(members))
        distance = radii[group] * np.where(is_outlier, OUTLIER_RADIUS, in_disc)
        places[members] = centers[group] + distance[:, None] * np.stack(
            [np.cos(angle), np.sin(angle)], axis=1
        )
    return places


def count_turns(centers: Floats, membership: Membership) -> Ints:
    """Return the (subtopics, directions) number of papers by the direction of their affinity."""
    turns = np.zeros((len(centers), DIRECTIONS + 1), dtype=np.int64)
    if len(centers):
        steps = np.rint(_affinity_angles(centers, membership) / ANGLE_STEP).astype(np.int64)
        np.add.at(turns, (membership.subtopics.groups, steps + DIRECTIONS // 2), 1)
    return turns


def place_filed(
    centers: Floats, radii: Floats, membership: Membership, turns: Ints, fitted: Level, spread: Floats
) -> Floats:
    """Place papers among those of a fit, each by itself: where one of its centrality and affinity would be.

    Args:
        centers: (subtopics, 2)
        radii: (subtopics,)
        membership: Of the papers to place.
        turns: Of the fitted papers, from `count_turns(...)`.
        fitted: The subtopics of the fitted papers.
        spread: (papers,) 0 to 1, by which papers of one direction are told apart.

    Returns:
        (papers, 2)
    """
    groups = membership.subtopics.groups
    centrality = np.round(membership.subtopics.centrality, RANK_DECIMALS)
    angles = _affinity_angles(centers, membership)
    steps = np.rint(angles / ANGLE_STEP).astype(np.int64) + DIRECTIONS // 2
    before = np.cumsum(turns, axis=1) - turns
    sizes = turns.sum(axis=1)
    turn = before[groups, steps] + spread * turns[groups, steps]
    even = -np.pi + 2.0 * np.pi * (turn + 0.5) / (sizes[groups] + 1)
    angle = AFFINITY_WEIGHT * angles + (1.0 - AFFINITY_WEIGHT) * even
    in_disc = np.empty(len(groups))
    for group in np.unique(groups).tolist():
        known = np.sort(np.round(fitted.centrality[fitted.groups == group], RANK_DECIMALS))
        rows = np.flatnonzero(groups == group)
        rank = len(known) - np.searchsorted(known, centrality[rows], side="right")
        in_disc[rows] = np.sqrt((rank + 0.5) / (len(known) + 1))
    distance = radii[groups] * np.where(membership.is_outlier, OUTLIER_RADIUS, in_disc)
    places: Floats = centers[groups] + distance[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return places


def _affinity_angles(centers: Floats, membership: Membership) -> Floats:
    """Return the (papers,) direction from each paper's disc to the discs of its affinity, rounded."""
    subtopic = membership.subtopics.groups
    affinity = membership.affinity.copy()
    affinity[np.arange(len(affinity)), subtopic] = 0.0
    pull = affinity @ centers - affinity.sum(axis=1, keepdims=True) * centers[subtopic]
    angles: Floats = np.rint(np.arctan2(pull[:, 1], pull[:, 0]) / ANGLE_STEP) * ANGLE_STEP
    return angles


def _ranks(order: Ints) -> Floats:
    """Return the rank of each row in an order of rows."""
    ranks = np.empty(len(order))
    ranks[order] = np.arange(len(order))
    return ranks


def _keep_places(
    places: Floats, centers: Floats, radii: Floats, subtopic: Ints, previous: PreviousMap
) -> Floats:
    """Replace the places of papers that stay in their subtopic by the old ones, scaled with the disc."""
    old_centers, old_radii = previous.centers[subtopic], previous.radii[subtopic]
    scale = radii[subtopic] / np.where(old_radii > 0, old_radii, 1.0)
    moved = centers[subtopic] + (previous.papers - old_centers) * scale[:, None]
    return np.where(np.isnan(moved), places, moved)
