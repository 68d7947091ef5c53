"""Compare ways to rank papers for a reading list.

Needs PAPERLAKE_REAL_DATA. For each of the 60 categories of the balanced sample, 20 of its papers are the
list; the rest is ranked, and the measure is the share of the category among the first 50. Parameters are
chosen on other draws of the lists than those that are reported.

    python benchmarks/reading_lists.py [papers, 0: all]           the comparison
    python benchmarks/reading_lists.py [papers] tune              the parameters of each method
    python benchmarks/reading_lists.py [papers] fits              which papers fit a list, by the least score
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC
from topic_methods import read_papers, texts_of, vectors_of

from paperlake.reading_lists.model import Background, ListModel

LISTED = 20
FIRST = 50
REPORTED_DRAWS = (0, 1)
TUNING_DRAW = 9

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Ranker = Callable[[Rows], Numbers]
"""Takes the rows of the listed papers, returns a score of every paper."""


class Data:
    """The papers, their vectors and their words."""

    def __init__(self, count: int) -> None:
        self.papers = read_papers("balanced", count or None)
        self.vectors = vectors_of("balanced", self.papers)
        self.categories = self.papers["categories"].list.first().to_numpy()
        # arxiv-sanity-lite's: compute.py of github.com/karpathy/arxiv-sanity-lite
        vectorizer = TfidfVectorizer(
            strip_accents="unicode", stop_words="english", token_pattern=r"(?u)\b[a-zA-Z_][a-zA-Z0-9_]+\b",
            ngram_range=(1, 2), max_features=20_000, sublinear_tf=True, max_df=0.1, min_df=5,
            dtype=np.float32,
        )  # fmt: skip
        self.words = sparse.csr_matrix(vectorizer.fit_transform(self._texts()))

    def _texts(self) -> list[str]:
        names = self.papers["authors"].list.join(" ").fill_null("")
        return [f"{text} {authors}" for text, authors in zip(texts_of(self.papers), names, strict=True)]

    def lists(self, draw: int) -> Iterator[tuple[str, Rows]]:
        """Yield each category with the rows of its listed papers."""
        random = np.random.default_rng(draw)
        for category in sorted(set(self.categories)):
            rows = np.flatnonzero(self.categories == category)
            yield category, np.sort(random.choice(rows, LISTED, replace=False))


def methods(data: Data) -> dict[str, Ranker]:
    """Return the compared methods with the parameters that `tune` found best."""
    background = Background.of(data.vectors)
    both = sparse.hstack([sparse.csr_matrix(data.vectors), data.words]).tocsr()
    return {
        "paperlake": lambda listed: data.vectors @ background.direction(data.vectors[listed]),
        "nearest to the mean of the vectors": nearest_to_mean(data.vectors),
        "nearest to any listed paper": nearest_to_any(data.vectors),
        "TF-IDF + SVM (arxiv-sanity-lite)": svm(data.words, 0.01),
        "vectors + SVM": svm(data.vectors, 0.01),
        "vectors + logistic regression": logistic(data.vectors, 0.3),
        "vectors and TF-IDF + SVM": svm(both, 0.003),
    }  # fmt: skip


def nearest_to_mean(vectors: npt.NDArray[np.float32]) -> Ranker:
    return lambda listed: vectors @ vectors[listed].mean(axis=0)


def nearest_to_any(vectors: npt.NDArray[np.float32]) -> Ranker:
    return lambda listed: (vectors @ vectors[listed].T).max(axis=1)


def svm(features: object, cost: float) -> Ranker:
    """Return arxiv-sanity-lite's ranking (serve.py): the list against the rest, classes balanced."""

    def rank(listed: Rows) -> Numbers:
        is_listed = np.zeros(features.shape[0])  # type: ignore[attr-defined]
        is_listed[listed] = 1.0
        model = LinearSVC(class_weight="balanced", max_iter=10_000, tol=1e-6, C=cost, random_state=0)
        return model.fit(features, is_listed).decision_function(features)

    return rank


def logistic(features: object, cost: float) -> Ranker:
    def rank(listed: Rows) -> Numbers:
        is_listed = np.zeros(features.shape[0])  # type: ignore[attr-defined]
        is_listed[listed] = 1.0
        model = LogisticRegression(class_weight="balanced", C=cost, max_iter=1000)
        return model.fit(features, is_listed).decision_function(features)

    return rank


def shares_of(data: Data, ranker: Ranker, draws: tuple[int, ...]) -> tuple[Numbers, float]:
    """Return the share of each list, and CPU seconds for a list."""
    begin = time.process_time()
    shares = []
    for draw in draws:
        for category, listed in data.lists(draw):
            scores = ranker(listed).astype(np.float64)
            scores[listed] = -np.inf
            first = np.argsort(-scores, kind="stable")[:FIRST]
            shares.append((data.categories[first] == category).mean())
    return np.array(shares), (time.process_time() - begin) / len(shares)


def mean_and_error(values: Numbers) -> str:
    """Return the mean and its standard error over the lists."""
    return f"{values.mean():.3f} ± {values.std(ddof=1) / np.sqrt(len(values)):.3f}"


def tune(data: Data) -> None:
    """Print the share of each method over its parameter, on lists that are not reported."""
    both = sparse.hstack([sparse.csr_matrix(data.vectors), data.words]).tocsr()
    tried: dict[str, Ranker] = {}
    for shrinkage in (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0):
        background = Background.of(data.vectors, shrinkage)
        tried[f"paperlake, shrinkage {shrinkage}"] = lambda listed, background=background: (
            data.vectors @ background.direction(data.vectors[listed])
        )
    for cost in (0.001, 0.003, 0.01, 0.03, 0.1):
        tried[f"vectors + SVM, C {cost}"] = svm(data.vectors, cost)
        tried[f"vectors + logistic regression, C {cost * 100:.1f}"] = logistic(data.vectors, cost * 100)
        tried[f"vectors and TF-IDF + SVM, C {cost}"] = svm(both, cost)
        tried[f"TF-IDF + SVM, C {cost}"] = svm(data.words, cost)
    for name, ranker in tried.items():
        shares, seconds = shares_of(data, ranker, (TUNING_DRAW,))
        print(f"{name}: {mean_and_error(shares)}, {seconds:.2f} CPU s for a list", flush=True)


def fits(data: Data) -> None:
    """Print which papers of the rest have at least a score: of the category, and of all."""
    background = Background.of(data.vectors)
    for least in (0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        found, kept, share = [], [], []
        for category, listed in data.lists(TUNING_DRAW):
            model = ListModel.of(background, data.vectors[listed])
            scores = (data.vectors @ model.direction - model.origin) / model.scale
            rest = np.ones(len(scores), dtype=bool)
            rest[listed] = False
            is_same, is_fitting = rest & (data.categories == category), rest & (scores >= least)
            kept.append((is_same & is_fitting).sum() / is_same.sum())
            found.append((is_same & is_fitting).sum() / max(is_fitting.sum(), 1))
            share.append(is_fitting.mean())
        print(
            f"{least}: {np.mean(kept):.2f} of the category, {np.mean(share):.3f} of all papers; "
            f"{np.mean(found):.2f} of those that fit are of the category"
        )


def main() -> None:
    data = Data(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"{data.papers.height:,} papers, {len(set(data.categories))} categories")
    if "tune" in sys.argv:
        tune(data)
        return
    if "fits" in sys.argv:
        fits(data)
        return
    print(
        "| method | share of the category among the first 50 | less than paperlake's by | CPU s for a list |"
    )
    print("|---|---:|---:|---:|")
    ours: Numbers | None = None
    for name, ranker in methods(data).items():
        shares, seconds = shares_of(data, ranker, REPORTED_DRAWS)
        ours = shares if ours is None else ours
        print(
            f"| {name} | {mean_and_error(shares)} | {mean_and_error(ours - shares)} | {seconds:.3f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
