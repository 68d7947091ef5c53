"""Compare topics of paperlake with BERTopic, EVoC and k-means on the same vectors, in one run.

Needs PAPERLAKE_REAL_DATA and the extra `bench`. Every clustering is scored the same way: its words are the
top 10 of class-based TF-IDF, coherence is NPMI over documents, AMI and V-measure are against the first
category of each paper. Each method is also scored with its outliers assigned to the nearest centroid
("reassigned").

    python benchmarks/topics.py [listing|balanced|sample] [papers, 0: all] [METHOD ...]   the comparison
    python benchmarks/topics.py scale PAPERS [METHOD ...]   time and memory on real vectors with noise
    python benchmarks/topics.py planted                     are papers of distant fields outliers?
    python benchmarks/topics.py calibration                 are scores calibrated?
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score, v_measure_score
from topic_methods import METHODS, Labels, Vectors, kept_rows, read_papers, texts_of, vectors_of

TOP_WORDS = 10
VOCABULARY = 20_000  # most frequent words, for coherence
FAR_OFF = (
    "hep-th", "math.AG", "math.GR", "math.GT", "nlin.SI", "physics.optics", "physics.plasm-ph", "q-bio.PE",
)  # fmt: skip
PLANTED = 200
HALVES = {"listing": 10, "balanced": 2, "sample": 2}  # fits of a random half that a fit is compared with
BINS = 10


def main() -> None:
    task = sys.argv[1] if len(sys.argv) > 1 else "listing"
    if task == "planted":
        plant_far_off()
    elif task == "calibration":
        calibrate()
    elif task == "scale":
        for method in sys.argv[3:] or ["ours"]:
            done = run_method(method, task, int(sys.argv[2]), 60, once=True)
            print(
                f"{method}: {done['seconds'][0]:.1f} s, {done['cpu_seconds'][0]:.1f} CPU s, "
                f"{done['peak_mb']:,.0f} MB at {int(sys.argv[2]):,}"
            )
    else:
        compare(task, int(sys.argv[2]) if len(sys.argv) > 2 else 0, sys.argv[3:] or list(METHODS))


def compare(name: str, count: int, methods: Sequence[str]) -> None:
    """Print the table of the methods on one data set."""
    papers = read_papers(name, count or None)
    vectors = vectors_of(name, papers)
    categories = papers["categories"].list.first().fill_null("").to_list()
    target = len(set(categories)) if any(categories) else 20
    scorer = Scorer(texts_of(papers), categories)
    kept = kept_rows(papers.height)
    print(f"{name}: {papers.height:,} papers, {len(set(categories))} categories")
    print(
        "| method | topics | outliers | NPMI | diversity | AMI | V | ARI twice | ARI +10% | same id +10% "
        "| s first | s again | CPU s again | MB |"
    )
    print("|---|" + "---:|" * 13)
    for method in methods:
        done = run_method(method, name, count, target)
        for title in [key.removeprefix("full:") for key in done if key.startswith("full:")]:
            full, again, part = (done[f"{run}:{title}"] for run in ("full", "again", "part"))
            same = f"{(full[kept] == part).mean():.3f}" if method == "ours" else "–"
            first, warm, cpu = *done["seconds"][:2], done["cpu_seconds"][1]
            rest = (
                f"{adjusted_rand_score(full, again):.3f} | {adjusted_rand_score(full[kept], part):.3f} | "
                f"{same} | {first:.1f} | {warm:.1f} | {cpu:.1f} | {done['peak_mb']:,.0f}"
            )
            print(f"| {title} | {scorer.line(full)} | {rest} |", flush=True)
            if (full < 0).any():
                print(f"| {title}, reassigned | {scorer.line(reassigned(full, vectors))} |" + " |" * 7)


def run_method(method: str, name: str, count: int, target: int, once: bool = False) -> dict[str, Labels]:
    """Run a method in its own process; return its result, time and memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "found.npz"
        script = Path(__file__).with_name("topic_methods.py")
        command = [sys.executable, "-W", "ignore", script, method, name, str(count), str(target), path]
        subprocess.run(command + ["once"] * once, check=True, stderr=subprocess.DEVNULL)
        with np.load(path) as found:
            return dict(found)


def reassigned(labels: Labels, vectors: Vectors) -> Labels:
    """Return the topics with outliers assigned to the nearest centroid."""
    names = np.unique(labels[labels >= 0])
    centroids = np.stack([vectors[labels == name].mean(axis=0) for name in names])
    centroids /= np.linalg.norm(centroids, axis=1, keepdims=True)
    return np.where(labels < 0, names[(vectors @ centroids.T).argmax(axis=1)], labels)


class Scorer:
    """Score clusterings of the same texts."""

    def __init__(self, texts: Sequence[str], categories: Sequence[str]) -> None:
        counter = CountVectorizer(stop_words="english", min_df=2, max_features=VOCABULARY)
        self._counts = counter.fit_transform(texts).tocsr()
        self._held = (self._counts > 0).astype(np.float64).tocsc()
        self._categories = categories

    def line(self, labels: Labels) -> str:
        """Return topics, outliers, coherence, diversity, AMI and V-measure as cells of a table."""
        npmi, diversity = self.coherence(labels)
        # With all outliers as one group, the score would depend on their number alone.
        ami = adjusted_mutual_info_score(self._categories, labels)
        v_measure = v_measure_score(self._categories, labels)
        return (
            f"{len(np.unique(labels[labels >= 0]))} | {(labels < 0).mean():.3f} | {npmi:.3f} | "
            f"{diversity:.3f} | {ami:.3f} | {v_measure:.3f}"
        )

    def coherence(self, labels: Labels) -> tuple[float, float]:
        """Return mean NPMI of the top words of topics over documents, and the share of distinct words."""
        names = np.unique(labels[labels >= 0])
        rows = [np.asarray(self._counts[labels == name].sum(axis=0)).ravel() for name in names]
        frequency = np.stack(rows)
        weight = frequency / frequency.sum(axis=1, keepdims=True)
        weight = weight * np.log1p(frequency.sum() / len(names) / np.maximum(frequency.sum(axis=0), 1))
        top = np.argsort(-weight, axis=1, kind="stable")[:, :TOP_WORDS]
        scores = []
        for words in top:
            held = self._held[:, words]
            joint = (held.T @ held).toarray() / held.shape[0]
            alone = np.diag(joint)
            first, second = np.triu_indices(TOP_WORDS, 1)
            both = joint[first, second]
            with np.errstate(divide="ignore", invalid="ignore"):
                npmi = np.log(both / (alone[first] * alone[second])) / -np.log(both)
            scores.append(float(np.where(both > 0, npmi, -1.0).mean()))
        return float(np.mean(scores)), len(np.unique(top)) / top.size


def plant_far_off() -> None:
    """Add one paper of a distant field at a time to the listing, and count those marked as outliers."""
    vectors = vectors_of("listing", read_papers("listing"))
    others = read_papers("balanced")
    far_vectors = vectors_of("balanced", others)
    rows = np.flatnonzero(others["categories"].list.first().is_in(FAR_OFF).to_numpy())
    rows = rows[np.linspace(0, len(rows) - 1, PLANTED).astype(int)]
    mixed = [outliers(np.concatenate([vectors, far_vectors[row][None]])) for row in rows]
    print(f"planted singly: {sum(int(found[-1]) for found in mixed)} of {len(rows)} marked as outliers")
    real = np.mean([found[:-1].sum() for found in mixed])
    print(f"real papers marked: {outliers(vectors).sum()} of {len(vectors)}; {real:.1f} beside a planted one")


def outliers(vectors: Vectors) -> Labels:
    """What the topics stage publishes as is_outlier."""
    from paperlake.topics.grouping.exact import to_fixed_point  # noqa: PLC0415
    from paperlake.topics.grouping.membership import NEIGHBOUR_COUNT, find_outliers  # noqa: PLC0415
    from paperlake.topics.grouping.neighbours import find_neighbours  # noqa: PLC0415

    return find_outliers(find_neighbours(to_fixed_point(vectors), NEIGHBOUR_COUNT).cosines).astype(np.int64)


def calibrate() -> None:
    """Compare scores with how often a fit of a random half assigns a paper together with the same papers."""
    print("| data | level | papers | " + " | ".join(f"{b / BINS:.1f}–" for b in range(BINS)) + " | error |")
    print("|---|---|---:|" + "---:|" * (BINS + 1))
    for name, halves in HALVES.items():
        papers = read_papers(name)
        vectors = vectors_of(name, papers)
        for level in (2, 1):
            scores, agreed = [], []
            whole, score = scored(papers, vectors, level)
            for seed in range(halves):
                half = np.sort(np.random.default_rng(seed).permutation(papers.height)[: papers.height // 2])
                part, _ = scored(papers[half], vectors[half], level)
                scores.append(score[half])
                agreed.append(same_companions(whole[half], part))
            cells, error = reliability(np.concatenate(scores), np.concatenate(agreed))
            print(f"| {name} | {level} | {papers.height:,} | {' | '.join(cells)} | {error:.3f} |", flush=True)


def scored(papers: pl.DataFrame, vectors: Vectors, level: int) -> tuple[Labels, Vectors]:
    """Return the number of each paper's topic at a level, and its score."""
    from paperlake.settings import Settings  # noqa: PLC0415
    from paperlake.topics.fit import fit_topics  # noqa: PLC0415

    filed = fit_topics(papers, vectors, Settings()).paper_topics.filter(pl.col("level") == level)
    rows = papers.select("paper_id").join(filed, on="paper_id", how="left", maintain_order="left")
    return np.unique(rows["topic_id"].to_numpy(), return_inverse=True)[1], rows["score"].to_numpy()


def same_companions(whole: Labels, part: Labels) -> Labels:
    """Return whether each paper's topic in a part is that of most papers of its topic in the whole."""
    together = np.zeros((whole.max() + 1, part.max() + 1))
    np.add.at(together, (whole, part), 1)
    return together.argmax(axis=1)[whole] == part


def reliability(scores: Vectors, agreed: Labels) -> tuple[list[str], float]:
    """Return mean score → agreement (papers) of ten bins, and the mean difference of the two."""
    bins = np.clip((scores * BINS).astype(int), 0, BINS - 1)
    cells, error = [], 0.0
    for number in range(BINS):
        inside = bins == number
        if inside.any():
            mean, share = scores[inside].mean(), agreed[inside].mean()
            error += abs(mean - share) * inside.mean()
            cells.append(f"{mean:.2f} → {share:.2f} ({inside.sum():,})")
        else:
            cells.append("–")
    return cells, error


if __name__ == "__main__":
    main()
