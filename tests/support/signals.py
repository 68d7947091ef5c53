"""Undo what the command line does to the handlers of signals in this process."""

import contextlib
import signal
import sys
from collections.abc import Iterator

from paperlake.interruption import INTERRUPTIONS, raise_on_signals


@contextlib.contextmanager
def signals_kept() -> Iterator[None]:
    """Restore the handlers of signals, the hook of dropped exceptions and the record of signals at the end."""
    handlers = {number: signal.getsignal(number) for number in INTERRUPTIONS}
    hook, sys.unraisablehook = sys.unraisablehook, sys.__unraisablehook__  # pytest has its own
    try:
        yield
    finally:
        raise_on_signals()  # begins a new record
        sys.unraisablehook = hook
        for number, handler in handlers.items():
            signal.signal(number, handler)
