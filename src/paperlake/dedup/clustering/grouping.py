"""Group nodes into connected components of links, with cannot-link constraints.

Links are tried best evidence first; a link is refused if any two members of the two groups contradict each
other, so that no chain of links connects a contradiction. How links are found is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from paperlake.catalogue.vocabulary import MatchMethod
from paperlake.dedup.clustering.disjoint_set import DisjointSet
from paperlake.dedup.clustering.identifiers import Identifiers

# Best evidence first: a person's decision, then identifiers, equal texts, and the match score.
METHOD_RANK = {
    MatchMethod.DECIDED: 0,
    MatchMethod.SAME_IDENTIFIER: 1,
    MatchMethod.SAME_TEXT: 2,
    MatchMethod.SAME_TITLE: 3,
    MatchMethod.NEAR_DUPLICATE: 3,
}


@dataclass(frozen=True)
class Node:
    """One text under one set of identifiers: the smallest thing that is linked."""

    text: int
    """Row of the text."""
    identifiers: Identifiers


@dataclass(frozen=True, slots=True)
class Link:
    """Evidence that two nodes are the same paper; the nodes are numbers, first < second."""

    first: int
    second: int
    method: MatchMethod
    score: float


@dataclass(slots=True)
class _Group:
    members: list[int]
    texts: set[int]
    identifiers: Identifiers
    cannot_link: set[int] = field(default_factory=set)
    """Texts that must not become members."""


TitlesContradict = Callable[[int, int], bool]
"""Tell if the titles of two texts name two works."""


class Grouping:
    """Groups of nodes, grown one link at a time."""

    def __init__(
        self,
        nodes: Sequence[Node],
        cannot_link: Iterable[tuple[int, int]],
        titles_contradict: TitlesContradict,
    ) -> None:
        """Put each node into a group of its own.

        Args:
            nodes: The nodes; links name them by their place here.
            cannot_link: Pairs of texts that never belong to one paper, whatever links them.
            titles_contradict: Applied to links that are weaker than an identifier.
        """
        forbidden: dict[int, set[int]] = defaultdict(set)
        for one, other in cannot_link:
            forbidden[one].add(other)
            forbidden[other].add(one)
        self._titles_contradict = titles_contradict
        self._components = DisjointSet(range(len(nodes)))
        self._groups = {
            number: _Group(
                members=[number],
                texts={node.text},
                identifiers=node.identifiers,
                cannot_link=set(forbidden.get(node.text, ())),
            )
            for number, node in enumerate(nodes)
        }
        self.accepted: list[Link] = []
        """The links that connected two groups, in order."""

    def group_of(self, node: int) -> int:
        """Return the number of the node's group, one of its members."""
        return self._components.root(node)

    def try_links(self, links: Iterable[Link]) -> None:
        """Try all links, best evidence first; equal evidence in the order of the nodes."""
        ordered = sorted(
            links, key=lambda link: (METHOD_RANK[link.method], -link.score, link.first, link.second)
        )
        for link in ordered:
            self.try_link(link)

    def try_link(self, link: Link) -> bool:
        """Connect two groups unless they contradict each other; tell if they are one group now."""
        one, other = self.group_of(link.first), self.group_of(link.second)
        if one == other:
            return True
        if not self._compatible(self._groups[one], self._groups[other], link.method):
            return False
        self.accepted.append(link)
        root = self._components.merge(one, other)
        kept, absorbed = self._groups[root], self._groups.pop(other if root == one else one)
        kept.members += absorbed.members
        kept.texts |= absorbed.texts
        kept.identifiers = kept.identifiers.union(absorbed.identifiers)
        kept.cannot_link |= absorbed.cannot_link
        return True

    def _compatible(self, one: _Group, other: _Group, method: MatchMethod) -> bool:
        if one.cannot_link & other.texts:
            return False
        if method == MatchMethod.DECIDED:
            return True
        if one.identifiers.contradict(other.identifiers):
            return False
        if method == MatchMethod.SAME_IDENTIFIER:
            return True
        return not any(self._titles_contradict(a, b) for a in one.texts for b in other.texts if a != b)

    def groups(self) -> list[list[int]]:
        """Return the members of every group, ascending."""
        return [sorted(group.members) for group in self._groups.values()]
