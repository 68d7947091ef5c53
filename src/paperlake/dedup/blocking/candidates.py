"""Which texts are worth comparing: those that share a title, an abstract, a MinHash band or rare words.

Every way in is a sort of keys, and every bucket is bounded, so the number of pairs grows with the number of
texts and never with its square. Whether a pair is the same paper is decided in `matching.py`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl

from paperlake.dedup.blocking.overlap import Ints, WordLists, Words
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import Hashes, distinct, mix

# Measured on 46,656 texts with 4,643 true pairs: the way in, its share of the true pairs, and the pairs it
# gives: bands and equal titles 0.857 and 4,120; with pairs of the 8 rarest words 0.97 and 70,000; with pairs
# of the 4 rarest title words 0.98 and 110,000.
RARE_WORDS = 8
RARE_TITLE_WORDS = 4
RARE_BUCKET = 10  # texts that share a pair of rare words; more, and the pair is a phrase of the field
RARE_TITLE_BUCKET = 20
EQUAL_BUCKET = 40  # texts that share a title, an abstract or a band; of more, each meets only the first
MAX_FREQUENT = 1 << 15  # a word in more texts than this is not rare in a lake of any size
OFTEN_RARE = 500  # of so many texts one holds a word that is rare: abstracts have some 25 such words
TEXTS_AT_ONCE = 1 << 15  # fits the text's number into 64 bits beside a word and its frequency


def candidate_pairs(signatures: pl.DataFrame) -> tuple[Ints, Ints]:
    """Pairs of rows of `signatures` that are worth comparing.

    Args:
        signatures: Columns of `SIGNATURE_COLUMNS`, one row a text, in an order that the texts
            alone decide.

    Returns:
        The rows of the first and of the second texts, first < second, each pair once, in order.
    """
    count = signatures.height
    rows = np.arange(count, dtype=np.uint64)
    found = [np.zeros(0, np.uint64)]
    for name in ("title_hash", "abstract_hash"):
        hashes = signatures[name].fill_null(0).to_numpy()
        present = hashes != 0
        found.append(_bucket_pairs(_packed(hashes[present], rows[present], count), EQUAL_BUCKET, count))
    found.extend(_band_pairs(signatures["bands"], count))
    for column, words, bucket in (
        ("words", RARE_WORDS, RARE_BUCKET),
        ("title_words", RARE_TITLE_WORDS, RARE_TITLE_BUCKET),
    ):
        keys = _rare_word_keys(WordLists.of(signatures[column]), words)
        found.append(_bucket_pairs(keys, bucket, count, chain_larger=False))
    codes = distinct(np.concatenate(found))
    return (codes // max(count, 1)).astype(np.int64), (codes % max(count, 1)).astype(np.int64)


def _band_pairs(bands: pl.Series, count: int) -> list[Hashes]:
    rows = np.flatnonzero(bands.list.len().to_numpy() > 0).astype(np.uint64)
    if len(rows) == 0:
        return []
    matrix = bands.explode(empty_as_null=False, keep_nulls=False).to_numpy().reshape(len(rows), -1)
    return [
        _bucket_pairs(
            _packed(matrix[:, band].astype(np.uint64) << np.uint64(32), rows, count), EQUAL_BUCKET, count
        )
        for band in range(matrix.shape[1])
    ]


def _row_bits(count: int) -> int:
    """Bits that the number of a text takes."""
    return max(count - 1, 1).bit_length()


def _packed(keys: Hashes, texts: Hashes, count: int) -> Hashes:
    """Key and text in one number, which sorts fast: the upper bits of the key, below them the text.

    For a million texts 44 bits of the key remain: of 28 million keys, 20 pairs of different ones look equal.
    """
    bits = np.uint64(_row_bits(count))
    return (keys >> bits << bits) | texts


def _bucket_pairs(packed: Hashes, largest: int, count: int, chain_larger: bool = True) -> Hashes:
    """All pairs of texts with equal keys, as `first * count + second`.

    A bucket of more than `largest` gives the pairs of its first text with the others, or none.
    """
    bits = np.uint64(_row_bits(count))
    packed = np.sort(packed)
    keys = packed >> bits
    equal = keys[1:] == keys[:-1]
    shared = np.zeros(len(keys), bool)
    shared[1:] = equal
    shared[:-1] |= equal
    keys, texts = keys[shared], (packed & ((np.uint64(1) << bits) - np.uint64(1)))[shared]
    if len(keys) == 0:
        return keys
    begins = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    sizes = np.diff(np.concatenate([begins, [len(keys)]]))
    size, last = np.repeat(sizes, sizes), np.repeat(begins + sizes, sizes)
    small = np.flatnonzero(size <= largest)
    pairs = []
    for step in range(1, largest):
        small = small[small + step < last[small]]
        if len(small) == 0:
            break
        pairs.append(_codes(texts[small], texts[small + step], count))
    if chain_larger:
        first = np.repeat(begins, sizes)
        large = np.flatnonzero((size > largest) & (first != np.arange(len(keys))))
        pairs.append(_codes(texts[first[large]], texts[large], count))
    return np.concatenate(pairs) if pairs else keys[:0]


def _codes(left: Hashes, right: Hashes, count: int) -> Hashes:
    different = left != right
    left, right = left[different], right[different]
    return np.minimum(left, right) * np.uint64(count) + np.maximum(left, right)


def _rare_word_keys(lists: WordLists, rarest: int) -> Hashes:
    """A key for every two of each text's `rarest` rarest words that also stand in other texts, packed."""
    frequencies = lists.frequencies()
    keys = [np.zeros(0, np.uint64)]
    count = len(lists.offsets) - 1
    for begin in range(0, count, TEXTS_AT_ONCE):
        words = _rarest(lists, frequencies, np.arange(begin, min(begin + TEXTS_AT_ONCE, count)), rarest)
        for left, right in combinations(range(rarest), 2):
            present = np.flatnonzero((words[:, left] > 0) & (words[:, right] > 0))
            one, other = words[present, left], words[present, right]
            pair = mix(np.minimum(one, other) * np.uint64(1 << 32) + np.maximum(one, other))
            keys.append(_packed(pair, (present + begin).astype(np.uint64), count))
    return np.concatenate(keys)


def _rarest(lists: WordLists, frequencies: Words, texts: Ints, rarest: int) -> Hashes:
    """The rarest words of some texts, one row a text, 0 where there are fewer."""
    # Most texts have enough words that are rare indeed, and only these need sorting.
    table = _rarest_below(lists, frequencies, texts, rarest, len(lists.offsets) // OFTEN_RARE)
    short = np.flatnonzero(table[:, -1] == 0)
    table[short] = _rarest_below(lists, frequencies, texts[short], rarest, MAX_FREQUENT)
    return table


def _rarest_below(lists: WordLists, frequencies: Words, texts: Ints, rarest: int, most: int) -> Hashes:
    """The rarest of the words that stand in fewer than `most` texts."""
    words, sizes = lists.of_texts(texts)
    frequency = frequencies[words]
    useful = np.flatnonzero((frequency > 1) & (frequency < min(most, MAX_FREQUENT)))
    owner = np.repeat(np.arange(len(texts), dtype=np.uint32), sizes)[useful].astype(np.uint64)
    rarity = frequency[useful].astype(np.uint64) << np.uint64(WORD_BITS + 8)
    packed = np.sort((owner << np.uint64(48)) | rarity | words[useful])
    owners = (packed >> np.uint64(48)).astype(np.int64)
    first = np.searchsorted(owners, np.arange(len(texts)))
    rank = np.arange(len(packed)) - first[owners]
    table = np.zeros((len(texts), rarest), np.uint64)
    kept = rank < rarest
    table[owners[kept], rank[kept]] = packed[kept] & np.uint64((1 << WORD_BITS) - 1)
    return table
