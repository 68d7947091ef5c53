"""A lake of sample dumps with its report."""

import pytest

from paperlake.lake import Lake
from tests.support.templates import Templates


@pytest.fixture(scope="session")
def reported(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Return a lake of two sample dumps with every stage built; tests must not change it."""
    root = tmp_path_factory.mktemp("report") / "lake"
    return templates.filled(root, "listing/saved_page_june.txt", "listing/2025-04-02/trending.txt")


@pytest.fixture(scope="session")
def page(reported: Lake) -> str:
    """Return the page of that lake."""
    return reported.report.read_text()
