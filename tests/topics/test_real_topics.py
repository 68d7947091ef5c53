"""What would go wrong: topics that only work on planted vectors. Real listing dumps, the real model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.catalogue.paper_tables import PAPERS
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics.fit import fit_topics
from paperlake.topics.naming.label_text import MAX_LABEL
from paperlake.topics.naming.wordlists import function_words
from tests.support.embedding import stored_vectors

pytestmark = [pytest.mark.real_data, pytest.mark.model, pytest.mark.slow]

Listed = tuple[pl.DataFrame, npt.NDArray[np.float32]]


@pytest.fixture
def listed(real_lake: Lake) -> Listed:
    """The papers of the listing dumps and their vectors."""
    _, vectors = stored_vectors(real_lake)
    return real_lake.read(PAPERS), vectors


def test_the_finer_level_has_12_to_40_topics_and_few_outliers(listed: Listed, settings: Settings) -> None:
    papers, vectors = listed
    tables = fit_topics(papers, vectors, settings)
    subtopics = tables.topics.filter(pl.col("level") == 2)
    assert 360 <= papers.height <= 366
    assert 12 <= subtopics.height <= 40
    assert tables.paper_topics["is_outlier"].mean() <= 0.15
    assert not tables.topics.select(pl.struct("level", "label").is_duplicated().any()).item()
    for label in tables.topics["label"]:
        assert len(label) <= MAX_LABEL
        assert not set(label.casefold().split()) & (function_words() - {"and"})


def test_neither_a_second_run_nor_other_last_bits_change_a_table(listed: Listed, settings: Settings) -> None:
    papers, vectors = listed
    noise = np.random.default_rng(5).normal(size=vectors.shape).astype(np.float32) * 1e-7
    tables = fit_topics(papers, vectors, settings)
    for again in (fit_topics(papers, vectors, settings), fit_topics(papers, vectors + noise, settings)):
        assert_frame_equal(tables.topics, again.topics, check_exact=True)
        both = [one.paper_topics.drop("centrality") for one in (tables, again)]  # that is a similarity
        assert_frame_equal(*both, check_exact=True)
        assert_frame_equal(tables.paper_topics, again.paper_topics, abs_tol=1e-5)
        assert_frame_equal(tables.topic_trends, again.topic_trends, check_exact=True)
