"""Run the `ray` kind: many workers on a Ray cluster, each with one of the local kinds.

The workers are actors, so that each loads the model once and keeps it from part to part; a worker that dies
is started again and its texts are submitted again. A worker for which the cluster has no room gets no texts;
those of one that lost its place are computed by the others. How a worker computes is up to its own kind.
"""

from __future__ import annotations

import importlib
import logging
import os
import time
import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from paperlake.embedding.protocol import EmbeddingFacts, Role, ignore_advance
from paperlake.errors import ModelError
from paperlake.progress import Advance
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

TEXTS_PER_TASK = (
    64  # a second of work on one CPU core: little is lost with a worker, and few tasks are queued
)
TASKS_PER_WORKER = 2  # one running and one queued, so that no worker waits for this process
PATIENCE_SECONDS = 30  # with an idle worker, before it gets the texts of another that does not answer
MAX_TASK_RETRIES = 3  # a text that kills its worker every time must end the run


class RayEmbedder:
    """Distributes texts over workers; see `Embedder`."""

    kind = "ray"

    def __init__(self, settings: Settings) -> None:
        """Read the settings; nothing is connected yet.

        Raises:
            ModelError: The model's folder is missing or invalid.
        """
        from paperlake.embedding.choosing.registry import make_embedder

        self._worker_settings = settings.model_copy(
            update={
                "embedder": settings.embedder_ray_kind,
                "embedder_api_key": None,
                "topic_names_api_key": None,
            }
        )
        described = make_embedder(self._worker_settings)
        self.model_id = described.model_id
        self.dimension = described.dimension
        self.max_tokens = described.max_tokens
        self._settings = settings
        self._workers: list[Any] = []

    def embed(
        self, texts: Sequence[str], advance: Advance = ignore_advance, role: Role = "paper"
    ) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of `texts`; see `Embedder`."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        facts = EmbeddingFacts()
        if not texts:
            return vectors, facts
        import ray

        started = time.monotonic()
        order = sorted(
            range(len(texts)), key=lambda row: (-len(texts[row]), row)
        )  # texts of like length need less padding
        spans = [order[start : start + TEXTS_PER_TASK] for start in range(0, len(order), TEXTS_PER_TASK)]
        waiting, missing, repeated = list(range(len(spans)))[::-1], set(range(len(spans))), set[int]()
        starting = {worker.is_ready.remote(): worker for worker in self._start()}
        idle: list[Any] = []
        running: dict[Any, tuple[Any, int]] = {}
        while missing:
            while waiting and idle:
                worker, number = idle.pop(0), waiting.pop()
                task = worker.embed.remote([texts[row] for row in spans[number]], role)
                running[task] = worker, number
            has_idle = bool(idle) and not waiting
            done, _ = ray.wait(
                [*starting, *running], num_returns=1, timeout=PATIENCE_SECONDS if has_idle else None
            )
            if not done:  # of a worker that waits for room on the cluster: the others have nothing to do
                waiting = [number for _, number in running.values() if number in missing - repeated]
                repeated.update(waiting)
                continue
            if done[0] in starting:
                idle += [starting.pop(done[0])] * TASKS_PER_WORKER
                continue
            worker, number = running.pop(done[0])
            idle.append(worker)
            if number not in missing:
                continue
            span = spans[number]
            try:
                vectors[span], done_facts = ray.get(done[0])
            except ray.exceptions.RayError as error:
                raise ModelError(
                    f"{len(span)} text{'s' if len(span) > 1 else ''} failed on Ray workers after "
                    f"{MAX_TASK_RETRIES + 1} attempts; last error: {str(error).strip().splitlines()[-1]}. "
                    "What was embedded so far is kept."
                ) from error
            missing.remove(number)
            facts = facts.plus(done_facts)
            advance(len(span))
        return vectors, _combined(facts, time.monotonic() - started, len(self._workers))

    def _start(self) -> list[Any]:
        """Return the workers, on a cluster that is connected to or, without an address, started here."""
        if self._workers:
            return self._workers
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault(
            "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"
        )  # the default of future versions of Ray
        ray: Any = importlib.import_module("ray")
        connected_here = not ray.is_initialized()
        if connected_here:
            ray.init(
                address=self._settings.embedder_ray_address or "local",
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        cpus, gpus = self._settings.embedder_ray_worker_cpus, self._settings.embedder_ray_worker_gpus
        count = self._settings.embedder_ray_workers or _fitting(ray.cluster_resources(), cpus, gpus)
        actor = ray.remote(_Worker).options(
            num_cpus=cpus, num_gpus=gpus, max_restarts=-1, max_task_retries=MAX_TASK_RETRIES
        )
        self._workers = [actor.remote(self._worker_settings) for _ in range(count)]
        weakref.finalize(self, _stop, self._workers, connected_here)
        return self._workers


class _Worker:
    """One actor: a local embedder that stays loaded."""

    def __init__(self, settings: Settings) -> None:
        from paperlake.embedding.choosing.registry import make_embedder

        self._embedder = make_embedder(settings)

    def is_ready(self) -> bool:
        """Return True: the actor has a place on the cluster, and its model is described."""
        return True

    def embed(self, texts: list[str], role: Role) -> tuple[Vectors, EmbeddingFacts]:
        """Compute the vectors of one task's texts."""
        return self._embedder.embed(texts, role=role)


def make_ray_embedder(settings: Settings) -> RayEmbedder:
    """Construct the embedder that the settings describe; nothing is connected yet."""
    return RayEmbedder(settings)


def _fitting(resources: dict[str, float], cpus: float, gpus: float) -> int:
    """Return the number of workers that fit the cluster, at least one."""
    room = [resources.get("CPU", 0) / cpus] if cpus else []
    room += [resources.get("GPU", 0) / gpus] if gpus else []
    return max(int(min(room, default=1)), 1)


def _combined(facts: EmbeddingFacts, seconds: float, worker_count: int) -> EmbeddingFacts:
    """Return the workers' facts with the time that passed here, not the sum of theirs."""
    return EmbeddingFacts(
        text_count=facts.text_count,
        token_count=facts.token_count,
        padded_token_count=facts.padded_token_count,
        truncated_count=facts.truncated_count,
        seconds=seconds,
        device=f"{worker_count} x {facts.device}",
        dtype=facts.dtype,
        library=f"ray, {facts.library}",
    )


def _stop(workers: list[Any], connected_here: bool) -> None:
    """Stop the workers, and the cluster if it was started here."""
    import ray

    if not ray.is_initialized():
        return
    for worker in workers:
        ray.kill(worker)
    if connected_here:
        ray.shutdown()
