"""Groups that are merged two at a time: those of scipy, for any order of merges."""

from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import DisjointSet as Reference

from paperlake.dedup.clustering.disjoint_set import DisjointSet

NUMBERS = st.integers(0, 9)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=20))
def test_groups_are_those_of_scipy(merges: list[tuple[int, int]]) -> None:
    groups, reference = DisjointSet(range(10)), Reference(range(10))
    for one, other in merges:
        root = groups.merge(one, other)
        reference.merge(one, other)
        assert root in reference.subset(one)
        assert {groups.root(member) for member in groups.members(one)} == {root}
    for number in range(10):
        assert groups.members(number) == reference.subset(number)
        assert [groups.connected(number, n) for n in range(10)] == [
            reference.connected(number, n) for n in range(10)
        ]


def test_an_element_that_is_added_twice_keeps_its_group() -> None:
    groups = DisjointSet[str]()
    for element in ("a", "b", "a"):
        groups.add(element)
        groups.merge("a", element)
    assert groups.members("a") == {"a", "b"}
