"""The code location: what Dagster loads, and `build_definitions` for everybody who swaps parts."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
from pydantic import SecretStr

from paperlake.lake import Lake
from paperlake.settings import Settings, load_settings
from pipelines.assets import ALL_ASSETS
from pipelines.assets.daily_listing import NAME as DAILY_LISTING
from pipelines.assets.daily_listing import daily_listing_asset
from pipelines.automation import daily_schedule, everything, landing_schedule, new_dumps_sensor
from pipelines.resources import EmbedderResource, LakeResource, ProgressSource, SettingsResource

# Loaded once in the fork server, so that a step's process starts in a fraction of a second.
PRELOADED = ["dagster", "pipelines.definitions"]


def build_definitions(
    settings: Settings | None = None, resources: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """All assets, checks, jobs, the schedule and the sensor.

    Args:
        settings: Where the lake lies and when things run; from the environment by default.
        resources: Put in place of the default ones of the same name (lake, settings, embedder, progress).
    """
    chosen = settings or load_settings()
    root = str(Lake(chosen.lake).root)
    defaults: dict[str, Any] = {
        "lake": LakeResource(root=root, wait_seconds=chosen.lock_wait_seconds),
        "settings": SettingsResource(overrides=_explicit(chosen)),
        "embedder": EmbedderResource(),
        "progress": ProgressSource(),
    }
    assets, schedules = [*ALL_ASSETS], [daily_schedule(chosen)]
    if chosen.daily_listing:
        assets = [daily_listing_asset(chosen), *(_after_landing(asset) for asset in ALL_ASSETS)]
        schedules.append(landing_schedule(chosen))
    return dg.Definitions(
        assets=assets,
        jobs=[everything],
        schedules=schedules,
        sensors=[new_dumps_sensor(chosen)],
        resources={**defaults, **(resources or {})},
        executor=_executor(chosen),
    )


def _after_landing(asset: dg.AssetsDefinition) -> dg.AssetsDefinition:
    """The inventory, shown as coming after the daily listing; every other asset as it is."""
    if asset.key.to_user_string() != "raw_dumps":
        return asset
    return asset.map_asset_specs(lambda spec: spec.merge_attributes(deps=[DAILY_LISTING]))


def _explicit(settings: Settings) -> dict[str, Any]:
    """What was set by hand or by the environment, in a form that fits a run's configuration.

    Secrets are left out: a run's configuration is shown in the UI. They are read from the environment again.
    """
    values = settings.model_dump(mode="json", exclude_unset=True)
    return {
        name: value for name, value in values.items() if not isinstance(getattr(settings, name), SecretStr)
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
    """The entry point named in workspace.yaml."""
    return build_definitions()
