"""`paperlake ui` with its real processes: one started UI for all tests of this file, in order; it ends in the last."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from paperlake.lake import Lake
from paperlake.lake.locking.lock import holder
from pipelines.running.instance import LOCATION, REPOSITORY, fail_dead_runs, open_instance
from tests.support.browser import browser, find_chromium
from tests.support.command import paperlake
from tests.support.lakes import SAMPLES, put
from tests.support.ui import RunningUi, processes, running_ui, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc"),
]
MAX_STOP_SECONDS = 40.0  # 2 s on a machine that does nothing else, at most 9 s until SIGKILL
JSON = {"Content-Type": "application/json"}
QUERY = json.dumps({"query": "{ version }"})


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("ui") / "lake")
    put(lake, SAMPLES / "listing/saved_page_june.txt")
    return lake


@pytest.fixture(scope="module")
def ui(lake: Lake) -> Iterator[RunningUi]:
    with running_ui(lake.root, lake.root.parent / "ui.txt") as running:
        done = paperlake("run", "--lake", lake.root)
        assert done.returncode == 0, done.stderr
        running.wait("The Dagster UI is on")
        yield running


def test_a_run_of_the_command_line_is_on_the_timeline_and_among_the_runs_of_its_job(ui: RunningUi) -> None:
    tag = {"key": ".dagster/repository", "value": f"{REPOSITORY}@{LOCATION}"}
    runs = ui.runs(pipelineName="everything", tags=[tag])
    assert [run["status"] for run in runs] == ["SUCCESS"]
    # The timeline leaves out runs without an origin, as its rows are jobs of code locations.
    assert runs[0]["repositoryOrigin"] == {"repositoryName": REPOSITORY, "repositoryLocationName": LOCATION}


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/server_info", {"Host": "rebinding.example"}, None),
        ("POST", "/graphql", {**JSON, "Host": "rebinding.example"}, QUERY),
        ("POST", "/graphql", {**JSON, "Origin": "https://example.org"}, QUERY),
        ("POST", "/graphql", {**JSON, "Sec-Fetch-Site": "cross-site"}, QUERY),
        ("POST", "/graphql", {"Content-Type": "text/plain", "Origin": "null"}, QUERY),
        ("POST", "/graphql?query={version}", {"Content-Type": "text/plain"}, None),
        ("GET", "/graphql?query=mutation{reloadWorkspace{__typename}}", {}, None),
        ("POST", "/report_asset_materialization/papers", {"Origin": "https://example.org"}, None),
    ],
)
def test_what_another_page_makes_a_browser_send_is_refused(
    ui: RunningUi, method: str, target: str, headers: dict[str, str], body: str | None
) -> None:
    assert ui.request(method, target, headers, body)[0] == 403


def test_requests_of_the_ui_itself_and_of_programs_are_answered(ui: RunningUi) -> None:
    assert ui.request("POST", "/graphql", JSON, QUERY)[0] == 200
    own = {**JSON, "Origin": f"http://127.0.0.1:{ui.port}", "Sec-Fetch-Site": "same-origin"}
    assert ui.request("POST", "/graphql", own, QUERY)[0] == 200
    assert ui.request("GET", "/runs", {"Host": f"localhost:{ui.port}"})[0] == 200


def handshake(ui: RunningUi, host: str, origin: str) -> bytes:
    """The status line of the answer to a WebSocket handshake."""
    lines = [
        "GET /graphql HTTP/1.1", f"Host: {host}", f"Origin: {origin}", "Upgrade: websocket",
        "Connection: Upgrade", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-ws", "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", ui.port), timeout=60) as connection:
        connection.sendall("\r\n".join(lines).encode())
        return connection.recv(4096).split(b"\r\n")[0]


def test_a_websocket_of_another_page_is_refused(ui: RunningUi) -> None:
    host = f"127.0.0.1:{ui.port}"
    assert b" 101 " in handshake(ui, host, f"http://{host}")
    assert b" 403 " in handshake(ui, host, "https://example.org")
    assert b" 403 " in handshake(ui, "rebinding.example", "http://rebinding.example")


@pytest.mark.skipif(find_chromium() is None, reason="needs chromium")
def test_the_pages_work_in_a_browser(ui: RunningUi, tmp_path: Path) -> None:
    with browser(find_chromium() or "", tmp_path / "profile") as page:
        page.call("Page.navigate", url=f"http://127.0.0.1:{ui.port}/runs-timeline")
        shown = wait_until(
            lambda: (
                (text := page.run("document.body ? document.body.innerText : ''"))
                and "everything" in text
                and text
            ),
            120,
            "the timeline shows the job",
        )
    assert LOCATION in shown
    assert not [complaint for complaint in page.complaints if re.search(r"\b403\b", complaint)]


def test_a_second_ui_of_the_lake_names_the_first_and_changes_nothing(ui: RunningUi, lake: Lake) -> None:
    before = processes(ui.group)
    second = paperlake("ui", "--lake", lake.root)
    assert second.returncode == 4
    assert f"http://127.0.0.1:{ui.port}: process {ui.process.pid} on " in second.stderr
    assert "since 20" in second.stderr
    assert set(processes(ui.group)) == set(before)
    assert ui.process.poll() is None


def test_a_taken_port_is_said_before_anything_starts(ui: RunningUi, tmp_path: Path) -> None:
    other = Lake.open(tmp_path / "lake")
    done = paperlake("ui", "--lake", other.root, "--port", str(ui.port))
    assert done.returncode == 2
    assert f"Port {ui.port} of 127.0.0.1 is taken" in done.stderr
    assert holder(other.dagster_home) is None
    assert ui.request("GET", "/server_info")[0] == 200


def test_a_daemon_that_dies_is_started_again_and_runs_what_was_queued(ui: RunningUi) -> None:
    (daemon,) = [pid for pid, line in processes(ui.group).items() if "services daemon" in line]
    os.kill(daemon, signal.SIGKILL)
    run_id = ui.launch()
    ui.wait("The daemon ended (signal 9); it is started again.")
    ui.wait_for_run(run_id, "SUCCESS")


def test_a_run_is_judged_by_its_process_and_ends_with_the_ui(ui: RunningUi, lake: Lake) -> None:
    """SIGTERM to the command ends all processes, those of runs included."""
    group = ui.group
    with lake.lock("a test"):
        run_id = ui.launch()
        ui.wait_for_run(run_id, "STARTED")  # waits for the lake
        with open_instance(lake) as instance:
            assert fail_dead_runs(instance) == 0
        assert ui.stop(signal.SIGTERM) < MAX_STOP_SECONDS
    assert processes(group) == {}
    assert ui.process.returncode == 0
    assert "The Dagster UI was stopped." in ui.output
    assert holder(lake.dagster_home) is None
    with open_instance(lake) as instance:
        assert instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.FAILURE


def test_after_a_crash_nothing_runs_on_and_the_dead_run_is_marked_failed(lake: Lake, tmp_path: Path) -> None:
    with running_ui(lake.root, tmp_path / "ui.txt") as ui, lake.lock("a test"):
        ui.wait("The Dagster UI is on")
        group = ui.group
        run_id = ui.launch()
        ui.wait_for_run(run_id, "STARTED")
        os.kill(ui.process.pid, signal.SIGKILL)
        os.killpg(group, signal.SIGKILL)
        ui.process.wait()
    with open_instance(lake) as instance:
        if instance.get_run_by_id(run_id).status == dg.DagsterRunStatus.STARTED:
            assert fail_dead_runs(instance) == 1
        run = instance.get_run_by_id(run_id)
    assert run.status == dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGINT])
def test_a_ui_that_is_stopped_while_it_starts_leaves_nothing(number: int, lake: Lake, tmp_path: Path) -> None:
    with running_ui(lake.root, tmp_path / "ui.txt") as ui:
        group = ui.group
        started = time.monotonic()
        ui.stop(number)
        wait_until(lambda: not processes(group), MAX_STOP_SECONDS, "all processes end")
        assert time.monotonic() - started < MAX_STOP_SECONDS
