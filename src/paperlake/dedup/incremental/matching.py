"""Score the pairs that a change brings, and find the texts whose papers it may change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.dedup.blocking.candidates import pack_pairs, unpack_pairs
from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.deduplicate import texts_of
from paperlake.dedup.incremental.candidate_changes import CandidateChanges, NewTexts, candidate_changes
from paperlake.dedup.incremental.touched_entries import EdgeList, IndexMismatchError
from paperlake.dedup.index.arrays import NO_HASHES, contains, ids_to_numbers
from paperlake.dedup.index.segment import author_keys
from paperlake.dedup.index.state import IS_CANDIDATE, IS_LINK, IndexState, edge_ends
from paperlake.dedup.matching.comparisons import compare
from paperlake.dedup.matching.features import (
    PASSES_OVERLAP_PREFILTER,
    add_title_similarity,
    compute_features,
    overlap_features,
)
from paperlake.dedup.matching.model import passes_prefilter
from paperlake.dedup.text.hashing import distinct
from paperlake.settings import Settings
from paperlake.vectors.arrays import Hashes, Ints


@dataclass(frozen=True)
class TextChanges:
    """The texts that leave and arrive; one whose first title, abstract or authors change does both."""

    removed: Ints
    """Numbers, sorted."""
    texts: pl.DataFrame
    """The texts that arrive, from `texts_of`."""
    new: NewTexts
    candidates: CandidateChanges

    @classmethod
    def of(cls, state: IndexState, touched: Hashes, sources: pl.DataFrame, settings: Settings) -> TextChanges:
        """Compare the texts of some entry_ids before and now.

        Args:
            state: The index before.
            touched: The entry_ids.
            sources: Their entries now.
            settings: Of the signatures.
        """
        texts = texts_of(sources)
        signatures = compute_signatures(texts, settings)
        numbers = state.numbers_of(touched)
        keys, authors = state.text_keys_of(numbers)
        before = pl.DataFrame(
            {"id": state.ids_of(numbers), "key": keys, "authors": authors, "number": numbers}
        )
        now = pl.DataFrame(
            {
                "id": ids_to_numbers(texts["entry_id"]),
                "key": signatures["text_key"],
                "authors": author_keys(texts),
                "row": np.arange(texts.height),
            }
        )
        same = ["id", "key", "authors"]
        arriving = now.join(before, on=same, how="anti", maintain_order="left")["row"].to_numpy()
        removed = np.sort(before.join(now, on=same, how="anti")["number"].to_numpy())
        new = NewTexts(
            np.arange(state.next_number, state.next_number + len(arriving)),
            now["id"].to_numpy()[arriving],
            signatures[arriving],
        )
        return cls(removed, texts[arriving], new, candidate_changes(state, removed, new))

    def ids_of(self, state: IndexState, numbers: Ints) -> Hashes:
        """Return the entry_ids of old and new texts."""
        ids = state.ids_of(numbers)
        is_new = numbers >= state.next_number
        ids[is_new] = self.new.entry_ids[numbers[is_new] - state.next_number]
        return ids

    def numbers_of(self, state: IndexState, entry_ids: Hashes) -> tuple[Hashes, Ints]:
        """Return the entry_ids, of some, that have a text now, sorted, and their numbers."""
        old = state.numbers_of(entry_ids)
        old = old[~np.isin(old, self.removed)]
        new = self.new.numbers[contains(entry_ids, self.new.entry_ids)]
        numbers = np.concatenate([old, new])
        ids = self.ids_of(state, numbers)
        order = np.argsort(ids)
        return ids[order], numbers[order]


def near_pairs(state: IndexState, changes: TextChanges) -> Hashes:
    """Return the gained candidate pairs that pass both prefilters, as the index knows the texts."""
    if len(changes.candidates.gained) == 0:
        return NO_HASHES
    first, second = unpack_pairs(changes.candidates.gained)
    ends: Ints = np.concatenate([first, second])
    numbers = distinct(ends)
    is_new = numbers >= state.next_number
    rows = numbers[is_new] - state.next_number
    new = changes.new.signatures.with_columns(changes.texts["title"])[rows]
    old = state.signatures_of(numbers[~is_new])
    texts = pl.concat([old, new]) if old.height else new
    overlaps = overlap_features(texts, np.searchsorted(numbers, first), np.searchsorted(numbers, second))
    passing = overlaps.with_row_index("pair").filter(PASSES_OVERLAP_PREFILTER)
    compared = add_title_similarity(texts, passing)
    near = compared.filter(passes_prefilter(compared))["pair"].to_numpy()
    pairs: Hashes = changes.candidates.gained[near]
    return pairs


def score(
    sources: pl.DataFrame, first: Hashes, second: Hashes, settings: Settings
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Score pairs of entry_ids.

    Args:
        sources: The entries of all of their texts, and of others.
        first: The entry_id of one text of each pair.
        second: That of the other.
        settings: Of the signatures.

    Returns:
        The texts of the sources, their signatures, and the scored pairs in order.
    """
    texts = texts_of(sources)
    signatures = compute_signatures(texts, settings)
    ids = ids_to_numbers(texts["entry_id"])
    if not (contains(ids, first).all() and contains(ids, second).all()):
        raise IndexMismatchError("a pair has a text without entries")
    one, other = np.searchsorted(ids, first), np.searchsorted(ids, second)
    pairs = distinct(pack_pairs(one, other))
    one, other = unpack_pairs(pairs)
    return texts, signatures, compare(texts, compute_features(texts, signatures, one, other))


class Reach:
    """What links a text to others, before a change and after it."""

    def __init__(self, state: IndexState, links: EdgeList, entry_ids: Hashes, identities: pl.Series) -> None:
        """Take what the index before does not have.

        Args:
            state: The index before.
            links: New links, and all decisions.
            entry_ids: Of each new entry.
            identities: Hashes of the identifiers of each new entry.
        """
        self._state, self._links = state, links
        sizes = identities.list.len().to_numpy()
        self._identities = (
            identities.explode(empty_as_null=False, keep_nulls=False).to_numpy().astype(np.uint64)
        )
        self._owners = np.repeat(entry_ids, sizes)

    def closure(self, entry_ids: Hashes, max_count: int) -> Hashes | None:
        """Return all texts that are connected with some; None if there are too many."""
        reached = frontier = entry_ids
        while len(frontier):
            if len(reached) > max_count:
                return None
            found = distinct(self._neighbours(frontier))
            frontier = found[~contains(reached, found)]
            reached = distinct(np.concatenate([reached, frontier]))
        return reached

    def _neighbours(self, entry_ids: Hashes) -> Hashes:
        own = self._identities[contains(entry_ids, self._owners)]
        identities = distinct(np.concatenate([self._state.identities_of(entry_ids), own]))
        _, second, flags = edge_ends(self._state.edges_of(self._state.numbers_of(entry_ids)))
        return np.concatenate(
            [
                self._state.with_identities(identities),
                self._owners[contains(identities, self._identities)],
                self._state.ids_of(second[flags & IS_LINK > 0]),
                self._links.of(entry_ids),
            ]
        )


def kept_candidates(state: IndexState, changes: TextChanges, entry_ids: Hashes) -> tuple[Ints, Ints]:
    """Return the recorded candidate pairs, of which one text is among some, that are so still."""
    numbers = state.numbers_of(entry_ids)
    first, second, flags = edge_ends(state.edges_of(numbers[~np.isin(numbers, changes.removed)]))
    packed = pack_pairs(first, second)
    kept = (flags & IS_CANDIDATE > 0) & ~np.isin(second, changes.removed)
    kept &= ~contains(changes.candidates.lost, packed)
    return unpack_pairs(distinct(packed[kept]))
