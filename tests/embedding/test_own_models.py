"""Models of one's own: pooling and prompts as their makers configured them, in every kind that runs models."""

import json
import shutil

import numpy as np
import pytest

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.model_folder import bundled_folder
from paperlake.settings import Settings
from tests.support.embedding_texts import MIXED, SHORT

pytestmark = pytest.mark.model

POOLINGS = {"cls": "pooling_mode_cls_token", "last": "pooling_mode_lasttoken"}


@pytest.fixture(scope="module", params=POOLINGS)
def folder(request, tmp_path_factory):
    """A tiny encoder with random weights, laid out as sentence-transformers does."""
    import torch
    from transformers import BertConfig, BertModel

    path = tmp_path_factory.mktemp(f"tiny-{request.param}")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(**sizes)).save_pretrained(path)
    for name in ("tokenizer.json", "tokenizer_config.json", "modules.json", "sentence_bert_config.json"):
        shutil.copy(bundled_folder() / name, path)
    (path / "1_Pooling").mkdir()
    (path / "2_Normalize").mkdir()
    modes = {"word_embedding_dimension": 32, "pooling_mode_mean_tokens": False}
    (path / "1_Pooling" / "config.json").write_text(json.dumps({**modes, POOLINGS[request.param]: True}))
    prompts = {"query": "search: ", "document": "text: "}
    (path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return path


@pytest.mark.parametrize("kind", ["torch", "openvino"])
@pytest.mark.filterwarnings("ignore")  # of sentence-transformers and its own imports
def test_vectors_equal_those_of_sentence_transformers(folder, kind, tmp_path):
    library = pytest.importorskip("sentence_transformers")
    if kind == "openvino":
        pytest.importorskip("openvino")
    model = library.SentenceTransformer(str(folder), device="cpu")
    settings = Settings(embedder=kind, embedder_model=str(folder), embedder_device="cpu", lake=tmp_path)
    embedder = make_embedder(settings)
    assert embedder.dimension == 32
    np.testing.assert_allclose(embedder.embed(MIXED)[0], model.encode_document(list(MIXED)), atol=1e-5)
    np.testing.assert_allclose(
        embedder.embed(SHORT, role="query")[0], model.encode_query(list(SHORT)), atol=1e-5
    )
