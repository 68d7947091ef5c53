"""What is kept from run to run changes nothing but the time: any steps lead to the tables made from nothing."""

import tempfile
from pathlib import Path

import polars as pl
import polars.testing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.dedup.blocking.candidates import candidate_pairs
from paperlake.dedup.blocking.signatures import SignatureStore, compute_signatures
from paperlake.dedup.matching.comparisons import ComparisonStore
from paperlake.dedup.matching.features import evidence_on
from paperlake.lake import Lake
from paperlake.lake.files import write_parquet
from paperlake.settings import Settings
from tests.dedup.test_deduplicate import DUMPS, assert_equal, build, drawn_entries
from tests.support.dedup_building import run
from tests.support.hard_pairs import HARD_PAIRS

TEXTS = pl.DataFrame(
    sorted({text for pair in HARD_PAIRS for text in (pair.one, pair.other)}, key=str),
    schema={"title": pl.String, "abstract": pl.String},
    orient="row",
)


@settings(max_examples=25, deadline=None)
@given(drawn_entries, st.randoms(use_true_random=False))
def test_any_steps_lead_to_the_tables_made_from_nothing(drawn, random):
    """Dumps come and go in any order, stores kept: else a lake would depend on its history."""
    entries = build(drawn)
    names = list({row["dump_id"] for row in entries})
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(Path(folder))
        for _ in range(3):
            chosen = set(random.sample(names, random.randint(0, len(names))))
            _with_stores(lake, [row for row in entries if row["dump_id"] in chosen])
        assert_equal(_with_stores(lake, entries), run(entries, DUMPS))


def _with_stores(lake: Lake, entries: list[dict]):
    return run(
        entries, DUMPS, signatures=SignatureStore(lake, Settings()), evidence=ComparisonStore(lake)
    )  # fmt: skip


def compared(lake: Lake, texts: pl.DataFrame) -> tuple[pl.DataFrame, ComparisonStore]:
    signatures = compute_signatures(texts, Settings())
    store = ComparisonStore(lake)
    return store(texts, signatures, *candidate_pairs(signatures)), store


def evidence(texts: pl.DataFrame) -> pl.DataFrame:
    signatures = compute_signatures(texts, Settings())
    return evidence_on(texts, signatures, *candidate_pairs(signatures))


def test_each_pair_is_compared_once(lake):
    compared(lake, TEXTS[:30])
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, evidence(TEXTS))
    assert 0 < store.compared_count < found.height
    again, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(again, found)
    assert store.compared_count == 0


@pytest.mark.parametrize(
    "content", [b"", b"PAR1 not parquet", None], ids=["empty", "garbage", "other columns"]
)
def test_a_broken_file_is_made_again(lake, content):
    compared(lake, TEXTS)
    (path,) = lake.comparisons().glob("*.parquet")
    if content is None:
        write_parquet(path, pl.DataFrame({"x": [1]}))
    else:
        path.write_bytes(content)
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, evidence(TEXTS))
    assert store.compared_count == found.height


def test_a_file_twice_in_the_store_counts_once(lake):
    """A kill between writing the whole and deleting its parts leaves rows twice."""
    compared(lake, TEXTS)
    (path,) = lake.comparisons().glob("*.parquet")
    path.with_name(path.name.replace(".parquet", "0.parquet")).write_bytes(path.read_bytes())
    found, store = compared(lake, TEXTS)
    polars.testing.assert_frame_equal(found, evidence(TEXTS))
    assert store.compared_count == 0


def test_pairs_of_gone_texts_and_of_other_code_are_swept(lake):
    compared(lake, TEXTS)
    (path,) = lake.comparisons().glob("*.parquet")
    path.rename(path.with_name("0123456789ab-0.parquet"))
    compared(lake, TEXTS)
    compared(lake, TEXTS[:10])
    (left,) = lake.comparisons().glob("*.parquet")
    assert pl.read_parquet(left).height == evidence(TEXTS[:10]).height
