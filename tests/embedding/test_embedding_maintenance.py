"""Listing, compacting and dropping vectors lose nothing that the lake uses."""

import shutil

import numpy as np
import pytest

from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.embedding.maintenance import compact_vectors, drop_vectors, list_models
from paperlake.embedding.protocol import EmbeddingFacts
from paperlake.embedding.store import VectorStore
from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.embedding import TITLES, Counting, embed_papers, put_papers, stored_vectors

MODEL = "hashing-256"


@pytest.fixture
def settings(tmp_path):
    return Settings(lake=tmp_path / "lake", embedder="hashing", embedder_part_rows=10)


@pytest.fixture
def grown(lake, settings):
    """A lake that grew paper by paper and then lost its first ones."""
    titles = [f"paper about subject {number}" for number in range(12)]
    for count in range(1, 13):
        put_papers(lake, titles[:count])
        embed_papers(lake, settings, HashingEmbedder())
    put_papers(lake, titles[3:])
    embed_papers(lake, settings, HashingEmbedder())
    return lake


def test_an_empty_lake_lists_nothing(lake):
    assert list_models(lake) == []


def test_models_are_listed_with_their_origin(grown, settings):
    other = HashingEmbedder()
    other.model_id = "another"
    put_papers(grown, TITLES)
    embed_papers(grown, settings, other)
    another, first = list_models(grown)
    assert (another.model_id, another.in_use, another.vector_count) == ("another", True, 3)
    assert (first.model_id, first.in_use, first.vector_count, first.part_count) == (MODEL, False, 12, 12)
    assert (first.dimension, first.made_by) == (256, ("cpu, float32, paperlake",))
    assert first.byte_size > 0


def test_compacting_keeps_the_papers_vectors_in_few_parts(grown, settings):
    before = stored_vectors(grown)
    done = compact_vectors(grown, settings, MODEL)
    assert (done.kept_vector_count, done.removed_vector_count) == (9, 3)
    assert (done.part_count_before, done.part_count_after) == (12, 1)
    after = stored_vectors(grown)
    assert after[0] == before[0]
    np.testing.assert_array_equal(after[1], before[1])
    embedder = Counting()
    embed_papers(grown, settings, embedder)
    assert embedder.asked == []


def test_compacting_again_changes_nothing(grown, settings):
    compact_vectors(grown, settings, MODEL)
    (part,) = VectorStore(grown, MODEL, 256).parts()
    content = part.read_bytes()
    again = compact_vectors(grown, settings, MODEL)
    assert (again.removed_vector_count, again.part_count_after) == (0, 1)
    assert part.read_bytes() == content


def test_a_killed_compaction_is_finished_by_the_next(grown, settings, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Lake, "delete_vectors", _die)
        with pytest.raises(KeyboardInterrupt):
            compact_vectors(grown, settings, MODEL)
    assert stored_vectors(grown)[1].shape == (9, 256)
    done = compact_vectors(grown, settings, MODEL)
    assert (done.kept_vector_count, done.part_count_after) == (9, 1)


def _die(self, path):
    raise KeyboardInterrupt


def test_vectors_of_different_libraries_are_not_mixed(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    put_papers(lake, [*TITLES, "from elsewhere"])
    store = VectorStore(lake, MODEL, 256)
    vectors, _ = HashingEmbedder().embed(["from elsewhere"])
    from paperlake.embedding.text import text_hash

    store.add([text_hash("from elsewhere")], vectors, EmbeddingFacts(device="cuda", dtype="bfloat16"))
    compact_vectors(lake, settings, MODEL)
    assert list_models(lake)[0].made_by == ("cpu, float32, paperlake", "cuda, bfloat16, unknown")
    assert store.missing([text_hash("from elsewhere")]) == []


def test_damaged_parts_are_counted_and_deleted(grown, settings):
    part = VectorStore(grown, MODEL, 256).parts()[0]
    part.write_bytes(part.read_bytes()[:-30])
    with pytest.raises(LakeError, match="damaged"):
        compact_vectors(grown, settings, MODEL)
    assert list_models(grown)[0].damaged_part_count == 1
    embed_papers(grown, settings, HashingEmbedder())
    compact_vectors(grown, settings, MODEL)
    assert list_models(grown)[0].damaged_part_count == 0


def test_the_advice_on_a_model_without_a_whole_part_helps(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    folder = lake.vectors(MODEL)
    for part in VectorStore(lake, MODEL, 256).parts():
        part.write_bytes(b"damaged")
    with pytest.raises(LakeError, match=f"Delete the folder {folder}; .* embeds"):
        compact_vectors(lake, settings, MODEL)
    shutil.rmtree(folder)
    assert stored_vectors(lake)[0]
    put_papers(lake, [*TITLES, "another paper about vectors"])
    embed_papers(lake, settings, HashingEmbedder())
    assert len(stored_vectors(lake)[0]) == len(TITLES) + 1
    assert compact_vectors(lake, settings, MODEL).kept_vector_count == 1  # the others are in the table


def test_only_models_that_are_not_in_use_are_dropped(lake, settings):
    put_papers(lake, TITLES)
    embed_papers(lake, settings, HashingEmbedder())
    other = HashingEmbedder()
    other.model_id = "another"
    embed_papers(lake, settings, other)
    assert drop_vectors(lake, MODEL) == 1
    assert [model.model_id for model in list_models(lake)] == ["another"]
    with pytest.raises(UsageError, match="are kept"):
        drop_vectors(lake, "another")
    with pytest.raises(UsageError, match=r"keeps no vectors of 'gone'.*another"):
        drop_vectors(lake, "gone")
    with pytest.raises(UsageError, match=r"keeps no vectors of 'gone'.*another"):
        compact_vectors(lake, settings, "gone")
