"""Counts of the storms at the end of the output: a test records them with `record_property`."""

from collections import Counter

import pytest


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
