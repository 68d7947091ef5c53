"""Reports how far long work is, without knowing who listens.

The library calls `progress.task(...)` and `progress.step(...)`; a terminal draws bars, a log or a pipe gets
lines, tests get nothing. The terminal's own drawing is in `paperlake.terminal.bars`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from paperlake.text.display import duration, plural, singular

LOG_EVERY_SECONDS = 20.0  # at least one line every 30 s is promised, with room for a busy machine
POLL_SECONDS = 1.0
MIN_TOLD_SECONDS = 1.0  # a shorter time is not worth telling

Advance = Callable[[int], None]
Clock = Callable[[], float]
Beats = Callable[[Callable[[], None]], AbstractContextManager[None]]


class Progress(Protocol):
    """Something that shows how far a piece of work is."""

    def task(self, label: str, total: int, unit: str) -> AbstractContextManager[Advance]:
        """Announce `total` units of work; the context gives a function to call with each number done."""
        ...

    def step(self, label: str) -> AbstractContextManager[None]:
        """Announce work of unknown length, which may contain tasks: shown while nothing else is."""
        ...

    def say(self, line: str) -> None:
        """Show a line that stays."""
        ...


class Silent:
    """Shows nothing."""

    @contextmanager
    def task(self, label: str, total: int, unit: str) -> Iterator[Advance]:  # noqa: ARG002
        """Ignore all announcements."""
        yield lambda _count: None

    @contextmanager
    def step(self, label: str) -> Iterator[None]:  # noqa: ARG002
        """Ignore the announcement."""
        yield

    def say(self, line: str) -> None:
        """Ignore the line."""


@contextmanager
def every_second(call: Callable[[], None]) -> Iterator[None]:
    """Call a function every second from a thread, for as long as the context is open."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(POLL_SECONDS):
            call()

    thread = threading.Thread(target=beat, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@dataclass
class _Work:
    """A task or step that is open."""

    label: str
    started: float
    total: int | None = None
    unit: str = ""
    done: int = 0
    told: int = 0
    """`done` at the last line."""

    def line(self, now: float) -> str:
        """Return how far it is; if nothing was done since the last line, that it goes on."""
        spent = now - self.started
        if self.total is None:
            return f"{self.label}: still running ({duration(spent)})"
        counts = f"{self.done:,} of {plural(self.total, singular(self.unit))}"
        if self.done == self.told:
            return f"{self.label}: still running, {counts} ({duration(spent)})"
        self.told = self.done
        rate = self.done / max(spent, 1e-9)
        left = max(self.total - self.done, 0) / rate
        return f"{self.label}: {counts}, {rate:,.1f}/s, about {duration(left)} left"


class LogLines:
    """Writes a line when a task ends, and whenever there was none for some time: for logs and pipes.

    Lines also come during one long call that reports nothing, from a thread, as far as the call lets other
    threads run.

    Args:
        log: Writes one line.
        every_seconds: The longest time without a line.
        clock: Monotonic time in seconds.
        beats: Calls a function every now and then while a context is open.
    """

    def __init__(
        self,
        log: Callable[[str], None],
        every_seconds: float = LOG_EVERY_SECONDS,
        clock: Clock = time.monotonic,
        beats: Beats = every_second,
    ) -> None:
        self._log = log
        self._every_seconds = every_seconds
        self._clock = clock
        self._beats = beats
        self._open: list[_Work] = []
        self._last = clock()
        self._lock = threading.RLock()

    @contextmanager
    def task(self, label: str, total: int, unit: str) -> Iterator[Advance]:
        """Log how many of `total` are done, the rate, the time left; at the end, how many and how long."""
        work = _Work(label, self._clock(), total, unit)

        def advance(count: int) -> None:
            work.done += count
            self._tell_if_due()

        with self._opened(work):
            yield advance
        seconds = self._clock() - work.started
        spent = f" in {duration(seconds)}" if seconds >= MIN_TOLD_SECONDS else ""
        self._tell(f"{label}: {plural(work.done, singular(unit))}{spent}")

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Log that the step goes on, while no task in it logs anything."""
        with self._opened(_Work(label, self._clock())):
            yield

    def say(self, line: str) -> None:
        """Log the line."""
        self._tell(line)

    @contextmanager
    def _opened(self, work: _Work) -> Iterator[None]:
        is_outermost = not self._open
        if is_outermost:
            self._last = work.started
        self._open.append(work)
        try:
            if is_outermost:
                with self._beats(self._tell_if_due):
                    yield
            else:
                yield
        finally:
            self._open.remove(work)

    def _tell_if_due(self) -> None:
        with self._lock:
            now = self._clock()
            if self._open and now - self._last >= self._every_seconds:
                self._tell(self._open[-1].line(now))

    def _tell(self, line: str) -> None:
        with self._lock:
            self._last = self._clock()
            self._log(line)
