"""One process of the UI: `python -m pipelines.ui.services NAME SOCKET ARGUMENT...`.

The services are Dagster's own commands, run in this process. Two things are added: the webserver gets the
check of requests (`guard`), and each service ends when the process that supervises it is gone, however that
ended. For this its standard input is a pipe that nobody writes to; the end of the pipe is the sign.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

CODE_SERVER, WEBSERVER, DAEMON = "code server", "webserver", "daemon"
COMMANDS = {CODE_SERVER: "dagster", WEBSERVER: "dagster-webserver", DAEMON: "dagster-daemon"}
MAX_WAIT_SECONDS = 120.0  # for the code server to load the definitions
POLL_SECONDS = 0.05


def main() -> None:
    """Run one service until it is stopped."""
    name, code_socket, *arguments = sys.argv[1:]
    threading.Thread(target=_end_with_the_supervisor, daemon=True).start()
    command = load_command(COMMANDS[name])
    if name == CODE_SERVER:
        Path(code_socket).unlink(missing_ok=True)  # left by a code server that was killed
    else:
        wait_for(Path(code_socket))
    if name == WEBSERVER:
        from pipelines.ui.webserver import use_guarded_webserver  # noqa: PLC0415  # takes a second to import

        use_guarded_webserver()
    sys.argv = [COMMANDS[name], *arguments]
    code = _exit_code(command)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # taking the interpreter down in order takes seconds, and there is nothing to save


def _exit_code(command: Callable[[], object]) -> int:
    """Run a command to its end and return its exit code."""
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 0
    except Exception:  # noqa: BLE001  # as the interpreter does it
        traceback.print_exc()
        return 1
    return 0


def load_command(script: str) -> Callable[[], object]:
    """Return the function of one of Dagster's commands, without a path to the script."""
    (found,) = entry_points(group="console_scripts", name=script)
    loaded: Callable[[], object] = found.load()
    return loaded


def wait_for(path: Path) -> None:
    """Wait until something listens on a Unix socket, for `MAX_WAIT_SECONDS` at most."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                time.sleep(POLL_SECONDS)
            else:
                return


def _end_with_the_supervisor() -> None:
    while os.read(0, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    main()
