"""One lake of three sample dumps, through every stage, for all tests of commands that only read."""

import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from tests.support.lakes import SAMPLES, fill, put

DUMP = SAMPLES / "listing/saved_page_june.txt"


@pytest.fixture(scope="package")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.open(tmp_path_factory.mktemp("commands") / "lake")
    put(lake, DUMP, SAMPLES / "listing/browser_copy.txt")  # with two papers of changed texts
    daily = SAMPLES / "daily_api/2024-06-14/2024-06-15T070000Z.json"
    put(lake, daily, folder="daily_api")
    fill(lake, Settings(lake=lake.root, embedder="hashing"))
    return lake
