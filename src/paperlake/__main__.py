"""`python -m paperlake` is `paperlake`; Ctrl-C is understood while the command line is still being loaded."""

from __future__ import annotations

import atexit
import gc
import os
import signal
from types import FrameType

# Objects that are created before the collector looks for cycles. With Python's 700, a twentieth of the CPU
# time of a run is spent on the objects of imported modules, which stay.
GC_THRESHOLD = 200_000


def main() -> None:
    """Load the command line and run it."""
    gc.set_threshold(GC_THRESHOLD)
    atexit.register(gc.freeze)  # else Python looks for cycles several times as it ends: a second after a run
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # a shell's background job ignores Ctrl-C
            signal.signal(number, _leave)
    from paperlake.cli import main as run_command  # noqa: PLC0415  # takes a quarter of a second

    run_command()


def _leave(_number: int, _frame: FrameType | None) -> None:
    """Exit at once: nothing was begun, and an exception from within an import may be shown as a traceback."""
    os.write(2, b"Interrupted.\n")
    os._exit(130)


if __name__ == "__main__":
    main()
