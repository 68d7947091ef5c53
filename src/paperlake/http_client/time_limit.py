"""Wait for a call only so long, also where it has no time limit of its own, as a look-up of a name."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return the result of a call, or raise what it raised.

    The call goes on in a daemon thread where it takes longer, and does not keep the process from ending.

    Raises:
        TimeoutError: It took longer.
    """
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(call())
        except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return result.result(seconds)
