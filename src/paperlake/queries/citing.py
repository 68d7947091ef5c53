"""Questions for citing papers: their rows with what their sources state about the published version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from paperlake.queries.open_builds.builds import Row
from paperlake.text.sql_files import quoted, read_sql

BATCH_PAPERS = 1000  # in memory at a time; few enough that DuckDB reads single rows by the index of the key


def rows_to_cite(connection: duckdb.DuckDBPyConnection, paper_ids: Sequence[str]) -> Iterator[Row]:
    """Yield the rows of papers in the order of their ids, each with its `versions`; unknown ids are left out.

    Args:
        connection: Open on a build of the warehouse; used by nobody else until the last row.
        paper_ids: The papers.
    """
    for start in range(0, len(paper_ids), BATCH_PAPERS):
        batch = paper_ids[start : start + BATCH_PAPERS]
        found = connection.execute(read_sql(__package__, "citations", ids=", ".join(map(quoted, batch))))
        columns = [column[0] for column in found.description or []]
        rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
        known = {row["paper_id"]: {**row, "versions": row["versions"] or []} for row in rows}
        yield from (known[paper_id] for paper_id in batch if paper_id in known)
