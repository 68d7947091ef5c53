"""The addresses of bibliographies: /bibliography/….bib, .ris and .json (CSL-JSON)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import Response

from paperlake.bibliography import FORMATS, bibliography, citations
from paperlake.errors import UsageError
from paperlake.queries import Build, Row, papers, topics
from paperlake.queries.finding import Selection, browse, search
from paperlake.search import Filters
from paperlake.serve.build_state import build_of
from paperlake.serve.lists import list_of, uncached
from paperlake.serve.parameters import read_asked

MAX_CITED = 1000  # papers of one file; `paperlake export` writes any number

_BY_ENDING = {one.ending: name for name, one in FORMATS.items()}

router = APIRouter(prefix="/bibliography", include_in_schema=False)


@router.get("/papers/{name:path}.{ending}")
def one_paper(request: Request, name: str, ending: str) -> Response:
    """Return a paper, by any of its names."""
    build = build_of(request)
    try:
        paper_ids = papers.named(build, name)
    except UsageError as error:
        raise HTTPException(404, str(error)) from error
    return _file(build, ending, paper_ids[:1])


@router.get("/search.{ending}")
def found_papers(request: Request, ending: str) -> Response:
    """Return the papers of a search, in its order; its parameters are those of /search."""
    build = build_of(request)
    asked = read_asked(request.query_params)
    found = search(build, asked.text, asked.selection, asked.mode, asked.sort, limit=MAX_CITED)
    rows = [] if found.is_no_good_match else found.rows
    return _file(build, ending, ids_of(rows), may_be_cached=not found.is_words_only)


@router.get("/topics/{topic_id}.{ending}")
def topic_papers(request: Request, topic_id: str, ending: str) -> Response:
    """Return the newest papers of a topic."""
    build = build_of(request)
    if topics.topic(build, topic_id) is None:
        raise HTTPException(404, f"There is no topic {topic_id[:60]}.")
    rows = browse(build, Selection(Filters(topic=topic_id)), "newest", limit=MAX_CITED).rows
    return _file(build, ending, ids_of(rows))


@router.get("/lists/{name}.{ending}")
def listed_papers(request: Request, name: str, ending: str) -> Response:
    """Return the papers of a reading list, in its order."""
    found = list_of(request, name)
    return uncached(_file(found.build, ending, found.resolved.paper_ids))


def bibliography_of(
    build: Build, name: str, rows: Iterable[Row], may_be_cached: bool = True, stem: str = "papers"
) -> Response:
    """Return papers as a bibliography.

    Args:
        build: The build.
        name: One of `FORMATS`.
        rows: Rows with paper_id, in the order of the file.
        may_be_cached: Whether the answer is a function of the build.
        stem: Name of the file without its ending.
    """
    return _answer(name, cited(build, name, ids_of(rows)), may_be_cached, stem)


def cited(build: Build, name: str, paper_ids: Sequence[str]) -> str:
    """Return papers in a format of `FORMATS`."""
    with build.cursor() as cursor:
        return bibliography(name, citations(cursor, paper_ids))


def ids_of(rows: Iterable[Row]) -> list[str]:
    """Return the paper_id of each row."""
    return [row["paper_id"] for row in rows]


def _file(build: Build, ending: str, paper_ids: Sequence[str], may_be_cached: bool = True) -> Response:
    name = _BY_ENDING.get(ending)
    if name is None:
        raise HTTPException(404, "A bibliography ends with .bib, .ris or .json.")
    stem = paper_ids[0] if len(paper_ids) == 1 else "papers"
    return _answer(name, cited(build, name, paper_ids), may_be_cached, stem)


def _answer(name: str, content: str, may_be_cached: bool, stem: str) -> Response:
    chosen = FORMATS[name]
    headers = {"content-disposition": f'attachment; filename="{stem}.{chosen.ending}"'}
    if not may_be_cached:
        headers["cache-control"] = "no-store"
    return Response(content, headers=headers, media_type=f"{chosen.media_type}; charset=utf-8")
