"""Find candidate pairs: texts that share a block of one of five blocking rules.

The rules are an equal title, an equal abstract, a MinHash band, two rare words, two rare title words
(`block_keys.py`). Every rule is a sort of block keys, and every block is bounded, so the number of pairs
grows with the number of texts and not with its square. Whether a pair is one paper is decided in `matching/`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from paperlake.dedup.blocking.block_keys import BLOCK_LAYOUT, BlockingRule, block_keys, key_parts
from paperlake.dedup.blocking.packed_keys import PackedKeys
from paperlake.dedup.text.hashing import distinct
from paperlake.vectors.arrays import Hashes, Ints

PAIR_LAYOUT = PackedKeys(first=32, second=32)
"""Two texts by number, the lesser first."""

KeepBlocks = Callable[[BlockingRule, Hashes], None]
"""Takes packed keys of a rule, sorted."""


def candidate_pairs(signatures: pl.DataFrame, keep_blocks: KeepBlocks | None = None) -> tuple[Ints, Ints]:
    """Find the pairs of rows of `signatures` that share a block.

    Args:
        signatures: Columns of `SIGNATURE_COLUMNS`, one row per text, in order of entry_id.
        keep_blocks: Is given the blocks of all texts, for an index; not those of more than `MAX_TEXTS`.

    Returns:
        The rows of the first and of the second texts, first < second, each pair once, in order.
    """
    found = [np.zeros(0, np.uint64)]
    parts = key_parts(signatures.height)
    for part in parts:
        for rule, packed in block_keys(signatures, part=part):
            ordered = distinct(packed)
            if keep_blocks and len(parts) == 1:
                keep_blocks(rule, ordered)
            found.append(pairs_of_blocks(ordered, rule, part.layout))
    return unpack_pairs(distinct(np.concatenate(found)))


def pairs_of_blocks(packed: Hashes, rule: BlockingRule, layout: PackedKeys = BLOCK_LAYOUT) -> Hashes:
    """Return the pairs of texts with equal keys, packed, first < second; a pair may come twice.

    Args:
        packed: Distinct keys and texts, sorted. The first text of a block is the one of the least number.
        rule: Bounds the blocks.
        layout: That of the packed keys.
    """
    keys = layout.unpack(packed, "key")
    equal = keys[1:] == keys[:-1]
    shared = np.zeros(len(keys), bool)
    shared[1:] = equal
    shared[:-1] |= equal
    keys, texts = keys[shared], layout.unpack(packed[shared], "text")
    if len(keys) == 0:
        return keys
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    block_sizes = np.diff(np.concatenate([starts, [len(keys)]]))
    size, end = np.repeat(block_sizes, block_sizes), np.repeat(starts + block_sizes, block_sizes)
    places = np.flatnonzero(size <= rule.max_size)
    pairs = []
    for step in range(1, rule.max_size):
        places = places[places + step < end[places]]
        if len(places) == 0:
            break
        pairs.append(PAIR_LAYOUT.pack(first=texts[places], second=texts[places + step]))
    if rule.pairs_large_with_first:
        first = np.repeat(starts, block_sizes)
        large = np.flatnonzero((size > rule.max_size) & (first != np.arange(len(keys))))
        pairs.append(PAIR_LAYOUT.pack(first=texts[first[large]], second=texts[large]))
    return np.concatenate(pairs) if pairs else keys[:0]


def pack_pairs(one: Ints, other: Ints) -> Hashes:
    """Return pairs of texts packed, the lesser first."""
    return PAIR_LAYOUT.pack(first=np.minimum(one, other), second=np.maximum(one, other))


def unpack_pairs(pairs: Hashes) -> tuple[Ints, Ints]:
    """Return the first and second texts of packed pairs."""
    first, second = (PAIR_LAYOUT.unpack(pairs, name).astype(np.int64) for name in ("first", "second"))
    return first, second
