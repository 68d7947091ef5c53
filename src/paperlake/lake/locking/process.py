"""Processes that hold a lake or execute a run: who they are, and whether they are alive.

A pid alone does not name a process, as pids are used again: the time at which the process started is compared
too, where the system tells it (Linux).
"""

from __future__ import annotations

import os
from pathlib import Path

CLOCK_SLACK_SECONDS = 2.0  # between the clock of the kernel and that of an event


def start_time(pid: int) -> str | None:
    """Return when a process started, in clock ticks since boot; None where the system does not say."""
    fields = _stat(pid)
    return fields[19] if fields else None


def is_alive(pid: int, started: str | None = None, seen_at: float | None = None) -> bool:
    """Return whether a process is alive, and is the one that is meant.

    Args:
        pid: The pid.
        started: Its `start_time`, if that is known.
        seen_at: A time at which it was alive, in seconds since the epoch: one that started later is another.
    """
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass  # alive, and of another user
    except (OSError, OverflowError):
        return False
    fields = _stat(pid)
    if not fields:
        return True
    if fields[0] == "Z" or (started is not None and started != fields[19]):
        return False
    boot = _boot_time()
    if seen_at is None or boot is None:
        return True
    return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK") <= seen_at + CLOCK_SLACK_SECONDS


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/<pid>/stat from the state on; empty where there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
    return fields if len(fields) > 19 else []


def _boot_time() -> float | None:
    """Return when the system started, in seconds since the epoch."""
    try:
        lines = Path("/proc/stat").read_text().splitlines()
    except OSError:
        return None
    return next((float(line.split()[1]) for line in lines if line.startswith("btime ")), None)
