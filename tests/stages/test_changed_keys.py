"""Keys whose rows changed are named with the files of a partition, and no others."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from paperlake.lake.manifest import FileEntry, input_hash
from paperlake.stages.changed_keys import (
    MAX_LISTED_KEYS,
    KeptRows,
    known_changes,
    with_changed_keys,
)

keys = st.lists(st.sampled_from("abcd"))


@given(dropped=keys, written=keys)
def test_keys_are_those_that_lost_or_got_rows(dropped: list[str], written: list[str]) -> None:
    kept = KeptRows(pl.DataFrame(), pl.Series("paper_id", dropped, dtype=pl.String))
    found = kept.changed_keys(pl.Series("entry_id_a", written, dtype=pl.String))
    assert found.to_list() == sorted({*dropped, *written})


def entry(partition: str, content: str) -> FileEntry:
    return FileEntry(partition, f"{partition}-{content}.parquet", 1, 1, content * 64)


def test_keys_are_known_to_those_who_read_the_file_before() -> None:
    before, now = {"1_0": entry("1_0", "a")}, [entry("1_0", "b")]
    (written,) = with_changed_keys(now, before, {"1_0": ["0a"]})
    assert known_changes([written], {"1_0": input_hash(before["1_0"])}) == {"1_0": ("0a",)}
    assert known_changes([written], {"1_0": input_hash(entry("1_0", "c"))}) == {}
    assert known_changes([written], {}) == {}


def test_equal_content_keeps_the_keys_of_the_commit_that_wrote_it() -> None:
    first, second = entry("1_0", "a"), entry("1_0", "b")
    (written,) = with_changed_keys([second], {"1_0": first}, {"1_0": ["0a"]})
    (again,) = with_changed_keys([second], {"1_0": written}, {"1_0": ["0b"]})
    assert again == written


def test_many_keys_and_new_partitions_have_none() -> None:
    many = [f"{number:04x}" for number in range(MAX_LISTED_KEYS + 1)]
    now = [entry("1_0", "b"), entry("1_1", "b"), entry("2_3", "b")]
    before = {one.partition: one for one in (entry("1_0", "a"), entry("2_3", "b"))}
    assert with_changed_keys(now, before, {"1_0": many, "1_1": ["8a"]}) == now
