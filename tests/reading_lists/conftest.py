"""A lake with dated papers and vectors; lists are written by each test."""

from collections.abc import Iterator

import pytest

from paperlake.lake import Lake
from tests.support.reading_lists import lake_with_days, remove_lists
from tests.support.templates import Templates


@pytest.fixture(scope="session")
def filled(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return lake_with_days(templates, tmp_path_factory.mktemp("lists") / "lake")


@pytest.fixture
def lake(filled: Lake) -> Iterator[Lake]:
    yield filled
    remove_lists(filled)
