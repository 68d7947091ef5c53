"""A folder that appears whole or not at all: filled under another name, flushed to disk, renamed.

A folder that is already there is replaced only when asked, and only if it is an earlier export: a slip of
the hand must not delete somebody's files.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paperlake.errors import LakeBusyError, UsageError

MANIFEST = "manifest.json"


@contextmanager
def whole_folder(target: Path, force: bool) -> Iterator[Path]:
    """Give a folder to fill; it becomes `target` when the context ends without an error.

    Raises:
        UsageError: Something lies at `target` and may not be replaced, or its parent is missing.
        LakeBusyError: Another process is filling the same folder.
    """
    target = target.expanduser().absolute()
    partial = target.with_name(f".{target.name}.partial")
    replaced = target.with_name(f".{target.name}.replaced")
    if not target.parent.is_dir():
        raise UsageError(f"Cannot export to {target}: there is no folder {target.parent}. Make it first.")
    _check_target(target, force)
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


def _check_target(target: Path, force: bool) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target.is_dir() and (target / MANIFEST).is_file()):
        raise UsageError(
            f"Cannot export to {target}: it exists and is no export, and is never replaced. "
            "Name another folder."
        )
    if not force:
        raise UsageError(
            f"Cannot export to {target}: an earlier export is there. Replace it with --force, "
            "or name another folder."
        )


@contextmanager
def _held(partial: Path, target: Path) -> Iterator[None]:
    """Hold the folder that is being filled; the kernel lets go of it however the process ends."""
    descriptor = os.open(partial, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LakeBusyError(f"Another process is exporting to {target}. Wait for it to end.") from None
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
