"""The lock: one process at a time, freed by a kill, and not disturbed by those who look."""

import os
import subprocess
import sys

import pytest

from paperlake.errors import LakeBusyError, LakeError
from paperlake.lake import Lake

HOLD = """
import sys, pathlib
from paperlake.lake import Lake
lake = Lake.open(pathlib.Path(sys.argv[1]))
with lake.lock("the other run"):
    print("held", flush=True)
    sys.stdin.read()
"""
LOOK = """
import sys, pathlib
from paperlake.lake import Lake
lake = Lake(pathlib.Path(sys.argv[1]))
print("looking", flush=True)
while not (lake.root / "stop").exists():
    lake.holder()
"""


def start(program: str, lake: Lake) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, str(lake.root)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline()
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def other_run(lake: Lake):
    """A process that holds the lake until its standard input closes."""
    process = start(HOLD, lake)
    yield process
    end(process)


def test_a_second_run_is_told_who_holds_the_lake(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    with pytest.raises(LakeBusyError, match=f"the other run \\(process {other_run.pid} on"), lake.lock("me"):
        pass
    assert lake.holder()["who"] == "the other run"


def test_a_killed_holder_frees_the_lake(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    other_run.kill()
    other_run.wait()
    assert lake.holder() is None
    with lake.lock("me"):
        assert (lake.holder()["who"], lake.holder()["pid"]) == ("me", os.getpid())
    assert lake.holder() is None


def test_a_reused_process_id_is_not_the_holder(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    """A pid may belong to another process by now: the time of its start tells them apart."""
    note = lake.root / "lock.json"
    content = note.read_text()
    end(other_run)
    note.write_text(content.replace(f'"pid": {other_run.pid}', f'"pid": {os.getpid()}'))
    assert lake.holder() is None


def test_a_waiting_run_goes_on_when_the_lake_is_free(lake: Lake, other_run: subprocess.Popen[str]) -> None:
    told: list[str] = []

    def on_wait(message: str) -> None:
        told.append(message)
        other_run.stdin.close()

    with lake.lock("me", wait_seconds=60, on_wait=on_wait):
        pass
    assert "held by the other run" in told[0]


def test_the_same_process_may_take_the_lock_again(lake: Lake) -> None:
    with lake.lock("run"), lake.lock("its step"):
        assert lake.holder()["who"] == "run"
    assert lake.holder() is None


def test_looking_does_not_disturb_a_run_that_starts(lake: Lake) -> None:
    """A process that looks all the time made 6 of 100 runs exit 4."""
    looking = [start(LOOK, lake) for _ in range(2)]
    try:
        for _ in range(300):
            with lake.lock("me"):
                pass
    finally:
        for process in looking:
            end(process)


def test_a_lake_that_may_not_be_written_is_a_message(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> int:
        raise PermissionError(13, "Permission denied", str(lake.root / "lock"))

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    with pytest.raises(LakeError, match=r"cannot be locked: Permission denied\. Ask"), lake.lock("a test"):
        pass
