"""Several workers: they answer from one socket, and a signal ends all of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from paperlake.lake import Lake

DEADLINE_SECONDS = 60.0


@pytest.fixture
def serving(served: Lake) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of two workers in a group of its own, and its address."""
    command = [
        sys.executable,
        "-m",
        "paperlake",
        "serve",
        "--port",
        "0",
        "--workers",
        "2",
        "--lake",
        served.root,
    ]
    process = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PAPERLAKE_EMBEDDER": "hashing"},
    )
    try:
        assert process.stderr
        line = process.stderr.readline()
        yield process, line.split(" at ")[1].split(". Stop")[0]
    finally:
        process.kill()
        process.communicate()


def workers(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="children are read from /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_workers(
    serving: tuple[subprocess.Popen[str], str], number: signal.Signals
) -> None:
    process, address = serving
    transport = httpx2.HTTPTransport(retries=20)
    with httpx2.Client(transport=transport, timeout=DEADLINE_SECONDS) as http:
        assert http.get(f"{address}/api/v1/new").status_code == 200
    children = workers(process.pid)
    assert len(children) == 2
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    _, said = process.communicate(timeout=DEADLINE_SECONDS)
    assert process.returncode == 0
    assert said == "Stopped.\n"
    deadline = time.monotonic() + DEADLINE_SECONDS
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline, "a worker is left"
        time.sleep(0.05)
