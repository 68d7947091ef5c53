"""Turn a comparison into rows, for tables, JSON and metadata."""

from __future__ import annotations

from typing import Any

from paperlake.evaluation.comparing import SIGNIFICANCE, Evaluation
from paperlake.evaluation.statistics import Estimate


def measure_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return one row per measure and embedder; one per measure that has no data, with the reason."""
    rows: list[dict[str, Any]] = []
    for result in evaluation.measures:
        about = {"row": "measure", "measure": result.name, "title": result.title, "count": result.count}
        if result.reason:
            rows.append({**about, "reason": result.reason})
        for number, estimate in enumerate(result.estimates):
            row = {**about, "embedder": evaluation.embedders[number].name, **_interval("", estimate)}
            if number:
                p_value = evaluation.verdicts[number - 1].p_values[result.name]
                row |= _interval("difference_", result.differences[number - 1].estimate)
                row |= {"p_value": p_value, "more_than_chance": p_value < SIGNIFICANCE}
            rows.append(row)
    return rows


def embedder_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return one row per embedder with its cost."""
    return [
        {
            "row": "embedder",
            "embedder": one.name,
            "model_id": one.model_id,
            "dimension": one.papers.shape[1],
            "texts_per_second": one.cost.texts_per_second,
            "timed_text_count": one.cost.timed_text_count,
            "peak_memory_mb": one.cost.memory_mb,
            "bytes_per_vector": one.cost.bytes_per_vector,
            "device": one.cost.device,
            "dtype": one.cost.dtype,
        }
        for one in evaluation.embedders
    ]


def verdict_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return one row per embedder but the first: the sentence about it."""
    return [
        {
            "row": "verdict",
            "embedder": verdict.name,
            "first": verdict.first,
            "better_count": len(verdict.better),
            "worse_count": len(verdict.worse),
            "sentence": verdict.sentence,
        }
        for verdict in evaluation.verdicts
    ]


def _interval(prefix: str, estimate: Estimate) -> dict[str, float]:
    return {
        prefix.rstrip("_") or "value": estimate.value,
        f"{prefix}low": estimate.low,
        f"{prefix}high": estimate.high,
    }
