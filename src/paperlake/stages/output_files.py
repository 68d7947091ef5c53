"""The files that a build writes: partitions of tables, and files that are no tables.

Each is written under a name derived from its content. It is no part of the lake until the runner commits the
manifest that lists it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.table import File, Table
from paperlake.engine.protocol import halves
from paperlake.lake import Lake
from paperlake.lake.files import (
    flush_folder,
    hash_bytes,
    hash_file,
    parquet_writer,
    publish,
    temporary_path,
    write_bytes,
)
from paperlake.lake.manifest import FileEntry, has_size
from paperlake.lake.verify import remember
from paperlake.stages.partition_file import PartitionWriter, arrow_schema, read_footer
from paperlake.stages.stage import RunContext, Stage

NAME_CHARS = 16  # of a content hash in a file name
ITEM_ROWS = (
    8_192  # rows of partitions that one item of the engine writes, or of one partition: 15 MB of papers
)

Part = tuple[str, pl.DataFrame]
"""The name of a partition, and its rows."""


class OutputFiles:
    """The files of one build of one stage."""

    def __init__(self, stage: Stage, context: RunContext) -> None:
        self.stage = stage
        self.context = context
        self.previous = context.lake.manifest(stage.name)
        self._entries: dict[str, list[FileEntry]] = {}
        self._left_over_files: dict[str, dict[str, list[Path]]] = {}

    @property
    def lake(self) -> Lake:
        """The lake, for paths of what is no table: dumps, curated files, caches."""
        return self.context.lake

    @contextmanager
    def partition(
        self,
        table: Table,
        partition: str,
        built_from: str = "",
        schema: pa.Schema | None = None,
        flush: bool = True,
    ) -> Iterator[PartitionWriter]:
        """Write one partition part by part; it counts when the context ends without an error.

        The caller checks the rows against the table's declaration, and reports the result (`report`).

        Args:
            table: An output of the stage.
            partition: The name of the partition.
            built_from: Fingerprint of its inputs, for `keep`.
            schema: Arrow types of its columns, where they differ from the declaration (the dimension).
            flush: Flush the folder to disk.
        """
        with writing_partition(self.lake, table, partition, built_from, schema, flush) as rows:
            yield rows
        assert rows.entry is not None  # noqa: S101  # the context ended without an error
        self.take(table, rows.entry)

    def write_parts(self, table: Table, parts: Iterable[Part], schema: pa.Schema | None = None) -> None:
        """Write whole partitions, by the engine; the caller checks the rows.

        Args:
            table: An output of the stage.
            parts: The partitions, each once.
            schema: That of `partition`.
        """
        compute = partial(_write_parts, lake=self.lake, table=table, schema=schema)
        for entries in self.context.engine.map(compute, _items(parts), split=halves):
            for entry in entries:
                self.take(table, entry)
        if self._entries.get(table.name):
            flush_folder(self.lake.folder_of(table))

    def take(self, table: Table, entry: FileEntry) -> None:
        """Take a partition that was written by `writing_partition`, perhaps in another process."""
        self._entries.setdefault(table.name, []).append(entry)

    def keep(self, table: Table, partition: str, built_from: str) -> FileEntry | None:
        """Take over a partition of the last commit if it was built from the same inputs.

        A partition that an interrupted run finished and never committed is taken over, too: its footer says
        what it was built from (see `PartitionWriter.annotate`; the key is `built_from`). A run that is to
        rebuild keeps nothing.
        """
        if self.context.rebuild:
            return None
        entry = self._committed(table, partition, built_from) or self._left_over(table, partition, built_from)
        if entry is not None:
            self._entries.setdefault(table.name, []).append(entry)
        return entry

    def drop(self, table: Table, partition: str) -> None:
        """Forget a partition that was written or kept."""
        self._entries[table.name] = [e for e in self._entries.get(table.name, []) if e.partition != partition]

    def order(self, table: Table, partitions: Sequence[str]) -> None:
        """State the order of a table's partitions, which is the order of its rows."""
        place = {name: number for number, name in enumerate(partitions)}
        self._entries.setdefault(table.name, []).sort(key=lambda entry: place[entry.partition])

    def write_file(self, file: File, content: bytes) -> None:
        """Write a file that is no table."""
        digest = hash_bytes(content)
        path = self.lake.folder_of(file) / f"{digest[:NAME_CHARS]}{file.suffix}"
        if not _has_content(path, digest):
            write_bytes(path, content)
        self._entries[file.name] = [_entry(self.lake, "", path, None, digest)]

    def adopt(self, file: File, path: Path, built_from: str = "") -> None:
        """Take a finished file that the stage built in the file's folder, under its own unused name.

        Args:
            file: An output of the stage.
            path: The file.
            built_from: Fingerprint that the next build compares with its own (`previous_entry`).
        """
        self._entries[file.name] = [_entry(self.lake, "", path, None, hash_file(path), built_from)]
        remember(path, self._entries[file.name][0])

    def _committed(self, table: Table, partition: str, built_from: str) -> FileEntry | None:
        entry = self._previous_entries.get((table.name, partition, built_from))
        return entry if entry and has_size(self.lake.root / entry.path, entry.byte_size) else None

    @cached_property
    def _previous_entries(self) -> dict[tuple[str, str, str], FileEntry]:
        """The files of the last commit, by table, partition and fingerprint of its inputs."""
        outputs = self.previous.outputs.items() if self.previous else ()
        return {
            (name, entry.partition, entry.built_from): entry for name, entries in outputs for entry in entries
        }

    def _left_over(self, table: Table, partition: str, built_from: str) -> FileEntry | None:
        for path in self._files_before(table).get(partition, ()):
            metadata = read_footer(path)
            if metadata is not None and metadata.get("built_from") == built_from:
                row_count, digest = pq.read_metadata(path).num_rows, hash_file(path)
                if _path(self.lake, table, partition, digest) == path:  # else it was damaged since
                    return _entry(self.lake, partition, path, row_count, digest, built_from)
        return None

    def _files_before(self, table: Table) -> dict[str, list[Path]]:
        """Return the files in a table's folder when first asked for, by partition, in order of name."""
        if table.name not in self._left_over_files:
            found: dict[str, list[Path]] = {}
            for path in sorted(self.lake.folder_of(table).glob("*-*.parquet")):
                found.setdefault(path.name.rpartition("-")[0], []).append(path)
            self._left_over_files[table.name] = found
        return self._left_over_files[table.name]


@contextmanager
def writing_partition(
    lake: Lake,
    table: Table,
    partition: str,
    built_from: str = "",
    schema: pa.Schema | None = None,
    flush: bool = True,
) -> Iterator[PartitionWriter]:
    """Write one partition part by part; where the context ends without an error, the writer has its entry.

    Several processes may write the same partition at a time: the name of the file is that of its content.
    """
    partial = temporary_path(_path(lake, table, partition, ""))
    try:
        types = schema or arrow_schema(table)
        with partial.open("wb") as file, parquet_writer(file, types, table.compression) as writer:
            rows = PartitionWriter(writer, table.row_group_rows)
            yield rows
        digest = hash_file(partial)
        path = _path(lake, table, partition, digest)
        if not _has_content(path, digest):
            publish(partial, path, flush)
        rows.entry = _entry(lake, partition, path, rows.row_count, digest, built_from)
        remember(path, rows.entry)
    finally:
        partial.unlink(missing_ok=True)


def _items(parts: Iterable[Part]) -> Iterator[list[Part]]:
    """Yield partitions, as many at a time as have `ITEM_ROWS` rows, or one."""
    item: list[Part] = []
    rows = 0
    for name, frame in parts:
        item.append((name, frame))
        rows += frame.height
        if rows >= ITEM_ROWS:
            yield item
            item, rows = [], 0
    if item:
        yield item


def _write_parts(
    parts: Sequence[Part], lake: Lake, table: Table, schema: pa.Schema | None
) -> list[FileEntry]:
    """Write partitions, as one item of the engine; the folder is not flushed."""
    entries = []
    for name, frame in parts:
        with writing_partition(lake, table, name, schema=schema, flush=False) as rows:
            rows.add(frame)
        assert rows.entry is not None  # noqa: S101  # the context ended without an error
        entries.append(rows.entry)
    return entries


def _path(lake: Lake, table: Table, partition: str, digest: str) -> Path:
    name = "-".join(part for part in (partition, digest[:NAME_CHARS]) if part)
    return lake.folder_of(table) / f"{name}.parquet"


def _entry(
    lake: Lake, partition: str, path: Path, row_count: int | None, digest: str, built_from: str = ""
) -> FileEntry:
    relative = path.relative_to(lake.root).as_posix()
    return FileEntry(partition, relative, row_count, path.stat().st_size, digest, built_from)


def _has_content(path: Path, digest: str) -> bool:
    """Return whether a file is there with that content; one that was damaged is written again."""
    return path.exists() and hash_file(path) == digest
