"""Between fits: papers filed by themselves, drift, and when a refit is due."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.settings import Settings
from paperlake.topics.continuity.assignment import file_papers
from paperlake.topics.continuity.drift import MIN_JUDGED_PAPERS, Drift, measure_drift
from paperlake.topics.continuity.topic_model import AssignedPapers, TopicModel
from paperlake.topics.counts import COUNTED_COLUMNS, Counter
from paperlake.topics.fit import FitSource, fit_model, with_paper_counts
from paperlake.topics.tables import paper_topics_table, topic_tables
from paperlake.topics.update import always_refits, can_file, judge_filing
from tests.support.lakes import failed_topic_checks
from tests.support.planted_topics import Planted, plant
from tests.topics.continuity.test_refit import MODEL, NAMES, fit, ids, rows_of

MOST = np.arange(400)[np.arange(400) % 9 != 0]


@pytest.fixture(scope="module")
def planted() -> Planted:
    return in_order(plant(40))


@pytest.fixture(scope="module")
def model(planted: Planted) -> TopicModel:
    return fit(planted, MOST, Settings())


def in_order(planted: Planted) -> Planted:
    """The same papers in the order of paper_id."""
    order = planted.papers["paper_id"].arg_sort().to_numpy()
    return Planted(planted.papers[order], planted.vectors[order], [planted.fields[row] for row in order])


def file(planted: Planted, model: TopicModel, rows: np.ndarray) -> AssignedPapers:
    return file_papers(model, planted.papers[rows]["paper_id"].to_list(), planted.vectors[rows])


def drift_of(planted: Planted, model: TopicModel, rows: np.ndarray) -> Drift:
    filed = paper_topics_table(model, file(planted, model, rows)).filter(pl.col("level") == 2)
    return measure_drift(model, filed)


def judge(planted: Planted, model: TopicModel, rows: np.ndarray, **chosen: str) -> Drift | None:
    """What the stage does once papers are filed."""
    papers, filed = planted.papers[rows], paper_topics_table(model, file(planted, model, rows))
    counter = Counter(model.last_fitted_id)
    counter.add(papers.select("paper_id", "published_date"), filed.select(COUNTED_COLUMNS))
    return judge_filing(model, model, counter.total(), Settings(**chosen))


def test_new_papers_are_filed_as_by_a_refit(planted: Planted, model: TopicModel) -> None:
    assigned = file(planted, model, np.arange(400))
    assert assigned.paper_ids == planted.papers["paper_id"].to_list()
    refit = ids(fit(planted, np.arange(400), Settings(), model))
    filed = [model.subtopics[number].topic_id for number in assigned.subtopics.groups]
    assert (
        np.mean([refit[paper] == topic for paper, topic in zip(assigned.paper_ids, filed, strict=True)])
        > 0.98
    )
    tables = topic_tables(model, assigned, planted.papers)
    assert not failed_topic_checks(planted.papers, tables)


def test_scores_and_places_of_filed_papers_are_like_those_of_a_fit(
    planted: Planted, model: TopicModel
) -> None:
    new = np.setdiff1d(np.arange(400), MOST)
    filed, fitted = file(planted, model, new), model.papers
    assert abs(filed.subtopics.score.mean() - fitted.subtopics.score.mean()) < 0.1
    assert abs(filed.subtopics.centrality.mean() - fitted.subtopics.centrality.mean()) < 0.05
    centers = np.array([(topic.x, topic.y) for topic in model.subtopics])[filed.subtopics.groups]
    radius = np.linalg.norm(filed.places - centers, axis=1) / model.radii[filed.subtopics.groups]
    assert radius[~filed.is_outlier].max() <= 1.01
    assert 0.5 < np.sqrt(np.square(radius[~filed.is_outlier]).mean()) < 0.9, "evenly spread in the disc"


def test_a_paper_is_filed_alike_whatever_it_comes_with(planted: Planted, model: TopicModel) -> None:
    together = paper_topics_table(model, file(planted, model, np.arange(400)))
    batches = [np.arange(start, min(400, start + 7)) for start in range(0, 400, 7)]
    apart = pl.concat([paper_topics_table(model, file(planted, model, rows)) for rows in batches])
    assert_frame_equal(apart, together, check_exact=True)


def test_known_papers_keep_their_scores_and_places(planted: Planted, model: TopicModel) -> None:
    known = file(planted, model, MOST)
    assert known.paper_ids == model.papers.paper_ids
    for level, fitted in zip(known.levels, model.papers.levels, strict=True):
        for name in ("groups", "score", "centrality"):
            assert np.array_equal(getattr(level, name), getattr(fitted, name)), name
    for name in ("places", "is_outlier"):
        assert np.array_equal(getattr(known, name), getattr(model.papers, name)), name


@pytest.mark.parametrize("count", [1, 2, 5, 12, 99])
def test_papers_are_filed_under_topics_of_few(planted: Planted, count: int) -> None:
    few = fit(planted, np.arange(count), Settings())
    tables = topic_tables(few, file(planted, few, np.arange(200)), planted.papers[:200])
    assert not failed_topic_checks(planted.papers[:200], tables)


def test_topic_without_papers_needs_a_refit(planted: Planted, model: TopicModel) -> None:
    assert judge(planted, model, MOST, topic_refit="never") is not None
    assert judge(planted, model, rows_of(planted, *NAMES[1:]), topic_refit="never") is None


def test_drift_grows_with_papers_that_came_or_went(planted: Planted, model: TopicModel) -> None:
    drifts = [drift_of(planted, model, rows) for rows in (MOST, MOST[20:], np.arange(400))]
    assert [(drift.new_count, drift.gone_count) for drift in drifts] == [(0, 0), (0, 20), (45, 0)]
    degrees = [drift.degree for drift in drifts]
    assert degrees[0] == 0.0
    assert degrees[0] < degrees[1] < degrees[2]


def test_papers_of_an_unknown_field_are_drift() -> None:
    """They fill less than a quarter of the lake, so that their number alone asks for no refit."""
    planted = in_order(plant(MIN_JUDGED_PAPERS + 20, fields=7))
    model = fit(planted, rows_of(planted, *NAMES[:6]), Settings())
    drift = drift_of(planted, model, np.arange(len(planted.fields)))
    assert drift.changed_share < 0.25
    assert drift.similarity_loss > 0.1
    assert drift.degree >= 1.0
    everything = np.arange(len(planted.fields))
    assert judge(planted, model, everything, topic_refit="drift") is None
    assert judge(planted, model, everything, topic_refit="never") is not None


def test_drift_of_a_sample_is_that_of_its_part_of_the_lake(planted: Planted) -> None:
    sampled = fit_model(planted.papers[:100], planted.vectors[:100], Settings(), source=MODEL, lake_count=380)
    assert sampled.last_fitted_id == planted.papers["paper_id"][99]
    drift = judge(planted, sampled, np.delete(np.arange(400), [7, 300]), topic_refit="drift")
    assert drift is not None
    assert (drift.new_count, drift.gone_count) == (0, 1)


def test_topics_of_a_sample_are_as_many_as_of_all(planted: Planted) -> None:
    sampled = fit_model(planted.papers[:200], planted.vectors[:200], Settings(), source=MODEL, lake_count=400)
    everything = fit(planted, np.arange(400), Settings())
    assert abs(len(sampled.subtopics) - len(everything.subtopics)) <= 2
    counted = with_paper_counts(sampled, {sampled.topics[0].topic_id: 77})
    assert counted.topics[0].paper_count == 77
    (event,) = [event for event in counted.events if event["topic_id"] == sampled.topics[0].topic_id]
    assert event["paper_count"] == 77


@pytest.mark.parametrize(
    ("chosen", "small", "large"),
    [("always", True, True), ("auto", True, False), ("drift", False, False), ("never", False, False)],
)
def test_setting_and_size_decide_whether_any_change_is_a_refit(chosen: str, small: bool, large: bool) -> None:
    settings = Settings(topic_refit=chosen)
    assert [always_refits(settings, count) for count in (400, 30_000)] == [small, large]


def test_papers_are_filed_only_under_topics_of_the_same_vectors(model: TopicModel) -> None:
    assert can_file(model, "planted", 400)
    assert not can_file(model, "another", 400)
    assert not can_file(TopicModel.empty(), "planted", 400)
    nothing = fit_model(plant(1).papers[:0], np.zeros((0, 48), np.float32), Settings(), source=FitSource())
    assert can_file(nothing, "", 0)
    assert not can_file(nothing, "", 5)
