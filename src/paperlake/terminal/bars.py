"""Progress on standard error: bars in a terminal, lines where it is a pipe or a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from paperlake.progress import Advance, LogLines
from paperlake.terminal import console

MIN_BAR_WIDTH = 80  # in narrower terminals, share and time left are shown without a bar


def terminal_progress() -> TerminalBars | LogLines:
    """Return what shows progress on standard error."""
    if console.err.is_terminal:
        return TerminalBars()
    return LogLines(lambda line: console.say(f"  {line}"))


class TerminalBars:
    """Draws a progress bar for each task; for a step, a line that moves."""

    @contextmanager
    def task(self, label: str, total: int, unit: str) -> Iterator[Advance]:
        """Draw a bar for `total` units."""
        with Progress(*_columns(unit), console=console.err) as bars:
            task = bars.add_task(label, total=total)
            yield lambda count: bars.advance(task, count)

    @contextmanager
    def step(self, label: str) -> Iterator[None]:
        """Show that the step goes on, until it ends."""
        with console.err.status(label, speed=0.5):
            yield

    def say(self, line: str) -> None:
        """Print the line above the bars."""
        console.say(f"  {line}")


def _columns(unit: str) -> tuple[ProgressColumn, ...]:
    label = TextColumn("  {task.description}")
    if console.err.width < MIN_BAR_WIDTH:
        return label, TaskProgressColumn(), TimeRemainingColumn(compact=True)
    return (
        label,
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
