"""`paperlake ui` as a user starts it: its processes, its output, and questions to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 240.0  # 7 s on a machine that does nothing else
JOB = {
    "repositoryLocationName": "pipelines.definitions",
    "repositoryName": "__repository__",
    "jobName": "everything",
}
LAUNCH = """mutation($job: JobOrPipelineSelector!) {
  launchRun(executionParams: {selector: $job, runConfigData: {}}) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}"""
RUNS = """query($filter: RunsFilter) {
  runsOrError(filter: $filter) {
    ... on Runs {
      results { runId status startTime repositoryOrigin { repositoryName repositoryLocationName } }
    }
  }
}"""


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(lake: Path, *arguments: str) -> tuple[list[str], dict[str, str]]:
    """Return the command line and the environment of `paperlake`."""
    environment = {
        **os.environ,
        "PAPERLAKE_EMBEDDER": "hashing",
        "COLUMNS": "1000",
        "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}",
    }
    name, *rest = arguments
    return [sys.executable, "-m", "paperlake", name, "--lake", str(lake), *rest], environment


def processes(group: int) -> dict[int, str]:
    """Return pid and command line of the living processes of a process group."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _parent, its_group = (path / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found[int(path.name)] = (path / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def children(pid: int) -> list[int]:
    """Return the pids of the children of a process."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Return what a condition gives once that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:.0f} s: {what}")


class RunningUi:
    """A UI that was started."""

    def __init__(self, lake: Path, output: Path) -> None:
        self.port, self.lake, self._output = free_port(), lake, output
        line, environment = command(lake, "ui", "--port", str(self.port))
        with output.open("wb") as file:
            self.process = subprocess.Popen(line, env=environment, stdout=file, stderr=subprocess.STDOUT)

    @property
    def output(self) -> str:
        """All that it printed."""
        return self._output.read_text()

    @property
    def group(self) -> int:
        """The process group of its services, once it has one: a child is in its own group a moment after it starts."""

        def found() -> int:
            groups = {os.getpgid(pid) for pid in children(self.process.pid)}
            own = os.getpgid(self.process.pid)
            return groups.pop() if len(groups) == 1 and own not in groups else 0

        return wait_until(found, 120, f"the UI starts its processes: {self.output}")

    def wait(self, text: str, seconds: float = START_SECONDS) -> None:
        """Wait until it printed a text."""
        wait_until(
            lambda: text in self.output or self.process.poll() is not None, seconds, f"{text}: {self.output}"
        )
        assert text in self.output, self.output

    def request(
        self, method: str, target: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> tuple[int, bytes]:
        """One request, with exactly these headers beside Host; the status and the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, query: str, **variables: Any) -> Any:
        """The data of a GraphQL query."""
        body = json.dumps({"query": query, "variables": variables})
        status, answer = self.request("POST", "/graphql", {"Content-Type": "application/json"}, body)
        assert status == 200, answer
        return json.loads(answer)["data"]

    def launch(self, *assets: str) -> str:
        """Launch a run of everything, or of some assets of it; its id."""
        selection = {"assetSelection": [{"path": [asset]} for asset in assets]} if assets else {}
        launched = self.ask(LAUNCH, job={**JOB, **selection})["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def runs(self, **filters: Any) -> list[dict[str, Any]]:
        """The runs that a filter finds, as the pages of the UI ask for them."""
        return self.ask(RUNS, filter=filters)["runsOrError"]["results"]

    def wait_for_run(self, run_id: str, status: str) -> None:
        """Wait until a run has a status."""
        wait_until(
            lambda: [run["status"] for run in self.runs(runIds=[run_id])] == [status],
            240,
            f"{run_id} is {status}",
        )

    def stop(self, number: int = signal.SIGTERM) -> float:
        """Signal it and wait for its end; the seconds that took."""
        started = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(60)
        return time.monotonic() - started


@contextmanager
def running_ui(lake: Path, output: Path) -> Iterator[RunningUi]:
    """Start a UI; whatever is left of it at the end is killed."""
    ui = RunningUi(lake, output)
    group = 0
    try:
        group = ui.group
        yield ui
    finally:
        ui.process.kill()
        ui.process.wait()
        if group:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
