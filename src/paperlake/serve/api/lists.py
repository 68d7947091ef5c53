"""The endpoints of reading lists."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from paperlake.serve.api import models
from paperlake.serve.api.answers import answer
from paperlake.serve.api.routes import ERRORS, Format
from paperlake.serve.bibliographies import bibliography_of
from paperlake.serve.build_state import build_of
from paperlake.serve.lists import MAX_RANKED, list_of, names_of
from paperlake.serve.parameters import refuse_unknown

router = APIRouter(prefix="/api/v1", responses=ERRORS, tags=["lists"], dependencies=[Depends(refuse_unknown)])


@router.get("/lists", response_model=models.ListsResult)
def reading_lists(request: Request) -> Response:
    """List the reading lists of `curated/lists/`."""
    rows = [
        {
            "name": one.name,
            "paper_count": len(one.paper_ids),
            "unresolved_count": len(one.unresolved),
        }
        for one in (list_of(request, name).resolved for name in names_of(request))
    ]
    return answer(build_of(request), {"rows": rows}, may_be_cached=False)


@router.get("/lists/{name}", response_model=models.ListResult)
def reading_list(
    request: Request,
    name: Annotated[str, Path(max_length=200, description="Name of the file without its ending.")],
    since: Annotated[
        date | None, Query(description="Only papers first seen in a dump retrieved on this day or later.")
    ] = None,
    only_fitting: Annotated[
        bool, Query(description="Only papers that fit the list, as its page and its feed show.")
    ] = False,
    limit: Annotated[int, Query(ge=1, le=MAX_RANKED, description="Papers to return.")] = 20,
    format: Format = "json",  # noqa: A002
) -> Response:
    """Return the papers that are most like a reading list and not in it."""
    found = list_of(request, name)
    rows = found.ranked(since, limit, only_fitting=only_fitting)
    if format != "json":
        return bibliography_of(found.build, format, rows, may_be_cached=False)
    lines = [
        {"file": one.file, "line": one.line, "text": one.text, "problem": one.problem}
        for one in found.resolved.unresolved
    ]
    content = {"name": name, "paper_ids": found.resolved.paper_ids, "unresolved": lines, "rows": rows}
    return answer(found.build, content, may_be_cached=False)
