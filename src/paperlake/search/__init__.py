"""Find papers: `search` for one search, `Searcher` for many, `similar` for the neighbours of a paper.

Reads the warehouse only. The query is embedded by the model of the warehouse's vectors; if it is not
available, only words are searched, and a notice says so.
"""

from __future__ import annotations

from typing import Any

import duckdb

from paperlake.dedup.paper_names import identifier, unknown_name
from paperlake.errors import UnknownNameError
from paperlake.lake import Lake
from paperlake.search.filters import Filters
from paperlake.search.results import Found, Ranked
from paperlake.search.retrieval import Mode
from paperlake.search.searcher import Searcher
from paperlake.settings import Settings
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.reading import connect, query

__all__ = [
    "Filters",
    "Found",
    "Mode",
    "Ranked",
    "Searcher",
    "named",
    "papers_named",
    "resolve",
    "search",
    "similar",
]


def search(
    lake: Lake,
    settings: Settings,
    text: str,
    limit: int = 10,
    mode: Mode = "both",
    filters: Filters | None = None,
) -> Found:
    """Find papers for a text, best first: `Searcher.search` on the current warehouse."""
    with Searcher(lake, settings) as searcher:
        return searcher.search(text, limit, mode, filters)


def similar(lake: Lake, name: str, limit: int = 10) -> list[dict[str, Any]]:
    """Return the papers nearest to one paper, nearest first.

    Args:
        lake: The lake.
        name: A name of the paper, see `named`; of several papers, the first is taken.
        limit: Maximum number of rows.

    Raises:
        UsageError: No paper has this name.
    """
    parameters = {"paper_id": resolve(lake, name), "limit": limit}
    columns, rows = query(lake, read_sql(__package__, "similar_to"), parameters)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def resolve(lake: Lake, name: str) -> str:
    """Return the paper_id of the first paper that a name names.

    Raises:
        UsageError: No paper has this name.
    """
    return named(lake, name)[0]


def named(lake: Lake, name: str) -> list[str]:
    """Return the ids of the papers that a name names: a paper_id, any entry_id, arXiv id, DOI or link.

    Those that have it now come alone; if there are none, all with an entry that has it.

    Raises:
        UnknownNameError: No paper has this name.
    """
    with connect(lake) as connection:
        return papers_named(connection, name)


def papers_named(connection: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """Return the ids of the papers that a name names, as `named`, on an open build of the warehouse.

    Raises:
        UnknownNameError: No paper has this name.
    """
    found = identifier(name)
    if found:
        parameters = {"kind": found.kind, "value": found.value}
        rows = connection.execute(read_sql(__package__, "named"), parameters).fetchall()
        if rows:
            return [str(paper_id) for (paper_id,) in rows]
    raise UnknownNameError(unknown_name(name, found))
