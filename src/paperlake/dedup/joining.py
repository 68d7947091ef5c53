"""All evidence on texts and identifiers: the joins that `grouping.py` tries, and what came out.

A node is one text under one set of identifiers, so that equal texts of contradicting identifiers can be two
papers. What the comparison of texts found comes from `matching.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import polars as pl

from paperlake.dedup.decisions import Decision
from paperlake.dedup.grouping import Grouping, Join, Node, identifiers_contradict
from paperlake.dedup.marks import contradiction, marks_of_titles
from paperlake.dedup.overlap import Ints

# Nodes of one text that are joined each with each; more, and each is joined with the first only. A text under
# that many identifiers is a heading such as `Editorial`.
NODES_EACH_WITH_EACH = 8
NODE_KEYS = ("entry_id", "arxiv_identity", "doi_identity")


@dataclass(frozen=True)
class Joined:
    """Which node belongs to which group, why, and what was decided of each pair of texts."""

    nodes: pl.DataFrame
    """One row a node: entry_id, arxiv_identity, doi_identity, group, method, score."""
    groups_of_text: dict[int, frozenset[int]]
    """The groups of each text that was in any join."""
    identifiers_of_text: dict[int, tuple[frozenset[str], frozenset[str]]]
    """arXiv ids and DOIs of the texts that were in any join."""
    methods: dict[tuple[int, int], str]
    """Pairs of texts that something other than likeness speaks of: same_identifier or decided."""
    apart: frozenset[tuple[int, int]]
    """Pairs of texts that a person or their identifiers call different."""
    undecided: frozenset[tuple[int, int]]
    """Pairs that look the same but would tie together what must stay apart, or could belong to either."""

    def undescribed_pairs(self, pairs: pl.DataFrame) -> tuple[Ints, Ints]:
        """Pairs of `methods` that the comparison has not described."""
        known = set(zip(pairs["first"].to_list(), pairs["second"].to_list(), strict=True))
        missing = np.array(sorted(pair for pair in self.methods if pair not in known), np.int64).reshape(
            -1, 2
        )
        return missing[:, 0], missing[:, 1]

    def same_paper(self, first: int, second: int) -> bool:
        """Whether two texts have become the same paper."""
        return bool(
            self.groups_of_text.get(first, frozenset()) & self.groups_of_text.get(second, frozenset())
        )

    def _identifiers_differ(self, first: int, second: int) -> bool:
        nothing: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        return identifiers_contradict(
            *self.identifiers_of_text.get(first, nothing), *self.identifiers_of_text.get(second, nothing)
        )

    def judge(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Set method, score and decision of described pairs to what came out for the texts."""
        methods, scores, decisions = [], [], []
        columns = pairs.select("first", "second", "method", "score", "decision")
        for first, second, method, score, decision in columns.iter_rows():
            pair = (first, second)
            together = self.same_paper(first, second)
            methods.append(self.methods.get(pair, method))
            certain = pair in self.methods
            scores.append(float(together) if certain else score)
            if together:
                decisions.append("same")
            elif pair in self.apart or certain or self._identifiers_differ(first, second):
                decisions.append("different")
            elif decision == "same" or pair in self.undecided:
                decisions.append("unsure")
            else:
                decisions.append(decision)
        return pairs.with_columns(
            method=pl.Series(methods, dtype=pl.String),
            score=pl.Series(scores, dtype=pl.Float64),
            decision=pl.Series(decisions, dtype=pl.String),
        )


def nodes_of(sources: pl.DataFrame) -> pl.DataFrame:
    """The distinct texts under their identifiers, in their own order, and the first source of each."""
    return (
        sources.with_row_index("first_row")
        .group_by(NODE_KEYS)
        .agg(pl.col("first_row").min())
        .sort(NODE_KEYS, nulls_last=True)
    )


def join_texts(
    sources: pl.DataFrame, texts: pl.DataFrame, pairs: pl.DataFrame, decisions: Sequence[Decision]
) -> Joined:
    """Group texts and identifiers into papers.

    Args:
        sources: Entries with arxiv_identity and doi_identity.
        texts: The distinct texts in order of entry_id.
        pairs: What the comparison found of pairs of texts.
        decisions: What people decided; those about absent entries have no effect.
    """
    nodes = nodes_of(sources).with_columns(text=_rows_of(texts))
    evidence = _Evidence(nodes, texts, pairs, decisions)
    grouping = evidence.group()
    return evidence.outcome(grouping)


def _rows_of(texts: pl.DataFrame) -> pl.Expr:
    return pl.col("entry_id").replace_strict(
        texts["entry_id"], pl.int_range(texts.height, eager=True), return_dtype=pl.Int64
    )


class _Evidence:
    """Collects joins between nodes; only nodes with any evidence become part of the grouping."""

    def __init__(
        self, nodes: pl.DataFrame, texts: pl.DataFrame, pairs: pl.DataFrame, decisions: Sequence[Decision]
    ) -> None:
        self._nodes = nodes
        self._texts = texts
        self._involved: list[int] = []
        self._local: dict[int, int] = {}
        self.joins: list[Join] = []
        self.title_joins: dict[int, list[tuple[int, float, str]]] = defaultdict(list)
        self.apart: set[tuple[int, int]] = set()
        self.undecided: set[tuple[int, int]] = set()
        self.methods: dict[tuple[int, int], str] = {}
        self._text_of = nodes["text"].to_list()
        self._first_node = _first_nodes(self._text_of)
        self._same_identifiers()
        self._same_texts()
        self._alike(pairs)
        self._decided(decisions)

    def _nodes_of_text(self, text: int) -> range:
        begin = self._first_node[text]
        return range(begin, self._first_node[text + 1])

    def _same_identifiers(self) -> None:
        """Each node of an identifier is joined with the first node that has it."""
        for column in ("arxiv_identity", "doi_identity"):
            shared = (
                self._nodes.with_row_index("node")
                .filter(pl.col(column).is_not_null())
                .filter(pl.len().over(column) > 1)
                .group_by(column, maintain_order=True)
                .agg("node")
            )
            for members in shared["node"].to_list():
                for other in members[1:]:
                    self.joins.append(Join(members[0], other, "same_identifier", 1.0))
                    self._note(self._text_of[members[0]], self._text_of[other], "same_identifier")

    def _note(self, one: int, other: int, method: str) -> None:
        if one != other:
            self.methods[min(one, other), max(one, other)] = method

    def _same_texts(self) -> None:
        repeated = self._nodes.with_row_index("node").filter(pl.len().over("text") > 1)
        for members in repeated.group_by("text", maintain_order=True).agg("node")["node"].to_list():
            for one, other in _some_pairs(members):
                self.joins.append(Join(one, other, "same_text", 1.0))

    def _alike(self, pairs: pl.DataFrame) -> None:
        told_apart = pairs.filter(pl.col("reason").is_not_null())
        self.apart.update(told_apart.select("first", "second").iter_rows())
        same = pairs.filter(pl.col("decision") == "same")
        columns = same.select("first", "second", "method", "score", "abstract_similarity")
        for first, second, method, score, abstract_similarity in columns.iter_rows():
            if abstract_similarity is None:
                for text, other in ((first, second), (second, first)):
                    if self._texts["abstract"][text] is None:
                        self.title_joins[text].append((other, score, method))
                continue
            for one, other in self._node_pairs(first, second):
                self.joins.append(Join(min(one, other), max(one, other), method, score))

    def _node_pairs(self, first: int, second: int) -> Iterable[tuple[int, int]]:
        ones, others = self._nodes_of_text(first), self._nodes_of_text(second)
        if len(ones) * len(others) <= NODES_EACH_WITH_EACH:
            return product(ones, others)
        return ((ones[0], others[0]),)

    def _decided(self, decisions: Sequence[Decision]) -> None:
        rows = (
            dict(zip(self._texts["entry_id"].to_list(), range(self._texts.height), strict=True))
            if decisions
            else {}
        )
        for decision in decisions:
            one, other = (rows.get(entry_id) for entry_id in decision.pair)
            if one is None or other is None or one == other:
                continue
            self._note(one, other, "decided")
            pair = (min(one, other), max(one, other))
            self.apart.discard(pair)
            if decision.same:
                for nodes in self._node_pairs(one, other):
                    self.joins.append(Join(min(nodes), max(nodes), "decided", 1.0))
            else:
                self.apart.add(pair)

    def group(self) -> Grouping:
        """Try all joins; then those of titles without abstracts, where there is only one paper to join."""
        rows = self._nodes.select("text", *NODE_KEYS[1:]).rows()
        involved = sorted(
            {node for join in self.joins for node in (join.first, join.second)}
            | {
                node
                for text, found in self.title_joins.items()
                for row in (text, *(other for other, _, _ in found))
                for node in self._nodes_of_text(row)
            }
        )
        self._involved = involved
        self._local = {node: number for number, node in enumerate(involved)}
        texts = sorted({rows[node][0] for node in involved})
        marks = dict(zip(texts, marks_of_titles(self._texts["title"].gather(texts)), strict=True))
        grouping = Grouping(
            [Node(*rows[node]) for node in involved],
            self.apart,
            lambda one, other: contradiction(marks[one], marks[other]) is not None,
        )
        grouping.join_all(
            Join(self._local[join.first], self._local[join.second], join.method, join.score)
            for join in self.joins
        )
        for text in sorted(self.title_joins):
            self._join_by_title(grouping, text)
        return grouping

    def _join_by_title(self, grouping: Grouping, text: int) -> None:
        """Join a text without abstract to the one paper of that title; with two such papers, to neither."""
        found = sorted(self.title_joins[text])
        papers = {
            grouping.find(self._local[node]) for other, _, _ in found for node in self._nodes_of_text(other)
        }
        own = {grouping.find(self._local[node]) for node in self._nodes_of_text(text)}
        if len(papers - own) > 1 or len(own) > 1:
            self.undecided.update((min(text, other), max(text, other)) for other, _, _ in found)
            return
        for other, score, method in found:
            for one, another in self._node_pairs(text, other):
                ends = sorted((self._local[one], self._local[another]))
                grouping.join(Join(ends[0], ends[1], method, score))

    def outcome(self, grouping: Grouping) -> Joined:
        """What the grouping came to, for nodes and for pairs of texts."""
        groups = list(range(self._nodes.height))
        groups_of_text: dict[int, set[int]] = defaultdict(set)
        for local, node in enumerate(self._involved):
            groups[node] = self._involved[grouping.find(local)]
            groups_of_text[self._text_of[node]].add(groups[node])
        methods, scores = self._reasons(grouping)
        return Joined(
            nodes=self._nodes.select(*NODE_KEYS).with_columns(
                group=pl.Series(groups, dtype=pl.Int64),
                method=pl.Series(methods, dtype=pl.String),
                score=pl.Series(scores, dtype=pl.Float64),
            ),
            groups_of_text={text: frozenset(found) for text, found in groups_of_text.items()},
            identifiers_of_text=self._identifiers(groups_of_text),
            methods=self.methods,
            apart=frozenset(self.apart),
            undecided=frozenset(self.undecided),
        )

    def _reasons(self, grouping: Grouping) -> tuple[list[str], list[float]]:
        """For each node, what joined it to its paper: its first join on the way to the first source."""
        methods, scores = ["same_text"] * self._nodes.height, [1.0] * self._nodes.height
        neighbours: dict[int, list[tuple[int, Join]]] = defaultdict(list)
        for join in grouping.accepted:
            neighbours[join.first].append((join.second, join))
            neighbours[join.second].append((join.first, join))
        first_rows = self._nodes["first_row"].to_list()
        for group in grouping.groups():
            members = grouping.members(group)
            reached = {min(members, key=lambda local: first_rows[self._involved[local]])}
            frontier = list(reached)
            while frontier:
                here = frontier.pop()
                for there, join in neighbours[here]:
                    if there not in reached:
                        reached.add(there)
                        frontier.append(there)
                        methods[self._involved[there]] = join.method
                        scores[self._involved[there]] = join.score
        return methods, scores

    def _identifiers(self, texts: Iterable[int]) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
        arxiv_ids, dois = self._nodes["arxiv_identity"].to_list(), self._nodes["doi_identity"].to_list()
        return {
            text: (
                frozenset(arxiv_ids[node] for node in self._nodes_of_text(text) if arxiv_ids[node]),
                frozenset(dois[node] for node in self._nodes_of_text(text) if dois[node]),
            )
            for text in texts
        }


def _first_nodes(text_of_node: list[int]) -> list[int]:
    """Where each text's nodes begin; nodes stand in the order of their texts, and every text has one."""
    begins = [node for node, text in enumerate(text_of_node) if node == 0 or text_of_node[node - 1] != text]
    return [*begins, len(text_of_node)]


def _some_pairs(members: list[int]) -> Iterable[tuple[int, int]]:
    if len(members) <= NODES_EACH_WITH_EACH:
        return combinations(members, 2)
    return ((members[0], other) for other in members[1:])
