"""SIGINT and SIGTERM: an exception where the program is, and a record that no library can lose.

Dagster replaces the handlers while a run goes on, and an exception that a handler raises may be swallowed in
a callback or become another error. So the record is also read from the descriptor to which Python's own
signal handler, in C, writes each signal (`signal.set_wakeup_fd`), whatever the handlers in Python do.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from paperlake.errors import Interrupted

INTERRUPTIONS = (signal.SIGINT, signal.SIGTERM)
MAX_SIGNALS = 4096  # bytes to read at a time, one per signal
REPEAT_SECONDS = 0.1


class _Record:
    """The signals of this process since the last `raise_on_signals`."""

    reader: int | None = None
    show: Callable[[sys.UnraisableHookArgs], object]
    was_interrupted = False


def raise_on_signals() -> None:
    """Raise `Interrupted` on SIGINT and SIGTERM from now on, unless they are ignored; begin a new record.

    Call it in the main thread.
    """
    for number in INTERRUPTIONS:
        if signal.getsignal(number) != signal.SIG_IGN:  # a shell's background job ignores Ctrl-C
            signal.signal(number, _interrupt)
    if _Record.reader is None:
        _Record.reader, writer = os.pipe()
        for end in (_Record.reader, writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    if sys.unraisablehook is not _repeat:
        _Record.show, sys.unraisablehook = sys.unraisablehook, _repeat
    was_interrupted()
    _Record.was_interrupted = False


def was_interrupted() -> bool:
    """Return whether SIGINT or SIGTERM arrived, also where what was raised then came to nothing."""
    try:
        while _Record.reader is not None:
            numbers = os.read(_Record.reader, MAX_SIGNALS)
            _Record.was_interrupted |= any(number in INTERRUPTIONS for number in numbers)
    except BlockingIOError:  # all are read
        pass
    return _Record.was_interrupted


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    _Record.was_interrupted = True  # the descriptor may be another library's by now
    raise Interrupted


def _repeat(unraisable: sys.UnraisableHookArgs) -> None:
    """Send a signal again whose exception Python dropped, as in a weakref callback or in __del__."""
    is_error = isinstance(unraisable.exc_value, Exception)
    if is_error or not was_interrupted():
        _Record.show(unraisable)
        return
    threading.Timer(REPEAT_SECONDS, os.kill, (os.getpid(), signal.SIGINT)).start()
