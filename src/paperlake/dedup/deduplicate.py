"""Deduplicate entries: one function of entries, dumps, settings and decisions.

The inputs are sets: the order of rows and dumps never matters. Blocking, matching, clustering and
survivorship are in modules of their own; reading and writing the lake is in `building.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import MATCHES
from paperlake.catalogue.vocabulary import MatchDecision, MatchMethod
from paperlake.dedup.blocking.block_keys import MAX_TEXTS, BlockingRule
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
from paperlake.dedup.survivorship import order_sources
from paperlake.dumps.identity import ID_DIGITS
from paperlake.memory import return_free_memory
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings
from paperlake.vectors.arrays import Hashes

ENTRY_KEY = list(ENTRIES.key)
TEXT_COLUMNS = ("title", "abstract", "authors")
IDENTIFYING_COLUMNS = (*ENTRY_KEY, *NODE_KEY, *IDENTITY_COLUMNS)
"""What an entry's paper is decided by, besides its text."""


class Index(Protocol):
    """An index of texts that is filled."""

    def add_texts(self, texts: pl.DataFrame, signatures: pl.DataFrame) -> None:
        """Take all texts, in the order of their numbers, and their signatures."""
        ...

    def add_keys(self, rule: BlockingRule, packed: Hashes) -> None:
        """Take block keys of all texts, packed and sorted, rule by rule."""
        ...


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
    """The papers of all entries, as the ids of their sources."""

    decided: Decided
    """Of the entries' columns, the sources have `IDENTIFYING_COLUMNS`."""
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
    index: Index | None = None,
) -> Deduplicated:
    """Find the papers that entries are about.

    A lazy scan of entries is read several times: each step has the columns in memory that it needs, and the
    texts of a large lake are not there while its blocks are.

    Args:
        entries: The columns of the table entries.
        dumps: The columns of the table dumps; every entry's dump is there.
        settings: `near_duplicate_jaccard` decides how similar abstracts must be to become candidates.
        signatures_of: Returns the signatures of texts; computes them if not given.
        features_of: Returns the features of pairs of texts; computes them if not given.
        decisions: What people decided, free of contradictions.
        progress: Is told the number of texts and pairs done.
        index: Is given all texts and their blocks, where there are at most `MAX_TEXTS`.
    """
    progress = progress or Silent()
    signatures_of = signatures_of or partial(compute_signatures, settings=settings, progress=progress)
    features_of = features_of or partial(compute_features, progress=progress)
    sources = prepare_sources(entries, dumps).select(IDENTIFYING_COLUMNS)
    texts = read_texts(entries, dumps)
    signatures = signatures_of(texts.select("title", "abstract"))
    return_free_memory()
    if index and texts.height <= MAX_TEXTS:
        index.add_texts(texts, signatures)
    del texts
    return_free_memory()
    first, second = candidate_pairs(signatures, index.add_keys if index else None)
    signatures = signatures.drop("bands")
    compared_count = len(first)
    return_free_memory()
    texts = read_texts(entries, dumps)
    pairs = compare(texts, features_of(texts, signatures, first, second))
    del first, second  # there are several pairs for each text
    return_free_memory()
    return Deduplicated(decide(sources, texts, signatures, pairs, decisions), texts.height, compared_count)


def prepare_sources(entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame) -> pl.DataFrame:
    """Return entries with what is known of their dumps and with their identities, in order."""
    return add_identities(ordered_sources(entries, dumps))


def ordered_sources(entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame) -> pl.DataFrame:
    """Return entries with what the survivorship rules need to know of their dumps, in order."""
    described = dumps.lazy().select("dump_id", "path", "format", "snapshot_date")
    return order_sources(entries.lazy().join(described, on="dump_id", how="inner")).collect()


def read_texts(entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame) -> pl.DataFrame:
    """Return the distinct texts of entries, as `texts_of` does."""
    return texts_of(ordered_sources(entries.select(*ENTRY_KEY, "entry_id", *TEXT_COLUMNS), dumps))


def with_papers(
    entries: pl.DataFrame | pl.LazyFrame, dumps: pl.DataFrame, decided: pl.DataFrame
) -> pl.DataFrame:
    """Return entries in order with all their columns, what is known of their dumps, and their papers.

    Args:
        entries: The columns of the table entries.
        dumps: The columns of the table dumps.
        decided: The sources that `deduplicate` gave for these entries.
    """
    sources = ordered_sources(entries, dumps)
    if not sources.select(ENTRY_KEY).equals(decided.select(ENTRY_KEY)):
        raise ValueError("the papers were decided for other entries")
    return sources.hstack(decided.select("paper_id", "match_method", "match_score"))


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
