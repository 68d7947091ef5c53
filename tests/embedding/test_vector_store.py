"""The store returns the vectors that were added, or reports what is damaged."""

import itertools
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paperlake.embedding import store as store_module
from paperlake.embedding.index import VectorIndex
from paperlake.embedding.part import DamagedPartError
from paperlake.embedding.protocol import EmbeddingFacts
from paperlake.embedding.store import VectorStore
from paperlake.embedding.text import text_hash
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake

DIMENSION = 8
FACTS = EmbeddingFacts(device="cpu", dtype="float32", library="test 1")


def unit_vectors(count: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, DIMENSION)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def hashes(*names: object) -> list[str]:
    return [text_hash(str(name)) for name in names]


def flip_a_byte_of_the_vectors(path: Path) -> None:
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    content = bytearray(path.read_bytes())
    content[
        (column.dictionary_page_offset or column.data_page_offset) + column.total_compressed_size - 1
    ] ^= 1
    path.write_bytes(content)


@pytest.fixture
def store(lake: Lake) -> VectorStore:
    return VectorStore(lake, "model-1", DIMENSION)


def test_an_empty_store(store):
    assert store.missing(hashes("a", "b", "a")) == hashes("a", "b")
    assert store.read([]).shape == (0, DIMENSION)


def test_vectors_are_aligned_across_parts(store):
    first, second = unit_vectors(3, 1), unit_vectors(2, 2)
    store.add(hashes("a", "b", "c"), first, FACTS)
    store.add(hashes("d", "e"), second, FACTS)
    assert len(store.parts()) == 2
    read = store.read(hashes("e", "a", "e", "c"))
    np.testing.assert_array_equal(read, np.stack([second[1], first[0], second[1], first[2]]))
    assert store.missing(hashes("a", "x", "e")) == hashes("x")


def test_parts_record_their_origin(store):
    part = store.read_part(store.add(hashes("a"), unit_vectors(1), FACTS))
    assert part.metadata.items() >= {"device": "cpu", "dtype": "float32", "library": "test 1"}.items()


def test_models_are_separate(lake, store):
    other = VectorStore(lake, "model-2", DIMENSION)
    store.add(hashes("a"), unit_vectors(1), FACTS)
    assert other.missing(hashes("a")) == hashes("a")


def test_a_missing_vector_is_an_error_not_zeros(store):
    store.add(hashes("a"), unit_vectors(1), FACTS)
    with pytest.raises(LakeError, match="lacks the vectors of 1 of 2 texts"):
        store.read(hashes("a", "b"))


@pytest.mark.parametrize("model_id", ["../evil", "", "a/b", ".hidden", "x" * 121, "a\nb"])
def test_a_model_id_never_leaves_the_folder(lake, model_id):
    with pytest.raises(UsageError, match="cannot name a folder"):
        VectorStore(lake, model_id, DIMENSION)


def test_vectors_of_the_wrong_shape_are_refused(store):
    with pytest.raises(LakeError, match="shape"):
        store.add(hashes("a"), np.zeros((1, 3), np.float32), FACTS)
    with pytest.raises(LakeError, match="float64"):
        store.add(hashes("a"), unit_vectors(1).astype(np.float64), FACTS)


def found_damage(store: VectorStore) -> str:
    """Read all parts, as `status --verify` does; return what is said of a damaged one."""
    try:
        for path in store.parts():
            store.read_part(path)
    except DamagedPartError as error:
        return str(error)
    return ""


def test_every_flipped_byte_is_harmless_or_noticed(store):
    """Footers and page headers have no checksum of their own; without the digest some flips go unseen."""
    names, vectors = hashes("a", "b", "c"), unit_vectors(3)
    path = store.add(names, vectors, FACTS)
    intact = path.read_bytes()
    for place in range(len(intact)):
        damaged = bytearray(intact)
        damaged[place] ^= 0x41
        path.write_bytes(damaged)
        store = VectorStore(store.lake, "model-1", DIMENSION)
        message = found_damage(store)
        if message:
            assert path.name in message
            assert "paperlake run" in message
            assert store.missing(names) == names
        else:
            np.testing.assert_array_equal(store.read(names), vectors)
        path.write_bytes(intact)


@pytest.mark.parametrize("kept", [0, 4, 100, -1])
def test_a_truncated_part_is_reported_and_missing(store, kept):
    path = store.add(hashes("a"), unit_vectors(1, 1), FACTS)
    store.add(hashes("b"), unit_vectors(1, 2), FACTS)
    path.write_bytes(path.read_bytes()[:kept])
    assert str(path) in found_damage(store)
    assert store.missing(hashes("a", "b")) == hashes("a")


def test_a_saved_index_gives_the_same_and_reads_only_newer_parts(lake, store, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_UNINDEXED_PARTS", 2)
    vectors = unit_vectors(6)
    for row in range(5):
        store.add(hashes(row), vectors[row : row + 1], FACTS)
    store.save_index()
    newer = store.add(hashes(5), vectors[5:], FACTS)
    read = []
    monkeypatch.setattr(store_module, "read_hashes", lambda path, _: read.append(path) or hashes(5))
    fresh = VectorStore(lake, "model-1", DIMENSION)
    assert fresh.missing(hashes(0, 5, "x")) == hashes("x")
    assert read == [newer]
    np.testing.assert_array_equal(fresh.read(hashes(5, 3, 0)), vectors[[5, 3, 0]])


def test_an_index_of_parts_that_are_gone_is_built_again(lake, store, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_UNINDEXED_PARTS", 0)
    gone = store.add(hashes("a"), unit_vectors(1, 1), FACTS)
    store.add(hashes("b"), unit_vectors(1, 2), FACTS)
    store.save_index()
    gone.unlink()
    assert VectorStore(lake, "model-1", DIMENSION).missing(hashes("a", "b")) == hashes("a")


def test_a_wrong_index_never_gives_a_wrong_vector(lake, store, monkeypatch):
    monkeypatch.setattr(store_module, "MAX_UNINDEXED_PARTS", 0)
    vectors = unit_vectors(2)
    path = store.add(hashes("a", "b"), vectors, FACTS)
    VectorIndex.build([(path.name, hashes("b", "a"))]).save(store.folder)
    wrong = VectorStore(lake, "model-1", DIMENSION)
    with pytest.raises(DamagedPartError, match="index"):
        wrong.read(hashes("a"))
    np.testing.assert_array_equal(wrong.read(hashes("a")), vectors[:1])


def test_damage_found_by_a_reader_makes_vectors_missing(lake, store):
    path = store.add(hashes("a"), unit_vectors(1), FACTS)
    flip_a_byte_of_the_vectors(path)
    with pytest.raises(LakeError, match="damaged"):
        VectorStore(lake, "model-1", DIMENSION).read(hashes("a"))
    assert VectorStore(lake, "model-1", DIMENSION).missing(hashes("a")) == hashes("a")


_lake_number = itertools.count()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    parts=st.lists(st.sets(st.integers(0, 30), min_size=1), max_size=4),
    wanted=st.lists(st.integers(0, 30)),
)
def test_round_trip(tmp_path, parts, wanted):
    store = VectorStore(Lake.open(tmp_path / str(next(_lake_number))), "model", DIMENSION)
    vectors = unit_vectors(31)
    for part in parts:
        rows = sorted(part)
        store.add(hashes(*rows), vectors[rows], FACTS)
    known = set().union(*parts)
    there = [number for number in wanted if number in known]
    np.testing.assert_array_equal(store.read(hashes(*there)), vectors[there])
    assert store.missing(hashes(*wanted)) == hashes(*dict.fromkeys(n for n in wanted if n not in known))


def test_polars_reads_the_parts_too(store):
    """People look at parts with their own tools."""
    path = store.add(hashes("a", "b"), unit_vectors(2), FACTS)
    assert pl.read_parquet(path).schema == {
        "text_hash": pl.String,
        "embedding": pl.Array(pl.Float32, DIMENSION),
    }


def test_float16_halves_the_store_and_gives_unit_vectors_near_to_the_exact_ones(lake):
    random = np.random.default_rng(0)
    vectors = random.standard_normal((200, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hashes = [text_hash(str(number)) for number in range(200)]
    exact, rounded = VectorStore(lake, "exact", 384), VectorStore(lake, "rounded", 384)
    whole = exact.add(hashes, vectors, EmbeddingFacts())
    half = rounded.add(hashes, vectors, EmbeddingFacts(), "float16")
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    found = rounded.read(hashes[::-1])[::-1]
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(found, vectors, atol=2e-4)
    assert np.abs(found - vectors).max() > 1e-6
    assert rounded.missing(hashes) == []
