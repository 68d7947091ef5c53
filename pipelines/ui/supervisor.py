"""Starts the processes of the UI, starts one again that ended, and ends all of them.

All are in one process group of their own: what they start (the processes of runs) is in it too, and is ended
with them.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from paperlake.errors import PaperlakeError
from paperlake.lake.locking.process import is_alive
from pipelines.running.instance import LOCATION
from pipelines.ui.services import CODE_SERVER, DAEMON, WEBSERVER

HOST = "127.0.0.1"
POLL_SECONDS = 0.25
MAX_START_SECONDS = 180.0
MAX_DAEMON_SECONDS = 2.0  # it ends first, so that it does not complain that the code server is gone
MAX_STOP_SECONDS = 7.0  # from SIGTERM to SIGKILL
MAX_RESTARTS = 3  # of one service within the window; then something is wrong that a restart does not change
RESTART_WINDOW_SECONDS = 600.0
FOREIGN_HOST = "foreign.invalid"


class UiError(PaperlakeError):
    """The UI could not be started, or a part of it ended again and again."""


@dataclass
class Service:
    """One process of the UI."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)


class Supervisor:
    """The processes of one UI, from start to end."""

    def __init__(
        self,
        folder: Path,
        port: int,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        log_format: str = "colored",
    ) -> None:
        """Prepare the services.

        Args:
            folder: A folder for the socket of the code server and the workspace file.
            port: Where the webserver listens, on 127.0.0.1.
            environment: The environment of the services.
            say: Shows a message to the user.
            log_format: The form of the lines that the services log, as Dagster names it.
        """
        self._socket = folder / "code.sock"
        self._port, self._environment, self._say = port, dict(environment), say
        self._stopping = Event()
        self._leash_read, self._leash_write = os.pipe()
        self._group = 0
        self.services = _services(folder, self._socket, port, log_format)

    def stop_on_signals(self) -> None:
        """Let SIGINT, SIGTERM and SIGHUP end `run`."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self._stopping.set())

    def run(self, on_ready: Callable[[], None]) -> None:
        """Run the services until a signal arrives.

        Raises:
            UiError: The UI did not come up, or a service ended again and again.
        """
        try:
            for service in self.services:
                self._start(service)
            self._wait_until_up()
            if not self._stopping.is_set():
                on_ready()
            while not self._stopping.wait(POLL_SECONDS):
                self._restart_ended()
        finally:
            self._stop()

    def _start(self, service: Service) -> None:
        command = [sys.executable, "-m", "pipelines.ui.services", service.name, str(self._socket)]
        group = self._group if self._group and _members(self._group) else 0
        service.process = subprocess.Popen(  # noqa: S603
            [*command, *service.arguments],
            stdin=self._leash_read,
            env=self._environment,
            process_group=group,
        )
        self._group = group or service.process.pid

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + MAX_START_SECONDS
        while not self._stopping.wait(POLL_SECONDS):
            self._restart_ended()
            if self._status(f"{HOST}:{self._port}") == http.client.OK:
                break
            if time.monotonic() > deadline:
                raise UiError(
                    f"The UI did not answer within {MAX_START_SECONDS:.0f} s; see the messages above."
                )
        if not self._stopping.is_set() and self._status(FOREIGN_HOST) != http.client.FORBIDDEN:
            raise UiError(
                "The webserver answers to foreign hosts: this version of dagster-webserver does not take the "
                "check of requests. Install the versions of constraints.txt."
            )

    def _status(self, host: str) -> int | None:
        """Return the status of the webserver's answer to a request for `host`; None if there is none."""
        connection = http.client.HTTPConnection(HOST, self._port, timeout=5)
        try:
            connection.request("GET", "/server_info", headers={"Host": host})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def _restart_ended(self) -> None:
        for service in self.services:
            code = service.process.poll() if service.process else None
            if code is None or self._stopping.is_set():
                continue
            now = time.monotonic()
            service.restarts = [at for at in service.restarts if now - at < RESTART_WINDOW_SECONDS]
            how = f"exit code {code}" if code >= 0 else f"signal {-code}"
            if len(service.restarts) >= MAX_RESTARTS:
                raise UiError(
                    f"The {service.name} ended again ({how}); the UI is stopped. See the messages above."
                )
            service.restarts.append(now)
            self._say(f"The {service.name} ended ({how}); it is started again.")
            self._start(service)

    def _stop(self) -> None:
        """End the daemon, then the group: SIGTERM, and SIGKILL for what is left after `MAX_STOP_SECONDS`."""
        for service in self.services:
            if service.name == DAEMON and service.process:
                service.process.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    service.process.wait(MAX_DAEMON_SECONDS)
        for number, seconds in ((signal.SIGTERM, MAX_STOP_SECONDS), (signal.SIGKILL, 2.0)):
            if not self._is_any_left():
                break
            _signal_group(self._group, number)
            deadline = time.monotonic() + seconds
            while self._is_any_left() and time.monotonic() < deadline:
                time.sleep(0.05)
        os.close(self._leash_write)
        os.close(self._leash_read)

    def _is_any_left(self) -> bool:
        for service in self.services:
            if service.process:
                service.process.poll()  # collects the exit code, so that no zombie is left
        return bool(self._group and _members(self._group))


def _services(folder: Path, code_socket: Path, port: int, log_format: str) -> list[Service]:
    location = {"socket": str(code_socket), "location_name": LOCATION}
    workspace = folder / "workspace.yaml"
    workspace.write_text(json.dumps({"load_from": [{"grpc_server": location}]}))
    code = ["-m", LOCATION, "--location-name", LOCATION, "--socket", str(code_socket)]
    web = ["--workspace", str(workspace), "--host", HOST, "--port", str(port)]
    log = ["--log-format", log_format]
    return [
        Service(CODE_SERVER, ["code-server", "start", *code, "--log-level", "warning", *log]),
        Service(WEBSERVER, [*web, "--dagster-log-level", "warning", *log]),
        Service(DAEMON, ["run", "--workspace", str(workspace), "--log-level", "warning", *log]),
    ]


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):  # macOS: a group of zombies alone may not be signalled
        return


def _members(group: int) -> bool:
    """Return whether a process group has a process that is alive."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    processes = [int(path.name) for path in Path("/proc").glob("[0-9]*")]
    if not processes:
        return True
    # A zombie that nobody collects (in a container without an init) stays in its group.
    return any(_group_of(pid) == group and is_alive(pid) for pid in processes)


def _group_of(pid: int) -> int | None:
    try:
        return os.getpgid(pid)
    except OSError:
        return None
