"""Models known by name: pinned, with the prompts of their makers; and vectors truncated to fewer numbers."""

import re

import huggingface_hub
import numpy as np
import pytest

from paperlake.embedding.choosing.presets import presets
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.model_folder import open_model_folder
from paperlake.embedding.query import make_query_embedder
from paperlake.errors import UsageError
from paperlake.settings import Settings
from tests.support.embedding_texts import SHORT
from tests.support.tiny_models import write_tiny_model


@pytest.mark.parametrize("preset", presets().values(), ids=presets())
def test_a_preset_is_complete(preset):
    assert preset.is_bundled or re.fullmatch(r"[0-9a-f]{40}", preset.revision)
    assert preset.pooling in ("mean", "cls", "last")
    assert all(number < preset.dimension for number in preset.shorter)
    assert preset.license
    for prompt in (preset.paper_prompt, preset.query_prompt):
        assert not prompt or prompt.endswith((": ", "Query:"))


def test_the_bundled_model_has_a_name_too():
    assert open_model_folder("all-MiniLM-L6-v2", 256) == open_model_folder("bundled", 256)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    path = tmp_path_factory.mktemp("tiny")
    write_tiny_model(path, "bert", "cls")
    return path


@pytest.fixture
def hub(monkeypatch, tiny):
    """A hub whose every model is the tiny one; returns the list of what was asked of it."""
    asked = []

    def snapshot_download(name, allow_patterns, revision, local_files_only=False):
        asked.append((name, revision, allow_patterns))
        return str(tiny)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return asked


def test_a_preset_is_fetched_at_its_revision_with_its_prompts(hub):
    model = open_model_folder("bge-small-en-v1.5", 1000)
    revision = "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a"
    assert hub == [("BAAI/bge-small-en-v1.5", revision, ["*.json", "*.safetensors"])]
    assert (model.pooling, model.max_tokens, model.paper_prompt) == ("cls", 512, "")
    assert model.query_prompt == "Represent this sentence for searching relevant passages: "
    assert model.model_id.startswith("bge-small-en-v1.5-")
    assert model.model_id.endswith("-cls-512")


def test_prompts_are_part_of_the_id(hub):
    plain = open_model_folder("BAAI/bge-small-en-v1.5", 512)
    assert (plain.query_prompt, hub[-1][1]) == ("", None)
    assert plain.model_id != open_model_folder("bge-small-en-v1.5", 512).model_id


def test_a_name_on_the_hub_may_have_a_revision(hub):
    model = open_model_folder("somebody/good-model@v1.2", 64)
    assert hub[-1][:2] == ("somebody/good-model", "v1.2")
    assert model.name == "good-model"


@pytest.mark.model
def test_a_preset_embeds_papers_and_queries_each_with_its_prompt(hub, tiny):
    embedder = make_embedder(Settings(embedder="torch", embedder_model="multilingual-e5-small"))
    plain = make_embedder(Settings(embedder="torch", embedder_model=str(tiny)))
    papers, queries = embedder.embed(SHORT)[0], embedder.embed(SHORT, role="query")[0]
    np.testing.assert_allclose(papers, plain.embed([f"passage: {text}" for text in SHORT])[0], atol=1e-6)
    np.testing.assert_allclose(queries, plain.embed([f"query: {text}" for text in SHORT])[0], atol=1e-6)


@pytest.mark.model
def test_truncated_vectors_are_the_first_numbers_of_unit_length(tiny):
    settings = Settings(embedder="torch", embedder_model=str(tiny), embedder_device="cpu")
    whole, _ = make_embedder(settings).embed(SHORT)
    short = settings.model_copy(update={"embedder_dimension": 8})
    embedder = make_embedder(short)
    vectors, _ = embedder.embed(SHORT)
    assert (embedder.dimension, vectors.shape, vectors.dtype) == (8, (len(SHORT), 8), np.float32)
    expected = whole[:, :8] / np.linalg.norm(whole[:, :8], axis=1, keepdims=True)
    np.testing.assert_allclose(vectors, expected, atol=1e-6)
    query = make_query_embedder(short)
    assert (query.kind, query.model_id) == ("numpy", embedder.model_id)
    np.testing.assert_allclose(query.embed(SHORT, role="query")[0], vectors, atol=1e-5)


def test_truncation_is_part_of_the_id(tiny):
    whole = open_model_folder(str(tiny), 64)
    assert open_model_folder(str(tiny), 64, 32).model_id == whole.model_id
    assert open_model_folder(str(tiny), 64, 8).model_id == f"{whole.model_id}-8d"
    with pytest.raises(UsageError, match=r"PAPERLAKE_EMBEDDER_DIMENSION is 33, but .* have 32 numbers"):
        open_model_folder(str(tiny), 64, 33)
