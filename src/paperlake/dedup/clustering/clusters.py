"""Cluster texts and identifiers into papers: try all links, and record what came of each node.

Which links there are is in `links.py`, which are refused in `grouping.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.catalogue.vocabulary import MatchMethod
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.clustering.grouping import Grouping, Link, Node
from paperlake.dedup.clustering.identities import identifiers_of
from paperlake.dedup.clustering.independent import independent_parts
from paperlake.dedup.clustering.links import (
    NODE_KEY,
    PAIR_SCHEMA,
    Links,
    Nodes,
    TextPair,
    TitleLink,
    collect_links,
)
from paperlake.dedup.matching.title_rules import cannot_link_reason, title_features

_GROUP_SCHEMA = {"node": pl.Int64(), "group": pl.Int64(), "method": pl.String(), "score": pl.Float64()}


@dataclass(frozen=True)
class Clusters:
    """The group of each node, and the pairs of texts that no group could be found for."""

    nodes: Nodes
    links: Links
    groups: pl.DataFrame
    """One row per node: `NODE_KEY`, group, and the method and score that linked it."""
    groups_of_text: dict[int, frozenset[int]]
    """The groups of each text that is in a link."""
    ambiguous_pairs: frozenset[TextPair]
    """A text without abstract, and the texts of several papers that it could belong to."""


def cluster_texts(
    sources: pl.DataFrame, texts: pl.DataFrame, pairs: pl.DataFrame, decisions: Sequence[Decision]
) -> Clusters:
    """Group texts and identifiers into papers.

    Args:
        sources: Entries with the identity columns, in order.
        texts: The distinct texts in order of entry_id.
        pairs: Scored pairs of texts.
        decisions: What people decided; those about absent entries have no effect.
    """
    nodes = Nodes.of(sources, texts)
    links = collect_links(nodes, texts, pairs, decisions)
    parts = [_groups_of_isolated(nodes, links.isolated_pairs)]
    ambiguous: set[TextPair] = set()
    for part in independent_parts(nodes, links):
        linked = _LinkedNodes.of(nodes, part)
        grouping, pairs_of_part = _group(linked, part, texts)
        parts.append(_groups_of_linked(linked, grouping))
        ambiguous |= pairs_of_part
    found = pl.concat(parts)
    groups_of_text: dict[int, set[int]] = defaultdict(set)
    for node, group in found.select("node", "group").iter_rows():
        groups_of_text[int(nodes.text_of[node])].add(group)
    groups = (
        nodes.frame.select(*NODE_KEY)
        .with_columns(node=pl.int_range(pl.len(), dtype=pl.Int64))
        .join(found, on="node", how="left", maintain_order="left")
        .with_columns(
            pl.col("group").fill_null(pl.col("node")),
            pl.col("method").fill_null(pl.lit(MatchMethod.SAME_TEXT)),
            pl.col("score").fill_null(1.0),
        )
        .drop("node")
    )
    return Clusters(
        nodes,
        links,
        groups,
        {text: frozenset(of) for text, of in groups_of_text.items()},
        frozenset(ambiguous),
    )


@dataclass(frozen=True)
class _LinkedNodes:
    """The nodes that have a link. Only these are grouped: most nodes have none and would cost memory."""

    nodes: Nodes
    numbers: list[int]
    """The numbers of the linked nodes in `nodes`, ascending."""
    place: dict[int, int]
    """The place of each in `numbers`; the grouping knows a node by its place."""

    @classmethod
    def of(cls, nodes: Nodes, links: Links) -> _LinkedNodes:
        """Select the nodes that any link names."""
        texts = set(links.title_links)
        texts |= {link.other for found in links.title_links.values() for link in found}
        numbers = {node for link in links.links for node in (link.first, link.second)}
        numbers |= {node for text in texts for node in nodes.of_text(text)}
        ordered = sorted(numbers)
        return cls(nodes, ordered, {node: place for place, node in enumerate(ordered)})

    def places_of_text(self, text: int) -> list[int]:
        """Return the places of the nodes of a text."""
        return [self.place[node] for node in self.nodes.of_text(text)]


def _group(linked: _LinkedNodes, links: Links, texts: pl.DataFrame) -> tuple[Grouping, set[TextPair]]:
    """Try all links, those of titles without abstracts last; return the ambiguous pairs of texts too."""
    rows = linked.nodes.frame.select("text", "identities")[linked.numbers].rows()
    used = sorted({row[0] for row in rows})
    titles = dict(zip(used, title_features(texts["title"].gather(used)), strict=True))
    grouping = Grouping(
        [Node(text, identifiers_of(identities)) for text, identities in rows],
        links.cannot_link,
        lambda one, other: cannot_link_reason(titles[one], titles[other]) is not None,
    )
    place = linked.place
    grouping.try_links(
        Link(place[link.first], place[link.second], link.method, link.score) for link in links.links
    )
    ambiguous: set[TextPair] = set()
    for text in sorted(links.title_links):
        ambiguous |= _try_title_links(linked, grouping, text, sorted(links.title_links[text]))
    return grouping, ambiguous


def _try_title_links(
    linked: _LinkedNodes, grouping: Grouping, text: int, links: Sequence[TitleLink]
) -> set[TextPair]:
    """Link a text without abstract to the one paper of its title; with two such papers, to neither.

    Returns:
        The pairs of texts that are ambiguous because there are two papers; empty otherwise.
    """
    papers = {grouping.group_of(place) for link in links for place in linked.places_of_text(link.other)}
    own = {grouping.group_of(place) for place in linked.places_of_text(text)}
    if len(papers - own) > 1 or len(own) > 1:
        return {(min(text, link.other), max(text, link.other)) for link in links}
    for link in links:
        for pair in linked.nodes.pairs_between(text, link.other):
            first, second = sorted(linked.place[node] for node in pair)
            grouping.try_link(Link(first, second, link.method, link.score))
    return set()


def _groups_of_linked(linked: _LinkedNodes, grouping: Grouping) -> pl.DataFrame:
    """Return for each linked node its group, and its first link on the path to the first source."""
    neighbours: dict[int, list[tuple[int, Link]]] = defaultdict(list)
    for link in grouping.accepted:
        neighbours[link.first].append((link.second, link))
        neighbours[link.second].append((link.first, link))
    first_rows = linked.nodes.frame["first_row"].gather(linked.numbers).to_list()
    rows: list[tuple[int, int, str, float]] = []
    for members in grouping.groups():
        group = linked.numbers[members[0]]
        first = min(members, key=first_rows.__getitem__)
        rows.append((linked.numbers[first], group, MatchMethod.SAME_TEXT.value, 1.0))
        reached, frontier = {first}, [first]
        while frontier:
            for node, link in neighbours[frontier.pop()]:
                if node not in reached:
                    reached.add(node)
                    frontier.append(node)
                    rows.append((linked.numbers[node], group, link.method.value, link.score))
    return pl.DataFrame(rows, schema=_GROUP_SCHEMA, orient="row")


def _groups_of_isolated(nodes: Nodes, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return for the nodes of isolated pairs their group, the lesser of the two, and the link of both."""
    first, second = (nodes.first_node[pairs[end].to_numpy()] for end in PAIR_SCHEMA)
    links = pairs.select("method", "score")
    return pl.concat(
        pl.DataFrame({"node": ends, "group": np.minimum(first, second)}).hstack(links)
        for ends in (first, second)
    )
