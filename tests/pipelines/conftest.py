"""Fixtures for the code location: a small lake, and its definitions."""

from pathlib import Path

import dagster as dg
import pytest

from paperlake.lake import Lake
from paperlake.settings import Settings
from pipelines.definitions import build_definitions

SAMPLES = Path(__file__).resolve().parents[2] / "data_lake" / "raw"


@pytest.fixture
def sample_lake(lake: Lake) -> Lake:
    """A lake whose raw/ holds two of the sample dumps."""
    for name in ("saved_page_june.txt", "browser_copy.txt"):
        (lake.raw / name).write_bytes((SAMPLES / "listing" / name).read_bytes())
    return lake


@pytest.fixture
def definitions(settings: Settings) -> dg.Definitions:
    """The definitions over the test's lake, with the embedder that needs no model."""
    return build_definitions(settings)


@pytest.fixture
def instance() -> dg.DagsterInstance:
    """An instance in memory."""
    with dg.DagsterInstance.ephemeral() as made:
        yield made
