"""Running the checks of a stage: Pandera on whole frames, and sums across tables.

Each check gives one `CheckResult`, passed or not, with counts and the first rows that failed. What happens
to a failing stage is decided in `stages.py`; what is checked of a table stands in `schemas.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl
from pandera.errors import SchemaErrors

from paperlake.schemas import Table

SHOWN_FAILURES = 20  # rows named in a message; the counts are always of all rows


@dataclass(frozen=True)
class CheckResult:
    """What came out of one check of one table of a stage."""

    table: str
    check_name: str
    passed: bool
    failed_row_count: int
    checked_row_count: int
    checked_at: datetime
    failures: tuple[str, ...] = ()
    """The first failing rows, each as `row N, column: what was found, which rule`."""

    def summary(self) -> str:
        """One line for a person."""
        if self.passed:
            return f"{self.check_name}: {self.checked_row_count:,} rows pass"
        return (
            f"{self.check_name}: {self.failed_row_count:,} of {self.checked_row_count:,} rows fail: "
            + "; ".join(self.failures[:3])
        )


def check_table(table: Table, frame: pl.DataFrame) -> CheckResult:
    """Validate a whole frame against a table's schema (never lazily: a LazyFrame's values go unchecked)."""
    name = f"{table.name}_schema"
    try:
        table.schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = pl.DataFrame(error.failure_cases)
        return _failed(table, frame, name, cases)
    return outcome(table.name, name, frame.height, ())


def _failed(table: Table, frame: pl.DataFrame, name: str, cases: pl.DataFrame) -> CheckResult:
    """Turn Pandera's failure cases into a result that names rows by the table's key."""
    rows = cases.get_column("index").drop_nulls().unique().sort()
    lines = []
    for case in cases.head(SHOWN_FAILURES).iter_rows(named=True):
        where = "the table"
        if case["index"] is not None and case["index"] < frame.height:
            row = frame.row(case["index"], named=True)
            where = (
                ", ".join(f"{key} {row[key]}" for key in table.key if key in row) or f"row {case['index']}"
            )
        lines.append(f"{where}: {case['column']} is {str(case['failure_case'])[:80]!r} ({case['check']})")
    return CheckResult(
        table=table.name,
        check_name=name,
        passed=False,
        failed_row_count=rows.len() or max(frame.height, 1),
        checked_row_count=frame.height,
        checked_at=datetime.now(UTC),
        failures=tuple(lines),
    )


def outcome(table: str, check_name: str, checked_row_count: int, failures: Iterable[str]) -> CheckResult:
    """The result of a check that found `failures`, one line a failing row."""
    found = tuple(failures)
    return CheckResult(
        table=table,
        check_name=check_name,
        passed=not found,
        failed_row_count=len(found),
        checked_row_count=checked_row_count,
        checked_at=datetime.now(UTC),
        failures=found[:SHOWN_FAILURES],
    )
