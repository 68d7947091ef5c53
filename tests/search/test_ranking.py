"""Score fusion and the selection of the best, against plain Python."""

import numpy as np
import pytest

from paperlake.search.ranking import best, best_positive, fuse, pair_share, word_pairs


def plain_fuse(cosines: list[float], words: list[float], weight: float) -> list[float]:
    """Min-max scaling of the cosines, scaling of the word scores by their maximum, convex combination."""
    low, high, top = min(cosines), max(cosines), max(words)
    by_meaning = [(cosine - low) / (high - low) if high > low else 0.0 for cosine in cosines]
    by_words = [score / top if top > 0 else 0.0 for score in words]
    return [weight * one + (1 - weight) * other for one, other in zip(by_meaning, by_words, strict=True)]


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("words", [[0.0, 2.0, 7.0, 7.0], [0.0, 0.0, 0.0, 0.0]])
@pytest.mark.parametrize("cosines", [[0.9, -0.2, 0.4, 0.4], [0.3, 0.3, 0.3, 0.3]])
def test_fuse_equals_a_plain_computation(cosines: list[float], words: list[float], weight: float) -> None:
    fused = fuse(np.array(cosines), np.array(words), weight)
    assert fused == pytest.approx(plain_fuse(cosines, words, weight))


def test_fusing_no_candidates_gives_no_scores() -> None:
    assert fuse(np.empty(0), np.empty(0)).shape == (0,)


def test_ties_are_ordered_by_id() -> None:
    ids = np.array([9, 5, 8, 1, 2], dtype=np.uint64)
    assert best(np.array([1.0, 3.0, 3.0, 0.0, 3.0]), 3, ids).tolist() == [4, 1, 2]
    assert best(np.array([1.0, 3.0, 3.0, 0.0, 3.0]), 2, ids).tolist() == [4, 1]
    assert best(np.array([1.0, 3.0]), 9, ids[:2]).tolist() == [1, 0]
    assert best(np.array([]), 9, ids[:0]).tolist() == []


@pytest.mark.parametrize("count", [1, 20, 400, 3000])
def test_best_equals_sorting_everything(count: int) -> None:
    generator = np.random.default_rng(count)
    scores = generator.integers(0, 40, 3000)
    ids = generator.permutation(3000).astype(np.uint64)
    assert best(scores, count, ids).tolist() == np.lexsort((ids, -scores))[:count].tolist()


@pytest.mark.parametrize("count", [0, 1, 20, 400, 3000])
@pytest.mark.parametrize("zeros", [0, 1500, 2995, 3000])
def test_the_best_that_are_not_zero_equal_sorting_everything(count: int, zeros: int) -> None:
    generator = np.random.default_rng(count)
    scores = generator.integers(1, 40, 3000).astype(np.float64)
    scores[generator.permutation(3000)[:zeros]] = 0
    ids = generator.permutation(3000).astype(np.uint64)
    expected = [place for place in np.lexsort((ids, -scores))[:count] if scores[place] > 0]
    assert best_positive(scores, count, ids).tolist() == expected


def test_there_is_no_best_of_nothing() -> None:
    assert best_positive(np.empty(0), 5, np.empty(0, np.uint64)).tolist() == []


def test_share_of_adjacent_words() -> None:
    asked = word_pairs(["flow", "match", "robot"])
    assert pair_share(asked, "fast flow match") == pytest.approx(0.5)
    assert pair_share(asked, "flow match robot") == pytest.approx(1.0)
    assert pair_share(asked, "overflow match robotic") == pytest.approx(0.0)
    assert pair_share(word_pairs(["flow"]), "flow match robot") == pytest.approx(0.0)
