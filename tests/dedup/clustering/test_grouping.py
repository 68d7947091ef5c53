"""Grouping against connected components, and the links that it must refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from paperlake.catalogue.vocabulary import MatchMethod
from paperlake.dedup.clustering.grouping import Grouping, Link, Node
from paperlake.dedup.clustering.identifiers import Identifiers

COUNT = 12
ends = st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)).map(sorted)


def link(
    first: int, second: int, method: MatchMethod = MatchMethod.NEAR_DUPLICATE, score: float = 0.99
) -> Link:
    return Link(first, second, method, score)


def nodes(*identifiers: str) -> list[Node]:
    return [Node(number, Identifiers.of(of.split())) for number, of in enumerate(identifiers)]


PLAIN = ""


@settings(deadline=None)
@given(st.lists(ends, max_size=20))
def test_without_contradictions_groups_are_components(pairs):
    grouping = Grouping(nodes(*[PLAIN] * COUNT), (), lambda _one, _other: False)
    grouping.try_links(link(*pair) for pair in pairs)
    rows, columns = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(pairs)), (rows, columns)), shape=(COUNT, COUNT))
    count, labels = connected_components(graph, directed=False)
    expected = sorted(np.flatnonzero(labels == label).tolist() for label in range(count))
    assert sorted(grouping.groups()) == expected
    assert len(grouping.accepted) == COUNT - count
    assert all(grouping.group_of(node) in members for members in grouping.groups() for node in members)


@settings(deadline=None)
@given(st.lists(ends, max_size=20), st.lists(ends.filter(lambda pair: pair[0] != pair[1]), max_size=6))
def test_no_chain_connects_texts_that_cannot_link(pairs, cannot_link):
    grouping = Grouping(nodes(*[PLAIN] * COUNT), map(tuple, cannot_link), lambda _one, _other: False)
    grouping.try_links(link(*pair, MatchMethod.DECIDED) for pair in pairs)
    for one, other in cannot_link:
        assert grouping.group_of(one) != grouping.group_of(other)


def test_better_evidence_is_tried_first():
    """Node 1 fits either neighbour, and the neighbours contradict each other."""
    grouping = Grouping(nodes("arxiv:1", PLAIN, "arxiv:2"), (), lambda _one, _other: False)
    grouping.try_links([link(0, 1, score=0.99), link(1, 2, score=0.995)])
    assert sorted(grouping.groups()) == [[0], [1, 2]]


@pytest.mark.parametrize(
    ("method", "linked"),
    [(MatchMethod.NEAR_DUPLICATE, False), (MatchMethod.SAME_IDENTIFIER, True), (MatchMethod.DECIDED, True)],
)
def test_identifiers_outweigh_titles(method, linked):
    grouping = Grouping(nodes(PLAIN, PLAIN), (), lambda _one, _other: True)
    assert grouping.try_link(link(0, 1, method)) is linked
