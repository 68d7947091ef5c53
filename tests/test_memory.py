"""What polars and glibc keep of freed memory."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from paperlake.memory import JEMALLOC_OPTIONS, JEMALLOC_VARIABLE

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the allocators of Linux")


def shown(**environment: str) -> str:
    code = f"import paperlake, os; print(os.environ.get({JEMALLOC_VARIABLE!r}))"
    inherited = {name: value for name, value in os.environ.items() if name != JEMALLOC_VARIABLE}
    done = subprocess.run(
        [sys.executable, "-c", code], env=inherited | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@linux_only
def test_polars_is_told_before_it_is_loaded_and_the_user_comes_first():
    assert shown() == JEMALLOC_OPTIONS
    assert shown(**{JEMALLOC_VARIABLE: "dirty_decay_ms:9"}) == "dirty_decay_ms:9"


@linux_only
def test_polars_takes_the_options_without_a_complaint():
    options = {JEMALLOC_VARIABLE: JEMALLOC_OPTIONS + ",no_such_option:1"}
    for environment, complaint in ((options, "no_such_option"), ({JEMALLOC_VARIABLE: JEMALLOC_OPTIONS}, "")):
        done = subprocess.run(
            [sys.executable, "-c", "import polars; polars.DataFrame({'a': [1]})"],
            env=os.environ | environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert complaint in done.stderr, "an option that jemalloc does not know is told"
        assert bool(done.stderr) == bool(complaint)
