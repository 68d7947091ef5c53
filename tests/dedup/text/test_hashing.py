"""Hashes of words and texts: stored signatures and the word frequencies depend on their exact values."""

import numpy as np
import polars as pl

from paperlake.dedup.text.hashing import distinct, shingle_hashes, text_hashes, word_hashes


def test_word_hashes_are_pinned():
    hashes, offsets = word_hashes(pl.Series(["a b", "", "b é"]))
    assert offsets.tolist() == [0, 2, 2, 4]
    assert hashes[1] == hashes[2]
    assert hashes[:2].tolist() == [17508005127702757215, 8777055843625058441]


def test_text_hashes_depend_on_order_and_not_on_place():
    hashes = text_hashes(*word_hashes(pl.Series(["a b", "", "b a", "a b"])))
    assert hashes[0] == hashes[3] != hashes[2]
    assert hashes[1] == 0


def test_shingles_stay_inside_their_text():
    words, offsets = word_hashes(pl.Series(["a b c", "d e", "f g h i"]))
    shingles, shingle_offsets = shingle_hashes(words, offsets, 3)
    assert np.diff(shingle_offsets).tolist() == [1, 0, 2]
    assert len(set(shingles.tolist())) == 3


def test_distinct_values_are_in_order():
    assert distinct(np.array([3, 1, 3, 2, 1])).tolist() == [1, 2, 3]
    assert distinct(np.zeros(0, np.int64)).tolist() == []
