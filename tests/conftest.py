"""Fixtures that every test may use."""

import os
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import fill, put
from tests.support.templates import Templates

# No test asserts a time: a busy machine is no failure.
hypothesis.settings.register_profile("paperlake", deadline=None)
hypothesis.settings.load_profile("paperlake")

# openvino and mlcroissant import absl where it is installed. Its handler keeps the stream of standard error that pytest
# captures with, and closes it when Dagster configures logging: no test after that could be run.
if find_spec("absl"):
    import absl.logging

    absl.logging.get_absl_handler().python_handler.setStream(sys.__stderr__)

PROJECT = Path(__file__).resolve().parent.parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of the most slow tests, so that no process is left alone with one of them at the end."""
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real dumps; the test is skipped where there is none."""
    folder = Path(os.environ.get("PAPERLAKE_REAL_DATA", PROJECT / "../shared/data")).resolve()
    if not (folder / "dumps").is_dir():
        pytest.skip("no real data: set PAPERLAKE_REAL_DATA")
    return folder


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A fresh, empty lake."""
    return Lake.open(tmp_path / "lake")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Default settings with the embedder that needs no model."""
    return Settings(lake=tmp_path / "lake", embedder="hashing")


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """Folders that are built once for all processes of a test run."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    return Templates(shared / "templates")


@pytest.fixture(scope="session")
def real_lake(real_data: Path, templates: Templates) -> Lake:
    """The three real listing dumps through every stage, with the real model; read it, do not change it."""

    def build(folder: Path) -> None:
        lake = Lake.open(folder)
        put(lake, *sorted((real_data / "dumps/listing").glob("*.txt")))
        fill(lake, Settings(lake=folder))

    return Lake.open(templates.once("real_lake", build))
