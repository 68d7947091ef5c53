"""Topics of paperlake against BERTopic and EVoC (where installed) on the same vectors, in one run.

Needs PAPERLAKE_REAL_DATA; vectors are embedded once and kept in data_lake/bench. Every clustering is scored
alike: its words are the top 10 of class-based TF-IDF, coherence is NPMI over documents. AMI and V-measure
are against the first category of each paper. Peers appear as they come and with outliers sent to the
nearest centroid ("reassigned").

    python benchmarks/topics.py [listing|balanced|sample, default listing] [papers, default all]
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score

from paperlake.dumps.parse import parse_file
from paperlake.embedding.registry import make_embedder
from paperlake.embedding.text import text_to_embed
from paperlake.settings import Settings
from paperlake.topics.fit import fit_topics

CACHE = Path("data_lake/bench")
DATA = {
    "listing": "dumps/listing/*.txt",
    "balanced": "dumps/arxiv/arxiv_snapshot_balanced.jsonl.gz",
    "sample": "dumps/arxiv/arxiv_snapshot_sample.jsonl.gz",
}
TOP_WORDS = 10
KEPT_SHARE = 1 / 1.1  # of the papers: the whole is then 10 percent more

Labels = npt.NDArray[np.int64]
Vectors = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]
Cluster = Callable[[Rows], Labels]  # the topic of each of the given papers, -1 for outliers


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "listing"
    papers = read_papers(name, int(sys.argv[2]) if len(sys.argv) > 2 else None)
    texts = [text_to_embed(*row) for row in papers.select("title", "abstract").iter_rows()]
    vectors = embed_once(texts)
    categories = papers["categories"].list.first().fill_null("").to_list()
    everything = np.arange(papers.height)
    kept = np.sort(np.random.default_rng(0).permutation(papers.height)[: int(papers.height * KEPT_SHARE)])
    print(f"{name}: {papers.height:,} papers, {len(set(categories))} categories")
    print("method                    topics outliers   NPMI diversity    AMI      V  twice    +10%  seconds")
    for method, cluster in methods(papers, texts, vectors).items():
        started = time.perf_counter()
        labels = cluster(everything)
        seconds = time.perf_counter() - started
        twice = adjusted_rand_score(labels, cluster(everything))
        more = adjusted_rand_score(labels[kept], cluster(kept))
        report(method, texts, labels, categories, f"{twice:6.3f}  {more:6.3f} {seconds:8.1f}")
        if (labels < 0).any():
            report(f"  {method} reassigned", texts, reassigned(labels, vectors), categories, "")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def read_papers(name: str, count: int | None) -> pl.DataFrame:
    """Entries of the data set, one a title, in the order of a hash."""
    folder = Path(os.environ.get("PAPERLAKE_REAL_DATA", "../shared/data"))
    entries = pl.concat([parse_file(dump, Settings())[1] for dump in sorted(folder.glob(DATA[name]))])
    entries = entries.unique(pl.col("title").str.to_lowercase(), keep="first", maintain_order=True)
    entries = entries.unique("entry_id", maintain_order=True).rename({"entry_id": "paper_id"})
    return entries.sort("paper_id").head(count or entries.height)


def embed_once(texts: list[str]) -> Vectors:
    """Vectors of the default embedder, kept between runs."""
    CACHE.mkdir(parents=True, exist_ok=True)
    path = CACHE / f"{hashlib.sha256(chr(0).join(texts).encode()).hexdigest()[:16]}.npy"
    if not path.exists():
        print(f"Embedding {len(texts):,} texts once ...", flush=True)
        np.save(path, make_embedder(Settings()).embed(texts))
    vectors: Vectors = np.load(path)
    return vectors


def methods(papers: pl.DataFrame, texts: list[str], vectors: Vectors) -> dict[str, Cluster]:
    """Ours at both levels, and the peers that are installed."""
    found: dict[str, Cluster] = {
        "paperlake subtopics": lambda rows: ours(papers[rows], vectors[rows], level=2),
        "paperlake topics": lambda rows: ours(papers[rows], vectors[rows], level=1),
    }
    if importlib.util.find_spec("bertopic"):
        tuned = max(5, round(papers.height / 600))
        found["BERTopic"] = lambda rows: bertopic([texts[row] for row in rows], vectors[rows], 10)
        found[f"BERTopic (size {tuned})"] = lambda rows: bertopic(
            [texts[row] for row in rows], vectors[rows], tuned
        )
    if importlib.util.find_spec("evoc"):
        found["EVoC"] = lambda rows: evoc(vectors[rows])
    return found


def ours(papers: pl.DataFrame, vectors: Vectors, level: int) -> Labels:
    """Our topics of a level."""
    filed = fit_topics(papers, vectors, Settings()).paper_topics.filter(pl.col("level") == level)
    rows = papers.join(filed, on="paper_id", how="left", maintain_order="left")
    _, labels = np.unique(rows["topic_id"].to_numpy(), return_inverse=True)
    return np.where(rows["is_outlier"].to_numpy(), -1, labels)


def bertopic(texts: list[str], vectors: Vectors, least: int) -> Labels:
    """BERTopic with its defaults but the least topic size."""
    from bertopic import BERTopic  # noqa: PLC0415

    return np.asarray(BERTopic(min_topic_size=least).fit_transform(texts, vectors)[0])


def evoc(vectors: Vectors) -> Labels:
    """EVoC as it comes."""
    from evoc import EVoC  # noqa: PLC0415

    return np.asarray(EVoC().fit_predict(vectors))


def reassigned(labels: Labels, vectors: Vectors) -> Labels:
    """Outliers sent to the nearest centroid."""
    names = np.unique(labels[labels >= 0])
    centroids = np.stack([vectors[labels == name].mean(axis=0) for name in names])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    return np.where(labels < 0, names[(vectors @ centroids.T).argmax(axis=1)], labels)


def report(method: str, texts: list[str], labels: Labels, categories: list[str], rest: str) -> None:
    """One line of the table."""
    npmi, diversity = coherence(texts, labels)
    ami = adjusted_mutual_info_score(categories, labels)
    v_measure = v_measure_score(categories, labels)
    print(
        f"{method:25} {len(set(labels[labels >= 0])):6} {(labels < 0).mean():8.3f} {npmi:6.3f}"
        f" {diversity:9.3f} {ami:6.3f} {v_measure:6.3f} {rest}",
        flush=True,
    )


def coherence(texts: list[str], labels: Labels) -> tuple[float, float]:
    """Mean NPMI of the topics' top words over documents, and the share of different words among them."""
    counter = CountVectorizer(stop_words="english", min_df=2, max_features=20_000)
    counts = counter.fit_transform(texts)
    held = (counts > 0).astype(np.float64).tocsc()
    names = np.unique(labels[labels >= 0])
    frequency = np.stack([np.asarray(counts[labels == name].sum(axis=0)).ravel() for name in names])
    weight = frequency / frequency.sum(axis=1, keepdims=True)
    weight = weight * np.log1p(frequency.sum() / len(names) / np.maximum(frequency.sum(axis=0), 1))
    top = np.argsort(-weight, axis=1, kind="stable")[:, :TOP_WORDS]
    scores = []
    for words in top:
        joint = (held[:, words].T @ held[:, words]).toarray() / len(texts)
        alone = np.diag(joint)
        first, second = np.triu_indices(TOP_WORDS, 1)
        both = joint[first, second]
        with np.errstate(divide="ignore", invalid="ignore"):
            npmi = np.log(both / (alone[first] * alone[second])) / -np.log(both)
        scores.append(float(np.where(both > 0, npmi, -1.0).mean()))
    return float(np.mean(scores)), len(np.unique(top)) / top.size


if __name__ == "__main__":
    main()
