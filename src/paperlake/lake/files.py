"""Files that are written whole or not at all, and Parquet with verified checksums.

A file is written under a temporary name in its own folder, flushed to disk, and renamed. Nothing here knows
what the files mean.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.errors import DamagedFileError

ROW_GROUP_ROWS = 100_000  # rows of a Parquet file in one row group: 150 MB of abstracts
TEMPORARY_SUFFIX = ".partial"


def write_bytes(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a file whole or not at all."""
    with writing(path, mode) as file:
        file.write(content)


@contextmanager
def writing(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """Open a file to write to; it replaces `path` when the context ends without an error."""
    partial = temporary_path(path)
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(mode)
        publish(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def temporary_path(path: Path) -> Path:
    """Return an unused temporary name in the folder of `path`, which is created."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(f".{path.name}.{os.getpid()}-{uuid4().hex[:8]}{TEMPORARY_SUFFIX}")


def publish(finished: Path, path: Path, flush: bool = True) -> None:
    """Rename a finished file of the same file system over `path`, and flush the folder to disk."""
    finished.replace(path)
    if flush:
        flush_folder(path.parent)


def delete_large(path: Path) -> None:
    """Delete a file; a thread frees its blocks, which takes a second for 1.5 GB.

    The name is gone at once. A process does not end before the blocks are free.
    """
    try:
        opened = os.open(path, os.O_RDONLY)
    except OSError:
        path.unlink(missing_ok=True)
        return
    path.unlink(missing_ok=True)
    threading.Thread(target=os.close, args=(opened,)).start()


def link(committed: Path, place: Path) -> None:
    """Give a file a second name in one rename: a hard link, or a copy where the file system has none."""
    try:
        if place.samefile(committed):
            return
    except FileNotFoundError:
        pass
    partial = temporary_path(place)
    try:
        os.link(committed, partial)
    except OSError:
        partial.write_bytes(committed.read_bytes())
        partial.chmod(committed.stat().st_mode)
    publish(partial, place)


def flush_folder(folder: Path) -> None:
    """Flush the names of a folder's files to disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def to_arrow(frame: pl.DataFrame) -> pa.Table:
    """Convert a frame to Arrow types that every Parquet reader knows."""
    return frame.to_arrow(compat_level=pl.CompatLevel.oldest())


def parquet_writer(file: IO[bytes], schema: pa.Schema, compression: str = "zstd") -> pq.ParquetWriter:
    """Open a writer with page checksums.

    Numbers with a fraction are written as they are: they seldom repeat, and dictionaries of vectors take
    half as much space again and more than twice the time.
    """
    repeated = [path for field in schema for path in _repeated_leaves(field)]
    return pq.ParquetWriter(
        file, schema, compression=compression, use_dictionary=repeated or False, write_page_checksum=True
    )


def _repeated_leaves(field: pa.Field) -> Iterator[str]:
    """Yield the Parquet paths of the values of a column, without those of numbers with a fraction."""
    if pa.types.is_nested(field.type):
        is_list = not pa.types.is_struct(field.type)
        for number in range(field.type.num_fields):
            inner = "list.element" if is_list else field.type.field(number).name
            child = field.type.field(number).with_name(f"{field.name}.{inner}")
            yield from _repeated_leaves(child)
    elif not pa.types.is_floating(field.type):
        yield field.name


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Write a frame as Parquet, whole or not at all."""
    with writing(path) as file, parquet_writer(file, to_arrow(frame.head(0)).schema) as writer:
        write_rows(writer, frame)


def write_rows(writer: pq.ParquetWriter, frame: pl.DataFrame, row_group_rows: int = ROW_GROUP_ROWS) -> None:
    """Append a frame to an open Parquet file, a row group at a time: the conversion to Arrow copies."""
    for rows in frame.iter_slices(row_group_rows):
        writer.write_table(to_arrow(rows))


def write_arrow(path: Path, table: pa.Table) -> None:
    """Write an Arrow table as Parquet, whole or not at all."""
    with writing(path) as file, parquet_writer(file, table.schema) as writer:
        writer.write_table(table)


def read_parquet(
    path: Path, columns: Sequence[str] | None = None, content: bytes | None = None
) -> pl.DataFrame:
    """Read a Parquet file or some of its columns, verifying page checksums.

    Args:
        path: The file.
        columns: Their names; None for all.
        content: Of the file, if it was read and verified as a whole: its checksums are not verified again.

    Raises:
        DamagedFileError: The file is missing or corrupt; the message names it.
    """
    try:
        table = _read_table(path, None if columns is None else list(columns), content)
    except FileNotFoundError as error:
        raise DamagedFileError(path, "is missing. Run `paperlake run` to build it again.") from error
    except (OSError, pa.ArrowException) as error:
        raise DamagedFileError(
            path, f"is corrupt ({str(error).splitlines()[0]}). Delete it and run `paperlake run`."
        ) from error
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)  # noqa: S101  # a Table is never a Series
    return frame


def _read_table(path: Path, columns: list[str] | None, content: bytes | None) -> pa.Table:
    """Read a file by itself: `pyarrow.parquet.read_table` opens a data set, which takes 2 ms more of CPU."""
    source = path if content is None else pa.BufferReader(content)
    with pq.ParquetFile(source, page_checksum_verification=content is None, memory_map=False) as file:
        unknown = sorted(set(columns or ()) - set(file.schema_arrow.names))
        if unknown:
            raise pa.ArrowInvalid(f"there is no column {', '.join(unknown)}")
        table = file.read(columns, use_threads=file.metadata.num_rows > ROW_GROUP_ROWS)
    return table if columns is None else table.select(columns)


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a small JSON object; None if the file is missing or unreadable."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def remove_temporary_files(folder: Path) -> int:
    """Delete temporary files and folders below `folder` that an interrupted run left; return how many."""
    leftovers = list(folder.rglob(f"*{TEMPORARY_SUFFIX}*"))
    for leftover in leftovers:
        if leftover.is_dir():  # DuckDB spills to a folder beside its file
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    return len(leftovers)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
