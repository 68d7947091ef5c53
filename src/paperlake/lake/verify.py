"""Verification of committed files: the content of a file is what its manifest says.

A file is hashed once per process and version (path, size, time of change), so that reading a table twice does
not hash it twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paperlake.errors import DamagedFileError, LakeError
from paperlake.lake.files import hash_bytes, hash_file
from paperlake.lake.manifest import FileEntry

_Version = tuple[str, int, int, str]
_verified: set[_Version] = set()


def verify(path: Path, entry: FileEntry) -> None:
    """Compare a file with its entry in a manifest.

    Raises:
        LakeError: The file is missing or its content is not what was committed.
    """
    with _explaining(path):
        version = _version(path, entry)
        is_equal = version in _verified or is_as_committed(path, entry)
    _judge(path, version, is_equal)


def read_verified(path: Path, entry: FileEntry) -> bytes:
    """Return the content of a file, compared with its entry in a manifest: it is read from the disk once.

    Raises:
        LakeError: The file is missing or its content is not what was committed.
    """
    with _explaining(path):
        version = _version(path, entry)
        content = path.read_bytes()
    _judge(path, version, version in _verified or hash_bytes(content) == entry.sha256)
    return content


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Turn an error of the system into one that says what to do."""
    try:
        yield
    except FileNotFoundError as error:
        raise DamagedFileError(path, "is missing. Run `paperlake run` to build it again.") from error
    except OSError as error:
        raise LakeError(f"{path} cannot be read: {error.strerror or error}.") from error


def _version(path: Path, entry: FileEntry) -> _Version:
    found = path.stat()
    return str(path), found.st_size, found.st_mtime_ns, entry.sha256


def _judge(path: Path, version: _Version, is_equal: bool) -> None:
    if not is_equal:
        raise DamagedFileError(
            path, "is damaged: its content is not what was committed. Delete it and run `paperlake run`."
        )
    _verified.add(version)


def remember(path: Path, entry: FileEntry) -> None:
    """Take a file as verified that was just hashed for its entry."""
    _verified.add(_version(path, entry))


def is_as_committed(path: Path, entry: FileEntry) -> bool:
    """Return whether a file has the size and the hash of its entry in a manifest; hashed on every call.

    Raises:
        OSError: It is missing or cannot be read.
    """
    return path.stat().st_size == entry.byte_size and hash_file(path) == entry.sha256
