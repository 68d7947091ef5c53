"""`auto` runs the fastest exact kind at hand, says why, and loads nothing to find out."""

import importlib.util
import json
import subprocess
import sys

import pytest

from paperlake.embedding.choosing import automatic
from paperlake.embedding.choosing.automatic import choose_kind, describe_choice
from paperlake.settings import Settings


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """Return a function that pretends to be a machine; a bare one has no GPU and no OpenVINO."""

    def pretend(gpu=False, cuda_torch=False, openvino=False, apple=False):
        device = tmp_path / "nvidiactl"
        if gpu:
            device.touch()
        real = importlib.util.find_spec
        monkeypatch.setattr(automatic, "GPU_FILES", (str(device),))
        monkeypatch.setattr(automatic, "_torch_has_cuda", lambda: cuda_torch)
        monkeypatch.setattr(automatic.platform, "system", lambda: "Darwin" if apple else "Linux")
        monkeypatch.setattr(automatic.platform, "machine", lambda: "arm64" if apple else "x86_64")
        monkeypatch.setattr(
            automatic.importlib.util,
            "find_spec",
            lambda name: (object() if openvino else None) if name == "openvino" else real(name),
        )
        monkeypatch.setattr(automatic.metadata, "version", lambda _: "2026.4.1-22982-abc")

    return pretend


@pytest.mark.parametrize(
    ("here", "settings", "kind", "device", "dtype", "reason"),
    [
        ({}, {}, "torch", "the CPU", "float32", "OpenVINO is not installed"),
        (
            {"openvino": True},
            {},
            "openvino",
            "the CPU",
            "float32",
            "no GPU was found, and OpenVINO 2026.4.1 is",
        ),
        (
            {"gpu": True, "cuda_torch": True, "openvino": True},
            {},
            "torch",
            "CUDA",
            "bfloat16",
            "GPU was found",
        ),
        ({"gpu": True, "openvino": True}, {}, "openvino", "the CPU", "float32", "without support of the GPU"),
        (
            {"gpu": True, "cuda_torch": True},
            {"embedder_dtype": "float32"},
            "torch",
            "CUDA",
            "float32",
            "GPU was found",
        ),
        (
            {"gpu": True, "cuda_torch": True, "openvino": True},
            {"embedder_device": "cpu"},
            "openvino",
            "the CPU",
            "float32",
            "PAPERLAKE_EMBEDDER_DEVICE is cpu",
        ),
        ({"openvino": True}, {"embedder_device": "cuda"}, "torch", "CUDA", "bfloat16", "is cuda"),
        ({"apple": True, "openvino": True}, {}, "torch", "MPS", "float32", "Apple GPU"),
        (
            {"openvino": True},
            {"embedder_model": "gte-modernbert-base"},
            "torch",
            "the CPU",
            "float32",
            "not tested with the architecture modernbert",
        ),
        (
            {"openvino": True},
            {"embedder_model": "somebody/not-downloaded"},
            "torch",
            "the CPU",
            "float32",
            "not downloaded yet",
        ),
    ],
)
def test_the_choice_and_its_reason(machine, here, settings, kind, device, dtype, reason):
    machine(**here)
    choice = choose_kind(Settings(**settings))
    assert (choice.kind, choice.device, choice.dtype) == (kind, device, dtype)
    assert reason in choice.sentence()


def test_a_hidden_gpu_is_not_used(machine, monkeypatch):
    machine(gpu=True, cuda_torch=True)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert choose_kind(Settings()).device == "the CPU"


def test_a_kind_that_was_set_needs_no_sentence():
    assert describe_choice(Settings(embedder="hashing")) is None
    missing = describe_choice(Settings(embedder_model="/no/such/model", embedder_device="cpu"))
    assert missing is not None
    assert "/no/such/model" in missing or "not installed" in missing


def test_a_folder_is_asked_for_its_architecture(machine, tmp_path):
    machine(openvino=True)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "nomic_bert"}))
    choice = choose_kind(Settings(embedder_model=str(tmp_path)))
    assert (choice.kind, "nomic_bert" in choice.reason) == ("torch", True)


def test_choosing_loads_no_library_of_models():
    code = (
        "import sys; from paperlake.settings import Settings; "
        "from paperlake.embedding.choosing.automatic import describe_choice; describe_choice(Settings()); "
        "from paperlake.embedding.choosing.registry import make_embedder; make_embedder(Settings()); "
        "print([name for name in ('torch', 'transformers', 'openvino', 'ray') if name in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
