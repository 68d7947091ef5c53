"""Each process of the UI is asked for the form of its log that the settings choose."""

from pathlib import Path

import pytest

from pipelines.ui.supervisor import Service, _services


@pytest.fixture
def services(tmp_path: Path) -> list[Service]:
    return _services(tmp_path, tmp_path / "code.sock", 3000, "json")


def test_every_process_gets_the_form(services: list[Service]) -> None:
    assert len(services) == 3
    assert all(service.arguments[-2:] == ["--log-format", "json"] for service in services)
