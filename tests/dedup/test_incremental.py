"""Rows kept from run to run change nothing but the time: any steps lead to the tables of a first run."""

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.dedup.blocking.signatures import SignatureStore
from paperlake.dedup.matching.comparisons import ComparisonStore
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.dedup.test_deduplicate import DUMPS, assert_equal, build, drawn_entries
from tests.support.dedup_building import run
from tests.support.storm import size


@settings(max_examples=size(8, 100), deadline=None)
@given(drawn_entries, st.randoms(use_true_random=False))
def test_any_steps_lead_to_the_tables_of_a_first_run(drawn, random):
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
    signatures, features = SignatureStore(lake, Settings()), ComparisonStore(lake)
    return run(entries, DUMPS, signatures_of=signatures, features_of=features)
