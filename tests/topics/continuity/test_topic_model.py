"""The file of the topic model: names of its arrays, and files that cannot be read."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

from paperlake.errors import LakeError
from paperlake.settings import Settings
from paperlake.topics.continuity.topic_model import TopicModel, model_from_bytes, model_to_bytes
from paperlake.topics.fit import fit_model
from tests.support.planted_topics import plant


@pytest.fixture(scope="module")
def model() -> TopicModel:
    planted = plant(10)
    return fit_model(planted.papers, planted.vectors, Settings())


def test_names_in_the_file_are_those_of_version_2(model: TopicModel) -> None:
    """Lakes keep their topic model, and with it all ids: a renamed array would lose them."""
    with np.load(io.BytesIO(model_to_bytes(model))) as archive:
        assert sorted(archive.files) == [
            "paper_centrality",
            "paper_ids",
            "paper_is_outlier",
            "paper_places",
            "paper_score",
            "paper_subtopic",
            "paper_topic_centrality",
            "paper_topic_score",
            "radii",
            "space_directions",
            "space_feature_centers",
            "space_mean",
            "space_outlier_limit",
            "space_reference",
            "space_subtopic_sums",
            "space_topic_sums",
            "text",
            "topic_of",
            "turns",
        ]
        text = json.loads(archive["text"].tobytes())
    assert sorted(text) == [
        "events",
        "fit_number",
        "fitted_from",
        "fresh_count",
        "is_fresh",
        "lake_count",
        "model_id",
        "subtopics",
        "topics",
        "version",
    ]
    assert sorted(text["topics"][0]) == [
        "coherence",
        "keywords",
        "label",
        "label_support",
        "paper_count",
        "topic_id",
        "x",
        "y",
    ]


def test_topics_of_papers_follow_from_their_subtopics(model: TopicModel) -> None:
    read = model_from_bytes(model_to_bytes(model), "model.npz")
    assert np.array_equal(read.papers.topics.groups, read.topic_of[read.papers.subtopics.groups])
    assert np.array_equal(read.papers.topics.groups, model.papers.topics.groups)


def test_parents_of_subtopics_are_topics(model: TopicModel) -> None:
    assert set(model.parent_ids.subtopics) == {topic.topic_id for topic in model.topics}
    assert set(model.parent_ids.topics) == {None}


def test_file_of_another_version_is_refused(model: TopicModel) -> None:
    with np.load(io.BytesIO(model_to_bytes(model))) as archive:
        arrays = dict(archive)
    text = json.loads(arrays["text"].tobytes()) | {"version": 3}
    arrays["text"] = np.frombuffer(json.dumps(text).encode(), np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    with pytest.raises(LakeError, match="another version"):
        model_from_bytes(buffer.getvalue(), "model.npz")


def test_subtopic_out_of_range_is_damage(model: TopicModel) -> None:
    with np.load(io.BytesIO(model_to_bytes(model))) as archive:
        arrays = dict(archive)
    arrays["paper_subtopic"] = arrays["paper_subtopic"] + 10_000
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    with pytest.raises(LakeError, match="damaged"):
        model_from_bytes(buffer.getvalue(), "model.npz")
