"""Alerts to a webhook on loopback: once for a failed run, once for assets that become too old."""

import logging
import time
from collections.abc import Iterator

import dagster as dg
import pytest

from paperlake.errors import PaperlakeError
from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.assets import MAX_AGE
from pipelines.automation.alerts import alert_sensors
from pipelines.definitions import build_definitions
from tests.support.http_server import Reply, Server, serve

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # apprise imports it on Python 3.11

SECRET = "planted-token"


@pytest.fixture
def webhook() -> Iterator[Server]:
    with serve(lambda _request: Reply()) as server:
        yield server


@pytest.fixture
def alerting(settings: Settings, webhook: Server) -> Settings:
    """Settings with the webhook's address, which contains a password."""
    address = webhook.url.replace("http://", f"json://someone:{SECRET}@")
    return settings.model_copy(update={"alert_addresses": Settings(alert_addresses=address).alert_addresses})


def sensor(settings: Settings, name: str) -> dg.SensorDefinition:
    return build_definitions(settings).resolve_sensor_def(name)


def test_without_an_address_there_are_no_sensors(settings: Settings) -> None:
    assert alert_sensors(settings, []) == []
    names = {one.name for one in build_definitions(settings).sensors}
    assert names == {"new_dumps", "dead_runs"}


def test_a_failed_run_is_sent_with_its_stage_and_reason(
    alerting: Settings,
    lake: Lake,
    instance: dg.DagsterInstance,
    webhook: Server,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    definitions = build_definitions(
        alerting
    )  # over a raw/ without files, which is an error of the first stage
    job = definitions.resolve_job_def("everything")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    assert not result.success
    failure = next(one for one in result.all_events if one.event_type == dg.DagsterEventType.RUN_FAILURE)
    context = dg.build_run_status_sensor_context(
        sensor_name="run_failed",
        dagster_event=failure,
        dagster_instance=instance,
        dagster_run=result.dagster_run,
    ).for_run_failure()
    sensor(alerting, "run_failed")(context)
    (request,) = webhook.requests
    assert request.json["title"] == "paperlake: the run of everything failed"
    assert result.dagster_run.run_id in request.json["message"]
    assert "raw_dumps: Nothing to read" in request.json["message"]
    assert SECRET not in caplog.text


def materialize(instance: dg.DagsterInstance, *names: str) -> None:
    for name in names:
        instance.report_runless_asset_event(dg.AssetMaterialization(name))


def test_assets_that_become_too_old_are_sent_once(
    alerting: Settings, instance: dg.DagsterInstance, webhook: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition = sensor(alerting, "stale_assets")
    cursor = None

    def tick(after_seconds: float) -> None:
        nonlocal cursor
        now = started + after_seconds
        monkeypatch.setattr("pipelines.automation.alerts.time.time", lambda: now)
        result = definition.evaluate_tick(dg.build_sensor_context(instance=instance, cursor=cursor))
        cursor = result.cursor
        monkeypatch.undo()

    started = time.time()
    materialize(instance, "papers", "warehouse")
    tick(10)
    assert webhook.requests == []
    tick(MAX_AGE.total_seconds() + 60)
    tick(MAX_AGE.total_seconds() + 120)  # they are still old
    (request,) = webhook.requests
    assert request.json["title"] == "paperlake: 2 assets not built in time"
    assert "Not built for 36 hours: papers, warehouse." in request.json["message"]
    materialize(instance, "papers")
    tick(10)
    tick(MAX_AGE.total_seconds() + 180)  # once more
    assert len(webhook.requests) == 2


def test_an_alert_that_is_not_taken_fails_the_tick_and_shows_no_secret(
    alerting: Settings, instance: dg.DagsterInstance, webhook: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the cursor stays and the alert is sent again at the next look."""
    webhook.respond = lambda _request: Reply(status=500)
    materialize(instance, "papers")
    later = time.time() + MAX_AGE.total_seconds() + 60
    monkeypatch.setattr("pipelines.automation.alerts.time.time", lambda: later)
    refusal = r"1 address of PAPERLAKE_ALERT_ADDRESSES: 1 \(json://\)"
    with pytest.raises(PaperlakeError, match=refusal) as caught:
        sensor(alerting, "stale_assets").evaluate_tick(dg.build_sensor_context(instance=instance))
    assert SECRET not in str(caught.value)


def test_the_address_is_in_no_definition(alerting: Settings) -> None:
    definitions = build_definitions(alerting)
    assert SECRET not in repr(definitions.resources)
    assert {"run_failed", "stale_assets"} <= {one.name for one in definitions.sensors}
