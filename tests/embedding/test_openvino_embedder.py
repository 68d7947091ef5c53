"""The openvino embedder: the vectors of torch, from a conversion that is kept and verified."""

import subprocess
import sys

import numpy as np
import pytest

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds import openvino_embedder
from paperlake.embedding.kinds.torch_embedder import cpu_has_bfloat16, make_torch_embedder
from paperlake.errors import ModelError, UsageError
from paperlake.settings import Settings
from tests.support.embedding_texts import MIXED, SHORT
from tests.support.tiny_models import write_tiny_model

pytestmark = pytest.mark.model
pytest.importorskip("openvino")


@pytest.fixture(scope="module")
def lake_folder(tmp_path_factory):
    """A lake in which the model is converted once for all tests."""
    return tmp_path_factory.mktemp("lake")


def settings_for(lake_folder, **overrides):
    return Settings(embedder="openvino", lake=lake_folder, **overrides)


def test_vectors_and_id_are_those_of_torch(lake_folder):
    embedder, torch = make_embedder(settings_for(lake_folder)), make_torch_embedder(Settings())
    assert (embedder.kind, embedder.model_id) == ("openvino", torch.model_id)
    (vectors, facts), (expected, torch_facts) = embedder.embed(MIXED), torch.embed(MIXED)
    np.testing.assert_allclose(vectors, expected, atol=1e-5)
    assert (vectors * expected).sum(axis=1).min() > 0.999999
    assert facts.truncated_count == torch_facts.truncated_count > 0
    assert facts.dtype == "float32"


def test_bfloat16_is_near_and_says_so(lake_folder):
    if not cpu_has_bfloat16():
        pytest.skip("no bfloat16 arithmetic in this processor")
    embedder = make_embedder(settings_for(lake_folder, embedder_dtype="bfloat16"))
    vectors, facts = embedder.embed(MIXED)
    expected, _ = make_torch_embedder(Settings()).embed(MIXED)
    assert facts.dtype == "bfloat16"
    assert 0.9998 < (vectors * expected).sum(axis=1).min() < 0.999999
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)


def test_a_plain_bert_needs_neither_torch_nor_transformers_nor_a_conversion(lake_folder):
    code = (
        "import sys; from pathlib import Path; from paperlake.settings import Settings; "
        "from paperlake.embedding.choosing.registry import make_embedder; "
        "make_embedder(Settings(embedder='openvino', lake=Path(sys.argv[1]))).embed(['text']); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(lake_folder)]
    assert subprocess.check_output(command, text=True).strip() == "[]"
    assert not list(lake_folder.rglob("model.bin"))


def test_openvino_reports_nothing_to_anybody():
    code = (
        "from paperlake.embedding.kinds.openvino_embedder import load_openvino; load_openvino(); "
        "from openvino.tools.ovc import convert_impl; print(convert_impl.tm.__name__)"
    )
    found = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert found.strip() == "openvino.tools.ovc.telemetry_stub"


@pytest.fixture(scope="module")
def last_folder(tmp_path_factory):
    """A model that is converted: its pooling is not one that is built here."""
    path = tmp_path_factory.mktemp("last")
    write_tiny_model(path, "bert", "last")
    return path


def test_a_damaged_conversion_is_replaced(lake_folder, last_folder):
    """Flipped weights would give wrong vectors without any error."""
    settings = settings_for(lake_folder, embedder_model=str(last_folder))
    expected, _ = make_embedder(settings).embed(SHORT)
    (weights,) = lake_folder.rglob("model.bin")
    content = bytearray(weights.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 64] = bytes(64)
    weights.write_bytes(content)
    np.testing.assert_array_equal(make_embedder(settings).embed(SHORT)[0], expected)


def test_a_conversion_that_gives_other_vectors_is_refused(lake_folder, last_folder, tmp_path, monkeypatch):
    """As that of ModernBERT does for padded texts."""
    monkeypatch.setattr(openvino_embedder, "MAX_DEVIATION", -1.0)
    settings = settings_for(tmp_path, embedder_model=str(last_folder))
    with pytest.raises(ModelError, match=r"differ from those of torch.*kind `torch`"):
        make_embedder(settings).embed(SHORT)
    assert not list(tmp_path.rglob("model.bin"))


def test_another_device_is_refused(lake_folder):
    with pytest.raises(UsageError, match="torch"):
        make_embedder(settings_for(lake_folder, embedder_device="cuda"))
