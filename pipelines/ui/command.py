"""`paperlake ui`: one UI per lake, on a free port, over a history without dead runs."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paperlake.errors import LakeBusyError, UsageError
from paperlake.lake import Lake
from paperlake.lake.locking import lock as locking
from paperlake.text.display import plural
from pipelines.running.instance import fail_dead_runs, has_shared_history, open_instance, storage_errors
from pipelines.ui.supervisor import HOST, Supervisor


def serve_ui(lake: Lake, port: int, say: Callable[[str], None], log_format: str = "colored") -> None:
    """Run the UI of a lake until it is stopped by a signal; nothing of it is left running.

    Args:
        lake: The lake.
        port: Where the UI listens, on 127.0.0.1.
        say: Shows a message to the user.
        log_format: The form of the lines that its processes log: colored or json.

    Raises:
        LakeBusyError: The lake has a UI already.
        UsageError: The port is taken, or may not be opened.
        LakeError: The history of runs cannot be written.
        UiError: The UI could not be started, or a part of it ended again and again.
    """
    address = f"http://{HOST}:{port}"
    with (
        storage_errors(lake),
        _only_ui(lake, address),
        tempfile.TemporaryDirectory(prefix="paperlake-ui-") as folder,
    ):
        check_port(port)
        _fail_dead_runs(lake, say)
        environment = {**os.environ, "DAGSTER_HOME": str(lake.dagster_home), "PAPERLAKE_LAKE": str(lake.root)}
        supervisor = Supervisor(Path(folder), port, environment, say, log_format)
        supervisor.stop_on_signals()
        say(f"Starting the Dagster UI of {lake.root} ...")
        try:
            supervisor.run(lambda: say(f"The Dagster UI is on {address} (Ctrl-C stops it)."))
        finally:
            _fail_dead_runs(lake, say)
        say("The Dagster UI was stopped.")


def _fail_dead_runs(lake: Lake, say: Callable[[str], None]) -> None:
    with open_instance(lake) as instance:
        count = fail_dead_runs(instance, of_the_launcher=not has_shared_history(instance))
    if count:
        say(f"{plural(count, 'run')} whose process is gone marked failed.")


@contextmanager
def _only_ui(lake: Lake, address: str) -> Iterator[None]:
    """Hold the lock of the UI, which is beside the history of runs."""
    home = lake.dagster_home
    home.mkdir(exist_ok=True)
    try:
        with locking.lock(home, f"paperlake ui on {address}"):
            yield
    except LakeBusyError as error:
        found = locking.holder(home)
        who = "Its process is not known."
        if found:
            who = f"{found['who']}: process {found['pid']} on {found['host']}, since {found['since']}."
        raise LakeBusyError(
            f"The lake {lake.root} has a UI already. {who} Open that one, or stop it first."
        ) from error


def check_port(port: int) -> None:
    """Raise a UsageError if nothing can listen on a port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            reason = "is taken by another program"
            if error.errno != errno.EADDRINUSE:
                reason = f"cannot be opened ({error.strerror})"
            raise UsageError(
                f"Port {port} of {HOST} {reason}. Choose another with --port, or PAPERLAKE_UI_PORT."
            ) from error
