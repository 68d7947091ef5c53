"""Reading the committed Parquet files of a table."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl

from paperlake.lake.files import read_parquet
from paperlake.lake.manifest import FileEntry
from paperlake.lake.verify import read_verified, verify

MAX_BYTES_AT_ONCE = 16 << 20  # of a file that is read from the disk once, to be verified and decoded
MIN_FILES_FOR_THREADS = 8


def read_committed(path: Path, entry: FileEntry, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Read a file or some of its columns, verified as a whole.

    Raises:
        LakeError: It is missing or damaged; the message says what to do.
    """
    if entry.byte_size <= MAX_BYTES_AT_ONCE:
        return read_parquet(path, columns, read_verified(path, entry))
    verify(path, entry)
    return read_parquet(path, columns)


def read_all(
    place: Callable[[FileEntry], Path],
    entries: Sequence[FileEntry],
    read: Callable[[Path, FileEntry], pl.DataFrame],
) -> list[pl.DataFrame]:
    """Read files, in order; where there are many, some at a time.

    Args:
        place: Returns where a file is, and fetches it if it is not here; called in one thread.
        entries: The files.
        read: Reads one.
    """
    paths = [place(entry) for entry in entries]
    if len(paths) < MIN_FILES_FOR_THREADS:
        return list(map(read, paths, entries))
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(read, paths, entries))
