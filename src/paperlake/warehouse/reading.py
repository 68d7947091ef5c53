"""Reading the warehouse: connections that can neither write nor reach other files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
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
    require_warehouse(lake)
    connection = open_file(lake.warehouse)
    try:
        yield connection
    finally:
        connection.close()


def require_warehouse(lake: Lake) -> None:
    """Refuse a lake without a warehouse.

    Raises:
        LakeError: There is no warehouse yet.
    """
    lake.bring_warehouse()
    if not lake.warehouse.exists():
        raise LakeError(f"There is no warehouse in {lake.location} yet. Run `paperlake run` first.")


def open_file(path: Path, max_memory_mb: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open a file of the warehouse read-only; the caller closes the connection.

    Within one process, DuckDB gives every open connection to one path the same file, also after the path was
    replaced. Who follows rebuilds opens each build by its own path (`Lake.warehouse_builds`).

    Args:
        path: The file.
        max_memory_mb: Memory of DuckDB for queries and for what it keeps of the file; None for its default,
            most of the machine's.

    Raises:
        LakeError: The file cannot be opened.
    """
    limit = {} if max_memory_mb is None else {"memory_limit": f"{max_memory_mb}MB"}
    try:
        return duckdb.connect(str(path), read_only=True, config={**READ_ONLY_CONFIG, **limit})
    except duckdb.Error as error:
        raise LakeError(
            f"Cannot open the warehouse {path}: {error}. Close the program that writes to it, if one does; "
            "`paperlake status --verify` says whether it is damaged."
        ) from error


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


@dataclass(frozen=True)
class Result:
    """What one statement gave."""

    columns: list[str]
    """Names of the columns, each once: further ones of a name get a number, as in DuckDB's own output."""
    rows: list[tuple[Any, ...]]


def query_each(lake: Lake, sql: str) -> Iterator[Result]:
    """Run statements in order on one connection; yield the result of each that gives rows.

    Raises:
        UsageError: There is no statement, or DuckDB refused one; nothing is run where one is no SQL.
        LakeError: There is no warehouse yet.
    """
    command = sql.split(maxsplit=1)[0] if sql.strip() else ""
    if command.startswith("."):
        raise UsageError(
            f"{command} is a command of DuckDB's own shell and no SQL. Try SHOW TABLES, DESCRIBE papers, or "
            f"SUMMARIZE papers; or open {lake.warehouse} in that shell, read-only."
        )
    with connect(lake) as connection:
        try:
            statements = connection.extract_statements(sql)
        except duckdb.Error as error:
            raise UsageError(f"The query failed: {error}") from error
        if not statements:
            raise UsageError("There is no query.")
        for number, statement in enumerate(statements, start=1):
            which = f"Statement {number} of {len(statements)}" if len(statements) > 1 else "The query"
            try:
                cursor = connection.execute(statement)
                names = [column[0] for column in cursor.description or []]
                rows = cursor.fetchall()
            except duckdb.Error as error:
                raise UsageError(f"{which} failed: {error}") from error
            if duckdb.ExpectedResultType.QUERY_RESULT in statement.expected_result_type:
                yield Result(_each_once(names), rows)


def _each_once(names: list[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found.append(name if name not in found else next(one for one in numbered if one not in found))
    return found
