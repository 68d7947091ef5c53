"""Kept features: those of a pair computed once, and no stale feature is used after a change of the code."""

import polars as pl
import polars.testing
import pytest

from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import compute_signatures
from paperlake.dedup.matching import comparisons, model
from paperlake.dedup.matching.comparisons import FEATURES_VERSION, ComparisonStore, features_digest
from paperlake.dedup.matching.features import compute_features
from paperlake.lake import Lake
from paperlake.lake.files import write_parquet
from paperlake.settings import Settings
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = pl.DataFrame(
    sorted({text for pair in HARD_PAIRS for text in (pair.one, pair.other)}, key=str),
    schema={"title": pl.String, "abstract": pl.String},
    orient="row",
)
# Of FEATURES_VERSION 3: the number of pairs, the sum of each feature, the number of reasons.
PINNED = {
    "pairs": 271,
    "equal_title": 31,
    "title_similarity": 188.2587,
    "title_information": 7132.9306,
    "abstract_similarity": 238.7763,
    "log_jaccard": -90.7194,
    "log1m_jaccard": -542.6879,
    "log_containment": -47.7986,
    "log_title_jaccard": -289.4025,
    "log1m_title_jaccard": -301.404,
    "log1m_title_containment": -512.1173,
    "log1m_title_similarity": -448.8769,
    "length_ratio": 254.1967,
    "numbers_differ": 24.0,
    "rule_score": 105.7325,
    "cannot_link_reason": 86,
}


def compared(lake: Lake, texts: pl.DataFrame) -> tuple[pl.DataFrame, ComparisonStore]:
    signatures = compute_signatures(texts, Settings())
    store = ComparisonStore(lake)
    return store(texts, signatures, *candidate_pairs(signatures)), store


def features(texts: pl.DataFrame) -> pl.DataFrame:
    signatures = compute_signatures(texts, Settings())
    return compute_features(texts, signatures, *candidate_pairs(signatures))


def candidate_count() -> int:
    return len(candidate_pairs(compute_signatures(TEXTS, Settings()))[0])


def left_out_count() -> int:
    """Return how many candidate pairs a prefilter leaves out: they are not kept."""
    return candidate_count() - features(TEXTS).height


def test_the_features_of_a_pair_are_computed_once(lake):
    compared(lake, TEXTS[:30])
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, features(TEXTS))
    assert 0 < left_out_count() < store.compared_count < candidate_count()
    again, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(again, found)
    assert store.compared_count == left_out_count()


def test_stored_features_are_found_some_pairs_at_a_time(lake, monkeypatch):
    compared(lake, TEXTS[:30])
    monkeypatch.setattr(comparisons, "LOOKED_UP_PAIRS", 7)
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, features(TEXTS))
    assert store.compared_count < candidate_count()


@pytest.mark.parametrize(
    "content", [b"", b"PAR1 not parquet", None], ids=["empty", "garbage", "other columns"]
)
def test_a_broken_file_is_computed_again(lake, content):
    compared(lake, TEXTS)
    (path,) = lake.comparisons().glob("*.parquet")
    if content is None:
        write_parquet(path, pl.DataFrame({"x": [1]}))
    else:
        path.write_bytes(content)
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, features(TEXTS))
    assert store.compared_count == candidate_count()


def test_a_file_twice_in_the_store_counts_once(lake):
    """A kill between writing the whole and deleting its parts leaves rows twice."""
    compared(lake, TEXTS)
    (path,) = lake.comparisons().glob("*.parquet")
    path.with_name(path.name.replace(".parquet", "0.parquet")).write_bytes(path.read_bytes())
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, features(TEXTS))
    assert store.compared_count == left_out_count()


def test_rows_of_removed_texts_and_other_versions_are_dropped(lake):
    compared(lake, TEXTS)
    (path,) = lake.comparisons().glob("*.parquet")
    path.rename(path.with_name("0123456789ab-0.parquet"))
    compared(lake, TEXTS)
    compared(lake, TEXTS[:10])
    (left,) = lake.comparisons().glob("*.parquet")
    assert pl.read_parquet(left).height == features(TEXTS[:10]).height


def test_changed_features_raise_the_version():
    """If this fails on purpose, raise FEATURES_VERSION: lakes would go on using the old features."""
    found = features(TEXTS).select(
        pl.len().alias("pairs"),
        pl.col(pl.Float64, pl.Boolean).sum(),
        pl.col("cannot_link_reason").count(),
    )
    assert FEATURES_VERSION == 3
    assert found.row(0, named=True) == pytest.approx(PINNED, rel=1e-5)


def test_other_weights_are_other_features(monkeypatch):
    """The prefilter depends on the weights: pairs that it leaves out are not kept."""
    before = features_digest()
    monkeypatch.setitem(model.WEIGHTS, "length_ratio", 1.78)
    assert features_digest() != before
