"""Packed keys: an overflow into the next field would silently pair unrelated texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paperlake.dedup.blocking.packed_keys import PackedKeys, bits_for, high_bits

LAYOUT = PackedKeys(key=40, frequency=4, text=20)
tuples = st.lists(
    st.tuples(st.integers(0, 2**40 - 1), st.integers(0, 15), st.integers(0, 2**20 - 1)), max_size=50
)


def pack(rows: list[tuple[int, int, int]]) -> np.ndarray:
    columns = np.array(rows, np.uint64).reshape(-1, 3).T
    return LAYOUT.pack(key=columns[0], frequency=columns[1], text=columns[2])


@given(tuples)
def test_packed_keys_sort_as_their_tuples(rows):
    packed = np.sort(pack(rows))
    fields = [LAYOUT.unpack(packed, name).tolist() for name in ("key", "frequency", "text")]
    assert list(zip(*fields, strict=True)) == sorted(rows)


@pytest.mark.parametrize("row", [(2**40, 0, 0), (0, 16, 0), (0, 0, 2**20)], ids=["key", "frequency", "text"])
def test_a_value_that_does_not_fit_is_refused(row):
    with pytest.raises(ValueError, match="does not fit"):
        pack([(0, 0, 0), row])


def test_a_negative_value_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        PackedKeys(text=8).pack(text=np.array([-1]))


def test_a_missing_field_is_refused():
    with pytest.raises(ValueError, match="expected"):
        LAYOUT.pack(key=np.array([1]), text=np.array([1]))


@pytest.mark.parametrize("bits", [{"key": 60, "text": 5}, {"key": 0, "text": 5}], ids=["over 64", "none"])
def test_a_layout_that_does_not_fit_is_refused(bits):
    with pytest.raises(ValueError, match="do not fit"):
        PackedKeys(**bits)


def test_all_64_bits_can_be_used():
    layout = PackedKeys(pair=40, word=24)
    packed = layout.pack(pair=np.array([2**40 - 1]), word=np.array([2**24 - 1]))
    assert packed.tolist() == [2**64 - 1]
    assert layout.unpack(packed, "pair").tolist() == [2**40 - 1]


def test_high_bits_and_bits_for():
    assert high_bits(np.array([0xABCD << 48], np.uint64), 16).tolist() == [0xABCD]
    assert [bits_for(count) for count in (0, 1, 2, 3, 4, 5, 2**20)] == [1, 1, 1, 2, 2, 3, 20]
