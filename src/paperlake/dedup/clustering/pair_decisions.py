"""Set the final decision on each pair of texts: what the clusters made of the match decision.

A pair that the score calls the same may be refused by a contradiction, and a pair it calls different may be
linked by an identifier, a person, or a third text.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod
from paperlake.dedup.clustering.clusters import Clusters
from paperlake.dedup.clustering.identifiers import NO_IDENTIFIERS, Identifiers
from paperlake.dedup.clustering.identities import SEPARATOR, identifiers_of
from paperlake.dedup.clustering.links import PAIR_SCHEMA, Nodes, TextPair
from paperlake.dedup.matching.model import CONTRIBUTION_NAMES, contribution_column
from paperlake.vectors.arrays import Ints

DECIDED_PAIRS = 50_000  # whose identifiers are in memory at a time

Decided = tuple[MatchMethod | None, MatchDecision]
"""A final decision, and what decides it instead of the score, if anything does."""


def pairs_without_features(clusters: Clusters, pairs: pl.DataFrame) -> tuple[Ints, Ints]:
    """Return the pairs that identifiers or people decide and that are not in `pairs` yet."""
    decided = pl.DataFrame(sorted(clusters.links.methods), schema=PAIR_SCHEMA, orient="row")
    missing = decided.join(pairs, on=list(PAIR_SCHEMA), how="anti", maintain_order="left")
    return missing["first"].to_numpy(), missing["second"].to_numpy()


def final_decisions(clusters: Clusters, pairs: pl.DataFrame) -> pl.DataFrame:
    """Set method, score and decision of scored pairs to what the clusters made of them.

    The contributions become NULL where the score is not the model's any more.
    """
    numbered = pairs.with_row_index("place")
    isolated = numbered.join(clusters.links.isolated_pairs, on=list(PAIR_SCHEMA), how="semi")
    others = numbered.join(isolated.select("place"), on="place", how="anti")
    decided = [
        found
        for some in others.select("first", "second", "decision").iter_slices(DECIDED_PAIRS)
        for found in _decide_pairs(clusters, some)
    ]
    others = others.with_columns(
        pl.Series("decided_by", [method and method.value for method, _ in decided], dtype=pl.String),
        pl.Series("decision", [decision.value for _, decision in decided], dtype=pl.String),
    )
    by_score = pl.col("decided_by").is_null()
    together = (pl.col("decision") == MatchDecision.SAME).cast(pl.Float64)
    contributions = [contribution_column(name) for name in CONTRIBUTION_NAMES]
    others = others.with_columns(
        pl.coalesce("decided_by", "method").alias("method"),
        pl.when(by_score).then("score").otherwise(together).alias("score"),
        pl.when(by_score).then(pl.col(contributions)).name.keep(),
    ).drop("decided_by")
    return pl.concat([isolated, others]).sort("place").drop("place")


def _decide_pairs(clusters: Clusters, pairs: pl.DataFrame) -> list[Decided]:
    identifiers = _identifiers_of_texts(clusters.nodes, pairs)
    return [
        _decide_pair(clusters, identifiers, (first, second), decision)
        for first, second, decision in pairs.iter_rows()
    ]


def _decide_pair(
    clusters: Clusters, identifiers: Mapping[int, Identifiers], pair: TextPair, decision: str
) -> Decided:
    """Return the final decision on a pair, and what decides it instead of the score, if anything does."""
    first, second = pair
    none: frozenset[int] = frozenset()
    groups = clusters.groups_of_text
    together = not groups.get(first, none).isdisjoint(groups.get(second, none))
    if pair in clusters.links.methods or together:
        final = MatchDecision.SAME if together else MatchDecision.DIFFERENT
        return clusters.links.methods.get(pair), final
    unknown = NO_IDENTIFIERS
    if pair in clusters.links.cannot_link:
        return None, MatchDecision.DIFFERENT
    if identifiers.get(first, unknown).contradict(identifiers.get(second, unknown)):
        return None, MatchDecision.DIFFERENT
    if decision == MatchDecision.SAME or pair in clusters.ambiguous_pairs:
        return None, MatchDecision.UNSURE
    return None, MatchDecision(decision)


def _identifiers_of_texts(nodes: Nodes, pairs: pl.DataFrame) -> dict[int, Identifiers]:
    """Return the identifiers of the texts of some pairs, for texts that have any."""
    texts = pl.concat([pairs["first"], pairs["second"]]).unique().to_frame("text")
    found = (
        nodes.frame.filter(pl.col("identities").is_not_null())
        .join(texts, on="text", how="semi")
        .group_by("text")
        .agg(pl.col("identities").str.join(SEPARATOR))
    )
    return {text: identifiers_of(identities) for text, identities in found.iter_rows()}
