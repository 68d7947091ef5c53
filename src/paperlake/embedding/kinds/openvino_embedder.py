"""Run the `openvino` kind: the same weights by OpenVINO on the CPU, faster than torch and as exact.

A plain BERT is built from its weights (`bert/openvino_bert.py`). Another model is converted on first use,
pooling included, and kept in the lake with a digest. After that neither torch nor transformers is loaded.
Tokens and batches are in `local.py`.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from paperlake.embedding.kinds.bert.openvino_bert import build_bert, builds_in_openvino
from paperlake.embedding.kinds.local import Batch, LocalEmbedder
from paperlake.embedding.kinds.model_folder import ModelFolder, open_model
from paperlake.errors import ModelError, UsageError
from paperlake.lake import Lake
from paperlake.lake.files import hash_file, read_json, write_bytes
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

if TYPE_CHECKING:
    import torch

# Padded tokens of one batch. On 2 cores the speed was the same from 4 to 16 texts of 256 tokens.
BATCH_TOKENS = 2048
# Measured on 364 listed papers: float32 deviates from torch by at most 2e-7 in any number; bfloat16 has a
# cosine of at least 0.99996 to it and keeps 99.5 percent of the 10 nearest neighbours.
PRECISIONS = {"auto": "f32", "float32": "f32", "bfloat16": "bf16"}
DTYPES = {"f32": "float32", "bf16": "bfloat16"}
# Of the texts that a converted model is tried with: longer than the window of near tokens of ModernBERT.
PROBE_TOKENS = 160
MIN_PROBE_ID, MAX_PROBE_ID = 10, 20_000  # tokens that every vocabulary has
MAX_DEVIATION = 1e-5


def make_openvino_embedder(settings: Settings) -> LocalEmbedder:
    """Construct the embedder that the settings describe; nothing is loaded or converted yet.

    Raises:
        ModelError: The model's folder is missing or invalid.
        UsageError: The settings name another device than the CPU, or ask for more numbers than vectors have.
    """
    if settings.embedder_device not in ("auto", "cpu"):
        raise UsageError(
            f"The embedder 'openvino' runs on the CPU, but PAPERLAKE_EMBEDDER_DEVICE is "
            f"{settings.embedder_device}. Use the embedder 'torch' for that device."
        )
    model = open_model(settings)
    lake = Lake(settings.lake)

    def load() -> OpenVinoEncoder:
        return OpenVinoEncoder(model, lake, PRECISIONS[settings.embedder_dtype])

    return LocalEmbedder("openvino", model, load, settings.embedder_batch_tokens)


def load_openvino() -> Any:  # noqa: ANN401  (OpenVINO has no types)
    """Import openvino so that it sends nothing: conversions are otherwise reported to Google Analytics.

    Without the package for that, which pip installs with it, it uses a module that does nothing.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None: not importable
    return importlib.import_module("openvino")


class OpenVinoEncoder:
    """A converted model, loaded; see `Encoder`."""

    device = "cpu"
    batch_tokens = BATCH_TOKENS
    in_flight = 1
    packs = False

    def __init__(self, model: ModelFolder, lake: Lake, precision: str = "f32") -> None:
        """Load the model, converting it if the lake has no intact conversion.

        Args:
            model: The model's folder.
            lake: Where a conversion is kept.
            precision: f32 or bf16. Always set, as OpenVINO's default is bf16 where the CPU has it.
        """
        openvino = load_openvino()
        core = openvino.Core()
        if precision == "bf16":
            check_bfloat16()
        self.dtype = DTYPES[precision]
        self.library = f"openvino {openvino.__version__.partition('-')[0]}"
        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        source = None if builds_in_openvino(model) else _converted(model, lake)
        try:
            graph = build_bert(model) if source is None else core.read_model(source)
            compiled = core.compile_model(graph, "CPU", options)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ModelError(
                f"OpenVINO cannot run {source or model.path}, the model {model.path}: {reason}"
            ) from error
        self._request = compiled.create_infer_request()

    def encode(self, batch: Batch) -> Vectors:
        """Compute pooled vectors of unit length, float32 of shape (texts, dimension)."""
        result = self._request.infer([batch.ids, batch.mask], share_inputs=True)
        pooled = np.array(result[0], np.float32)
        lengths = np.linalg.norm(pooled, axis=1, keepdims=True)
        unit: Vectors = pooled / np.maximum(lengths, np.float32(1e-12))
        return unit


def check_bfloat16() -> None:
    """Check that this processor computes in bfloat16.

    Raises:
        UsageError: It does not.
    """
    if "BF16" not in load_openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise UsageError(
            "PAPERLAKE_EMBEDDER_DTYPE is bfloat16, but this processor has no bfloat16 arithmetic "
            "(avx512_bf16 or amx). Use float32."
        )


def _converted(model: ModelFolder, lake: Lake) -> Path:
    """Return the path of the model in OpenVINO's format, converted now if the lake has no intact copy."""
    folder = lake.converted_model(f"{model.encoder_id}-openvino")
    graph, weights, digests = folder / "model.xml", folder / "model.bin", folder / "digests.json"
    known = read_json(digests)
    if known is not None and all(
        path.exists() and hash_file(path) == known.get(path.name) for path in (graph, weights)
    ):
        return graph
    with tempfile.TemporaryDirectory(prefix="paperlake-") as temporary:
        converted = Path(temporary) / graph.name
        _convert(model, converted)
        for path in (weights, graph):
            write_bytes(path, (converted.parent / path.name).read_bytes())
    content = {path.name: hash_file(path) for path in (graph, weights)}
    write_bytes(digests, json.dumps(content).encode())
    return graph


def _convert(model: ModelFolder, target: Path) -> None:
    """Trace the torch model with its pooling, and save it for OpenVINO in float32.

    Raises:
        ModelError: The model cannot be traced, or the converted one gives other vectors.
    """
    import torch

    openvino = load_openvino()

    traced = _pooled(model)
    ids = torch.full((2, 8), model.pad_token_id)
    mask = torch.tensor([[1] * 8, [1] * 5 + [0] * 3])
    transformers_log = logging.getLogger("transformers")
    level = transformers_log.level
    transformers_log.setLevel(logging.ERROR)  # tracing reads attributes that it warns about
    try:
        with warnings.catch_warnings():
            # Of the tracer: most values that it treats as constants are constants here.
            warnings.simplefilter("ignore")
            example = {"input_ids": ids, "attention_mask": mask}
            converted = openvino.convert_model(traced, example_input=example)
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1]
        raise ModelError(f"OpenVINO cannot convert the model {model.path}: {reason}") from error
    finally:
        transformers_log.setLevel(level)
    deviation = _deviation(model, traced, converted)
    if deviation > MAX_DEVIATION:
        raise ModelError(
            f"OpenVINO cannot convert the model {model.path}: its vectors differ from those of torch by "
            f"up to {deviation:.2g}. Use the kind `torch`."
        )
    openvino.save_model(converted, target, compress_to_fp16=False)


def _pooled(model: ModelFolder) -> torch.nn.Module:
    """Load a model as one module from ids and mask to pooled vectors."""
    import torch

    from paperlake.embedding.kinds.torch_embedder import (
        load_by_transformers,
        load_projections,
        pool,
        project,
    )

    encoder = load_by_transformers(model, "cpu", "float32")
    projections = load_projections(model, "cpu")

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return project(pool(states, attention_mask, model.pooling), projections)

    return Pooled().eval()


def _deviation(model: ModelFolder, traced: torch.nn.Module, converted: Any) -> float:  # noqa: ANN401
    """Return the largest difference of a number in unit vectors of other texts than the traced ones.

    A tracer may keep what depends on the length of the text as a constant. And where padding is longer than
    ModernBERT's window of near tokens, OpenVINO divides by zero.
    """
    import torch

    openvino = load_openvino()

    length = min(PROBE_TOKENS, model.max_tokens)
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(MIN_PROBE_ID, MAX_PROBE_ID, (2, length), generator=generator)
    mask = torch.ones_like(ids)
    mask[1, length // 2 :] = 0
    with torch.inference_mode():
        expected = torch.nn.functional.normalize(traced(ids, mask), dim=1).numpy()
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    request = openvino.Core().compile_model(converted, "CPU", options).create_infer_request()
    found = np.array(request.infer([ids.numpy(), mask.numpy()])[0], np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return float(np.nan_to_num(np.abs(found - expected), nan=np.inf).max())
