"""Compare the check of a table by all rules at once with Pandera's validation, on the tables of a lake.

    python benchmarks/checks.py [LAKE]   # default: data_lake

CPU milliseconds of one check of the first 20 rows and of all rows (at most 50,000), the median of some rounds
that take turns. The rows keep all rules, as nearly all do.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from paperlake import stage_list
from paperlake.catalogue.failure_cases import keeps_all_rules
from paperlake.lake import Lake

FEW, MANY = 20, 50_000
ROUNDS = 7


def main() -> None:
    lake = Lake(Path(sys.argv[1] if len(sys.argv) > 1 else "data_lake"))
    print("| table | columns | rows | at once, ms | Pandera, ms | ratio |\n|---|---:|---:|---:|---:|---:|")
    for table in stage_list.PIPELINE.public_tables:
        rows = lake.scan(table).head(MANY).collect()
        for frame in (rows.head(FEW), rows)[: 2 if rows.height > FEW else 1]:
            schema = table.sized_as(frame)
            once, pandera = compared(
                partial(keeps_all_rules, schema, frame), partial(schema.validate, frame, lazy=True)
            )
            print(
                f"| {table.name} | {frame.width} | {frame.height:,} | {once:.1f} | {pandera:.1f} "
                f"| {pandera / once:.1f} |"
            )


def compared(*ways: Callable[[], object]) -> list[float]:
    """Return the median CPU milliseconds of each way."""
    spent: list[list[float]] = [[] for _way in ways]
    for _ in range(ROUNDS):
        for way, times in zip(ways, spent, strict=True):
            started = time.process_time()
            way()
            times.append(1000 * (time.process_time() - started))
    return [statistics.median(times[1:]) for times in spent]


if __name__ == "__main__":
    main()
