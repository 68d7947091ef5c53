"""Addresses of the server's pages: every part of a name is escaped."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from starlette.requests import Request


def address(path: str, **parameters: object) -> str:
    """Return a path with parameters; those that are None or empty are left out."""
    given = {name: value for name, value in parameters.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path


def paper_path(paper_id: str) -> str:
    """Return the path of the page of a paper."""
    return f"/papers/{quote(paper_id, safe='')}"


def topic_path(topic_id: str) -> str:
    """Return the path of the page of a topic."""
    return f"/topics/{quote(topic_id, safe='')}"


def author_path(name_key: str, name: str | None = None) -> str:
    """Return the path of the page of an author, of one spelling if there is one."""
    return address(f"/authors/{quote(name_key, safe='')}", name=name)


def organization_path(name: str) -> str:
    """Return the path of the page of an organization."""
    return f"/organizations/{quote(name, safe='')}"


def list_path(name: str) -> str:
    """Return the path of the page of a reading list."""
    return f"/lists/{quote(name, safe='')}"


def base_address(request: Request) -> str:
    """Return scheme and host by which the reader reaches the server, without a slash at the end."""
    configured = request.app.state.settings.serve_url
    return str(configured or request.base_url).rstrip("/")
