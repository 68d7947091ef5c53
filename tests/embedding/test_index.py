"""The index of the vector store against plain dictionaries."""

import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from paperlake.embedding.index import INDEX_FILE, VectorIndex

NUMBERS = st.integers(0, 20)
PARTS = st.lists(st.lists(NUMBERS, unique=True, min_size=1, max_size=6), max_size=4)


def key(number: int) -> str:
    """A hash of which every second agrees with another one in half of the key."""
    half = hashlib.sha256(str(number // 2).encode()).hexdigest()[:16]
    return half + hashlib.sha256(str(number).encode()).hexdigest()[:48]


@given(PARTS, PARTS, st.lists(NUMBERS, max_size=10))
def test_lookups_equal_a_dictionary(older, newer, wanted):
    parts = [(f"part-{number}", [key(one) for one in part]) for number, part in enumerate(older + newer)]
    index = VectorIndex.build(parts[: len(older)]).extended(VectorIndex.build(parts[len(older) :]))
    expected = {}
    for name, hashes in parts:
        for row, text_hash in enumerate(hashes):
            expected.setdefault(text_hash, (name, row))
    numbers, rows = index.find([key(one) for one in wanted])
    found = [
        (index.names[number], row) if number >= 0 else None
        for number, row in zip(numbers.tolist(), rows.tolist(), strict=True)
    ]
    assert found == [expected.get(key(one)) for one in wanted]


def test_a_saved_index_is_the_same(tmp_path: Path):
    index = VectorIndex.build([("a", [key(1), key(2)]), ("b", [key(3)])])
    VectorIndex.build([("old", [key(9)])]).save(tmp_path)
    index.save(tmp_path)
    read = VectorIndex.load(tmp_path)
    assert read is not None
    assert read.names == ["a", "b"]
    assert read.find([key(3), key(9)])[0].tolist() == [1, -1]
    assert len(list(tmp_path.glob("*.npy"))) == 1, "the index before is deleted"


def test_an_index_that_cannot_be_read_is_none(tmp_path: Path):
    assert VectorIndex.load(tmp_path) is None
    VectorIndex.build([("a", [key(1)])]).save(tmp_path)
    (table,) = tmp_path.glob("*.npy")
    table.write_bytes(table.read_bytes()[:40])
    assert VectorIndex.load(tmp_path) is None
    (tmp_path / INDEX_FILE).write_text("[]")
    assert VectorIndex.load(tmp_path) is None
