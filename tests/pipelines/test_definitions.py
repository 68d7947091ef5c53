"""Defaults of the schedule and the sensor, and secrets."""

import dagster as dg

from paperlake.settings import Settings
from pipelines.definitions import build_definitions


def test_the_schedule_and_the_sensor_are_on_by_default(definitions: dg.Definitions) -> None:
    repository = definitions.get_repository_def()
    (schedule,) = repository.schedule_defs
    sensors = {sensor.name: sensor.default_status for sensor in repository.sensor_defs}
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert sensors == dict.fromkeys(("new_dumps", "dead_runs"), dg.DefaultSensorStatus.RUNNING)


def test_secrets_stay_out_of_what_the_ui_shows(settings: Settings) -> None:
    secret = Settings(**{**settings.model_dump(exclude_unset=True), "embedder_api_key": "sk-secret"})
    resource = build_definitions(secret).resources["settings"]
    assert "sk-secret" not in repr(resource.overrides)
    assert "embedder_api_key" not in resource.overrides
    assert resource.overrides["embedder"] == "hashing"
