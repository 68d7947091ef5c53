"""The state between two runs: it comes back as it was written, and a damaged file is no state."""

from pathlib import Path

import numpy as np
import pytest

from paperlake.neighbours import full_build
from paperlake.neighbours.index import read_index
from tests.neighbours.made_vectors import Papers, build, in_groups


@pytest.mark.parametrize("exact_papers", [10, 1000])
def test_it_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact_papers: int) -> None:
    monkeypatch.setattr(full_build, "EXACT_PAPERS", exact_papers)
    index = build(Papers.of(in_groups(300))).index
    file = tmp_path / "index.npz"
    file.write_bytes(index.to_bytes())
    read = read_index(file)
    assert read is not None
    assert read.papers.equals(index.papers)
    for name, array in vars(index.kept).items():
        assert np.array_equal(getattr(read.kept, name), array)
    assert (read.model_id, read.count, read.probes) == (index.model_id, index.count, index.probes)
    if exact_papers == 10:
        assert np.array_equal(read.lists, index.lists)
        assert np.array_equal(read.centroids, index.centroids)
        assert read.trained_count == 300
    assert index.to_bytes() == file.read_bytes()


def test_no_papers_are_a_state(tmp_path: Path) -> None:
    file = tmp_path / "index.npz"
    file.write_bytes(build(Papers({})).index.to_bytes())
    read = read_index(file)
    assert read is not None
    assert read.papers.is_empty()


@pytest.mark.parametrize("keep", [0, 10, 500, -30])
def test_a_damaged_file_is_no_state(tmp_path: Path, keep: int) -> None:
    file = tmp_path / "index.npz"
    file.write_bytes(build(Papers.of(in_groups(50))).index.to_bytes()[:keep])
    assert read_index(file) is None
