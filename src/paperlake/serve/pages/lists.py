"""The pages of reading lists."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from paperlake.queries import papers
from paperlake.queries.finding import papers_of
from paperlake.serve.lists import list_of, names_of, uncached
from paperlake.serve.pages.rendering import Renderer
from paperlake.serve.parameters import read_day

MAX_SHOWN = 20
MAX_LISTED = 100

router = APIRouter(include_in_schema=False)


@router.get("/lists")
def lists_page(request: Request) -> Response:
    """Show all reading lists."""
    lists = [list_of(request, name).resolved for name in names_of(request)]
    return _page(request, "lists.html", lists=lists)


@router.get("/lists/{name}")
def list_page(request: Request, name: str) -> Response:
    """Show what is new for a reading list, what is most like it, and its papers."""
    found = list_of(request, name)
    since = read_day(request.query_params, "since") or papers.newest_day(found.build)
    return _page(
        request,
        "list.html",
        resolved=found.resolved,
        since=since,
        new=found.ranked(since, MAX_SHOWN, only_fitting=True) if since else [],
        near=found.ranked(limit=MAX_SHOWN),
        listed=papers_of(found.build, found.resolved.paper_ids[:MAX_LISTED]),
        days=papers.dates_seen(found.build, 12),
    )


def _page(request: Request, template: str, **content: Any) -> Response:  # noqa: ANN401
    renderer: Renderer = request.app.state.renderer
    return uncached(renderer.page(request, template, **content))
