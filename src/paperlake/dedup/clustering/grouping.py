"""From pairs to groups: which texts and identifiers are one paper, never chained through a contradiction.

Joins are tried best evidence first; each is refused if any two members of the groups contradict each other.
Where the pairs come from is not known here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field

# Best evidence first: a person's word, then identifiers, equal texts, and what the comparison found.
METHOD_RANK = {"decided": 0, "same_identifier": 1, "same_text": 2, "same_title": 3, "near_duplicate": 3}


@dataclass(frozen=True)
class Node:
    """One text under one set of identifiers: the smallest thing that is joined."""

    text: int
    """Row of the text."""
    arxiv_id: str | None
    doi: str | None


@dataclass(frozen=True)
class Join:
    """Evidence that two nodes are the same paper."""

    first: int
    second: int
    method: str
    score: float


@dataclass
class _Group:
    members: list[int]
    texts: set[int]
    arxiv_ids: set[str]
    dois: set[str]
    apart: set[int] = field(default_factory=set)
    """Texts that must not come in."""


TextsContradict = Callable[[int, int], bool]


class Grouping:
    """Groups of nodes, joined one piece of evidence at a time."""

    def __init__(
        self,
        nodes: Sequence[Node],
        apart: Iterable[tuple[int, int]],
        contradict: TextsContradict,
    ) -> None:
        """Begin with each node on its own.

        Args:
            nodes: The nodes; joins name them by their place here.
            apart: Pairs of texts that never belong to one paper, whatever joins them.
            contradict: Whether two texts' titles say that they are two works; identifiers outweigh it.
        """
        forbidden: dict[int, set[int]] = defaultdict(set)
        for one, other in apart:
            forbidden[one].add(other)
            forbidden[other].add(one)
        self._contradict = contradict
        self._parent = list(range(len(nodes)))
        self._groups = {
            number: _Group(
                members=[number],
                texts={node.text},
                arxiv_ids={node.arxiv_id} if node.arxiv_id else set(),
                dois={node.doi} if node.doi else set(),
                apart=set(forbidden.get(node.text, ())),
            )
            for number, node in enumerate(nodes)
        }
        self.accepted: list[Join] = []

    def find(self, node: int) -> int:
        """The number of the node's group."""
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def join_all(self, joins: Iterable[Join]) -> None:
        """Try all joins, best evidence first; equal evidence in the order of the nodes."""
        ordered = sorted(
            joins, key=lambda join: (METHOD_RANK[join.method], -join.score, join.first, join.second)
        )
        for join in ordered:
            self.join(join)

    def join(self, join: Join) -> bool:
        """Join two groups unless they contradict each other; whether they are one group now."""
        one, other = self.find(join.first), self.find(join.second)
        if one == other:
            return True
        if not self._compatible(self._groups[one], self._groups[other], join.method):
            return False
        self.accepted.append(join)
        keep, lose = (one, other) if one < other else (other, one)
        self._parent[lose] = keep
        kept, lost = self._groups[keep], self._groups.pop(lose)
        kept.members += lost.members
        kept.texts |= lost.texts
        kept.arxiv_ids |= lost.arxiv_ids
        kept.dois |= lost.dois
        kept.apart |= lost.apart
        return True

    def _compatible(self, one: _Group, other: _Group, method: str) -> bool:
        if one.apart & other.texts:
            return False
        if method == "decided":
            return True
        if identifiers_contradict(one.arxiv_ids, one.dois, other.arxiv_ids, other.dois):
            return False
        if method == "same_identifier":
            return True
        return not any(self._contradict(a, b) for a in one.texts for b in other.texts if a != b)

    def members(self, group: int) -> list[int]:
        """The nodes of a group."""
        return self._groups[group].members

    def groups(self) -> list[int]:
        """The numbers of all groups."""
        return list(self._groups)


def identifiers_contradict(
    one_arxiv: Set[str], one_dois: Set[str], other_arxiv: Set[str], other_dois: Set[str]
) -> bool:
    """Whether two sets of identifiers name two works.

    arXiv ids decide where both sides have one; DOIs decide only otherwise, for a preprint and its journal
    version have two.
    """
    if one_arxiv and other_arxiv:
        return one_arxiv.isdisjoint(other_arxiv)
    return bool(one_dois and other_dois) and one_dois.isdisjoint(other_dois)
