"""A lake with topics by phrases, for tests of their names by a language model."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from paperlake.catalogue import partitioning
from paperlake.lake import Lake
from paperlake.settings import Settings
from paperlake.topics import building
from paperlake.topics.llm import endpoint as endpoint_module
from tests.support.fitted_lakes import fit_topics_of
from tests.support.planted_topics import Planted, plant


@pytest.fixture(autouse=True)
def tiny_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few papers in a partition, no picture, no long pauses."""
    monkeypatch.setattr(partitioning, "MAX_PARTITION_ROWS", 100)
    monkeypatch.setattr(building, "draw_model", lambda _: b"a picture takes a second")
    monkeypatch.setattr(endpoint_module, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture(scope="package")
def planted() -> Planted:
    return plant(30)


@pytest.fixture(scope="package")
def fitted(planted: Planted, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with topics by phrases, to copy."""
    root = tmp_path_factory.mktemp("fitted") / "lake"
    return fit_topics_of(planted.papers[:270], root, Settings(embedder="hashing"), partition_rows=100)


@pytest.fixture
def fitted_lake(fitted: Path, tmp_path: Path) -> Lake:
    shutil.copytree(fitted, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")
