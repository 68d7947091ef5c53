"""Signatures: stable keys, nothing computed twice, broken files computed again."""

import numpy as np
import polars as pl
import polars.testing
import pytest
import rensa

from paperlake.dedup.blocking.signatures import (
    BAND_ROWS,
    Parameters,
    SignatureStore,
    compute_signatures,
    text_keys,
    word_sets,
)
from paperlake.dedup.text.hashing import word_hashes
from paperlake.lake import Lake
from paperlake.lake.files import write_parquet
from paperlake.settings import Settings
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = pl.DataFrame(
    [text for pair in HARD_PAIRS for text in (pair.one, pair.other)],
    schema={"title": pl.String, "abstract": pl.String},
    orient="row",
)


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
    assert 1 - (1 - jaccard**BAND_ROWS) ** bands >= 0.96


def test_text_keys_are_pinned():
    """Rows of a cache are found by them: they must be equal in every version of every library."""
    texts = [
        ("A title", "An abstract"),
        ("A title", None),
        ("A title", ""),
        ("A title\nAn", "abstract"),
        ("é", None),
    ]
    keys = text_keys(pl.DataFrame(texts, schema=TEXTS.schema, orient="row"))
    assert keys.dtype == pl.UInt64
    assert keys.n_unique() == len(texts)
    assert keys.to_list()[:2] == [14096183716956579545, 7783069264633708375]


def test_word_sets_are_sorted_and_distinct_in_all_parts():
    title, abstract = (word_hashes(pl.Series(texts)) for texts in (["b a b", ""], ["a c", "d"]))
    number = lambda word: int(word_hashes(pl.Series([word]))[0][0] >> np.uint64(40))  # noqa: E731
    assert word_sets(title, abstract).to_list() == [sorted(map(number, "abc")), [number("d")]]


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
