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
from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod
from paperlake.dedup.blocking.candidates import KeepBlocks, candidate_pairs
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


@dataclass(frozen=True)
class Decided:
    """Sources with their papers, and the pairs of texts that are worth keeping."""

    sources: pl.DataFrame
    """Entries in order, with paper_id, match_method and match_score."""
    recorded: pl.DataFrame
    """The columns of the table matches; first and second (rows of the texts); is_link, whether the score
    alone calls the pair the same; is_candidate, whether blocking found it."""


@dataclass(frozen=True)
class Deduplicated:
    """The tables of the stage, and what they were derived from."""

    papers: pl.DataFrame
    paper_authors: pl.DataFrame
    paper_sources: pl.DataFrame
    paper_counts: pl.DataFrame
    matches: pl.DataFrame
    texts: pl.DataFrame
    """Distinct texts."""
    signatures: pl.DataFrame
    """Of the texts, row by row."""
    decided: Decided
    compared_count: int
    """Candidate pairs."""

    @property
    def text_count(self) -> int:
        """Return the number of distinct texts."""
        return self.texts.height


def deduplicate(
    entries: pl.DataFrame | pl.LazyFrame,
    dumps: pl.DataFrame,
    settings: Settings,
    signatures_of: SignaturesOf | None = None,
    features_of: FeaturesOf | None = None,
    decisions: Sequence[Decision] = (),
    progress: Progress | None = None,
    keep_blocks: KeepBlocks | None = None,
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
        keep_blocks: Is given the blocks of all texts, for an index.

    Returns:
        The five tables, each sorted by its key.
    """
    progress = progress or Silent()
    signatures_of = signatures_of or partial(compute_signatures, settings=settings, progress=progress)
    features_of = features_of or partial(compute_features, progress=progress)
    sources = prepare_sources(entries, dumps)
    texts = texts_of(sources)
    signatures = signatures_of(texts.select("title", "abstract"))
    first, second = candidate_pairs(signatures, keep_blocks)
    compared_count = len(first)
    pairs = compare(texts, features_of(texts, signatures, first, second))
    del first, second  # there are several pairs for each text
    decided = decide(sources, texts, signatures, pairs, decisions)
    del sources, pairs
    papers = merge_sources(decided.sources)
    return Deduplicated(
        papers=papers,
        paper_authors=authors_of(papers),
        paper_sources=decided.sources.select(*PAPER_SOURCES.dtypes).sort("dump_id", "entry_number"),
        paper_counts=count_history(decided.sources),
        matches=decided.recorded.select(*MATCHES.dtypes),
        texts=texts,
        signatures=signatures,
        decided=decided,
        compared_count=compared_count,
    )


def prepare_sources(entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame) -> pl.DataFrame:
    """Return entries with what is known of their dumps and with their identities, in order."""
    return add_identities(order_sources(_with_dumps(entries, dumps)).collect())


def decide(
    sources: pl.DataFrame,
    texts: pl.DataFrame,
    signatures: pl.DataFrame,
    pairs: pl.DataFrame,
    decisions: Sequence[Decision],
) -> Decided:
    """Group sources into papers.

    Args:
        sources: From `prepare_sources`.
        texts: Their distinct texts, from `texts_of`.
        signatures: Of the texts, row by row.
        pairs: Candidate pairs with score and decision.
        decisions: What people decided.
    """
    clusters = cluster_texts(sources, texts, pairs, decisions)
    recorded = pairs.filter(pl.col("score") >= RECORDED_THRESHOLD)
    first, second = pairs_without_features(clusters, recorded)
    by_others = compare(texts, compute_features(texts, signatures, first, second, prefilter=False))
    ends = ["first", "second"]
    found = by_others.select(ends).join(pairs.select(*ends, "decision"), on=ends, how="left")["decision"]
    recorded = pl.concat(
        [
            _with_origin(recorded, recorded["decision"]),
            _with_origin(by_others, found),
        ]
    )
    return Decided(
        sources=_name_papers(_with_groups(sources, clusters)), recorded=_matches(recorded, texts, clusters)
    )


def _with_origin(pairs: pl.DataFrame, by_score: pl.Series) -> pl.DataFrame:
    """Add is_link and is_candidate by the decision that the score of a candidate gave."""
    return pairs.with_columns(
        is_link=(by_score == MatchDecision.SAME).fill_null(value=False), is_candidate=by_score.is_not_null()
    )


def _with_dumps(entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame) -> pl.LazyFrame:
    """Add to entries what the survivorship rules need to know of their dumps."""
    described = dumps.lazy().select("dump_id", "path", "format", "snapshot_date")
    return entries.lazy().join(described, on="dump_id", how="inner")


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


def _matches(recorded: pl.DataFrame, texts: pl.DataFrame, clusters: Clusters) -> pl.DataFrame:
    """Build the table matches: pairs of a recorded score, and pairs that identifiers or people decided."""
    entry_id = texts["entry_id"]
    rows = final_decisions(clusters, recorded)
    return (
        rows.with_columns(
            entry_id_a=entry_id.gather(rows["first"].cast(pl.UInt32)),
            entry_id_b=entry_id.gather(rows["second"].cast(pl.UInt32)),
            title_similarity=pl.col("title_similarity").clip(0, 1),
            abstract_similarity=pl.col("abstract_similarity").clip(0, 1),
        )
        .select(*MATCHES.dtypes, "first", "second", "is_link", "is_candidate")
        .sort("entry_id_a", "entry_id_b")
    )
