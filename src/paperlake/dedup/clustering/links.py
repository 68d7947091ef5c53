"""Collect the links between nodes: equal identifiers, equal texts, match decisions, people's decisions.

A node is one text under one set of identifiers, so that equal texts of contradicting identifiers can be two
papers. The links are tried in `clusters.py`; the decisions on pairs of texts come from `matching/model.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import NamedTuple

import numpy as np
import polars as pl

from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.clustering.grouping import Link
from paperlake.dedup.clustering.identifiers import CONTAINER_SCHEMES, HEADING
from paperlake.dedup.clustering.identities import SEPARATOR
from paperlake.vectors.arrays import Ints

# Nodes of one text are linked each with each up to this number, beyond it each with the first only. A text
# under that many identifiers is a heading such as `Editorial`.
MAX_FULLY_LINKED_NODES = 8
NODE_KEY = ("entry_id", "identities")
PAIR_SCHEMA = {"first": pl.Int64(), "second": pl.Int64()}

TextPair = tuple[int, int]
"""Rows of two texts, the lesser first."""


@dataclass(frozen=True)
class Nodes:
    """The nodes in the order of their key, so that the nodes of a text are next to each other."""

    frame: pl.DataFrame
    """One row per node: `NODE_KEY`, text (row of the text), first_row (row of its first source)."""
    text_of: Ints
    """The text of each node."""
    first_node: Ints
    """The first node of each text, and at the end the number of nodes."""

    @classmethod
    def of(cls, sources: pl.DataFrame, texts: pl.DataFrame) -> Nodes:
        """List the distinct texts under their identifiers.

        Args:
            sources: Entries with the column identities.
            texts: The distinct texts of the sources in order of entry_id.
        """
        assert texts["entry_id"].is_sorted()  # noqa: S101  # `texts_of` sorts
        frame = (
            sources.with_row_index("first_row")
            .group_by(NODE_KEY)
            .agg(pl.col("first_row").min())
            .sort(NODE_KEY, nulls_last=True)
            .with_columns(text=pl.col("entry_id").rle_id().cast(pl.Int64))
        )
        text_of = frame["text"].to_numpy()
        return cls(frame, text_of, np.searchsorted(text_of, np.arange(texts.height + 1)))

    def of_text(self, text: int) -> range:
        """Return the nodes of a text."""
        return range(int(self.first_node[text]), int(self.first_node[text + 1]))

    def pairs_between(self, one: int, other: int) -> Iterator[tuple[int, int]]:
        """Yield the pairs of nodes of two texts, the lesser first; of many, the pair of the first two."""
        ones, others = self.of_text(one), self.of_text(other)
        if len(ones) * len(others) > MAX_FULLY_LINKED_NODES:
            ones, others = ones[:1], others[:1]
        for pair in product(ones, others):
            yield min(pair), max(pair)


class TitleLink(NamedTuple):
    """A text that has the title of a text without abstract."""

    other: int
    score: float
    method: MatchMethod


@dataclass(frozen=True)
class Links:
    """All evidence that texts are, or are not, one paper."""

    links: Sequence[Link]
    """Between nodes."""
    title_links: Mapping[int, Sequence[TitleLink]]
    """Of each text without abstract, tried after all others: two papers may have its title."""
    isolated_pairs: pl.DataFrame
    """first, second, method, score of pairs of texts that nothing else links or separates."""
    methods: Mapping[TextPair, MatchMethod]
    """Pairs of texts that something other than the match score decides: same_identifier or decided."""
    cannot_link: frozenset[TextPair]
    """Pairs of texts that a person calls different."""


def collect_links(
    nodes: Nodes, texts: pl.DataFrame, pairs: pl.DataFrame, decisions: Sequence[Decision]
) -> Links:
    """Collect all links.

    Args:
        nodes: The nodes of `texts`.
        texts: The distinct texts in order of entry_id: entry_id, abstract.
        pairs: Scored pairs of texts.
        decisions: What people decided; those about absent entries have no effect.
    """
    by_identifier = list(_identifier_links(nodes))
    decided = _decided_pairs(texts, decisions)
    same_by_decision = [pair for pair, same in decided if same]
    cannot_link = frozenset(pair for pair, same in decided if not same)
    links = by_identifier + list(_text_links(nodes))
    links += _links_between(nodes, same_by_decision, MatchMethod.DECIDED)
    same = pairs.filter(pl.col("decision") == MatchDecision.SAME)
    isolated = _isolated_pairs(nodes, same, links, cannot_link)
    others = same.join(isolated, on=list(PAIR_SCHEMA), how="anti", maintain_order="left")
    score_links, title_links = _score_links(nodes, texts, others)
    return Links(
        links=[*links, *score_links],
        title_links=title_links,
        isolated_pairs=isolated,
        methods=_methods(nodes, by_identifier, [pair for pair, _ in decided]),
        cannot_link=cannot_link,
    )


def _identifier_links(nodes: Nodes) -> Iterator[Link]:
    """Link each node of an identifier with the first node that has it."""
    shared = (
        nodes.frame.with_row_index("node")
        .select("node", pl.col("identities").str.split(SEPARATOR))
        .drop_nulls()
        .explode("identities", empty_as_null=False)
        .filter(~pl.col("identities").str.extract(r"^([^:]+):").is_in(CONTAINER_SCHEMES | {HEADING}))
        .unique(maintain_order=True)
        .filter(pl.len().over("identities") > 1)
        .group_by("identities", maintain_order=True)
        .agg("node")
    )
    for members in shared["node"].to_list():
        for other in members[1:]:
            yield Link(members[0], other, MatchMethod.SAME_IDENTIFIER, 1.0)


def _text_links(nodes: Nodes) -> Iterator[Link]:
    """Link the nodes of one text."""
    repeated = nodes.frame.with_row_index("node").filter(pl.len().over("text") > 1)
    for members in repeated.group_by("text", maintain_order=True).agg("node")["node"].to_list():
        all_pairs = len(members) <= MAX_FULLY_LINKED_NODES
        for one, other in combinations(members, 2) if all_pairs else product(members[:1], members[1:]):
            yield Link(one, other, MatchMethod.SAME_TEXT, 1.0)


def _decided_pairs(texts: pl.DataFrame, decisions: Sequence[Decision]) -> list[tuple[TextPair, bool]]:
    """Return the pairs of present, different texts that people decided, and if they are the same."""
    if not decisions:
        return []
    rows = {entry_id: row for row, entry_id in enumerate(texts["entry_id"].to_list())}
    decided = []
    for decision in decisions:
        one, other = (rows.get(entry_id) for entry_id in decision.pair)
        if one is not None and other is not None and one != other:
            decided.append(((min(one, other), max(one, other)), decision.same))
    return decided


def _links_between(nodes: Nodes, pairs: Iterable[TextPair], method: MatchMethod) -> Iterator[Link]:
    for one, other in pairs:
        for first, second in nodes.pairs_between(one, other):
            yield Link(first, second, method, 1.0)


def _methods(
    nodes: Nodes, by_identifier: Iterable[Link], decided: Iterable[TextPair]
) -> dict[TextPair, MatchMethod]:
    """Return what decides pairs of different texts besides the score; a decision outweighs identifiers."""
    methods: dict[TextPair, MatchMethod] = {}
    for link in by_identifier:
        one, other = sorted((int(nodes.text_of[link.first]), int(nodes.text_of[link.second])))
        if one != other:
            methods[one, other] = link.method
    return methods | dict.fromkeys(decided, MatchMethod.DECIDED)


def _isolated_pairs(
    nodes: Nodes, same: pl.DataFrame, links: Iterable[Link], cannot_link: Iterable[TextPair]
) -> pl.DataFrame:
    """Select the pairs of two texts with abstracts that are in no other link.

    Nothing can contradict their link: not both have identifiers, and no decision and no further text is
    involved. Most pairs are of this kind, and are grouped without trying each.
    """
    linked = {int(nodes.text_of[node]) for link in links for node in (link.first, link.second)}
    linked |= {text for pair in cannot_link for text in pair}
    ends = pl.concat([same["first"], same["second"]])
    busy = pl.concat([ends.filter(ends.is_duplicated()), pl.Series(sorted(linked), dtype=pl.Int64)])
    identified = nodes.frame.filter(pl.col("identities").is_not_null())["text"]
    both_identified = pl.lit(True)
    isolated = pl.col("abstract_similarity").is_not_null()
    for end in PAIR_SCHEMA:
        isolated &= ~pl.col(end).is_in(busy.implode())
        both_identified &= pl.col(end).is_in(identified.implode())
    return same.filter(isolated & ~both_identified).select(*PAIR_SCHEMA, "method", "score")


def _score_links(
    nodes: Nodes, texts: pl.DataFrame, same: pl.DataFrame
) -> tuple[list[Link], dict[int, list[TitleLink]]]:
    """Link the nodes of pairs that the score calls the same; by title where an abstract is missing."""
    links: list[Link] = []
    title_links: dict[int, list[TitleLink]] = defaultdict(list)
    has_abstract = texts["abstract"].is_not_null()
    columns = same.select("first", "second", "method", "score", "abstract_similarity")
    for first, second, name, score, abstract_similarity in columns.iter_rows():
        method = MatchMethod(name)
        if abstract_similarity is not None:
            links += [Link(*pair, method, score) for pair in nodes.pairs_between(first, second)]
            continue
        for text, other in ((first, second), (second, first)):
            if not has_abstract[text]:
                title_links[text].append(TitleLink(other, score, method))
    return links, title_links
