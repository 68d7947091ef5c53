"""Papers and their vectors in, the three topic tables out: a pure function.

Rows are worked on in the order of paper_id, so that neither the order of dumps nor of parts matters. The
steps are in `clustering.py`, `membership.py`, `labels.py`, `trends.py` and `map.py`; files are the business
of `stage.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.errors import PaperlakeError
from paperlake.schemas import EMERGING_TOPICS, PAPER_TOPICS, TOPIC_EVENTS, TOPIC_TRENDS, TOPICS
from paperlake.settings import Settings
from paperlake.topics.clustering import Groups, group_papers
from paperlake.topics.emerging import rank_emerging
from paperlake.topics.geometry import Flags, Floats, Ints, centred, find_neighbours, to_grid
from paperlake.topics.labels import BROAD, NARROW, Labeller, Naming
from paperlake.topics.map import MapLayout, lay_out
from paperlake.topics.membership import NEIGHBOUR_COUNT, Membership, find_outliers, judge_membership
from paperlake.topics.phrases import build_phrases
from paperlake.topics.trends import count_trends

FEW_PAPERS = 30  # below this, a phrase of a single paper may have to do
LEAST_CENTRALITY = 0.05  # what even a paper at the rim says about the label
REPRESENTATIVES = 5  # papers shown for a topic
READ_PAPERS = 40  # most central papers of a subtopic that its label is made from: enough words, bounded work


@dataclass(frozen=True)
class TopicTables:
    """The public tables of the topics stage."""

    topics: pl.DataFrame
    paper_topics: pl.DataFrame
    topic_trends: pl.DataFrame
    emerging_topics: pl.DataFrame = field(default_factory=EMERGING_TOPICS.empty)
    topic_events: pl.DataFrame = field(default_factory=TOPIC_EVENTS.empty)


def fit_topics(papers: pl.DataFrame, vectors: npt.NDArray[np.float32], settings: Settings) -> TopicTables:
    """File papers under topics and subtopics, name these, and count them by month.

    Args:
        papers: Columns paper_id, title, abstract, published_date of the papers table, in any order.
        vectors: (papers, dimensions) one a row of `papers`; scaled to unit length here.
        settings: `topic_min_papers` decides the least size of a subtopic.

    Raises:
        PaperlakeError: A vector is not finite or zero; the message names the paper.
    """
    if papers.is_empty():
        return TopicTables(TOPICS.empty(), PAPER_TOPICS.empty(), TOPIC_TRENDS.empty())
    order = papers["paper_id"].arg_sort().to_numpy()
    papers = papers[order]
    vectors = vectors[order]
    _refuse_broken(papers["paper_id"].to_list(), vectors)
    raw = to_grid(vectors)
    grid = centred(raw)
    neighbours = find_neighbours(raw, NEIGHBOUR_COUNT)
    outside = find_outliers(neighbours.cosines)
    groups = group_papers(grid, neighbours.rows, outside, settings.topic_min_papers)
    membership = judge_membership(grid, neighbours.rows, outside, groups)
    layout = lay_out(grid, groups, membership)
    topics, ids = _topics_table(papers, groups, membership, layout)
    paper_topics = _paper_topics_table(papers["paper_id"], ids, groups, membership, layout)
    trends, emerging = count_trends(papers, paper_topics), rank_emerging(papers, paper_topics)
    return TopicTables(topics, paper_topics, trends, emerging)


def _refuse_broken(paper_ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
    """Name the papers whose vectors cannot be compared."""
    finite = np.isfinite(vectors).all(axis=1)
    broken = np.flatnonzero(~(finite & (vectors != 0).any(axis=1)))
    if broken.size:
        named = ", ".join(paper_ids[row] for row in broken[:5])
        raise PaperlakeError(
            f"Cannot find topics: the vectors of {broken.size:,} of {len(paper_ids):,} papers hold NaN or "
            f"infinity, or are all zero ({named}). Delete their parts under embeddings/ and run again."
        )


def topic_id(level: int, paper_id: str) -> str:
    """The id of the topic of a level whose most central paper is `paper_id`."""
    return hashlib.sha256(f"topic {level} {paper_id}".encode()).hexdigest()[:16]


def _topics_table(
    papers: pl.DataFrame, groups: Groups, membership: Membership, layout: MapLayout
) -> tuple[pl.DataFrame, list[list[str]]]:
    """The topics table, and the topic ids of both levels by number of the group."""
    levels = (
        (1, groups.topic, membership.topic_centrality, layout.topics),
        (2, groups.subtopic, membership.centrality, layout.subtopics),
    )
    namings = _name_levels(papers, groups, membership)
    ids: list[list[str]] = []
    rows = []
    for (level, numbers, centrality, places), names in zip(levels, namings, strict=True):
        central = _most_central(numbers, centrality, membership.is_outlier)
        paper_ids = [[papers["paper_id"][row] for row in members.tolist()] for members in central]
        ids.append([topic_id(level, members[0]) for members in paper_ids])
        sizes = np.bincount(numbers[~membership.is_outlier], minlength=len(central))
        for number, naming in enumerate(names):
            rows.append(
                {
                    "topic_id": ids[-1][number],
                    "parent_topic_id": ids[0][int(groups.topic_of[number])] if level == 2 else None,
                    "level": level,
                    "label": naming.label,
                    "keywords": naming.keywords,
                    "paper_count": int(sizes[number]),
                    "representative_paper_ids": paper_ids[number][:REPRESENTATIVES],
                    "coherence": naming.coherence,
                    "x": float(places[number, 0]),
                    "y": float(places[number, 1]),
                }
            )
    return TOPICS.frame(rows), ids


def _most_central(groups: Ints, centrality: Floats, is_outlier: Flags) -> list[Ints]:
    """The papers of each group but outliers, most central first; equal ones in order of paper_id."""
    order = np.argsort(-np.round(centrality, 6), kind="stable")
    order = order[~is_outlier[order]]
    return [order[groups[order] == group] for group in range(int(groups.max()) + 1)]


def _name_levels(papers: pl.DataFrame, groups: Groups, membership: Membership) -> list[list[Naming]]:
    """Names of all topics and of all subtopics, made from the most central papers of each subtopic."""
    central = _most_central(groups.subtopic, membership.centrality, membership.is_outlier)
    read = np.sort(np.concatenate([members[:READ_PAPERS] for members in central]))
    titles = papers["title"].gather(read).to_list()
    least = 1 if len(read) < FEW_PAPERS else 2
    labeller = Labeller(build_phrases(titles, papers["abstract"].gather(read).to_list(), least))
    subtopic = groups.subtopic[read]
    weights = np.maximum(membership.centrality[read], LEAST_CENTRALITY)
    topic_count = int(groups.topic_of.max()) + 1
    first_titles = [papers["title"][int(members[0])] for members in central]
    topic_titles = [
        first_titles[int(np.flatnonzero(groups.topic_of == topic)[0])] for topic in range(topic_count)
    ]
    no_parent = np.zeros(topic_count, dtype=np.int64)
    limits = [BROAD if parts > 1 else NARROW for parts in np.bincount(groups.topic_of).tolist()]
    # Subtopics first: the narrow name belongs to the narrow folder.
    subtopics = labeller.name_topics(
        subtopic, groups.topic_of, weights, first_titles, [NARROW] * len(central)
    )
    topics = labeller.name_topics(groups.topic_of[subtopic], no_parent, weights, topic_titles, limits)
    return [topics, subtopics]


def _paper_topics_table(
    paper_ids: pl.Series, ids: list[list[str]], groups: Groups, membership: Membership, layout: MapLayout
) -> pl.DataFrame:
    """One row a paper and level, in the order of paper_id and level."""
    levels = (
        (1, groups.topic, membership.topic_score),
        (2, groups.subtopic, membership.score),
    )
    frames = [
        pl.DataFrame(
            {
                "paper_id": paper_ids,
                "topic_id": np.array(ids[level - 1])[numbers],
                "level": np.full(len(numbers), level, dtype=np.int64),
                "score": scores,
                "is_outlier": membership.is_outlier,
                "x": layout.papers[:, 0],
                "y": layout.papers[:, 1],
            },
            schema=PAPER_TOPICS.dtypes,
        )
        for level, numbers, scores in levels
    ]
    return pl.concat(frames).sort("paper_id", "level")
