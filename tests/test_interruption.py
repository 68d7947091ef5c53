"""Signals: raised where the program is, sent again where Python drops what they raise, and recorded."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from paperlake.errors import Interrupted
from paperlake.interruption import INTERRUPTIONS, raise_on_signals, was_interrupted
from tests.support.signals import signals_kept


@pytest.fixture(autouse=True)
def handled() -> Iterator[None]:
    """Handle signals as the command line does, for one test."""
    with signals_kept():
        raise_on_signals()
        yield


@pytest.mark.parametrize("number", INTERRUPTIONS)
def test_a_signal_is_raised_and_recorded(number: signal.Signals) -> None:
    assert not was_interrupted()
    with pytest.raises(Interrupted):
        os.kill(os.getpid(), number)
    assert was_interrupted()
    raise_on_signals()
    assert not was_interrupted()


@pytest.mark.parametrize("number", INTERRUPTIONS)
def test_a_signal_is_recorded_where_a_library_has_its_own_handlers(number: signal.Signals) -> None:
    signal.signal(number, lambda *_: None)
    os.kill(os.getpid(), number)
    assert was_interrupted()


def test_another_signal_is_no_interruption() -> None:
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    os.kill(os.getpid(), signal.SIGUSR1)
    signal.signal(signal.SIGUSR1, before)
    assert not was_interrupted()


def test_a_signal_that_python_dropped_is_sent_again(capsys: pytest.CaptureFixture[str]) -> None:
    class Interrupting:
        def __del__(self) -> None:
            os.kill(os.getpid(), signal.SIGTERM)

    Interrupting()
    with pytest.raises(Interrupted):
        time.sleep(10)
    assert capsys.readouterr().err == ""


def test_other_errors_that_python_drops_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    class Failing:
        def __del__(self) -> None:
            raise OSError("no place")

    Failing()
    assert "no place" in capsys.readouterr().err
