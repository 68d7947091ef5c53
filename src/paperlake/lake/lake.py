"""The lake: the folder that contains everything, its tables, and its lock.

Only `paperlake.lake` knows paths. `read` and `scan` give the rows of the last commit of the stage that
builds a table; committing is the stage runner's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from paperlake.errors import LakeError, UsageError
from paperlake.lake.files import (
    TEMPORARY_SUFFIX,
    link,
    read_parquet,
    remove_temporary_files,
    write_bytes,
)
from paperlake.lake.locking import lock as locking
from paperlake.lake.manifest import FileEntry, Manifest, missing_files, partition_rows, read_manifest
from paperlake.lake.paths import LakePaths
from paperlake.lake.reading import read_all, read_committed
from paperlake.lake.remote.working_copy import STATEMENT, read_statement
from paperlake.lake.verify import verify

if TYPE_CHECKING:  # a search needs the lake's paths, and not Pandera, which takes 0.2 s to load
    from paperlake.catalogue.table import File, Table
    from paperlake.lake.remote.remote_lake import RemoteLake

FORMAT_VERSION = 2
OWN_NAMES = frozenset(
    {"raw", "curated", "format_version", "paperlake.toml", STATEMENT}
)  # any of them makes a lake
IGNORED_NAMES = frozenset({".DS_Store", ".gitignore", ".gitkeep", "lost+found"})  # of a folder that is empty
READ_ATTEMPTS = 5  # a commit may replace a table's files between reading its manifest and its files
READ_PAUSE_SECONDS = 0.05


class Lake(LakePaths):
    """The folder that contains everything."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._manifests: dict[str, tuple[tuple[int, ...], Manifest | None]] = {}

    @cached_property
    def remote(self) -> RemoteLake | None:
        """The lake in an object store of which this folder is the working copy; None for any other."""
        statement = read_statement(self.root)
        if statement is None:
            return None
        from paperlake.lake.remote.remote_lake import remote_lake  # noqa: PLC0415  # needs an extra

        return remote_lake(self.root, statement, FORMAT_VERSION)

    @property
    def location(self) -> str:
        """Where the lake is: its folder, or its URL."""
        return self.remote.statement.url if self.remote else str(self.root)

    def refresh(self) -> None:
        """Take over what other machines committed to a lake in an object store.

        Raises:
            LakeError: The store cannot be read.
        """
        if self.remote:
            self.remote.refresh()

    def refresh_dumps(self) -> None:
        """Take over which dumps a lake in an object store has now.

        Raises:
            LakeError: The store cannot be read.
        """
        if self.remote:
            self.remote.refresh_dumps()

    def bring_warehouse(self) -> None:
        """Fetch the current warehouse of a lake in an object store, unless it is here.

        Raises:
            LakeError: The store cannot be read.
        """
        if self.remote:
            self.remote.bring(self.warehouse.relative_to(self.root).as_posix())

    @classmethod
    def open(cls, root: Path) -> Lake:
        """Open a lake, creating the folders of a new one.

        Raises:
            UsageError: The folder contains other things and is no lake.
            LakeError: The folder is a lake of another format version, or cannot be written.
        """
        lake = cls(root)
        try:
            lake.refuse_other_folder()
            lake.raw.mkdir(parents=True, exist_ok=True)
            if not lake._version_file.exists():
                lake.write_format_version()
            found = lake.format_version()
            lake.refresh()
        except OSError as error:
            raise LakeError(f"Cannot open the lake {lake.root}: {error.strerror or error}.") from error
        lake._refuse_other_format(found)
        return lake

    @classmethod
    def find(cls, root: Path) -> Lake:
        """Open a lake that exists, to read it; nothing is written.

        Raises:
            UsageError: The folder is no lake.
            LakeError: The folder is a lake of another format version, or cannot be read.
        """
        lake = cls(root)
        try:
            if not lake.raw.is_dir():
                raise UsageError(
                    f"There is no lake at {lake.root}: a lake has a folder raw/. Name it with --lake or "
                    "PAPERLAKE_LAKE."
                )
            if lake._version_file.exists():
                lake._refuse_other_format(lake.format_version())
            lake.refresh()
        except OSError as error:
            raise LakeError(f"Cannot read the lake {lake.root}: {error.strerror or error}.") from error
        return lake

    def refuse_other_folder(self) -> None:
        """Refuse to make a lake of a folder in which something else is.

        Raises:
            UsageError: It is no folder, or one that is not empty and has nothing of a lake.
        """
        if not self.root.exists():
            return
        if not self.root.is_dir():
            raise UsageError(f"{self.root} is not a folder. Name a lake, or a new folder, with --lake.")
        names = {path.name for path in self.root.iterdir()} - IGNORED_NAMES
        if names and not names & OWN_NAMES:
            raise UsageError(
                f"{self.root} is not empty and is no lake: it has no folder raw/. Nothing was written. "
                "Name a lake, or a new folder, with --lake or PAPERLAKE_LAKE."
            )

    def _refuse_other_format(self, found: str) -> None:
        if not found.isascii() or not found.isdecimal():
            raise LakeError(
                f"{self._version_file} is damaged: it holds no number. If the lake is of format "
                f"{FORMAT_VERSION}, delete the file and run again."
            )
        if found not in ("1", str(FORMAT_VERSION)):
            raise LakeError(
                f"The lake {self.root} has format version {found}, this paperlake writes {FORMAT_VERSION}. "
                "Use the paperlake that wrote it, or delete all except raw/ and curated/ and run again."
            )

    def format_version(self) -> str:
        """Return the format version that the lake states."""
        return self._version_file.read_text(errors="replace").strip()

    def write_format_version(self) -> None:
        """State that the lake has the format of this paperlake."""
        write_bytes(self._version_file, f"{FORMAT_VERSION}\n".encode())

    # Tables

    def manifest(self, stage: str) -> Manifest | None:
        """Return the last commit of a stage; None if there is none that can be read."""
        path = self.manifest_path(stage)
        try:
            found = path.stat()
        except OSError:
            return None
        version = (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
        known = self._manifests.get(stage)
        if known is None or known[0] != version:  # it lists thousands of files in a large lake
            known = self._manifests[stage] = (version, read_manifest(path))
        return known[1]

    def has_damaged_manifest(self, stage: str) -> bool:
        """Return whether a stage has a manifest that cannot be read; a run then builds the stage again."""
        return self.manifest_path(stage).exists() and self.manifest(stage) is None

    def entries_of(self, output: Table | File) -> tuple[FileEntry, ...]:
        """Return the committed files of a table or file, in the order of its rows.

        Raises:
            LakeError: The stage has not been built, or its manifest lacks the table.
        """
        manifest = self.manifest(output.stage)
        if manifest is None or output.name not in manifest.outputs:
            raise LakeError(
                f"The lake {self.location} has no {output.name} yet. "
                f"Run `paperlake run --until {output.stage}`."
            )
        return manifest.outputs[output.name]

    def has(self, output: Table | File) -> bool:
        """Return whether a table or file was committed."""
        manifest = self.manifest(output.stage)
        return manifest is not None and output.name in manifest.outputs

    def read(self, table: Table, partition: str | None = None) -> pl.DataFrame:
        """Read a table, or one partition of it, verifying content hashes and page checksums.

        Raises:
            LakeError: The table was never built, or a file is missing or damaged.
        """
        return self._retrying(lambda: self._read_entries(table, self.entries_of(table), partition))

    def read_partitions(self, table: Table, partitions: Collection[str]) -> pl.DataFrame:
        """Read some partitions of a table, verifying content hashes and page checksums.

        Raises:
            LakeError: The table was never built, or a file is missing or damaged.
        """
        chosen = [entry for entry in self.entries_of(table) if entry.partition in partitions]
        frames = read_all(self._here, chosen, read_committed)
        return pl.concat(frames, rechunk=False) if frames else table.empty()

    def read_columns(
        self,
        table: Table,
        columns: Sequence[str],
        partitions: Collection[str],
        entries: Sequence[FileEntry] | None = None,
    ) -> pl.DataFrame:
        """Read a few columns of some partitions, verifying page checksums but no content hashes.

        Raises:
            LakeError: The table was never built, or a file is missing or damaged.
        """
        every = self.entries_of(table) if entries is None else entries
        chosen = [entry for entry in every if entry.partition in partitions]
        frames = read_all(self._here, chosen, lambda path, _: read_parquet(path, columns))
        return pl.concat(frames, rechunk=False) if frames else table.empty().select(columns)

    def row_counts(self, table: Table) -> dict[str, int]:
        """Return the number of rows of each partition of a table.

        Raises:
            LakeError: The table was never built.
        """
        return partition_rows(self.entries_of(table))

    def scan(self, table: Table, entries: Sequence[FileEntry] | None = None) -> pl.LazyFrame:
        """Scan a table lazily: for work that needs few columns or rows of a large table.

        Raises:
            LakeError: The table was never built.
        """
        chosen = self.entries_of(table) if entries is None else entries
        paths = [self._here(entry) for entry in chosen]
        return pl.scan_parquet(paths, glob=False) if paths else table.empty().lazy()

    def path_of(self, file: File) -> Path:
        """Return the path of the committed version of a file, verified.

        Raises:
            LakeError: It was never built, or is missing or damaged.
        """
        (entry,) = self.entries_of(file)
        path = self._here(entry)
        verify(path, entry)
        return path

    def _here(self, entry: FileEntry) -> Path:
        """Return the path of a committed file, which is fetched if it is only in the object store."""
        if self.remote:
            self.remote.fetch(entry)
        return self.root / entry.path

    def missing_files(self, manifest: Manifest) -> Sequence[str]:
        """Return the paths of committed files that are gone or have another size than the manifest says."""
        if self.remote and not self.remote.is_held:
            return []  # they are in the object store
        return missing_files(self.root, manifest)

    def bring_all(self) -> None:
        """Fetch every committed file of a lake in an object store.

        Raises:
            LakeError: The store cannot be read.
        """
        if self.remote:
            self.remote.bring_all()

    def _read_entries(
        self, table: Table, entries: tuple[FileEntry, ...], partition: str | None
    ) -> pl.DataFrame:
        chosen = [entry for entry in entries if partition in (None, entry.partition)]
        frames = read_all(self._here, chosen, read_committed)
        return pl.concat(frames, rechunk=False) if frames else table.empty()

    def read_entry(self, entry: FileEntry, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Read one committed Parquet file or some of its columns.

        Raises:
            LakeError: It is missing or damaged; the message says what to do.
        """
        return read_committed(self._here(entry), entry, columns)

    def _retrying(self, read: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Read again where a commit removed a file between the manifest and the read."""
        for attempt in range(READ_ATTEMPTS):
            try:
                return read()
            except LakeError as error:
                if attempt == READ_ATTEMPTS - 1 or not isinstance(error.__cause__, FileNotFoundError):
                    raise
                time.sleep(READ_PAUSE_SECONDS)
        raise AssertionError("unreachable")

    def write_manifest(self, manifest: Manifest) -> None:
        """Commit: one atomic write, of a lake in an object store a conditional put. Hold the lock.

        Raises:
            LakeError: The object store cannot be written to, or another process took the lake over; nothing
                was committed.
        """
        if self.remote:
            self.remote.commit(manifest)
        else:
            write_bytes(self.manifest_path(manifest.stage), manifest.to_json())

    def publish(self, entry: FileEntry, place: str) -> None:
        """Put a committed file in the place where users open it. Hold the lock.

        Raises:
            LakeError: The object store cannot be written to.
        """
        link(self.root / entry.path, self.root / place)
        if self.remote:
            self.remote.publish(entry, place)

    def delete_vectors(self, path: Path) -> None:
        """Delete a part of computed vectors. Hold the lock."""
        path.unlink(missing_ok=True)
        if self.remote:
            self.remote.store.delete([path.relative_to(self.root).as_posix()])

    def discard(self, path: Path) -> None:
        """Delete a committed file that is damaged; its stage is then built again. Hold the lock.

        Of a lake in an object store the file is fetched again where it is whole there.
        """
        path.unlink(missing_ok=True)
        if self.remote:
            self.remote.discard(path.relative_to(self.root).as_posix())

    # The lock

    def holder(self) -> dict[str, Any] | None:
        """Return who holds the lake now; None if nobody does. Never takes the lock."""
        return locking.holder(self.root) or (self.remote.holder() if self.remote else None)

    def was_left_locked(self) -> bool:
        """Return whether the last process that held the lake was killed, and nobody has held it since."""
        return locking.was_left_locked(self.root)

    @contextmanager
    def lock(
        self, who: str, wait_seconds: float = 0.0, on_wait: Callable[[str], None] | None = None
    ) -> Iterator[None]:
        """Hold the lake, and delete what an interrupted run left; see `paperlake.lake.locking.lock.lock`.

        Raises:
            LakeBusyError: Another process holds the lake, still after `wait_seconds`.
        """
        with locking.lock(self.root, who, wait_seconds, on_wait) as is_first:
            if is_first:
                self.remove_temporary_files()
            if is_first and self.remote:
                with self.remote.hold(who, wait_seconds, on_wait):
                    yield
            else:
                yield

    def remove_temporary_files(self) -> int:
        """Delete temporary files that an interrupted run left; return how many. Hold the lock."""
        folders = [
            folder
            for folder in self.root.iterdir()
            if folder.is_dir() and folder.name not in ("raw", "curated", "dagster")
        ]
        own = [path for path in self.root.glob(f".*{TEMPORARY_SUFFIX}") if path.is_file()]
        for path in own:
            path.unlink(missing_ok=True)
        return len(own) + sum(remove_temporary_files(folder) for folder in folders)
