"""The lock of a lake: one process at a time writes; finding out who does disturbs nobody.

The lock is `filelock`'s (flock), which the kernel frees when the process ends, however it ends. Beside it the
holder writes who it is; `holder` reads that and asks whether the process is alive, and never takes the lock.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from paperlake.errors import LakeBusyError, LakeError
from paperlake.lake.files import read_json, write_bytes
from paperlake.lake.locking.process import is_alive, start_time

POLL_SECONDS = 0.5
LOCK_NAME = "lock"
HOLDER_NAME = "lock.json"


def holder(root: Path) -> dict[str, Any] | None:
    """Return who holds the lake (who, pid, host, since); None if nobody does."""
    found = read_json(root / HOLDER_NAME)
    if found is None or (found.get("host") == socket.gethostname() and not _is_alive(found)):
        return None
    return found


def was_left_locked(root: Path) -> bool:
    """Return whether the last holder was killed: it left its name, and holds the lake no more."""
    return (root / HOLDER_NAME).exists() and holder(root) is None


@contextmanager
def lock(
    root: Path, who: str, wait_seconds: float = 0.0, on_wait: Callable[[str], None] | None = None
) -> Iterator[bool]:
    """Hold the lake; a process that holds it may take it again.

    Args:
        root: The lake.
        who: The name of the holder, for those who find it held.
        wait_seconds: How long to wait for another holder.
        on_wait: Called once with a message when waiting starts.

    Yields:
        True where this call took the lock, False where the process had it already.

    Raises:
        LakeBusyError: Another process holds the lake, still after `wait_seconds`.
        LakeError: This user may not write to the lake.
    """
    kernel_lock = FileLock(
        root / LOCK_NAME, is_singleton=True, thread_local=False, poll_interval=POLL_SECONDS
    )
    is_first = not kernel_lock.is_locked
    _acquire(kernel_lock, root, wait_seconds, on_wait)
    try:
        if is_first:
            write_bytes(root / HOLDER_NAME, json.dumps(_describe_this_process(who)).encode())
        yield is_first
    finally:
        try:
            if is_first:
                (root / HOLDER_NAME).unlink(missing_ok=True)
        finally:
            kernel_lock.release()


def _acquire(
    kernel_lock: FileLock, root: Path, wait_seconds: float, on_wait: Callable[[str], None] | None
) -> None:
    try:
        kernel_lock.acquire(blocking=False)
    except Timeout:
        if wait_seconds > 0 and on_wait:
            on_wait(f"{_busy_message(root)} Waiting for it to end.")
    except OSError as error:
        raise LakeError(
            f"The folder {root} cannot be locked: {error.strerror}. Ask for permission to write there."
        ) from error
    else:
        return
    try:
        kernel_lock.acquire(timeout=wait_seconds)
    except Timeout:
        raise LakeBusyError(f"{_busy_message(root)} Wait for it to end, or stop it.") from None


def _busy_message(root: Path) -> str:
    found = holder(root)
    who = "another process"
    if found:
        who = f"{found['who']} (process {found['pid']} on {found['host']}, since {found['since']})"
    return f"The lake {root} is held by {who}."


def _describe_this_process(who: str) -> dict[str, Any]:
    return {
        "who": who,
        "pid": os.getpid(),
        "started": start_time(os.getpid()),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _is_alive(found: dict[str, Any]) -> bool:
    """Return whether the process is still there, and is the one that wrote the file: pids are reused."""
    try:
        return is_alive(int(found["pid"]), found.get("started"))
    except (KeyError, ValueError, TypeError):
        return False
