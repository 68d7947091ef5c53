"""A lake of sample dumps with its report."""

import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, fill, put


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake of two sample dumps with every stage built; tests must not change it."""
    lake = Lake.open(tmp_path_factory.mktemp("report") / "lake")
    put(lake, SAMPLES / "listing/saved_page_june.txt", SAMPLES / "listing/2025-04-02/trending.txt")
    fill(lake, Settings(lake=lake.root, embedder="hashing"))
    return lake


@pytest.fixture(scope="session")
def page(reported: Lake) -> str:
    """Return the page of that lake."""
    return reported.report.read_text()
