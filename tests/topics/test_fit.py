"""What would go wrong: papers filed at random, tables that depend on order or threads, a crash on few papers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sklearn.metrics import adjusted_mutual_info_score

from paperlake.errors import PaperlakeError
from paperlake.settings import Settings
from paperlake.topics.continuity.identity import topic_id
from paperlake.topics.fit import fit_topics
from paperlake.topics.tables import TopicTables
from tests.support.lakes import failed_topic_checks
from tests.support.planted_topics import DIMENSIONS, paper_frame, paper_id, plant, unit


def assert_sound(papers: pl.DataFrame, tables: TopicTables) -> None:
    """All schema checks and all checks across tables pass."""
    assert failed_topic_checks(papers, tables) == []


def filed(tables: TopicTables, papers: pl.DataFrame, level: int) -> list[str]:
    """The topic of each paper, in the order of `papers`."""
    at_level = tables.paper_topics.filter(pl.col("level") == level)
    return papers.join(at_level, on="paper_id", how="left", maintain_order="left")["topic_id"].to_list()


def test_planted_fields_are_found_and_named(settings: Settings) -> None:
    planted = plant(30)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    assert_sound(planted.papers, tables)
    found = filed(tables, planted.papers, level=2)
    assert adjusted_mutual_info_score(planted.fields, found) > 0.95
    assert len(set(found)) == 10
    labels = tables.topics.filter(pl.col("level") == 2)["label"].to_list()
    assert any("nowledge graph embedding" in label for label in labels)
    assert any(label.startswith("BERT pruning") for label in labels), labels


@pytest.mark.parametrize("per_field", [5, 40, 200])
def test_two_levels_at_every_size(settings: Settings, per_field: int) -> None:
    planted = plant(per_field)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    assert_sound(planted.papers, tables)
    assert tables.topics.filter(pl.col("level") == 1).height >= 2
    assert tables.topics.filter(pl.col("level") == 2).height >= 4


def test_order_of_papers_makes_no_difference(settings: Settings) -> None:
    planted = plant(20)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    order = np.random.default_rng(1).permutation(planted.papers.height)
    again = fit_topics(planted.papers[order], planted.vectors[order], settings)
    for name in ("topics", "paper_topics", "topic_trends"):
        assert_frame_equal(getattr(tables, name), getattr(again, name), check_exact=True)


def test_rounding_of_the_embedder_makes_no_difference(settings: Settings) -> None:
    """Batches of other sizes change the last bits of vectors; an interrupted run has other batches."""
    planted = plant(20)
    noise = np.random.default_rng(2).normal(size=planted.vectors.shape).astype(np.float32) * 1e-7
    tables = fit_topics(planted.papers, planted.vectors, settings)
    again = fit_topics(planted.papers, planted.vectors + noise, settings)
    assert_frame_equal(tables.topics, again.topics, check_exact=True)
    similarity = "centrality"
    assert_frame_equal(
        tables.paper_topics.drop(similarity), again.paper_topics.drop(similarity), check_exact=True
    )
    assert_frame_equal(tables.paper_topics, again.paper_topics, abs_tol=1e-5)


PROGRAM = """
import hashlib, sys
sys.path[:0] = sys.argv[1:]
from tests.support.planted_topics import plant
from paperlake.settings import Settings
from paperlake.topics.fit import fit_topics
from paperlake.topics.tables import TopicTables
planted = plant(60)
tables = fit_topics(planted.papers, planted.vectors, Settings())
text = "".join(frame.write_json() for frame in (tables.topics, tables.paper_topics, tables.topic_trends))
print(hashlib.sha256(text.encode()).hexdigest())
"""


@pytest.mark.slow
def test_number_of_threads_makes_no_difference() -> None:
    tests = str(Path(__file__).resolve().parents[2])
    hashes = set()
    for threads in ("1", "2", "3"):
        environment = os.environ | {
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "POLARS_MAX_THREADS": threads,
        }
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, tests],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        hashes.add(done.stdout)
    assert len(hashes) == 1


def test_no_papers_give_empty_tables(settings: Settings) -> None:
    papers = paper_frame([])
    tables = fit_topics(papers, np.empty((0, DIMENSIONS), dtype=np.float32), settings)
    assert_sound(papers, tables)
    assert tables.topics.is_empty()


@pytest.mark.parametrize("count", [1, 2, 5, 7])
def test_few_papers_are_one_topic_with_one_subtopic(settings: Settings, count: int) -> None:
    planted = plant(1, fields=count)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    assert_sound(planted.papers, tables)
    assert tables.topics["level"].to_list() == [1, 2]
    assert tables.topics["paper_count"].to_list() == [count, count]
    assert not tables.paper_topics["is_outlier"].any()


def test_papers_that_are_all_alike_are_one_topic(settings: Settings) -> None:
    rows = [{"paper_id": paper_id(str(number)), "title": "Graph folding"} for number in range(60)]
    vectors = np.tile(unit(np.ones(DIMENSIONS)), (60, 1))
    tables = fit_topics(paper_frame(rows), vectors, settings)
    assert_sound(paper_frame(rows), tables)
    assert tables.topics.filter(pl.col("level") == 2).height == 1
    assert not tables.paper_topics["is_outlier"].any()


def test_titles_alone_are_enough(settings: Settings) -> None:
    planted = plant(20)
    papers = planted.papers.with_columns(abstract=pl.lit(None, dtype=pl.String))
    tables = fit_topics(papers, planted.vectors, settings)
    assert_sound(papers, tables)
    labels = tables.topics.filter(pl.col("level") == 2)["label"].to_list()
    assert "Graph representation learning" in labels


def test_titles_without_words_still_get_labels(settings: Settings) -> None:
    planted = plant(20)
    papers = planted.papers.with_columns(
        title=pl.Series([f"?? {number}" for number in range(planted.papers.height)]),
        abstract=pl.lit(None, dtype=pl.String),
    )
    assert_sound(papers, fit_topics(papers, planted.vectors, settings))


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0], ids=["nan", "infinity", "zeros"])
def test_a_broken_vector_is_an_error_that_names_the_paper(settings: Settings, value: float) -> None:
    planted = plant(3)
    planted.vectors[4] = value
    with pytest.raises(PaperlakeError, match=planted.papers["paper_id"][4]):
        fit_topics(planted.papers, planted.vectors, settings)


def test_far_off_papers_are_outliers_that_point_to_a_topic(settings: Settings) -> None:
    planted = plant(30)
    random = np.random.default_rng(3)
    strays = [
        {"paper_id": paper_id(f"stray {number}"), "title": f"Stray number {number}"} for number in range(5)
    ]
    papers = pl.concat([planted.papers, paper_frame(strays)])
    vectors = np.concatenate([planted.vectors, unit(random.normal(size=(5, DIMENSIONS)))])
    tables = fit_topics(papers, vectors, settings)
    assert_sound(papers, tables)
    outliers = tables.paper_topics.filter(pl.col("is_outlier"))["paper_id"].unique()
    assert {stray["paper_id"] for stray in strays} <= set(outliers)
    assert len(outliers) <= 0.1 * papers.height


def test_topic_id_derives_from_the_most_central_paper(settings: Settings) -> None:
    planted = plant(20)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    for row in tables.topics.iter_rows(named=True):
        assert row["topic_id"] == topic_id(row["level"], row["representative_paper_ids"][0])
    assert topic_id(1, "0123456789abcdef") != topic_id(2, "0123456789abcdef")
