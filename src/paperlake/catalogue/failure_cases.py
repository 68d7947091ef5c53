"""The rows of a frame that break the rules of a Pandera schema.

Both the checks of whole tables and the reading of dumps use these; what follows from a broken rule is
decided there. Nearly all frames keep all rules, so these are computed at once first, by Pandera's own checks;
Pandera validates only a frame that breaks one (docs/decisions/0026-rules-of-a-frame-at-once.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandera.polars as pa
import polars as pl
from pandera.errors import SchemaErrors

MAX_VALUE_CHARS = 80  # of a failing value in a message


@dataclass(frozen=True)
class FailureCase:
    """One value that breaks one rule."""

    row: int | None
    """Index of the row, from 0; None if the rule is about the whole table, such as its columns."""
    column: str
    value: str
    """The value as text, at most `MAX_VALUE_CHARS` characters."""
    rule: str


def failure_cases(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> list[FailureCase]:
    """Validate a whole frame and return every failure, in Pandera's order; an empty list if all rules hold.

    The frame must not be lazy: Pandera does not check the values of a LazyFrame.
    """
    if keeps_all_rules(schema, frame):
        return []
    # Pandera raises a ShapeError where the whole key is missing.
    if schema.unique and not set(schema.unique) & set(frame.columns):
        return [FailureCase(None, str(name), "", "column_in_dataframe") for name in schema.unique]
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        return [
            FailureCase(
                row=None if case["index"] is None else int(case["index"]),
                column=str(case["column"]),
                value=str(case["failure_case"])[:MAX_VALUE_CHARS],
                rule=str(case["check"]),
            )
            for case in pl.DataFrame(error.failure_cases).iter_rows(named=True)
        ]
    return []


def keeps_all_rules(schema: pa.DataFrameSchema, frame: pl.DataFrame) -> bool:
    """Return whether a frame breaks no rule, computed at once.

    False may also mean that this cannot tell, such as for a column without a type.
    """
    types = {name: column.dtype and column.dtype.type for name, column in schema.columns.items()}
    if list(types.items()) != list(frame.schema.items()):
        return False
    data = frame.lazy()
    conditions = [pl.struct(schema.unique).is_unique().all().alias("key")] if schema.unique else []
    outcomes = [_outcome(check, data, "*") for check in schema.checks]
    for name, column in schema.columns.items():
        if column.unique:
            conditions.append(pl.col(name).is_unique().all().alias(f"{name} is unique"))
        if not column.nullable:
            is_there = pl.col(name).is_not_null()
            if frame.schema[name].is_float():
                is_there &= pl.col(name).is_not_nan()  # which counts as null, as in Pandera
            conditions.append(is_there.all().alias(f"{name} is there"))
        outcomes.extend(_outcome(check, data, name) for check in column.checks)
    outcomes.append(data.select(conditions))
    try:
        return all(value for outcome in pl.collect_all(outcomes) for value in outcome.row(0))
    except pl.exceptions.PolarsError:
        return False


def _outcome(check: pa.Check, data: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """Return a row that is true where no value fails a check; "*" is all columns."""
    backend = check.get_backend(data)
    name = getattr(check._check_fn, "__name__", None)
    if name is not None and check.is_builtin_check(name):  # as in Check.__call__: types may be new
        check._check_fn = check.get_builtin_check_fn(name)
    held: pl.LazyFrame | bool = backend(check).apply(pa.PolarsData(data, column))  # type: ignore[no-untyped-call]
    if isinstance(held, bool):
        return pl.LazyFrame({"held": [held]})
    return held.select(pl.all().fill_null(check.ignore_na).all())
