"""What a stage's build function is given: tables to read, outputs to write, progress to tell.

Writing files is in `output_files.py`; the runner commits them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from pathlib import Path

import polars as pl

from paperlake.catalogue.partitioning import ByKeyPrefix, bits_of, partition_of, prefix_bits
from paperlake.catalogue.table import File, Table
from paperlake.errors import LakeError
from paperlake.lake.files import to_arrow
from paperlake.lake.manifest import (
    CheckResult,
    FileEntry,
    input_hashes,
    partition_rows,
)
from paperlake.lake.verify import verify
from paperlake.stages.changed_keys import KeptRows, known_changes, with_changed_keys
from paperlake.stages.checks import check_kept, check_table, merge_results, outcome
from paperlake.stages.output_files import OutputFiles, Part
from paperlake.stages.pipeline import Pipeline, own_fingerprint
from paperlake.stages.stage import Output, RunContext, Stage


class StageRun(OutputFiles):
    """One build of one stage."""

    def __init__(self, stage: Stage, pipeline: Pipeline, context: RunContext) -> None:
        super().__init__(stage, context)
        self.pipeline = pipeline
        self.settings = context.settings
        self.progress = context.progress
        self.engine = context.engine
        self.is_finished = True
        self._readable = {output.name for output in (*pipeline.reads(stage), *stage.writes)}
        self._frames: dict[str, pl.DataFrame] = {}
        self._results: list[CheckResult] = []
        self._stated_rows: dict[str, int | None] = {}
        self._changed_rows: dict[str, pl.DataFrame] = {}

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
        return partition_rows(self._entries_now(table))

    def scan(self, table: Table) -> pl.LazyFrame:
        """Scan a table lazily, as `read` would give it, its files verified.

        Raises:
            LakeError: The stage does not declare that it reads the table, or it is missing or damaged.
        """
        self._refuse_undeclared(table)
        entries = self._entries_now(table)
        for entry in entries:
            verify(self.lake.root / entry.path, entry)
        return self.lake.scan(table, entries)

    def read_columns(self, table: Table, columns: Sequence[str], partitions: Collection[str]) -> pl.DataFrame:
        """Read a few columns of some partitions, as `read` would give them, verified by page checksums alone.

        Raises:
            LakeError: The stage does not declare that it reads the table, or a file is missing or damaged.
        """
        self._refuse_undeclared(table)
        return self.lake.read_columns(table, columns, partitions, self._entries_now(table))

    def read_keys(
        self, table: Table, columns: Sequence[str], partitions: Collection[str], keys: Sequence[str]
    ) -> pl.DataFrame:
        """Read the rows of some keys from some partitions of a table by key prefix, its files verified.

        Of a table that this stage replaced in part (`replace_parts`), keys that changed.

        Raises:
            LakeError: The stage does not declare that it reads the table, or a file is missing or damaged.
        """
        by = table.partitioning
        if not isinstance(by, ByKeyPrefix):
            raise ValueError(f"{table.name} has no partitions by key prefix")
        wanted = pl.Series(keys, dtype=pl.String).implode()
        if table.name in self._changed_rows:
            return self._changed_rows[table.name].filter(pl.col(by.column).is_in(wanted)).select(columns)
        paths = self.paths_of(table, partitions)
        if not paths:
            return table.empty().select(columns)
        rows = pl.scan_parquet(paths, glob=False).filter(pl.col(by.column).is_in(wanted))
        return rows.select(columns).collect()

    def _entries_now(self, table: Table) -> Sequence[FileEntry]:
        return self._entries[table.name] if table.name in self._entries else self.lake.entries_of(table)

    def changed_partitions(self, output: Output) -> frozenset[str] | None:
        """Return the partitions of an input that are not as this stage's last commit was built from.

        Of an output that was written, the partitions that are not as in the last commit. Added and removed
        partitions are among them. Where the last commit is of no use (there is none,
        it is of another version or other settings, files of it are missing, or the run is to rebuild), None:
        everything counts as changed.
        """
        self._refuse_undeclared(output)
        before = self._hashes_before(output)
        if before is None:
            return None
        written = self._entries.get(output.name)
        now = input_hashes(self.lake.entries_of(output) if written is None else written)
        return frozenset(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))

    def changed_keys(self, table: Table) -> dict[str, tuple[str, ...]]:
        """Return the keys whose rows changed, by partition, of the changed partitions where they are known.

        The keys are values of the column that divides the table; rows of other keys are as they were.
        """
        self._refuse_undeclared(table)
        return known_changes(self._entries_now(table), self._hashes_before(table) or {})

    def _hashes_before(self, output: Output) -> dict[str, str] | None:
        """Return a hash of each partition when this stage last committed; None if that is of no use."""
        if output in self.stage.writes and self._inputs_before and self.previous:
            return input_hashes(self.previous.outputs.get(output.name, ()))
        return self._inputs_before.get(output.name)

    @cached_property
    def _inputs_before(self) -> dict[str, dict[str, str]]:
        """The inputs of the last commit, if an incremental build can start from it."""
        own = own_fingerprint(self.stage, self.settings)
        if (
            self.previous is None
            or self.context.rebuild
            or not self.previous.fingerprint.startswith(f"{own}-")
            or self.lake.missing_files(self.previous)
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

    def paths_of(self, table: Table, partitions: Collection[str] | None = None) -> list[Path]:
        """Return the verified files of a table, or of some partitions, in the order of its rows.

        They are those of an earlier stage as committed, or of this stage as written so far.

        Raises:
            LakeError: The stage does not declare that it reads the table, or it is missing or damaged.
        """
        self._refuse_undeclared(table)
        entries = self._entries.get(table.name)
        chosen = [
            entry
            for entry in (self.lake.entries_of(table) if entries is None else entries)
            if partitions is None or entry.partition in partitions
        ]
        for entry in chosen:
            verify(self.lake.root / entry.path, entry)
        return [self.lake.root / entry.path for entry in chosen]

    def path_of(self, file: File) -> Path:
        """Return the path of a file of an earlier stage as committed, or of this stage as written."""
        self._refuse_undeclared(file)
        if file.name in self._entries:
            return self.lake.root / self._entries[file.name][0].path
        return self.lake.path_of(file)

    def previous_entry(self, file: File) -> FileEntry | None:
        """Return the entry of this stage's file in its last commit; None if there is none."""
        return next(iter(self.previous.outputs.get(file.name, ())), None) if self.previous else None

    def previous_file(self, file: File) -> Path | None:
        """Return the path of this stage's file as committed before; None if there is none (any more)."""
        entry = self.previous_entry(file)
        return self.lake.path_of(file) if entry and (self.lake.root / entry.path).exists() else None

    def _refuse_undeclared(self, output: Output) -> None:
        if output.name not in self._readable:
            raise LakeError(f"The stage {self.stage.name} does not declare that it reads {output.name}.")

    # Writing

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        """Check a whole table and write it, divided into partitions as it declares."""
        if isinstance(table.partitioning, ByKeyPrefix):
            self._entries[table.name] = []
            self._write_by_prefix(table, table.partitioning, frame, frame.height)
        else:
            self._write_checked(table, "", frame)
            self._frames[table.name] = frame

    def replace(
        self,
        table: Table,
        frame: pl.DataFrame,
        partitions: Collection[str],
        kept: KeptRows | None = None,
    ) -> None:
        """Check and write some partitions of a table by key prefix, and keep the others as last committed.

        Args:
            table: An output of the stage.
            frame: All rows of these partitions, and no others.
            partitions: Names of partitions; one without rows is dropped.
            kept: Further rows of them.
        """
        self.begin(table, partitions)
        if not partitions and frame.is_empty():
            return
        written = self.add(table, frame, kept)
        if not written <= set(partitions):
            others = sorted(written - set(partitions))
            raise ValueError(f"{table.name} has rows of other partitions: {others}")

    def replace_parts(
        self,
        table: Table,
        parts: Iterable[Part],
        partitions: Sequence[str],
        changed_keys: pl.Series,
        changed_rows: pl.DataFrame,
    ) -> None:
        """Write some partitions of a table that was begun, whose changed rows the caller checked.

        Args:
            table: An output of the stage.
            parts: Names and rows; a partition without rows is not among them.
            partitions: All names that were given to `begin`.
            changed_keys: Values of the column that divides the table whose rows are not as last committed.
            changed_rows: The rows of these keys.
        """
        self.write_parts(table, parts)
        self._changed_rows[table.name] = changed_rows
        self._list_changed_keys(table, partitions, changed_keys.unique().sort())
        self._entries[table.name].sort(key=lambda entry: entry.partition)

    def begin(
        self, table: Table, replaced: Collection[str] | None = None, row_count: int | None = None
    ) -> None:
        """Begin a table by key prefix that `add` writes some partitions at a time.

        Args:
            table: An output of the stage.
            replaced: Partitions that are written again or dropped; the others stay as last committed, their
                rows were checked then. None where nothing is kept.
            row_count: The number of rows of the whole table, where its own rows decide how it is divided.
        """
        previous = self.previous
        if not isinstance(table.partitioning, ByKeyPrefix) or (replaced is not None and previous is None):
            raise ValueError(f"{table.name} has no partitions by key prefix that could be kept")
        before = previous.outputs[table.name] if previous and replaced is not None else ()
        kept = [entry for entry in before if entry.partition not in (replaced or ())]
        self._entries[table.name] = kept
        self._stated_rows[table.name] = row_count
        self._results = [result for result in self._results if result.table != table.name]  # of an attempt
        kept_rows = sum(entry.row_count or 0 for entry in kept)
        self._results.append(outcome(table.name, f"{table.name}_schema", kept_rows, ()))

    def add(self, table: Table, frame: pl.DataFrame, kept: KeptRows | None = None) -> set[str]:
        """Check all rows of some partitions of a table and write them; return the names of the partitions.

        `kept` is that of `replace`.
        """
        by = table.partitioning
        if not isinstance(by, ByKeyPrefix) or table.name not in self._entries:
            raise ValueError(f"{table.name} was not begun")
        row_count = self._stated_rows[table.name]
        if row_count is None:
            row_count = sum(entry.row_count or 0 for entry in self._entries[table.name]) + frame.height
            row_count += kept.rows.height if kept else 0
        written = self._write_by_prefix(table, by, frame, row_count, kept)
        self._entries[table.name].sort(key=lambda entry: entry.partition)
        return written

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
        row_count: int,
        kept: KeptRows | None = None,
    ) -> set[str]:
        """Check rows and write them by partition; return the names.

        `row_count` is that of the whole table.
        """
        result = check_table(table, frame)
        written = frame[by.column]
        if kept is not None:
            result = merge_results([result, check_kept(table, frame, kept.rows, by.column)])[0]
            frame = pl.concat([kept.rows, frame])
        self._results.append(result)
        if not all(one.passed for one in self._results):
            return set()
        bits = self.prefix_bits(table, row_count)
        ordered = frame.sort([by.column, *(name for name in table.key if name != by.column)])
        schema = to_arrow(frame.head(0)).schema
        if not bits:
            with self.partition(table, "", schema=schema) as writer:
                writer.add(ordered)
            return {""}
        named = ordered.with_columns(partition_of(by.column, bits).alias("_partition"))
        parts = named.partition_by("_partition", as_dict=True, include_key=False, maintain_order=True)
        names = [str(name) for (name,) in parts]
        self.write_parts(table, zip(names, parts.values(), strict=True), schema)
        if kept is not None:
            self._list_changed_keys(table, names, kept.changed_keys(written))
        self._entries[table.name].sort(key=lambda entry: entry.partition)
        return set(names)

    def _list_changed_keys(self, table: Table, names: Sequence[str], keys: pl.Series) -> None:
        """Say of the partitions that were written which keys have other rows than in the last commit."""
        if self.previous is None:
            return
        parts = keys.to_frame("key").group_by(
            partition_of("key", bits_of(names)).alias("_partition"), maintain_order=True
        )
        by_partition: dict[str, list[str]] = {name: [] for name in names}
        by_partition |= {str(name): rows["key"].to_list() for (name,), rows in parts}
        before = {entry.partition: entry for entry in self.previous.outputs.get(table.name, ())}
        self._entries[table.name] = with_changed_keys(self._entries[table.name], before, by_partition)

    def _write_checked(self, table: Table, partition: str, frame: pl.DataFrame) -> None:
        self._results.append(check_table(table, frame))
        if self._results[-1].passed:
            with self.partition(table, partition, schema=to_arrow(frame.head(0)).schema) as writer:
                writer.add(frame)

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
