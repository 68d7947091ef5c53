"""The tool that runs SQL."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from mcp_types import CallToolResult
from pydantic import Field

from paperlake.queries import Builds
from paperlake.queries.open_builds.limited_sql import MAX_ROWS, MAX_SQL_CHARS, run_sql
from paperlake.serve.mcp import models
from paperlake.serve.mcp.answers import answer, explained

MAX_QUERIES_AT_ONCE = 2  # each may use two cores; others wait, and hold no thread of the pages


class SqlTool:
    """The tool that runs SQL."""

    def __init__(self, builds: Builds, max_seconds: int) -> None:
        self._builds, self._max_seconds = builds, max_seconds
        self._at_once = CapacityLimiter(MAX_QUERIES_AT_ONCE)

    async def sql(
        self,
        query: Annotated[
            str,
            Field(
                max_length=MAX_SQL_CHARS,
                description="One DuckDB query that reads, such as SELECT, FROM, DESCRIBE or SHOW TABLES.",
            ),
        ],
        max_rows: Annotated[int, Field(ge=1, le=MAX_ROWS, description="Rows to return.")] = 100,
    ) -> Annotated[CallToolResult, models.SqlResult]:
        """Run one read-only DuckDB query on the warehouse; rows and time are limited, files are out of reach.

        Tables, columns and macros are described by the resources paperlake://tables and paperlake://macros.
        """
        return await run_sync(self._run, query, max_rows, limiter=self._at_once)

    @explained
    def _run(self, query: str, max_rows: int) -> CallToolResult:
        with self._builds.reading() as build:
            return answer(build, asdict(run_sql(build, query, max_rows, self._max_seconds)))
