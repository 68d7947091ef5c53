"""Find candidate pairs: texts that share a block of one of five blocking rules.

The rules are an equal title, an equal abstract, a MinHash band, two rare words, two rare title words. Every
rule is a sort of block keys, and every block is bounded, so the number of pairs grows with the number of
texts and not with its square. Whether a pair is one paper is decided in `matching/`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import WordLists
from paperlake.dedup.blocking.packed_keys import WORD_SIZE, PackedKeys, bits_for, high_bits
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import distinct, splitmix64
from paperlake.vectors.arrays import Hashes, Ints, Words

# Measured on 46,656 texts with 4,643 true pairs. Blocking rules, their share of the true pairs, and their
# candidate pairs: bands and equal titles 0.857 and 4,120; with pairs of the 8 rarest words 0.97 and 70,000;
# with pairs of the 4 rarest title words 0.98 and 110,000.
RARE_WORDS = 8
RARE_TITLE_WORDS = 4
MAX_RARE_BLOCK = 10  # texts that share two rare words; of more texts, the two are a phrase of the field
MAX_RARE_TITLE_BLOCK = 20
MAX_EQUAL_BLOCK = 40  # texts that share a title, an abstract or a band; of more, each with the first
MAX_WORD_FREQUENCY = 1 << 15  # texts; a word in more of them is not rare in a lake of any size
TYPICAL_RARITY = 500  # a word in at most one of so many texts is rare; an abstract has some 25 such words
CHUNK_TEXTS = 1 << 15

# The rarest words of a text are found by one sort of these keys.
_TEXT_WORDS = PackedKeys(text=bits_for(CHUNK_TEXTS), frequency=bits_for(MAX_WORD_FREQUENCY), word=WORD_BITS)
_WORD_PAIR = PackedKeys(lesser=32, greater=32)


class BlockKeys:
    """Block keys beside the texts that have them, packed so that one sort finds the blocks.

    For a million texts 44 bits of a key remain: among 28 million distinct keys, 20 pairs collide.
    """

    def __init__(self, text_count: int) -> None:
        """Choose the layouts for texts that are numbered from 0 to text_count - 1."""
        bits = bits_for(text_count)
        self._key_bits = WORD_SIZE - bits
        self._keys = PackedKeys(key=self._key_bits, text=bits)
        self._pairs = PackedKeys(first=bits, second=bits)

    def pack(self, hashes: Hashes, texts: Ints) -> Hashes:
        """Pack 64-bit block keys, shortened to the bits that remain, with their texts."""
        return self._keys.pack(key=high_bits(hashes, self._key_bits), text=texts)

    def pairs_of_blocks(self, packed: Hashes, max_size: int, pair_large_with_first: bool = True) -> Hashes:
        """Return the pairs of texts with equal keys, packed, first < second; a pair may come twice.

        Args:
            packed: Keys and texts in any order.
            max_size: The number of texts up to which a block gives all its pairs.
            pair_large_with_first: Pair the texts of a larger block with its first text; else a larger block
                gives no pairs.
        """
        packed = np.sort(packed)
        keys = self._keys.unpack(packed, "key")
        equal = keys[1:] == keys[:-1]
        shared = np.zeros(len(keys), bool)
        shared[1:] = equal
        shared[:-1] |= equal
        keys, texts = keys[shared], self._keys.unpack(packed[shared], "text")
        if len(keys) == 0:
            return keys
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
        block_sizes = np.diff(np.concatenate([starts, [len(keys)]]))
        size, end = np.repeat(block_sizes, block_sizes), np.repeat(starts + block_sizes, block_sizes)
        places = np.flatnonzero(size <= max_size)
        pairs = []
        for step in range(1, max_size):
            places = places[places + step < end[places]]
            if len(places) == 0:
                break
            pairs.append(self._pack_pairs(texts[places], texts[places + step]))
        if pair_large_with_first:
            first = np.repeat(starts, block_sizes)
            large = np.flatnonzero((size > max_size) & (first != np.arange(len(keys))))
            pairs.append(self._pack_pairs(texts[first[large]], texts[large]))
        return np.concatenate(pairs) if pairs else keys[:0]

    def _pack_pairs(self, left: Hashes, right: Hashes) -> Hashes:
        """Pack pairs, the lesser text first; a text that has a key twice is no pair with itself."""
        different = left != right
        left, right = left[different], right[different]
        return self._pairs.pack(first=np.minimum(left, right), second=np.maximum(left, right))

    def unpack_pairs(self, pairs: Hashes) -> tuple[Ints, Ints]:
        """Return the first and second texts of packed pairs."""
        first, second = (self._pairs.unpack(pairs, name).astype(np.int64) for name in ("first", "second"))
        return first, second


def candidate_pairs(signatures: pl.DataFrame) -> tuple[Ints, Ints]:
    """Find the pairs of rows of `signatures` that share a block.

    Args:
        signatures: Columns of `SIGNATURE_COLUMNS`, one row per text, in an order that depends on the texts
            alone.

    Returns:
        The rows of the first and of the second texts, first < second, each pair once, in order.
    """
    blocks = BlockKeys(signatures.height)
    found = [
        np.zeros(0, np.uint64),
        *_equal_text_pairs(signatures, blocks),
        *_band_pairs(signatures["bands"], blocks),
    ]
    for column, rarest, max_size in (
        ("words", RARE_WORDS, MAX_RARE_BLOCK),
        ("title_words", RARE_TITLE_WORDS, MAX_RARE_TITLE_BLOCK),
    ):
        keys = rare_word_keys(WordLists.of(signatures[column]), rarest, blocks)
        found.append(blocks.pairs_of_blocks(keys, max_size, pair_large_with_first=False))
    return blocks.unpack_pairs(distinct(np.concatenate(found)))


def _equal_text_pairs(signatures: pl.DataFrame, blocks: BlockKeys) -> Iterator[Hashes]:
    """Yield the pairs of equal titles, then of equal abstracts; a text without words is in no block."""
    for name in ("title_hash", "abstract_hash"):
        hashes = signatures[name].fill_null(0).to_numpy()
        present = np.flatnonzero(hashes)
        yield blocks.pairs_of_blocks(blocks.pack(hashes[present], present), MAX_EQUAL_BLOCK)


def _band_pairs(bands: pl.Series, blocks: BlockKeys) -> Iterator[Hashes]:
    """Yield the pairs of equal MinHash bands, band by band."""
    rows = np.flatnonzero(bands.list.len().to_numpy() > 0)
    if len(rows) == 0:
        return
    matrix = bands.explode(empty_as_null=False, keep_nulls=False).to_numpy().reshape(len(rows), -1)
    for band in range(matrix.shape[1]):
        hashes = matrix[:, band].astype(np.uint64) << np.uint64(32)
        yield blocks.pairs_of_blocks(blocks.pack(hashes, rows), MAX_EQUAL_BLOCK)


def rare_word_keys(lists: WordLists, rarest: int, blocks: BlockKeys) -> Hashes:
    """Return a block key for every two of each text's `rarest` rarest words that other texts have too."""
    frequencies = lists.frequencies()
    keys = [np.zeros(0, np.uint64)]
    for start in range(0, lists.text_count, CHUNK_TEXTS):
        texts = np.arange(start, min(start + CHUNK_TEXTS, lists.text_count))
        words = _rarest_words(lists, frequencies, texts, rarest)
        for left, right in combinations(range(rarest), 2):
            present = np.flatnonzero((words[:, left] > 0) & (words[:, right] > 0))
            one, other = words[present, left], words[present, right]
            pair = _WORD_PAIR.pack(lesser=np.minimum(one, other), greater=np.maximum(one, other))
            keys.append(blocks.pack(splitmix64(pair), texts[present]))
    return np.concatenate(keys)


def _rarest_words(lists: WordLists, frequencies: Words, texts: Ints, rarest: int) -> Hashes:
    """Return the rarest words of some texts, (texts, rarest), 0 where a text has fewer."""
    # Most texts have enough words under the typical rarity, and sorting only these is faster.
    table = _rarest_below(lists, frequencies, texts, rarest, (lists.text_count + 1) // TYPICAL_RARITY)
    short = np.flatnonzero(table[:, -1] == 0)
    table[short] = _rarest_below(lists, frequencies, texts[short], rarest, MAX_WORD_FREQUENCY)
    return table


def _rarest_below(
    lists: WordLists, frequencies: Words, texts: Ints, rarest: int, max_frequency: int
) -> Hashes:
    """Return the rarest of the words that are in at least two and fewer than `max_frequency` texts."""
    words, sizes = lists.of_texts(texts)
    frequency = frequencies[words]
    useful = np.flatnonzero((frequency > 1) & (frequency < min(max_frequency, MAX_WORD_FREQUENCY)))
    owner = np.repeat(np.arange(len(texts), dtype=np.uint32), sizes)[useful]
    packed = np.sort(_TEXT_WORDS.pack(text=owner, frequency=frequency[useful], word=words[useful]))
    owners = _TEXT_WORDS.unpack(packed, "text").astype(np.int64)
    first = np.searchsorted(owners, np.arange(len(texts)))
    rank = np.arange(len(packed)) - first[owners]
    table = np.zeros((len(texts), rarest), np.uint64)
    kept = rank < rarest
    table[owners[kept], rank[kept]] = _TEXT_WORDS.unpack(packed[kept], "word")
    return table
