"""similar_papers: exact, without itself, and the same however rows tie."""

import numpy as np
import polars as pl
import pytest

from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.stages.checks import check_table
from paperlake.warehouse.similar import _best_of, nearest, similar_papers


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def ids(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(count)]


def test_neighbours_equal_a_plain_sort_of_all_cosines() -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(300, 16)))
    table = similar_papers(ids(300), vectors, 10)
    cosines = vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.fill_diagonal(cosines, -2)
    for paper in (0, 17, 299):
        expected = np.argsort(-cosines[paper])[:10]
        mine = table.filter(pl.col("paper_id") == ids(300)[paper]).sort("rank")
        assert mine["similar_paper_id"].to_list() == [ids(300)[other] for other in expected]
        assert np.allclose(mine["similarity"], cosines[paper][expected], atol=1e-5)
    assert check_table(SIMILAR_PAPERS, table).passed


def test_more_papers_than_a_block_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = unit(np.random.default_rng(2).normal(size=(50, 8)))
    whole = similar_papers(ids(50), vectors, 3)
    monkeypatch.setattr("paperlake.warehouse.similar.BLOCK_ROWS", 7)
    parts = similar_papers(ids(50), vectors, 3)
    assert parts.drop("similarity").equals(whole.drop("similarity"))
    # another block size adds in another order: the last decimal may differ
    assert np.allclose(parts["similarity"], whole["similarity"], atol=2e-6)


def test_equal_papers_rank_by_id_and_never_list_themselves() -> None:
    vectors = np.tile(unit(np.ones((1, 4))), (6, 1))
    table = similar_papers(ids(6), vectors, 3)
    assert table.filter(pl.col("paper_id") == ids(6)[1])["similar_paper_id"].to_list() == [
        ids(6)[n] for n in (0, 2, 3)
    ]
    assert table.filter(pl.col("paper_id") == pl.col("similar_paper_id")).is_empty()


@pytest.mark.parametrize(("count", "rows"), [(0, 0), (1, 0), (2, 2), (3, 6)])
def test_few_papers_have_few_neighbours(count: int, rows: int) -> None:
    vectors = (
        unit(np.random.default_rng(3).normal(size=(count, 4))) if count else np.empty((0, 4), np.float32)
    )
    assert similar_papers(ids(count), vectors, 10).height == rows


def test_a_query_from_outside_excludes_nothing() -> None:
    vectors = unit(np.eye(3))
    rows, cosines = nearest(vectors, vectors[:1], 2)
    assert rows[0].tolist() == [0, 1]
    assert cosines[0].tolist() == [1.0, 0.0]


def test_beyond_the_exact_limit_nearly_all_neighbours_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers come in groups, as topics do; every paper has its full count of neighbours."""
    generator = np.random.default_rng(4)
    centres = generator.normal(size=(40, 24))
    vectors = unit(centres[generator.integers(0, 40, 6000)] + 0.6 * generator.normal(size=(6000, 24)))
    exact = similar_papers(ids(6000), vectors, 5)
    monkeypatch.setattr("paperlake.warehouse.similar.EXACT_PAPERS", 1000)
    found = similar_papers(ids(6000), vectors, 5)
    assert found.equals(similar_papers(ids(6000), vectors, 5))
    assert found.height == exact.height
    shared = found.join(exact, ["paper_id", "similar_paper_id"], "semi").height
    assert shared / exact.height > 0.98
    assert found.filter(pl.col("paper_id") == pl.col("similar_paper_id")).is_empty()
    assert check_table(SIMILAR_PAPERS, found).passed


def test_a_paper_that_the_graph_finds_too_little_for_is_compared_with_all() -> None:
    """An unreachable place of the graph's answer is no paper."""
    vectors = unit(np.random.default_rng(5).normal(size=(30, 8)))
    block = np.array([3, 7])
    empty = np.iinfo(np.int64).max
    candidates = np.array([[3, 1, empty, empty, empty], [7, 2, 4, 5, 2]])
    rows, cosines = _best_of(vectors, block, candidates, 3)
    expected = nearest(vectors, vectors[block[:1]], 3, block[:1])
    assert rows[0].tolist() == expected[0][0].tolist()
    assert set(rows[1].tolist()) == {2, 4, 5}
    assert np.isfinite(cosines).all()
