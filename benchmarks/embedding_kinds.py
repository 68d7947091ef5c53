"""Compare texts per second of each kind of embedder on the CPU with sentence-transformers' `encode`.

Called by `embedding.py`, which says what is needed. Kinds take turns, so that a busy machine affects all of
them; the ratio is the median over the rounds. Prints for each kind the smallest cosine to
sentence-transformers, the overlap of the 10 nearest neighbours, and the share of the matrix-multiply speed
that torch reaches here in that precision. The default kind is to reach 85 percent of the fp32 peak, the
fastest 75 percent of the bf16 peak; the ratio depends on the processor.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from paperlake.dumps.stage import parse_file
from paperlake.embedding.choosing.automatic import choose_kind
from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.local import load_tokenizer
from paperlake.embedding.kinds.model_folder import ModelFolder, bundled_folder, open_model_folder
from paperlake.embedding.kinds.torch_embedder import cpu_has_bfloat16, fast_exact_matmul_precision
from paperlake.embedding.protocol import Embedder
from paperlake.embedding.text import text_to_embed
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

CACHE = Path("data_lake")  # where the converted model is kept
LISTINGS = "dumps/listing"
NEIGHBOURS = 10
BASELINE = "sentence-transformers"
PEAK_SIZE = 2048  # of the square matrices that measure the peak


def compare_kinds(rounds: int, text_count: int | None = None) -> None:
    """Measure all kinds and print one line per kind.

    Args:
        rounds: How often each kind embeds all texts.
        text_count: Only the first texts; all if None.
    """
    texts = load()[:text_count]
    model = open_model_folder("bundled", 256)
    work = flop(model, texts)
    each = work / len(texts) / 1e9
    print(f"{len(texts)} texts, {each:.2f} GFLOP a text, {torch.get_num_threads()} threads")
    kinds = make_kinds()
    for encode in kinds.values():
        encode(texts[:32])  # loads, converts and warms up
    seconds: dict[str, list[float]] = {name: [] for name in kinds}
    vectors: dict[str, Vectors] = {}
    peaks = {name: measure_peak(dtype) for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16))}
    for _ in range(rounds):
        for name, encode in kinds.items():
            started = time.perf_counter()
            vectors[name] = encode(texts)
            seconds[name].append(time.perf_counter() - started)
        for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
            peaks[name] = max(peaks[name], measure_peak(dtype))
    print("peak: " + ", ".join(f"{name} {peak / 1e9:,.0f} GFLOP/s" for name, peak in peaks.items()))
    default = choose_kind(Settings(embedder_device="cpu")).kind
    print(f"the default kind here is {default} fp32")
    reference = vectors[BASELINE]
    for name in kinds:
        ratios = [base / own for base, own in zip(seconds[BASELINE], seconds[name], strict=True)]
        peak = peaks["bf16" if name.endswith("bf16") else "fp32"]
        result = {
            "kind": name,
            "texts_per_second": round(len(texts) / min(seconds[name]), 1),
            "ratio": round(float(np.median(ratios)), 2),
            "least_cosine": round(float((vectors[name] * reference).sum(axis=1).min()), 7),
            "neighbour_overlap": round(overlap(vectors[name], reference), 4),
            "share_of_peak": round(work / min(seconds[name]) / peak, 2),
        }
        print(json.dumps(result), flush=True)


def load() -> list[str]:
    """Return the distinct texts of the listing dumps, in order."""
    folder = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data")) / LISTINGS
    texts: dict[str, None] = {}
    for path in sorted(folder.rglob("*.*")):
        if path.is_file():
            _, entries, _ = parse_file(path, Settings())
            rows = entries.select("title", "abstract").iter_rows()
            texts |= dict.fromkeys(text_to_embed(title, abstract) for title, abstract in rows)
    if not texts:
        raise SystemExit(f"{folder} holds no listing dumps: set PAPERLAKE_REAL_DATA.")
    return list(texts)


def make_kinds() -> dict[str, Callable[[list[str]], Vectors]]:
    """Return the compared embedders by name; names of bfloat16 kinds end in bf16."""
    baseline = SentenceTransformer(str(bundled_folder()), device="cpu")
    kinds: dict[str, Callable[[list[str]], Vectors]] = {
        BASELINE: lambda texts: baseline.encode(texts, show_progress_bar=False)
    }
    dtypes = {"fp32": "float32"} | ({"bf16": "bfloat16"} if cpu_has_bfloat16() else {})
    for kind in ("torch", "openvino"):
        for name, dtype in dtypes.items():
            settings = Settings(embedder=kind, embedder_dtype=dtype, embedder_device="cpu", lake=CACHE)
            kinds[f"{kind} {name}"] = vectors_of(make_embedder(settings))
    return kinds


def vectors_of(embedder: Embedder) -> Callable[[list[str]], Vectors]:
    """Return a function that embeds texts and drops the facts."""
    return lambda texts: embedder.embed(texts)[0]


def flop(model: ModelFolder, texts: list[str]) -> float:
    """Return the floating-point operations of the encoder for all texts, without padding."""
    config = json.loads((model.path / "config.json").read_text())
    width, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    lengths = np.array([len(encoding.ids) for encoding in load_tokenizer(model).encode_batch(texts)], float)
    linear = lengths.sum() * (8 * width**2 + 4 * width * inner)
    attention = 4 * width * (lengths**2).sum()
    return float(layers * (linear + attention))


def measure_peak(dtype: torch.dtype) -> float:
    """Return the best rate of some matrix products, in operations per second."""
    left, right = (torch.randn(PEAK_SIZE, PEAK_SIZE).to(dtype) for _ in range(2))
    torch.set_float32_matmul_precision(fast_exact_matmul_precision())
    best = float("inf")
    for _ in range(8):
        started = time.perf_counter()
        left @ right
        best = min(best, time.perf_counter() - started)
    torch.set_float32_matmul_precision("highest")
    return 2 * PEAK_SIZE**3 / best


def overlap(vectors: Vectors, reference: Vectors) -> float:
    """Return the share of nearest neighbours by `reference` that are also nearest by `vectors`."""
    nearest = []
    for matrix in (vectors, reference):
        similarity = matrix @ matrix.T
        np.fill_diagonal(similarity, -2)
        nearest.append(np.argsort(-similarity, axis=1)[:, :NEIGHBOURS])
    shared = [len(set(a) & set(b)) for a, b in zip(*nearest, strict=True)]
    return float(np.mean(shared)) / NEIGHBOURS
