"""The addresses of feeds: /feeds/….atom and /feeds/….json."""

from __future__ import annotations

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from paperlake.queries import Build, Row, topics
from paperlake.queries.finding import MAX_FOUND, Selection, browse, search
from paperlake.search import Filters
from paperlake.serve.addresses import (
    address,
    author_path,
    base_address,
    list_path,
    organization_path,
    topic_path,
)
from paperlake.serve.build_state import build_of
from paperlake.serve.feeds.items import Feed, event_items, paper_items
from paperlake.serve.feeds.writing import write_atom, write_json_feed
from paperlake.serve.lists import list_of, uncached
from paperlake.serve.parameters import Asked, read_asked
from paperlake.text.display import one_line

MAX_ITEMS = 50
MEDIA_TYPES = {"atom": "application/atom+xml", "json": "application/feed+json"}
WRITERS = {"atom": write_atom, "json": write_json_feed}

router = APIRouter(prefix="/feeds", include_in_schema=False)


@router.get("/new.{ending}")
def new_papers(request: Request, ending: str) -> Response:
    """Return the papers that were first seen last."""
    return _papers(request, ending, "New papers", "/new", Selection())


@router.get("/topic-events.{ending}")
def topic_events(request: Request, ending: str) -> Response:
    """Return the topics that began or ended."""
    items = event_items(topics.events(build_of(request), MAX_ITEMS))
    return _feed(request, ending, Feed("Topic events", "/topics", items))


@router.get("/topics/{topic_id}.{ending}")
def topic_papers(request: Request, topic_id: str, ending: str) -> Response:
    """Return the newest papers of a topic; a topic that was merged into another is redirected to it."""
    build = build_of(request)
    found = topics.topic(build, topic_id)
    if found is None:
        ended = topics.ended(build, topic_id)
        if ended and ended["event"] == "merged":
            return RedirectResponse(f"/feeds{topic_path(ended['other_topic_id'])}.{ending}", 302)
        raise HTTPException(410 if ended else 404, _no_topic(topic_id, ended))
    return _papers(
        request, ending, found["label"], topic_path(topic_id), Selection(Filters(topic=found["topic_id"]))
    )


@router.get("/categories/{category:path}.{ending}")
def category_papers(request: Request, category: str, ending: str) -> Response:
    """Return the newest papers of a category."""
    path = address("/search", category=category)
    return _papers(request, ending, f"Category {category}", path, Selection(Filters(category=category)))


@router.get("/authors/{name_key:path}.{ending}")
def author_papers(request: Request, name_key: str, ending: str, name: str | None = None) -> Response:
    """Return the newest papers of an author."""
    selection = Selection(author=name_key, author_name=name)
    return _papers(request, ending, f"Author {name or name_key}", author_path(name_key, name), selection)


@router.get("/organizations/{name:path}.{ending}")
def organization_papers(request: Request, name: str, ending: str) -> Response:
    """Return the newest papers of an organization."""
    selection = Selection(organization_name=name)
    return _papers(request, ending, f"Organization {name}", organization_path(name), selection)


@router.get("/lists/{name}.{ending}")
def list_papers(request: Request, name: str, ending: str) -> Response:
    """Return the newest papers that fit a reading list."""
    rows = list_of(request, name).ranked(limit=MAX_ITEMS, order="newest", only_fitting=True)
    return uncached(_feed(request, ending, Feed(f"For {name}", list_path(name), paper_items(rows))))


@router.get("/search.{ending}")
def found_papers(request: Request, ending: str) -> Response:
    """Return the newest of the papers that a search finds; its parameters are those of /search."""
    asked = read_asked(request.query_params)
    path = address("/search", **asked.parameters())
    title = f"Search: {asked.text}" if asked.text else "Search"
    if not asked.text:
        return _papers(request, ending, title, path, asked.selection)
    return _feed(
        request, ending, Feed(title, path, paper_items(_found(build_of(request), asked))[:MAX_ITEMS])
    )


def _found(build: Build, asked: Asked) -> list[Row]:
    """Return the papers of a search; none where the nearest ones are chance."""
    listing = search(build, asked.text, asked.selection, asked.mode, "seen", limit=MAX_FOUND)
    return [] if listing.is_no_good_match else list(listing.rows)


def _papers(request: Request, ending: str, title: str, path: str, selection: Selection) -> Response:
    rows = browse(build_of(request), selection, "seen", limit=MAX_ITEMS).rows
    return _feed(request, ending, Feed(title, path, paper_items(rows)))


def _feed(request: Request, ending: str, feed: Feed) -> Response:
    if ending not in MEDIA_TYPES:
        raise HTTPException(404, "A feed ends with .atom or .json.")
    base = base_address(request)
    named = Feed(f"{one_line(feed.title)} · paperlake", feed.path, feed.items)
    query = f"?{request.url.query}" if request.url.query else ""
    content = WRITERS[ending](named, base, f"{base}{request.scope['raw_path'].decode('latin-1')}{query}")
    return Response(content, media_type=MEDIA_TYPES[ending])


def _no_topic(topic_id: str, ended: Row | None) -> str:
    return f"The topic {topic_id} has ended." if ended else f"There is no topic {topic_id}."
