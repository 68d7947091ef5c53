"""Refits: ids, labels, places and events of topics from fit to fit."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from paperlake.errors import LakeError
from paperlake.settings import Settings
from paperlake.topics.continuity.topic_model import TopicModel, model_from_bytes, model_to_bytes
from paperlake.topics.fit import FitSource, fit_model
from paperlake.topics.tables import TopicTables, topic_tables
from tests.support.lakes import TABLES, failed_topic_checks
from tests.support.planted_topics import FIELDS, Planted, paper_frame, paper_id, plant, unit

MODEL = FitSource(model_id="planted")
OTHER_MODEL = FitSource(model_id="another")


def fit(
    planted: Planted,
    rows: np.ndarray,
    settings: Settings,
    previous: TopicModel | None = None,
    **options: object,
) -> TopicModel:
    """A fit of some of the papers whose tables keep all rules."""
    papers = planted.papers[rows]
    model = fit_model(papers, planted.vectors[rows], settings, previous, **{"source": MODEL, **options})
    tables = topic_tables(model, model.papers, papers)
    assert failed_topic_checks(papers, tables) == []
    return model


def ids(model: TopicModel) -> dict[str, str]:
    """The subtopic of each paper."""
    return {
        paper: model.subtopics[number].topic_id
        for paper, number in zip(model.papers.paper_ids, model.papers.subtopics.groups.tolist(), strict=True)
    }


def share_kept(one: TopicModel, other: TopicModel) -> float:
    """The share of papers of both that have the same subtopic in both."""
    now = ids(other)
    return float(np.mean([now[paper] == topic for paper, topic in ids(one).items() if paper in now]))


def last_events(model: TopicModel) -> list[dict]:
    return [event for event in model.events if event["fit_number"] == model.fit_number]


def rows_of(planted: Planted, *fields: str) -> np.ndarray:
    return np.flatnonzero(np.isin(planted.fields, fields))


@pytest.fixture(scope="module")
def planted() -> Planted:
    return plant(40)


NAMES = list(FIELDS)


def test_ten_percent_more_papers_change_no_topic(planted: Planted, settings: Settings) -> None:
    everything = np.arange(400)
    first = fit(planted, everything[everything % 11 != 0], settings)
    second = fit(planted, everything, settings, first)
    assert not second.is_fresh
    assert share_kept(first, second) > 0.99
    assert [topic.label for topic in second.subtopics] == [topic.label for topic in first.subtopics]
    assert last_events(second) == []


def test_papers_keep_their_places_on_the_map(planted: Planted, settings: Settings) -> None:
    everything = np.arange(400)
    first = fit(planted, everything[everything % 11 != 0], settings)
    second = fit(planted, everything, settings, first)
    old = dict(zip(first.papers.paper_ids, first.papers.places, strict=True))
    new = dict(zip(second.papers.paper_ids, second.papers.places, strict=True))
    moved = [float(np.linalg.norm(new[paper] - place)) for paper, place in old.items()]
    assert np.median(moved) < 0.02 * np.ptp(first.papers.places[:, 0])


def test_same_papers_change_nothing(planted: Planted, settings: Settings) -> None:
    first = fit(planted, np.arange(400), settings)
    second = fit(planted, np.arange(400), settings, first)
    assert ids(second) == ids(first)
    assert np.array_equal(second.papers.places, first.papers.places)
    assert last_events(second) == []


def test_new_field_splits_off_or_is_born(planted: Planted, settings: Settings) -> None:
    first = fit(planted, rows_of(planted, *NAMES[:9]), settings)
    second = fit(planted, np.arange(400), settings, first)
    assert not second.is_fresh
    assert share_kept(first, second) > 0.98
    began = [event for event in last_events(second) if event["level"] == 2]
    assert [event["event"] for event in began] in (["born"], ["split"])
    new = {ids(second)[paper] for paper in planted.papers[rows_of(planted, NAMES[9])]["paper_id"]}
    assert new == {began[0]["topic_id"]}


def test_field_that_leaves_dies(planted: Planted, settings: Settings) -> None:
    first = fit(planted, np.arange(400), settings)
    gone = ids(first)[planted.papers["paper_id"][int(rows_of(planted, "music")[0])]]
    second = fit(planted, rows_of(planted, *(set(NAMES) - {"music"})), settings, first)
    assert share_kept(first, second) > 0.98
    died = [event for event in last_events(second) if event["level"] == 2]
    assert [(event["event"], event["topic_id"], event["paper_count"]) for event in died] == [
        ("died", gone, 40)
    ]


def test_groups_from_scratch_keep_ids(planted: Planted, settings: Settings) -> None:
    first = fit(planted, np.arange(400), settings)
    for options in ({"from_scratch": True}, {"source": OTHER_MODEL}):
        second = fit(planted, np.arange(400), settings, first, **options)
        assert second.is_fresh
        assert share_kept(first, second) > 0.98


def test_other_vectors_of_the_same_papers_keep_ids(planted: Planted, settings: Settings) -> None:
    """Another embedding model, even of another dimension."""
    first = fit(planted, np.arange(400), settings)
    padded = np.concatenate([planted.vectors[:, ::-1], np.zeros((400, 16), dtype=np.float32)], axis=1)
    other = Planted(planted.papers, padded, planted.fields)
    assert share_kept(first, fit(other, np.arange(400), settings, first, source=OTHER_MODEL)) > 0.95


def test_twice_the_papers_are_grouped_from_scratch(planted: Planted, settings: Settings) -> None:
    first = fit(planted, np.arange(0, 400, 3), settings)
    second = fit(planted, np.arange(400), settings, first)
    assert second.is_fresh
    assert share_kept(first, second) > 0.9


@pytest.mark.parametrize("counts", [(0, 400), (400, 0), (1, 5), (5, 1), (400, 1), (1, 400), (5, 12)])
def test_from_any_number_of_papers_to_any_other(
    planted: Planted, settings: Settings, counts: tuple[int, int]
) -> None:
    first = fit(planted, np.arange(counts[0]), settings)
    second = fit(planted, np.arange(counts[1]), settings, first)
    third = fit(planted, np.arange(counts[0]), settings, second)
    assert (first.fit_number, second.fit_number, third.fit_number) == (1, 2, 3)


def test_no_id_is_given_twice(planted: Planted, settings: Settings) -> None:
    """A topic that died comes back with the same central paper, and gets another id."""
    half = rows_of(planted, *NAMES[:5])
    first = fit(planted, np.arange(400), settings)
    third = fit(planted, np.arange(400), settings, fit(planted, half, settings, first))
    born = [event["topic_id"] for event in third.events if event["event"] in ("born", "split")]
    assert len(born) == len(set(born))


def test_equal_texts_are_fitted_repeatedly(settings: Settings) -> None:
    rows = [{"paper_id": paper_id(str(number)), "title": "Graph folding"} for number in range(60)]
    alike = Planted(paper_frame(rows), np.tile(unit(np.ones(48)), (60, 1)), [""] * 60)
    first = fit(alike, np.arange(55), settings)
    assert share_kept(first, fit(alike, np.arange(60), settings, first)) == 1.0


def test_order_and_last_bits_make_no_difference(planted: Planted, settings: Settings) -> None:
    first = fit(planted, np.arange(360), settings)
    second = fit(planted, np.arange(400), settings, first)
    order = np.random.default_rng(1).permutation(400)
    assert model_to_bytes(fit(planted, order, settings, first)) == model_to_bytes(second)
    noise = np.random.default_rng(2).normal(size=planted.vectors.shape).astype(np.float32) * 1e-7
    noisy = Planted(planted.papers, planted.vectors + noise, planted.fields)
    again = fit(noisy, np.arange(400), settings, first)
    assert ids(again) == ids(second)


def test_model_file_round_trip_is_exact(planted: Planted, settings: Settings) -> None:
    """Tables made again from the file after a kill must be those that were made before it."""
    model = fit(planted, np.arange(400), settings, fit(planted, np.arange(300), settings))
    read = model_from_bytes(model_to_bytes(model), "model.npz")
    assert model_to_bytes(read) == model_to_bytes(model)
    one, other = (topic_tables(kept, kept.papers, planted.papers) for kept in (model, read))
    for name in [name for name, table in TABLES.items() if table.stage == "topics" and table.is_public]:
        assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a model at all", model_to_bytes(TopicModel.empty())[:-40]]
)
def test_a_damaged_model_is_an_error(content: bytes) -> None:
    with pytest.raises(LakeError, match=r"model\.npz is damaged"):
        model_from_bytes(content, "model.npz")


def test_events_are_empty_before_the_first_fit() -> None:
    empty = TopicModel.empty()
    tables = topic_tables(empty, empty.papers, pl.DataFrame(schema=TABLES["papers"].dtypes))
    assert isinstance(tables, TopicTables)
    assert tables.topic_events.is_empty()
    assert tables.paper_topics.is_empty()
