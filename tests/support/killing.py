"""End a run at any operation on a file: opened for writing, written, flushed, renamed, linked, deleted.

The end is an exception that nothing catches, after which every operation fails: a dead process writes nothing
more and cleans nothing up. What DuckDB writes itself is not seen here; processes that are really killed are
tested, too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

WRITING = set("wax+")


class Killed(BaseException):
    """The end of a process, as far as its files are concerned."""


class Operations:
    """Counts operations on files, and ends the run at one of them."""

    def __init__(self, number: int | None, when: str, kinds: frozenset[str] | None) -> None:
        self.done: list[str] = []
        """One line per operation: its kind and the name of the file."""
        self.is_dead = False
        self._number, self._when, self._kinds = number, when, kinds

    def act(
        self, kind: str, name: object, act: Callable[[], Any], half: Callable[[], Any] | None = None
    ) -> Any:
        """Do one operation; raise Killed before it, after it, or when it is half done."""
        if self.is_dead:
            raise Killed
        if self._kinds is not None and kind not in self._kinds:
            return act()
        self.done.append(f"{kind} {name}")
        is_last = len(self.done) == self._number
        if not is_last:
            return act()
        if self._when == "after":
            done = act()
            if hasattr(done, "close"):
                done.close()
        elif self._when == "half" and half is not None:
            half()
        self.is_dead = True
        raise Killed


class WatchedFile:
    """A file that is written to, one operation per write."""

    def __init__(self, file: IO[bytes], name: str, operations: Operations) -> None:
        self._file, self._name, self._operations = file, name, operations

    def write(self, content: Any) -> int:
        """Write, or be killed on the way."""
        written: int = self._operations.act(
            "write", self._name, lambda: self._file.write(content), lambda: self._write_half(content)
        )
        return written

    def _write_half(self, content: Any) -> None:
        self._file.write(memoryview(content).cast("B")[: len(content) // 2])

    def __enter__(self) -> WatchedFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def watching(
    number: int | None, when: str = "before", kinds: frozenset[str] | None = None
) -> Iterator[Operations]:
    """Watch the operations of a run, and end it at the `number`-th; None watches only.

    Args:
        number: From 1.
        when: `before`, `after`, or `half` (of what is written).
        kinds: The kinds that are counted; all for None.
    """
    operations = Operations(number, when, kinds)
    patch = pytest.MonkeyPatch()
    real_open = Path.open

    def opening(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if not WRITING & set(mode):
            return real_open(path, mode, *args, **kwargs)
        file = operations.act("open", path.name, lambda: real_open(path, mode, *args, **kwargs))
        return WatchedFile(file, path.name, operations)

    patch.setattr(Path, "open", opening)
    for owner, name, kind in (
        (os, "fsync", "fsync"),
        (os, "link", "link"),
        (Path, "replace", "rename"),
        (Path, "unlink", "unlink"),
        (Path, "chmod", "chmod"),
    ):
        patch.setattr(owner, name, _watched(operations, kind, getattr(owner, name)))
    try:
        yield operations
    finally:
        patch.undo()


def _watched(operations: Operations, kind: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def acting(first: Any, *args: Any, **kwargs: Any) -> Any:
        name = getattr(args[0] if kind == "rename" else first, "name", first)
        return operations.act(kind, name, lambda: real(first, *args, **kwargs))

    return acting
