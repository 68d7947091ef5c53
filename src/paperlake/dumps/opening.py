"""Opening a dump: decompression by magic bytes, within the limits of the settings.

Returns the bytes of one dump to a reader (`reading.OpenDump`). The readers interpret them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from paperlake.catalogue.vocabulary import RejectCode
from paperlake.dumps.fields.mappings import NO_MAPPINGS, Mappings
from paperlake.dumps.reading import (
    HEAD_BYTES,
    DumpChangedError,
    DumpError,
    DumpTooLargeError,
    PassingDumpError,
)
from paperlake.settings import Settings
from paperlake.text.display import plural

CHUNK_BYTES = 4 << 20  # large enough that the cost per chunk is negligible, small enough for bounded memory
MAGIC_BYTES = {"gzip": b"\x1f\x8b", "zstd": b"\x28\xb5\x2f\xfd"}


class DumpFile:
    """One dump on disk, opened for reading (an `OpenDump`)."""

    def __init__(
        self,
        file: Path,
        path: str,
        settings: Settings,
        expected: tuple[int, int] | None = None,
        mappings: Mappings = NO_MAPPINGS,
    ) -> None:
        """Bind a file.

        Args:
            file: The file.
            path: Its name relative to raw/, with forward slashes.
            settings: The limits.
            expected: Size in bytes and time of change in ns that the file must have; None if unknown.
            mappings: What people say about the columns of tables.
        """
        self.file = file
        self.path = path
        self.mappings = mappings
        self._settings = settings
        self._expected = expected

    def head(self) -> bytes:
        """Return the first `HEAD_BYTES` bytes, decompressed.

        Raises:
            DumpError: The file cannot be read, or its compression is damaged at the beginning.
        """
        parts: list[bytes] = []
        missing = HEAD_BYTES
        with self._open() as stream:
            while missing and (part := self._read(stream, missing)):
                parts.append(part)
                missing -= len(part)
        return b"".join(parts)

    def chunks(self) -> Iterator[bytes]:
        """Yield all bytes, decompressed, in chunks of `CHUNK_BYTES`.

        Raises:
            DumpTooLargeError: The dump contains more than the settings allow.
            DumpChangedError: The file vanished or changed while it was read.
            DumpError: The file cannot be read, or its compression is damaged.
        """
        yield from self._bounded_chunks(self._settings.max_decompressed_bytes, "max_decompressed_bytes")

    def content(self) -> bytes:
        """Return all bytes at once, decompressed, for formats that are read whole; raise as `chunks` does."""
        return b"".join(self._bounded_chunks(self._settings.max_whole_bytes, "max_whole_bytes"))

    def _bounded_chunks(self, limit: int, setting: str) -> Iterator[bytes]:
        size = 0
        with self._open() as stream:
            while chunk := self._read(stream, CHUNK_BYTES):
                size += len(chunk)
                if size > limit:
                    raise DumpTooLargeError(
                        f"The dump contains more than {plural(limit, 'byte')} when it is opened ({setting})."
                    )
                yield chunk

    @contextmanager
    def _open(self) -> Iterator[IO[bytes]]:
        """Yield the decompressed stream; check before and after that the file is the same."""
        try:
            opened = open(self.file, "rb", 0, opener=_open_at_once)  # noqa: SIM115  # Path has no opener
        except FileNotFoundError as error:
            raise DumpChangedError("The dump vanished before it could be read.") from error
        except OSError as error:
            raise PassingDumpError(f"The dump cannot be opened: {error.strerror}.") from error
        with opened as file:
            before = self._look(file)
            compression = compression_of(self._read(file, 4))
            file.seek(0)
            if compression is None:
                yield file
                self._require_same(file, before)
            else:
                with pa.CompressedInputStream(pa.PythonFile(file, mode="r"), compression) as stream:
                    yield stream
                    self._require_same(file, before)  # here, since the stream closes the file

    def _require_same(self, file: IO[bytes], before: tuple[int, int]) -> None:
        if self._look(file) != before:
            raise DumpChangedError("The dump changed while it was read; the next run reads it again.")

    def _look(self, file: IO[bytes]) -> tuple[int, int]:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise DumpChangedError("The dump is no longer a plain file.")
        seen = (found.st_size, found.st_mtime_ns)
        if self._expected is not None and seen != self._expected:
            raise DumpChangedError("The dump changed after it was found; the next run reads it again.")
        if found.st_size > self._settings.max_dump_bytes:
            raise DumpTooLargeError(too_large(found.st_size, self._settings))
        return seen

    def _read(self, stream: IO[bytes], size: int) -> bytes:
        try:
            return stream.read(size)
        except (OSError, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno is not None:  # Arrow's own errors have none
                raise PassingDumpError(f"The dump cannot be read: {error.strerror}.") from error
            raise DumpError(
                f"The dump's compression is damaged, or it breaks off: {str(error).splitlines()[0]}",
                RejectCode.DAMAGED_COMPRESSION,
            ) from error


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for a writer, in case a pipe has replaced the file."""
    return os.open(path, flags | os.O_NONBLOCK)


def compression_of(magic: bytes) -> str | None:
    """Return the compression of a file by its first four bytes: `gzip`, `zstd` or None."""
    return next((name for name, start in MAGIC_BYTES.items() if magic.startswith(start)), None)


def refusal_error(refusal: str, byte_size: int, settings: Settings) -> DumpError:
    """Return the error for a file that the inventory refuses, with the code of its reason.

    Args:
        refusal: The sentence of the inventory.
        byte_size: Size of the file in bytes.
        settings: The limits.
    """
    if refusal == too_large(byte_size, settings):
        return DumpTooLargeError(refusal)
    return DumpError(refusal)


def too_large(size: int, settings: Settings) -> str:
    """Return the sentence with which a file of `size` bytes is rejected."""
    return (
        f"The dump has {plural(size, 'byte')}, more than the limit of {settings.max_dump_bytes:,} "
        "(max_dump_bytes)."
    )
