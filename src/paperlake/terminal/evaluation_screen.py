"""Print a comparison of embedders: its measures, what each embedder costs, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from paperlake.evaluation.comparing import Evaluation
from paperlake.evaluation.rows import embedder_rows, measure_rows
from paperlake.terminal import console
from paperlake.text.display import plural


def show_evaluation(evaluation: Evaluation) -> None:
    """Print the tables and the sentences."""
    first = evaluation.embedders[0].name
    rows = measure_rows(evaluation)
    console.show_rows(
        ["measure", "n", "embedder", "value", "95 %", f"minus {first}", "95 %", "sure"],
        [_shown(row) for row in rows if "reason" not in row],
        title=f"Quality on {plural(evaluation.paper_count, 'paper')}, seed {evaluation.seed}",
    )
    for row in rows:
        if "reason" in row:
            console.out_line(f"Not measured: {row['title']}: {row['reason']}.")
    console.show_rows(
        ["embedder", "model", "numbers", "texts/s", "texts timed", "peak MB", "bytes a vector"],
        [
            [
                row["embedder"],
                row["model_id"],
                row["dimension"],
                _rounded(row["texts_per_second"]),
                row["timed_text_count"],
                _rounded(row["peak_memory_mb"]),
                row["bytes_per_vector"],
            ]
            for row in embedder_rows(evaluation)
        ],
        title="Cost",
    )
    for verdict in evaluation.verdicts:
        console.out_line(verdict.sentence)


def _shown(row: Mapping[str, Any]) -> list[Any]:
    """Return the cells of one measure of one embedder."""
    differs = "difference" in row
    return [
        row["title"],
        row["count"],
        row["embedder"],
        f"{row['value']:.3f}",
        f"{row['low']:.3f} to {row['high']:.3f}",
        f"{row['difference']:+.3f}" if differs else "",
        f"{row['difference_low']:+.3f} to {row['difference_high']:+.3f}" if differs else "",
        {None: "", True: "yes", False: "no"}[row.get("more_than_chance")],
    ]


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)
