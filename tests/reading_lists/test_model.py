"""The model: listed papers score 1 on average as if they were new, the mean paper 0, and nothing is random."""

import numpy as np
import pytest

from paperlake.reading_lists.model import Background, ListModel


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Papers of one subject, 0 to 99, among 900 others."""
    random = np.random.default_rng(5)
    subject = random.normal(size=32)
    return unit(np.concatenate([subject + 2 * random.normal(size=(100, 32)), random.normal(size=(900, 32))]))


def scores(model: ListModel, vectors: np.ndarray) -> np.ndarray:
    return (vectors @ model.direction - model.origin) / model.scale


def test_papers_of_the_subject_come_first(vectors: np.ndarray) -> None:
    model = ListModel.of(Background.of(vectors), vectors[:20])
    found = scores(model, vectors[20:])
    first = np.argsort(-found)[:40]
    assert (first < 80).mean() > 0.7


def test_the_mean_is_0_and_unlisted_papers_of_the_subject_have_the_mean_1(vectors: np.ndarray) -> None:
    background = Background.of(vectors)
    model = ListModel.of(background, vectors[:50])
    assert scores(model, background.mean[None, :])[0] == pytest.approx(0, abs=1e-9)
    assert scores(model, vectors[50:100]).mean() == pytest.approx(1, abs=0.15)
    assert scores(model, vectors[:50]).mean() > 1  # each of them has moved the mean to itself


def test_leaving_one_out_is_what_it_says(vectors: np.ndarray) -> None:
    background = Background.of(vectors)
    listed = vectors[:7]
    expected = [
        float((listed[one] - background.mean) @ background.direction(np.delete(listed, one, axis=0)))
        for one in range(7)
    ]
    assert ListModel.of(background, listed).scale == pytest.approx(np.mean(expected), rel=1e-5)


def test_equal_vectors_and_one_paper_have_finite_scores() -> None:
    same = unit(np.ones((5, 8)))
    for listed in (same[:1], same):
        model = ListModel.of(Background.of(same), listed)
        assert np.isfinite(scores(model, same)).all()
