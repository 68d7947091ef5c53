"""Any history of a lake leads to the tables of a run from nothing, and costs what changed."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperlake.catalogue import partitioning
from paperlake.dedup.blocking import block_keys
from paperlake.dedup.index import store
from paperlake.lake import Lake
from tests.support.dedup_histories import History, assert_as_from_nothing, random_step

STEPS = 12
COMPARED_STEPS = 4
KILLED_SHARE = 0.2


@pytest.fixture
def tiny_partitions(monkeypatch):
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 4)
    monkeypatch.setattr(store, "MAX_NEW_SEGMENTS", 3)
    for rule in block_keys.RULES:  # so that blocks fill
        monkeypatch.setitem(rule.__dict__, "max_size", 3)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_any_history_leads_to_the_tables_of_a_run_from_nothing(tiny_partitions, random):
    with tempfile.TemporaryDirectory() as folder:
        history = History(Lake.open(Path(folder) / "lake"))
        for step in range(STEPS):
            random_step(history, random)
            if random.random() < KILLED_SHARE:
                history.build_killed_before_commit()
                continue
            result = history.build()
            if step % COMPARED_STEPS == 0:
                assert_as_from_nothing(history, result, Path(folder) / str(step))
        assert_as_from_nothing(history, history.build(rebuild=False), Path(folder) / "last")
