"""Measure the speed of embedding: on this CPU by each kind, or on a device by torch.

    python benchmarks/embedding.py                  # each kind on the CPU; needs PAPERLAKE_REAL_DATA and the
                                                    # extras openvino and bench
    python benchmarks/embedding.py --device cuda    # needs torch and transformers alone

With `--device`, the bundled model and a BERT-base of random weights embed generated abstracts, beside
sentence-transformers in the same precision, in the same run (transformers in the same way, where
sentence-transformers is not installed). See `embedding_kinds.py` and `embedding_device.py`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))  # where paperlake is not installed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rounds", nargs="?", type=int, default=3)
    parser.add_argument("--device", choices=["cpu", "cuda", "mps"])
    parser.add_argument("--dtype", choices=["auto", "float32", "bfloat16"], default="auto")
    parser.add_argument("--texts", type=int, help="default: all on the CPU, 20,000 on a device")
    parser.add_argument("--models", default="bundled,bert-base")
    given = parser.parse_args()
    if given.device is None:
        from embedding_kinds import compare_kinds  # noqa: PLC0415

        compare_kinds(given.rounds, given.texts)
    else:
        from embedding_device import measure_device  # noqa: PLC0415

        names = given.models.split(",")
        measure_device(given.device, given.dtype, names, given.texts or 20_000, given.rounds)


if __name__ == "__main__":
    main()
