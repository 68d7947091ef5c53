"""The rows of a frame that break the rules of a Pandera schema.

Both the checks of whole tables and the reading of dumps use these; what follows from a broken rule is
decided there.
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
