"""Counts of the storms at the end of the output: a test records them with `record_property`."""

import hashlib
from collections import Counter
from collections.abc import Iterator

import pytest

from paperlake.topics import building
from paperlake.topics.continuity.topic_model import TopicModel, model_to_bytes
from tests.support.storm import IS_STORM


@pytest.fixture(scope="package", autouse=True)
def cheap_pictures() -> Iterator[None]:
    """Write a file that follows from the model in place of its picture, save where every storm runs in full."""

    def drawn(model: TopicModel) -> bytes:
        return hashlib.sha512(model_to_bytes(model)).digest()

    with pytest.MonkeyPatch.context() as patch:
        if not IS_STORM:
            patch.setattr(building, "draw_model", drawn)
        yield


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what every storm counted, added up over its parameters."""
    counts: dict[str, Counter[str]] = {}
    for report in (one for outcome in ("passed", "failed") for one in terminalreporter.getreports(outcome)):
        if getattr(report, "when", "") == "call" and "storms" in report.nodeid:
            name = report.nodeid.split("[")[0].rpartition("/")[2]
            numbers = {key: value for key, value in report.user_properties if isinstance(value, int)}
            counts.setdefault(name, Counter()).update(numbers)
    if any(counts.values()):
        terminalreporter.section("storms")
    for name, counted in counts.items():
        if counted:
            shown = ", ".join(f"{value:,} {key}" for key, value in counted.items())
            terminalreporter.line(f"{name}: {shown}")
