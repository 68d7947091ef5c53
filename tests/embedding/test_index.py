"""The index of the vector store against plain dictionaries."""

from hypothesis import given
from hypothesis import strategies as st

from paperlake.embedding.index import VectorIndex

HASHES = st.text("abcdef", min_size=1, max_size=2)
PARTS = st.lists(st.lists(HASHES, unique=True, min_size=1, max_size=6), max_size=4)


@given(PARTS, st.lists(HASHES, max_size=10))
def test_lookups_equal_a_dictionary(parts, wanted):
    names = [f"part-{number}" for number in range(len(parts))]
    index = VectorIndex.build(zip(names, parts, strict=True))
    expected = {}
    for name, hashes in zip(names, parts, strict=True):
        for row, text_hash in enumerate(hashes):
            expected.setdefault(text_hash, (name, row))
    assert index.missing(wanted) == [text for text in dict.fromkeys(wanted) if text not in expected]
    located = {row["place"]: (row["part"], row["row"]) for row in index.locate(wanted).iter_rows(named=True)}
    assert located == {place: expected[text] for place, text in enumerate(wanted) if text in expected}


def test_an_index_without_parts():
    index = VectorIndex.build([])
    assert index.missing(["b", "a", "b"]) == ["b", "a"]
    assert index.locate(["a"]).height == 0
