"""Settings of how runs are computed, started, logged and watched."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from paperlake.settings.units import MEGABYTE


class RunSettings(BaseModel):
    """Settings of how runs are computed, started, logged and watched."""

    engine: Literal["local", "ray"] = Field(
        "local",
        description="What computes the heavy parts of stages: threads of this machine, or tasks on a Ray "
        "cluster whose nodes all mount the lake's folder.",
    )
    engine_memory_bytes: int = Field(
        2_048 * MEGABYTE,
        gt=0,
        description="Of the local engine: memory that parts computed at a time may need together, in bytes; "
        "one is computed in any case.",
    )
    engine_ray_address: str | None = Field(
        None, description="Of the ray engine: the cluster's address, or auto; if not set, one is started."
    )
    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process", description="How Dagster runs the steps of a run started in the UI."
    )
    schedule_cron: str = Field("0 6 * * *", description="When the daily schedule ticks, in UTC.")
    sensor_seconds: int = Field(
        20, ge=5, description="Seconds between two looks of the sensor at raw/; it waits for two alike."
    )
    lock_wait_seconds: float = Field(
        6 * 3600.0, ge=0, description="How long a run started by the UI waits for the lake."
    )
    ui_port: int = Field(3000, ge=0, le=65535, description="The port of the Dagster UI on 127.0.0.1.")
    log_format: Literal["colored", "json"] = Field(
        "colored",
        description="The form of what the processes of the UI and their runs log: lines for people, or one "
        "JSON object per line.",
    )
    alert_addresses: SecretStr | None = Field(
        None,
        description="Where the sensors run_failed and stale_assets send alerts: addresses of apprise, "
        "separated by white space, like mailto:// or json://; shown nowhere. Without them the sensors do not "
        "exist.",
    )
    alert_seconds: int = Field(
        60, ge=5, description="Seconds between two looks of the sensors that send alerts."
    )
