"""The embedder for tests: deterministic, and similar texts have similar vectors."""

import numpy as np

from paperlake.embedding.kinds import hashing_embedder
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from tests.support.embedding_texts import MIXED, SHORT


def test_vectors_have_unit_length():
    vectors, _ = HashingEmbedder().embed(MIXED)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)


def test_similar_texts_are_nearer_than_others():
    text = SHORT[0]
    vectors, _ = HashingEmbedder().embed([text, text.replace("long", "very long"), SHORT[2]])
    assert vectors[0] @ vectors[1] > 0.8 > 0.4 > vectors[0] @ vectors[2]


def test_vectors_never_change():
    """Tests of other stages depend on them."""
    vector = HashingEmbedder().embed(["Graphs of papers"])[0][0]
    assert np.flatnonzero(vector).tolist() == [10, 40, 60, 111, 132, 156, 216, 250]
    np.testing.assert_array_equal(HashingEmbedder().embed(MIXED)[0], HashingEmbedder().embed(MIXED)[0])


def test_texts_of_one_call_do_not_change_each_other(monkeypatch):
    texts = ["Words of one text, words of one text", "", "a or b", "Straße und STRASSE", "words_of one Text"]
    embedder = HashingEmbedder()
    alone = np.concatenate([embedder.embed([text])[0] for text in texts])
    together, facts = embedder.embed(texts)
    monkeypatch.setattr(hashing_embedder, "BLOCK_TEXTS", 2)
    in_blocks, facts_of_blocks = embedder.embed(texts)
    assert np.array_equal(together, alone)
    assert np.array_equal(in_blocks, alone)
    assert facts.token_count == facts_of_blocks.token_count == 8
