"""Weighted word overlap against sets: a slip in the packed arithmetic would shift every score a little."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.dedup.blocking import overlap
from paperlake.dedup.blocking.overlap import WordLists, text_weights, word_overlap
from paperlake.dedup.blocking.rarity import word_information
from paperlake.dedup.blocking.signatures import WORD_BITS
from paperlake.dedup.text.hashing import word_hashes

words = st.integers(0, 2**WORD_BITS - 1) | st.integers(0, 30)  # often shared, and any at all
word_sets = st.lists(st.frozensets(words, max_size=12), min_size=1, max_size=8)


def lists_of(sets: list[frozenset[int]]) -> WordLists:
    return WordLists.of(pl.Series([sorted(some) for some in sets], dtype=pl.List(pl.UInt32)))


def weight(some: frozenset[int]) -> float:
    return sum(float(word_information()[word]) for word in some)


@settings(max_examples=60, deadline=None)
@given(word_sets, st.data())
def test_overlap_equals_that_of_sets(sets, data):
    row = st.integers(0, len(sets) - 1)
    pairs = data.draw(st.lists(st.tuples(row, row), min_size=1, max_size=20))
    first, second = np.array(pairs).T
    found = word_overlap(lists_of(sets), first, second)
    for place, (a, b) in enumerate(pairs):
        shared, both = weight(sets[a] & sets[b]), weight(sets[a] | sets[b])
        lighter = min(weight(sets[a]), weight(sets[b]))
        assert found.jaccard[place] == pytest.approx(shared / both if both else 0, abs=1e-6)
        assert found.containment[place] == pytest.approx(shared / lighter if lighter else 0, abs=1e-6)
        assert found.min_weight[place] == pytest.approx(lighter)


def test_chunks_give_what_one_batch_gives(monkeypatch):
    rng = np.random.default_rng(1)
    lists = lists_of([frozenset(rng.integers(0, 40, 9).tolist()) for _ in range(30)])
    first, second = rng.integers(0, 30, (2, 200))
    whole = word_overlap(lists, first, second)
    monkeypatch.setattr(overlap, "CHUNK_PAIRS", 7)
    np.testing.assert_array_equal(word_overlap(lists, first, second).jaccard, whole.jaccard)


def test_text_weights_are_of_the_asked_texts_only():
    sets = [frozenset({1, 2}), frozenset({3}), frozenset()]
    assert text_weights(lists_of(sets), np.array([0, 2])).tolist() == pytest.approx([weight(sets[0]), 0, 0])


def test_rare_words_have_more_information():
    numbers = (word_hashes(pl.Series(["the", "lattice", "zzyzx"]))[0] >> np.uint64(40)).astype(np.int64)
    the, lattice, unknown = word_information()[numbers].tolist()
    assert 0 <= the < 0.1 < lattice < unknown
    assert unknown == pytest.approx(math.log(36_877 / 5), rel=1e-6)
