"""A lake in an object store, seen from its working copy: refresh, fetch, hold, commit, publish."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from paperlake.errors import DamagedFileError, LakeError
from paperlake.lake.files import hash_bytes, link, read_json, write_bytes
from paperlake.lake.manifest import FileEntry, Manifest, has_size, manifest_from_json, read_manifest
from paperlake.lake.remote import lease as leasing
from paperlake.lake.remote.head import Head, read_head
from paperlake.lake.remote.object_store import ObjectStore
from paperlake.lake.remote.working_copy import VECTORS, Statement, WorkingCopy, in_parallel
from paperlake.lake.verify import is_as_committed

SEEN_HEAD = "seen_head.json"
KEEP_SECONDS = 3600.0  # readers of an earlier commit have as long to fetch its files
NAME_CHARS = 16

_log = logging.getLogger(__name__)


class RemoteLake:
    """The lake of one working copy."""

    def __init__(self, folder: Path, statement: Statement, format_version: int) -> None:
        self.folder = folder
        self.statement = statement
        self.store = ObjectStore(statement.url)
        self.copy = WorkingCopy(folder, self.store)
        self._format_version = format_version
        self._held: leasing.HeldLease | None = None
        self._discarded: set[str] = set()

    # Reading

    def refresh(self) -> None:
        """Take over the manifests of the current commits, and paperlake.toml.

        Raises:
            LakeError: The store cannot be read.
        """
        with self.copy.syncing():
            self.copy.fetch_settings()
            self._take_over(read_head(self.store).head or Head(self._format_version))

    def refresh_dumps(self) -> None:
        """Take over what people wrote: raw/ and curated/.

        Raises:
            LakeError: The store cannot be used.
        """
        with self.copy.syncing():
            self._warn(self.copy.sync())

    def bring(self, place: str) -> None:
        """Bring the current version of a published file to its place here, if there is one."""
        path = (read_json(self.folder / SEEN_HEAD) or {}).get("published", {}).get(place)
        for stage in self._seen_manifests():
            manifest = self._known_manifest(stage)
            for entry in _entries([manifest] if manifest else []):
                if entry.path == path:
                    self.fetch(entry)
                    link(self.folder / entry.path, self.folder / place)

    def fetch(self, entry: FileEntry) -> None:
        """Fetch a committed file unless it is here.

        Raises:
            DamagedFileError: The lake does not have it.
            LakeError: The store cannot be read.
        """
        path = self.folder / entry.path
        if not has_size(path, entry.byte_size) and not self.store.fetch(entry.path, path):
            raise DamagedFileError(
                path, f"is missing in {self.statement.url}. Run `paperlake run` to build it again."
            ) from FileNotFoundError(entry.path)

    def bring_all(self) -> None:
        """Fetch every committed file that the lake has: a run reads any of them.

        Raises:
            LakeError: The store cannot be read.
        """

        def fetch(entry: FileEntry) -> None:
            try:
                self.fetch(entry)
            except DamagedFileError:  # missing there: the run builds it again, and its commit puts it
                self._discarded.add(entry.path)

        manifests = [self._known_manifest(stage) for stage in self._seen_manifests()]
        in_parallel(fetch, _entries(manifest for manifest in manifests if manifest))

    @property
    def is_held(self) -> bool:
        """Whether this process holds the lake."""
        return self._held is not None

    def holder(self) -> dict[str, Any] | None:
        """Return who holds the lake; None if nobody does."""
        head = read_head(self.store).head
        if head is None or head.lease is None or leasing.is_of_dead_process(head.lease):
            return None
        lease = head.lease
        return {"who": lease.who, "pid": lease.pid, "host": lease.host, "since": lease.since}

    # Writing

    @contextmanager
    def hold(self, who: str, wait_seconds: float, on_wait: Callable[[str], None] | None) -> Iterator[None]:
        """Hold the lake, with a working copy that has everything a run reads.

        Raises:
            LakeBusyError: Another process holds the lake.
            LakeError: The store cannot be used.
        """
        first = Head(self._format_version)
        held = leasing.acquire(self.store, first, who, self.statement.lease_seconds, wait_seconds, on_wait)
        self._held = held
        try:
            if held.was_taken_over:
                self._sweep(held.head)
            self._remove_obsolete()
            with self.copy.syncing():
                self._take_over(held.head)
                self._warn(self.copy.sync())
            self.bring_all()
            yield
            with self.copy.syncing():
                self.copy.put_new()
        finally:
            self._held = None
            self._release(held)

    def commit(self, manifest: Manifest) -> None:
        """Commit a stage: its files, its manifest, then the head. Hold the lake.

        Raises:
            LeaseLostError: Another process took the lake over; nothing was committed.
            LakeError: The store cannot be written to; nothing was committed.
        """
        held = self._require_held()
        content = manifest.to_json()
        key = f"manifests/{manifest.stage}-{hash_bytes(content)[:NAME_CHARS]}.json"
        before = self._known_manifest(manifest.stage)
        there = (before.paths() if before else set()) - self._discarded
        in_parallel(self._put, sorted(manifest.paths() - there))
        with self.copy.syncing():
            self.copy.put_new((VECTORS,))
        self.store.put(key, content)
        now = time.time()
        replaced = there - manifest.paths() | {held.head.manifests.get(manifest.stage, key)} - {key}

        def change(head: Head) -> Head:
            kept = {path: at for path, at in head.obsolete.items() if path not in manifest.paths()}
            return replace(head.committed(manifest.stage, key), obsolete=kept | dict.fromkeys(replaced, now))

        with self.copy.syncing():
            self._write_seen(held.change(change))
            write_bytes(self.folder / "manifests" / f"{manifest.stage}.json", content)
        self._discarded -= manifest.paths()

    def discard(self, path: str) -> None:
        """Fetch a committed file again that is damaged here; delete its object where that is damaged, too."""
        manifests = [self._known_manifest(stage) for stage in self._seen_manifests()]
        for entry in _entries(manifest for manifest in manifests if manifest):
            place = self.folder / path
            if entry.path != path or (self.store.fetch(path, place) and is_as_committed(place, entry)):
                continue
            place.unlink(missing_ok=True)
            self.store.delete([path])
            self._discarded.add(path)

    def publish(self, entry: FileEntry, place: str) -> None:
        """Put a copy of a committed file under a name that stays. Hold the lake.

        Raises:
            LakeError: The store cannot be written to.
        """
        held = self._require_held()
        if held.head.published.get(place) != entry.path:
            held.beat()  # a holder that was paused must not replace the copy of a later commit
            self.store.copy(entry.path, place)
            with self.copy.syncing():
                self._write_seen(
                    held.change(lambda head: replace(head, published={**head.published, place: entry.path}))
                )

    # Details

    def _require_held(self) -> leasing.HeldLease:
        if self._held is None:
            raise LakeError(f"The lake {self.statement.url} is not held by this process.")
        return self._held

    def _put(self, path: str) -> None:
        self.store.put(path, self.folder / path)

    def _known_manifest(self, stage: str) -> Manifest | None:
        return read_manifest(self.folder / "manifests" / f"{stage}.json")

    def _take_over(self, head: Head) -> None:
        """Write the manifests of a head into the working copy. Call it within `syncing`."""
        if head.format_version != self._format_version:
            raise LakeError(
                f"The lake {self.statement.url} has format version {head.format_version}, this paperlake "
                f"writes {self._format_version}. Use the paperlake that wrote it."
            )
        known = self._seen_manifests()
        for stage, key in head.manifests.items():
            path = self.folder / "manifests" / f"{stage}.json"
            if known.get(stage) != key or not path.exists():
                self._replace_manifest(path, key)
        for path in (self.folder / "manifests").glob("*.json"):
            if path.stem not in head.manifests:  # of a lake that was deleted since
                path.unlink(missing_ok=True)
        self._write_seen(head)

    def _replace_manifest(self, path: Path, key: str) -> None:
        """Write a manifest into the working copy, and delete files that only the one before listed."""
        found = self.store.get(key)
        if found is None:
            raise LakeError(
                f"{self.statement.url}/{key} is missing. Put the object back, or delete head.json there "
                "and run `paperlake run`: all tables are built again from raw/ and curated/."
            )
        before = read_manifest(path)
        write_bytes(path, found[0])
        now = manifest_from_json(json.loads(found[0]))
        for gone in (before.paths() if before else set()) - now.paths():
            (self.folder / gone).unlink(missing_ok=True)

    def _seen_manifests(self) -> dict[str, str]:
        """Return the object of each manifest of the working copy, by stage."""
        return dict((read_json(self.folder / SEEN_HEAD) or {}).get("manifests", {}))

    def _write_seen(self, head: Head) -> None:
        content = {"manifests": head.manifests, "published": head.published}
        write_bytes(self.folder / SEEN_HEAD, json.dumps(content).encode())

    def _remove_obsolete(self) -> None:
        """Delete the objects of earlier commits that no reader fetches any more."""
        held = self._require_held()
        oldest = time.time() - KEEP_SECONDS
        old = sorted(path for path, at in held.head.obsolete.items() if at < oldest)
        if old:
            self.store.delete(old)
            held.change(
                lambda head: replace(
                    head, obsolete={path: at for path, at in head.obsolete.items() if path not in old}
                )
            )

    def _sweep(self, head: Head) -> None:
        """Delete the objects that a run put and never committed, as it was killed."""
        manifests = [
            manifest_from_json(json.loads(found[0]))
            for key in head.manifests.values()
            if (found := self.store.get(key))
        ]
        listed = {path for manifest in manifests for path in manifest.paths()}
        kept = listed | set(head.manifests.values()) | set(head.published) | set(head.obsolete)
        folders = {f"{path.rpartition('/')[0]}/" for path in listed} | {"manifests/"}
        there = {one.key for folder in sorted(folders) for one in self.store.list(folder)}
        self.store.delete(sorted(there - kept))

    def _release(self, held: leasing.HeldLease) -> None:
        try:
            held.release()
        except leasing.LeaseLostError as error:
            _log.warning("%s", error)
        except LakeError as error:
            _log.warning(
                "The lake %s could not be given back: %s Others wait %.0f s for it.",
                self.statement.url,
                error,
                self.statement.lease_seconds,
            )

    def _warn(self, refused: list[str]) -> None:
        for key in refused:
            _log.warning("The object %r is not read: its name is no name of a file below a folder.", key)


@cache
def remote_lake(folder: Path, statement: Statement, format_version: int) -> RemoteLake:
    """Return the lake of a working copy: one object per process, as the process holds the lake once."""
    return RemoteLake(folder, statement, format_version)


def _entries(manifests: Iterable[Manifest]) -> list[FileEntry]:
    return [entry for manifest in manifests for entries in manifest.outputs.values() for entry in entries]
