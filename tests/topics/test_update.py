"""Between fits: assignment of new papers, drift, and when a refit is due."""

from __future__ import annotations

import numpy as np
import pytest

from paperlake.settings import Settings
from paperlake.topics import update as update_module
from paperlake.topics.continuity.assignment import Assignment, assign_papers
from paperlake.topics.continuity.drift import MIN_JUDGED_PAPERS, measure_drift
from paperlake.topics.continuity.topic_model import TopicModel
from paperlake.topics.fit import FitSource
from paperlake.topics.tables import topic_tables
from paperlake.topics.update import TopicUpdate, UpdateMethod, update_topics
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


def assign(planted: Planted, model: TopicModel, rows: np.ndarray) -> Assignment | None:
    return assign_papers(model, planted.papers[rows]["paper_id"].to_list(), planted.vectors[rows])


def update(
    planted: Planted,
    rows: np.ndarray,
    previous: TopicModel,
    *,
    force: bool = False,
    seen: str = "",
    **chosen: str,
) -> TopicUpdate:
    """What the stage does, with the source `seen`."""
    source = FitSource(seen or f"{len(rows)} papers", "planted")
    return update_topics(
        planted.papers[rows], planted.vectors[rows], Settings(**chosen), previous, source, force
    )


def test_new_papers_are_assigned_as_by_a_refit(planted: Planted, model: TopicModel) -> None:
    assignment = assign(planted, model, np.arange(400))
    assert assignment is not None
    assert int(assignment.is_new.sum()) == 400 - len(MOST)
    assert assignment.papers.paper_ids == planted.papers["paper_id"].to_list()
    refit = ids(fit(planted, np.arange(400), Settings(), model))
    filed = [model.subtopics[number].topic_id for number in assignment.papers.subtopics.groups]
    assert (
        np.mean(
            [refit[paper] == topic for paper, topic in zip(assignment.papers.paper_ids, filed, strict=True)]
        )
        > 0.98
    )
    tables = topic_tables(model, assignment.papers, planted.papers)
    assert not failed_topic_checks(planted.papers, tables)


def test_known_papers_keep_their_scores_and_places(planted: Planted, model: TopicModel) -> None:
    assignment = assign(planted, model, np.arange(400))
    known = assignment.papers.take(np.flatnonzero(~assignment.is_new))
    assert known.paper_ids == model.papers.paper_ids
    for level, fitted in zip(known.levels, model.papers.levels, strict=True):
        for name in ("groups", "score", "centrality"):
            assert np.array_equal(getattr(level, name), getattr(fitted, name)), name
    for name in ("places", "is_outlier"):
        assert np.array_equal(getattr(known, name), getattr(model.papers, name)), name


def test_papers_that_left_are_gone_from_the_tables(planted: Planted, model: TopicModel) -> None:
    assignment = assign(planted, model, MOST[20:])
    assert (assignment.gone_count, len(assignment.papers.paper_ids)) == (20, len(MOST) - 20)
    tables = topic_tables(model, assignment.papers, planted.papers[MOST[20:]])
    assert tables.paper_topics.height == 2 * (len(MOST) - 20)


def test_topic_without_papers_needs_a_refit(planted: Planted, model: TopicModel) -> None:
    assert assign(planted, model, rows_of(planted, *NAMES[1:])) is None
    kept = rows_of(planted, *NAMES[1:])
    assert update(planted, kept, model, topic_refit="never").method == UpdateMethod.WARM_START


def test_drift_grows_with_papers_that_came_or_went(planted: Planted, model: TopicModel) -> None:
    degrees = [
        measure_drift(model, assign(planted, model, rows)).degree
        for rows in (MOST, MOST[20:], np.arange(400))
    ]
    assert degrees[0] == 0.0
    assert degrees[0] < degrees[1] < degrees[2]


def test_papers_of_an_unknown_field_are_drift() -> None:
    """They fill less than a quarter of the lake, so that their number alone asks for no refit."""
    planted = in_order(plant(MIN_JUDGED_PAPERS + 20, fields=7))
    model = fit(planted, rows_of(planted, *NAMES[:6]), Settings())
    drift = measure_drift(model, assign(planted, model, np.arange(len(planted.fields))))
    assert drift.changed_share < 0.25
    assert drift.similarity_loss > 0.1
    assert drift.degree >= 1.0


@pytest.mark.parametrize(
    ("chosen", "method"),
    [
        ("always", UpdateMethod.WARM_START),
        ("auto", UpdateMethod.WARM_START),
        ("drift", UpdateMethod.ASSIGNMENT),
        ("never", UpdateMethod.ASSIGNMENT),
    ],
)
def test_setting_decides_between_refit_and_assignment(
    planted: Planted, model: TopicModel, chosen: str, method: UpdateMethod
) -> None:
    outcome = update(planted, np.arange(400), model, topic_refit=chosen)
    assert outcome.method == method
    assert outcome.drift.new_count == (0 if method == UpdateMethod.WARM_START else 400 - len(MOST))
    assert len(outcome.assigned.paper_ids) == 400


def test_auto_assigns_in_a_large_lake_until_drift(
    planted: Planted, model: TopicModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_module, "MAX_ALWAYS_REFIT", 100)
    assert update(planted, np.arange(400), model).method == UpdateMethod.ASSIGNMENT
    few = fit(planted, np.arange(300), Settings())
    assert update(planted, np.arange(400), few).method == UpdateMethod.WARM_START


@pytest.mark.parametrize("chosen", ["always", "auto", "drift", "never"])
def test_same_papers_are_no_refit_unless_forced(planted: Planted, chosen: str) -> None:
    """Otherwise a run that was killed after the fit would count as two."""
    first = update(planted, MOST, TopicModel.empty(), topic_refit=chosen)
    assert (first.method, first.model.fit_number) == (UpdateMethod.FROM_SCRATCH, 1)
    again = update(planted, MOST, first.model, topic_refit=chosen)
    assert again.model is first.model
    forced = update(planted, MOST, first.model, force=True, topic_refit=chosen)
    assert (forced.method, forced.model.fit_number) == (UpdateMethod.FROM_SCRATCH, 2)
    assert ids(forced.model) == ids(first.model)


def test_another_embedding_model_is_a_refit(planted: Planted, model: TopicModel) -> None:
    source = FitSource("other", "another model")
    outcome = update_topics(planted.papers, planted.vectors, Settings(topic_refit="never"), model, source)
    assert outcome.method == UpdateMethod.FROM_SCRATCH
    assert outcome.model.fit_number == 2
    assert MODEL.model_id != source.model_id
