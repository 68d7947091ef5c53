"""Compute the block keys of texts: what five blocking rules put texts into one block by.

The keys of a text are a function of its signature alone, so that a text that arrives or leaves changes the
blocks of its own keys and no others. A key is packed with the number of its text into 64 bits; a sort of
packed keys lists the blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import WordLists
from paperlake.dedup.blocking.packed_keys import WORD_SIZE, PackedKeys, bits_for, high_bits
from paperlake.dedup.blocking.rarity import COUNTED_TEXTS, word_counts
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import splitmix64
from paperlake.vectors.arrays import Hashes, Ints, Words

# The numbers of bits are fixed, so that keys collide alike in lakes of any size: of the 28 million keys of a
# rule at a million texts some 350 pairs do, which are compared and found different.
KEY_BITS = 40
NUMBER_BITS = 24
MAX_TEXTS = 1 << NUMBER_BITS  # whose keys are sorted at once, and that the index may have

# Measured on 46,559 texts with 4,546 true pairs, rare by the constants of `rarity.py`: pairs of the 8, 9, 10
# and 12 rarest words find 0.986, 0.989, 0.991 and 0.993 of the true pairs with 90,000, 113,000, 141,000 and
# 227,000 candidate pairs. Words rare by their frequency in the lake itself: 8 words, 0.987 and 103,000.
RARE_WORDS = 9
RARE_TITLE_WORDS = 4
MAX_RARE_BLOCK = 10  # texts that share two rare words; of more texts, the two are a phrase of the field
MAX_RARE_TITLE_BLOCK = 20
MAX_EQUAL_BLOCK = 40  # texts that share a title, an abstract or a band; of more, each with the first
TYPICAL_COUNT = 400  # a word in at most so many of the counted texts is rare; most texts have enough of them
CHUNK_TEXTS = 1 << 15
KEY_RANGES = 16  # of the keys of rare words: their sort and its results take several times their memory
BAND_VALUE_BITS = 32

# The rarest words of a text are found by one sort of these keys.
_TEXT_WORDS = PackedKeys(text=bits_for(CHUNK_TEXTS), count=bits_for(COUNTED_TEXTS + 1), word=WORD_BITS)
_WORD_PAIR = PackedKeys(lesser=32, greater=32)
_BAND = PackedKeys(band=KEY_BITS - BAND_VALUE_BITS, value=BAND_VALUE_BITS)


@dataclass(frozen=True)
class KeyPart:
    """The keys that begin with some bits: their other bits leave room for longer numbers of texts."""

    bits: int = 0
    value: int = 0

    @property
    def layout(self) -> PackedKeys:
        """The bits of a key after those that all keys of the part begin with, and the number of a text."""
        return PackedKeys(key=KEY_BITS - self.bits, text=NUMBER_BITS + self.bits)

    def pack(self, keys: Hashes, numbers: Ints) -> Hashes:
        """Pack the keys of the part, of some of `KEY_BITS`, with the numbers of their texts."""
        if self.bits:
            is_here = np.flatnonzero(high_bits(keys, self.bits, KEY_BITS) == self.value)
            keys = keys[is_here] & np.uint64((1 << KEY_BITS - self.bits) - 1)
            numbers = numbers[is_here]
        return self.layout.pack(key=keys, text=numbers)


ALL_KEYS = KeyPart()
BLOCK_LAYOUT = ALL_KEYS.layout
"""A block key and the number of a text, where there are at most `MAX_TEXTS`."""


def key_parts(text_count: int) -> list[KeyPart]:
    """Return the parts of all keys that are sorted one by one: two for twice as many texts as `MAX_TEXTS`.

    >>> [len(key_parts(count)) for count in (1_000_000, 16_777_216, 16_777_217, 300_000_000)]
    [1, 1, 2, 32]
    """
    bits = max(0, bits_for(text_count) - NUMBER_BITS)
    return [KeyPart(bits, value) for value in range(1 << bits)]


@dataclass(frozen=True)
class BlockingRule:
    """A rule, and how many texts a block of it may have."""

    name: str
    max_size: int
    """The number of texts up to which a block gives all its pairs."""
    pairs_large_with_first: bool
    """Whether a larger block pairs its texts with its first; else it gives no pairs."""


TITLE = BlockingRule("title", MAX_EQUAL_BLOCK, pairs_large_with_first=True)
ABSTRACT = BlockingRule("abstract", MAX_EQUAL_BLOCK, pairs_large_with_first=True)
BANDS = BlockingRule("bands", MAX_EQUAL_BLOCK, pairs_large_with_first=True)
WORDS = BlockingRule("words", MAX_RARE_BLOCK, pairs_large_with_first=False)
TITLE_WORDS = BlockingRule("title_words", MAX_RARE_TITLE_BLOCK, pairs_large_with_first=False)
RULES = (TITLE, ABSTRACT, BANDS, WORDS, TITLE_WORDS)


def block_keys(
    signatures: pl.DataFrame, numbers: Ints | None = None, part: KeyPart = ALL_KEYS
) -> Iterator[tuple[BlockingRule, Hashes]]:
    """Yield the block keys of texts, packed with the numbers of the texts, rule by rule, unsorted.

    Args:
        signatures: Columns of `SIGNATURE_COLUMNS`, one row per text.
        numbers: The number of each text; its row if not given.
        part: Leave out the keys of others.

    Yields:
        A rule and keys of it. Those of bands and of rare words come in several parts, to bound memory: each
        part has all keys between two.
    """
    if numbers is None:
        numbers = np.arange(signatures.height)
    for rule in (TITLE, ABSTRACT):  # a text without words is in no block
        hashes = signatures[f"{rule.name}_hash"].fill_null(0).to_numpy()
        present = np.flatnonzero(hashes)
        yield rule, pack_hashes(hashes[present], numbers[present], part)
    yield from ((BANDS, keys) for keys in _band_keys(signatures["bands"], numbers, part))
    for rule, rarest in ((WORDS, RARE_WORDS), (TITLE_WORDS, RARE_TITLE_WORDS)):
        lists = WordLists.of(signatures[rule.name])
        yield from ((rule, keys) for keys in rare_word_keys(lists, rarest, numbers, part))


def pack_hashes(hashes: Hashes, numbers: Ints, part: KeyPart = ALL_KEYS) -> Hashes:
    """Pack 64-bit hashes, shortened to `KEY_BITS`, with the numbers of texts."""
    return part.pack(high_bits(hashes, KEY_BITS), numbers)


def _band_keys(bands: pl.Series, numbers: Ints, part: KeyPart) -> Iterator[Hashes]:
    """Yield the keys of each MinHash band."""
    rows = np.flatnonzero(bands.list.len().to_numpy() > 0)
    if len(rows) == 0:
        return
    matrix = bands.explode(empty_as_null=False, keep_nulls=False).to_numpy().reshape(len(rows), -1)
    for band in range(matrix.shape[1]):
        keys = _BAND.pack(band=np.full(len(rows), band), value=matrix[:, band])
        yield part.pack(keys, numbers[rows])


def rare_word_keys(
    lists: WordLists, rarest: int, numbers: Ints, part: KeyPart = ALL_KEYS
) -> Iterator[Hashes]:
    """Yield a block key for every two of each text's `rarest` rarest words, range by range of keys."""
    counts = word_counts()
    bounds = np.arange(1, KEY_RANGES, dtype=np.uint64) << np.uint64(WORD_SIZE - bits_for(KEY_RANGES))
    ranges: list[list[Hashes]] = [[] for _ in range(KEY_RANGES)]
    for start in range(0, lists.text_count, CHUNK_TEXTS):
        texts = np.arange(start, min(start + CHUNK_TEXTS, lists.text_count))
        words = _rarest_words(lists, counts, texts, rarest)
        keys = [np.zeros(0, np.uint64)]
        for left, right in combinations(range(rarest), 2):
            present = np.flatnonzero(words[:, right] > 0)  # a text with fewer words has them in front
            one, other = words[present, left], words[present, right]
            pair = _WORD_PAIR.pack(lesser=np.minimum(one, other), greater=np.maximum(one, other))
            keys.append(pack_hashes(splitmix64(pair), numbers[texts[present]], part))
        ordered = np.sort(np.concatenate(keys))
        for place, some in enumerate(np.split(ordered, np.searchsorted(ordered, bounds))):
            ranges[place].append(some.copy())
    for found in ranges:
        if found:
            yield np.concatenate(found)
            found.clear()


def _rarest_words(lists: WordLists, counts: Words, texts: Ints, rarest: int) -> Hashes:
    """Return the rarest words of some texts, (texts, rarest), 0 where a text has fewer."""
    # Sorting only the words under the typical count is faster.
    table = _rarest_below(lists, counts, texts, rarest, TYPICAL_COUNT)
    short = np.flatnonzero(table[:, -1] == 0)
    table[short] = _rarest_below(lists, counts, texts[short], rarest, COUNTED_TEXTS)
    return table


def _rarest_below(lists: WordLists, counts: Words, texts: Ints, rarest: int, max_count: int) -> Hashes:
    """Return the rarest of the words of at most a count; equally rare ones in the order of their numbers."""
    words, sizes = lists.of_texts(texts)
    count = counts[words]
    useful = np.flatnonzero((count <= max_count) & (words > 0))
    owner = np.repeat(np.arange(len(texts), dtype=np.uint32), sizes)[useful]
    packed = np.sort(_TEXT_WORDS.pack(text=owner, count=count[useful], word=words[useful]))
    owners = _TEXT_WORDS.unpack(packed, "text").astype(np.int64)
    first = np.searchsorted(owners, np.arange(len(texts)))
    rank = np.arange(len(packed)) - first[owners]
    table = np.zeros((len(texts), rarest), np.uint64)
    kept = rank < rarest
    table[owners[kept], rank[kept]] = _TEXT_WORDS.unpack(packed[kept], "word")
    return table
