"""Papers and their vectors in, the three topic tables out: a pure function.

Rows are worked on in the order of paper_id, so that neither the order of dumps nor of parts matters. The
steps are in `clustering.py`, `membership.py`, `labels.py`, `trends.py` and `map.py`; files are the business
of `stage.py`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from paperlake.errors import PaperlakeError
from paperlake.schemas import PAPER_TOPICS, TOPIC_TRENDS, TOPICS
from paperlake.settings import Settings
from paperlake.topics.clustering import Groups, group_papers
from paperlake.topics.geometry import Floats, Ints, centred, to_grid
from paperlake.topics.labels import Labeller, Naming
from paperlake.topics.map import MapLayout, lay_out
from paperlake.topics.membership import Membership, judge_membership
from paperlake.topics.phrases import build_phrases
from paperlake.topics.trends import count_trends

REPRESENTATIVES = 5  # papers shown for a topic
READ_PAPERS = 60  # most central papers of a subtopic that its label is made from: enough words, bounded work


@dataclass(frozen=True)
class TopicTables:
    """The three public tables of the topics stage."""

    topics: pl.DataFrame
    paper_topics: pl.DataFrame
    topic_trends: pl.DataFrame


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
    groups = group_papers(grid, settings.topic_min_papers)
    membership = judge_membership(grid, raw, groups)
    layout = lay_out(grid, groups, membership)
    topics = _topics_table(papers, grid, groups, membership, layout)
    paper_topics = _paper_topics_table(papers, topics, groups, membership, layout)
    return TopicTables(topics.drop("number"), paper_topics, count_trends(papers, paper_topics))
