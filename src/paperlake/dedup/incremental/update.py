"""Update the papers: decide again only the connected components that a change touches.

The tables are those that a build from nothing gives. Where too much changed, or the index cannot be used,
nothing is written and the caller builds everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from paperlake.catalogue.dump_tables import ENTRIES
from paperlake.catalogue.paper_tables import PAPER_SOURCES
from paperlake.catalogue.vocabulary import MatchDecision
from paperlake.dedup.blocking.block_keys import MAX_TEXTS, RULES, block_keys
from paperlake.dedup.blocking.candidates import pack_pairs, unpack_pairs
from paperlake.dedup.clustering.decisions import Decision
from paperlake.dedup.deduplicate import Decided, decide, prepare_sources
from paperlake.dedup.incremental.indexing import (
    edge_flags,
    identity_hashes,
    indexed_entries,
    merged_papers,
    open_store,
    plain_decisions,
)
from paperlake.dedup.incremental.matching import (
    Reach,
    TextChanges,
    kept_candidates,
    near_pairs,
    score,
)
from paperlake.dedup.incremental.news import News, find_news
from paperlake.dedup.incremental.touched_entries import EdgeList, IndexMismatchError, TouchedEntries
from paperlake.dedup.index.arrays import NO_HASHES, contains, id_series, ids_to_numbers
from paperlake.dedup.index.segment import SegmentWriter
from paperlake.dedup.index.state import IndexState, both_ways, edge_ends
from paperlake.dedup.matching.model import RECORDED_THRESHOLD
from paperlake.dedup.text.hashing import distinct
from paperlake.errors import DamagedFileError
from paperlake.stages.run import StageRun
from paperlake.vectors.arrays import Hashes

MAX_CHANGED_SHARE = 0.2  # of the entries of the lake; where more changed, building everything is faster
MIN_CHANGED = 1_000  # entries, that are always few enough


@dataclass(frozen=True)
class Touched:
    """The part of the lake that is decided again."""

    state: IndexState
    """The index before."""
    news: News
    new_sources: pl.DataFrame
    """The new entries."""
    changes: TextChanges
    entry_ids: Hashes
    """All texts of the components that are decided again; some may be in no dump any more."""
    decided: Decided
    """Their sources, and the pairs of which at least one text is among them."""
    compared_count: int
    """Pairs that were scored."""

    @property
    def old_papers(self) -> Hashes:
        """Return the papers that the texts were in."""
        before = distinct(self.state.ids_of(self.state.numbers_of(self.entry_ids)))
        return self.state.papers_of(before)

    @property
    def old_pairs(self) -> Hashes:
        """Return the lesser entry_ids of the pairs of the texts that were recorded before."""
        first, second, _ = edge_ends(self.state.edges_of(self.state.numbers_of(self.entry_ids)))
        one, other = self.state.ids_of(first), self.state.ids_of(second)
        return distinct(np.minimum(one, other))


def decide_touched(run: StageRun, decisions: Sequence[Decision]) -> Touched | None:
    """Decide again what changed since the last commit; None if everything is to be built."""
    if run.previous is None or run.changed_partitions(ENTRIES) is None:
        return None
    store = open_store(run)
    store.prune(run.previous.fingerprint)
    state = store.load(run.previous.fingerprint)
    if state is None:
        return None
    try:
        return _decide(run, state, decisions)
    except IndexMismatchError:
        return None
    except DamagedFileError as error:
        if error.path.parent != store.folder:
            raise
        return None


def _decide(run: StageRun, state: IndexState, decisions: Sequence[Decision]) -> Touched | None:
    entry_count = sum(run.row_counts(PAPER_SOURCES).values())
    limit = max(MIN_CHANGED, int(entry_count * MAX_CHANGED_SHARE))
    news = find_news(run, state, limit)
    if news is None or state.next_number + news.entries.height > MAX_TEXTS:
        return None
    entries = TouchedEntries(run, state, news)
    changed_decisions = set(state.decisions) ^ set(plain_decisions(decisions))
    touched = distinct(
        np.concatenate(
            [
                news.removed.entry_ids,
                ids_to_numbers(news.entries["entry_id"]),
                news.moved_ids,
                _ids_of_decisions(changed_decisions),
            ]
        )
    )
    if len(touched) > limit:
        return None
    changes = TextChanges.of(state, touched, entries.sources_of(touched), run.settings)
    near = near_pairs(state, changes)
    first, second = (changes.ids_of(state, ends) for ends in unpack_pairs(near))
    sources = entries.sources_of(distinct(np.concatenate([first, second])))
    texts, _, pairs = score(sources, first, second, run.settings)
    recorded = _with_ids(pairs.filter(pl.col("score") >= RECORDED_THRESHOLD), texts)
    links = EdgeList(recorded.filter(pl.col("decision") == MatchDecision.SAME).select("one", "other"))
    every_decision = sorted({pair[:2] for pair in (*state.decisions, *plain_decisions(decisions))})
    by_people = EdgeList(pl.DataFrame(every_decision, schema=["one", "other"], orient="row"))
    links.add(*_ends(every_decision))
    new_sources = prepare_sources(news.entries.drop("slot"), entries.dumps)
    reach = Reach(state, links, ids_to_numbers(new_sources["entry_id"]), identity_hashes(new_sources))
    start = np.concatenate([touched, ids_to_numbers(recorded["one"]), _lost_recorded(state, changes)])
    reached = reach.closure(distinct(start), limit)
    if reached is None:
        return None
    kept = (changes.ids_of(state, ends) for ends in kept_candidates(state, changes, reached))
    gained = contains(reached, first) | contains(reached, second)
    one, other = (
        np.concatenate(ends) for ends in zip((first[gained], second[gained]), tuple(kept), strict=True)
    )
    around = distinct(np.concatenate([reached, one, other, by_people.of(reached)]))
    sources = entries.sources_of(around)
    texts, signatures, pairs = score(sources, one, other, run.settings)
    decided = decide(sources, texts, signatures, pairs, decisions)
    return Touched(
        state, news, new_sources, changes, reached, _only_of(decided, reached), len(changes.candidates.gained)
    )


def _ids_of_decisions(decisions: set[tuple[str, str, bool]]) -> Hashes:
    ids = [entry_id for one, other, _ in sorted(decisions) for entry_id in (one, other)]
    return ids_to_numbers(pl.Series(ids, dtype=pl.String))


def _ends(pairs: list[tuple[str, str]]) -> tuple[Hashes, Hashes]:
    one, other = (ids_to_numbers(pl.Series([pair[end] for pair in pairs], dtype=pl.String)) for end in (0, 1))
    return one, other


def _with_ids(pairs: pl.DataFrame, texts: pl.DataFrame) -> pl.DataFrame:
    """Add the entry_ids of pairs of texts: one and other."""
    ids = texts["entry_id"]
    return pairs.with_columns(
        one=ids.gather(pairs["first"].cast(pl.UInt32)), other=ids.gather(pairs["second"].cast(pl.UInt32))
    )


def _lost_recorded(state: IndexState, changes: TextChanges) -> Hashes:
    """Return the texts of lost candidate pairs that were recorded."""
    lesser, _ = unpack_pairs(changes.candidates.lost)
    one, other, _ = edge_ends(state.edges_of(distinct(lesser)))
    lost = contains(changes.candidates.lost, pack_pairs(one, other))
    return state.ids_of(distinct(np.concatenate([one[lost], other[lost]])))


def _only_of(decided: Decided, entry_ids: Hashes) -> Decided:
    """Leave out the sources of other texts, and the pairs between them."""
    ids = id_series(entry_ids).implode()
    return Decided(
        sources=decided.sources.filter(pl.col("entry_id").is_in(ids)),
        recorded=decided.recorded.filter(pl.col("entry_id_a").is_in(ids) | pl.col("entry_id_b").is_in(ids)),
    )


def save_next_state(run: StageRun, touched: Touched, decisions: Sequence[Decision]) -> None:
    """Write the index as it is after the update."""
    store, state, changes = open_store(run), touched.state, touched.changes
    writer = SegmentWriter(store.folder, state.next_number)
    keys: dict[str, list[Hashes]] = {rule.name: [NO_HASHES] for rule in RULES}
    for rule, packed in block_keys(changes.new.signatures, changes.new.numbers):
        keys[rule.name].append(packed)
    for rule in RULES:
        writer.add_keys(rule, distinct(np.concatenate(keys[rule.name])))
    slots = touched.new_sources.select("dump_id", "entry_number").join(
        touched.news.entries.select("dump_id", "entry_number", "slot"),
        on=["dump_id", "entry_number"], how="left", maintain_order="left",
    )["slot"]  # fmt: skip
    writer.add_texts(changes.texts, changes.new.signatures)
    segment = writer.finish(indexed_entries(touched.new_sources, slots.to_numpy()))
    is_gone = np.concatenate([state.is_gone, np.zeros(len(changes.new.numbers), bool)])
    is_gone[changes.removed] = True
    merged_ids, papers = _next_merged(touched)
    next_state = replace(
        state,
        segments=[*state.segments, segment],
        is_gone=is_gone,
        edges=_next_edges(touched),
        merged_ids=merged_ids,
        merged_papers=papers,
        slots=touched.news.slots,
        decisions=plain_decisions(decisions),
    )
    store.save(next_state, run.pipeline.fingerprint(run.stage, run.context))


def _next_edges(touched: Touched) -> Hashes:
    state, recorded = touched.state, touched.decided.recorded
    numbers = state.numbers_of(touched.entry_ids)
    gone = np.zeros(state.next_number, bool)
    gone[numbers] = True
    first, second, _ = edge_ends(state.edges)
    kept = state.edges[~(gone[first] | gone[second])]
    ends = [ids_to_numbers(recorded[name]) for name in ("entry_id_a", "entry_id_b")]
    ids, numbers = touched.changes.numbers_of(state, distinct(np.concatenate(ends)))
    one, other = (numbers[np.searchsorted(ids, end)] for end in ends)
    return np.sort(np.concatenate([kept, both_ways(one, other, edge_flags(recorded))]))


def _next_merged(touched: Touched) -> tuple[Hashes, Hashes]:
    state = touched.state
    kept = ~contains(touched.entry_ids, state.merged_ids)
    ids, papers = merged_papers(touched.decided.sources)
    ids, papers = (
        np.concatenate([state.merged_ids[kept], ids]),
        np.concatenate([state.merged_papers[kept], papers]),
    )
    order = np.lexsort((papers, ids))
    return ids[order], papers[order]
