"""Progress in a log or a pipe: a line at least every 30 s, also from within one long call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pytest

from paperlake.progress import LOG_EVERY_SECONDS, POLL_SECONDS, LogLines, every_second


class Hour:
    """A clock that a test moves; each second of it is a beat."""

    def __init__(self) -> None:
        self.now = 0.0
        self.beat: Callable[[], None] | None = None
        self.lines: list[tuple[float, str]] = []
        self.progress = LogLines(
            lambda line: self.lines.append((self.now, line)), clock=lambda: self.now, beats=self.beats
        )

    @contextmanager
    def beats(self, call: Callable[[], None]) -> Iterator[None]:
        self.beat = call
        yield
        self.beat = None

    def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.now += POLL_SECONDS
            if self.beat:
                self.beat()

    @property
    def texts(self) -> list[str]:
        return [line for _, line in self.lines]

    def longest_silence(self) -> float:
        times = [0.0, *(at for at, _ in self.lines), self.now]
        return max(later - earlier for earlier, later in pairwise(times))


def test_a_line_says_how_many_how_fast_and_how_long_still() -> None:
    hour = Hour()
    with hour.progress.task("Embedding", 1000, "texts") as advance:
        for _ in range(60):
            advance(10)
            hour.wait(1)
    assert hour.texts[0] == "Embedding: 200 of 1,000 texts, 10.0/s, about 80 s left"
    assert hour.texts[-1] == "Embedding: 600 texts in 60 s"
    assert hour.longest_silence() <= 30


def test_one_long_call_says_that_it_goes_on() -> None:
    hour = Hour()
    with hour.progress.task("Finding neighbours", 541_285, "papers"):
        hour.wait(600)
    assert hour.texts[0] == "Finding neighbours: still running, 0 of 541,285 papers (20 s)"
    assert "(10 min)" in hour.texts[-2]
    assert hour.longest_silence() <= 30


def test_between_two_tasks_the_step_says_that_it_goes_on() -> None:
    hour = Hour()
    with hour.progress.step("warehouse"):
        with hour.progress.task("Indexing words", 5, "papers") as advance:
            advance(5)
            hour.wait(10)
        hour.wait(300)
    assert hour.texts[:2] == ["Indexing words: 5 papers in 10 s", "warehouse: still running (30 s)"]
    assert hour.longest_silence() <= 30


def test_a_short_task_is_one_line_without_a_time_and_a_short_step_none() -> None:
    hour = Hour()
    with hour.progress.step("papers"), hour.progress.task("Comparing", 1, "pairs") as advance:
        advance(1)
    assert hour.texts == ["Comparing: 1 pair"]


def test_a_failing_task_leaves_nothing_open() -> None:
    hour = Hour()
    with pytest.raises(ValueError, match="no"), hour.progress.task("Comparing", 1, "pairs"):
        raise ValueError("no")
    hour.wait(100)
    assert hour.lines == []


def test_the_beats_come_from_a_thread_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    from paperlake import progress

    monkeypatch.setattr(progress, "POLL_SECONDS", 0.001)
    called = threading.Event()
    with every_second(called.set):
        assert called.wait(10)
    assert "progress" not in {thread.name for thread in threading.enumerate()}
    assert LOG_EVERY_SECONDS + POLL_SECONDS < 30
