"""Finding papers: `search` for one search, `Searcher` for many, `similar` for the neighbours of a paper.

Reads the warehouse only. The query is embedded by the model that the warehouse was built with; where that
is not to be had, words alone are searched and the answer says so.
"""

from __future__ import annotations

from typing import Any

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.search.filters import Filters
from paperlake.search.searcher import Found, Mode, Searcher
from paperlake.settings import Settings
from paperlake.warehouse.reading import named_query

__all__ = ["Filters", "Found", "Mode", "Searcher", "resolve", "search", "similar"]


def search(
    lake: Lake,
    settings: Settings,
    text: str,
    limit: int = 10,
    mode: Mode = "both",
    filters: Filters | None = None,
) -> Found:
    """Papers that fit a text, best first: `Searcher.search` on the warehouse as it is now."""
    with Searcher(lake, settings) as searcher:
        return searcher.search(text, limit, mode, filters)


def similar(lake: Lake, paper_id: str, limit: int = 10) -> list[dict[str, Any]]:
    """The papers nearest to one paper, nearest first.

    Raises:
        UsageError: No paper has this id.
    """
    return named_query(lake, "similar_to", [resolve(lake, paper_id), limit])


def resolve(lake: Lake, paper_id: str) -> str:
    """The id that a paper has now, from any id it was ever published under.

    Raises:
        UsageError: No paper has this id.
    """
    known = named_query(lake, "resolve_id", [paper_id])
    if not known:
        raise UsageError(
            f"No paper has the id {paper_id!r}. `paperlake search TEXT` finds papers and shows their ids."
        )
    return str(known[0]["paper_id"])
