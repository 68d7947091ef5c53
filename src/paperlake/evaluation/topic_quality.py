"""Compare the topics that vectors give with the categories that came with the data (AMI)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import adjusted_mutual_info_score

from paperlake.evaluation.judged_papers import JudgedPapers
from paperlake.settings import Settings
from paperlake.topics.fit import group_papers
from paperlake.vectors.arrays import Floats, Ints, Vectors

MIN_FILED_PAPERS = 100  # with a category: in half of them topics can be found
HALVES = 10
LEVELS = ("topics", "subtopics")


def missing_categories(judged: JudgedPapers) -> str | None:
    """Return the reason why topics cannot be compared with categories; None where they can."""
    filed = judged.categories[judged.categories >= 0]
    if not len(filed):
        return "no paper has a category"
    if len(filed) < MIN_FILED_PAPERS:
        return f"{len(filed):,} papers with a category, {MIN_FILED_PAPERS} are needed"
    if len(np.unique(filed)) == 1:
        return "all papers have the same category"
    return None


def agreement(
    judged: JudgedPapers, embedded: Sequence[Vectors], settings: Settings, seed: int
) -> tuple[Floats, Floats]:
    """Find topics in the papers that have a category, and in random halves of them, and compare them.

    Args:
        judged: The papers.
        embedded: For each embedder (papers, dimension).
        settings: `topic_min_papers` is used.
        seed: Of the halves.

    Returns:
        Adjusted mutual information with the first categories, of all papers (levels, embedders) and of the
        halves (levels, halves, embedders).
    """
    filed = np.flatnonzero(judged.categories >= 0)
    random = np.random.default_rng(seed)
    halves = [np.sort(random.permutation(filed)[: len(filed) // 2]) for _ in range(HALVES)]
    full = np.array([_scores(judged, vectors, filed, settings) for vectors in embedded]).T
    parts = np.array([[_scores(judged, one, rows, settings) for one in embedded] for rows in halves])
    return full, np.moveaxis(parts, 2, 0)


def _scores(judged: JudgedPapers, vectors: Vectors, rows: Ints, settings: Settings) -> list[float]:
    """Return the agreement of topics and of subtopics."""
    ids = judged.papers["paper_id"].gather(rows).to_list()
    found = group_papers(ids, vectors[rows], settings)
    return [
        float(adjusted_mutual_info_score(judged.categories[rows], level.groups))
        for level in (found.topics, found.subtopics)
    ]
