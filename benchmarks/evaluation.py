"""Compare the bundled model, its truncated vectors and hashed words on papers of the balanced sample.

    python benchmarks/evaluation.py [PAPERS] [PICTURE]

The papers are divided in two halves, which are compared separately: an interval should cover what the other
half gives. Vectors are embedded once and kept in data_lake/bench.
"""

from __future__ import annotations

import hashlib
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from topic_methods import CACHE, read_papers, vectors_of

from paperlake.embedding.choosing.registry import make_embedder
from paperlake.embedding.kinds.hashing_embedder import HashingEmbedder
from paperlake.evaluation.candidates import Candidate
from paperlake.evaluation.comparing import Evaluation, compare
from paperlake.evaluation.embedding_texts import Cost, Embedded, cut
from paperlake.evaluation.judged_papers import JudgedPapers, judge_papers
from paperlake.evaluation.picture import draw_evaluation
from paperlake.settings import Settings
from paperlake.text.names import name_key
from paperlake.vectors.arrays import Vectors

DIMENSIONS = (384, 256, 128, 64)
NO_COST = Cost(None, 0, None, 0, None, None)


def cached(texts: list[str]) -> Vectors:
    """Return query vectors of the bundled model, computed once."""
    path = CACHE / f"{hashlib.sha256(chr(0).join(texts).encode()).hexdigest()[:16]}.npy"
    if not path.exists():
        print(f"Embedding {len(texts):,} queries once ...", flush=True)
        np.save(path, make_embedder(Settings()).embed(texts, role="query")[0])
    vectors: Vectors = np.load(path)
    return vectors


def judged_half(papers: pl.DataFrame, half: int) -> JudgedPapers:
    """Return every other paper with what is known about it."""
    chosen = papers.gather_every(2, half)
    named = chosen.select("paper_id", name="authors").explode("name").drop_nulls()
    keys = pl.Series([name_key(name) for name in named["name"]], dtype=pl.String)
    authors = named.select("paper_id", name_key=keys).drop_nulls()
    no_others = chosen.select("paper_id", pl.col("paper_id").alias("entry_id"), "title", "abstract").clear()
    return judge_papers(chosen, authors, no_others)


def embedded_half(judged: JudgedPapers, papers: Vectors) -> list[Embedded]:
    """Return the vectors of all embedders."""
    questions = {task: cached(asked.texts) for task, asked in judged.questions.items() if asked.texts}
    empty = np.empty((0, papers.shape[1]), np.float32)
    questions = {task: questions.get(task, empty) for task in judged.questions}
    model = Embedded("MiniLM", "MiniLM", papers, questions, NO_COST)
    settings = Settings()
    compared = [
        cut(model, Candidate(f"MiniLM@{size}", "MiniLM", papers.shape[1], size, settings))
        for size in DIMENSIONS
    ]
    words = HashingEmbedder()
    vectors = {task: words.embed(asked.texts)[0] for task, asked in judged.questions.items()}
    texts = judged.papers["text"].to_list()
    floor = Embedded("hashing", words.model_id, words.embed(texts)[0], vectors, NO_COST)
    return [*compared, replace(floor, cost=replace(NO_COST, bytes_per_vector=4 * words.dimension))]


def show(evaluation: Evaluation, repeat: Evaluation) -> list[str]:
    """Print a table of both halves, and return how much of the repeat the first half's intervals cover."""
    print(f"| measure | n | embedder | value | 95 % | minus {evaluation.embedders[0].name} | other half |")
    print("|---|---:|---|---:|---:|---:|---:|")
    values: list[bool] = []
    gaps: list[bool] = []
    for result, other in zip(evaluation.measures, repeat.measures, strict=True):
        if result.reason:
            print(f"| {result.title} | | | not measured: {result.reason} | | | |")
        for number, estimate in enumerate(result.estimates):
            gap = ""
            if number:
                found = result.differences[number - 1].estimate
                sure = evaluation.verdicts[number - 1].p_values[result.name] < 0.05
                gaps.append(found.low <= other.differences[number - 1].estimate.value <= found.high)
                gap = f"{found.value:+.3f}{' *' if sure else ''}"
            again = other.estimates[number].value
            values.append(estimate.low <= again <= estimate.high)
            print(
                f"| {result.title} | {result.count:,} | {evaluation.embedders[number].name} | "
                f"{estimate.value:.3f} | {estimate.low:.3f} to {estimate.high:.3f} | {gap} | {again:.3f} |"
            )
    return [
        f"{sum(covered)} of {len(covered)} {name} of the other half are in the first half's intervals."
        for name, covered in (("values", values), ("differences", gaps))
    ]


def main() -> None:
    """Compare on both halves."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    papers = read_papers("balanced", count)
    vectors = vectors_of("balanced", papers)
    halves = []
    for half in (0, 1):
        judged = judged_half(papers, half)
        embedded = embedded_half(judged, vectors[half::2])
        started = time.process_time()
        halves.append(compare(judged, embedded, Settings(), seed=half))
        print(f"half {half}: {time.process_time() - started:.0f} CPU s", flush=True)
    print("\n".join(["", *show(*halves)]))
    for verdict in halves[0].verdicts:
        print(verdict.sentence)
    if len(sys.argv) > 2:
        Path(sys.argv[2]).write_bytes(draw_evaluation(halves[0]))


if __name__ == "__main__":
    main()
