"""Threads that work on blocks of matrix products, one thread of the BLAS each.

A block is computed by one thread, in one order of additions, so that the number of threads changes no result.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Workers:
    """A pool of threads."""

    def __init__(self, pool: ThreadPoolExecutor, thread_count: int) -> None:
        self._pool = pool
        self._ahead = thread_count + 1  # results that wait are bounded

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Yield the result of each item, in order."""
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(self._pool.submit(work, item))
            if len(waiting) > self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def workers(thread_count: int | None = None) -> Iterator[Workers]:
    """Start threads; within the context the BLAS uses one thread for each caller.

    Args:
        thread_count: By default the number of processors.
    """
    from threadpoolctl import threadpool_limits  # noqa: PLC0415  # looks at every loaded library

    count = thread_count or os.cpu_count() or 1
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(count) as pool:
        yield Workers(pool, count)
