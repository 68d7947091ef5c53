"""Clustering and warm start on planted groups of vectors."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from paperlake.topics.grouping.clustering import Groups, cluster_papers, expected_subtopics
from paperlake.topics.grouping.exact import to_fixed_point
from paperlake.topics.grouping.warm_start import warm_start_groups

PER_GROUP = 40


def planted(groups: int, width: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors around orthogonal directions, and the group of each; with `width`, two clumps per group."""
    random = np.random.default_rng(0)
    axes = np.linalg.qr(random.normal(size=(32, 32)))[0] * np.sqrt(32)
    centers, offsets = axes[:groups], axes[-groups:]
    labels = np.repeat(np.arange(groups), PER_GROUP)
    noise = random.normal(size=(len(labels), 32))
    side = np.where(np.arange(len(labels)) // 2 % 2, width, -width)[:, None]
    return to_fixed_point(centers[labels] + side * offsets[labels] + 0.35 * noise), labels


def without_outliers(vectors: np.ndarray) -> np.ndarray:
    return np.zeros(len(vectors), dtype=np.bool_)


def test_planted_groups_are_found() -> None:
    vectors, labels = planted(16)
    found = cluster_papers(vectors, without_outliers(vectors), 4)
    assert adjusted_rand_score(labels, found.subtopic) > 0.95


def test_groups_have_no_gaps_and_no_lone_subtopics() -> None:
    vectors, _ = planted(16)
    found = cluster_papers(vectors, without_outliers(vectors), 4)
    assert np.array_equal(np.unique(found.subtopic), np.arange(found.subtopic_count))
    assert np.array_equal(np.unique(found.topic_of), np.arange(found.topic_count))
    assert np.bincount(found.topic_of).min() >= 2


@pytest.mark.parametrize("min_size", [2, 10, 60])
def test_no_group_is_smaller_than_the_minimum(min_size: int) -> None:
    vectors, _ = planted(8)
    found = cluster_papers(vectors, without_outliers(vectors), min_size)
    assert np.bincount(found.subtopic).min() >= min_size


def test_expected_number_grows_with_papers() -> None:
    counts = [expected_subtopics(papers, 4) for papers in (1, 7, 160, 364, 18_000, 500_000)]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert counts[3:5] == [20, 64]


def test_warm_start_changes_nothing_without_need() -> None:
    vectors, labels = planted(6)
    topic_of = np.array([0, 0, 0, 1, 1, 1])
    found = warm_start_groups(vectors, without_outliers(vectors), labels, topic_of, 4)
    assert np.array_equal(found.subtopic, labels)
    assert np.array_equal(found.topic_of, topic_of)


def test_warm_start_assigns_new_papers_and_outliers() -> None:
    vectors, labels = planted(6)
    previous = np.where(np.arange(len(labels)) % 5 == 0, -1, labels)
    is_outlier = np.arange(len(labels)) % 20 == 3
    found = warm_start_groups(vectors, is_outlier, previous, np.zeros(6, dtype=np.int64), 4)
    assert np.array_equal(found.subtopic, labels)


def test_warm_start_splits_a_group_of_two_fields() -> None:
    vectors, labels = planted(6)
    previous = np.where(labels == 5, 0, labels)
    topic_of = np.array([0, 0, 1, 1, 1])
    found = warm_start_groups(vectors, without_outliers(vectors), previous, topic_of, 4)
    assert adjusted_rand_score(labels, found.subtopic) == 1.0
    assert found.topic_of[5] == topic_of[0]


def test_warm_start_merges_two_halves_of_one_field() -> None:
    vectors, labels = planted(6, width=0.7)
    previous = np.where((labels == 0) & (np.arange(len(labels)) % 2 == 0), 6, labels)
    found = warm_start_groups(vectors, without_outliers(vectors), previous, np.zeros(7, dtype=np.int64), 4)
    assert adjusted_rand_score(labels, found.subtopic) == 1.0


def test_empty_groups_have_no_topics() -> None:
    empty = Groups.empty()
    assert (empty.topic_count, empty.subtopic_count) == (0, 0)
