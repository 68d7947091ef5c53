"""A folder that appears whole or not at all: filled under another name, flushed to disk, renamed.

Whether a folder that is already there may be replaced is decided by the caller: a slip of the hand must not
delete somebody's files.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paperlake.errors import LakeBusyError, UsageError
from paperlake.lake import Lake


@contextmanager
def whole_folder(target: Path, check_target: Callable[[Path], None]) -> Iterator[Path]:
    """Give a folder to fill; it becomes `target` when the context ends without an error.

    Args:
        target: The folder.
        check_target: Raises an error if something lies at `target` that may not be replaced. It is not
            called for a folder that is empty or not there.

    Raises:
        UsageError: The parent of `target` is missing.
        LakeBusyError: Another process is filling the same folder.
    """
    target = target.expanduser().absolute()
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced")
    if not target.parent.is_dir():
        raise UsageError(f"Cannot write {target}: there is no folder {target.parent}. Make it first.")
    if target.exists() and not (target.is_dir() and not any(target.iterdir())):
        check_target(target)
    partial.mkdir(exist_ok=True)
    with _held(partial, target):
        if replaced.exists() and not target.exists():
            replaced.rename(target)  # an earlier export was killed between its two renames
        shutil.rmtree(replaced, ignore_errors=True)
        _empty(partial)
        try:
            yield partial
            _flush(partial)
            if target.exists():
                target.rename(replaced)
            partial.rename(target)
            _flush_folder(target.parent)
            shutil.rmtree(replaced, ignore_errors=True)
        finally:
            if partial.exists():
                shutil.rmtree(partial)


def refuse_inside_lake(lake: Lake, folder: Path) -> None:
    """Refuse a folder that is inside the lake, or contains it.

    Raises:
        UsageError: It is.
    """
    root, target = lake.root.resolve(), folder.expanduser().resolve()
    if target.is_relative_to(root) or root.is_relative_to(target):
        raise UsageError(
            f"Cannot write {folder}: it is inside the lake {lake.root}, or contains it. "
            "Name a folder beside it."
        )


@contextmanager
def _held(partial: Path, target: Path) -> Iterator[None]:
    """Hold the folder that is being filled; the kernel lets go of it however the process ends."""
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LakeBusyError(f"Another process is writing {target}. Wait for it to end.") from None
        yield
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _flush(folder: Path) -> None:
    for parent, _folders, files in os.walk(folder, topdown=False):
        for name in files:
            with (Path(parent) / name).open("rb") as file:
                os.fsync(file.fileno())
        _flush_folder(Path(parent))


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
