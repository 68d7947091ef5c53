"""A plain BERT is computed in torch alone: the vectors of transformers, which is not loaded."""

import json
import shutil
import sys

import numpy as np
import pytest

from paperlake.embedding.kinds.bert.architecture import is_plain_bert
from paperlake.embedding.kinds.bert.torch_bert import TorchBert
from paperlake.embedding.kinds.model_folder import bundled_folder, open_model_folder
from paperlake.embedding.kinds.torch_embedder import load_by_transformers, make_torch_embedder
from paperlake.settings import Settings
from tests.support.embedding_texts import MIXED, SHORT

pytestmark = pytest.mark.model


@pytest.mark.parametrize("padding", [0, 5], ids=["full", "padded"])
def test_states_equal_those_of_transformers(padding):
    import torch

    model = open_model_folder("bundled", 256)
    ids = torch.randint(1000, 20_000, (3, 40), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    if padding:
        mask[1, -padding:] = 0
    with torch.inference_mode():
        states = TorchBert(model, "cpu", torch.float32).states(ids, mask)
        expected = load_by_transformers(model, "cpu", "float32")(
            input_ids=ids, attention_mask=mask
        ).last_hidden_state
    shown = mask.bool()
    np.testing.assert_allclose(states[shown].numpy(), expected[shown].numpy(), atol=1e-5)


def test_papers_are_embedded_without_transformers(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)  # an import raises ImportError
    vectors, facts = make_torch_embedder(Settings(embedder_device="cpu")).embed([*MIXED, *SHORT])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert facts.library.startswith("torch ")
    assert "transformers" not in facts.library


@pytest.mark.parametrize(
    "change",
    [{"model_type": "roberta"}, {"hidden_act": "relu"}, {"is_decoder": True}, {"num_hidden_layers": 7}],
    ids=str,
)
def test_another_architecture_is_left_to_transformers(tmp_path, change):
    folder = shutil.copytree(bundled_folder(), tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | change))
    assert not is_plain_bert(open_model_folder(str(folder), 256))
