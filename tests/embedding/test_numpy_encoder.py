"""The NumPy forward pass gives torch's vectors, and is used for queries where it can be."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.bert.numpy_encoder import runs_in_numpy
from paperlake.embedding.kinds.model_folder import open_model_folder
from paperlake.embedding.query import make_query_embedder
from paperlake.settings import Settings

TEXTS = [
    "robots",
    "How do diffusion models learn to denoise, and why does it work so well for video?",
    "Ein Netz, das Wörter zählt. 深度学习 — naïve façade \u200b $x^2$",
    "words " * 400,
    "",
]

pytestmark = pytest.mark.model


def test_vectors_equal_those_of_torch_within_1e_5() -> None:
    light = make_query_embedder(Settings(embedder="torch"))
    assert light.kind == "numpy"
    reference = make_embedder(Settings(embedder="torch", embedder_device="cpu"))
    assert light.model_id == reference.model_id
    mine, theirs = (embedder.embed(TEXTS, role="query")[0] for embedder in (light, reference))
    assert np.abs(mine - theirs).max() < 1e-5
    assert np.allclose(
        mine, np.concatenate([light.embed([text], role="query")[0] for text in TEXTS]), atol=1e-5
    )


def test_a_query_loads_no_torch() -> None:
    code = (
        "import sys; from paperlake.embedding.query import QueryEmbedder; "
        "from paperlake.settings import Settings; "
        "QueryEmbedder(Settings()).embed('robots', 'all-MiniLM-L6-v2-53aa5117-mean-256', 384); "
        "print([name for name in ('torch', 'transformers', 'scipy', 'pandera') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_model_of_another_pooling_is_left_to_its_own_kind() -> None:
    assert not runs_in_numpy(replace(open_model_folder("bundled", 256), pooling="last"))


def test_the_embedder_for_tests_embeds_its_queries_itself() -> None:
    assert make_query_embedder(Settings(embedder="hashing")).kind == "hashing"
