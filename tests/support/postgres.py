"""A real Postgres server on a free port, in a folder of its own, run by the user `postgres` where tests are root's."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.ui import free_port

USER, PASSWORD = "lake", "planted+secret of/postgres"
START_SECONDS = 120.0  # half a second on a machine that does nothing else
# Nothing of it is worth a flush to the disk.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
}


@dataclass(frozen=True)
class PostgresServer:
    """The server, and how a client finds it."""

    port: int
    binaries: Path
    log: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the dagster.yaml of the containers reads."""
        return {
            "DAGSTER_POSTGRES_HOST": "127.0.0.1",
            "DAGSTER_POSTGRES_PORT": str(self.port),
            "DAGSTER_POSTGRES_USER": USER,
            "DAGSTER_POSTGRES_PASSWORD": PASSWORD,
            "DAGSTER_POSTGRES_DB": "postgres",
        }

    def ask(self, query: str) -> str:
        """The rows of a query, as psql prints them."""
        line = [str(self.binaries / "psql"), "-XAtq", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(
            [*line, "-U", USER, "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-c", query],
            env={**os.environ, "PGPASSWORD": PASSWORD},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()


def find_binaries() -> Path | None:
    """Return the folder with the programs of the newest Postgres here; None if there is none."""
    in_path = shutil.which("initdb")
    if in_path:
        return Path(in_path).resolve().parent
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


def _who() -> dict[str, Any]:
    """Return the user that runs the server, for subprocess: Postgres refuses root."""
    if os.geteuid():
        return {}
    found = pwd.getpwnam("postgres")  # the package creates it
    return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}


@contextmanager
def postgres_server(binaries: Path) -> Iterator[PostgresServer]:
    """Run a server with an empty database and a password."""
    who = _who()
    home = Path(tempfile.mkdtemp(prefix="paperlake-postgres-"))  # not pytest's folder, which is root's alone
    try:
        (home / "password").write_text(PASSWORD)
        if who:
            for path in (home, home / "password"):
                os.chown(path, who["user"], who["group"])
        data, port, log = home / "data", free_port(), home / "log"
        made = ["--auth=scram-sha-256", f"--pwfile={home / 'password'}", f"--username={USER}"]
        subprocess.run(
            [binaries / "initdb", *made, "--no-sync", "--encoding=UTF8", "--locale=C", "-D", data],
            check=True, capture_output=True, cwd=home, timeout=120, **who,
        )  # fmt: skip
        options = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-p", str(port), "-k", home, *options],
                stdout=output, stderr=output, cwd=home, **who,
            )  # fmt: skip
        try:
            _wait(binaries, port, process, log)
            yield PostgresServer(port, binaries, log)
        finally:
            process.send_signal(signal.SIGINT)  # ends the connections of clients
            process.wait(60)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait(binaries: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    ready = [binaries / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while subprocess.run(ready, check=False).returncode:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
