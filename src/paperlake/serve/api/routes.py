"""The endpoints of the JSON API."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from paperlake.queries import papers, topics
from paperlake.queries.finding import MAX_FOUND, MAX_PAGE, Selection, browse, search
from paperlake.search import Filters, Mode
from paperlake.serve.api import contents, models
from paperlake.serve.api.answers import answer
from paperlake.serve.bibliographies import bibliography_of
from paperlake.serve.build_state import build_of
from paperlake.serve.parameters import MAX_TEXT_CHARS, check_days, refuse_unknown

ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": models.ErrorResult, "description": "A parameter is not allowed."},
    401: {"model": models.ErrorResult, "description": "The server asks for a token."},
    404: {"model": models.ErrorResult, "description": "There is no such paper or topic."},
    429: {"model": models.ErrorResult, "description": "Too many requests; Retry-After says when."},
}
router = APIRouter(prefix="/api/v1", responses=ERRORS, dependencies=[Depends(refuse_unknown)])

Text = Annotated[str, Query(max_length=MAX_TEXT_CHARS, description="Words, a phrase, a title, any id.")]
PaperName = Annotated[str, Path(description="A paper_id, any former id, an arXiv id, a DOI or a link.")]
TopicId = Annotated[str, Path(max_length=200, description="The id of a topic or subtopic.")]
Cursor = Annotated[str | None, Query(max_length=400, description="The next of the page before.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Rows of one page.")]
Topic = Annotated[str | None, Query(max_length=300, description="Id or label of a topic or subtopic.")]
Format = Annotated[
    Literal["json", "bibtex", "ris", "csl-json"],
    Query(description="json, or the papers of the answer as a bibliography."),
]
Days = Annotated[int, Query(ge=1, le=365, description="Days before the newest dump that states votes.")]


@router.get("/search", response_model=models.SearchResult, tags=["papers"])
def search_papers(  # noqa: PLR0917  # its parameters
    request: Request,
    q: Text = "",
    topic: Topic = None,
    category: Annotated[
        str | None, Query(max_length=200, description="cs.CL, or cs for its whole archive.")
    ] = None,
    organization: Annotated[
        str | None, Query(max_length=300, description="A part of the organization's name.")
    ] = None,
    published_from: Annotated[date | None, Query(description="First day of publication.")] = None,
    published_to: Annotated[date | None, Query(description="Last day of publication.")] = None,
    has_code: Annotated[bool, Query(description="Only papers with a link to code.")] = False,
    min_upvotes: Annotated[int | None, Query(ge=0, le=10**9, description="Fewest upvotes.")] = None,
    sort: Annotated[
        Literal["relevance", "newest", "votes", "seen"],
        Query(description="The order; seen is by the day on which a dump first had the paper."),
    ] = "relevance",
    by: Annotated[Mode, Query(description="Search by meaning, words, or both.")] = "both",
    limit: Limit = 20,
    cursor: Cursor = None,
    format: Format = "json",  # noqa: A002  # its name in addresses
) -> Response:
    """Find papers by a text, at most the best 100; without a text, list all papers that meet the filters."""
    check_days(published_from, published_to)
    filters = Filters(
        topic, published_from, published_to, organization, category, has_code or None, min_upvotes
    )
    build = build_of(request)
    found = search(build, q, Selection(filters), by, sort, cursor, limit)
    if format != "json":
        return bibliography_of(build, format, found.rows, may_be_cached=not found.is_words_only)
    content = contents.listing(found, "total", "next", "notice", "is_no_good_match")
    content["facets"] = {name: [_facet(row) for row in rows] for name, rows in found.facets.items()}
    return answer(build, content, may_be_cached=not found.is_words_only)


@router.get("/papers/{name:path}/similar", response_model=models.SimilarResult, tags=["papers"])
def similar_papers(
    request: Request,
    name: PaperName,
    limit: Annotated[int, Query(ge=1, le=MAX_FOUND)] = 10,
    format: Format = "json",  # noqa: A002
) -> Response:
    """Return the papers nearest in meaning to one paper."""
    build = build_of(request)
    paper_id = papers.named(build, name)[0]
    rows = papers.similar(build, paper_id, limit)
    if format != "json":
        return bibliography_of(build, format, rows)
    return answer(build, {"paper_id": paper_id, "rows": rows})


@router.get("/papers/{name:path}", response_model=models.PaperResult, tags=["papers"])
def get_paper(request: Request, name: PaperName, format: Format = "json") -> Response:  # noqa: A002
    """Return a paper with its authors, topics, counts by day, and the entries it was merged from."""
    build = build_of(request)
    content = contents.paper(build, papers.named(build, name)[0])
    if format != "json":
        return bibliography_of(build, format, [content["paper"]])
    return answer(build, content)


@router.get("/resolve", response_model=models.ResolveResult, tags=["papers"])
def resolve(
    request: Request,
    name: Annotated[str, Query(max_length=2000, description="A paper_id, former id, arXiv id, DOI or link.")],
) -> Response:
    """Return the ids of the papers that a name names."""
    build = build_of(request)
    paper_ids = papers.named(build, name)
    return answer(build, {"paper_id": paper_ids[0], "paper_ids": paper_ids})


@router.get("/new", response_model=models.PapersResult, tags=["papers"])
def new_papers(
    request: Request,
    since: Annotated[
        date | None,
        Query(
            description="First seen in a dump retrieved on this day or later; default: the newest such day."
        ),
    ] = None,
    topic: Topic = None,
    limit: Limit = 20,
    cursor: Cursor = None,
    format: Format = "json",  # noqa: A002
) -> Response:
    """List papers by the day on which a dump first had them, newest first."""
    build = build_of(request)
    selection = Selection(Filters(topic=topic), seen_from=since or papers.newest_day(build))
    found = browse(build, selection, "seen", cursor, limit)
    if format != "json":
        return bibliography_of(build, format, found.rows)
    return answer(build, contents.listing(found, "total", "next"))


@router.get("/rising", response_model=models.RisingResult, tags=["papers"])
def rising_papers(request: Request, days: Days = 7, limit: Limit = 20) -> Response:
    """List the papers that gained most upvotes in the last days."""
    build = build_of(request)
    return answer(build, {"rows": papers.rising(build, days, limit)})


@router.get("/topics", response_model=models.TopicsResult, tags=["topics"])
def list_topics(
    request: Request,
    level: Annotated[int | None, Query(ge=1, le=2, description="1 or 2; both if not given.")] = None,
) -> Response:
    """List topics, largest first, each followed by its subtopics."""
    build = build_of(request)
    rows = [row for row in topics.topics(build) if level in (None, row["level"])]
    return answer(build, {"rows": rows})


@router.get("/topics/{topic_id}", response_model=models.TopicResult, tags=["topics"])
def get_topic(request: Request, topic_id: TopicId) -> Response:
    """Return a topic with its subtopics, its papers by month, and what fits did to it."""
    build = build_of(request)
    return answer(build, contents.topic(build, topic_id))


@router.get("/trends", response_model=models.TrendsResult, tags=["topics"])
def list_trends(
    request: Request,
    level: Annotated[int, Query(ge=1, le=2, description="1 for topics, 2 for subtopics.")] = 1,
) -> Response:
    """Return the papers of each topic by month of publication."""
    build = build_of(request)
    return answer(build, {"rows": topics.trends(build, level)})


def _facet(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("value", "label", "paper_count")}
