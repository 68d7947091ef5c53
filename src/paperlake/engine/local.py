"""The engine of one machine: threads within a memory budget."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from paperlake.engine.protocol import TASK_BYTES, Item, Result, Split
from paperlake.settings.units import MEGABYTE

MEMORY_BYTES = 2_048 * MEGABYTE


class LocalEngine:
    """Computes items in this process; see `Engine`.

    Threads, no processes: Arrow, NumPy, polars, rapidfuzz and rensa release the GIL, and a process takes
    seconds to start. A function that runs mostly in Python is called without threads.
    """

    process_count = 1

    def __init__(self, memory_bytes: int = MEMORY_BYTES, thread_count: int | None = None) -> None:
        """Set the limits.

        Args:
            memory_bytes: What items that are computed at a time may need together.
            thread_count: By default the number of processors.
        """
        self._memory_bytes = memory_bytes
        self._thread_count = thread_count or os.cpu_count() or 1

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        memory: int = TASK_BYTES,
        split: Split[Item] | None = None,
        in_python: bool = False,
    ) -> Iterator[Result]:
        """Yield the results of the items, in order; see `Engine`."""
        count = min(self._thread_count, max(1, self._memory_bytes // memory))
        if in_python or count == 1:
            for item in items:
                yield from _results(lambda item=item: function(item), function, item, split)  # type: ignore[misc]
            return
        waiting: deque[tuple[Item, Future[Result]]] = deque()
        pool = ThreadPoolExecutor(count)
        try:
            for item in items:
                waiting.append((item, pool.submit(function, item)))
                if len(waiting) > count:
                    first, future = waiting.popleft()
                    yield from _results(future.result, function, first, split)
            while waiting:
                first, future = waiting.popleft()
                yield from _results(future.result, function, first, split)
        finally:
            pool.shutdown(cancel_futures=True)


def _results(
    compute: Callable[[], Result],
    function: Callable[[Item], Result],
    item: Item,
    split: Split[Item] | None,
) -> Iterator[Result]:
    """Yield the result of an item, or those of its parts where the memory was not enough for it."""
    try:
        result = compute()
    except MemoryError:
        parts = split(item) if split else ()
        if len(parts) < 2:
            raise
    else:
        yield result
        return
    for part in parts:
        yield from _results(lambda part=part: function(part), function, part, split)  # type: ignore[misc]
