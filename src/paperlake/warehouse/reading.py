"""Reading the warehouse: connections that can neither write nor reach other files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from paperlake.errors import LakeError, UsageError
from paperlake.lake import Lake

READ_ONLY_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "lock_configuration": True,
}


@contextmanager
def connect(lake: Lake) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a read-only connection to the current warehouse; a rebuild does not affect an open connection.

    Raises:
        LakeError: There is no warehouse yet, or its file cannot be opened.
    """
    if not lake.warehouse.exists():
        raise LakeError(f"There is no warehouse in {lake.root} yet. Run `paperlake run` first.")
    try:
        connection = duckdb.connect(str(lake.warehouse), read_only=True, config=READ_ONLY_CONFIG)
    except duckdb.Error as error:
        raise LakeError(f"Cannot open the warehouse {lake.warehouse}: {error}") from error
    try:
        yield connection
    finally:
        connection.close()


def query(
    lake: Lake, sql: str, parameters: list[Any] | dict[str, Any] | None = None
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run one query on the warehouse; return the names of its columns and its rows.

    Raises:
        UsageError: DuckDB refused the query; the message is DuckDB's.
        LakeError: There is no warehouse yet.
    """
    with connect(lake) as connection:
        try:
            cursor = connection.execute(sql, parameters or [])
            return [column[0] for column in cursor.description or []], cursor.fetchall()
        except duckdb.Error as error:
            raise UsageError(f"The query failed: {error}") from error
