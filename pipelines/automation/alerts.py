"""Alerts by apprise: a run that failed, and assets that were not built in time.

The sensors exist only where `alert_addresses` is set.
"""

import json
import time
from collections.abc import Sequence
from typing import Any

import dagster as dg

from paperlake.digests.sending import ALERT, addresses_of, send_message
from paperlake.settings import Settings
from paperlake.text.display import plural
from paperlake.text.secrets import mask
from pipelines.assets import MAX_AGE

STALE_SECONDS = 600  # between two looks at the ages of assets
MAX_REASON_CHARS = 2000


def alert_sensors(settings: Settings, assets: Sequence[dg.AssetKey]) -> list[dg.SensorDefinition]:
    """Return the sensors that send alerts; none where there is no address to send to.

    Args:
        settings: The settings, with the addresses.
        assets: The assets that must be built in time.
    """
    if not addresses_of(settings, ALERT):
        return []
    return [_run_failed(settings), _stale_assets(settings, assets)]


def failure_reason(event: dg.DagsterEvent) -> str | None:
    """Return why a step or a run failed: the message of the first error, without its trace."""
    data: Any = event.event_specific_data
    failure = getattr(data, "user_failure_data", None)
    if failure:
        return str(failure.description)
    return innermost_message(data.error)


def innermost_message(error: Any) -> str | None:  # noqa: ANN401  (its type is in no public module)
    """Return the message of the first error of a chain; None where there is no error."""
    while error and error.cause:
        error = error.cause
    return str(error.message).strip() if error else None


def _send(settings: Settings, title: str, lines: Sequence[str]) -> None:
    text = "\n".join([f"Lake: {settings.lake}", "", *lines])
    send_message(f"paperlake: {title}", mask(text), addresses_of(settings, ALERT), ALERT)


def _run_failed(settings: Settings) -> dg.SensorDefinition:
    @dg.run_failure_sensor(
        name="run_failed",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends an alert when a run failed, to PAPERLAKE_ALERT_ADDRESSES.",
    )
    def run_failed(context: dg.RunFailureSensorContext) -> None:
        steps = context.get_step_failure_events()
        reasons = [(event.step_key, failure_reason(event)) for event in steps]
        if not reasons:
            reasons = [(None, context.failure_event.message)]
        run = context.dagster_run
        lines = [f"Run: {run.run_id}"]
        for step, reason in reasons:
            where = f"{step}: " if step else ""
            lines += ["", f"{where}{(reason or 'The reason is not known.')[:MAX_REASON_CHARS]}"]
        _send(settings, f"the run of {run.job_name} failed", lines)

    return run_failed


def _stale_assets(settings: Settings, assets: Sequence[dg.AssetKey]) -> dg.SensorDefinition:
    @dg.sensor(
        name="stale_assets",
        minimum_interval_seconds=STALE_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends an alert when assets are older than their freshness policy allows, to "
        "PAPERLAKE_ALERT_ADDRESSES; once for each time that an asset becomes so.",
    )
    def stale_assets(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        limit = time.time() - MAX_AGE.total_seconds()
        last = {asset: context.instance.get_latest_materialization_event(asset) for asset in assets}
        stale = [asset.to_user_string() for asset, event in last.items() if event and event.timestamp < limit]
        known = json.loads(context.cursor or "[]")
        new = [name for name in stale if name not in known]
        hours = MAX_AGE.total_seconds() / 3600
        if new:
            lines = [
                f"Not built for {hours:.0f} hours: {', '.join(new)}.",
                "",
                "Look whether the daemon runs, the schedule is on, and the last run succeeded.",
            ]
            _send(settings, f"{plural(len(new), 'asset')} not built in time", lines)
        return dg.SensorResult(
            skip_reason=f"{plural(len(stale), 'asset')} not built for {hours:.0f} hours.",
            cursor=json.dumps(stale),
        )

    return stale_assets
