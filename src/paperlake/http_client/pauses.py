"""Pauses between requests to one host, and between the attempts at one request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from paperlake.http_client.messages import HttpError

if TYPE_CHECKING:
    import tenacity

MAX_PAUSE_SECONDS = 60.0  # also where Retry-After asks for more: the next run tries again
JITTER_SHARE = 0.25  # of the first pause, added at random, so that clients do not return at the same moment


@dataclass
class Clock:
    """The time and the means to wait; tests replace them."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # a default, not a name
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


class Pace:
    """Keeps the starts of requests to one host apart."""

    def __init__(self, clock: Clock, interval_seconds: float) -> None:
        self._clock = clock
        self._interval_seconds = interval_seconds
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Wait until the next request to `host` is due."""
        with self._lock:
            now = self._clock.monotonic()
            due = max(self._next.get(host, now), now)
            self._next[host] = due + self._interval_seconds
        if due > now:
            self._clock.sleep(due - now)


def pauses(first_seconds: float) -> Callable[[tenacity.RetryCallState], float]:
    """Return the pauses between attempts: exponential with jitter, or as long as the server asks for."""
    import tenacity  # noqa: PLC0415

    backoff = tenacity.wait_exponential(
        multiplier=first_seconds, max=MAX_PAUSE_SECONDS
    ) + tenacity.wait_random(0, first_seconds * JITTER_SHARE)

    def pause(state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wanted = error.retry_after_seconds if isinstance(error, HttpError) else None
        return min(max(backoff(state), wanted or 0.0), MAX_PAUSE_SECONDS)

    return pause
