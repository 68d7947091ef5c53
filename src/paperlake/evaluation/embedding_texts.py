"""Give each embedder the vectors of the papers and of the questions, and measure what that costs.

Vectors of papers come from the lake where it has them; the rest is embedded in a process for each model, so
that the peak memory is that of one model. Nothing is written to the lake.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.maintenance import open_store
from paperlake.embedding.protocol import Embedder, EmbeddingFacts, Role
from paperlake.errors import ModelError, UsageError
from paperlake.evaluation.candidates import Candidate
from paperlake.evaluation.judged_papers import JudgedPapers
from paperlake.lake import Lake
from paperlake.progress import Progress
from paperlake.settings import Settings
from paperlake.vectors.arrays import Vectors

TEXTS_AT_ONCE = 256  # sent to the process; between them the progress is shown
SPEED_TEXTS = 64  # at least so many papers are embedded, even if the lake has their vectors
LINUX_STATUS = "/proc/self/status"
BYTES_PER_NUMBER = 4  # float32, as the store has them

Embed = Callable[[Role, list[str]], tuple[Vectors, EmbeddingFacts, float]]
"""Embeds texts; returns their vectors, facts, and the peak memory so far in MB."""


@dataclass(frozen=True)
class Cost:
    """The cost of an embedder, as far as it was measured."""

    texts_per_second: float | None
    """Papers, title and abstract, by the clock."""
    timed_text_count: int
    memory_mb: float | None
    """Peak memory of a process that does nothing else."""
    bytes_per_vector: int
    device: str | None
    dtype: str | None


@dataclass(frozen=True)
class Embedded:
    """The vectors of one embedder."""

    name: str
    model_id: str
    papers: Vectors
    """(papers, dimension) of unit length."""
    questions: dict[str, Vectors] | None
    """By task; None where only the vectors in the lake are at hand."""
    cost: Cost


def embed_all(
    lake: Lake, candidates: Sequence[Candidate], judged: JudgedPapers, progress: Progress
) -> list[Embedded]:
    """Return the vectors of each candidate; those of one model are computed once.

    Raises:
        UsageError: The lake lacks vectors of a model that is not at hand.
        ModelError: A model could not be loaded, or its process ended.
        LakeError: Stored vectors cannot be read.
    """
    whole: dict[tuple[str, bool], Embedded] = {}
    for candidate in candidates:
        if candidate.source not in whole:
            whole[candidate.source] = _embed(lake, candidate, judged, progress)
    return [cut(whole[candidate.source], candidate) for candidate in candidates]


def cut(embedded: Embedded, candidate: Candidate) -> Embedded:
    """Return the vectors with the candidate's number of numbers, under its name."""
    size = candidate.dimension
    questions = embedded.questions
    return replace(
        embedded,
        name=candidate.name,
        papers=_shortened(embedded.papers, size),
        questions=None if questions is None else {task: _shortened(v, size) for task, v in questions.items()},
        cost=replace(embedded.cost, bytes_per_vector=BYTES_PER_NUMBER * size),
    )


def _shortened(vectors: Vectors, size: int) -> Vectors:
    """Return the first numbers of each vector, of unit length; a vector of zeros stays one."""
    if size == vectors.shape[1]:
        return vectors
    first = vectors[:, :size]
    lengths = np.linalg.norm(first, axis=1, keepdims=True)
    return (first / np.where(lengths == 0, 1.0, lengths)).astype(np.float32)


def _embed(lake: Lake, candidate: Candidate, judged: JudgedPapers, progress: Progress) -> Embedded:
    hashes = judged.papers["text_hash"].to_list()
    stored, missing = _stored(lake, candidate, hashes)
    no_cost = Cost(None, 0, None, BYTES_PER_NUMBER * candidate.full_dimension, None, None)
    if candidate.settings is None:
        if missing:
            raise UsageError(
                f"The lake lacks the vectors of {candidate.model_id} for {len(missing):,} of {len(hashes):,} "
                "papers, and the settings name another embedder. Set PAPERLAKE_EMBEDDER and "
                "PAPERLAKE_EMBEDDER_MODEL to it, or leave it out."
            )
        return Embedded(candidate.name, candidate.model_id, stored, None, no_cost)
    known = np.setdiff1d(np.arange(len(hashes)), missing).tolist()
    rows = [*missing, *known[: max(0, SPEED_TEXTS - len(missing))]]
    texts = judged.papers["text"].gather(rows).to_list()
    total = len(texts) + sum(len(asked.texts) for asked in judged.questions.values())
    with (
        progress.task(f"Embedding with {candidate.model_id}", total, "texts") as advance,
        embedding_process(candidate.settings) as embed,
    ):

        def run(role: Role, wanted: list[str]) -> tuple[Vectors, EmbeddingFacts, float]:
            return _in_parts(embed, role, wanted, candidate.full_dimension, advance)

        vectors, facts, _ = run("paper", texts)
        answers = {task: run(asked.role, asked.texts) for task, asked in judged.questions.items()}
        peak = max(memory for _, _, memory in answers.values())
    stored[rows[: len(missing)]] = vectors[: len(missing)]
    cost = replace(
        no_cost,
        texts_per_second=facts.text_count / facts.seconds if facts.seconds else None,
        timed_text_count=facts.text_count,
        memory_mb=peak,
        device=facts.device,
        dtype=facts.dtype,
    )
    questions = {task: found for task, (found, _, _) in answers.items()}
    return Embedded(candidate.name, candidate.model_id, stored, questions, cost)


def _stored(lake: Lake, candidate: Candidate, hashes: list[str]) -> tuple[Vectors, list[int]]:
    """Return the vectors that the lake has, zeros elsewhere, and the rows of those that it lacks."""
    vectors = np.zeros((len(hashes), candidate.full_dimension), np.float32)
    if candidate.model_id not in lake.embedded_models():
        return vectors, list(range(len(hashes)))
    store = open_store(lake, candidate.model_id)
    lacking = set(store.missing(hashes))
    present = [row for row, text_hash in enumerate(hashes) if text_hash not in lacking]
    if present:
        vectors[present] = store.read([hashes[row] for row in present])
    return vectors, [row for row, text_hash in enumerate(hashes) if text_hash in lacking]


def _in_parts(
    embed: Embed, role: Role, texts: list[str], dimension: int, advance: Callable[[int], None]
) -> tuple[Vectors, EmbeddingFacts, float]:
    """Embed texts part by part, and add up the facts."""
    found, facts, peak = [np.empty((0, dimension), np.float32)], EmbeddingFacts(), 0.0
    for start in range(0, len(texts), TEXTS_AT_ONCE):
        part = texts[start : start + TEXTS_AT_ONCE]
        vectors, part_facts, memory = embed(role, part)
        found.append(vectors)
        facts, peak = facts.plus(part_facts), max(peak, memory)
        advance(len(part))
    return np.concatenate(found), facts, peak


@contextmanager
def embedding_process(settings: Settings) -> Iterator[Embed]:
    """Start a process that embeds with one model, and end it.

    Raises:
        ModelError: The model could not be loaded, or the process ended.
    """
    started = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(1, started, initializer=_begin, initargs=(settings,))
    try:
        yield lambda role, texts: pool.submit(_embed_here, role, texts).result()
    except BrokenProcessPool as error:
        raise ModelError(
            f"The process that embeds with {settings.embedder} ended. If the system had no memory left, set "
            "PAPERLAKE_EMBEDDER_BATCH_TOKENS lower."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


_embedder: Embedder | None = None  # of the process


def _begin(settings: Settings) -> None:
    """Prepare the process: the model is loaded with the first text, and Ctrl-C is left to the parent."""
    global _embedder  # noqa: PLW0603  # one in each process
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _embedder = make_embedder(settings)
    _embedder.embed(["warm up"])


def _embed_here(role: Role, texts: list[str]) -> tuple[Vectors, EmbeddingFacts, float]:
    assert _embedder is not None  # noqa: S101  # `_begin` set it
    started = time.perf_counter()
    vectors, facts = _embedder.embed(texts, role=role)
    # Measured here, as some kinds do not state their time.
    return vectors, replace(facts, seconds=time.perf_counter() - started), _peak_memory_mb()


def _peak_memory_mb() -> float:
    """Return the peak of the memory of this process, in MB."""
    status = Path(LINUX_STATUS)
    if status.exists():  # Linux counts the parent's peak into ru_maxrss
        line = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), None)
        if line:
            return int(line.split()[1]) * 1024 / 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6
