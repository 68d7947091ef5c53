"""How long work says how far it is, without knowing who listens.

The library calls `progress.task(...)`; the terminal draws a bar, Dagster writes a log line, tests get
nothing. The terminal's own drawing is in `paperlake.terminal.console`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

LOG_EVERY_SECONDS = 5.0

Advance = Callable[[int], None]


class Progress(Protocol):
    """Something that shows how far a piece of work is."""

    def task(self, label: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """Announce `total` units of work; the context gives a function to call with each number done."""
        ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def task(self, label: str, total: int, unit: str) -> Iterator[Advance]:  # noqa: ARG002
        """Ignore all announcements."""
        yield lambda _count: None


class LogLines:
    """Writes a line every few seconds and one at the end: for event logs."""

    def __init__(self, log: Callable[[str], None], every_seconds: float = LOG_EVERY_SECONDS) -> None:
        self._log = log
        self._every_seconds = every_seconds

    @contextmanager
    def task(self, label: str, total: int, unit: str) -> Iterator[Advance]:
        """Log how many of `total` are done, the rate, and what is left."""
        started = last = time.monotonic()
        done = 0

        def advance(count: int) -> None:
            nonlocal done, last
            done += count
            now = time.monotonic()
            if now - last >= self._every_seconds:
                last = now
                rate = done / max(now - started, 1e-9)
                left = (total - done) / rate if rate else float("inf")
                self._log(f"{label}: {done:,} of {total:,} {unit}, {rate:,.1f}/s, about {left:,.0f} s left")

        yield advance
        seconds = time.monotonic() - started
        self._log(f"{label}: {done:,} {unit} in {seconds:.1f} s")
