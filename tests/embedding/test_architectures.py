"""Each architecture of the presets, with random weights, gives the vectors that transformers itself gives."""

import importlib.util

import numpy as np
import pytest

from paperlake.embedding.choosing.automatic import TESTED_IN_OPENVINO
from paperlake.embedding.choosing.presets import presets
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.settings import Settings
from tests.support.embedding_texts import SHORT, long_text
from tests.support.tiny_models import ARCHITECTURES, reference_vectors, write_tiny_model

pytestmark = pytest.mark.model
TEXTS = [*SHORT, long_text(1, 20)]  # of one to 256 tokens, so that batches are padded
PROMPTS = {"query": "search: ", "document": "text: "}
KINDS = ["torch", *(["openvino"] if importlib.util.find_spec("openvino") else [])]


@pytest.fixture(scope="module", params=ARCHITECTURES)
def tiny(request, tmp_path_factory):
    """The folder of a model, its architecture, and the vectors of papers and queries by transformers."""
    path = tmp_path_factory.mktemp(request.param)
    model, matrices = write_tiny_model(
        path, request.param, prompts=PROMPTS, is_dense=request.param == "gemma3_text"
    )
    pooling = ARCHITECTURES[request.param][2]
    papers = reference_vectors(path, model, matrices, TEXTS, pooling, PROMPTS["document"])
    queries = reference_vectors(path, model, matrices, SHORT[:2], pooling, PROMPTS["query"])
    return path, request.param, papers, queries


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_equal_those_of_transformers(tiny, kind, tmp_path):
    path, architecture, papers, queries = tiny
    if kind == "openvino" and architecture not in TESTED_IN_OPENVINO:
        pytest.skip("auto runs it in torch")
    settings = Settings(embedder=kind, embedder_model=str(path), embedder_device="cpu", lake=tmp_path)
    embedder = make_embedder(settings)
    assert embedder.model.architecture == architecture
    assert embedder.dimension == papers.shape[1]
    np.testing.assert_allclose(embedder.embed(TEXTS)[0], papers, atol=1e-5)
    np.testing.assert_allclose(embedder.embed(SHORT[:2], role="query")[0], queries, atol=1e-5)


def test_every_architecture_of_the_presets_is_compared():
    assert {preset.architecture for preset in presets().values()} <= set(ARCHITECTURES)
    assert set(TESTED_IN_OPENVINO) < set(ARCHITECTURES)
