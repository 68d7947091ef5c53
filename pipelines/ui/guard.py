"""Refuses requests that a page of another site makes a browser send to the UI.

The UI has no login: whoever reaches it can start runs. It listens on 127.0.0.1, but a browser on this machine
reaches that too, and it sends what any page tells it to. Refused are therefore

- a `Host` that is no loopback name (DNS rebinding: a foreign name that resolves to 127.0.0.1),
- an `Origin` other than the UI's own, and requests that the browser marks as coming from another site
  (`Sec-Fetch-Site`), save for following a link to a page,
- GraphQL by GET, and GraphQL by POST in a form that a page may send without being asked (text, forms).

Programs other than browsers send neither `Origin` nor `Sec-Fetch-Site`; they are not concerned.
The port in `Host` is not compared, so that a tunnel may have another; the port of an `Origin` is.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

LOOPBACK_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
GRAPHQL = "/graphql"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class RequestGuard:
    """ASGI middleware that answers 403 to what `refusal` refuses, WebSocket handshakes included."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        reason = refusal(scope)
        if reason is None:
            await self._app(scope, receive, _not_in_frames(send))
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": reason})
        else:
            headers = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": f"Refused: {reason}\n".encode()})


def refusal(scope: Scope) -> str | None:
    """Return why a request is refused; None if it is not.

    Args:
        scope: The ASGI scope of an HTTP request or a WebSocket handshake.
    """
    hosts, origins = _values(scope, b"host"), _values(scope, b"origin")
    if len(hosts) != 1 or not LOOPBACK_HOST.fullmatch(hosts[0]):
        return "this server answers to 127.0.0.1, localhost and [::1] alone."
    own = [f"{scheme}://{hosts[0].lower()}" for scheme in ("http", "https")]
    if any(origin.lower() not in own for origin in origins):
        return "the request comes from a page of another origin."
    if _is_cross_site(scope):
        return "the request comes from a page of another site."
    if scope["type"] == "http" and scope["path"].rstrip("/") == GRAPHQL:
        return _graphql_refusal(scope)
    return None


def _is_cross_site(scope: Scope) -> bool:
    """Return whether the browser says that another site sends the request, other than by a link."""
    if all(site in ("same-origin", "none") for site in _values(scope, b"sec-fetch-site")):
        return False
    is_link = (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and scope["path"].rstrip("/") != GRAPHQL
        and _values(scope, b"sec-fetch-mode") == ["navigate"]
        and _values(scope, b"sec-fetch-dest") == ["document"]
    )
    return not is_link


def _graphql_refusal(scope: Scope) -> str | None:
    if scope["method"] == "POST":
        types = [value.partition(";")[0].strip().lower() for value in _values(scope, b"content-type")]
        return None if types == ["application/json"] else "GraphQL is read from application/json alone."
    if "query" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        return "GraphQL is answered by POST alone."
    return None


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in scope["headers"] if key.lower() == name]


def _not_in_frames(send: Send) -> Send:
    """Return `send` with the header that keeps other sites from showing the UI inside their own pages."""

    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", []), (b"x-frame-options", b"SAMEORIGIN")]
        await send(message)

    return sending
