"""The history of runs in a real Postgres server: a run of the command line, the UI's queue, its daemon killed.

One server, one lake and one UI for all tests, in order. With STORM=1 twenty runs are queued, else three.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from paperlake.errors import LakeError
from paperlake.lake import Lake
from pipelines.running.instance import fail_dead_runs, has_shared_history, open_instance, storage_errors
from tests.support.command import paperlake
from tests.support.lakes import SAMPLES, put
from tests.support.postgres import PASSWORD, PostgresServer, find_binaries, postgres_server
from tests.support.ui import PROJECT, RunningUi, processes, running_ui, wait_until

BINARIES = find_binaries()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BINARIES is None, reason="no Postgres: install Debian's package `postgresql`"),
]
QUEUED = 20 if os.environ.get("STORM") else 3


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(BINARIES) as running, pytest.MonkeyPatch.context() as patch:
        for name, value in running.environment.items():
            patch.setenv(name, value)
        patch.setenv("PAPERLAKE_SENSOR_SECONDS", "5")
        yield running


@pytest.fixture(scope="module")
def lake(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with the dagster.yaml of the containers."""
    lake = Lake.open(tmp_path_factory.mktemp("postgres") / "lake")
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    lake.dagster_home.mkdir(exist_ok=True)
    (lake.dagster_home / "dagster.yaml").write_bytes((PROJECT / "deploy/dagster.yaml").read_bytes())
    return lake


@pytest.fixture(scope="module")
def ui(lake: Lake) -> Iterator[RunningUi]:
    with running_ui(lake.root, lake.root.parent / "ui.txt") as running:
        running.wait("The Dagster UI is on")
        yield running


def test_a_run_of_the_command_line_is_recorded(lake: Lake, server: PostgresServer) -> None:
    done = paperlake("run", "--lake", lake.root, "--until", "parsed_entries")
    assert done.returncode == 0, done.stderr
    assert server.ask("SELECT status, pipeline_name FROM runs") == "SUCCESS|everything"
    assert "entries" in server.ask("SELECT asset_key FROM asset_keys WHERE last_materialization IS NOT NULL")
    events = server.ask(
        "SELECT event::json #>> '{dagster_event,event_specific_data,materialization,metadata_entries}' "
        "FROM event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
    )
    assert "dagster/row_count" in events
    assert list(lake.dagster_home.rglob("*.db")) == []  # nothing is in SQLite


def test_the_password_is_in_no_output_and_in_no_file_of_the_lake(lake: Lake) -> None:
    files = [path for path in lake.root.rglob("*") if path.is_file()]
    assert [path for path in files if PASSWORD.encode() in path.read_bytes()] == []


def test_a_run_of_another_host_is_left_alone(lake: Lake) -> None:
    """Where machines share a history, a pid of the UI's run may be of another machine."""
    with open_instance(lake) as instance:
        assert has_shared_history(instance)
        assert fail_dead_runs(instance, of_the_launcher=False) == 0


def test_queued_runs_run_one_after_the_other_though_the_daemon_is_killed(
    ui: RunningUi, server: PostgresServer
) -> None:
    launched = [ui.launch("inventory") for _ in range(QUEUED)]
    wait_until(
        lambda: server.ask("SELECT count(*) FROM runs WHERE status = 'STARTED'") == "1", 200, "a start"
    )
    (daemon,) = [pid for pid, line in processes(ui.group).items() if ".services daemon" in line]
    os.kill(daemon, signal.SIGKILL)
    assert int(server.ask("SELECT count(*) FROM runs WHERE status = 'QUEUED'")) > 0
    ui.wait("The daemon ended (signal 9); it is started again.")
    for run_id in launched:
        ui.wait_for_run(run_id, "SUCCESS")
    ids = ", ".join(f"'{run_id}'" for run_id in launched)
    overlapping = server.ask(
        "SELECT count(*) FROM runs a JOIN runs b ON a.id < b.id "
        f"AND a.start_time < b.end_time AND b.start_time < a.end_time WHERE a.run_id IN ({ids}) AND b.run_id IN ({ids})"
    )
    assert overlapping == "0"


def test_sensor_and_schedule_keep_their_state_there(ui: RunningUi, server: PostgresServer) -> None:
    wait_until(lambda: "new_dumps" in server.ask("SELECT instigator_body FROM instigators"), 60, "the sensor")
    bodies = server.ask("SELECT instigator_body FROM instigators")
    assert "cursor" in bodies
    assert "daily" in bodies
    ticked = "SELECT count(*) FROM job_ticks WHERE type = 'SENSOR' AND status = 'SKIPPED'"
    wait_until(lambda: int(server.ask(ticked)) > 0, 60, "a tick of the sensor")


def test_a_stopped_ui_keeps_its_history(ui: RunningUi, server: PostgresServer) -> None:
    ui.stop()
    assert ui.process.returncode == 0, ui.output
    assert server.ask("SELECT DISTINCT status FROM runs") == "SUCCESS"
    assert PASSWORD not in ui.output


def test_a_server_that_refuses_is_a_message(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_POSTGRES_PASSWORD", "another-planted-secret")
    monkeypatch.setattr("dagster_postgres.utils.time.sleep", lambda _seconds: None)  # between six tries
    with pytest.raises(LakeError, match="password authentication failed") as caught, storage_errors(lake):
        open_instance(lake)
    assert "planted" not in str(caught.value)
