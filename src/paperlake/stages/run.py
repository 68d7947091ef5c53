"""What a stage's build function is given: tables to read, outputs to write, progress to tell.

Every file is written under a name derived from its content, and is no part of the lake until the runner
commits the manifest that lists it.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from paperlake.catalogue.partitioning import ByKeyPrefix, bits_of, partition_of, prefix_bits
from paperlake.catalogue.table import File, Table
from paperlake.errors import LakeError
from paperlake.lake import Lake
from paperlake.lake.files import (
    flush_folder,
    hash_bytes,
    hash_file,
    parquet_writer,
    publish,
    temporary_path,
    to_arrow,
    write_bytes,
)
from paperlake.lake.manifest import (
    CheckResult,
    FileEntry,
    has_size,
    input_hashes,
    missing_files,
    partition_rows,
)
from paperlake.lake.verify import verify
from paperlake.stages.checks import check_keys, check_table, merge_results, outcome
from paperlake.stages.partition_file import PartitionWriter, arrow_schema, read_footer
from paperlake.stages.pipeline import Pipeline, own_fingerprint
from paperlake.stages.stage import Output, RunContext, Stage

NAME_CHARS = 16  # of a content hash in a file name
WRITING_THREADS = min(4, os.cpu_count() or 1)  # Arrow compresses and hashlib hashes without the GIL


class StageRun:
    """One build of one stage."""

    def __init__(self, stage: Stage, pipeline: Pipeline, context: RunContext) -> None:
        self.stage = stage
        self.pipeline = pipeline
        self.context = context
        self.settings = context.settings
        self.progress = context.progress
        self.previous = context.lake.manifest(stage.name)
        self.is_finished = True
        self._readable = {output.name for output in (*pipeline.reads(stage), *stage.writes)}
        self._entries: dict[str, list[FileEntry]] = {}
        self._frames: dict[str, pl.DataFrame] = {}
        self._results: list[CheckResult] = []
        self._left_over_files: dict[str, dict[str, list[Path]]] = {}

    @property
    def lake(self) -> Lake:
        """The lake, for paths of what is no table: dumps, curated files, caches."""
        return self.context.lake

    # Reading

    def read(self, table: Table) -> pl.DataFrame:
        """Read a table of an earlier stage as committed, or one of this stage as written so far.

        Raises:
            LakeError: The stage does not declare that it reads the table, or it is missing or damaged.
        """
        self._refuse_undeclared(table)
        if table.name in self._frames:
            return self._frames[table.name]
        if table.name in self._entries:
            frames = [self.lake.read_entry(entry) for entry in self._entries[table.name]]
            return pl.concat(frames) if frames else table.empty()
        return self.lake.read(table)

    def row_counts(self, table: Table) -> dict[str, int]:
        """Return the number of rows of each partition, as `read` would give them."""
        self._refuse_undeclared(table)
        entries = self._entries.get(table.name)
        return partition_rows(self.lake.entries_of(table) if entries is None else entries)

    def scan(self, table: Table) -> pl.LazyFrame:
        """Scan a table of an earlier stage lazily, its files verified.

        Raises:
            LakeError: The stage does not declare that it reads the table, or it is missing or damaged.
        """
        self._refuse_undeclared(table)
        for entry in self.lake.entries_of(table):
            verify(self.lake.root / entry.path, entry)
        return self.lake.scan(table)

    def changed_partitions(self, output: Output) -> frozenset[str] | None:
        """Return the partitions of an input that are not as this stage's last commit was built from.

        Added and removed partitions are among them. Where the last commit is of no use (there is none,
        it is of another version or other settings, files of it are missing, or the run is to rebuild), None:
        everything counts as changed.
        """
        self._refuse_undeclared(output)
        before = self._inputs_before.get(output.name)
        if before is None:
            return None
        now = input_hashes(self.lake.entries_of(output))
        return frozenset(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))

    @cached_property
    def _inputs_before(self) -> dict[str, dict[str, str]]:
        """The inputs of the last commit, if an incremental build can start from it."""
        own = own_fingerprint(self.stage, self.settings)
        if (
            self.previous is None
            or self.context.rebuild
            or not self.previous.fingerprint.startswith(f"{own}-")
            or missing_files(self.lake.root, self.previous)
        ):
            return {}
        return self.previous.inputs

    def read_partitions(self, table: Table, partitions: Collection[str]) -> pl.DataFrame:
        """Read some partitions of a table of an earlier stage, or of this stage as last committed.

        Raises:
            LakeError: The stage does not declare that it reads the table, or it is missing or damaged.
        """
        self._refuse_undeclared(table)
        return self.lake.read_partitions(table, partitions)

    def path_of(self, file: File) -> Path:
        """Return the path of a file of an earlier stage as committed, or of this stage as written."""
        self._refuse_undeclared(file)
        if file.name in self._entries:
            return self.lake.root / self._entries[file.name][0].path
        return self.lake.path_of(file)

    def previous_file(self, file: File) -> Path | None:
        """Return the path of this stage's file as committed before; None if there is none (any more)."""
        for entry in self.previous.outputs.get(file.name, ()) if self.previous else ():
            if (self.lake.root / entry.path).exists():
                return self.lake.path_of(file)
        return None

    def _refuse_undeclared(self, output: Output) -> None:
        if output.name not in self._readable:
            raise LakeError(f"The stage {self.stage.name} does not declare that it reads {output.name}.")

    # Writing

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        """Check a whole table and write it, divided into partitions as it declares."""
        if isinstance(table.partitioning, ByKeyPrefix):
            self._entries[table.name] = []
            self._write_by_prefix(table, table.partitioning, frame)
        else:
            self._write_checked(table, "", frame)
            self._frames[table.name] = frame

    def replace(
        self,
        table: Table,
        frame: pl.DataFrame,
        partitions: Collection[str],
        kept_rows: pl.DataFrame | None = None,
    ) -> None:
        """Check and write some partitions of a table by key prefix, and keep the others as last committed.

        Args:
            table: An output of the stage.
            frame: All rows of these partitions, and no others.
            partitions: Names of partitions; one without rows is dropped.
            kept_rows: Further rows of them, as committed: only their keys are checked again.
        """
        by = table.partitioning
        if not isinstance(by, ByKeyPrefix) or self.previous is None:
            raise ValueError(f"{table.name} has no partitions by key prefix that could be kept")
        kept = [entry for entry in self.previous.outputs[table.name] if entry.partition not in partitions]
        self._entries[table.name] = kept
        row_count = sum(entry.row_count or 0 for entry in kept)
        if not partitions and frame.is_empty():
            self._results.append(replace(check_table(table, frame), checked_row_count=row_count))
            return
        written = self._write_by_prefix(table, by, frame, row_count, kept_rows)
        if not written <= set(partitions):
            others = sorted(written - set(partitions))
            raise ValueError(f"{table.name} has rows of other partitions: {others}")

    def prefix_bits(self, table: Table, row_count: int = 0) -> int:
        """Return how many bits of the key name a partition of a table by key prefix.

        Args:
            table: The table.
            row_count: Its number of rows, where its own rows decide.
        """
        by = table.partitioning
        if not isinstance(by, ByKeyPrefix):
            raise ValueError(f"{table.name} has no partitions by key prefix")
        sizing = [one for one in self.pipeline.tables if one.name == by.sized_by != table.name]
        return bits_of(self.row_counts(sizing[0])) if sizing else prefix_bits(row_count)

    def _write_by_prefix(
        self,
        table: Table,
        by: ByKeyPrefix,
        frame: pl.DataFrame,
        kept_row_count: int = 0,
        kept_rows: pl.DataFrame | None = None,
    ) -> set[str]:
        """Check rows and write them by partition; return the names. Kept rows were checked before."""
        result = check_table(table, frame)
        if kept_rows is not None:
            frame = pl.concat([kept_rows, frame])
            result = merge_results([result, check_keys(table, frame, kept_rows.height)])[0]
        self._results.append(replace(result, checked_row_count=result.checked_row_count + kept_row_count))
        if not all(one.passed for one in self._results):
            return set()
        bits = self.prefix_bits(table, frame.height + kept_row_count)
        ordered = frame.sort([by.column, *(name for name in table.key if name != by.column)])
        schema = to_arrow(frame.head(0)).schema
        if not bits:
            with self.partition(table, "", schema=schema) as writer:
                writer.add(ordered)
            return {""}
        named = ordered.with_columns(partition_of(by.column, bits).alias("_partition"))
        parts = named.partition_by("_partition", as_dict=True, include_key=False, maintain_order=True)

        def write(name: str, rows: pl.DataFrame) -> None:
            with self.partition(table, name, schema=schema, flush=False) as writer:
                writer.add(rows)

        names = [str(name) for (name,) in parts]
        with ThreadPoolExecutor(max_workers=WRITING_THREADS) as threads:
            list(threads.map(write, names, parts.values()))
        if names:
            flush_folder(self.lake.folder_of(table))
        self._entries[table.name].sort(key=lambda entry: entry.partition)
        return set(names)

    def _write_checked(self, table: Table, partition: str, frame: pl.DataFrame) -> None:
        self._results.append(check_table(table, frame))
        if self._results[-1].passed:
            with self.partition(table, partition, schema=to_arrow(frame.head(0)).schema) as writer:
                writer.add(frame)

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
        path = self._path(table, partition, "")
        partial = temporary_path(path)
        try:
            with partial.open("wb") as file, parquet_writer(file, schema or arrow_schema(table)) as writer:
                rows = PartitionWriter(writer)
                yield rows
            entry = self._publish(table, partition, partial, rows.row_count, built_from, flush)
        finally:
            partial.unlink(missing_ok=True)
        self._entries.setdefault(table.name, []).append(entry)

    def keep(self, table: Table, partition: str, built_from: str) -> FileEntry | None:
        """Take over a partition of the last commit if it was built from the same inputs.

        A partition that an interrupted run finished and never committed is taken over, too: its footer says
        what it was built from (see `PartitionWriter.annotate`; the key is `built_from`).
        """
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
        self._entries[file.name] = [self._entry("", path, None, digest, "")]

    def adopt(self, file: File, path: Path) -> None:
        """Take a finished file that the stage built in the file's folder, under its own unused name."""
        self._entries[file.name] = [self._entry("", path, None, hash_file(path), "")]

    def _path(self, table: Table, partition: str, digest: str) -> Path:
        name = "-".join(part for part in (partition, digest[:NAME_CHARS]) if part)
        return self.lake.folder_of(table) / f"{name}.parquet"

    def _publish(
        self, table: Table, partition: str, partial: Path, row_count: int, built_from: str, flush: bool
    ) -> FileEntry:
        digest = hash_file(partial)
        path = self._path(table, partition, digest)
        if not _has_content(path, digest):
            publish(partial, path, flush)
        return self._entry(partition, path, row_count, digest, built_from)

    def _entry(
        self, partition: str, path: Path, row_count: int | None, digest: str, built_from: str
    ) -> FileEntry:
        relative = path.relative_to(self.lake.root).as_posix()
        return FileEntry(partition, relative, row_count, path.stat().st_size, digest, built_from)

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
                if self._path(table, partition, digest) == path:  # else it was damaged since
                    return self._entry(partition, path, row_count, digest, built_from)
        return None

    def _files_before(self, table: Table) -> dict[str, list[Path]]:
        """Return the files in a table's folder when first asked for, by partition, in order of name."""
        if table.name not in self._left_over_files:
            found: dict[str, list[Path]] = {}
            for path in sorted(self.lake.folder_of(table).glob("*-*.parquet")):
                found.setdefault(path.name.rpartition("-")[0], []).append(path)
            self._left_over_files[table.name] = found
        return self._left_over_files[table.name]

    # Results

    def report(self, check_name: str, checked_row_count: int, failures: Iterable[str]) -> None:
        """Report the result of a check that the stage makes while it builds."""
        names = {check.name: check.output.name for check in self.stage.all_checks}
        self._results.append(outcome(names[check_name], check_name, checked_row_count, failures))

    def results(self) -> list[CheckResult]:
        """Return the results so far, added up over partitions."""
        return merge_results(self._results)

    def outputs(self) -> dict[str, tuple[FileEntry, ...]]:
        """Return what was written.

        Raises:
            LakeError: The stage did not write one of its outputs.
        """
        missing = [output.name for output in self.stage.writes if output.name not in self._entries]
        if missing:
            raise LakeError(f"The stage {self.stage.name} did not write {', '.join(missing)}.")
        return {output.name: tuple(self._entries[output.name]) for output in self.stage.writes}

    def build_again_next_time(self) -> None:
        """Say that something could not be read for a reason that may pass: the next run tries again."""
        self.is_finished = False


def _has_content(path: Path, digest: str) -> bool:
    """Return whether a file is there with that content; one that was damaged is written again."""
    return path.exists() and hash_file(path) == digest
