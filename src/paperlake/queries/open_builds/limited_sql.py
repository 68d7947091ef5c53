"""SQL of a stranger on a build: read-only, with limits on rows, characters, time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from paperlake.errors import LakeError, UsageError
from paperlake.queries.open_builds.builds import Build
from paperlake.warehouse.limited_query import Request

MAX_SQL_CHARS = 20_000
MAX_ROWS = 1000
MAX_RESULT_CHARS = 200_000  # some 50,000 tokens
MAX_SECONDS = 10
MAX_MEMORY_MB = 2000


@dataclass(frozen=True)
class SqlResult:
    """The first rows of a query."""

    columns: Sequence[dict[str, str]]
    """Name and type of each column."""
    rows: Sequence[Sequence[Any]]
    """Values as JSON has them."""
    is_truncated: bool
    """Whether there are more rows."""


def run_sql(build: Build, sql: str, max_rows: int = 100, max_seconds: int = MAX_SECONDS) -> SqlResult:
    """Run one query that reads, in a process of its own.

    Args:
        build: The build.
        sql: One statement.
        max_rows: Maximum number of rows.
        max_seconds: Maximum time; the process is ended then.

    Raises:
        UsageError: The query is refused, fails, or goes beyond a limit.
        LakeError: The build was deleted meanwhile.
    """
    if not sql.strip():
        raise UsageError("There is no query.")
    if len(sql) > MAX_SQL_CHARS:
        raise UsageError(f"The query has {len(sql):,} characters; at most {MAX_SQL_CHARS:,} are allowed.")
    if not build.path.exists():
        raise LakeError("The warehouse was built again meanwhile. Ask again.")
    asked = Request(str(build.path), sql, max_rows, MAX_RESULT_CHARS, max_seconds, MAX_MEMORY_MB)
    answer = _run(asked)
    if "error" in answer:
        raise UsageError(answer["error"])
    return SqlResult(**answer)


def _run(asked: Request) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", Request.__module__]
    try:
        done = subprocess.run(  # noqa: S603  # this module's own command
            command,
            input=json.dumps(asdict(asked)).encode(),
            capture_output=True,
            timeout=asked.max_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UsageError(
            f"The query took more than {asked.max_seconds} s and was ended. Read fewer rows."
        ) from error
    if done.returncode:
        raise UsageError(
            f"The query was ended: it took more than {asked.max_memory_mb:,} MB of memory, or failed within "
            "DuckDB. Read fewer rows or shorter texts."
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
