"""When things run by themselves: the job for everything, the daily schedule, the sensor for new dumps.

The sensor compares the listing of raw/ with the inventory of the last run. A file counts once two looks
found the same: a half-copied file is not read.
"""

import hashlib
import json
from typing import Any

import dagster as dg

from paperlake.dumps.inventory import is_inventory_current, list_raw
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.stages.pipeline import Pipeline
from paperlake.text.display import plural
from pipelines.running.instance import fail_dead_runs

EVERYTHING = "everything"


def everything_job(pipeline: Pipeline) -> Any:  # noqa: ANN401  (Dagster does not export its type)
    """Return the job that builds every output of every stage."""
    return dg.define_asset_job(
        EVERYTHING,
        selection=dg.AssetSelection.groups(*pipeline.names),
        description="Build everything from the dumps to the report; what is up to date is not built again.",
    )


def run_logging(settings: Settings) -> dict[str, Any]:
    """Return the run configuration by which a run logs as the settings choose.

    The logger of the definitions is used by a run that names it; Dagster has its own for the others.
    """
    return {"loggers": {"console": {"config": {}}}} if settings.log_format == "json" else {}


def daily_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Return a schedule that runs everything each day, on by default."""
    return dg.ScheduleDefinition(
        name="daily",
        job_name=EVERYTHING,
        cron_schedule=settings.schedule_cron,
        execution_timezone="UTC",
        run_config=run_logging(settings),
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Builds everything once a day.",
    )


def new_dumps_sensor(settings: Settings) -> dg.SensorDefinition:
    """Return a sensor that runs everything once raw/ differs from the last inventory and has settled."""

    @dg.sensor(
        name="new_dumps",
        job_name=EVERYTHING,
        minimum_interval_seconds=settings.sensor_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Starts a run when dumps were added to raw/, changed or removed.",
    )
    def new_dumps(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        # Not the resource: that one takes the lock, and a tick must neither wait nor be waited for.
        opened = Lake.open(settings.lake)
        opened.refresh_dumps()
        listing = list_raw(opened)
        seen = hashlib.sha256(json.dumps(listing).encode()).hexdigest()[:16]
        cursor = {"seen": "", "requested": "", "count": 0, **json.loads(context.cursor or "{}")}
        settled = cursor["seen"] == seen
        requested = cursor["requested"] == seen
        cursor["seen"] = seen
        if is_inventory_current(opened, listing):
            cursor["requested"] = ""
            return dg.SensorResult(
                skip_reason=f"raw/ is as the last run saw it: {plural(len(listing), 'file')}.",
                cursor=json.dumps(cursor),
            )
        if not listing:
            return dg.SensorResult(skip_reason="raw/ is empty.", cursor=json.dumps(cursor))
        if not settled:
            reason = "raw/ has changed; waiting for raw/ to settle."
            return dg.SensorResult(skip_reason=reason, cursor=json.dumps(cursor))
        if requested:
            reason = "A run for what raw/ holds now was requested already; if it failed, start one by hand."
            return dg.SensorResult(skip_reason=reason, cursor=json.dumps(cursor))
        # Run keys are never forgotten, so a listing that comes back needs a new number.
        cursor.update(requested=seen, count=cursor["count"] + 1)
        request = dg.RunRequest(run_key=f"{seen}-{cursor['count']}", run_config=run_logging(settings))
        return dg.SensorResult(run_requests=[request], cursor=json.dumps(cursor))

    return new_dumps


@dg.sensor(
    name="dead_runs",
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Marks runs failed whose process is gone; they would block the queue.",
)
def dead_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
    """Mark dead runs failed; starts nothing."""
    count = fail_dead_runs(context.instance)
    return dg.SkipReason(f"{plural(count, 'dead run')} marked failed.")
