"""Signatures and candidates: stable hashes, nothing computed twice, broken files healed, bounded buckets."""

import numpy as np
import polars as pl
import polars.testing
import pytest
import rensa

from paperlake.dedup.blocking.candidates import EQUAL_BUCKET, candidate_pairs
from paperlake.dedup.blocking.rarity import rarities
from paperlake.dedup.blocking.signatures import ROWS, Parameters, SignatureStore, compute_signatures
from paperlake.dedup.text.hashing import shingle_hashes, text_hashes, word_hashes
from paperlake.lake import Lake
from paperlake.lake.files import write_parquet
from paperlake.settings import Settings
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = pl.DataFrame(
    [text for pair in HARD_PAIRS for text in (pair.one, pair.other)],
    schema={"title": pl.String, "abstract": pl.String},
    orient="row",
)


def test_word_hashes_are_pinned():
    """Stored signatures and the list of word rarities depend on them."""
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


def test_rensa_gives_the_same_minima_for_the_same_tokens():
    """Upstream: stored bands are compared with new ones, so the algorithm must not change under us."""
    tokens, offsets = np.array([1, 2, 3], np.uint64), np.array([0, 3], np.uint64)
    rows = rensa.RMinHash.digest_matrix_from_flat_token_hashes(tokens, offsets, 6, 20).to_rows()
    again = rensa.RMinHash.digest_matrix_from_flat_token_hashes(tokens[::-1].copy(), offsets, 6, 20).to_rows()
    assert rows == again
    assert rensa.RMinHash.ALGORITHM_VERSION == 2


@pytest.mark.parametrize("jaccard", [0.3, 0.5, 0.8])
def test_bands_find_what_the_setting_promises(jaccard):
    bands = Parameters.of(Settings(near_duplicate_jaccard=jaccard)).bands
    assert 1 - (1 - jaccard**ROWS) ** bands >= 0.96


def test_rare_words_weigh_more():
    numbers = (word_hashes(pl.Series(["the", "lattice", "zzyzx"]))[0] >> np.uint64(40)).astype(np.int64)
    the, lattice, unknown = rarities()[numbers].tolist()
    assert 0 <= the < 0.1 < lattice < unknown


def test_signatures_depend_on_the_text_alone():
    settings = Settings()
    whole = compute_signatures(TEXTS, settings)
    polars.testing.assert_frame_equal(whole[7:9], compute_signatures(TEXTS[7:9], settings))


def test_each_text_is_computed_once(lake: Lake):
    settings = Settings()
    first = SignatureStore(lake, settings)
    expected = compute_signatures(TEXTS, settings)
    polars.testing.assert_frame_equal(first(TEXTS[:50]), expected[:50])
    second = SignatureStore(lake, settings)
    polars.testing.assert_frame_equal(second(TEXTS), expected)
    assert first.computed_count + second.computed_count == TEXTS.unique().height
    third = SignatureStore(lake, settings)
    polars.testing.assert_frame_equal(third(TEXTS.reverse()), expected.reverse())
    assert third.computed_count == 0


@pytest.mark.parametrize(
    "content", [b"", b"PAR1 not parquet", None], ids=["empty", "garbage", "other columns"]
)
def test_a_broken_file_is_computed_again(lake: Lake, content: bytes | None):
    SignatureStore(lake, Settings())(TEXTS)
    (path,) = lake.signatures().glob("*.parquet")
    if content is None:
        write_parquet(path, pl.DataFrame({"x": [1]}))
    else:
        path.write_bytes(content)
    store = SignatureStore(lake, Settings())
    polars.testing.assert_frame_equal(store(TEXTS), compute_signatures(TEXTS, Settings()))
    assert store.computed_count == TEXTS.unique().height


def test_files_of_other_parameters_and_of_gone_texts_are_dropped(lake: Lake):
    SignatureStore(lake, Settings(near_duplicate_jaccard=0.7))(TEXTS)
    store = SignatureStore(lake, Settings())
    store(TEXTS)
    assert len(list(lake.signatures().glob("*.parquet"))) == 1
    SignatureStore(lake, Settings())(TEXTS[:4])
    assert pl.read_parquet(next(lake.signatures().glob("*.parquet"))).height == TEXTS[:4].unique().height


def test_pairs_come_once_in_order_and_buckets_are_bounded():
    texts = pl.DataFrame({"title": ["One title"] * 200, "abstract": [None] * 200}, schema=TEXTS.schema)
    first, second = candidate_pairs(compute_signatures(texts, Settings()))
    assert (first < second).all()
    assert len(set(zip(first.tolist(), second.tolist(), strict=True))) == len(first)
    assert len(first) < 200 * EQUAL_BUCKET / 2


def test_alike_texts_are_candidates():
    first, second = candidate_pairs(compute_signatures(TEXTS, Settings()))
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    pairs = {(2 * number, 2 * number + 1) for number, pair in enumerate(HARD_PAIRS) if pair.same}
    assert pairs <= found
