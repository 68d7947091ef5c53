"""The torch embedder is exact, and does its work in any order, batch and memory."""

import contextlib
import copy
import functools
import json
import shutil
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

from paperlake.embedding.kinds import torch_embedder
from paperlake.embedding.kinds.local import LocalEmbedder, OutOfMemoryError
from paperlake.embedding.kinds.model_folder import bundled_folder
from paperlake.embedding.kinds.torch_embedder import make_torch_embedder
from paperlake.settings import Settings
from tests.support.embedding_texts import MIXED, SHORT, long_text
from tests.support.tiny_models import write_tiny_model

pytestmark = pytest.mark.model
REFERENCE = Path(__file__).parent.parent / "data" / "embedding" / "reference_vectors.json"


@pytest.fixture(scope="module")
def embedder():
    return make_torch_embedder(Settings(embedder_device="cpu"))


def test_vectors_equal_those_that_sentence_transformers_made(embedder):
    """Committed vectors: sentence-transformers itself is not installed everywhere."""
    reference = json.loads(REFERENCE.read_text())
    assert embedder.max_tokens == reference["max_seq_length"]
    vectors, _ = embedder.embed(reference["texts"])
    np.testing.assert_allclose(vectors, np.array(reference["vectors"], np.float32), atol=1e-5)


@pytest.mark.filterwarnings("ignore")  # of sentence-transformers and its own imports
def test_vectors_equal_sentence_transformers_here_and_now(embedder):
    library = pytest.importorskip("sentence_transformers")
    model = library.SentenceTransformer(str(bundled_folder()), device="cpu")
    expected = model.encode(list(MIXED), normalize_embeddings=True)
    vectors, _ = embedder.embed(MIXED)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    assert (vectors * expected).sum(axis=1).min() > 0.999999


def test_facts_count_tokens_padding_and_cut_texts(embedder):
    _, facts = embedder.embed([*SHORT, long_text(1, 20), long_text(2, 20)])
    assert (facts.text_count, facts.truncated_count) == (7, 2)
    assert 2 * 256 < facts.token_count <= facts.padded_token_count
    assert (facts.device, facts.dtype) == ("cpu", "float32")
    assert facts.library.startswith("torch ")


def test_batches_make_no_difference(embedder):
    small = make_torch_embedder(Settings(embedder_batch_tokens=1, embedder_device="cpu"))
    texts, done = MIXED[::3], []
    alone, _ = small.embed(texts, done.append)
    assert sum(done) == len(texts)
    np.testing.assert_allclose(alone, embedder.embed(texts)[0], atol=1e-6)


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed([])[0].shape == (0, 384)


def test_out_of_memory_halves_the_batch_and_goes_on(embedder, monkeypatch):
    expected, _ = embedder.embed(SHORT)
    real, sizes = torch_embedder.TorchEncoder.encode, []

    def encode(self, batch):
        sizes.append(len(batch.rows))
        if len(batch.rows) > 2:
            raise OutOfMemoryError("the device is full")
        return real(self, batch)

    monkeypatch.setattr(torch_embedder.TorchEncoder, "encode", encode)
    np.testing.assert_allclose(embedder.embed(SHORT)[0], expected, atol=1e-6)
    assert sizes[0] == 5
    monkeypatch.setattr(torch_embedder.TorchEncoder, "encode", lambda self, batch: _full())
    with pytest.raises(OutOfMemoryError, match="full"):
        embedder.embed(SHORT)


def _full():
    raise OutOfMemoryError("the device is full")


class SmallDevice:
    """Computes vectors in a memory that a batch shares with all that is computed, or kept by an error."""

    device, dtype, library, batch_tokens, packs = "cuda", "float32", "none", 10_000, False

    def __init__(self, texts_in_memory, in_flight, encoder):
        self.in_flight, self._limit, self._encoder = in_flight, texts_in_memory, encoder
        self._used = weakref.WeakSet()
        self._both = threading.Barrier(in_flight)
        self.divided = 0

    def states(self, ids, mask):
        class Memory:
            texts = len(ids)

        held = Memory()  # freed with this frame, so an error that is kept keeps it
        self._used.add(held)
        with contextlib.suppress(threading.BrokenBarrierError):
            self._both.wait(0.2)  # while others compute, too
        if sum(memory.texts for memory in list(self._used)) > self._limit:
            self.divided += 1
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        return self._encoder._states(ids, mask)

    def encode(self, batch):
        return torch_embedder.TorchEncoder.encode(self._own, batch)

    @functools.cached_property
    def _own(self):
        own = copy.copy(self._encoder)
        own._states = self.states
        return own


@pytest.mark.parametrize("in_flight", [1, 2])
def test_what_an_error_keeps_and_what_others_use_is_free_before_a_batch_is_divided(embedder, in_flight):
    expected, _ = embedder.embed(SHORT)
    small = SmallDevice(1, in_flight, embedder._loaded()[0])
    found = LocalEmbedder("torch", embedder.model, lambda: small, batch_tokens=64)
    np.testing.assert_allclose(found.embed(SHORT)[0], expected, atol=1e-6)
    assert small.divided


@pytest.mark.parametrize(
    ("message", "expected", "match"),
    [
        ("CUDA out of memory. Tried to allocate", OutOfMemoryError, "PAPERLAKE_EMBEDDER_BATCH_TOKENS"),
        ("MPS backend out of memory", OutOfMemoryError, "PAPERLAKE_EMBEDDER_BATCH_TOKENS"),
        ("DefaultCPUAllocator: can't allocate memory", OutOfMemoryError, "no memory"),
        ("mat1 and mat2 shapes cannot be multiplied", RuntimeError, "mat1"),
    ],
    ids=["cuda", "mps", "cpu", "something else"],
)
def test_torchs_own_out_of_memory_is_understood(embedder, monkeypatch, message, expected, match):
    def fails(*_):
        raise RuntimeError(message)

    embedder.embed(SHORT)
    monkeypatch.setattr(embedder._encoder, "_states", fails)
    with pytest.raises(expected, match=match):
        embedder.embed(SHORT[:1])


def test_torchs_own_error_is_a_runtime_error():
    import torch

    assert issubclass(torch.OutOfMemoryError, RuntimeError)


def test_the_chosen_matmul_precision_leaves_the_process_as_it_was(embedder):
    import torch

    before = torch.get_float32_matmul_precision()
    embedder.embed(SHORT)
    assert torch.get_float32_matmul_precision() == before
    assert torch_embedder.fast_exact_matmul_precision() in ("medium", "highest")


def test_a_copy_gives_the_same_vectors_until_prompts_change(embedder, tmp_path):
    folder = tmp_path / "my model"
    shutil.copytree(bundled_folder(), folder)
    copy = make_torch_embedder(Settings(embedder_model=str(folder), embedder_device="cpu"))
    assert copy.model_id.startswith("my-model-")
    np.testing.assert_array_equal(copy.embed(SHORT)[0], embedder.embed(SHORT)[0])
    prompts = {"prompts": {"query": "query: ", "document": ""}}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    prompted = make_torch_embedder(Settings(embedder_model=str(folder), embedder_device="cpu"))
    assert prompted.model_id != copy.model_id
    np.testing.assert_array_equal(prompted.embed(SHORT)[0], embedder.embed(SHORT)[0])
    np.testing.assert_allclose(
        prompted.embed(["walking"], role="query")[0], embedder.embed(["query: walking"])[0], atol=1e-6
    )


@pytest.mark.parametrize("pooling", ["mean", "cls", "last"])
def test_packed_texts_have_the_vectors_of_padded_ones(pooling, tmp_path):
    """As on a GPU, where no padding is computed; the kernel for it is replaced on the CPU."""
    write_tiny_model(tmp_path, "bert", pooling)
    settings = Settings(embedder_model=str(tmp_path), embedder_device="cpu", embedder_batch_tokens=600)
    padded, packed = make_torch_embedder(settings), make_torch_embedder(settings)
    packed.embed(SHORT[:1])
    assert not packed._encoder.packs
    packed._encoder.packs = True
    expected, facts = padded.embed(MIXED)
    vectors, packed_facts = packed.embed(MIXED)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    assert packed_facts.padded_token_count == facts.token_count < facts.padded_token_count


def test_batches_under_way_at_a_time_come_back_in_order(tmp_path):
    write_tiny_model(tmp_path, "bert", "mean")
    settings = Settings(embedder_model=str(tmp_path), embedder_device="cpu", embedder_batch_tokens=300)
    one, three = make_torch_embedder(settings), make_torch_embedder(settings)
    three.embed(SHORT[:1])
    three._encoder.in_flight = 3
    done = []
    np.testing.assert_allclose(three.embed(MIXED, done.append)[0], one.embed(MIXED)[0], atol=1e-6)
    assert sum(done) == len(MIXED)
