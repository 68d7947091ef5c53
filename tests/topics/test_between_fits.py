"""What would go wrong: new papers trigger a fit each time, or are filed anywhere; a refit comes too late or never."""

from __future__ import annotations

import numpy as np
import pytest
from paperlake.topics.refit import policy

from paperlake.settings import Settings
from paperlake.topics.continuity.assignment import Filing, file_papers
from paperlake.topics.continuity.drift import JUDGED_PAPERS, measure_drift
from paperlake.topics.continuity.topic_model import NO_MODEL, TopicModel
from paperlake.topics.fit import FitSource
from paperlake.topics.stage import check_tables
from paperlake.topics.tables import topic_tables
from paperlake.topics.update import Outcome, update_topics
from tests.support.planted_topics import Planted, plant
from tests.topics.test_refit import MODEL, NAMES, fit, ids, rows_of

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


def file(planted: Planted, model: TopicModel, rows: np.ndarray) -> Filing | None:
    return file_papers(model, planted.papers[rows]["paper_id"].to_list(), planted.vectors[rows])


def update(
    planted: Planted,
    rows: np.ndarray,
    before: TopicModel,
    *,
    force: bool = False,
    seen: str = "",
    **chosen: str,
) -> Outcome:
    """What the stage does, with the source `seen`."""
    source = FitSource(seen or f"{len(rows)} papers", "planted")
    return update_topics(
        planted.papers[rows], planted.vectors[rows], Settings(**chosen), before, source, force
    )


def test_new_papers_are_filed_where_a_refit_would_put_them(planted: Planted, model: TopicModel) -> None:
    filing = file(planted, model, np.arange(400))
    assert filing is not None
    assert int(filing.is_new.sum()) == 400 - len(MOST)
    assert filing.papers.paper_ids == planted.papers["paper_id"].to_list()
    refit = ids(fit(planted, np.arange(400), Settings(), model))
    filed = [model.subtopics[number].topic_id for number in filing.papers.subtopic]
    assert (
        np.mean([refit[paper] == topic for paper, topic in zip(filing.papers.paper_ids, filed, strict=True)])
        > 0.98
    )
    tables = topic_tables(model, filing.papers, planted.papers)
    assert all(check.passed for check in check_tables(planted.papers, tables))


def test_known_papers_keep_their_scores_and_places(planted: Planted, model: TopicModel) -> None:
    filing = file(planted, model, np.arange(400))
    known = filing.papers.take(np.flatnonzero(~filing.is_new))
    assert known.paper_ids == model.papers.paper_ids
    for name in ("subtopic", "score", "topic_score", "centrality", "places", "is_outlier"):
        assert np.array_equal(getattr(known, name), getattr(model.papers, name)), name


def test_papers_that_left_are_gone_from_the_tables(planted: Planted, model: TopicModel) -> None:
    filing = file(planted, model, MOST[20:])
    assert (filing.gone_count, len(filing.papers.paper_ids)) == (20, len(MOST) - 20)
    tables = topic_tables(model, filing.papers, planted.papers[MOST[20:]])
    assert tables.paper_topics.height == 2 * (len(MOST) - 20)


def test_a_topic_without_papers_needs_a_refit(planted: Planted, model: TopicModel) -> None:
    assert file(planted, model, rows_of(planted, *NAMES[1:])) is None
    kept = rows_of(planted, *NAMES[1:])
    assert update(planted, kept, model, topic_refit="never").how == "carried on"


def test_drift_grows_with_papers_that_came_or_went(planted: Planted, model: TopicModel) -> None:
    degrees = [
        measure_drift(model, file(planted, model, rows)).degree for rows in (MOST, MOST[20:], np.arange(400))
    ]
    assert degrees[0] == 0.0
    assert degrees[0] < degrees[1] < degrees[2]


def test_papers_of_a_field_never_seen_are_drift() -> None:
    """They fill less than a quarter of the lake, so that their number alone asks for no refit."""
    planted = in_order(plant(JUDGED_PAPERS + 20, fields=7))
    model = fit(planted, rows_of(planted, *NAMES[:6]), Settings())
    drift = measure_drift(model, file(planted, model, np.arange(len(planted.fields))))
    assert drift.changed_share < 0.25
    assert drift.lost_similarity > 0.1
    assert drift.degree >= 1.0


@pytest.mark.parametrize(
    ("chosen", "how"),
    [("always", "carried on"), ("auto", "carried on"), ("drift", "filed"), ("never", "filed")],
)
def test_the_policy_decides(planted: Planted, model: TopicModel, chosen: str, how: str) -> None:
    outcome = update(planted, np.arange(400), model, topic_refit=chosen)
    assert outcome.how == how
    assert outcome.drift.new_count == (0 if how == "carried on" else 400 - len(MOST))
    assert len(outcome.filed.paper_ids) == 400


def test_auto_files_papers_into_a_large_lake_until_they_drift(
    planted: Planted, model: TopicModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "ALWAYS_BELOW", 100)
    assert update(planted, np.arange(400), model).how == "filed"
    few = fit(planted, np.arange(300), Settings())
    assert update(planted, np.arange(400), few).how == "carried on"


@pytest.mark.parametrize("chosen", ["always", "auto", "drift", "never"])
def test_the_same_papers_are_no_refit_but_force_is(planted: Planted, chosen: str) -> None:
    """Otherwise a run that was killed after the fit would count as two."""
    first = update(planted, MOST, NO_MODEL, topic_refit=chosen)
    assert (first.how, first.model.fit_number) == ("found anew", 1)
    again = update(planted, MOST, first.model, topic_refit=chosen)
    assert again.model is first.model
    forced = update(planted, MOST, first.model, force=True, topic_refit=chosen)
    assert (forced.how, forced.model.fit_number) == ("found anew", 2)
    assert ids(forced.model) == ids(first.model)


def test_another_embedding_model_is_never_filed(planted: Planted, model: TopicModel) -> None:
    source = FitSource("other", "another model")
    outcome = update_topics(planted.papers, planted.vectors, Settings(topic_refit="never"), model, source)
    assert outcome.how == "found anew"
    assert outcome.model.fit_number == 2
    assert MODEL.model_id != source.model_id
