"""The map: discs apart, papers in their discs, and a picture of limited size."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from PIL import Image

from paperlake.settings import Settings
from paperlake.topics.fit import fit_model, fit_topics
from paperlake.topics.picture import draw_map
from tests.support.planted_topics import DIMENSIONS, paper_frame, plant

MAX_BYTES = 300_000  # fit for a README


def test_papers_of_a_topic_are_together(settings: Settings) -> None:
    planted = plant(30)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    papers = tables.paper_topics.filter(pl.col("level") == 2)
    places = papers.select("x", "y").to_numpy()
    topics = papers["topic_id"].to_numpy()
    distances = np.linalg.norm(places[:, None] - places[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    nearest = topics[distances.argmin(axis=1)]
    assert (nearest == topics).mean() > 0.97
    assert np.abs(places).max() < 3.0


@pytest.mark.parametrize("per_field", [0, 1, 30, 300])
def test_the_picture_is_a_png_of_readme_size(settings: Settings, per_field: int) -> None:
    planted = plant(per_field) if per_field else None
    papers = planted.papers if planted else paper_frame([])
    vectors = planted.vectors if planted else np.empty((0, DIMENSIONS), dtype=np.float32)
    tables = fit_topics(papers, vectors, settings)
    picture = draw_map(tables)
    assert len(picture) < MAX_BYTES
    image = Image.open(io.BytesIO(picture))
    assert image.format == "PNG"
    assert image.width > 1000
    assert draw_map(tables) == picture


def test_a_label_may_have_signs_that_no_font_has(settings: Settings) -> None:
    """pytest turns the warnings that a user would see into errors."""
    planted = plant(30)
    tables = fit_topics(planted.papers, planted.vectors, settings)
    odd = replace(tables, topics=tables.topics.with_columns(label=pl.col("label") + " \U0001f642 $ 道"))
    assert draw_map(odd).startswith(b"\x89PNG")


def test_discs_do_not_overlap(settings: Settings) -> None:
    planted = plant(30)
    model = fit_model(planted.papers, planted.vectors, settings)
    centers = np.array([(topic.x, topic.y) for topic in model.subtopics])
    distances = np.linalg.norm(centers[:, None] - centers[None], axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert (distances >= model.radii[:, None] + model.radii[None, :]).all()


def test_papers_are_in_the_disc_of_their_subtopic(settings: Settings) -> None:
    planted = plant(30)
    model = fit_model(planted.papers, planted.vectors, settings)
    centers = np.array([(topic.x, topic.y) for topic in model.subtopics])
    groups = model.papers.subtopics.groups
    radius = np.linalg.norm(model.papers.places - centers[groups], axis=1) / model.radii[groups]
    assert radius[~model.papers.is_outlier].max() <= 1.01
    assert (radius[model.papers.is_outlier] >= 1.1).all()
