"""The lease of a lake in an object store: who holds the lake is part of its head.

The holder replaces the head every quarter of the lease's time (a beat). Who finds a lease watches the head by
his own clock: without a change for the lease's time the holder is gone, and the lease is taken over. A holder
that was only paused finds at its next write that the head is another, and commits nothing: the head's entity
tag is the fencing token.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

from paperlake.errors import LakeBusyError, LakeError
from paperlake.lake.locking.process import is_alive, start_time
from paperlake.lake.remote.head import Head, Lease, StoredHead, read_head, replace_head
from paperlake.lake.remote.object_store import ConflictError, ObjectStore

BEATS_PER_LEASE = 4
POLLS_PER_LEASE = 20
RACES = 20  # conditional puts that others may win before an attempt is given up


class LeaseLostError(LakeError):
    """Somebody else took the lake over; nothing more is committed."""


class HeldLease:
    """The lease while this process has it, and the only way to change the head."""

    def __init__(self, store: ObjectStore, stored: StoredHead, was_taken_over: bool) -> None:
        self.store = store
        self.was_taken_over = was_taken_over
        """Whether the holder before was gone without having given the lease back."""
        self._stored = stored
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._lost = False
        self._beats = threading.Thread(target=self._keep_beating, name="paperlake-lease", daemon=True)
        self._beats.start()

    @property
    def head(self) -> Head:
        """The head as of the last write."""
        head = self._stored.head
        assert head is not None  # noqa: S101  # a lease is written into a head
        return head

    def change(self, change: Callable[[Head], Head]) -> Head:
        """Replace the head by what a function makes of it; return the new head.

        Raises:
            LeaseLostError: Somebody else has the lake.
            LakeError: The store cannot be written to.
        """
        with self._lock:
            if self._lost:
                raise self._lost_error()
            try:
                self._stored = replace_head(self.store, self._stored, change(self.head))
            except ConflictError as error:
                self._lost = True
                raise self._lost_error() from error
            return self.head

    def beat(self) -> None:
        """Show that the holder is there.

        Raises:
            LeaseLostError: Somebody else has the lake.
            LakeError: The store cannot be written to.
        """
        self.change(_beaten)

    def release(self) -> None:
        """Give the lake back; a lease that was lost is left to who has it."""
        self._ended.set()
        self._beats.join()
        if not self._lost:
            self.change(lambda head: replace(head, lease=None))

    def stop(self) -> None:
        """End the beats without giving the lake back, as a process that is killed does."""
        self._ended.set()
        self._beats.join()

    def _keep_beating(self) -> None:
        lease = self.head.lease
        assert lease is not None  # noqa: S101  # its own
        while not self._ended.wait(lease.seconds / BEATS_PER_LEASE):
            try:
                self.beat()
            except LeaseLostError:
                return
            except LakeError:
                continue  # the store is away; the next write says so, or finds the lease lost

    def _lost_error(self) -> LeaseLostError:
        now = read_head(self.store).head
        who = f" by {describe(now.lease)}" if now and now.lease else ""
        return LeaseLostError(
            f"The lake {self.store.url} was taken over{who}, as this process did not write to it for the "
            "time of its lease. What it had committed before is kept. Run again."
        )


def acquire(
    store: ObjectStore,
    first: Head,
    who: str,
    lease_seconds: float,
    wait_seconds: float,
    on_wait: Callable[[str], None] | None,
) -> HeldLease:
    """Take the lake, waiting for another holder to end or to be found gone.

    Args:
        store: The lake.
        first: The head of a lake that has none.
        who: The name of the holder, for those who find the lake held.
        lease_seconds: Without a beat for so long, others may take the lake over.
        wait_seconds: How long to wait for a holder that is alive.
        on_wait: Called once with a message when waiting starts.

    Raises:
        LakeBusyError: A holder that is alive has it, still after `wait_seconds`.
        LakeError: The store cannot be used.
    """
    started, races, is_told = time.monotonic(), 0, False
    seen: tuple[str | None, float] = ("", started)
    is_seen_alive = False
    while True:
        stored = read_head(store)
        head = stored.head or first
        now = time.monotonic()
        if stored.e_tag != seen[0]:
            is_seen_alive = is_seen_alive or seen[0] != ""
            seen = (stored.e_tag, now)
        is_free = head.lease is None
        if is_free or _is_gone(head.lease, now - seen[1]):
            own = Lease(
                uuid4().hex,
                who,
                socket.gethostname(),
                os.getpid(),
                start_time(os.getpid()),
                datetime.now(UTC).isoformat(timespec="seconds"),
                lease_seconds,
            )
            try:
                return HeldLease(store, replace_head(store, stored, replace(head, lease=own)), not is_free)
            except ConflictError:
                races += 1
                if races > RACES:
                    raise LakeBusyError(
                        f"The lake {store.url} is taken by others again and again. Try again."
                    ) from None
                continue
        assert head.lease is not None  # noqa: S101  # else it is free
        if is_seen_alive and now - started >= wait_seconds:
            raise LakeBusyError(
                f"The lake {store.url} is held by {describe(head.lease)}. Wait for it to end, or stop it."
            )
        if on_wait and not is_told:
            is_told = True
            on_wait(f"The lake {store.url} is held by {describe(head.lease)}. Waiting for it to end.")
        time.sleep(head.lease.seconds / POLLS_PER_LEASE)


def describe(lease: Lease) -> str:
    """Return who holds the lake, in words."""
    return f"{lease.who} (process {lease.pid} on {lease.host}, since {lease.since})"


def is_of_dead_process(lease: Lease) -> bool:
    """Return whether a lease is of a process of this machine that has ended."""
    return lease.host == socket.gethostname() and not is_alive(lease.pid, lease.started)


def _is_gone(lease: Lease | None, unchanged_seconds: float) -> bool:
    return lease is not None and (unchanged_seconds >= lease.seconds or is_of_dead_process(lease))


def _beaten(head: Head) -> Head:
    assert head.lease is not None  # noqa: S101  # who beats holds it
    return replace(head, lease=replace(head.lease, beat=head.lease.beat + 1))
