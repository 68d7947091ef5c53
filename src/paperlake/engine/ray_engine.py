"""The engine of a cluster: one Ray task per item.

Tasks read and write the lake's folder, which all nodes mount; this process submits items in order, a few per
core ahead, and takes their results in order. Retries are done here and not by Ray: Ray repeats a task that
ran out of memory without end, and does not make it smaller.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from paperlake.engine.protocol import TASK_BYTES, Item, Result, Split
from paperlake.errors import EngineError, SharedFolderError, UsageError
from paperlake.settings import Settings
from paperlake.text.display import plural

TASKS_PER_CORE = 2  # one running and one queued, so that no core waits for this process
MAX_ATTEMPTS = 6  # of one item whose processes end: one that ends its process every time must end the run

# One thread per task, as each has one core; the number of threads changes no result.
ONE_THREAD = dict.fromkeys(
    ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"), "1"
)


@dataclass
class _Task:
    """An item, and where its result will be."""

    item: Any
    memory: int
    reference: Any
    attempts: int = 1


class RayEngine:
    """Computes items on a Ray cluster; see `Engine`."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        """Read the settings; nothing is connected yet.

        Args:
            settings: The cluster's address.
            folder: The lake's folder, which all nodes must have.
        """
        self._address = settings.engine_ray_address
        self._folder = folder.absolute()

    @property
    def process_count(self) -> int:
        """Return the number of the cluster's cores."""
        return max(1, int(self._connected().cluster_resources().get("CPU", 1)))

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        memory: int = TASK_BYTES,
        split: Split[Item] | None = None,
        in_python: bool = False,  # noqa: ARG002  # each task has a process of its own
    ) -> Iterator[Result]:
        """Yield the results of the items, in order; see `Engine`."""
        window = self.process_count * TASKS_PER_CORE
        # Sent to each node once: what a partial binds may be large.
        compute = self._connected().put(partial(_compute, function, self._folder))
        waiting: deque[_Task] = deque()
        try:
            for item in items:
                waiting.append(self._submit(compute, item, memory))
                if len(waiting) >= window:
                    yield from self._results(compute, waiting.popleft(), split)
            while waiting:
                yield from self._results(compute, waiting.popleft(), split)
        finally:
            for task in waiting:
                self._connected().cancel(task.reference, force=True)

    def _results(
        self,
        compute: Any,  # noqa: ANN401  # ray has no types
        task: _Task,
        split: Split[Any] | None,
    ) -> Iterator[Any]:
        """Yield the result of a task, or those of its parts where the memory was not enough for it."""
        try:
            result = self._result(compute, task)
        except _NotEnoughMemoryError:
            parts = split(task.item) if split else ()
        else:
            yield result
            return
        if len(parts) > 1:
            smaller = [self._submit(compute, part, task.memory) for part in parts]
            for part_task in smaller:
                yield from self._results(compute, part_task, split)
            return
        more = 2 * task.memory
        try:
            yield self._result(compute, self._submit(compute, task.item, more))
        except _NotEnoughMemoryError as error:
            raise MemoryError(f"A task needs more than {more:,} bytes. {error}") from error

    def _result(self, compute: Any, task: _Task) -> Any:  # noqa: ANN401  # of `compute`
        """Return the result of a task; submit it again when its process or its node ends.

        Raises:
            _NotEnoughMemoryError: It ran out of memory.
            EngineError: Its process ended each time.
        """
        errors = importlib.import_module("ray.exceptions")
        while True:
            try:
                return self._connected().get(task.reference)
            except (MemoryError, errors.OutOfMemoryError) as error:
                raise _NotEnoughMemoryError(str(error).strip().splitlines()[-1]) from error
            except errors.RayTaskError as error:
                raise (error.cause or error) from error  # what the function raised, of its own class
            except errors.RayError as error:
                if task.attempts >= MAX_ATTEMPTS:
                    raise EngineError(
                        f"A task on the Ray cluster ended {plural(task.attempts, 'time')} without a result; "
                        f"last error: {str(error).strip().splitlines()[-1]}. What is finished is kept; "
                        "look at the nodes of the cluster and run again."
                    ) from error
            task.reference = self._submit(compute, task.item, task.memory).reference
            task.attempts += 1

    def _submit(self, compute: Any, item: Any, memory: int) -> _Task:  # noqa: ANN401
        ray = self._connected()
        function = ray.remote(_call).options(num_cpus=1, memory=min(memory, _most_memory(ray)), max_retries=0)
        return _Task(item, memory, function.remote(compute, item))

    def _connected(self) -> Any:  # noqa: ANN401  # ray has no types
        """Return the library, connected to the cluster or, without an address, to one that is started here.

        Raises:
            UsageError: Ray is not installed.
            EngineError: There is no cluster at the address.
        """
        if importlib.util.find_spec("ray") is None:
            raise UsageError(
                "The engine ray needs ray, which is not installed. Run `make setup EXTRAS=dev,ray` in the "
                "clone, here and on all nodes, or set PAPERLAKE_ENGINE=local."
            )
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault(
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"
        )  # the default of future versions of Ray
        ray: Any = importlib.import_module("ray")
        if not ray.is_initialized():
            try:
                ray.init(
                    address=self._address or "local",
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    runtime_env={"env_vars": ONE_THREAD},
                )
            except Exception as error:  # Ray raises bare ones, where a node takes long to start
                raise EngineError(
                    f"Cannot connect to the Ray cluster {self._address or 'of this machine'}: {error} "
                    "Check PAPERLAKE_ENGINE_RAY_ADDRESS."
                ) from error
        return ray


class _NotEnoughMemoryError(Exception):
    """A task ran out of memory."""


def _call(compute: Callable[[Item], Result], item: Item) -> Result:
    return compute(item)


def _compute(function: Callable[[Item], Result], folder: Path, item: Item) -> Result:
    """Compute an item on a node; refuse to where the node does not have the lake's folder."""
    if not folder.is_dir():
        raise SharedFolderError(
            f"A node of the Ray cluster ({os.uname().nodename}) does not have the lake's folder {folder}. "
            "Put the lake on storage that all nodes mount at the same path."
        )
    return function(item)


def _most_memory(ray: Any) -> int:  # noqa: ANN401  # ray has no types
    """Return the memory of the largest node: a task that asks for more would never be started."""
    sizes = [node["Resources"].get("memory", 0) for node in ray.nodes() if node["Alive"]]
    return int(max(sizes, default=0)) or TASK_BYTES
