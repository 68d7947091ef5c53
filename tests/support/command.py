"""The command line in this process: as a user runs it, without the second that a new process takes."""

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from paperlake import cli
from tests.support.signals import signals_kept


@dataclass(frozen=True)
class Done:
    """What a command gave."""

    returncode: int
    stdout: str
    stderr: str


def paperlake(*arguments: str | Path, stdin: str = "", **environment: str) -> Done:
    """Run a command; standard output and error are pipes. The embedder is `hashing` unless the environment says so."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["paperlake", *map(str, arguments)]),
        mock.patch.object(sys, "stdin", io.StringIO(stdin)),
        mock.patch.dict(os.environ, {"PAPERLAKE_EMBEDDER": "hashing", **environment}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        signals_kept(),
    ):
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Done(code, out.getvalue(), err.getvalue())
