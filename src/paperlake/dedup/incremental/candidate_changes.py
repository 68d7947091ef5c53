"""Find the candidate pairs that texts bring when they arrive and take when they leave.

The blocks of these texts are looked up and paired as before and as after; a pair of two old texts that a
block gives no more, or newly, is a candidate all the same if another block gives it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.dedup.blocking.block_keys import BLOCK_LAYOUT, RULES, BlockingRule, block_keys
from paperlake.dedup.blocking.candidates import pack_pairs, pairs_of_blocks, unpack_pairs
from paperlake.dedup.index.arrays import NO_HASHES, contains
from paperlake.dedup.index.state import IndexState
from paperlake.dedup.text.hashing import distinct
from paperlake.vectors.arrays import Hashes, Ints


@dataclass(frozen=True)
class NewTexts:
    """Texts that arrive, in the order of their numbers, which is that of their entry_ids."""

    numbers: Ints
    entry_ids: Hashes
    signatures: pl.DataFrame


@dataclass(frozen=True)
class CandidateChanges:
    """Pairs of numbers of texts as `PAIR_LAYOUT`, distinct."""

    gained: Hashes
    lost: Hashes


def candidate_changes(state: IndexState, removed: Ints, new: NewTexts) -> CandidateChanges:
    """Compare the candidate pairs before and after texts leave and arrive.

    Args:
        state: The index before.
        removed: The numbers of the texts that leave, sorted.
        new: The texts that arrive.
    """
    keys: dict[str, list[Hashes]] = defaultdict(lambda: [NO_HASHES])
    arriving: dict[str, list[Hashes]] = defaultdict(lambda: [NO_HASHES])
    if len(removed):
        for rule, packed in block_keys(state.signatures_of(removed), removed):
            keys[rule.name].append(packed)
    for rule, packed in block_keys(new.signatures, new.numbers):
        keys[rule.name].append(packed)
        arriving[rule.name].append(packed)
    pairing = _Pairing(state, new)
    before, after = [NO_HASHES], [NO_HASHES]
    touched: dict[str, Hashes] = {}
    for rule in RULES:
        touched[rule.name] = distinct(BLOCK_LAYOUT.unpack(np.concatenate(keys[rule.name]), "key"))
        old = state.members(rule.name, touched[rule.name])
        stays = ~np.isin(BLOCK_LAYOUT.unpack(old, "text").astype(np.int64), removed)
        before.append(pairing.pairs(rule, old))
        after.append(pairing.pairs(rule, np.concatenate([old[stays], *arriving[rule.name]])))
    old_pairs, new_pairs = distinct(np.concatenate(before)), distinct(np.concatenate(after))
    gained = new_pairs[~contains(old_pairs, new_pairs)]
    lost = old_pairs[~contains(new_pairs, old_pairs)]
    doubtful = [_between_old(gained, new.numbers), _between_old(lost, removed)]
    elsewhere = pairing.pairs_elsewhere(np.concatenate([gained[doubtful[0]], lost[doubtful[1]]]), touched)
    return CandidateChanges(gained[~contains(elsewhere, gained)], lost[~contains(elsewhere, lost)])


def _between_old(pairs: Hashes, changed: Ints) -> np.ndarray:
    """Return for each pair whether neither text is among some."""
    first, second = unpack_pairs(pairs)
    return ~(np.isin(first, changed) | np.isin(second, changed))


class _Pairing:
    """Pairs the texts of blocks, whose order is that of their entry_ids and not of their numbers."""

    def __init__(self, state: IndexState, new: NewTexts) -> None:
        self._state, self._new = state, new

    def pairs(self, rule: BlockingRule, packed: Hashes) -> Hashes:
        """Return the pairs of blocks as pairs of numbers, distinct."""
        numbers = BLOCK_LAYOUT.unpack(packed, "text").astype(np.int64)
        members = distinct(numbers)
        order = np.argsort(self._ids_of(members), kind="stable")
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        ranked = BLOCK_LAYOUT.pack(
            key=BLOCK_LAYOUT.unpack(packed, "key"), text=rank[np.searchsorted(members, numbers)]
        )
        first, second = unpack_pairs(pairs_of_blocks(distinct(ranked), rule))
        one, other = members[order[first]], members[order[second]]
        return distinct(pack_pairs(one, other))

    def _ids_of(self, numbers: Ints) -> Hashes:
        ids = self._state.ids_of(numbers)
        is_new = numbers >= self._state.next_number
        ids[is_new] = self._new.entry_ids[numbers[is_new] - self._state.next_number]
        return ids

    def pairs_elsewhere(self, pairs: Hashes, touched: dict[str, Hashes]) -> Hashes:
        """Return the pairs of old texts that blocks of other keys than the touched ones give."""
        if len(pairs) == 0:
            return NO_HASHES
        numbers = distinct(np.concatenate(unpack_pairs(pairs)))
        found = [NO_HASHES]
        keys: dict[str, list[Hashes]] = defaultdict(lambda: [NO_HASHES])
        for rule, packed in block_keys(self._state.signatures_of(numbers), numbers):
            keys[rule.name].append(BLOCK_LAYOUT.unpack(distinct(packed), "key"))
        for rule in RULES:
            ordered = np.sort(np.concatenate(keys[rule.name]))
            shared = distinct(ordered[1:][ordered[1:] == ordered[:-1]])
            other = shared[~contains(touched[rule.name], shared)]
            found.append(self.pairs(rule, self._state.members(rule.name, other)))
        return distinct(np.concatenate(found))
