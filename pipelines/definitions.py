"""The code location: what Dagster loads, and `build_definitions` for everybody who swaps parts."""

from collections.abc import Mapping
from typing import Any

import dagster as dg

from paperlake import stage_list
from paperlake.lake import Lake
from paperlake.setting_sources import load_settings
from paperlake.settings import Settings, is_secret
from paperlake.stages.pipeline import Pipeline
from paperlake.text.secrets import has_secret
from pipelines.assets import stage_assets
from pipelines.automation.alerts import alert_sensors
from pipelines.automation.digest import digest_asset, digest_schedule
from pipelines.automation.harvest import harvest_asset, harvest_schedule, harvests
from pipelines.automation.triggers import daily_schedule, dead_runs, everything_job, new_dumps_sensor
from pipelines.resources import EmbedderResource, LakeResource, ProgressSource, SettingsResource

# Loaded once in the fork server, so that a step's process starts in a fraction of a second.
PRELOADED = ["dagster", "pipelines.definitions"]


def build_definitions(
    settings: Settings | None = None,
    resources: Mapping[str, Any] | None = None,
    pipeline: Pipeline | None = None,
) -> dg.Definitions:
    """Return all assets, checks, jobs, schedules and sensors.

    Args:
        settings: Where the lake is and when things run. Loaded from all sources by default, and again by
            each run, so that a run follows a change of paperlake.toml.
        resources: Put in place of the default ones of the same name (lake, settings, embedder, progress).
        pipeline: The stages; `stage_list.PIPELINE` by default.
    """
    chosen = settings or load_settings()
    root = str(Lake(chosen.lake).root)
    overrides = _explicit(settings) if settings else {"lake": root}
    defaults: dict[str, Any] = {
        "lake": LakeResource(root=root, wait_seconds=chosen.lock_wait_seconds),
        "settings": SettingsResource(overrides=overrides),
        "embedder": EmbedderResource(overrides=overrides),
        "progress": ProgressSource(),
    }
    stages = pipeline or stage_list.PIPELINE
    sources = harvests(chosen)
    assets = stage_assets(stages, chosen, [source.name for source in sources])
    assets += [harvest_asset(source, chosen) for source in sources]
    schedules = [daily_schedule(chosen), *(harvest_schedule(source, chosen) for source in sources)]
    if chosen.digest_weekly:
        assets.append(digest_asset())
        schedules.append(digest_schedule(chosen))
    outputs = [dg.AssetKey(output.name) for stage in stages for output in stage.writes]
    return dg.Definitions(
        assets=assets,
        jobs=[everything_job(stages)],
        schedules=schedules,
        sensors=[new_dumps_sensor(chosen), dead_runs, *alert_sensors(chosen, outputs)],
        resources={**defaults, **(resources or {})},
        executor=_executor(chosen),
        loggers={"console": dg.json_console_logger} if chosen.log_format == "json" else None,
    )


def _explicit(settings: Settings) -> dict[str, Any]:
    """Return the explicit settings in a form that fits a run's configuration.

    Secrets and URLs with passwords are left out: a run's configuration is shown in the UI. They are read from
    the environment again.
    """
    values = settings.model_dump(mode="json", exclude_unset=True)
    return {
        name: value
        for name, value in values.items()
        if not is_secret(name) and not (isinstance(value, str) and has_secret(value))
    }


def _executor(settings: Settings) -> dg.ExecutorDefinition:
    if settings.executor == "in_process":
        return dg.in_process_executor
    return dg.multiprocess_executor.configured(
        {"max_concurrent": 1, "start_method": {"forkserver": {"preload_modules": PRELOADED}}},
        name="forkserver",
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Return the definitions; workspace.yaml names this module."""
    return build_definitions()
