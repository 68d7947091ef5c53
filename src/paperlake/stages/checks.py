"""Checks of tables: Pandera on whole frames, and conditions across tables.

A `Check` is declared by the stage whose output it checks; it reads tables through a `TableReader`, so the
same check runs on what a stage is about to commit and, later, on what was committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import polars as pl

from paperlake.catalogue.failure_cases import FailureCase, failure_cases
from paperlake.catalogue.table import File, Table
from paperlake.lake import Lake
from paperlake.lake.manifest import CheckResult

MAX_SHOWN_FAILURES = 20  # rows named in a message; the counts are always of all rows

Found = tuple[int, Iterable[str]]
"""How many rows were checked, and one line per failure."""


class TableReader(Protocol):
    """Something that tables can be read from: a lake, or a stage that is being built."""

    @property
    def lake(self) -> Lake:
        """The lake, for its paths."""
        ...

    def read(self, table: Table) -> pl.DataFrame:
        """Read a table."""
        ...

    def scan(self, table: Table) -> pl.LazyFrame:
        """Scan a table lazily: for checks of few columns of a large table."""
        ...

    def row_counts(self, table: Table) -> dict[str, int]:
        """Return the number of rows of each partition of a table."""
        ...


@dataclass(frozen=True)
class Check:
    """A condition that the output of a stage must meet before it is committed."""

    output: Table | File
    """The table or file that the check is of."""
    name: str
    description: str
    """A sentence that says what is checked."""
    find: Callable[[TableReader], Found] | None = None
    """None where the stage reports the result while it builds: reading the rows again would not show it."""


def check(output: Table | File, name: str) -> Callable[[Callable[[TableReader], Found]], Check]:
    """Declare a check; the first paragraph of the function's docstring is its description."""

    def declare(find: Callable[[TableReader], Found]) -> Check:
        description = " ".join((find.__doc__ or "").strip().split("\n\n")[0].split())
        return Check(output, name, description, find)

    return declare


def schema_check(table: Table) -> Check:
    """Return the check of a table against its own declaration."""
    return Check(
        table,
        f"{table.name}_schema",
        f"Every row of {table.name} has the columns, types and values that the catalogue declares.",
        lambda reader: _schema_failures(table, reader.read(table)),
    )


def run_check(one: Check, reader: TableReader) -> CheckResult:
    """Run a check that reads tables."""
    if one.find is None:
        raise ValueError(f"{one.name} is reported by its stage and cannot be run by itself")
    return outcome(one.output.name, one.name, *one.find(reader))


def check_table(table: Table, frame: pl.DataFrame) -> CheckResult:
    """Validate a whole frame against a table's schema (never lazily: a LazyFrame's values go unchecked)."""
    return outcome(table.name, f"{table.name}_schema", *_schema_failures(table, frame))


def check_kept(table: Table, written: pl.DataFrame, kept: pl.DataFrame, column: str) -> CheckResult:
    """Check that rows that stay as committed and written ones have no key twice.

    This is the part of the check of a table against its declaration that such rows need: they were checked
    with one another when they were committed.

    Args:
        table: The table.
        written: Rows whose columns were checked.
        kept: Rows that stay.
        column: The column that divides the table.
    """
    if column in table.key:  # rows of one key have one value in it, too
        kept_keys = kept.select(table.key).filter(pl.col(column).is_in(written[column].unique().implode()))
    else:
        kept_keys = kept.select(table.key)
    keys = pl.concat([kept_keys, written.select(table.key)])
    repeated = keys.filter(pl.struct(table.key).is_duplicated()).unique()
    failures = [
        f"{_name_row(table, repeated, row)}: the key is there twice" for row in range(repeated.height)
    ]
    return outcome(table.name, f"{table.name}_schema", kept.height, failures)


def _schema_failures(table: Table, frame: pl.DataFrame) -> Found:
    """Return one line per failing row, which names the row by the table's key."""
    rows: dict[int | None, list[str]] = {}
    for case in failure_cases(table.sized_as(frame), frame):
        rows.setdefault(case.row, []).append(_complaint(table, case))
    return frame.height, [
        f"{_name_row(table, frame, row)}: {'; '.join(found)}" for row, found in rows.items()
    ]


def _name_row(table: Table, frame: pl.DataFrame, index: int | None) -> str:
    if index is None or index >= frame.height:
        return "the table"
    row = frame.row(index, named=True)
    return ", ".join(f"{key} {row[key]}" for key in table.key if key in row) or f"row {index}"


def _complaint(table: Table, case: FailureCase) -> str:
    if case.column == table.name:  # a rule over several columns
        return f"not true that {case.rule}"
    return f"{case.column} is {case.value!r} ({case.rule})"


def outcome(table: str, check_name: str, checked_row_count: int, failures: Iterable[str]) -> CheckResult:
    """Return the result of a check that found `failures`, one line per failing row."""
    found = tuple(failures)
    return CheckResult(
        table=table,
        check_name=check_name,
        passed=not found,
        failed_row_count=len(found),
        checked_row_count=checked_row_count,
        checked_at=datetime.now(UTC),
        failures=found[:MAX_SHOWN_FAILURES],
    )


def merge_results(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Add up the results of one check over several partitions, by name."""
    merged: dict[str, CheckResult] = {}
    for result in results:
        before = merged.get(result.check_name)
        merged[result.check_name] = result if before is None else _sum(before, result)
    return list(merged.values())


def _sum(one: CheckResult, other: CheckResult) -> CheckResult:
    return CheckResult(
        table=one.table,
        check_name=one.check_name,
        passed=one.passed and other.passed,
        failed_row_count=one.failed_row_count + other.failed_row_count,
        checked_row_count=one.checked_row_count + other.checked_row_count,
        checked_at=max(one.checked_at, other.checked_at),
        failures=(one.failures + other.failures)[:MAX_SHOWN_FAILURES],
    )
