"""Membership: centrality, margin, neighbour agreement and outliers, on vectors in the plane."""

from __future__ import annotations

import numpy as np
import pytest

from paperlake.topics.grouping.clustering import Groups
from paperlake.topics.grouping.membership import MIN_PAPERS, Membership, find_outliers, judge_membership
from paperlake.topics.grouping.neighbours import find_neighbours
from tests.topics.grouping.test_centroids import around

ANGLES = (0, 4, 8, 41, 90, 94, 98)
GROUPS = Groups(np.array([0, 0, 0, 0, 1, 1, 1]), np.array([0, 0]))


@pytest.fixture
def judged() -> Membership:
    vectors = around(*ANGLES)
    neighbours = find_neighbours(vectors, 2).rows
    return judge_membership(vectors, neighbours, np.zeros(7, dtype=np.bool_), GROUPS)


def test_centrality_leaves_the_paper_itself_out(judged: Membership) -> None:
    assert judged.subtopics.centrality[4] == pytest.approx(np.cos(np.radians(6)), abs=1e-6)


def test_paper_between_groups_has_the_lowest_score(judged: Membership) -> None:
    assert judged.subtopics.score.argmin() == 3
    assert ((judged.subtopics.score > 0) & (judged.subtopics.score <= 1)).all()


def test_levels_have_their_own_groups(judged: Membership) -> None:
    assert judged.topics.groups.tolist() == [0] * 7
    assert judged.subtopics.groups.tolist() == GROUPS.subtopic.tolist()
    assert np.allclose(judged.affinity.sum(axis=1), 1.0)


def test_members_are_ordered_by_centrality(judged: Membership) -> None:
    is_outlier = np.array([False] * 6 + [True])
    members = judged.subtopics.members(is_outlier, 2)
    assert sorted(members[0].tolist()) == [0, 1, 2, 3]
    assert members[0][-1] == 3
    assert sorted(members[1].tolist()) == [4, 5]


def test_papers_without_near_neighbours_are_outliers() -> None:
    cosines = np.full((40, 3), 0.8)
    cosines[:, 0] += np.linspace(0, 0.05, 40)
    cosines[7] = 0.1
    assert np.flatnonzero(find_outliers(cosines)).tolist() == [7]


def test_few_papers_have_no_outliers() -> None:
    cosines = np.full((MIN_PAPERS - 1, 3), 0.8)
    cosines[0] = -1.0
    assert not find_outliers(cosines).any()
