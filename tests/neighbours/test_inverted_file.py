"""Large lakes: nearly all neighbours are found, by any number of threads, and after any updates."""

import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from paperlake.catalogue.warehouse_tables import SIMILAR_PAPERS
from paperlake.engine.local import LocalEngine
from paperlake.neighbours import full_build
from paperlake.neighbours.inverted import calibration, candidates, comparing, searching
from paperlake.neighbours.inverted.calibration import MIN_RECALL
from paperlake.neighbours.inverted.centroids import divided
from paperlake.neighbours.update import NeighbourUpdate
from paperlake.stages.checks import check_table
from tests.neighbours.made_vectors import Papers, applied, build, ids, in_groups, recall, unit, update

CHOSEN = ids(20_000)[::67]


@pytest.fixture(autouse=True)
def _few_papers_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(full_build, "EXACT_PAPERS", 1000)


@pytest.fixture(scope="module")
def large() -> tuple[Papers, NeighbourUpdate]:
    papers = Papers.of(in_groups(20_000, groups=200, dimension=48), block_rows=6_000)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(full_build, "EXACT_PAPERS", 1000)
        return papers, build(papers, 10)


def test_the_recall_that_is_promised_is_reached(large: tuple[Papers, NeighbourUpdate]) -> None:
    papers, built = large
    table = built.frame()
    assert built.index.probes is not None
    assert built.index.probes.mutual < 100  # of 283 lists
    assert built.index.probes.recall >= MIN_RECALL
    assert recall(papers, table, 10, CHOSEN) >= MIN_RECALL
    assert table.height == 200_000
    assert check_table(SIMILAR_PAPERS, table).passed


def test_vectors_in_all_directions_are_probed_until_the_recall_is_reached() -> None:
    papers = Papers.of(unit(np.random.default_rng(6).normal(size=(4000, 32))))
    built = build(papers, 10)
    assert built.index.probes is not None
    assert built.index.probes.mutual == len(built.index.centroids)  # each pair is compared once
    assert recall(papers, built.frame(), 10, ids(4000)[::20]) == 1


def test_the_papers_compared_with_one_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "MAX_COMPARED_PAPERS", 400)
    monkeypatch.setattr(calibration, "MAX_ALL_PAPERS", 800)
    papers = Papers.of(unit(np.random.default_rng(6).normal(size=(4000, 32))))
    built = build(papers, 10)
    assert built.index.probes is not None
    assert built.index.probes.mutual == 12  # of 126 lists of 32 papers
    found = recall(papers, built.frame(), 10, ids(4000)[::20])
    assert found < MIN_RECALL
    assert built.index.probes.recall == pytest.approx(found, abs=0.03)


def test_threads_and_sizes_of_batches_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = Papers.of(in_groups(3000))
    table = build(papers, threads=1).frame()
    monkeypatch.setattr(searching, "MIN_MERGED_PAIRS", 1000)
    monkeypatch.setattr(searching, "MERGED_PER_PAPER", 0)
    monkeypatch.setattr(candidates, "MERGED_PAPERS", 700)
    monkeypatch.setattr(searching, "ITEM_LISTS", 3)
    monkeypatch.setattr(searching, "ITEM_ROWS", 500)
    monkeypatch.setattr(comparing, "QUERY_ROWS", 100)
    monkeypatch.setattr(comparing, "PROBE_ROWS", 70)
    assert build(papers, threads=3).frame().equals(table)


def test_threads_and_tiles_make_no_difference_where_all_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = Papers.of(unit(np.random.default_rng(6).normal(size=(1500, 32))))
    table = build(papers, threads=1).frame()
    monkeypatch.setattr(searching, "MIN_MERGED_PAIRS", 1000)
    monkeypatch.setattr(searching, "MERGED_PER_PAPER", 0)
    monkeypatch.setattr(searching, "ITEM_TILES", 3)
    monkeypatch.setattr(comparing, "TILE_ROWS", 77)
    assert build(papers, threads=3).frame().equals(table)


class Elsewhere(LocalEngine):
    """Hands items and functions on as a cluster does, pickled; asks for all items before it computes one."""

    process_count = 2

    def map(self, function, items, **options):
        """Compute the items from copies."""
        function, items = pickle.loads(pickle.dumps([function, list(items)]))
        return super().map(function, items, **options)


@pytest.mark.parametrize("has_groups", [True, False])
def test_other_processes_find_the_same_though_their_bounds_are_old(
    has_groups: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Many vectors are equal: ties at the bounds are decided by the paper, and not by what was found first."""
    monkeypatch.setattr(searching, "MIN_MERGED_PAIRS", 1000)
    monkeypatch.setattr(searching, "MERGED_PER_PAPER", 0)
    vectors = in_groups(4000) if has_groups else unit(np.random.default_rng(6).normal(size=(4000, 32)))
    vectors[1000:1400] = vectors[1000]
    vectors[2000::40] = vectors[2000]
    papers = Papers.of(vectors)
    here = build(papers)
    engine = Elsewhere()
    there = build(papers, work={"engine": engine, "scratch": tmp_path})
    assert there.frame().equals(here.frame())
    assert (there.index.probes.mutual == len(there.index.centroids)) != has_groups
    assert list(tmp_path.iterdir()) == []


def test_vectors_in_a_file_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    papers = Papers.of(in_groups(2000))
    table = build(papers).frame()
    monkeypatch.setattr(full_build, "MAX_BYTES", 1000)
    assert build(papers).frame().equals(table)


def test_papers_of_one_vector_do_not_make_one_long_list() -> None:
    centroids, lists = divided(np.eye(3, dtype=np.float32), np.array([0] * 90 + [1, 2]))
    assert centroids.shape == (3, 3)
    centroids, lists = divided(np.eye(30, dtype=np.float32), np.array([0] * 90 + list(range(1, 30))))
    assert np.bincount(lists).max() <= 8 * 119 // 30
    assert (centroids[lists[:90]] == np.eye(30)[0]).all()


def test_many_equal_vectors_are_each_others_neighbours() -> None:
    vectors = in_groups(3000)
    vectors[500:1500] = vectors[500]
    table = build(Papers.of(vectors)).frame()
    equal = table.filter(pl.col("paper_id").is_in(ids(1500)[500:]))
    assert equal.height == 5000
    assert (equal["similarity"] == 1.0).all()


def test_new_papers_are_compared_with_all(large: tuple[Papers, NeighbourUpdate]) -> None:
    papers = Papers(large[0].vectors, 6_000)
    before = large[1].frame()
    new = {f"{number:015x}f": vector for number, vector in enumerate(in_groups(200, 200, 48, seed=4))}
    papers.vectors |= new
    change = update(papers, large[1].index, 10)
    assert not change.is_complete
    after = applied(before, change)
    assert recall(papers, after, 10, sorted(new)) == 1.0
    assert recall(papers, after, 10, CHOSEN) >= MIN_RECALL
    assert check_table(SIMILAR_PAPERS, after).passed


def test_lists_that_lost_papers_are_full_again(large: tuple[Papers, NeighbourUpdate]) -> None:
    papers = Papers(large[0].vectors, 6_000)
    before = large[1].frame()
    for name in ids(20_000)[1::10]:
        del papers.vectors[name]
    change = update(papers, large[1].index, 10)
    assert not change.is_complete
    after = applied(before, change)
    assert after.height == 180_000
    assert recall(papers, after, 10, [name for name in CHOSEN if name in papers.vectors]) >= MIN_RECALL
    assert check_table(SIMILAR_PAPERS, after).passed


def test_where_most_lists_would_be_probed_lost_papers_are_replaced_exactly() -> None:
    papers = Papers.of(unit(np.random.default_rng(6).normal(size=(3000, 32))))
    built = build(papers)
    del papers.vectors[ids(3000)[7]]
    change = update(papers, built.index)
    affected = change.frame()["paper_id"].unique().sort().to_list()
    assert len(affected) > 0
    assert recall(papers, change.frame(), 5, affected) == 1.0


def test_after_many_updates_the_recall_is_still_reached() -> None:
    generator = np.random.default_rng(8)
    pool = in_groups(4000, dimension=32)
    papers = Papers.of(pool[:2000])
    change = build(papers)
    table = change.frame()
    for step in range(12):
        for number in generator.choice(4000, 80, replace=False):
            name = f"{number:016x}"
            if papers.vectors.pop(name, None) is None:
                papers.vectors[name] = pool[number]
        change = update(papers, change.index)
        assert not change.is_complete, step
        table = applied(table, change)
    assert table.height == 5 * len(papers.vectors)
    assert recall(papers, table, 5, sorted(papers.vectors)[::5]) >= MIN_RECALL


def test_many_new_papers_are_not_compared_with_all() -> None:
    vectors = in_groups(3000)
    papers = Papers.of(vectors[:1800])
    built = build(papers)
    assert not update(Papers.of(vectors[:1900]), built.index).is_complete
    assert update(Papers.of(vectors), built.index).is_complete


def test_centroids_that_are_outgrown_are_computed_again() -> None:
    papers = Papers.of(in_groups(2100))
    built = build(papers)
    small = Papers.of(in_groups(4300)[:1040])
    assert update(small, built.index).is_complete
