"""The errors that paperlake raises, each with the exit code of the command line.

A message says what was being done, to what, what was found and what to do. Nothing else lives here.
"""

from __future__ import annotations

from pathlib import Path

INTERRUPTED_EXIT_CODE = 130  # as shells report a process that SIGINT ended; SIGTERM has the same


class Interrupted(BaseException):  # no error, like KeyboardInterrupt
    """SIGINT or SIGTERM arrived; raised wherever the command line is, so that locks and files are released.

    No KeyboardInterrupt, which typer and other libraries answer in their own way.
    """


class PaperlakeError(Exception):
    """Something paperlake could not do; the message says what to do about it."""

    exit_code = 1


class UsageError(PaperlakeError):
    """The command or its settings make no sense."""

    exit_code = 2


class UnknownNameError(UsageError):
    """No paper or topic has the name that was given."""


class NothingToReadError(PaperlakeError):
    """raw/ holds nothing that could be read."""

    exit_code = 3


class LakeBusyError(PaperlakeError):
    """Another run holds the lake."""

    exit_code = 4


class LakeError(PaperlakeError):
    """The lake's files are not what they should be: wrong format version, a corrupt or missing file."""


class DamagedFileError(LakeError):
    """A committed file is missing, or its content is not what was committed; a run builds it again."""

    def __init__(self, path: Path, problem: str) -> None:
        """Describe the problem; `problem` is the rest of the sentence that begins with the path."""
        super().__init__(f"{path} {problem}")
        self.path = path
        self._problem = problem

    def __reduce__(self) -> tuple[type[DamagedFileError], tuple[Path, str]]:
        """Return what the error is built from: another process may raise it."""
        return type(self), (self.path, self._problem)


class EngineError(PaperlakeError):
    """The processes that a run was divided over could not be reached, or ended without a result."""


class SharedFolderError(EngineError):
    """A node of a cluster does not have the lake's folder."""


class ModelError(PaperlakeError):
    """An embedding model could not be loaded or gave something other than it promised."""


class ExportError(PaperlakeError):
    """Rows could not be written to files for other programs."""
