"""The sensor waits for files at rest and asks once; the schedule ticks."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime

import dagster as dg
import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.definitions import build_definitions
from pipelines.running.instance import (
    HOST_TAG,
    LOCATION,
    MAX_START_SECONDS,
    PID_TAG,
    REPOSITORY,
    STARTED_TAG,
    fail_dead_runs,
    record_origin,
    run_tags,
)
from tests.support.lakes import build


class Ticks:
    """Ticks of the sensor, each with the cursor that the one before left."""

    def __init__(self, definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
        self.sensor = definitions.resolve_sensor_def("new_dumps")
        self.definitions, self.instance, self.cursor = definitions, instance, None

    def __call__(self) -> list[str]:
        context = dg.build_sensor_context(
            instance=self.instance, cursor=self.cursor, definitions=self.definitions
        )
        result = self.sensor.evaluate_tick(context)
        self.cursor = result.cursor
        return [request.run_key for request in result.run_requests or []]


@pytest.fixture
def tick(definitions: dg.Definitions, instance: dg.DagsterInstance) -> Ticks:
    return Ticks(definitions, instance)


def test_a_dump_at_rest_is_asked_for_once(lake: Lake, tick: Ticks) -> None:
    (lake.raw / "a.txt").write_text("one")
    assert tick() == []
    assert len(tick()) == 1
    assert tick() == []


def test_a_file_that_grows_is_waited_for(lake: Lake, tick: Ticks) -> None:
    (lake.raw / "a.txt").write_text("half")
    assert tick() == []
    (lake.raw / "a.txt").write_text("half and the other half")
    assert tick() == []
    assert len(tick()) == 1


def test_what_a_run_has_seen_is_not_asked_for(lake: Lake, settings: Settings, tick: Ticks) -> None:
    (lake.raw / "a.txt").write_text("one")
    build(lake, settings, "raw_dumps")
    assert [tick(), tick(), tick()] == [[], [], []]


def test_a_listing_that_comes_back_gets_a_new_run_key(lake: Lake, settings: Settings, tick: Ticks) -> None:
    """A run key is remembered for ever: the same one would be ignored."""
    import os

    dump = lake.raw / "a.txt"
    dump.write_text("one")
    os.utime(dump, (1, 1))
    tick()
    (first,) = tick()
    build(lake, settings, "raw_dumps")
    tick()
    (lake.raw / "b.txt").write_text("two")
    build(lake, settings, "raw_dumps")
    tick()
    (lake.raw / "b.txt").unlink()
    tick()
    (second,) = tick()
    assert first != second
    assert first.split("-")[0] == second.split("-")[0]


def test_a_removed_dump_starts_a_run_too(lake: Lake, settings: Settings, tick: Ticks) -> None:
    for name in ("a.txt", "b.txt"):
        (lake.raw / name).write_text(name)
    build(lake, settings, "raw_dumps")
    (lake.raw / "b.txt").unlink()
    tick()
    assert len(tick()) == 1


def test_an_empty_raw_asks_for_nothing(lake: Lake, tick: Ticks) -> None:
    assert [tick(), tick(), tick()] == [[], [], []]


def test_the_daily_schedule_ticks(definitions: dg.Definitions, instance: dg.DagsterInstance) -> None:
    schedule = definitions.resolve_schedule_def("daily")
    context = dg.build_schedule_context(
        instance=instance, scheduled_execution_time=datetime(2026, 1, 2, 6, 0, tzinfo=UTC)
    )
    (request,) = schedule.evaluate_tick(context).run_requests
    assert request.job_name in (None, "everything")
    assert schedule.cron_schedule == "0 6 * * *"


def started_run(
    definitions: dg.Definitions, instance: dg.DagsterInstance, tags: dict[str, str]
) -> dg.DagsterRun:
    job = definitions.resolve_job_def("everything")
    return instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=tags)


def test_a_run_that_the_sensor_asks_for_logs_json_if_the_settings_say_so(
    lake: Lake, settings: Settings, instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    definitions = build_definitions(settings.model_copy(update={"log_format": "json"}))
    (lake.raw / "a.txt").write_text("one")
    sensor = definitions.resolve_sensor_def("new_dumps")
    first = sensor.evaluate_tick(dg.build_sensor_context(instance=instance, definitions=definitions))
    second = sensor.evaluate_tick(
        dg.build_sensor_context(instance=instance, definitions=definitions, cursor=first.cursor)
    )
    (request,) = second.run_requests
    definitions.resolve_job_def("everything").execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey("inventory")],
        run_config=request.run_config,
        raise_on_error=False,
    )
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert {line["dagster_meta"]["job_name"] for line in lines} == {"everything"}


@pytest.fixture
def dead_pid() -> int:
    """The pid of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def status(instance: dg.DagsterInstance, run: dg.DagsterRun) -> dg.DagsterRunStatus:
    return instance.get_run_by_id(run.run_id).status


def test_a_killed_run_of_the_command_line_does_not_block_the_queue(
    definitions: dg.Definitions, instance: dg.DagsterInstance, dead_pid: int
) -> None:
    dead = started_run(definitions, instance, {**run_tags(), PID_TAG: str(dead_pid)})
    reused = started_run(definitions, instance, {**run_tags(), STARTED_TAG: "1"})
    alive = started_run(definitions, instance, run_tags())
    elsewhere = started_run(definitions, instance, {PID_TAG: str(dead_pid), HOST_TAG: "another host"})
    assert fail_dead_runs(instance) == 2
    for run in (dead, reused):
        assert status(instance, run) == dg.DagsterRunStatus.FAILURE
    for run in (alive, elsewhere):
        assert status(instance, run) == dg.DagsterRunStatus.STARTED


def test_a_run_of_the_ui_that_has_just_been_launched_is_left_alone(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(instance), "run_launcher", property(lambda _self: dg.DefaultRunLauncher()))
    launched = started_run(definitions, instance, {})
    assert fail_dead_runs(instance) == 0
    later = time.time() + MAX_START_SECONDS + 1
    monkeypatch.setattr("pipelines.running.instance.time.time", lambda: later)
    assert fail_dead_runs(instance, of_the_launcher=False) == 0  # by a host that shares the history alone
    assert fail_dead_runs(instance) == 1
    assert status(instance, launched) == dg.DagsterRunStatus.FAILURE


def test_runs_of_a_launcher_that_starts_them_elsewhere_are_left_alone(
    definitions: dg.Definitions, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(instance), "run_launcher", property(lambda _self: object()))
    run = started_run(definitions, instance, {})
    later = time.time() + MAX_START_SECONDS + 1
    monkeypatch.setattr("pipelines.running.instance.time.time", lambda: later)
    assert fail_dead_runs(instance) == 0
    assert status(instance, run) == dg.DagsterRunStatus.STARTED


def test_upstream_the_instance_has_what_instance_py_uses() -> None:
    """These are on the exported class without being documented as public."""
    for name in ("from_config", "report_run_failed", "report_run_canceled", "all_logs", "create_run_for_job"):
        assert callable(getattr(dg.DagsterInstance, name))
    assert isinstance(dg.DagsterInstance.run_launcher, property)


def test_upstream_a_run_can_be_given_an_origin(
    definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    """The storage format of an origin, and the parameter of the method that records a run."""
    record_origin(instance, "everything")
    run = instance.get_run_by_id(started_run(definitions, instance, {}).run_id)
    origin = run.remote_job_origin.repository_origin
    assert (origin.repository_name, run.remote_job_origin.location_name) == (REPOSITORY, LOCATION)
    assert definitions.get_repository_def().name == REPOSITORY
    tag = f"{REPOSITORY}@{LOCATION}"
    assert instance.get_runs(dg.RunsFilter(job_name="everything", tags={".dagster/repository": tag})) == [run]
