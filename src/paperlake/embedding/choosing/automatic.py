"""Choose what the kind `auto` runs: torch on a GPU, else OpenVINO on the CPU, else torch.

All run the same weights, and in float32 their vectors are equal within 1e-5, so the choice changes no
`model_id`. It is cheap: no library of these is loaded for it, and no model.
"""

from __future__ import annotations

import importlib.util
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from paperlake.embedding.kinds.model_folder import open_model, read_architecture
from paperlake.embedding.protocol import Embedder
from paperlake.errors import ModelError
from paperlake.settings import Settings, hides_gpus

# Architectures whose vectors by OpenVINO are compared with those of transformers by a test.
# Not among them: modernbert gives NaN for padded texts, and gemma3_text cannot be converted.
TESTED_IN_OPENVINO = ("bert", "xlm-roberta", "qwen3")
GPU_FILES = ("/dev/nvidiactl", "/dev/dxg", "/dev/kfd")  # of the drivers of NVIDIA, of WSL and of AMD
GPU_LIBRARIES = ("libtorch_cuda.so", "libtorch_hip.so")  # in a torch that was built for one


@dataclass(frozen=True)
class Choice:
    """What `auto` runs here."""

    kind: str
    """torch or openvino."""
    device: str
    """CUDA, MPS or CPU."""
    dtype: str
    reason: str
    """A clause that says why."""

    def sentence(self) -> str:
        """Return one sentence for people."""
        return f"Embedder: {self.kind} on {self.device} in {self.dtype}, chosen by `auto`: {self.reason}."


def choose_kind(settings: Settings) -> Choice:
    """Return what `auto` runs with these settings on this machine.

    Raises:
        ModelError: The model's config.json is invalid, or there is no such folder.
    """
    gpu, why = _gpu(settings.embedder_device)
    if gpu:
        is_exact = gpu == "MPS" or settings.embedder_dtype == "float32"
        return Choice("torch", gpu, _dtype(settings, "float32" if is_exact else "bfloat16"), why)
    kind, reason = _on_cpu(settings.embedder_model)
    return Choice(kind, "the CPU", _dtype(settings, "float32"), f"{why}, {reason}")


def make_chosen_embedder(settings: Settings) -> Embedder:
    """Construct the embedder that `auto` chooses; the model is loaded by its first `embed`.

    Raises:
        ModelError: The model is missing or invalid.
        UsageError: A setting is missing or wrong.
    """
    from paperlake.embedding.choosing.registry import make_embedder

    open_model(settings)  # downloads what is not here, so that the architecture is known
    return make_embedder(settings.model_copy(update={"embedder": choose_kind(settings).kind}))


def describe_choice(settings: Settings) -> str | None:
    """Return a sentence about the choice; None where the settings name a kind."""
    if settings.embedder != "auto":
        return None
    try:
        return choose_kind(settings).sentence()
    except ModelError as error:
        return f"Embedder: {error}"


def _dtype(settings: Settings, usual: str) -> str:
    return usual if settings.embedder_dtype == "auto" else settings.embedder_dtype


def _gpu(device: str) -> tuple[str | None, str]:
    """Return the GPU that torch would use, or None, and why."""
    if device != "auto":
        return None if device == "cpu" else device.upper(), f"PAPERLAKE_EMBEDDER_DEVICE is {device}"
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "MPS", "this is an Apple GPU"
    if not any(Path(name).exists() for name in GPU_FILES):
        return None, "no GPU was found"
    if hides_gpus():
        return None, "CUDA_VISIBLE_DEVICES hides the GPU"
    if not _torch_has_cuda():
        return None, "torch was installed without support of the GPU"
    return "CUDA", "a GPU was found"


def _torch_has_cuda() -> bool:
    """Return whether the installed torch was built for GPUs of NVIDIA or AMD, without loading it."""
    spec = importlib.util.find_spec("torch")
    folders = spec.submodule_search_locations if spec else None
    return any((Path(folder) / "lib" / name).exists() for folder in folders or () for name in GPU_LIBRARIES)


def _on_cpu(model: str) -> tuple[str, str]:
    """Return the kind for the CPU, and why."""
    if importlib.util.find_spec("openvino") is None:
        return "torch", "and OpenVINO is not installed (`make setup EXTRAS=dev,openvino`)"
    architecture = read_architecture(model)
    if architecture is None:
        return "torch", "and the model is not downloaded yet"
    if architecture not in TESTED_IN_OPENVINO:
        return "torch", f"and OpenVINO is not tested with the architecture {architecture or 'of the model'}"
    return "openvino", f"and OpenVINO {metadata.version('openvino').partition('-')[0]} is installed"
