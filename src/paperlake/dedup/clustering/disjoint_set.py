"""A disjoint set: elements in groups that are merged two at a time (Tarjan 1975)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, TypeVar

Element = TypeVar("Element", bound=Hashable)


class DisjointSet(Generic[Element]):
    """Groups of elements, each known by one of its members, its root."""

    def __init__(self, elements: Iterable[Element] = ()) -> None:
        """Put each element into a group of its own."""
        self._parents: dict[Element, Element] = {element: element for element in elements}
        self._sizes = dict.fromkeys(self._parents, 1)

    def add(self, element: Element) -> None:
        """Put an element into a group of its own; nothing happens if it is known."""
        if element not in self._parents:
            self._parents[element] = element
            self._sizes[element] = 1

    def root(self, element: Element) -> Element:
        """Return the member by which the group of an element is known, until it is merged."""
        parents = self._parents
        parent = parents[element]
        while parent != element:
            parents[element] = parents[parent]  # halves the path for the next time
            element = parents[element]
            parent = parents[element]
        return element

    def merge(self, one: Element, other: Element) -> Element:
        """Merge the groups of two elements; return the root: of the larger group, or of the first."""
        kept, absorbed = self.root(one), self.root(other)
        if kept == absorbed:
            return kept
        if self._sizes[kept] < self._sizes[absorbed]:
            kept, absorbed = absorbed, kept
        self._parents[absorbed] = kept
        self._sizes[kept] += self._sizes.pop(absorbed)
        return kept

    def connected(self, one: Element, other: Element) -> bool:
        """Return whether two elements are in one group."""
        return self.root(one) == self.root(other)

    def members(self, element: Element) -> set[Element]:
        """Return all elements of the group of an element."""
        root = self.root(element)
        return {one for one in self._parents if self.root(one) == root}
