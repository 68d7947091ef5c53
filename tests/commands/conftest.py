"""One lake of three sample dumps, through every stage, for all tests of commands that only read."""

import pytest

from paperlake.lake import Lake
from tests.support.lakes import SAMPLES
from tests.support.templates import Templates

DUMP = SAMPLES / "listing/saved_page_june.txt"


@pytest.fixture(scope="session")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    root = tmp_path_factory.mktemp("commands") / "lake"
    browser_copy = "listing/browser_copy.txt"  # with two papers of changed texts
    return templates.filled(
        root, "listing/saved_page_june.txt", browser_copy, "daily_api/2024-06-14/2024-06-15T070000Z.json"
    )
