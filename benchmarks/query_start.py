"""Time from starting Python to the vector of one query, for each way to run the bundled model.

Each way runs in a process of its own, several times in turn. Printed are the least wall-clock and CPU time of
the process, and the deviation from torch in any number. OpenVINO's conversion is built beforehand and kept in
a temporary lake. onnxruntime is optional, and needs the bundled model with mean pooling and normalisation as
an ONNX file with the inputs ids and mask.

    python benchmarks/query_start.py [rounds, default 5] [model.onnx]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("onnx", type=Path, nargs="?", help="the model for onnxruntime")
    options = parser.parse_args()
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
        if options.onnx:
            ways["onnxruntime"] = ONNX.format(path=str(options.onnx.resolve()), text=TEXT)
        vectors = {
            name: timed(code).vector for name, code in ways.items()
        }  # converts, and fills the file cache
        starts: dict[str, list[Start]] = {name: [] for name in ways}
        for _ in range(options.rounds):
            for name, code in ways.items():
                starts[name].append(timed(code))
    for name, found in starts.items():
        seconds, cpu = min(start.seconds for start in found), min(start.cpu_seconds for start in found)
        deviation = np.abs(np.array(vectors[name]) - np.array(vectors["torch"])).max()
        print(f"{name}: {seconds:.2f} s, CPU {cpu:.2f} s, deviation {deviation:.1e}")


@dataclass(frozen=True)
class Start:
    """One process from its start to its end."""

    seconds: float
    cpu_seconds: float
    """User and system time of all its threads."""
    vector: list[float]


def timed(code: str) -> Start:
    """Run code in a process of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code + SHOW],
        env=os.environ,
        capture_output=True,
        text=True,
        check=True,
    )
    seconds = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Start(seconds, cpu, json.loads(done.stdout))


if __name__ == "__main__":
    main()
