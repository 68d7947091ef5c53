"""Run one method of finding topics in its own process, to measure its time and peak memory.

`topics.py` starts this script and scores its results. Vectors are embedded once and kept in
data_lake/bench; every method gets the same.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

CACHE = Path("data_lake/bench")
DATA = {
    "listing": "dumps/listing/*.txt",
    "balanced": "dumps/arxiv/arxiv_snapshot_balanced.jsonl.gz",
    "sample": "dumps/arxiv/arxiv_snapshot_sample.jsonl.gz",
}
KEPT_SHARE = 1 / 1.1  # of the papers: the whole is then 10 percent more
NOISE = 0.5  # length of the noise on multiplied vectors: cosine 0.89 to the real one
TUNED_PART = 600  # papers for one in min_topic_size of the tuned BERTopic: 30 at 18,000

Labels = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]


def read_papers(name: str, count: int | None = None) -> pl.DataFrame:
    """Return the entries of a data set, one per title, ordered by a hash; "scale" multiplies two sets."""
    if name == "scale":
        real = pl.concat([read_papers("balanced"), read_papers("sample")])
        wanted = count or real.height
        copies = [
            real.with_columns(paper_id=pl.concat_str("paper_id", pl.lit(f"{copy:04d}")))
            for copy in range(-(-wanted // real.height))
        ]
        many = pl.concat(copies).head(wanted)
        hashed = [hashlib.sha256(text.encode()).hexdigest()[:16] for text in many["paper_id"]]
        return many.with_columns(paper_id=pl.Series(hashed))
    from paperlake.dumps.stage import parse_file  # noqa: PLC0415
    from paperlake.settings import Settings  # noqa: PLC0415

    folder = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data"))
    entries = pl.concat([parse_file(dump, Settings())[1] for dump in sorted(folder.glob(DATA[name]))])
    entries = entries.unique(pl.col("title").str.to_lowercase(), keep="first", maintain_order=True)
    entries = entries.unique("entry_id", maintain_order=True).rename({"entry_id": "paper_id"})
    return entries.sort("paper_id").head(count or entries.height)


def texts_of(papers: pl.DataFrame) -> list[str]:
    """Return the embedded text of each paper."""
    from paperlake.embedding.text import text_to_embed  # noqa: PLC0415

    return [text_to_embed(*row) for row in papers.select("title", "abstract").iter_rows()]


def vectors_of(name: str, papers: pl.DataFrame) -> Vectors:
    """Return vectors of the default embedder, computed once; those of "scale" are real ones with noise."""
    if name == "scale":
        parts = [vectors_of(part, read_papers(part)) for part in ("balanced", "sample")]
        real = np.concatenate(parts)
        random = np.random.default_rng(0)
        many = np.empty((papers.height, real.shape[1]), dtype=np.float32)
        for start in range(0, len(many), len(real)):
            part = many[start : start + len(real)]
            noise = random.normal(size=part.shape).astype(np.float32) / np.sqrt(part.shape[1])
            part[:] = real[: len(part)] + (NOISE * noise if start else 0.0)
        return many
    from paperlake.embedding.choosing.registry import make_embedder  # noqa: PLC0415
    from paperlake.settings import Settings  # noqa: PLC0415

    texts = texts_of(papers)
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / f"{hashlib.sha256(chr(0).join(texts).encode()).hexdigest()[:16]}.npy"
    if not path.exists():
        print(f"Embedding {len(texts):,} texts once ...", flush=True)
        np.save(path, make_embedder(Settings()).embed(texts)[0])
    vectors: Vectors = np.load(path)
    return vectors


def kept_rows(count: int) -> Rows:
    """Return a random sample of the papers of which all papers are 10 percent more."""
    return np.sort(np.random.default_rng(0).permutation(count)[: int(count * KEPT_SHARE)])


def ours(papers: pl.DataFrame, vectors: Vectors, _target: int) -> dict[str, Labels]:
    """Run paperlake at both levels."""
    from paperlake.settings import Settings  # noqa: PLC0415
    from paperlake.topics.fit import fit_topics  # noqa: PLC0415

    filed = fit_topics(papers, vectors, Settings()).paper_topics
    found = {}
    for level, name in ((2, "paperlake subtopics"), (1, "paperlake topics")):
        rows = papers.select("paper_id").join(
            filed.filter(pl.col("level") == level), on="paper_id", how="left", maintain_order="left"
        )
        # Ids as numbers: the same topic has the same number in every fit.
        ids = np.array([int(name[:15], 16) for name in rows["topic_id"]])
        found[name] = np.where(rows["is_outlier"].to_numpy(), -1, ids)
    return found


def bertopic(papers: pl.DataFrame, vectors: Vectors, _target: int) -> dict[str, Labels]:
    """Run BERTopic with its defaults."""
    return {"BERTopic": _bertopic(papers, vectors, None)}


def tuned_bertopic(papers: pl.DataFrame, vectors: Vectors, _target: int) -> dict[str, Labels]:
    """Run BERTopic with a minimum topic size that suits the number of papers."""
    least = max(5, round(papers.height / TUNED_PART))
    return {"BERTopic tuned": _bertopic(papers, vectors, least)}


def _bertopic(papers: pl.DataFrame, vectors: Vectors, least: int | None) -> Labels:
    from bertopic import BERTopic  # noqa: PLC0415

    model = BERTopic() if least is None else BERTopic(min_topic_size=least)
    return np.asarray(model.fit_transform(texts_of(papers), vectors)[0])


def evoc(_papers: pl.DataFrame, vectors: Vectors, target: int) -> dict[str, Labels]:
    """Run EVoC with its defaults, and take the layer with about as many topics as categories; no labels."""
    from evoc import EVoC  # noqa: PLC0415

    model = EVoC()
    labels = np.asarray(model.fit_predict(vectors))
    layer = min(model.cluster_layers_, key=lambda layer: abs(int(layer.max()) + 1 - target))
    return {"EVoC": labels, "EVoC layer": np.asarray(layer)}


def kmeans(_papers: pl.DataFrame, vectors: Vectors, target: int) -> dict[str, Labels]:
    """Run k-means with the number of categories; it gives no labels."""
    from sklearn.cluster import KMeans  # noqa: PLC0415

    return {"k-means, right k": KMeans(target, n_init=1).fit_predict(vectors).astype(np.int64)}


METHODS: dict[str, Callable[[pl.DataFrame, Vectors, int], dict[str, Labels]]] = {
    "ours": ours,
    "bertopic": bertopic,
    "tuned_bertopic": tuned_bertopic,
    "evoc": evoc,
    "kmeans": kmeans,
}


def main() -> None:
    """Run one method on all papers, and if requested a second time and on a part of them."""
    method, name, count, target, path = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:5]), sys.argv[5]
    once = "once" in sys.argv
    papers = read_papers(name, count or None)
    vectors = vectors_of(name, papers)
    found: dict[str, Labels] = {}
    times, cpu_times = [], []
    kept = kept_rows(papers.height)
    runs = {"full": np.arange(papers.height), "again": np.arange(papers.height), "part": kept}
    for run, rows in list(runs.items())[: 1 if once else 3]:
        started, cpu_started = time.perf_counter(), time.process_time()
        labels = METHODS[method](papers if run != "part" else papers[rows], vectors[rows], target)
        times.append(time.perf_counter() - started)
        cpu_times.append(time.process_time() - cpu_started)
        if run == "full":
            found["peak_mb"] = np.array(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        found |= {f"{run}:{name}": values for name, values in labels.items()}
    np.savez(path, seconds=np.array(times), cpu_seconds=np.array(cpu_times), **found)


if __name__ == "__main__":
    main()
