"""Small lakes: exact lists, without the paper itself, and the same however rows tie, come and go."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.neighbours.exact import Queries, compare_with_all
from paperlake.stages.checks import check_table
from tests.neighbours.made_vectors import Papers, applied, build, exact_lists, ids, in_groups, unit, update


def test_neighbours_equal_a_plain_sort_of_all_cosines() -> None:
    papers = Papers.of(in_groups(700, dimension=16))
    table = build(papers, 10).frame()
    mine = dict(table.group_by("paper_id", maintain_order=True).agg("similar_paper_id").iter_rows())
    assert mine == exact_lists(papers, 10, ids(700))
    assert check_table(SIMILAR_PAPERS, table).passed


def test_blocks_and_threads_make_no_difference() -> None:
    vectors = in_groups(300)
    table = build(Papers.of(vectors), threads=1).frame()
    assert build(Papers.of(vectors, block_rows=37), threads=3).frame().equals(table)


def test_equal_papers_rank_by_id_and_never_list_themselves() -> None:
    papers = Papers.of(np.tile(unit(np.ones((1, 4))), (9, 1)), block_rows=4)
    mine = dict(build(papers, 3).frame().group_by("paper_id").agg("similar_paper_id").iter_rows())
    assert mine == exact_lists(papers, 3, ids(9))


@pytest.mark.parametrize(("count", "rows"), [(0, 0), (1, 0), (2, 2), (3, 6)])
def test_few_papers_have_few_neighbours(count: int, rows: int) -> None:
    vectors = (
        unit(np.random.default_rng(3).normal(size=(count, 4))) if count else np.empty((0, 4), np.float32)
    )
    table = build(Papers.of(vectors), 10).frame()
    assert table.height == rows
    assert check_table(SIMILAR_PAPERS, table).passed


def test_a_new_paper_changes_only_the_lists_that_it_enters() -> None:
    papers = Papers.of(in_groups(400))
    before = build(papers)
    papers.vectors["ff" * 8] = in_groups(1, seed=4)[0]
    change = update(papers, before.index)
    after = applied(before.frame(), change)
    assert after.equals(build(papers).frame())
    entered = after.filter(after["similar_paper_id"] == "ff" * 8)["paper_id"].to_list()
    assert sorted(change.frame()["paper_id"].unique()) == sorted([*entered, "ff" * 8])
    assert len(entered) < 100


def test_a_paper_that_goes_changes_only_the_lists_that_had_it() -> None:
    papers = Papers.of(in_groups(400))
    before = build(papers)
    gone = ids(400)[7]
    had_it = before.frame().filter(before.frame()["similar_paper_id"] == gone)["paper_id"].to_list()
    del papers.vectors[gone]
    change = update(papers, before.index)
    assert change.gone.to_list() == [gone]
    assert sorted(change.frame()["paper_id"].unique()) == sorted(had_it)
    assert applied(before.frame(), change).equals(build(papers).frame())


def test_a_paper_that_moves_a_little_is_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its old vector leaves lists that its new one enters again: they are not compared with all papers."""
    papers = Papers.of(in_groups(400))
    before = build(papers)
    moved = ids(400)[7]
    papers.vectors[moved] = unit((papers.vectors[moved] + 1e-4)[None])[0]
    compared: list[int] = []

    def counted(queries: Queries, *rest: Any) -> Any:
        compared.append(len(queries.rows))
        return compare_with_all(queries, *rest)

    monkeypatch.setattr("paperlake.neighbours.update.compare_with_all", counted)
    change = update(papers, before.index)
    assert applied(before.frame(), change).equals(build(papers).frame())
    had_it = before.frame().filter(before.frame()["similar_paper_id"] == moved).height
    assert compared[0] == 1
    assert sum(compared[1:]) < had_it / 4


def test_no_news_changes_nothing() -> None:
    papers = Papers.of(in_groups(50))
    before = build(papers)
    change = update(papers, before.index)
    assert not change.is_complete
    assert change.frame().is_empty()


def test_the_list_of_the_last_paper_that_is_left_is_empty() -> None:
    papers = Papers.of(in_groups(2))
    before = build(papers)
    del papers.vectors[ids(2)[0]]
    change = update(papers, before.index)
    assert change.changed.tolist() == [0]
    assert applied(before.frame(), change).is_empty()


def test_another_model_or_length_of_lists_builds_all_lists() -> None:
    papers = Papers.of(in_groups(50))
    before = build(papers)
    assert update(papers, before.index, count=6).is_complete


STEPS = st.lists(
    st.tuples(st.sets(st.integers(0, 30), max_size=6), st.sets(st.integers(0, 30), max_size=6)), max_size=6
)


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(1, 6), st.integers(0, 3))
def test_any_history_gives_the_lists_of_a_build_from_nothing(
    steps: list[tuple[set[int], set[int]]], count: int, seed: int
) -> None:
    """Few different vectors, so that many tie; a paper that is put again has another vector."""
    generator = np.random.default_rng(seed)
    pool = unit(generator.integers(-1, 2, size=(12, 3)) + 0.01)
    papers = Papers({}, block_rows=5)
    change = build(papers, count)
    table = change.frame()
    for put, taken in steps:
        for number in sorted(put):
            papers.vectors[f"{number:016x}"] = pool[generator.integers(0, len(pool))]
        for number in taken - put:
            papers.vectors.pop(f"{number:016x}", None)
        change = update(papers, change.index, count)
        table = applied(table, change)
        assert table.equals(build(papers, count).frame())
