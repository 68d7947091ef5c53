"""The lists that are kept between two runs: what is behind the last paper of a list is not known."""

from typing import Any

import numpy as np
import pytest

from paperlake.neighbours.kept_lists import GONE, NO_BOUND, NO_ROW, KeptLists, kept_lists
from paperlake.neighbours.lists import Pairs
from tests.neighbours.made_vectors import Papers, applied, build, ids, in_groups, update


def pairs(*found: tuple[int, int, float]) -> Pairs:
    queries, rows, similarities = (np.array(column) for column in zip(*found, strict=True))
    return Pairs(queries.astype(np.int64), rows.astype(np.int64), similarities.astype(np.float64))


@pytest.fixture
def lists() -> KeptLists:
    """Return the full list of paper 0 and the short one of paper 1, which knows all papers."""
    return kept_lists(pairs((0, 1, 0.9), (0, 3, 0.5), (1, 0, 0.9)), paper_count=4, kept=2)


def test_a_full_list_ends_at_its_last_similarity(lists: KeptLists) -> None:
    assert lists.rows[:2].tolist() == [[1, 3], [0, NO_ROW]]
    assert lists.similarities[:2].tolist() == [[900_000, 500_000], [900_000, 0]]
    assert lists.bounds[:2].tolist() == [500_000, NO_BOUND]
    assert lists.row_bounds()[:2].tolist() == [0.5, -np.inf]


def test_similarities_come_back_as_they_were() -> None:
    similarities = np.round(np.random.default_rng(0).uniform(-1, 1, 999), 6)
    found = kept_lists(Pairs(np.arange(999), np.arange(999), similarities), 999, 1).pairs(np.arange(999))
    assert np.array_equal(found.similarities, similarities)


def test_papers_get_other_numbers_and_leave_gaps(lists: KeptLists) -> None:
    found, lost = lists.renumbered(np.array([-1, 0, 2, 3]))  # paper 1 is gone, and one before all is new
    assert found.rows.tolist() == [[NO_ROW, NO_ROW], [GONE, 3], [NO_ROW, NO_ROW], [NO_ROW, NO_ROW]]
    assert found.bounds[1] == 500_000
    assert lost.tolist() == [1]


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        ((0, 2, 0.7), [2, 3]),  # it is nearer than a paper of the list
        ((0, 2, 0.5), [2, 3]),  # it ranks before the last of as near papers
        ((0, 4, 0.5), [3, NO_ROW]),  # a paper that is not in the list may rank before it
    ],
)
def test_what_ranks_after_the_last_known_paper_is_not_taken(
    lists: KeptLists, new: tuple[int, int, float], expected: list[int]
) -> None:
    wider, _lost = lists.renumbered(np.array([0, -1, -1, 3, -1]))  # paper 1 is gone; 2 and 4 are new
    wider.merge(np.array([0]), pairs(new), np.array([False, True, True, False, True]))
    assert wider.rows[0].tolist() == expected


def test_a_list_of_all_papers_takes_each_new_one(lists: KeptLists) -> None:
    lists.merge(np.array([1]), pairs((1, 3, -0.2)), np.array([False, False, False, True]))
    assert lists.rows[1].tolist() == [0, 3]
    assert lists.bounds[1] == -200_000


def test_a_list_that_lost_a_paper_shows_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = Papers.of(in_groups(400))
    before = build(papers)
    del papers.vectors[ids(400)[7]]

    def refused(*_: Any) -> Any:
        raise AssertionError("nothing is to be compared")

    monkeypatch.setattr("paperlake.neighbours.update.compare_with_all", refused)
    change = update(papers, before.index)
    assert len(change.changed) > 0
    assert applied(before.frame(), change).equals(build(papers).frame())
