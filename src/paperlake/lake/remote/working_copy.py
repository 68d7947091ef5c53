"""The folder of this machine that mirrors a lake in an object store.

It states its lake in the file `remote.json`, so that every process that opens the folder knows it. What
people write (raw/, curated/, paperlake.toml), computed vectors and names of topics are mirrored object by
object; the stages' files are fetched as the manifests list them, and are named by their content.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from filelock import FileLock

from paperlake.lake.files import read_json, write_bytes
from paperlake.lake.remote.object_store import ObjectInfo, ObjectStore, is_safe_key

STATEMENT = "remote.json"
MIRRORED = "mirrored.json"
SYNC_LOCK = "sync.lock"
VECTORS = "vectors/"
PARTS = ".parquet"
FOLDERS = ("raw/", "curated/", "report/digests/", "topic_names/", VECTORS)
"""Mirrored in both directions: files that only one side has are copied to the other."""
SETTINGS_FILE = "paperlake.toml"
TRANSFERS = 8  # at once; each waits for the network most of the time
HIDDEN = "."  # temporary files of either side begin with it
NAME_CHARS = 16

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Statement:
    """What a working copy says of its lake."""

    url: str
    lease_seconds: float


def is_url(location: str) -> bool:
    """Return whether a lake's location is a URL of an object store."""
    return "://" in location


def make_working_copy(url: str, copies: Path, lease_seconds: float) -> Path:
    """Return the folder of the working copy of a lake, creating it.

    Args:
        url: The lake, such as s3://bucket/prefix.
        copies: The folder of all working copies of this user.
        lease_seconds: See `lease.Lease.seconds`.
    """
    url = url.rstrip("/")
    name = url.rpartition("/")[2] or "lake"
    folder = copies.expanduser().absolute() / f"{name}-{sha256(url.encode()).hexdigest()[:NAME_CHARS]}"
    statement = Statement(url, lease_seconds)
    if read_statement(folder) != statement:
        (folder / "raw").mkdir(parents=True, exist_ok=True)
        write_bytes(folder / STATEMENT, json.dumps(statement.__dict__).encode())
    return folder


def read_statement(folder: Path) -> Statement | None:
    """Return what a folder says of its lake; None where it is a lake of its own."""
    found = read_json(folder / STATEMENT)
    try:
        return Statement(str(found["url"]), float(found["lease_seconds"])) if found else None
    except (KeyError, TypeError, ValueError):
        return None


class WorkingCopy:
    """The mirrored files of one lake."""

    def __init__(self, folder: Path, store: ObjectStore) -> None:
        self.folder = folder
        self.store = store

    @contextmanager
    def syncing(self) -> Iterator[None]:
        """Keep other processes of this machine from changing the working copy at the same time."""
        with FileLock(self.folder / SYNC_LOCK, is_singleton=True, thread_local=False):
            yield

    def sync(self) -> list[str]:
        """Mirror what people write and the computed vectors, in both directions; return refused names.

        A file is fetched where its object is new or changed, and put where it has no object. A file whose
        object was deleted is deleted. Call it within `syncing`.
        """
        known = self._known()
        objects = {one.key: one for folder in FOLDERS for one in self.store.list(folder)}
        settings = self.store.find(SETTINGS_FILE)
        if settings:
            objects[SETTINGS_FILE] = settings
        refused = [key for key in objects if not is_safe_key(key) or self._leaves(key)]
        for key in refused:
            del objects[key]
        files = set(self._files())
        for key in known.keys() & files - objects.keys():
            (self.folder / key).unlink(missing_ok=True)
        in_parallel(
            self._fetch,
            [one for key, one in objects.items() if key not in files or known.get(key) != one.e_tag],
        )
        self._remember({key: one.e_tag for key, one in objects.items()})
        self.put_new()
        return refused

    def put_new(self, folders: Sequence[str] = FOLDERS) -> None:
        """Put the files of some folders that were written here since. Call it within `syncing`."""
        known = self._known()
        new = [key for key in self._files(folders) if key not in known]
        if new:
            tags = in_parallel(lambda key: self.store.put(key, self.folder / key), new)
            self._remember(known | dict(zip(new, tags, strict=True)))

    def fetch_settings(self) -> None:
        """Fetch paperlake.toml; delete it here where the lake has none."""
        if not self.store.fetch(SETTINGS_FILE, self.folder / SETTINGS_FILE):
            (self.folder / SETTINGS_FILE).unlink(missing_ok=True)

    def _fetch(self, one: ObjectInfo) -> None:
        path = self.folder / one.key
        if self.store.fetch(one.key, path):
            modified = one.last_modified.timestamp()  # a dump whose time is kept is not hashed again
            os.utime(path, (modified, modified))

    def _known(self) -> dict[str, str]:
        """Return the entity tags of the objects that the mirrored files are copies of, by name."""
        return read_json(self.folder / MIRRORED) or {}

    def _remember(self, tags: dict[str, str]) -> None:
        write_bytes(self.folder / MIRRORED, json.dumps(tags).encode())

    def _files(self, folders: Sequence[str] = FOLDERS) -> Iterator[str]:
        """Yield the names of the mirrored files of this machine, of some folders."""
        for folder in folders:
            for path in sorted((self.folder / folder).rglob("*")):
                key = path.relative_to(self.folder).as_posix()
                if path.is_file() and not path.is_symlink() and is_mirrored(key):
                    yield key
        if folders == FOLDERS and (self.folder / SETTINGS_FILE).is_file():
            yield SETTINGS_FILE

    def _leaves(self, key: str) -> bool:
        """Return whether a file of that name would be outside of the working copy, through a link."""
        return not (self.folder / key).resolve().is_relative_to(self.folder.resolve())


def is_mirrored(key: str) -> bool:
    """Return whether a file of these folders is mirrored: no temporary file, no index of the vectors."""
    name = key.rpartition("/")[2]
    return not name.startswith(HIDDEN) and (key.endswith(PARTS) or not key.startswith(VECTORS))


def in_parallel(work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return what a function gives for each item, called for several at a time.

    Raises:
        Exception: The first error of a call.
    """
    with ThreadPoolExecutor(TRANSFERS, thread_name_prefix="paperlake-transfer") as pool:
        return list(pool.map(work, items))
