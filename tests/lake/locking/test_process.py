"""Processes: alive, ended, and another one with the same pid."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from paperlake.lake.locking.process import is_alive, start_time


def test_this_process_is_alive() -> None:
    assert is_alive(os.getpid(), start_time(os.getpid()), seen_at=time.time())


def test_an_ended_process_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert not is_alive(process.pid)
    assert start_time(process.pid) is None


@pytest.mark.parametrize("pid", [2**22 - 3, 2**70])
def test_a_pid_of_no_process_is_not_alive(pid: int) -> None:
    assert not is_alive(pid)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="start times are read from /proc")
def test_a_pid_that_is_used_again_is_another_process() -> None:
    pid = os.getpid()
    assert not is_alive(pid, "1")
    assert not is_alive(pid, seen_at=time.time() - 86_400 * 365)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="states are read from /proc")
def test_a_zombie_is_not_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(process.pid)
    process.wait()
