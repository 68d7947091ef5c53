"""Read what is to be cited from the warehouse."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb

from paperlake.bibliography.citation import Citation, citation
from paperlake.queries.citing import rows_to_cite


def citations(connection: duckdb.DuckDBPyConnection, paper_ids: Sequence[str]) -> Iterator[Citation]:
    """Yield the citations of papers in the order of their ids; unknown ids are left out.

    Args:
        connection: Open on a build of the warehouse; used by nobody else until the last citation.
        paper_ids: The papers.
    """
    return (citation(row, row["versions"]) for row in rows_to_cite(connection, paper_ids))
