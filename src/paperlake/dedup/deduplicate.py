"""Entries to papers: the whole of deduplication as one function of entries, dumps, settings and decisions.

The inputs are sets: the order of rows and dumps never matters. Candidates, comparison, grouping and merging
are in files of their own; reading and writing the lake is in `stage.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from paperlake.catalogue.paper_tables import MATCHES, PAPER_SOURCES
from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.overlap import Ints
from paperlake.dedup.blocking.signatures import SignaturesOf, compute_signatures
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.clustering.identities import with_heading_identities
from paperlake.dedup.clustering.links import Joined, join_texts
from paperlake.dedup.matching.comparisons import EvidenceOf, compare
from paperlake.dedup.matching.features import evidence_on
from paperlake.dedup.matching.model import NEAR_SCORE
from paperlake.dedup.survivorship import merge, order_sources, sightings
from paperlake.dumps.identity import ID_DIGITS
from paperlake.progress import Progress, Silent
from paperlake.settings import Settings

ARXIV_DOI = r"^10\.48550/arxiv\.(.+?)(?:v\d+)?$"


@dataclass(frozen=True)
class Deduplicated:
    """The tables of the stage, and numbers worth telling."""

    papers: pl.DataFrame
    paper_sources: pl.DataFrame
    paper_counts: pl.DataFrame
    matches: pl.DataFrame
    text_count: int
    compared_count: int


def deduplicate(
    entries: pl.DataFrame,
    dumps: pl.DataFrame,
    settings: Settings,
    signatures: SignaturesOf | None = None,
    evidence: EvidenceOf | None = None,
    decisions: Sequence[Decision] = (),
    progress: Progress | None = None,
) -> Deduplicated:
    """Find the papers behind entries.

    Args:
        entries: The columns of the table entries.
        dumps: The columns of the table dumps; every entry's dump is there.
        settings: `near_duplicate_jaccard` decides how alike abstracts must be to become candidates.
        signatures: Where the texts' signatures come from; computed if not given.
        evidence: Where the evidence on pairs of texts comes from; found if not given.
        decisions: What people decided; contradicting ones are refused when they are read.
        progress: Hears of the texts and pairs done.

    Returns:
        The four tables, each sorted by its key.
    """
    progress = progress or Silent()
    sources = _ordered(entries, dumps)
    del entries  # a caller that gave them away has their memory back
    sources = with_heading_identities(sources)
    texts = texts_of(sources)
    signatures_of = signatures or partial(compute_signatures, settings=settings, progress=progress)
    marks = signatures_of(texts.select("title", "abstract"))
    first, second = candidate_pairs(marks)
    evidence_of = evidence or partial(evidence_on, progress=progress)
    pairs = compare(texts, _paired(first, second, evidence_of(texts, marks, first, second)))
    joined = join_texts(sources, texts, pairs, decisions)
    others = joined.undescribed_pairs(pairs)
    described = compare(texts, _paired(*others, evidence_on(texts, marks, *others, every_pair=True)))
    sources = _name_papers(_with_groups(sources, joined))
    return Deduplicated(
        papers=merge(sources),
        paper_sources=sources.select(*PAPER_SOURCES.dtypes).sort("dump_id", "entry_number"),
        paper_counts=sightings(sources),
        matches=_matches(pairs, described, texts, joined),
        text_count=texts.height,
        compared_count=len(first),
    )


def _ordered(entries: pl.DataFrame, dumps: pl.DataFrame) -> pl.DataFrame:
    """Entries as sources, in order, with arxiv_identity and doi_identity; arXiv's own DOIs are arXiv ids."""
    described = dumps.select("dump_id", "path", "format", "snapshot_date")
    doi = pl.col("doi").str.to_lowercase()
    return order_sources(entries.join(described, on="dump_id", how="inner")).with_columns(
        arxiv_identity=pl.coalesce("arxiv_id", doi.str.extract(ARXIV_DOI)),
        doi_identity=pl.when(~doi.str.contains(ARXIV_DOI)).then(doi),
    )


def _paired(first: Ints, second: Ints, evidence: pl.DataFrame) -> pl.DataFrame:
    return evidence.with_columns(first=pl.Series(first), second=pl.Series(second))


def texts_of(sources: pl.DataFrame) -> pl.DataFrame:
    """The distinct texts, one row an entry_id and in its order, as their first source writes them."""
    return (
        sources.group_by("entry_id")
        .agg(
            pl.col("title", "abstract").first(),
            pl.col("authors").drop_nulls().first(),
        )
        .sort("entry_id")
        .with_columns(authors=pl.col("authors").cast(pl.List(pl.String)))
    )


def _with_groups(sources: pl.DataFrame, joined: Joined) -> pl.DataFrame:
    """Add to each source its group, and what joined it: method and score."""
    with_nodes = sources.join(
        joined.nodes, on=["entry_id", "arxiv_identity", "doi_identity"], how="left", nulls_equal=True,
        maintain_order="left",
    )  # fmt: skip
    first_of_paper = pl.int_range(pl.len()).over("group") == 0
    first_of_text = pl.int_range(pl.len()).over("group", "entry_id") == 0
    return with_nodes.with_columns(
        match_method=pl.when(first_of_paper)
        .then(pl.lit("first"))
        .when(first_of_text)
        .then(pl.col("method"))
        .otherwise(pl.lit("same_text")),
        match_score=pl.when(first_of_text & ~first_of_paper).then(pl.col("score")).otherwise(1.0),
    )


def _name_papers(sources: pl.DataFrame) -> pl.DataFrame:
    """Add paper_id: the first source's entry_id; where two papers share it, the identifier is hashed in."""
    firsts = sources.group_by("group", maintain_order=True).agg(
        pl.col("entry_id").first(),
        identifier=pl.coalesce(
            pl.col("arxiv_identity").drop_nulls().min(), pl.col("doi_identity").drop_nulls().min()
        ),
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
    pairs: pl.DataFrame, described: pl.DataFrame, texts: pl.DataFrame, joined: Joined
) -> pl.DataFrame:
    """The table matches: what was compared and came near, or was joined or parted for another reason."""
    near = pl.concat([pairs.filter(pl.col("score") >= NEAR_SCORE), described])
    entry_id = texts["entry_id"]
    rows = joined.judge(near)
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
