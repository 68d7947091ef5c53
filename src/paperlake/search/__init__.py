"""Find papers: `search` for one search, `Searcher` for many, `similar` for the neighbours of a paper.

Reads the warehouse only. The query is embedded by the model of the warehouse's vectors; if it is not
available, only words are searched, and a notice says so.
"""

from __future__ import annotations

from typing import Any

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.search.filters import Filters
from paperlake.search.results import Found
from paperlake.search.retrieval import Mode
from paperlake.search.searcher import Searcher
from paperlake.settings import Settings
from paperlake.text.sql_files import read_sql
from paperlake.warehouse.reading import query

__all__ = ["Filters", "Found", "Mode", "Searcher", "resolve", "search", "similar"]


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


def similar(lake: Lake, paper_id: str, limit: int = 10) -> list[dict[str, Any]]:
    """Return the papers nearest to one paper, nearest first.

    Raises:
        UsageError: No paper has this id.
    """
    parameters = {"paper_id": resolve(lake, paper_id), "limit": limit}
    columns, rows = query(lake, read_sql(__package__, "similar_to"), parameters)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def resolve(lake: Lake, paper_id: str) -> str:
    """Return the current id of a paper from any id it ever had.

    Raises:
        UsageError: No paper has this id.
    """
    _, known = query(lake, read_sql(__package__, "resolve_id"), {"paper_id": paper_id})
    if not known:
        raise UsageError(
            f"No paper has the id {paper_id!r}. `paperlake search TEXT` finds papers and shows their ids."
        )
    return str(known[0][0])
