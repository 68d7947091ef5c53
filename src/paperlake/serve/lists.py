"""What pages, API, feeds and bibliographies of reading lists have in common.

A list is read when it is asked for, so an edited file counts at once. A response about a list is therefore no
function of the build alone, and is not cached.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import HTTPException, Request
from starlette.responses import Response

from paperlake.errors import UsageError
from paperlake.lake import Lake
from paperlake.queries import Build, Row
from paperlake.queries.finding import Selection
from paperlake.reading_lists import ResolvedList, list_names, ranked, read_list, resolve
from paperlake.reading_lists.files import fingerprint
from paperlake.reading_lists.ranking import FITS, Order
from paperlake.serve.build_state import build_of

MAX_RANKED = 100


@dataclass(frozen=True)
class ListState:
    """A reading list as a request finds it."""

    build: Build
    resolved: ResolvedList

    def ranked(
        self,
        since: date | None = None,
        limit: int = MAX_RANKED,
        order: Order = "score",
        only_fitting: bool = False,
    ) -> Sequence[Row]:
        """Return papers that are like the list and not in it, each with its `score`; see `ranked`."""
        selection = Selection(seen_from=since)
        least = FITS if only_fitting else None
        key = ("ranked", self.resolved.paper_ids, selection, limit, order, least)
        rows: list[Row] = self.build.remembered(
            key, lambda: ranked(self.build, self.resolved.paper_ids, selection, limit, order, least).rows
        )
        return rows


def names_of(request: Request) -> list[str]:
    """Return the names of all reading lists."""
    return list_names(lake_of(request))


def list_of(request: Request, name: str) -> ListState:
    """Return a reading list with its papers.

    Raises:
        HTTPException: There is no such list (404).
    """
    build, lake = build_of(request), lake_of(request)

    def find() -> ResolvedList:
        with build.cursor() as cursor:
            return resolve(cursor, read_list(lake, name))

    try:
        resolved: ResolvedList = build.remembered(("list", name, fingerprint(lake, name)), find)
    except UsageError as error:
        raise HTTPException(404, f"There is no reading list {name[:60]}.") from error
    return ListState(build, resolved)


def lake_of(request: Request) -> Lake:
    """Return the lake that is served."""
    lake = request.app.state.lake
    assert isinstance(lake, Lake)  # noqa: S101  # the application puts it there
    return lake


def uncached(response: Response) -> Response:
    """Return a response that clients ask for again each time."""
    response.headers["cache-control"] = "no-store"
    return response
