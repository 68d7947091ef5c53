"""Times of stages and numbers of rows for Prometheus, as the manifests have them when they are asked for.

The address exists where the setting `serve_metrics` is on.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from paperlake import stage_list
from paperlake.lake import Lake

METRICS_PATH = "/metrics"
router = APIRouter(include_in_schema=False)


class LakeMetrics(Collector):
    """What the last commit of each stage says."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; stages that were never built are left out."""
        seconds = GaugeMetricFamily(
            "paperlake_stage_seconds", "Seconds that the last build of a stage took.", labels=["stage"]
        )
        finished = GaugeMetricFamily(
            "paperlake_stage_finished_timestamp_seconds",
            "When a stage was last built, in seconds since 1970; a run that finds nothing new builds none.",
            labels=["stage"],
        )
        rows = GaugeMetricFamily(
            "paperlake_table_rows", "Rows of a table as last committed.", labels=["stage", "table"]
        )
        for name, manifest in stage_list.PIPELINE.manifests(self._lake).items():
            seconds.add_metric([name], manifest.seconds)
            finished.add_metric([name], manifest.finished_at.timestamp())
            for table, count in manifest.row_counts.items():
                rows.add_metric([name, table], count)
        yield from (seconds, finished, rows)


@router.get(METRICS_PATH)
def metrics(request: Request) -> Response:
    """Return the metrics in the text format of Prometheus."""
    registry = CollectorRegistry()
    registry.register(LakeMetrics(request.app.state.lake))
    headers = {"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"}
    return Response(generate_latest(registry), headers=headers)
