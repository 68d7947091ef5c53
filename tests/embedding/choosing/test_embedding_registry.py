"""Choosing an embedder costs nothing until it embeds, and a wrong choice says what to do."""

import json
import subprocess
import sys

import huggingface_hub
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError

from paperlake.embedding.choosing import registry
from paperlake.embedding.choosing.registry import KINDS, Kind, make_embedder
from paperlake.embedding.kinds import model_folder
from paperlake.embedding.kinds.model_folder import bundled_folder, open_model_folder
from paperlake.errors import ModelError, UsageError
from paperlake.settings import Settings


def test_the_bundled_model_has_the_id_that_lakes_were_made_with():
    for kind in ("auto", "torch"):
        embedder = make_embedder(Settings(embedder=kind, embedder_device="cpu"))
        assert embedder.model_id == "all-MiniLM-L6-v2-53aa5117-mean-256"
        assert (embedder.dimension, embedder.max_tokens) == (384, 256)


def test_the_models_id_loads_no_torch():
    code = (
        "import sys; from paperlake.settings import Settings; "
        "from paperlake.embedding.choosing.registry import make_embedder; make_embedder(Settings(embedder='torch')); "
        "import paperlake.embedding.stage, paperlake.embedding.query; "
        "print([name for name in ('torch', 'transformers', 'openvino', 'ray') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_every_kind_of_the_settings_is_in_the_registry():
    kinds = Settings.model_fields["embedder"].annotation.__args__
    assert set(kinds) == set(KINDS)


def test_an_unknown_kind_names_the_known_ones():
    with pytest.raises(UsageError, match=r"no embedder 'magic'.*torch"):
        make_embedder(Settings.model_construct(embedder="magic"))


def test_a_missing_extra_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(registry.KINDS, "torch", Kind("x", "y", needs="no_such_module", extra="clouds"))
    with pytest.raises(UsageError, match=r"make setup EXTRAS=dev,clouds"):
        make_embedder(Settings(embedder="torch"))


@pytest.fixture
def folder(tmp_path):
    """A model's folder without weights that work."""
    path = tmp_path / "tiny"
    path.mkdir()
    (path / "model.safetensors").write_bytes(b"weights")
    (path / "config.json").write_text(json.dumps({"hidden_size": 12, "max_position_embeddings": 64}))
    return path


def test_a_changed_file_gives_another_id(folder):
    before = open_model_folder(str(folder), 32).model_id
    assert before.startswith("tiny-")
    assert before.endswith("-mean-32")
    (folder / "model.safetensors").write_bytes(b"weightz!")
    assert open_model_folder(str(folder), 32).model_id != before


def test_the_models_own_limit_wins_over_a_higher_one(folder):
    assert open_model_folder(str(folder), 500).max_tokens == 64
    config = {"hidden_size": 12, "max_position_embeddings": 514, "model_type": "roberta"}
    (folder / "config.json").write_text(json.dumps(config))
    assert open_model_folder(str(folder), 8192).max_tokens == 512


@pytest.mark.parametrize(
    ("config", "pooling"),
    [
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode": "cls"}, "cls"),
        ({}, "mean"),
    ],
    ids=str,
)
def test_pooling_is_read_from_the_models_own_configuration(folder, config, pooling):
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(config))
    assert open_model_folder(str(folder), 32).pooling == pooling


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}, "pooling_mode_max_tokens"),
        ("modules.json", [{"type": "sentence_transformers.models.LSTM", "path": "2"}], "LSTM"),
        ("modules.json", {}, "not a JSON array"),
        ("config.json", {}, "hidden_size"),
        ("config.json", [], "not a JSON object"),
        ("config.json", {"is_encoder_decoder": True}, "decoder"),
    ],
    ids=["max pooling", "a module", "no list", "no size", "a list", "decoder"],
)
def test_what_is_not_supported_is_refused_not_ignored(folder, name, content, message):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    with pytest.raises(ModelError, match=message):
        open_model_folder(str(folder), 32)


def test_weights_that_may_run_code_are_not_loaded(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        open_model_folder(str(folder), 32)


def test_no_such_folder_says_what_would_do(tmp_path):
    with pytest.raises(ModelError, match="PAPERLAKE_EMBEDDER_MODEL"):
        open_model_folder(str(tmp_path / "nowhere"), 32)


def test_a_hub_name_is_fetched_once_and_then_needs_no_network(monkeypatch, folder):
    calls = []

    def snapshot_download(name, allow_patterns, revision, local_files_only=False):
        calls.append(local_files_only)
        if local_files_only and len(calls) == 1:
            raise LocalEntryNotFoundError("not here")
        (folder / "tokenizer.json").write_text("{}")
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    assert open_model_folder("somebody/good-model", 32).model_id.startswith("good-model-")
    assert calls == [True, False]
    open_model_folder("somebody/good-model", 32)
    assert calls == [True, False, True]


def test_a_hub_that_cannot_be_reached_is_a_clear_error(monkeypatch):
    def snapshot_download(name, allow_patterns, revision, local_files_only=False):
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    with pytest.raises(ModelError, match=r"somebody/good-model is not a folder.*offline"):
        open_model_folder("somebody/good-model", 32)


def test_a_tampered_bundled_model_is_refused(monkeypatch, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for name in model_folder.BUNDLED_SHA256:
        (folder / name).write_bytes((bundled_folder() / name).read_bytes())
    monkeypatch.setattr(model_folder, "bundled_folder", lambda: folder)
    assert open_model_folder("bundled", 256).model_id.startswith("all-MiniLM")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"tokenizer\.json has SHA-256"):
        open_model_folder("bundled", 256)
