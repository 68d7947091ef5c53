"""Describe texts and entries for the index: hashes of identifiers and authors, and the first state."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import polars as pl

from paperlake.catalogue.dump_tables import DUMPS, ENTRIES
from paperlake.dedup.blocking.signatures import Parameters
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.clustering.identifiers import CONTAINER_SCHEMES, HEADING
from paperlake.dedup.clustering.identities import SEPARATOR
from paperlake.dedup.deduplicate import Deduplicated
from paperlake.dedup.incremental.news import dump_slots, partition_contents
from paperlake.dedup.index.arrays import ids_to_numbers
from paperlake.dedup.index.segment import IndexedEntries, SegmentWriter
from paperlake.dedup.index.state import IS_CANDIDATE, IS_LINK, IndexState, both_ways
from paperlake.dedup.index.store import IndexStore
from paperlake.dedup.matching.comparisons import features_digest
from paperlake.settings import Settings
from paperlake.stages.run import StageRun
from paperlake.vectors.arrays import Hashes, Ints

_SEED = 12


def open_store(run: StageRun) -> IndexStore:
    """Return the store of the lake's index."""
    return IndexStore(run.lake.papers_index(), _digest(run.settings))


def _digest(settings: Settings) -> str:
    """Return the digest of the versions that keys, features and hashes depend on."""
    parts = (Parameters.of(settings).digest, features_digest(), pl.__version__)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def plain_decisions(decisions: Sequence[Decision]) -> tuple[tuple[str, str, bool], ...]:
    """Return decisions without their lines, in order."""
    return tuple(sorted({(*decision.pair, decision.same) for decision in decisions}))


def identity_hashes(sources: pl.DataFrame) -> pl.Series:
    """Return hashes of the identifiers by which each source is joined to others, as lists."""
    split = sources.select(pl.col("identities").str.split(SEPARATOR)).with_row_index("row")
    scheme = pl.col("identities").str.extract(r"^([^:]+):")
    joining = (
        split.drop_nulls()
        .explode("identities", empty_as_null=False)
        .filter(~scheme.is_in(CONTAINER_SCHEMES | {HEADING}))
        .group_by("row")
        .agg(hashes=pl.col("identities").unique().hash(_SEED).sort())
    )
    found = split.select("row").join(joining, on="row", how="left", maintain_order="left")["hashes"]
    return found.fill_null([]) if found.dtype != pl.Null else found.cast(pl.List(pl.UInt64)).fill_null([])


def indexed_entries(sources: pl.DataFrame, slots: Ints) -> IndexedEntries:
    """Return sources, and the slot of each, for a segment."""
    return IndexedEntries.of(
        ids_to_numbers(sources["entry_id"]),
        slots,
        sources["entry_number"].to_numpy(),
        identity_hashes(sources),
    )


def edge_flags(recorded: pl.DataFrame) -> Ints:
    """Return the flags of the edges of recorded pairs."""
    flags = pl.col("is_link").cast(pl.Int64) * IS_LINK + pl.col("is_candidate").cast(pl.Int64) * IS_CANDIDATE
    found: Ints = recorded.select(flags).to_series().to_numpy()
    return found


def merged_papers(sources: pl.DataFrame) -> tuple[Hashes, Hashes]:
    """Return the entry_ids whose papers are not the one of their own id, sorted, and the papers of each."""
    papers = sources.select("entry_id", "paper_id").unique().sort("entry_id", "paper_id")
    own = (pl.col("entry_id") == pl.col("paper_id")) & (pl.len().over("entry_id") == 1)
    merged = papers.filter(~own)
    return ids_to_numbers(merged["entry_id"]), ids_to_numbers(merged["paper_id"])


def save_first_state(
    run: StageRun, writer: SegmentWriter, result: Deduplicated, decisions: Sequence[Decision]
) -> None:
    """Write the index of all texts, which the writer was given with their blocks."""
    dumps, sources = run.read(DUMPS), result.decided.sources
    entries = run.lake.entries_of(ENTRIES)
    slots = dump_slots(dumps, partition_contents(run, entries))
    slot_of = pl.DataFrame({"dump_id": dumps["dump_id"], "slot": np.arange(dumps.height)})
    of_sources = sources.select("dump_id").join(slot_of, on="dump_id", how="left", maintain_order="left")[
        "slot"
    ]
    segment = writer.finish(indexed_entries(sources, of_sources.to_numpy()))
    recorded = result.decided.recorded
    first, second = (recorded[name].to_numpy().astype(np.int64) for name in ("first", "second"))
    merged_ids, papers = merged_papers(sources)
    state = IndexState(
        segments=[segment],
        is_gone=np.zeros(result.text_count, bool),
        edges=np.sort(both_ways(first, second, edge_flags(recorded))),
        merged_ids=merged_ids,
        merged_papers=papers,
        slots=slots,
        decisions=plain_decisions(decisions),
    )
    open_store(run).save(state, run.pipeline.fingerprint(run.stage, run.context))
