"""Verification of committed files: the content of a file is what its manifest says.

A file is hashed once per process and version (path, size, time of change), so that reading a table twice does
not hash it twice.
"""

from __future__ import annotations

from pathlib import Path

from paperlake.errors import DamagedFileError, LakeError
from paperlake.lake.files import hash_file
from paperlake.lake.manifest import FileEntry

_verified: set[tuple[str, int, int, str]] = set()


def verify(path: Path, entry: FileEntry) -> None:
    """Compare a file with its entry in a manifest.

    Raises:
        LakeError: The file is missing or its content is not what was committed.
    """
    try:
        found = path.stat()
        key = (str(path), found.st_size, found.st_mtime_ns, entry.sha256)
        if key in _verified:
            return
        is_equal = is_as_committed(path, entry)
    except FileNotFoundError as error:
        raise DamagedFileError(path, "is missing. Run `paperlake run` to build it again.") from error
    except OSError as error:
        raise LakeError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not is_equal:
        raise DamagedFileError(
            path, "is damaged: its content is not what was committed. Delete it and run `paperlake run`."
        )
    _verified.add(key)


def remember(path: Path, entry: FileEntry) -> None:
    """Take a file as verified that was just hashed for its entry."""
    found = path.stat()
    _verified.add((str(path), found.st_size, found.st_mtime_ns, entry.sha256))


def is_as_committed(path: Path, entry: FileEntry) -> bool:
    """Return whether a file has the size and the hash of its entry in a manifest; hashed on every call.

    Raises:
        OSError: It is missing or cannot be read.
    """
    return path.stat().st_size == entry.byte_size and hash_file(path) == entry.sha256
