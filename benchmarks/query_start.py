"""Time from starting Python to the vector of one query, for each way to run the bundled model.

Each way runs in a process of its own, several times in turn; the median and the least wall-clock time are
printed, and the deviation from torch. onnxruntime and the model exported to ONNX are optional. OpenVINO's
conversion is made beforehand and kept in a temporary lake.

    python benchmarks/query_start.py [rounds, default 5] [model.onnx]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

TEXT = "graph neural networks for molecule design"

KIND = """
from pathlib import Path
from paperlake.embedding.{module} import {function} as construct
from paperlake.settings import Settings
embedder = construct(Settings(embedder={kind!r}, embedder_device="cpu", lake=Path({lake!r})))
vector = embedder.embed([{text!r}], role="query")[0][0]
"""
ONNX = """
import numpy as np, onnxruntime
from paperlake.embedding.kinds.local import load_tokenizer
from paperlake.embedding.kinds.model_folder import open_model_folder
ids = load_tokenizer(open_model_folder("bundled", 256)).encode({text!r}).ids
session = onnxruntime.InferenceSession({path!r}, providers=["CPUExecutionProvider"])
names = [given.name for given in session.get_inputs()]
ids = np.array([ids], np.int64)
vector = session.run(None, dict(zip(names, (ids, np.ones_like(ids)))))[0][0]
"""
SHOW = "\nimport json; print(json.dumps([float(number) for number in vector]))"


def main() -> None:
    """Measure all ways and print one line each."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as lake:
        ways = {
            "NumPy": KIND.format(
                module="query", function="make_query_embedder", kind="torch", lake=lake, text=TEXT
            ),
            "openvino": KIND.format(
                module="registry", function="make_embedder", kind="openvino", lake=lake, text=TEXT
            ),
            "torch": KIND.format(
                module="registry", function="make_embedder", kind="torch", lake=lake, text=TEXT
            ),
        }
        if len(sys.argv) > 2:
            ways["onnxruntime"] = ONNX.format(path=str(Path(sys.argv[2]).resolve()), text=TEXT)
        vectors = {name: timed(code)[1] for name, code in ways.items()}  # converts, and fills the file cache
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, code in ways.items():
                seconds[name].append(timed(code)[0])
    bare = min(timed("vector = []")[0] for _ in range(rounds))
    print(f"Python alone: {bare:.2f} s")
    for name, found in seconds.items():
        deviation = np.abs(np.array(vectors[name]) - np.array(vectors["torch"])).max()
        print(f"{name}: median {np.median(found):.2f} s, least {min(found):.2f} s, deviation {deviation:.1e}")


def timed(code: str) -> tuple[float, list[float]]:
    """Run code in a process of its own; return the wall-clock seconds and the vector."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code + SHOW],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - started, json.loads(done.stdout)


if __name__ == "__main__":
    main()
