"""The addresses of pages. Every state of a page is in its address."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from paperlake.errors import UsageError
from paperlake.queries import Build, papers, quality, topics
from paperlake.queries.finding import Listing, Selection, Sort, browse, search
from paperlake.report.trends import HEIGHT, WIDTH, Trends, small_multiples
from paperlake.search import Filters
from paperlake.search.filters import TOPICS_ADVICE
from paperlake.serve.addresses import organization_path, paper_path, topic_path
from paperlake.serve.bibliographies import cited
from paperlake.serve.build_state import build_of
from paperlake.serve.pages import charts
from paperlake.serve.pages.rendering import Renderer
from paperlake.serve.parameters import Asked, read_asked, read_day, read_number

HOME_PAPERS = 5
MAX_NAMED_AUTHORS = 5  # above the results of a search
MAX_MAP_POINTS = 4000
MAX_LINKED_POINTS = 400
STYLE_SECONDS = 365 * 86_400  # its address changes with its content
RISING_DAYS = (1, 7, 30, 90)

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request) -> Response:
    """Show the search field, what is new, what rises, and the topics."""
    build = build_of(request)
    return _page(
        request,
        "home.html",
        overview=quality.overview(build),
        new=browse(build, Selection(seen_from=papers.newest_day(build)), "votes", limit=HOME_PAPERS).rows,
        newest_day=papers.newest_day(build),
        rising=papers.rising(build, 7, HOME_PAPERS),
        emerging=topics.emerging(build, HOME_PAPERS),
        topics=[row for row in topics.topics(build) if row["level"] == 1],
    )


@router.get("/search")
def search_page(request: Request) -> Response:
    """Show the papers that a text finds, or all, with filters and counts."""
    build = build_of(request)
    try:
        asked = read_asked(request.query_params)
        found = search(build, asked.text, asked.selection, asked.mode, asked.sort, asked.cursor)
        problem = None
    except UsageError as error:
        asked, found, problem = (
            Asked(text=request.query_params.get("q", "")[:1000]),
            Listing([], 0),
            str(error).replace(TOPICS_ADVICE, "The page Topics lists them."),
        )
    chosen = topics.topic(build, asked.selection.filters.topic or "")
    response = _page(
        request,
        "search.html",
        status=400 if problem else 200,
        asked=asked,
        found=found,
        problem=problem,
        parameters=asked.parameters(),
        topic_label=chosen["label"] if chosen else asked.selection.filters.topic,
        authors=papers.authors_named(build, asked.text)[:MAX_NAMED_AUTHORS],
        topic_choices=[row for row in topics.topics(build) if row["level"] == 1],
        is_first=asked.cursor is None,
    )
    if found.is_words_only:
        response.headers["cache-control"] = "no-store"
    return response


@router.get("/papers/{name:path}")
def paper_page(request: Request, name: str) -> Response:
    """Show a paper; any other name of it is redirected to the page of its paper_id."""
    build = build_of(request)
    found = papers.details(build, name)
    if found is None:
        try:
            paper_ids = papers.named(build, name)
        except UsageError as error:
            raise HTTPException(404, str(error)) from error
        return RedirectResponse(paper_path(paper_ids[0]), 302)
    return _page(
        request,
        "paper.html",
        found=found,
        chart=charts.vote_chart(found.counts),
        chart_size=charts,
        bibtex=cited(build, "bibtex", [found.paper["paper_id"]]),
    )


@router.get("/topics")
def topics_page(request: Request) -> Response:
    """Show all topics with their trends."""
    build = build_of(request)
    listed = topics.topics(build)
    return _page(
        request,
        "topics.html",
        topics=[row for row in listed if row["level"] == 1],
        subtopics={row["topic_id"]: [] for row in listed if row["level"] == 1}
        | _by_parent([row for row in listed if row["level"] == 2]),
        trends=_trends(build, 1),
        events=topics.events(build, 10),
        bar_width=WIDTH,
        bar_height=HEIGHT,
    )


@router.get("/topics/{topic_id}")
def topic_page(request: Request, topic_id: str) -> Response:
    """Show a topic: what it is about, its papers by month, its newest papers."""
    build = build_of(request)
    found = topics.details(build, topic_id)
    if found is None:
        ended = topics.ended(build, topic_id)
        if ended is None:
            raise HTTPException(404, f"There is no topic {topic_id[:60]}.")
        if ended["event"] == "merged":
            return RedirectResponse(topic_path(ended["other_topic_id"]), 302)
        raise HTTPException(
            410, f"The topic {ended['label']} has ended. The page Topics lists those of today."
        )
    sort = _sort(request)
    listing = browse(build, Selection(Filters(topic=topic_id)), sort, request.query_params.get("cursor"))
    return _page(
        request,
        "topic.html",
        found=found,
        listing=listing,
        sort=sort,
        trend=small_multiples(found.trend, [found.topic], None),
        bar_width=WIDTH,
        bar_height=HEIGHT,
        central=papers_of_topic(build, found.topic["representative_paper_ids"]),
    )


@router.get("/authors/{name_key:path}")
def author_page(request: Request, name_key: str) -> Response:
    """Show the papers of an author, by one spelling of the name or all."""
    build = build_of(request)
    spellings = papers.author(build, name_key)
    name = request.query_params.get("name") or None
    selection = Selection(author=name_key, author_name=name)
    listing = browse(build, selection, "newest", request.query_params.get("cursor"))
    if not listing.total:
        raise HTTPException(404, f"No author has the name {(name or name_key)[:80]}.")
    return _page(
        request,
        "author.html",
        name_key=name_key,
        name=name,
        spellings=spellings,
        listing=listing,
        coauthors=papers.coauthors(build, name_key),
    )


@router.get("/organizations/{name:path}")
def organization_page(request: Request, name: str) -> Response:
    """Show the papers and topics of an organization."""
    build = build_of(request)
    sort = _sort(request)
    listing = browse(build, Selection(organization_name=name), sort, request.query_params.get("cursor"))
    if not listing.total:
        raise HTTPException(404, f"No paper has the organization {name[:80]}.")
    own_topics = papers.organization_topics(build, name)
    return _page(
        request, "organization.html", name=name, listing=listing, sort=sort, topics=own_topics,
        own_path=organization_path(name),
    )  # fmt: skip


@router.get("/new")
def new_page(request: Request) -> Response:
    """Show the papers that were first seen on a day or later."""
    build = build_of(request)
    since = read_day(request.query_params, "since") or papers.newest_day(build)
    listing = browse(build, Selection(seen_from=since), "seen", request.query_params.get("cursor"))
    return _page(request, "new.html", since=since, listing=listing, days=papers.dates_seen(build, 12))


@router.get("/top")
def top_page(request: Request) -> Response:
    """Show the papers with most upvotes."""
    listing = browse(build_of(request), Selection(), "votes", request.query_params.get("cursor"))
    return _page(request, "top.html", listing=listing)


@router.get("/rising")
def rising_page(request: Request) -> Response:
    """Show the papers that gained most upvotes in the last days."""
    days = read_number(request.query_params, "days", 1, 365) or 7
    rows = papers.rising(build_of(request), days, 50)
    return _page(request, "rising.html", rows=rows, days=days, choices=RISING_DAYS)


@router.get("/map")
def map_page(request: Request) -> Response:
    """Show the map: all topics, or the subtopics and papers of one."""
    build = build_of(request)
    topic_id = request.query_params.get("topic") or None
    parent = topics.topic(build, topic_id) if topic_id else None
    if topic_id and parent is None:
        raise HTTPException(404, f"There is no topic {topic_id[:60]}.")
    listed = topics.topics(build)
    if parent is None:
        shown = [row for row in listed if row["level"] == 1]
    else:
        shown = [row for row in listed if row["parent_topic_id"] == topic_id] or [parent]
    points = topics.map_points(build, topic_id, MAX_MAP_POINTS)
    return _page(
        request,
        "map.html",
        parent=parent,
        map=charts.topic_map(points, shown, parent, MAX_LINKED_POINTS),
        points=points,
        paper_count=parent["paper_count"] if parent else quality.overview(build)["paper_count"],
        size=charts,
    )


@router.get("/quality")
def quality_page(request: Request) -> Response:
    """Show checks, rejects, dumps and merges."""
    build = build_of(request)
    return _page(
        request,
        "quality.html",
        overview=quality.overview(build),
        checks=quality.checks(build),
        rejects=quality.rejects(build),
        dumps=quality.dumps(build),
        merges=quality.merges(build),
    )


@router.get("/api")
def api_page(request: Request) -> Response:
    """Show the endpoints of the API, from its OpenAPI description."""
    return _page(request, "api.html", description=request.app.openapi())


@router.get("/static/style-{digest}.css")
def style(request: Request, digest: str) -> Response:  # noqa: ARG001  # only makes each version's address differ
    """Return the style sheet."""
    content = request.app.state.renderer.style
    headers = {"cache-control": f"public, max-age={STYLE_SECONDS}, immutable"}
    return Response(content, media_type="text/css", headers=headers)


@router.get("/favicon.ico")
def icon() -> Response:
    """Return no icon: the pages name theirs."""
    return Response(status_code=204)


def papers_of_topic(build: Build, paper_ids: list[str]) -> list[dict[str, object]]:
    """Return the most central papers of a topic."""
    found = (papers.paper(build, paper_id) for paper_id in paper_ids[:3])
    return [row for row in found if row]


def _page(request: Request, template: str, status: int = 200, **content: object) -> Response:
    renderer: Renderer = request.app.state.renderer
    return renderer.page(request, template, status, **content)


def _sort(request: Request) -> Sort:
    return "votes" if request.query_params.get("sort") == "votes" else "newest"


def _by_parent(subtopics: list[dict[str, object]]) -> dict[object, list[dict[str, object]]]:
    grouped: dict[object, list[dict[str, object]]] = {}
    for row in subtopics:
        grouped.setdefault(row["parent_topic_id"], []).append(row)
    return grouped


def _trends(build: Build, level: int) -> Trends | None:
    listed = [row for row in topics.topics(build) if row["level"] == level]
    return small_multiples(topics.trends(build, level), listed, None)
