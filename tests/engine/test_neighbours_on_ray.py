"""Neighbours are the same on a cluster: all papers compared with each other, and by the lists that they probe."""

from pathlib import Path

import pytest

from paperlake.engine.ray_engine import RayEngine
from paperlake.neighbours import full_build
from paperlake.neighbours.inverted import searching
from paperlake.settings import Settings
from tests.neighbours.made_vectors import Papers, build, in_groups

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.mark.parametrize("exact_papers", [10_000, 100])
def test_a_cluster_finds_the_same(nodes, exact_papers: int, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr(full_build, "EXACT_PAPERS", exact_papers)
    monkeypatch.setattr(searching, "MIN_MERGED_PAIRS", 1000)
    papers = Papers.of(in_groups(3000))
    here = build(papers)
    engine = RayEngine(Settings(engine_ray_address=nodes.cluster.address), tmp_path)
    there = build(papers, work={"engine": engine, "scratch": tmp_path})
    assert there.frame().equals(here.frame())
    assert (there.index.centroids is None) == (exact_papers > 3000)
    assert list(tmp_path.iterdir()) == []
