"""Deduplicate entries: one function of entries, dumps, settings and decisions.

The inputs are sets: the order of rows and dumps never matters. Blocking, matching, clustering and
survivorship are in modules of their own; reading and writing the lake is in `stage.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from paperlake.catalogue.paper_tables import MATCHES, PAPER_SOURCES
from paperlake.catalogue.vocabulary import MatchMethod
from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import SignaturesOf, compute_signatures
from paperlake.dedup.clustering.clusters import Clusters, cluster_texts
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.clustering.identities import IDENTITY_COLUMNS, add_identities
from paperlake.dedup.clustering.links import NODE_KEY
from paperlake.dedup.clustering.pair_decisions import final_decisions, pairs_without_features
from paperlake.dedup.matching.comparisons import FeaturesOf, compare
from paperlake.dedup.matching.features import compute_features
from paperlake.dedup.matching.model import RECORDED_THRESHOLD
from paperlake.dedup.survivorship import authors_of, count_history, merge_sources, order_sources
from paperlake.dumps.identity import ID_DIGITS
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.vectors.arrays import Ints


@dataclass(frozen=True)
class Deduplicated:
    """The tables of the stage, and what the work amounted to."""

    papers: pl.DataFrame
    paper_authors: pl.DataFrame
    paper_sources: pl.DataFrame
    paper_counts: pl.DataFrame
    matches: pl.DataFrame
    text_count: int
    """Distinct texts."""
    compared_count: int
    """Candidate pairs."""


def deduplicate(
    entries: pl.DataFrame | pl.LazyFrame,
    dumps: pl.DataFrame,
    settings: Settings,
    signatures_of: SignaturesOf | None = None,
    features_of: FeaturesOf | None = None,
    decisions: Sequence[Decision] = (),
    progress: Progress | None = None,
) -> Deduplicated:
    """Find the papers that entries are about.

    Args:
        entries: The columns of the table entries. Pass a lazy scan to have the texts in memory once: they are
            read straight into their sorted order.
        dumps: The columns of the table dumps; every entry's dump is there.
        settings: `near_duplicate_jaccard` decides how similar abstracts must be to become candidates.
        signatures_of: Returns the signatures of texts; computes them if not given.
        features_of: Returns the features of pairs of texts; computes them if not given.
        decisions: What people decided, free of contradictions.
        progress: Is told the number of texts and pairs done.

    Returns:
        The five tables, each sorted by its key.
    """
    progress = progress or Silent()
    signatures_of = signatures_of or partial(compute_signatures, settings=settings, progress=progress)
    features_of = features_of or partial(compute_features, progress=progress)
    sources = add_identities(order_sources(_with_dumps(entries, dumps)).collect())
    texts = texts_of(sources)
    signatures = signatures_of(texts.select("title", "abstract"))
    first, second = candidate_pairs(signatures)
    features = features_of(texts, signatures, first, second)
    pairs = compare(texts, _with_ends(features, first, second))
    clusters = cluster_texts(sources, texts, pairs, decisions)
    first_decided, second_decided = pairs_without_features(clusters, pairs)
    features = compute_features(texts, signatures, first_decided, second_decided, prefilter=False)
    decided = compare(texts, _with_ends(features, first_decided, second_decided))
    sources = _name_papers(_with_groups(sources, clusters))
    papers = merge_sources(sources)
    return Deduplicated(
        papers=papers,
        paper_authors=authors_of(papers),
        paper_sources=sources.select(*PAPER_SOURCES.dtypes).sort("dump_id", "entry_number"),
        paper_counts=count_history(sources),
        matches=_matches(pairs, decided, texts, clusters),
        text_count=texts.height,
        compared_count=len(first),
    )


def _with_dumps(entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame) -> pl.LazyFrame:
    """Add to entries what the survivorship rules need to know of their dumps."""
    described = dumps.lazy().select("dump_id", "path", "format", "snapshot_date")
    return entries.lazy().join(described, on="dump_id", how="inner")


def _with_ends(features: pl.DataFrame, first: Ints, second: Ints) -> pl.DataFrame:
    return features.with_columns(first=pl.Series(first), second=pl.Series(second))


def texts_of(sources: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct texts in order of entry_id, as their first source writes them."""
    return (
        sources.group_by("entry_id")
        .agg(
            pl.col("title", "abstract").first(),
            pl.col("authors").drop_nulls().first(),
        )
        .sort("entry_id")
        .with_columns(authors=pl.col("authors").cast(pl.List(pl.String)))
    )


def _with_groups(sources: pl.DataFrame, clusters: Clusters) -> pl.DataFrame:
    """Add to each source its group, and the method and score that linked it."""
    grouped = sources.join(clusters.groups, on=NODE_KEY, how="left", nulls_equal=True, maintain_order="left")
    first_of_paper = pl.int_range(pl.len()).over("group") == 0
    first_of_text = pl.int_range(pl.len()).over("group", "entry_id") == 0
    return grouped.with_columns(
        match_method=pl.when(first_of_paper)
        .then(pl.lit(MatchMethod.FIRST))
        .when(first_of_text)
        .then(pl.col("method"))
        .otherwise(pl.lit(MatchMethod.SAME_TEXT)),
        match_score=pl.when(first_of_text & ~first_of_paper).then(pl.col("score")).otherwise(1.0),
    )


def _name_papers(sources: pl.DataFrame) -> pl.DataFrame:
    """Add paper_id: the first source's entry_id; where two papers share it, the identifier is hashed in."""
    identifiers = [pl.col(column).drop_nulls().min() for column in IDENTITY_COLUMNS]
    firsts = sources.group_by("group", maintain_order=True).agg(
        pl.col("entry_id").first(), identifier=pl.coalesce(identifiers)
    )
    shared = pl.len().over("entry_id") > 1
    firsts = firsts.with_columns(
        paper_id=pl.when(shared & pl.col("identifier").is_not_null())
        .then(pl.col("entry_id") + "|" + pl.col("identifier"))
        .otherwise("entry_id")
    )
    hashed = firsts.filter(pl.col("paper_id") != pl.col("entry_id"))
    names = {text: _hash(text) for text in hashed["paper_id"]}
    firsts = firsts.with_columns(pl.col("paper_id").replace(names))
    return sources.join(firsts.select("group", "paper_id"), on="group", how="left", maintain_order="left")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]


def _matches(
    pairs: pl.DataFrame, decided: pl.DataFrame, texts: pl.DataFrame, clusters: Clusters
) -> pl.DataFrame:
    """Build the table matches: pairs of a recorded score, and pairs that identifiers or people decided."""
    recorded = pl.concat([pairs.filter(pl.col("score") >= RECORDED_THRESHOLD), decided])
    entry_id = texts["entry_id"]
    rows = final_decisions(clusters, recorded)
    return (
        rows.with_columns(
            entry_id_a=entry_id.gather(rows["first"].cast(pl.UInt32)),
            entry_id_b=entry_id.gather(rows["second"].cast(pl.UInt32)),
            title_similarity=pl.col("title_similarity").clip(0, 1),
            abstract_similarity=pl.col("abstract_similarity").clip(0, 1),
        )
        .select(*MATCHES.dtypes)
        .unique(["entry_id_a", "entry_id_b"], keep="first", maintain_order=True)
        .sort("entry_id_a", "entry_id_b")
    )
