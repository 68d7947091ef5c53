"""Candidate pairs against sets, and their bounds: a full block must not cost the square of its texts."""

from collections import defaultdict
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.dedup.blocking import block_keys
from paperlake.dedup.blocking.block_keys import MAX_EQUAL_BLOCK, BlockingRule, pack_hashes, rare_word_keys
from paperlake.dedup.blocking.candidates import candidate_pairs, pairs_of_blocks, unpack_pairs
from paperlake.dedup.blocking.overlap import WordLists
from paperlake.dedup.blocking.rarity import word_counts
from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.text.hashing import splitmix64
from paperlake.settings import Settings
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = pl.DataFrame(
    [text for pair in HARD_PAIRS for text in (pair.one, pair.other)],
    schema={"title": pl.String, "abstract": pl.String},
    orient="row",
)
MAX_SIZE = 4


def pairs_of_sets(members: list[tuple[int, int]], pair_large: bool) -> set[tuple[int, int]]:
    blocks = defaultdict(set)
    for key, text in members:
        blocks[key].add(text)
    pairs = set()
    for texts in map(sorted, blocks.values()):
        small = combinations(texts, 2) if len(texts) <= MAX_SIZE else ()
        pairs |= set(small) | {(texts[0], text) for text in texts[1:] if len(texts) > MAX_SIZE and pair_large}
    return pairs


@given(
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 19)), max_size=60).map(sorted),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_block_pairs_equal_those_of_sets(members, pair_large, random):
    random.shuffle(members)
    keys, texts = np.array(members, np.uint64).reshape(-1, 2).T
    packed = np.sort(pack_hashes(splitmix64(keys + np.uint64(1)), texts.astype(np.int64)))
    first, second = unpack_pairs(pairs_of_blocks(packed, BlockingRule("", MAX_SIZE, pair_large)))
    assert set(zip(first.tolist(), second.tolist(), strict=True)) == pairs_of_sets(members, pair_large)


def rarest_of_sets(sets: list[frozenset[int]], rarest: int) -> set[tuple[tuple[int, int], int]]:
    keys = set()
    for text, some in enumerate(sets):
        chosen = sorted((word_counts()[word], word) for word in some)[:rarest]
        keys |= {(pair, text) for pair in combinations(sorted(word for _, word in chosen), 2)}
    return keys


@settings(deadline=None)
@given(st.lists(st.frozensets(st.integers(1, 4_000), max_size=10), min_size=1, max_size=12))
def test_rare_word_keys_equal_those_of_sets(sets):
    """Whatever the other texts: which words are rare is fixed, so that old keys stay when texts arrive."""
    lists = WordLists.of(pl.Series([sorted(some) for some in sets], dtype=pl.List(pl.UInt32)))
    expected = sorted(rarest_of_sets(sets, 3))
    pairs = np.array([one << 32 | other for (one, other), _ in expected], np.uint64)
    texts = np.array([text for _, text in expected], np.int64)
    found = np.concatenate(list(rare_word_keys(lists, 3, np.arange(len(sets)))))
    assert sorted(found.tolist()) == sorted(pack_hashes(splitmix64(pairs), texts).tolist())


def test_chunks_give_the_pairs_of_one_batch(monkeypatch):
    signatures = compute_signatures(TEXTS, Settings())
    whole = candidate_pairs(signatures)
    monkeypatch.setattr(block_keys, "CHUNK_TEXTS", 5)
    np.testing.assert_array_equal(candidate_pairs(signatures), whole)


def test_more_texts_than_a_key_has_room_for_give_the_same_pairs(monkeypatch):
    signatures = compute_signatures(TEXTS, Settings())
    whole, kept = candidate_pairs(signatures), []
    monkeypatch.setattr(block_keys, "NUMBER_BITS", TEXTS.height.bit_length() - 3)
    assert len(block_keys.key_parts(TEXTS.height)) == 8
    np.testing.assert_array_equal(candidate_pairs(signatures, lambda *rule: kept.append(rule)), whole)
    assert kept == []


def test_pairs_come_once_in_order_and_blocks_are_bounded():
    texts = pl.DataFrame({"title": ["One title"] * 200, "abstract": [None] * 200}, schema=TEXTS.schema)
    first, second = candidate_pairs(compute_signatures(texts, Settings()))
    assert (first < second).all()
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(first)
    assert len(first) < 200 * MAX_EQUAL_BLOCK / 2


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_texts_give_no_pairs(count):
    first, second = candidate_pairs(compute_signatures(TEXTS[:count], Settings()))
    assert len(first) == len(second) == 0


def test_similar_texts_are_candidates():
    first, second = candidate_pairs(compute_signatures(TEXTS, Settings()))
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    pairs = {(2 * number, 2 * number + 1) for number, pair in enumerate(HARD_PAIRS) if pair.same}
    assert pairs <= found
