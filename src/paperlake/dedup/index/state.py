"""The state of the index after one commit: its segments, what is gone, the recorded pairs, the dumps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from paperlake.dedup.blocking.block_keys import BLOCK_LAYOUT, NUMBER_BITS
from paperlake.dedup.blocking.packed_keys import PackedKeys
from paperlake.dedup.index.arrays import NO_HASHES, contains, equal_ranges, ranges
from paperlake.dedup.index.segment import Segment, parts_of
from paperlake.dedup.text.hashing import distinct
from paperlake.vectors.arrays import Flags, Hashes, Ints

IS_LINK, IS_CANDIDATE = 1, 2
EDGE_LAYOUT = PackedKeys(first=NUMBER_BITS, second=NUMBER_BITS, flags=64 - 2 * NUMBER_BITS)
NO_INTS: Ints = np.zeros(0, np.int64)


@dataclass(frozen=True)
class DumpSlots:
    """Dumps by slot. A dump whose entries change gets a new slot, and its old one is gone."""

    dump_ids: Hashes
    attributes: Hashes
    """Hashes of what survivorship needs to know of a dump."""
    contents: Hashes
    """Hashes of the entries."""
    partitions: tuple[str, ...]
    """The partition of the table entries that has the dump."""
    is_gone: Flags

    @classmethod
    def none(cls) -> DumpSlots:
        """Return no dumps."""
        return cls(NO_HASHES, NO_HASHES, NO_HASHES, (), np.zeros(0, bool))

    @property
    def present(self) -> Ints:
        """Return the slots that are not gone."""
        return np.flatnonzero(~self.is_gone)


@dataclass(frozen=True)
class IndexedEntryRows:
    """Entries, as the index knows them."""

    entry_ids: Hashes
    slots: Ints
    entry_numbers: Ints


@dataclass(frozen=True)
class IndexState:
    """The index after one commit of the stage."""

    segments: list[Segment]
    is_gone: Flags
    """By number of text: whether it is in no dump any more, or no first text of its entry_id."""
    edges: Hashes
    """The rows of the table matches as `EDGE_LAYOUT`, each from both of its texts, sorted."""
    merged_ids: Hashes
    """The entry_ids whose papers are not just the one of their own id, sorted; one for each paper."""
    merged_papers: Hashes
    slots: DumpSlots
    decisions: tuple[tuple[str, str, bool], ...]

    @property
    def next_number(self) -> int:
        """Return the number of the next text."""
        return len(self.is_gone)

    def numbers_of(self, entry_ids: Hashes) -> Ints:
        """Return the numbers of the present texts of some entry_ids, sorted."""
        found = np.concatenate([NO_INTS, *(segment.numbers_of(entry_ids) for segment in self.segments)])
        return np.sort(found[~self.is_gone[found]])

    def ids_of(self, numbers: Ints) -> Hashes:
        """Return the entry_ids of some texts."""
        return self._gather(numbers, lambda segment: segment.entry_ids)

    def text_keys_of(self, numbers: Ints) -> tuple[Hashes, Hashes]:
        """Return the keys of some texts, and of their authors."""
        keys = self._gather(numbers, lambda segment: segment.arrays["t_keys"])
        return keys, self._gather(numbers, lambda segment: segment.arrays["t_authors"])

    def _gather(self, numbers: Ints, column: Callable[[Segment], Hashes]) -> Hashes:
        found = np.zeros(len(numbers), np.uint64)
        for segment, places in parts_of(self.segments, numbers):
            found[places] = column(segment)[numbers[places] - segment.first_number]
        return found

    def signatures_of(self, numbers: Ints) -> pl.DataFrame:
        """Return the signatures of some texts, with title, in the order of the numbers, which are sorted."""
        frames = [segment.read(numbers[places]) for segment, places in parts_of(self.segments, numbers)]
        return pl.concat(frames) if frames else pl.DataFrame()

    def members(self, rule: str, keys: Hashes) -> Hashes:
        """Return the packed keys of present texts that have one of some keys (distinct, sorted)."""
        found = np.concatenate([NO_HASHES, *(segment.keys.find(rule, keys) for segment in self.segments)])
        return found[~self.is_gone[BLOCK_LAYOUT.unpack(found, "text").astype(np.int64)]]

    def entries_of(self, entry_ids: Hashes) -> IndexedEntryRows:
        """Return the present entries of some entry_ids."""
        return self._entries(lambda segment: segment.entries_of(entry_ids))

    def entries_of_slots(self, slots: Ints) -> IndexedEntryRows:
        """Return the present entries of some dumps."""
        wanted = np.zeros(len(self.slots.is_gone), bool)
        wanted[slots] = True
        return self._entries(lambda segment: np.flatnonzero(wanted[segment.entries.slots]))

    def _entries(self, rows_of: Callable[[Segment], Ints]) -> IndexedEntryRows:
        parts: list[tuple[Hashes, Ints, Ints]] = [(NO_HASHES, NO_INTS, NO_INTS)]
        parts += [segment.entries.take(rows_of(segment)) for segment in self.segments]
        ids, slots, numbers = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        present = ~self.slots.is_gone[slots]
        return IndexedEntryRows(ids[present], slots[present], numbers[present])

    def identities_of(self, entry_ids: Hashes) -> Hashes:
        """Return the distinct identities of the entries of some entry_ids."""
        parts = [segment.entries.identities_of(segment.entries_of(entry_ids)) for segment in self.segments]
        return distinct(np.concatenate([NO_HASHES, *parts]))

    def with_identities(self, identities: Hashes) -> Hashes:
        """Return the entry_ids that have, or had, one of some identities."""
        parts = [segment.with_identities(identities) for segment in self.segments]
        return distinct(np.concatenate([NO_HASHES, *parts]))

    def edges_of(self, numbers: Ints) -> Hashes:
        """Return the edges from some texts."""
        shift = np.uint64(64 - NUMBER_BITS)
        low = numbers.astype(np.uint64) << shift
        high = low | np.uint64((1 << (64 - NUMBER_BITS)) - 1)
        starts = np.searchsorted(self.edges, low, "left")
        ends = np.searchsorted(self.edges, high, "right")
        return self.edges[ranges(starts.astype(np.int64), (ends - starts).astype(np.int64))]

    def papers_of(self, entry_ids: Hashes) -> Hashes:
        """Return the papers that have an entry of some entry_ids, which are present."""
        alone = entry_ids[~contains(self.merged_ids, entry_ids)]
        merged = self.merged_papers[ranges(*equal_ranges(self.merged_ids, entry_ids))]
        return distinct(np.concatenate([alone, merged]))


def both_ways(first: Ints, second: Ints, flags: Ints) -> Hashes:
    """Return edges from both of their texts."""
    return np.concatenate(
        [
            EDGE_LAYOUT.pack(first=first, second=second, flags=flags),
            EDGE_LAYOUT.pack(first=second, second=first, flags=flags),
        ]
    )


def edge_ends(edges: Hashes) -> tuple[Ints, Ints, Ints]:
    """Return the first and the second texts of edges, and the flags."""
    first, second, flags = (
        EDGE_LAYOUT.unpack(edges, name).astype(np.int64) for name in ("first", "second", "flags")
    )
    return first, second, flags
