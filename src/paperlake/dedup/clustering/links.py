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

from paperlake.dedup.blocking.overlap import Ints
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.clustering.grouping import Grouping, Join, Node, identifiers_contradict
from paperlake.dedup.matching.title_rules import contradiction, marks_of_titles

# Nodes of one text that are joined each with each; more, and each is joined with the first only. A text under
# that many identifiers is a heading such as `Editorial`.
NODES_EACH_WITH_EACH = 8
NODE_KEYS = ("entry_id", "arxiv_identity", "doi_identity")
PAIR_SCHEMA = {"first": pl.Int64(), "second": pl.Int64()}


@dataclass(frozen=True)
class Joined:
    """Which node belongs to which group, why, and what was decided of each pair of texts."""

    nodes: pl.DataFrame
    """One row a node: entry_id, arxiv_identity, doi_identity, group, method, score."""
    plain_pairs: pl.DataFrame
    """first and second of the pairs that joined two texts of which no other evidence speaks."""
    groups_of_text: dict[int, frozenset[int]]
    """The groups of each text that was in any other join."""
    identifiers: Identifiers
    methods: dict[tuple[int, int], str]
    """Pairs of texts that something other than likeness speaks of: same_identifier or decided."""
    apart: frozenset[tuple[int, int]]
    """Pairs of texts that a person calls different."""
    undecided: frozenset[tuple[int, int]]
    """Pairs that look the same but would tie together what must stay apart, or could belong to either."""

    def undescribed_pairs(self, pairs: pl.DataFrame) -> tuple[Ints, Ints]:
        """Pairs of `methods` that the comparison has not described."""
        spoken_of = pl.DataFrame(sorted(self.methods), schema=PAIR_SCHEMA, orient="row")
        missing = spoken_of.join(pairs, on=list(PAIR_SCHEMA), how="anti", maintain_order="left")
        return missing["first"].to_numpy(), missing["second"].to_numpy()

    def judge(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Set method, score and decision of described pairs to what came out for the texts."""
        numbered = pairs.with_row_index("place")
        settled = numbered.join(self.plain_pairs, on=list(PAIR_SCHEMA), how="semi")
        others = numbered.join(settled.select("place"), on="place", how="anti")
        columns = others.select("first", "second", "method", "score", "decision")
        judged = pl.DataFrame(
            [self._judged(*row) for row in columns.iter_rows()],
            schema={"method": pl.String, "score": pl.Float64, "decision": pl.String},
            orient="row",
        )
        return pl.concat([settled, others.with_columns(judged)]).sort("place").drop("place")

    def _judged(
        self, first: int, second: int, method: str, score: float, decision: str
    ) -> tuple[str, float, str]:
        """Method, score and decision of one pair."""
        nowhere: frozenset[int] = frozenset()
        together = bool(self.groups_of_text.get(first, nowhere) & self.groups_of_text.get(second, nowhere))
        pair = (first, second)
        if pair in self.methods:
            return self.methods[pair], float(together), "same" if together else "different"
        if together:
            return method, score, "same"
        if pair in self.apart or self.identifiers.contradict(first, second):
            return method, score, "different"
        return method, score, "unsure" if decision == "same" or pair in self.undecided else decision


@dataclass(frozen=True)
class Identifiers:
    """The arXiv ids and DOIs of each text that has any."""

    arxiv_ids: dict[int, frozenset[str]]
    dois: dict[int, frozenset[str]]

    @classmethod
    def of(cls, nodes: pl.DataFrame, texts: pl.Series) -> Identifiers:
        """Those of some texts."""
        chosen = nodes.join(texts.unique().to_frame("text"), on="text", how="semi")
        found = []
        for column in ("arxiv_identity", "doi_identity"):
            known = chosen.filter(pl.col(column).is_not_null()).group_by("text").agg(column)
            found.append({text: frozenset(values) for text, values in known.iter_rows()})
        return cls(*found)

    def contradict(self, first: int, second: int) -> bool:
        """Whether the identifiers of two texts name two works."""
        nothing: frozenset[str] = frozenset()
        return identifiers_contradict(
            self.arxiv_ids.get(first, nothing),
            self.dois.get(first, nothing),
            self.arxiv_ids.get(second, nothing),
            self.dois.get(second, nothing),
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
    """The row of a text; nodes stand in the order of the texts' entry_id, and every text has one."""
    assert texts["entry_id"].is_sorted()  # noqa: S101  # `texts_of` sorts
    return pl.col("entry_id").rle_id().cast(pl.Int64)


class _Evidence:
    """Collects joins between nodes; only nodes with any evidence become part of the grouping."""

    def __init__(
        self, nodes: pl.DataFrame, texts: pl.DataFrame, pairs: pl.DataFrame, decisions: Sequence[Decision]
    ) -> None:
        self._nodes = nodes
        self._texts = texts
        self._pairs = pairs
        self._involved: list[int] = []
        self._local: dict[int, int] = {}
        self.joins: list[Join] = []
        self.title_joins: dict[int, list[tuple[int, float, str]]] = defaultdict(list)
        self.apart: set[tuple[int, int]] = set()
        self.undecided: set[tuple[int, int]] = set()
        self.methods: dict[tuple[int, int], str] = {}
        self._text_of = nodes["text"].to_numpy()
        self._first_node = np.searchsorted(self._text_of, np.arange(texts.height + 1))
        self._same_identifiers()
        self._same_texts()
        self._decided(decisions)
        same = pairs.filter(pl.col("decision") == "same")
        self.plain_pairs = self._plain(same)
        self._alike(same.join(self.plain_pairs, on=list(PAIR_SCHEMA), how="anti", maintain_order="left"))

    def _plain(self, same: pl.DataFrame) -> pl.DataFrame:
        """The pairs of two texts with abstracts of which nothing else speaks: they are joined as they are.

        All that `Grouping` refuses is absent: identifiers on both sides, decisions, further texts. Most pairs
        are of this kind, and are joined without a look at each.
        """
        spoken_of = {int(self._text_of[node]) for join in self.joins for node in (join.first, join.second)}
        spoken_of |= {text for pair in self.apart for text in pair}
        ends = pl.concat([same["first"], same["second"]])
        busy = pl.concat([ends.filter(ends.is_duplicated()), pl.Series(sorted(spoken_of), dtype=pl.Int64)])
        identified = self._nodes.filter(pl.any_horizontal(pl.col(NODE_KEYS[1:]).is_not_null()))["text"]
        free = pl.col("abstract_similarity").is_not_null()
        for end in PAIR_SCHEMA:
            free &= ~pl.col(end).is_in(busy.implode())
        both = pl.col("first").is_in(identified.implode()) & pl.col("second").is_in(identified.implode())
        return same.filter(free & ~both).select(*PAIR_SCHEMA, "method", "score")

    def _nodes_of_text(self, text: int) -> range:
        return range(int(self._first_node[text]), int(self._first_node[text + 1]))

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
                    self._note(int(self._text_of[members[0]]), int(self._text_of[other]), "same_identifier")

    def _note(self, one: int, other: int, method: str) -> None:
        if one != other:
            self.methods[min(one, other), max(one, other)] = method

    def _same_texts(self) -> None:
        repeated = self._nodes.with_row_index("node").filter(pl.len().over("text") > 1)
        for members in repeated.group_by("text", maintain_order=True).agg("node")["node"].to_list():
            for one, other in _some_pairs(members):
                self.joins.append(Join(one, other, "same_text", 1.0))

    def _alike(self, same: pl.DataFrame) -> None:
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
            if decision.same:
                for nodes in self._node_pairs(one, other):
                    self.joins.append(Join(min(nodes), max(nodes), "decided", 1.0))
            else:
                self.apart.add((min(one, other), max(one, other)))

    def group(self) -> Grouping:
        """Try all joins; then those of titles without abstracts, where there is only one paper to join."""
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
        rows = self._nodes.select("text", *NODE_KEYS[1:])[involved].rows()
        texts = sorted({text for text, _, _ in rows})
        marks = dict(zip(texts, marks_of_titles(self._texts["title"].gather(texts)), strict=True))
        grouping = Grouping(
            [Node(*row) for row in rows],
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
        found = pl.concat([self._grouped(grouping), self._plainly_grouped()])
        groups_of_text: dict[int, set[int]] = defaultdict(set)
        for node, group in found.select("node", "group").iter_rows():
            groups_of_text[int(self._text_of[node])].add(group)
        nodes = (
            self._nodes.select(*NODE_KEYS)
            .with_row_index("node")
            .with_columns(pl.col("node").cast(pl.Int64))
            .join(found, on="node", how="left", maintain_order="left")
        )
        return Joined(
            nodes=nodes.with_columns(
                pl.col("group").fill_null(pl.col("node")),
                pl.col("method").fill_null("same_text"),
                pl.col("score").fill_null(1.0),
            ).drop("node"),
            plain_pairs=self.plain_pairs.select(*PAIR_SCHEMA),
            groups_of_text={text: frozenset(found) for text, found in groups_of_text.items()},
            identifiers=Identifiers.of(self._nodes, pl.concat([self._pairs["first"], self._pairs["second"]])),
            methods=self.methods,
            apart=frozenset(self.apart),
            undecided=frozenset(self.undecided),
        )

    def _plainly_grouped(self) -> pl.DataFrame:
        """Nodes of plain pairs: the lesser of two numbers their group, and the join the reason of both."""
        ones, others = (self._first_node[self.plain_pairs[end].to_numpy()] for end in PAIR_SCHEMA)
        least = np.minimum(ones, others)
        return pl.concat(
            pl.DataFrame(
                {"node": nodes, "group": least}, schema={"node": pl.Int64, "group": pl.Int64}
            ).hstack(self.plain_pairs.select("method", "score"))
            for nodes in (ones, others)
        )

    def _grouped(self, grouping: Grouping) -> pl.DataFrame:
        """For each node in the grouping its group, and its first join on the way to the first source."""
        neighbours: dict[int, list[tuple[int, Join]]] = defaultdict(list)
        for join in grouping.accepted:
            neighbours[join.first].append((join.second, join))
            neighbours[join.second].append((join.first, join))
        first_rows = dict(enumerate(self._nodes["first_row"].gather(self._involved)))
        found = []
        for group in grouping.groups():
            members = grouping.members(group)
            name = self._involved[group]
            first = min(members, key=first_rows.__getitem__)
            found.append((self._involved[first], name, "same_text", 1.0))
            reached, frontier = {first}, [first]
            while frontier:
                for there, join in neighbours[frontier.pop()]:
                    if there not in reached:
                        reached.add(there)
                        frontier.append(there)
                        found.append((self._involved[there], name, join.method, join.score))
        schema = {"node": pl.Int64, "group": pl.Int64, "method": pl.String, "score": pl.Float64}
        return pl.DataFrame(found, schema=schema, orient="row")


def _some_pairs(members: list[int]) -> Iterable[tuple[int, int]]:
    if len(members) <= NODES_EACH_WITH_EACH:
        return combinations(members, 2)
    return ((members[0], other) for other in members[1:])
