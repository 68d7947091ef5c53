"""Filing a paper under the topics of a fit: from its vector and what the fit has left alone.

A fit judges its papers against one another. What that needs is kept here in bounded size: the mean vector,
the directions of the features, the centroids, and the vectors of the reference papers among which neighbours
are looked for. So a paper is filed alike whatever papers it comes with, and in whatever order.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from paperlake.topics.grouping.centroids import centroids, nearest_centroid
from paperlake.topics.grouping.clustering import Groups, smooth
from paperlake.topics.grouping.exact import group_sums, subtract_mean, to_fixed_point
from paperlake.topics.grouping.membership import (
    NEIGHBOUR_COUNT,
    Membership,
    closeness_of,
    judge_filed,
)
from paperlake.topics.grouping.neighbours import REFERENCE_ROWS, Neighbours, coarse, find_nearest
from paperlake.topics.grouping.whitening import whiten
from paperlake.vectors.arrays import Floats, Ints, Vectors


@dataclass(frozen=True)
class FilingSpace:
    """What a fit has left for filing further papers: arrays of bounded size."""

    mean: Floats
    """(dimensions,) subtracted from fixed-point vectors; empty where they stay as they are."""
    directions: Floats
    """(dimensions, kept) of the features; empty where they are the vectors themselves."""
    feature_centers: Floats
    """(subtopics, kept) centroids of the features of papers that are no outliers."""
    subtopic_sums: Floats
    """(subtopics, dimensions) sums of the vectors, outliers among them."""
    topic_sums: Floats
    """(topics, dimensions)"""
    outlier_limit: Floats
    """(1,) closeness under which a paper is an outlier."""
    reference: npt.NDArray[np.int16]
    """(reference papers, dimensions) the first papers of the fit on the coarse grid of `neighbours.py`."""

    @classmethod
    def empty(cls) -> FilingSpace:
        """Return the space of a fit without papers, in which nothing can be filed."""
        none = np.zeros((0, 0))
        return cls(np.zeros(0), none, none, none, none, np.zeros(1), np.zeros((0, 0), dtype=np.int16))

    @classmethod
    def of_fit(
        cls,
        raw: Floats,
        mean: Floats,
        directions: Floats,
        features: Floats,
        membership: Membership,
        groups: Groups,
        outlier_limit: float,
    ) -> FilingSpace:
        """Return what a fit leaves.

        Args:
            raw: (papers, dimensions) fixed-point vectors.
            mean: From `exact.mean_vector(raw)`.
            directions: From `whitening.find_directions(...)`.
            features: (papers, kept) that the papers were grouped by.
            membership: Of the papers in their groups.
            groups: Subtopics and topics of the papers.
            outlier_limit: From `membership.find_outlier_limit(...)`.
        """
        vectors = subtract_mean(raw, mean)
        inside = np.where(membership.is_outlier, -1, groups.subtopic)
        return cls(
            mean=mean,
            directions=directions,
            feature_centers=centroids(features, inside, groups.subtopic_count),
            subtopic_sums=group_sums(vectors, groups.subtopic, groups.subtopic_count),
            topic_sums=group_sums(vectors, groups.topic, groups.topic_count),
            outlier_limit=np.array([outlier_limit]),
            reference=coarse(raw[:REFERENCE_ROWS]).astype(np.int16),
        )

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the arrays."""
        return tuple(field.name for field in fields(cls))

    def file(self, embeddings: Vectors, reference_groups: Ints, topic_of: Ints) -> Membership:
        """Return the membership of papers that the fit did not know.

        Args:
            embeddings: (papers, dimensions) of the fit's embedding model.
            reference_groups: (reference papers,) their subtopics.
            topic_of: (subtopics,) the topic of each.
        """
        raw = to_fixed_point(embeddings)
        neighbours = self._neighbours(raw)
        vectors = subtract_mean(raw, self.mean)
        features = smooth(whiten(vectors, self.directions), neighbours.rows, self._reference_features)
        groups = Groups(nearest_centroid(features, self.feature_centers), topic_of)
        near = closeness_of(neighbours.cosines) if neighbours.rows.shape[1] else np.ones(len(raw))
        return judge_filed(
            vectors,
            to_fixed_point(self.subtopic_sums),
            to_fixed_point(self.topic_sums),
            reference_groups[neighbours.rows],
            groups,
            near < self.outlier_limit[0],
        )

    def _neighbours(self, raw: Floats) -> Neighbours:
        return find_nearest(raw, self.reference.astype(np.float64), self._coarse_reference, NEIGHBOUR_COUNT)

    @cached_property
    def _coarse_reference(self) -> Vectors:
        return self.reference.astype(np.float32)

    @cached_property
    def _reference_features(self) -> Floats:
        """(reference papers, kept) their features before they are smoothed."""
        vectors = subtract_mean(to_fixed_point(self.reference.astype(np.float64)), self.mean)
        return whiten(vectors, self.directions)
