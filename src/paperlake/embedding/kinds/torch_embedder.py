"""Run the `torch` kind: any encoder with safetensors weights, on CPU, CUDA or Apple GPUs.

In float32 the vectors equal those of sentence-transformers within 1e-5. Tokens and batches are in `local.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from paperlake.embedding.kinds.bert.architecture import is_plain_bert
from paperlake.embedding.kinds.bert.torch_bert import TorchBert
from paperlake.embedding.kinds.local import Batch, LocalEmbedder, OutOfMemoryError
from paperlake.embedding.kinds.model_folder import DENSE_WEIGHTS, ModelFolder, open_model
from paperlake.errors import ModelError, UsageError
from paperlake.settings import Settings
from paperlake.vectors.arrays import Ints, Vectors

if TYPE_CHECKING:
    import torch

States = Callable[["torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""Computes token vectors from ids and mask."""
Projection = tuple["torch.Tensor", "torch.Tensor | None"]
"""A matrix and its bias."""

# Padded tokens of one batch. On 2 cores, batches of 8 texts of 256 keep the activations in the cache; a GPU
# needs many thousands for its full speed.
CPU_BATCH_TOKENS = 2048
GPU_BATCH_TOKENS = 65_536
GPU_BATCHES_IN_FLIGHT = 2  # one computes while the next is padded, copied and queued
# Texts of the errors of CUDA, MPS and the CPU allocator; only CUDA has an exception class for it.
OUT_OF_MEMORY = ("out of memory", "can't allocate memory")


def make_torch_embedder(settings: Settings) -> LocalEmbedder:
    """Construct the embedder that the settings describe; nothing is loaded yet.

    Raises:
        ModelError: The model's folder is missing or invalid.
        UsageError: The settings ask for more numbers than the model's vectors have.
    """
    model = open_model(settings)

    def load() -> TorchEncoder:
        return TorchEncoder(model, settings.embedder_device, settings.embedder_dtype)

    return LocalEmbedder("torch", model, load, settings.embedder_batch_tokens)


class TorchEncoder:
    """A model, loaded; see `Encoder`. Transformers is loaded for what is no plain BERT alone."""

    def __init__(self, model: ModelFolder, device: str = "auto", dtype: str = "auto") -> None:
        import torch

        self._torch = torch
        self.device = _choose_device(device)
        self.dtype = _choose_dtype(dtype, self.device)
        self.batch_tokens = CPU_BATCH_TOKENS if self.device == "cpu" else GPU_BATCH_TOKENS
        self.in_flight = 1 if self.device == "cpu" else GPU_BATCHES_IN_FLIGHT
        self.packs = False
        self._pooling = model.pooling
        self._precision = fast_exact_matmul_precision() if self.device == "cpu" else "highest"
        self.library = f"torch {torch.__version__}"
        self._states: States
        if is_plain_bert(model):
            self._bert = TorchBert(model, self.device, getattr(torch, self.dtype))
            self._states, self.packs = self._bert.states, self._bert.packs
        else:
            self._states = self._by_transformers(model)
        self._projections = load_projections(model, self.device)

    def _by_transformers(self, model: ModelFolder) -> States:
        import transformers

        loaded = load_by_transformers(model, self.device, self.dtype)
        self.library += f", transformers {transformers.__version__}"

        def states(ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            found: torch.Tensor = loaded(input_ids=ids, attention_mask=mask).last_hidden_state
            return found

        return states

    def encode(self, batch: Batch) -> Vectors:
        """Compute pooled vectors of unit length, float32 of shape (texts, dimension).

        Raises:
            OutOfMemoryError: The device has no memory for the batch.
        """
        torch = self._torch
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision(self._precision)
        try:
            return self._computed(batch)
        except RuntimeError as error:
            if not any(words in str(error) for words in OUT_OF_MEMORY):
                raise
        finally:
            torch.set_float32_matmul_precision(before)
        # Only now is the error forgotten, and with its traceback what had been computed.
        if self.device == "cuda":
            torch.cuda.empty_cache()
        raise OutOfMemoryError(
            f"{self.device} has no memory for {batch.ids.size:,} tokens at once. "
            "Set PAPERLAKE_EMBEDDER_BATCH_TOKENS or PAPERLAKE_EMBEDDER_MAX_TOKENS lower."
        )

    def _computed(self, batch: Batch) -> Vectors:
        torch = self._torch
        with torch.inference_mode():
            pooled = self._packed(batch) if self.packs else self._padded(batch)
            unit = torch.nn.functional.normalize(project(pooled, self._projections), dim=1)
            vectors: Vectors = unit.cpu().numpy().astype(np.float32, copy=False)
            return vectors

    def _padded(self, batch: Batch) -> torch.Tensor:
        """Compute pooled vectors, with the padding."""
        ids, mask = self._moved(batch.ids), self._moved(batch.mask)
        return pool(self._states(ids, mask).float(), mask, self._pooling)

    def _packed(self, batch: Batch) -> torch.Tensor:
        """Compute pooled vectors, without padding."""
        lengths = batch.mask.sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        ids = batch.ids[batch.mask.astype(bool)]
        moved = self._moved(starts)
        states = self._bert.packed_states(
            self._moved(ids), self._moved(positions), moved.int(), int(lengths.max())
        )
        return pool_packed(states, moved, self._pooling)

    def _moved(self, numbers: Ints) -> torch.Tensor:
        """Return numbers on the device; to a GPU they are copied while it computes."""
        tensor = self._torch.from_numpy(numbers)
        if self.device == "cuda":
            return tensor.pin_memory().to(self.device, non_blocking=True)
        return tensor.to(self.device)


def load_by_transformers(model: ModelFolder, device: str, dtype: str) -> Any:  # noqa: ANN401  (any architecture)
    """Load a model of any architecture that transformers has.

    Raises:
        ModelError: The folder has no valid model.
    """
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        loaded: Any = transformers.AutoModel.from_pretrained(
            model.path,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            dtype=getattr(torch, dtype),
        )
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"Cannot load the model {model.path}: {str(error).splitlines()[0]}") from error
    if hasattr(loaded.config, "use_cache"):
        loaded.config.use_cache = False  # keys and values of a text that is continued, which none is
    return loaded.to(device).eval()


def load_projections(model: ModelFolder, device: str) -> list[Projection]:
    """Load the matrices that pooled vectors are multiplied by, with their biases, in float32."""
    from safetensors.torch import load_file

    loaded = (load_file(folder / DENSE_WEIGHTS, device=device) for folder in model.dense)
    return [
        (weights["linear.weight"].float(), bias if bias is None else bias.float())
        for weights, bias in ((one, one.get("linear.bias")) for one in loaded)
    ]


def project(pooled: torch.Tensor, projections: list[Projection]) -> torch.Tensor:
    """Multiply pooled vectors of shape (texts, dimension) by matrices in turn."""
    from torch.nn import functional

    for weight, bias in projections:
        pooled = functional.linear(pooled, weight, bias)
    return pooled


def pool(states: torch.Tensor, mask: torch.Tensor, pooling: str) -> torch.Tensor:
    """Pool the token vectors of each text into one vector.

    Args:
        states: Token vectors of shape (texts, tokens, dimension).
        mask: 1 for tokens, 0 for padding on the right, of shape (texts, tokens).
        pooling: mean, cls (the first token) or last (the last token).
    """
    if pooling == "cls":
        return states[:, 0]
    if pooling == "last":
        last = (mask.sum(dim=1) - 1).view(-1, 1, 1).expand(-1, 1, states.shape[-1])
        return states.gather(1, last).squeeze(1)
    weights = mask.unsqueeze(-1).to(states.dtype)
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1e-9)


def pool_packed(states: torch.Tensor, starts: torch.Tensor, pooling: str) -> torch.Tensor:
    """Pool the token vectors of each of several texts, whose tokens follow each other, in float32.

    Args:
        states: Token vectors of shape (tokens, dimension).
        starts: Where each text starts, and where the last one ends, of shape (texts + 1,).
        pooling: As of `pool`.
    """
    import torch

    if pooling == "cls":
        return states[starts[:-1]].float()
    if pooling == "last":
        return states[starts[1:] - 1].float()
    return torch.segment_reduce(states.float(), "mean", lengths=starts.diff())


def check_torch(device: str, dtype: str) -> None:
    """Check that a device and a dtype can be used here; torch is loaded only where they were chosen.

    Raises:
        UsageError: They cannot.
    """
    if device in ("cuda", "mps") or dtype == "bfloat16":
        _choose_dtype(dtype, _choose_device(device))


def _choose_device(wanted: str) -> str:
    import torch

    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return next(device for device, there in present.items() if there)
    if not present[wanted]:
        raise UsageError(f"PAPERLAKE_EMBEDDER_DEVICE is {wanted}, but torch finds no such device here.")
    return wanted


def _choose_dtype(wanted: str, device: str) -> str:
    """Return the dtype: float32 by default, except on CUDA, where bfloat16 is many times faster."""
    import torch

    if wanted == "auto":
        return "bfloat16" if device == "cuda" and torch.cuda.is_bf16_supported() else "float32"
    if wanted == "bfloat16" and device == "cpu" and not cpu_has_bfloat16():
        raise UsageError(
            "PAPERLAKE_EMBEDDER_DTYPE is bfloat16, but this processor has no bfloat16 arithmetic "
            "(avx512_bf16 or amx): it would be slower and less exact. Use float32."
        )
    return wanted


def cpu_has_bfloat16() -> bool:
    """Return whether this processor has instructions for bfloat16 products."""
    import torch

    # Private names, as torch has no public ones for this; a torch without them has none of the speed.
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(bool(getattr(torch.cpu, probe, bool)()) for probe in probes)


def fast_exact_matmul_precision() -> str:
    """Return the fastest `float32_matmul_precision` of this CPU that is still exact.

    `medium` makes torch multiply by oneDNN, 1.5 times faster than the default on AVX-512, and lets it round
    to bfloat16 where the processor has matrix units for that. So one product is computed both ways and
    `medium` used only if it is exact.
    """
    import torch

    before = torch.get_float32_matmul_precision()
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(CPU_BATCH_TOKENS, 384, generator=generator)
    right = torch.randn(384, 384, generator=generator)
    exact = (left.double() @ right.double()).float()
    try:
        torch.set_float32_matmul_precision("medium")
        deviation = (torch.nn.functional.linear(left, right.T.contiguous()) - exact).abs().max()
    finally:
        torch.set_float32_matmul_precision(before)
    return "medium" if deviation < 1e-4 * exact.abs().max() else "highest"
