"""Run one query of a stranger in a process of its own: `python -m paperlake.warehouse.limited_query`.

A process can be ended and its memory limited; a thread cannot. DuckDB observes neither its interrupt nor its
memory limit inside a function: `repeat('x', 2_000_000_000)`, interrupted after 2 s, ran for 38 s and took
3.9 GB beside a limit of 0.5 GB. The process reads a `Request` as JSON from standard input and writes an
object to standard output: `columns`, `rows` and `is_truncated`, or `error`. It writes no file.
"""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from dataclasses import dataclass
from typing import Any

import duckdb

from paperlake.errors import UsageError
from paperlake.text.json_values import jsonable
from paperlake.text.sql_files import quoted

MAX_THREADS = 2
ROWS_AT_ONCE = 100
READING = frozenset({"SELECT", "EXPLAIN"})
"""Types of statements that read; DuckDB gives WITH, FROM, VALUES, DESCRIBE, SHOW and SUMMARIZE as SELECT."""


@dataclass(frozen=True)
class Request:
    """A query and its limits."""

    path: str
    """File of the warehouse."""
    sql: str
    max_rows: int
    max_chars: int
    """Maximum number of characters of the rows, as JSON."""
    max_seconds: int
    """Maximum CPU time of one thread; the caller ends the process after as much time by the clock."""
    max_memory_mb: int
    """Maximum address space of the process; the data of a query may take half of it."""


def main() -> None:
    """Answer the request on standard input."""
    request = Request(**json.load(sys.stdin))
    _limit(request)
    try:
        answer = run(request)
    except UsageError as error:
        answer = {"error": str(error)}
    json.dump(answer, sys.stdout, allow_nan=False)


def run(request: Request) -> dict[str, Any]:
    """Run a query; return names and types of its columns, its first rows, and whether there are more.

    Raises:
        UsageError: It is no single statement that reads, or DuckDB refused it.
    """
    try:
        with contextlib.closing(_open(request)) as connection:
            connection.execute(_only_reading(connection, request.sql))
            columns = [{"name": name, "type": str(kind)} for name, kind, *_ in connection.description or []]
            rows, is_truncated = _first_rows(connection, request)
    except duckdb.Error as error:
        message = str(error).partition("\n\nPossible solutions:")[0]  # they are settings, which are locked
        raise UsageError(f"The query failed: {message}") from error
    return {"columns": columns, "rows": rows, "is_truncated": is_truncated}


def _open(request: Request) -> duckdb.DuckDBPyConnection:
    """Open the warehouse, read-only, in a database in memory that reaches nothing else and keeps nothing."""
    connection = duckdb.connect(
        config={
            "memory_limit": f"{request.max_memory_mb // 2}MB",
            "temp_directory": "",
            "threads": MAX_THREADS,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
        }
    )
    connection.execute(f"ATTACH {quoted(request.path)} AS warehouse (READ_ONLY)")
    connection.execute("USE warehouse")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _only_reading(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.Statement:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise UsageError(f"One query is run at a time (got {len(statements)} statements).")
    kind = statements[0].type.name
    if kind not in READING:
        raise UsageError(
            f"{kind} is not allowed. Only queries that read are run, such as SELECT or DESCRIBE."
        )
    return statements[0]


def _first_rows(connection: duckdb.DuckDBPyConnection, request: Request) -> tuple[list[Any], bool]:
    rows: list[Any] = []
    chars = 0
    while fetched := connection.fetchmany(ROWS_AT_ONCE):
        for row in fetched:
            values = jsonable(row)
            chars += len(json.dumps(values, ensure_ascii=False))
            if len(rows) == request.max_rows or (rows and chars > request.max_chars):
                return rows, True
            if chars > request.max_chars:
                raise UsageError(
                    f"A row of the result has more than {request.max_chars:,} characters. Select fewer "
                    "columns, or a part of the text with left()."
                )
            rows.append(values)
    return rows, False


def _limit(request: Request) -> None:
    limits = {
        resource.RLIMIT_AS: request.max_memory_mb << 20,
        resource.RLIMIT_CPU: request.max_seconds * MAX_THREADS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, limit in limits.items():
        with contextlib.suppress(ValueError, OSError):  # macOS does not limit the address space
            resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    main()
